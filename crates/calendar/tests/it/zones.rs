//! Zones as text, and the clock times that a zone skips or repeats.

use chrono::NaiveDateTime;
use toban_calendar::{CivilError, Fold, Gap, Zone, ZoneError};

use crate::{civil, utc, zone};

#[test]
fn utc_and_offsets_print_what_was_read() {
    for text in ["UTC", "+00:00", "+09:00", "-03:30", "+05:45", "+14:00", "-23:59", "+23:59"] {
        assert_eq!(zone(text).to_string(), text);
    }
}

#[test]
fn what_is_no_offset_is_refused_by_its_text() {
    for text in
        ["+24:00", "+9:00", "+0900", "+09", "+09:60", "-00:00", "+", "+０９:00", "+ 9:00", "+-9:00", "-é:00"]
    {
        let error = Zone::parse(text).unwrap_err();
        assert_eq!(error, ZoneError::Offset { text: text.to_owned() });
    }
    assert_eq!(
        Zone::parse("+24:00").unwrap_err().to_string(),
        "`+24:00` is no offset from UTC: expected ±HH:MM between -23:59 and +23:59"
    );
}

#[test]
fn what_is_no_zone_is_refused_by_its_text() {
    for text in ["", " UTC", "東京", "09:00"] {
        assert_eq!(Zone::parse(text), Err(ZoneError::Unknown { text: text.to_owned() }));
    }
}

#[cfg(not(feature = "zones"))]
#[test]
fn an_iana_name_without_the_feature_is_refused_by_naming_the_feature() {
    assert_eq!(
        Zone::parse("Asia/Tokyo").unwrap_err().to_string(),
        "time zone `Asia/Tokyo`: IANA names need the feature `zones` of toban-calendar"
    );
}

#[test]
fn an_offset_has_neither_gap_nor_fold() {
    let kolkata = zone("+05:30");
    let at = kolkata.instant(civil("2026-03-29T02:30:00"), Gap::Refuse, Fold::Refuse).unwrap();
    assert_eq!(at, utc("2026-03-28T21:00:00Z"));
    assert_eq!(kolkata.civil(at).unwrap(), civil("2026-03-29T02:30:00"));
    assert_eq!(kolkata.offset(at).to_string(), "+05:30");
}

#[test]
fn an_instant_beyond_the_expressible_years_is_an_error() {
    for (text, edge) in [("+09:00", NaiveDateTime::MIN), ("-09:00", NaiveDateTime::MAX)] {
        let error = zone(text).instant(edge, Gap::FirstAfter, Fold::Earlier).unwrap_err();
        assert_eq!(error, CivilError::OutOfRange { near: edge, zone: zone(text) });
    }
    for (text, edge) in [("+09:00", NaiveDateTime::MAX), ("-09:00", NaiveDateTime::MIN)] {
        let error = zone(text).civil(edge.and_utc()).unwrap_err();
        assert_eq!(error, CivilError::OutOfRange { near: edge, zone: zone(text) });
    }
}

#[cfg(feature = "zones")]
mod named {
    use super::*;

    #[test]
    fn iana_names_print_what_was_read() {
        for text in ["Asia/Tokyo", "Asia/Calcutta", "Asia/Kolkata", "Etc/UTC", "America/Argentina/Ushuaia"] {
            assert_eq!(zone(text).to_string(), text);
        }
    }

    #[test]
    fn a_name_that_iana_does_not_have_is_refused_by_its_text() {
        assert_eq!(
            Zone::parse("Asia/Tokio").unwrap_err().to_string(),
            "no time zone is called `Asia/Tokio`: \
             expected `UTC`, an offset such as `+09:00`, or an IANA name such as `Asia/Tokyo`"
        );
    }

    #[test]
    fn each_policy_for_a_gap_does_what_it_says() {
        let (berlin, skipped) = (zone("Europe/Berlin"), civil("2026-03-29T02:30:00"));
        let instant = |gap| berlin.instant(skipped, gap, Fold::Refuse);
        assert_eq!(instant(Gap::FirstAfter), Ok(utc("2026-03-29T01:00:00Z")));
        assert_eq!(instant(Gap::Shift), Ok(utc("2026-03-29T01:30:00Z")));
        assert_eq!(
            instant(Gap::Refuse).unwrap_err().to_string(),
            "2026-03-29 02:30:00 does not happen in Europe/Berlin: \
             clocks jump over it at 2026-03-29 01:00:00 UTC"
        );
    }

    #[test]
    fn each_policy_for_a_fold_does_what_it_says() {
        let (berlin, repeated) = (zone("Europe/Berlin"), civil("2026-10-25T02:30:00"));
        let instant = |fold| berlin.instant(repeated, Gap::Refuse, fold);
        assert_eq!(instant(Fold::Earlier), Ok(utc("2026-10-25T00:30:00Z")));
        assert_eq!(instant(Fold::Later), Ok(utc("2026-10-25T01:30:00Z")));
        assert_eq!(
            instant(Fold::Refuse).unwrap_err().to_string(),
            "2026-10-25 02:30:00 happens twice in Europe/Berlin: \
             at 2026-10-25 00:30:00 UTC and at 2026-10-25 01:30:00 UTC"
        );
    }

    #[test]
    fn the_edges_of_a_gap_and_of_a_fold_are_half_open() {
        let berlin = zone("Europe/Berlin");
        let refused = |text| berlin.instant(civil(text), Gap::Refuse, Fold::Refuse).is_err();
        assert!(!refused("2026-03-29T01:59:59.999999999"));
        assert!(refused("2026-03-29T02:00:00"));
        assert!(refused("2026-03-29T02:59:59.999999999"));
        assert!(!refused("2026-03-29T03:00:00"));
        assert!(!refused("2026-10-25T01:59:59.999999999"));
        assert!(refused("2026-10-25T02:00:00"));
        assert!(refused("2026-10-25T02:59:59.999999999"));
        assert!(!refused("2026-10-25T03:00:00"));
    }
}
