//! What is an entry, and what is not.

use chrono::TimeDelta;
use toban_adapters::access_log::{Entry, Fault};

/// A line of which only the text behind the host is of interest.
fn parse(rest: &str) -> Result<Entry<'static>, Fault> {
    Entry::parse(format!("192.0.2.7 - - {rest}").into_bytes().leak())
}

fn parse_at(time: &str) -> Result<String, Fault> {
    parse(&format!("[{time}] \"GET / HTTP/1.1\" 200 1")).map(|entry| entry.at().to_rfc3339())
}

fn request_time_of(tail: &str) -> Result<Option<i64>, Fault> {
    let entry = parse(&format!("[17/May/2015:10:05:03 +0000] \"GET / HTTP/1.1\" 200 1{tail}"))?;
    Ok(entry.request_time().map(|time| time.num_microseconds().unwrap()))
}

fn method_and_path(request: &str) -> Option<(String, String)> {
    let entry = parse(&format!("[17/May/2015:10:05:03 +0000] \"{request}\" 400 0")).unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Some((text(entry.method()?), text(entry.path()?)))
}

#[test]
fn a_combined_line_is_taken_apart() {
    let line = br#"2001:db8::1 id frank [10/Oct/2000:13:55:36 -0700] "GET /a.gif?x=1 HTTP/1.0" 404 2326 "http://a/b" "M \"4\" \\""#;
    let entry = Entry::parse(line).unwrap();
    assert_eq!(entry.host, b"2001:db8::1");
    assert_eq!(entry.ident, b"id");
    assert_eq!(entry.user, b"frank");
    assert_eq!(entry.at().to_rfc3339(), "2000-10-10T20:55:36+00:00");
    assert_eq!(entry.request, b"GET /a.gif?x=1 HTTP/1.0");
    assert_eq!((entry.status, entry.size, entry.request_time()), (404, Some(2326), None));
}

#[test]
fn common_lines_carriage_returns_and_absent_sizes_are_entries() {
    for end in ["200 17", "200 -", "200 17\r", "304 - \"-\" \"-\"", "000 0", "200 17 "] {
        assert!(parse(&format!("[17/May/2015:10:05:03 +0000] \"GET / HTTP/1.1\" {end}")).is_ok(), "{end}");
    }
    assert_eq!(parse("[17/May/2015:10:05:03 +0000] \"-\" 408 -").unwrap().size, None);
}

#[test]
fn a_user_may_hold_spaces_quotes_and_brackets() {
    for user in ["Mary Ann", "\"\"", "a [b] c", " x", "[17/May/2015:10:05:03 +9900]"] {
        let line = format!("h - {user} [17/May/2015:10:05:03 +0000] \"GET / HTTP/1.1\" 200 1");
        let entry = Entry::parse(line.as_bytes()).unwrap();
        assert_eq!(entry.user, user.as_bytes());
    }
}

#[test]
fn every_zone_of_a_day_is_understood() {
    assert_eq!(parse_at("17/May/2015:10:05:03 +0545").unwrap(), "2015-05-17T04:20:03+00:00");
    assert_eq!(parse_at("01/Jan/2015:00:00:00 +1400").unwrap(), "2014-12-31T10:00:00+00:00");
    assert_eq!(parse_at("31/Dec/2015:23:59:59 -1200").unwrap(), "2016-01-01T11:59:59+00:00");
    assert_eq!(parse_at("29/Feb/2016:00:00:00 -0000").unwrap(), "2016-02-29T00:00:00+00:00");
    assert_eq!(parse_at("31/Dec/2016:23:59:60 +0000").unwrap(), "2016-12-31T23:59:59+00:00");
}

#[test]
fn a_time_that_no_calendar_has_is_no_time() {
    for time in [
        "29/Feb/2015:00:00:00 +0000",
        "31/Apr/2015:00:00:00 +0000",
        "00/May/2015:00:00:00 +0000",
        "17/may/2015:10:05:03 +0000",
        "17/May/2015:24:00:00 +0000",
        "17/May/2015:10:60:00 +0000",
        "17/May/2015:10:05:61 +0000",
        "17/May/2015:10:05:03 +2400",
        "17/May/2015:10:05:03 +0060",
        "17/May/2015:10:05:03 00000",
        "17/May/2015 10:05:03 +0000",
        "7/May/2015:10:05:03 +0000",
        "2015-05-17T10:05:03+00:00",
        "+7/May/2015:10:05:03 +0000",
    ] {
        assert_eq!(parse_at(time), Err(Fault::Time), "{time}");
    }
    let zeros = format!("{}03{}", "\0".repeat(18), "\0".repeat(6));
    assert_eq!(parse_at(&zeros), Err(Fault::Time), "what is remembered at first is no minute");
}

#[test]
fn the_first_part_that_is_amiss_is_named() {
    let begun = "h - - [17/May/2015:10:05:03 +0000]";
    for (line, fault) in [
        ("", Fault::Empty),
        ("\r", Fault::Empty),
        ("h", Fault::Host),
        ("h -", Fault::Host),
        (" - - [17/May/2015:10:05:03 +0000] \"GET / HTTP/1.1\" 200 1", Fault::Host),
        ("h - [17/May/2015:10:05:03 +0000] \"GET / HTTP/1.1\" 200 1", Fault::Time),
        ("h - - 17/May/2015:10:05:03 +0000 \"GET / HTTP/1.1\" 200 1", Fault::Time),
        ("h - - [17/May/2015:10:05:03 +0000", Fault::Time),
        (begun, Fault::Request),
        (&format!("{begun} GET / HTTP/1.1 200 1"), Fault::Request),
        (&format!("{begun} \"GET / HTTP/1.1\\\" 200 1"), Fault::Request),
        (&format!("{begun} \"GET /\""), Fault::Status),
        (&format!("{begun} \"GET /\"200 1"), Fault::Status),
        (&format!("{begun} \"GET /\" 20 1"), Fault::Status),
        (&format!("{begun} \"GET /\" 2000 1"), Fault::Status),
        (&format!("{begun} \"GET /\" - 1"), Fault::Status),
        (&format!("{begun} \"GET /\" 200"), Fault::Size),
        (&format!("{begun} \"GET /\" 200 -1"), Fault::Size),
        (&format!("{begun} \"GET /\" 200 1\"-\" \"-\""), Fault::Size),
        (&format!("{begun} \"GET /\" 200 99999999999999999999"), Fault::Size),
        (&format!("{begun} \"GET /\" 200 1 \"-\" \"curl"), Fault::Quote),
        (&format!("{begun} \"GET /\" 200 1 \"-\"\"curl\""), Fault::Quote),
        (&format!("{begun} \"GET /\" 200 1 \"-\" \"a \"b\" c\""), Fault::Quote),
        (&format!("{begun} \"GET /\" 200 1 \"-\" \"-\" rt=\"0.1"), Fault::Quote),
        (&format!("{begun} \"GET /\" 200 1 \"-\" \"-\" 0.1\""), Fault::Quote),
    ] {
        assert_eq!(Entry::parse(line.as_bytes()), Err(fault), "{line}");
    }
}

#[test]
fn the_request_time_is_the_named_field_or_the_first_bare_decimal() {
    for (tail, micros) in [
        ("", None),
        (" \"-\" \"curl\"", None),
        (" \"-\" \"curl\" 0.123", Some(123_000)),
        (" 0.123", Some(123_000)),
        (" \"-\" \"curl\" 12.000001", Some(12_000_001)),
        (" \"-\" \"curl\" 0.1234567", Some(123_456)),
        (" \"-\" \"curl\" 0.123 0.120", Some(123_000)),
        (" \"-\" \"curl\" 0.123 -", Some(123_000)),
        (" \"-\" \"curl\" 0.123 0.001, 0.120 : 0.002", Some(123_000)),
        (" \"-\" \"curl\" \"203.0.113.9\" 0.123 0.120 .", Some(123_000)),
        (" \"-\" \"curl\" rt=0.250 uct=\"0.000\" urt=\"0.001, 0.2\"", Some(250_000)),
        (" \"-\" \"curl\" 0.1 request_time=0.250", Some(250_000)),
        (" \"-\" \"curl\" rt=\"3\"", Some(3_000_000)),
        (" \"-\" \"curl\" urt=0.250", None),
        (" \"-\" \"curl\" rt=-", None),
        (" \"-\" \"curl\" -", None),
        (" \"-\" \"curl\" 123", None),
        (" \"-\" \"0.5\"", None),
        (" \"-\" \"curl\" .5", None),
        (" \"-\" \"curl\" 5.", None),
        (" \"-\" \"curl\" 1e3.0", None),
        (" \"-\" \"curl\" 192.0.2.7", None),
        (" \"-\" \"curl\" 1431857103.123 0.5", Some(500_000)),
    ] {
        assert_eq!(request_time_of(tail), Ok(micros), "{tail}");
    }
    assert_eq!(TimeDelta::microseconds(123_000), TimeDelta::milliseconds(123));
}

#[test]
fn what_is_no_request_is_an_entry_without_method_and_path() {
    for request in [
        "-",
        "",
        r"\x16\x03\x01\x02\x00",
        "GET",
        "GET ",
        " / HTTP/1.1",
        "G\\x00T / HTTP/1.1",
        "GET ?q HTTP/1.1",
    ] {
        assert_eq!(method_and_path(request), None, "{request}");
    }
}

#[test]
fn a_path_ends_before_query_and_protocol() {
    for (request, path) in [
        ("GET / HTTP/1.1", "/"),
        ("GET /a/b?c=/d HTTP/2.0", "/a/b"),
        ("GET /a#b HTTP/1.1", "/a"),
        ("GET /old", "/old"),
        ("GET /with a space HTTP/1.1", "/with a space"),
        ("GET /a b", "/a b"),
        ("GET http://shop.example/a?b HTTP/1.1", "/a"),
        ("GET http://shop.example?b=/c HTTP/1.1", "/"),
        ("GET /a?to=http://shop.example/b HTTP/1.1", "/a"),
        ("GET /to/http://shop.example/b HTTP/1.1", "/to/http://shop.example/b"),
    ] {
        assert_eq!(method_and_path(request), Some(("GET".to_owned(), path.to_owned())), "{request}");
    }
    assert_eq!(method_and_path("M-SEARCH * HTTP/1.1"), Some(("M-SEARCH".to_owned(), "*".to_owned())));
}
