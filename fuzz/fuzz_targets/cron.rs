//! Cron expressions from any text, in both dialects: what is read prints as it was written and is read again, and what
//! recurs by it goes forwards and backwards through the same instants.

#![no_main]

use chrono::DateTime;
use libfuzzer_sys::arbitrary::{Result, Unstructured};
use libfuzzer_sys::fuzz_target;
use toban_calendar::{BothDays, ClockChange, Cron, CronDialect, CronError, Fold, Gap, Zone};

const ZONES: [&str; 6] =
    ["UTC", "-12:00", "America/Havana", "Antarctica/Troll", "Australia/Lord_Howe", "Europe/Berlin"];

fuzz_target!(|bytes: &[u8]| {
    // Without enough bytes there is nothing to try.
    let _ = tried(Unstructured::new(bytes));
});

fn tried(mut from: Unstructured<'_>) -> Result<()> {
    let dialect = *from.choose(&[CronDialect::Posix5, CronDialect::Quartz])?;
    let both = *from.choose(&[BothDays::And, BothDays::Or])?;
    let zone = *from.choose(&ZONES)?;
    let gap = *from.choose(&[Gap::FirstAfter, Gap::Refuse, Gap::Shift])?;
    let fold = *from.choose(&[Fold::Earlier, Fold::Later, Fold::Refuse])?;
    // Mostly this century, and sometimes as far as time can be expressed.
    let second =
        if from.ratio(1, 8)? { from.arbitrary()? } else { from.int_in_range(0..=4_102_444_800_i64)? };
    let Some(text) = std::str::from_utf8(from.take_rest()).ok() else { return Ok(()) };
    let cron = match (Cron::parse(text, dialect), Cron::parse_both(text, dialect, both)) {
        (Ok(cron), Ok(other)) => {
            assert_eq!((cron.dates(), cron.times()), (other.dates(), other.times()), "{text}");
            cron
        }
        (Err(CronError::BothDays { .. }), Ok(cron)) => cron,
        (Err(error), Err(other)) => {
            assert_eq!(error, other, "{text}");
            assert!(!error.to_string().is_empty());
            return Ok(());
        }
        (one, other) => panic!("{text}: {one:?}, and with both days {other:?}"),
    };
    assert_eq!(cron.to_string(), text.trim());
    assert_eq!(
        Cron::parse_both(&cron.to_string(), dialect, both).as_ref().map(Cron::dates),
        Ok(cron.dates())
    );
    assert!(cron.times().count() > 0);
    let Some(at) = DateTime::from_timestamp(second, 0) else { return Ok(()) };
    for clock in [cron.clock_change(), ClockChange::Once { gap, fold }] {
        let Ok(recurrence) = cron.recurrence(Zone::parse(zone).unwrap(), clock) else { continue };
        if let Some(next) = recurrence.next(at) {
            assert!(next > at && recurrence.contains(next), "{text} in {zone} after {at}: {next}");
            let back = recurrence.previous(next);
            assert!(back.is_none_or(|back| back <= at), "{text} in {zone} before {next}: {back:?}");
        }
        if let Some(previous) = recurrence.previous(at) {
            assert!(
                previous < at && recurrence.contains(previous),
                "{text} in {zone} before {at}: {previous}"
            );
            let next = recurrence.next(previous);
            assert!(next.is_none_or(|next| next >= at), "{text} in {zone} after {previous}: {next:?}");
        }
    }
    Ok(())
}
