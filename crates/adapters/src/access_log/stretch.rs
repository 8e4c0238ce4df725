//! Stretches of time with lines, by which a clock gone wrong is told from a long log.

use super::{Entry, Fault, MOST_EXAMPLES, Malformed};

/// Lines none of which lies further than a year from the next one of them.
///
/// Which lines are together depends on their times alone, in whatever order they stand.
#[derive(Debug)]
pub(super) struct Stretch {
    pub(super) first: End,
    pub(super) last: End,
    pub(super) lines: u64,
    pub(super) with_request_time: u64,
    /// Its first lines; only of these it is known how they read, should they turn out to stray.
    examples: Vec<(End, Malformed)>,
}

/// The earliest or the latest line.
#[derive(Clone, Copy, Debug)]
pub(super) struct End {
    pub(super) seconds: i64,
    pub(super) line: u64,
}

/// All stretches of a log, from early to late.
#[derive(Debug, Default)]
pub(super) struct Stretches {
    all: Vec<Stretch>,
    /// The place of the one that the line before lies in.
    current: usize,
}

/// What counts of a log, and what does not.
#[derive(Debug)]
pub(super) struct Sorted {
    pub(super) first: End,
    pub(super) last: End,
    pub(super) with_request_time: u64,
    /// Lines whose time lies too far from all that count.
    pub(super) strays: u64,
    /// The first of them.
    pub(super) examples: Vec<Malformed>,
}

/// What no service is silent for.
const YEAR: i64 = 365 * 86_400;

/// At most one line of so many strays: more of them are no accident.
const LINES_OF_A_STRAY: u64 = 100;

impl Stretches {
    pub(super) fn add(&mut self, line: u64, text: &[u8], entry: &Entry<'_>) {
        let here = End { seconds: entry.seconds(), line };
        let place = match self.all.get(self.current) {
            Some(stretch) if stretch.holds(here.seconds) => self.current,
            _ => self.make_room(here),
        };
        self.current = place;
        if let Some(stretch) = self.all.get_mut(place) {
            stretch.lines += 1;
            stretch.with_request_time += u64::from(entry.micros().is_some());
            if stretch.examples.len() < MOST_EXAMPLES {
                stretch.examples.push((here, Malformed::new(line, Fault::Stray { years: 1 }, text)));
            }
        }
    }

    /// Widens a stretch by that line, or begins one with it; where it is. What it closes the gap between becomes one.
    fn make_room(&mut self, here: End) -> usize {
        let place = self.all.partition_point(|stretch| stretch.last.seconds + YEAR < here.seconds);
        let near = self.all.get_mut(place).filter(|stretch| stretch.first.seconds - YEAR <= here.seconds);
        let Some(stretch) = near else {
            self.all.insert(place, Stretch::at(here));
            return place;
        };
        stretch.widen(here, here);
        let reach = stretch.last.seconds + YEAR;
        if self.all.get(place + 1).is_some_and(|next| next.first.seconds <= reach) {
            let next = self.all.remove(place + 1);
            if let Some(stretch) = self.all.get_mut(place) {
                stretch.join(next);
            }
        }
        place
    }

    /// What counts: the stretch with most lines where hardly any lie elsewhere, else all. Nothing without a line.
    pub(super) fn sort(mut self) -> Option<Sorted> {
        let lines: u64 = self.all.iter().map(|stretch| stretch.lines).sum();
        let main = self.all.iter().enumerate().max_by_key(|(_, stretch)| stretch.lines)?.0;
        let mut main = self.all.swap_remove(main);
        if lines - main.lines > lines / LINES_OF_A_STRAY {
            self.all.drain(..).for_each(|stretch| main.join(stretch));
        }
        let mut examples: Vec<_> = self.all.iter().flat_map(|stretch| main.strays(stretch)).collect();
        examples.sort_by_key(|example| example.line);
        Some(Sorted {
            first: main.first,
            last: main.last,
            with_request_time: main.with_request_time,
            strays: lines - main.lines,
            examples,
        })
    }

    /// The ends of the whole log.
    pub(super) fn ends(&self) -> Option<(End, End)> {
        Some((self.all.first()?.first, self.all.last()?.last))
    }
}

impl Stretch {
    /// A place without lines yet.
    fn at(here: End) -> Self {
        Self { first: here, last: here, lines: 0, with_request_time: 0, examples: Vec::new() }
    }

    fn holds(&self, seconds: i64) -> bool {
        (self.first.seconds..=self.last.seconds).contains(&seconds)
    }

    fn widen(&mut self, first: End, last: End) {
        if first.seconds < self.first.seconds {
            self.first = first;
        }
        if last.seconds > self.last.seconds {
            self.last = last;
        }
    }

    fn join(&mut self, mut other: Self) {
        self.widen(other.first, other.last);
        self.lines += other.lines;
        self.with_request_time += other.with_request_time;
        self.examples.append(&mut other.examples);
        self.examples.sort_by_key(|(end, _)| end.line);
        self.examples.truncate(MOST_EXAMPLES);
    }

    /// The examples of another stretch, each with how far it lies from this one.
    fn strays(&self, other: &Self) -> impl Iterator<Item = Malformed> {
        other.examples.iter().map(|(end, example)| {
            let apart = (self.first.seconds - end.seconds).max(end.seconds - self.last.seconds);
            let years = u32::try_from(apart / YEAR).unwrap_or(u32::MAX);
            Malformed { fault: Fault::Stray { years }, ..example.clone() }
        })
    }
}
