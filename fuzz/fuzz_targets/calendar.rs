//! Zones from any text, and what their calendars make of any instant: periods hold what lies in them, and tile time.

#![no_main]

use chrono::{DateTime, NaiveDateTime};
use libfuzzer_sys::arbitrary::{Result, Unstructured};
use libfuzzer_sys::fuzz_target;
use std::num::NonZeroU32;
use toban_calendar::{Fold, Gap, Period, Unit, Zone};

fuzz_target!(|bytes: &[u8]| {
    // Without enough bytes there is nothing to try.
    let _ = tried(Unstructured::new(bytes));
});

fn tried(mut from: Unstructured<'_>) -> Result<()> {
    // Mostly this century, and sometimes as far as time can be expressed.
    let seconds = |from: &mut Unstructured<'_>| {
        if from.ratio(1, 8)? { from.arbitrary() } else { from.int_in_range(0..=4_102_444_800_i64) }
    };
    let (at, anchor) = (seconds(&mut from)?, seconds(&mut from)?);
    let unit = *from.choose(&[Unit::Day, Unit::Week, Unit::Month, Unit::Quarter, Unit::Year])?;
    let every = if from.ratio(1, 8)? { from.arbitrary()? } else { from.int_in_range(1..=40)? };
    let Some(text) = std::str::from_utf8(from.take_rest()).ok() else { return Ok(()) };
    let Ok(zone) = Zone::parse(text) else { return Ok(()) };
    assert_eq!(Zone::parse(&zone.to_string()), Ok(zone));
    let Some(at) = DateTime::from_timestamp(at, 0) else { return Ok(()) };
    if let Ok(civil) = zone.civil(at) {
        shown(zone, civil, at);
    }
    let anchored = DateTime::from_timestamp(anchor, 0).zip(NonZeroU32::new(every));
    let odd = anchored.map(|(anchor, every)| Period::anchored(every, unit, anchor.naive_utc()));
    for period in odd.into_iter().chain([Period::day(), Period::week(), Period::month()]) {
        let Ok(here) = period.containing(zone, at) else { continue };
        assert!(here.contains(at), "{period} in {zone} at {at}: {here}");
        if let Ok(next) = period.next(zone, at) {
            assert_eq!(next.start(), here.end(), "{period} in {zone} after {at}");
        }
        if let Ok(before) = period.previous(zone, at) {
            assert_eq!(before.end(), here.start(), "{period} in {zone} before {at}");
        }
    }
    Ok(())
}

/// What clocks show at an instant is shown at that instant: then, or the other time that they show it.
fn shown(zone: Zone, civil: NaiveDateTime, at: DateTime<chrono::Utc>) {
    let times = [Fold::Earlier, Fold::Later].map(|fold| zone.instant(civil, Gap::Refuse, fold));
    assert!(times.contains(&Ok(at)), "{civil} in {zone} is {times:?}, not {at}");
}
