//! The whole table of an alarm, and every short history of one.
#![expect(clippy::indexing_slicing, reason = "a test fails by panicking")]

use super::Outcome::{Met, Unknown, Unmet, Unproven};
use super::Stage::{Clearing, Firing, Inactive, Pending};
use super::{Alarm, AlertState, Change, Held, Outcome, Stage};

/// Since when the alarm of a row has been in its stage, where the stage has a since.
const SINCE: i64 = 100;
/// The moment of the look.
const NOW: i64 = 110;
/// How long the condition must have held, or must not have held: over at `NOW`, or not yet.
const WAITS: [(When, i64); 2] = [(Due, 10), (Early, 11)];

/// Whether the wait that began at `SINCE` is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum When {
    Due,
    Early,
}
use When::{Due, Early};

/// What a look is expected to announce.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Heard {
    /// It fires.
    Fires,
    /// Nothing.
    Nothing,
    /// It resolves.
    Resolves,
}
use Heard::{Fires, Nothing, Resolves};

/// Where an alarm stands, what the condition says, whether the wait is over; where it stands then, since when, and
/// what is heard of it. `None` is a stage without a since.
///
/// No row resolves without `Unmet`, no row fires without `Met`, and `Unproven` and `Unknown` change no stage.
const TABLE: [(Stage, Outcome, When, Stage, Option<i64>, Heard); 32] = [
    (Inactive, Met, Due, Pending, Some(NOW), Nothing), // the wait begins now
    (Inactive, Met, Early, Pending, Some(NOW), Nothing),
    (Inactive, Unmet, Due, Inactive, None, Nothing),
    (Inactive, Unmet, Early, Inactive, None, Nothing),
    (Inactive, Unproven, Due, Inactive, None, Nothing),
    (Inactive, Unproven, Early, Inactive, None, Nothing),
    (Inactive, Unknown, Due, Inactive, None, Nothing),
    (Inactive, Unknown, Early, Inactive, None, Nothing),
    (Pending, Met, Due, Firing, None, Fires),
    (Pending, Met, Early, Pending, Some(SINCE), Nothing),
    (Pending, Unmet, Due, Inactive, None, Nothing),
    (Pending, Unmet, Early, Inactive, None, Nothing),
    (Pending, Unproven, Due, Pending, Some(SINCE), Nothing),
    (Pending, Unproven, Early, Pending, Some(SINCE), Nothing),
    (Pending, Unknown, Due, Pending, Some(SINCE), Nothing),
    (Pending, Unknown, Early, Pending, Some(SINCE), Nothing),
    (Firing, Met, Due, Firing, None, Nothing),
    (Firing, Met, Early, Firing, None, Nothing),
    (Firing, Unmet, Due, Clearing, Some(NOW), Nothing), // the cool-down begins now
    (Firing, Unmet, Early, Clearing, Some(NOW), Nothing),
    (Firing, Unproven, Due, Firing, None, Nothing),
    (Firing, Unproven, Early, Firing, None, Nothing),
    (Firing, Unknown, Due, Firing, None, Nothing),
    (Firing, Unknown, Early, Firing, None, Nothing),
    (Clearing, Met, Due, Firing, None, Nothing), // a new breach: the next cool-down begins anew
    (Clearing, Met, Early, Firing, None, Nothing),
    (Clearing, Unmet, Due, Inactive, None, Resolves),
    (Clearing, Unmet, Early, Clearing, Some(SINCE), Nothing),
    (Clearing, Unproven, Due, Clearing, Some(SINCE), Nothing),
    (Clearing, Unproven, Early, Clearing, Some(SINCE), Nothing),
    (Clearing, Unknown, Due, Clearing, Some(SINCE), Nothing),
    (Clearing, Unknown, Early, Clearing, Some(SINCE), Nothing),
];

fn heard(change: Option<Change>) -> Heard {
    match change {
        None => Nothing,
        Some(Change::Fired { .. }) => Fires,
        Some(Change::Resolved) => Resolves,
    }
}

#[test]
fn every_stage_answers_every_outcome_as_the_table_says() {
    for (row, (stage, outcome, when, then, since, expected)) in TABLE.into_iter().enumerate() {
        let wait = WAITS.iter().find(|(other, _)| *other == when).map_or(0, |(_, wait)| *wait);
        for was_frozen in [false, true] {
            let mut alarm = Alarm { stage, is_frozen: was_frozen, since: SINCE };
            let change = alarm.step(NOW, outcome, wait, wait);
            assert_eq!((alarm.stage, heard(change)), (then, expected), "row {row}");
            assert_eq!(alarm.is_frozen, outcome == Unknown, "row {row}");
            assert!(since.is_none_or(|since| alarm.since == since), "row {row}: since {}", alarm.since);
            if let Some(Change::Fired { pending_at }) = change {
                assert_eq!(pending_at, SINCE, "row {row}");
            }
        }
    }
    // Each stage with each outcome, both early and due, exactly once.
    for (place, (stage, outcome, when, ..)) in TABLE.into_iter().enumerate() {
        let (stages, outcomes) = ([Inactive, Pending, Firing, Clearing], [Met, Unmet, Unproven, Unknown]);
        let expected = (stages[place / 8], outcomes[place / 2 % 4], [Due, Early][place % 2]);
        assert_eq!((stage, outcome, when), expected);
    }
}

#[test]
fn without_a_wait_an_alarm_fires_and_resolves_at_the_first_look() {
    let mut alarm = Alarm::default();
    assert_eq!(alarm.step(7, Met, 0, 0), Some(Change::Fired { pending_at: 7 }));
    assert_eq!(alarm.state(), AlertState::Firing);
    assert_eq!(alarm.step(8, Unmet, 0, 0), Some(Change::Resolved));
    assert_eq!(alarm.state(), AlertState::Inactive);
}

/// The longest histories that are tried, all of them.
const LONGEST: usize = 8;

/// What is true of an alert whose condition said this, one outcome per unit of time, told from the whole history and
/// not from step to step: the state, and what is heard of it at the last look.
///
/// `calls_since` is the place of the look that fired, where it still fires before the last look.
fn told(history: &[Outcome], from: usize, calls_since: Option<usize>, waits: (i64, i64)) -> (Held, Heard) {
    let last = history.len() - 1;
    let since = |place: usize| i64::try_from(last - place).unwrap_or(i64::MAX);
    let last_of =
        |outcome: Outcome, from: usize| (from..=last).rev().find(|place| history[*place] == outcome);
    if let Some(fired) = calls_since {
        // Quiet since the first `Unmet` after the last `Met`.
        let breach = last_of(Met, fired).unwrap_or(fired);
        let quiet = (breach..=last).find(|place| history[*place] == Unmet);
        return match quiet {
            Some(quiet) if history[last] == Unmet && since(quiet) >= waits.1 => (Held::Inactive, Resolves),
            _ => (Held::Firing, Nothing),
        };
    }
    // It holds since the first `Met` after the last `Unmet`.
    let begin = last_of(Unmet, from).map_or(from, |unmet| unmet + 1);
    match (begin..=last).find(|place| history[*place] == Met) {
        None => (Held::Inactive, Nothing),
        Some(met) if history[last] == Met && since(met) >= waits.0 => (Held::Firing, Fires),
        Some(_) => (Held::Pending, Nothing),
    }
}

fn held(state: AlertState) -> Held {
    match state {
        AlertState::Inactive => Held::Inactive,
        AlertState::Pending => Held::Pending,
        AlertState::Firing => Held::Firing,
        AlertState::Frozen(held) => held,
    }
}

/// Every history of up to eight looks, with every wait of up to three: what is so of the history as a whole is so
/// of the alarm.
#[test]
fn every_short_history_keeps_the_laws() {
    let mut looks = 0_u64;
    let mut turns = (0_u64, 0_u64);
    for waits in (0..4).flat_map(|lasting| (0..4).map(move |cool_down| (lasting, cool_down))) {
        for code in 0..1_usize << (2 * LONGEST) {
            let all: Vec<Outcome> =
                (0..LONGEST).map(|place| [Met, Unmet, Unproven, Unknown][code >> (2 * place) & 3]).collect();
            let mut alarm = Alarm::default();
            // Where the last silence began, and the look that fired.
            let (mut from, mut fired) = (0, None);
            for last in 0..LONGEST {
                let (history, outcome) = (&all[..=last], all[last]);
                let at = i64::try_from(last).unwrap_or(i64::MAX);
                let change = alarm.step(at, outcome, waits.0, waits.1);
                let why = || format!("{history:?} with waits {waits:?}");

                assert_eq!(
                    (held(alarm.state()), heard(change)),
                    told(history, from, fired, waits),
                    "{}",
                    why()
                );
                assert_eq!(matches!(alarm.state(), AlertState::Frozen(_)), outcome == Unknown, "{}", why());
                match change {
                    Some(Change::Fired { pending_at }) => {
                        assert_eq!(outcome, Met, "{}", why());
                        assert!(at - pending_at >= waits.0, "{}", why());
                        let begin = usize::try_from(pending_at).unwrap_or(usize::MAX);
                        assert_eq!(history[begin], Met, "{}", why());
                        assert!(!history[begin..].contains(&Unmet), "{}", why());
                        fired = Some(last);
                        turns.0 += 1;
                    }
                    Some(Change::Resolved) => {
                        assert_eq!(outcome, Unmet, "{}", why());
                        (from, fired) = (last + 1, None);
                        turns.1 += 1;
                    }
                    None => {}
                }
                assert_eq!(Alarm::from_words(alarm.to_words()), Some(alarm), "{}", why());
                // Who does not wait stays as it is, however long the same is said: a stream need not look again.
                if !alarm.is_waiting() {
                    let mut later = alarm;
                    assert_eq!(later.step(at + 1000, outcome, waits.0, waits.1), None, "{}", why());
                    assert_eq!(later.state(), alarm.state(), "{}", why());
                }
                looks += 1;
            }
        }
    }
    assert_eq!(looks, 16 * 65_536 * 8);
    assert!(turns.0 > 500_000 && turns.1 > 100_000, "{turns:?}");
}
