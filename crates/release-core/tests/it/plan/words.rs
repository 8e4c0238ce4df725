//! Lengths of time and versions as they are written.

use chrono::TimeDelta;
use proptest::prelude::*;
use toban_release_core::plan::{Length, Version};

#[test]
fn a_length_that_means_nothing_or_two_things_is_refused() {
    for wrong in [
        "",
        "5",
        "m",
        "-5m",
        "5 m",
        "5m5m",
        "5s1m",
        "5x",
        "1.5h",
        "99999999999999999999s",
        "9223372036854775807d",
        // In 64 bits this would come around to nothing.
        "18014398509481984d",
    ] {
        assert!(wrong.parse::<Length>().is_err(), "{wrong:?}");
    }
    for right in ["0s", "90s", "1h30m", "1d", "1d1h1m1s1ms"] {
        assert!(right.parse::<Length>().is_ok(), "{right:?}");
    }
    assert_eq!("90s".parse::<Length>().unwrap().to_string(), "1m30s");
    assert!(Length::new(TimeDelta::milliseconds(-1)).is_err());
    assert!(Length::new(TimeDelta::microseconds(-1)).is_err());
}

#[test]
fn a_version_has_a_name_without_white_space() {
    for wrong in ["", " ", "v 1", "v1\n"] {
        assert!(Version::new(wrong).is_err(), "{wrong:?}");
    }
    assert_eq!(Version::new("v1.4.0").unwrap().to_string(), "v1.4.0");
}

proptest! {
    #[test]
    fn a_length_is_read_as_it_is_written(millis in 0..i64::MAX) {
        let length = Length::new(TimeDelta::milliseconds(millis)).unwrap();
        prop_assert_eq!(length.to_string().parse::<Length>().unwrap(), length);
        prop_assert_eq!(length.as_time_delta(), TimeDelta::milliseconds(millis));
    }

    #[test]
    fn what_is_added_can_be_taken_away(one in 0..1_000_000_i64, other in 0..1_000_000_i64) {
        let of = |millis| Length::new(TimeDelta::milliseconds(millis)).unwrap();
        prop_assert_eq!(of(one).plus(of(other)).minus(of(other)), of(one));
        prop_assert_eq!(of(one).minus(of(one).plus(of(other))), Length::ZERO);
    }
}
