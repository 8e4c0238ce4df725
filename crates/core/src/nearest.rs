//! Which of several names was meant.

/// The longest name, in bytes, that is compared: what is longer is no slip of a finger.
const LONGEST: usize = 64;

/// The name that was likely meant by one that is not among them, if there is such a name: the first of those with the
/// fewest slips between.
///
/// A slip is a character that is missing, too many or another one, or two that changed places; whether letters are
/// capital does not matter. At most one in three characters may be a slip.
///
/// ```
/// use toban_core::nearest;
/// assert_eq!(nearest("targt", ["value", "target", "targetPercent"]), Some("target"));
/// assert_eq!(nearest("cvs", ["access-log", "csv"]), Some("csv"));
/// assert_eq!(nearest("tea-leaves", ["access-log", "csv"]), None);
/// ```
#[must_use]
pub fn nearest<'a>(name: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let name = letters(name)?;
    let near = names.into_iter().filter_map(|other| {
        let letters = letters(other)?;
        let most = name.len().max(letters.len()) / 3;
        // There may be many names: what differs so much in length is not compared.
        let may_be_near = name.len().abs_diff(letters.len()) <= most;
        let slips = may_be_near.then(|| slips(&name, &letters)).filter(|slips| *slips <= most)?;
        Some((slips, other))
    });
    near.min_by_key(|(slips, _)| *slips).map(|(_, other)| other)
}

fn letters(name: &str) -> Option<Vec<char>> {
    (name.len() <= LONGEST).then(|| name.to_lowercase().chars().collect())
}

/// The fewest slips that make one of the other, from those between their beginnings.
fn slips(one: &[char], other: &[char]) -> usize {
    let mut table: Vec<Vec<usize>> = vec![(0..=other.len()).collect()];
    let between = |table: &[Vec<usize>], first: usize, second: usize| {
        table.get(first).and_then(|row| row.get(second)).copied().unwrap_or(0)
    };
    for first in 1..=one.len() {
        table.push(vec![first]);
        for second in 1..=other.len() {
            let is_other = one.get(first - 1) != other.get(second - 1);
            let changed = between(&table, first - 1, second - 1) + usize::from(is_other);
            let fewer = between(&table, first - 1, second).min(between(&table, first, second - 1)) + 1;
            let is_swapped = first > 1
                && second > 1
                && one.get(first - 1) == other.get(second - 2)
                && one.get(first - 2) == other.get(second - 1);
            let swapped = is_swapped.then(|| between(&table, first - 2, second - 2) + 1);
            let fewest = changed.min(fewer).min(swapped.unwrap_or(usize::MAX));
            table.last_mut().into_iter().for_each(|row| row.push(fewest));
        }
    }
    between(&table, one.len(), other.len())
}
