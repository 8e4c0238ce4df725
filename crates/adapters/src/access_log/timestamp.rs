//! The time of a line: `17/May/2015:10:05:03 +0000`.

use chrono::NaiveDate;

/// The length of the text, without its brackets.
pub(super) const LENGTH: usize = 26;

/// Reads times, and remembers the minute of the last one: neighbours in a log mostly share it.
#[derive(Debug, Default)]
pub(super) struct Timestamps {
    /// The text up to the seconds, and the zone, of the minute that is remembered.
    known: Option<([u8; 18], [u8; 6])>,
    /// That minute, in Unix seconds.
    minute: i64,
}

impl Timestamps {
    /// The Unix second that the text names, where it names one.
    pub(super) fn read(&mut self, text: [u8; LENGTH]) -> Option<i64> {
        let [minute @ .., s1, s2, z0, z1, z2, z3, z4, z5] = text;
        let zone = [z0, z1, z2, z3, z4, z5];
        let second = number([s1, s2]).filter(|second| *second <= 60)?;
        if self.known != Some((minute, zone)) {
            self.minute = read_minute(minute)? - offset(zone)?;
            self.known = Some((minute, zone));
        }
        // A leap second stays in the minute that it is written for.
        Some(self.minute + i64::from(second.min(59)))
    }
}

/// `17/May/2015:10:05:` in Unix seconds, as if it were UTC.
fn read_minute(text: [u8; 18]) -> Option<i64> {
    let [d1, d2, b'/', m1, m2, m3, b'/', y1, y2, y3, y4, b':', h1, h2, b':', n1, n2, b':'] = text else {
        return None;
    };
    let month = match &[m1, m2, m3] {
        b"Jan" => 1,
        b"Feb" => 2,
        b"Mar" => 3,
        b"Apr" => 4,
        b"May" => 5,
        b"Jun" => 6,
        b"Jul" => 7,
        b"Aug" => 8,
        b"Sep" => 9,
        b"Oct" => 10,
        b"Nov" => 11,
        b"Dec" => 12,
        _ => return None,
    };
    let year = i32::try_from(number([y1, y2])? * 100 + number([y3, y4])?).ok()?;
    let day = NaiveDate::from_ymd_opt(year, month, number([d1, d2])?)?;
    Some(day.and_hms_opt(number([h1, h2])?, number([n1, n2])?, 0)?.and_utc().timestamp())
}

/// ` +0900` in seconds east of UTC.
fn offset(text: [u8; 6]) -> Option<i64> {
    let [b' ', sign, h1, h2, m1, m2] = text else { return None };
    let (hours, minutes) = (number([h1, h2])?, number([m1, m2])?);
    let east = i64::from(hours * 3600 + minutes * 60);
    match sign {
        _ if hours > 23 || minutes > 59 => None,
        b'+' => Some(east),
        b'-' => Some(-east),
        _ => None,
    }
}

fn number(digits: [u8; 2]) -> Option<u32> {
    let [tens, ones] = digits;
    let both = tens.is_ascii_digit() && ones.is_ascii_digit();
    both.then(|| u32::from(tens - b'0') * 10 + u32::from(ones - b'0'))
}
