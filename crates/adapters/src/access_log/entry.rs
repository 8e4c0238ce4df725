//! One line of an access log.

use super::grid::instant;
use super::timestamp::{LENGTH, Timestamps};
use chrono::{DateTime, TimeDelta, Utc};
use memchr::{memchr, memchr2};

/// One line of an access log in the common or combined format, its parts as they are written.
///
/// ```
/// use toban_adapters::access_log::Entry;
/// let line = br#"::1 - - [17/May/2015:10:05:03 +0900] "GET /a?b=1 HTTP/1.1" 502 17 "-" "curl/8" 0.250"#;
/// let entry = Entry::parse(line)?;
/// assert_eq!(entry.at().to_rfc3339(), "2015-05-17T01:05:03+00:00");
/// assert_eq!((entry.status, entry.path()), (502, Some(&b"/a"[..])));
/// assert_eq!(entry.request_time(), Some(chrono::TimeDelta::milliseconds(250)));
/// # Ok::<(), toban_adapters::access_log::Fault>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    /// Who asked: a name or an address.
    pub host: &'a [u8],
    /// Who the client's identity service says it is, `-` in practice.
    pub ident: &'a [u8],
    /// The authenticated user, `-` where there is none; may contain spaces.
    pub user: &'a [u8],
    /// What stands between the quotes of the request, escapes included; anything at all when the client did not
    /// speak HTTP.
    pub request: &'a [u8],
    /// The three digits of the status.
    pub status: u16,
    /// The size of the answer in bytes, where it is not `-`.
    pub size: Option<u64>,
    seconds: i64,
    micros: Option<u64>,
}

/// Why a line is no entry of an access log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// The line has no text.
    #[error("the line is empty")]
    Empty,
    /// The line does not begin with a host and an ident.
    #[error("no host and ident at the beginning")]
    Host,
    /// No valid time in brackets follows host, ident and user.
    #[error("no time such as [17/May/2015:10:05:03 +0000] after host, ident and user")]
    Time,
    /// No quoted request follows the time.
    #[error("no request in quotes after the time")]
    Request,
    /// No status of three digits follows the request.
    #[error("no status of three digits after the request")]
    Status,
    /// Neither a number of bytes nor `-` follows the status.
    #[error("no size in bytes after the status")]
    Size,
    /// A quoted field behind the size (referrer, user agent) is not closed.
    #[error("a quoted field after the size is not closed")]
    Quote,
    /// The line is an entry, but hardly any other one is of about its time: a clock gone wrong. Only a whole log tells.
    #[error("its time lies {} from the others", years_text(*.years))]
    Stray {
        /// From the nearest of the others, whole years of 365 days.
        years: u32,
    },
}

impl<'a> Entry<'a> {
    /// Reads one line; a carriage return at its end is ignored.
    ///
    /// # Errors
    /// When the line has not the structure that the [module](super) describes: the first part that is amiss.
    pub fn parse(line: &'a [u8]) -> Result<Self, Fault> {
        Self::parse_with(line, &mut Timestamps::default())
    }

    pub(super) fn parse_with(line: &'a [u8], timestamps: &mut Timestamps) -> Result<Self, Fault> {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            return Err(Fault::Empty);
        }
        let (host, rest) = word(line).ok_or(Fault::Host)?;
        let (ident, rest) = word(rest).ok_or(Fault::Host)?;
        let (user, seconds, rest) = user_and_time(rest, timestamps).ok_or(Fault::Time)?;
        let (request, rest) = rest.strip_prefix(b" \"").and_then(quoted).ok_or(Fault::Request)?;
        let (status, rest) = status(rest).ok_or(Fault::Status)?;
        let (size, rest) = size(rest).ok_or(Fault::Size)?;
        let micros = request_time(rest)?;
        Ok(Self { host, ident, user, request, status, size, seconds, micros })
    }

    /// When the line says that it happened, to the second: for nginx the end of the request, for Apache its
    /// beginning.
    #[must_use]
    pub fn at(&self) -> DateTime<Utc> {
        instant(self.seconds)
    }

    /// How long the request took, to the microsecond, where the line says so.
    #[must_use]
    pub fn request_time(&self) -> Option<TimeDelta> {
        self.micros.and_then(|micros| i64::try_from(micros).ok()).map(TimeDelta::microseconds)
    }

    /// The method of the request, where the request is one.
    #[must_use]
    pub fn method(&self) -> Option<&'a [u8]> {
        self.method_and_path().map(|(method, _)| method)
    }

    /// The path of the request without its query, escapes as they are written, where the request is one.
    #[must_use]
    pub fn path(&self) -> Option<&'a [u8]> {
        self.method_and_path().map(|(_, path)| path)
    }

    pub(super) fn method_and_path(&self) -> Option<(&'a [u8], &'a [u8])> {
        let (method, target) = word(self.request)?;
        if !method.iter().copied().all(is_token) {
            return None;
        }
        let target =
            match target.iter().rposition(|byte| *byte == b' ').and_then(|i| target.split_at_checked(i)) {
                Some((target, protocol)) if protocol.starts_with(b" HTTP/") => target,
                _ => target,
            };
        let target = target.split(|byte| matches!(byte, b'?' | b'#')).next()?;
        let path = path_of(target);
        (!path.is_empty()).then_some((method, path))
    }

    pub(super) fn seconds(&self) -> i64 {
        self.seconds
    }

    pub(super) fn micros(&self) -> Option<u64> {
        self.micros
    }
}

fn years_text(years: u32) -> String {
    if years == 1 { "a year".to_owned() } else { format!("{years} years") }
}

/// Whether the byte may stand in an HTTP method.
pub(super) fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// The path of a target; behind scheme and host where it names them, as a request to a proxy does.
fn path_of(target: &[u8]) -> &[u8] {
    if target.starts_with(b"/") {
        return target;
    }
    let Some(host) = target.windows(3).position(|bytes| bytes == b"://").and_then(|i| target.get(i + 3..))
    else {
        return target;
    };
    host.iter().position(|byte| *byte == b'/').and_then(|i| host.get(i..)).unwrap_or(b"/")
}

/// What stands before the first space, never empty, and what stands behind it.
fn word(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let (word, rest) = text.split_at_checked(text.iter().position(|byte| *byte == b' ')?)?;
    Some((word, rest.get(1..)?)).filter(|(word, _)| !word.is_empty())
}

/// The user, the time, and what stands behind the bracket. A user may hold spaces and brackets: the first
/// bracket that opens a time ends it.
fn user_and_time<'a>(text: &'a [u8], timestamps: &mut Timestamps) -> Option<(&'a [u8], i64, &'a [u8])> {
    let mut from = 0;
    loop {
        let bracket = from + memchr(b'[', text.get(from..)?)?;
        let (before, after) = text.split_at_checked(bracket)?;
        let time = after.get(1..)?.split_first_chunk::<LENGTH>();
        if let (Some(user), Some((time, rest))) = (before.strip_suffix(b" "), time)
            && let (false, Some(rest)) = (user.is_empty(), rest.strip_prefix(b"]"))
            && let Some(seconds) = timestamps.read(*time)
        {
            return Some((user, seconds, rest));
        }
        from = bracket + 1;
    }
}

/// From behind an opening quote: the text up to the closing one, and what stands behind that. A backslash takes
/// the next byte with it.
fn quoted(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut from = 0;
    loop {
        let found = from + memchr2(b'"', b'\\', text.get(from..)?)?;
        let (inside, rest) = text.split_at_checked(found)?;
        if let Some(rest) = rest.strip_prefix(b"\"") {
            return Some((inside, rest));
        }
        from = found + 2;
    }
}

fn status(text: &[u8]) -> Option<(u16, &[u8])> {
    let [b' ', a @ b'0'..=b'9', b @ b'0'..=b'9', c @ b'0'..=b'9', rest @ ..] = text else { return None };
    let digit = |byte: &u8| u16::from(byte - b'0');
    let ends = rest.first().is_none_or(|byte| *byte == b' ');
    ends.then(|| (digit(a) * 100 + digit(b) * 10 + digit(c), rest))
}

/// The size, and what stands behind it: nothing, or a space and more.
fn size(text: &[u8]) -> Option<(Option<u64>, &[u8])> {
    let text = text.strip_prefix(b" ")?;
    let (size, rest) =
        text.split_at_checked(text.iter().position(|byte| *byte == b' ').unwrap_or(text.len()))?;
    if size == b"-" { Some((None, rest)) } else { Some((Some(whole(size)?), rest)) }
}

/// The request time in microseconds among the fields behind the size: that of a key `rt` or `request_time`,
/// otherwise the first bare number with a decimal point.
fn request_time(mut text: &[u8]) -> Result<Option<u64>, Fault> {
    let (mut named, mut bare) = (None, None);
    while let Some((b' ', field)) = text.split_first() {
        if let Some(field) = field.strip_prefix(b"\"") {
            text = behind_quote(field)?.1;
            continue;
        }
        let end = field.iter().position(|byte| matches!(byte, b' ' | b'"')).unwrap_or(field.len());
        let (mut value, mut rest) = field.split_at_checked(end).unwrap_or((field, b""));
        let mut key = None;
        if let Some(equals) = value.iter().position(|byte| *byte == b'=') {
            key = value.get(..equals);
            value = value.get(equals + 1..).unwrap_or_default();
        }
        if let Some(inside) = rest.strip_prefix(b"\"") {
            if key.is_none() || !value.is_empty() {
                return Err(Fault::Quote);
            }
            (value, rest) = behind_quote(inside)?;
        }
        match key {
            Some(b"rt" | b"request_time") => named = named.or(seconds(value)),
            None if value.contains(&b'.') => bare = bare.or(seconds(value)),
            _ => {}
        }
        text = rest;
    }
    Ok(named.or(bare))
}

/// As [`quoted`], where only a space or the end of the line may follow.
fn behind_quote(text: &[u8]) -> Result<(&[u8], &[u8]), Fault> {
    quoted(text).filter(|(_, rest)| rest.first().is_none_or(|byte| *byte == b' ')).ok_or(Fault::Quote)
}

/// `0.123` seconds in microseconds; what is finer is cut off. Eight digits and more before the point are no
/// duration but, say, a Unix time.
fn seconds(text: &[u8]) -> Option<u64> {
    let point = text.iter().position(|byte| *byte == b'.').unwrap_or(text.len());
    let (before, after) = text.split_at_checked(point)?;
    if before.len() > 7 {
        return None;
    }
    let mut micros = whole(before)? * 1_000_000;
    if let Some(decimals) = after.strip_prefix(b".") {
        if decimals.is_empty() || !decimals.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let mut unit = 100_000;
        for digit in decimals.iter().take(6) {
            micros += u64::from(digit - b'0') * unit;
            unit /= 10;
        }
    }
    Some(micros)
}

fn whole(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_u64, |number, byte| {
        let digit = byte.is_ascii_digit().then(|| u64::from(byte - b'0'))?;
        number.checked_mul(10)?.checked_add(digit)
    })
}
