//! Made-up traffic: what happened, and what a scraper saw of it.

use std::fmt::Write;

/// A scrape each so many seconds.
const PERIOD: i64 = 15;

/// Four hours.
pub(crate) const SCRAPES: usize = 960;

/// A counter of requests.
pub(crate) struct Stream {
    pub(crate) code: &'static str,
    pub(crate) pod: &'static str,
    /// How many requests there were in the period before each scrape.
    pub(crate) events: Vec<u64>,
    /// What each scrape saw; nothing where it failed, or the pod was not there.
    pub(crate) seen: Vec<Option<u64>>,
}

impl Stream {
    /// The scrape before which its pod began again: within a minute, or as one begins.
    fn restart(&self) -> usize {
        if self.pod == "a" { 483 } else { 841 }
    }
}

/// Two pods, one of which begins after an hour; both begin again once; ten minutes without scrapes.
pub(crate) fn traffic() -> Vec<Stream> {
    let mut streams = Vec::new();
    for (code, pod, most) in [("200", "a", 900), ("200", "b", 700), ("500", "a", 9), ("500", "b", 4)] {
        let mut state = 7 + most;
        let events: Vec<u64> = (0..SCRAPES)
            .map(|_| {
                state = state * 48_271 % 2_147_483_647;
                state % most
            })
            .collect();
        let mut stream = Stream { code, pod, events, seen: Vec::new() };
        let mut value = 0;
        for (scrape, events) in stream.events.iter().enumerate() {
            value = if scrape == stream.restart() { *events } else { value + events };
            let is_there = pod == "a" || scrape >= 240;
            stream.seen.push((is_there && !(601..641).contains(&scrape)).then_some(value));
        }
        streams.push(stream);
    }
    streams
}

/// As a text for `promtool tsdb create-blocks-from openmetrics`, the first scrape at that Unix second.
pub(crate) fn openmetrics(streams: &[Stream], start: i64) -> String {
    let mut text = "# TYPE http_requests counter\n".to_owned();
    for Stream { code, pod, seen, .. } in streams {
        for (value, at) in seen.iter().zip((start..).step_by(15)) {
            if let Some(value) = value {
                writeln!(text, "http_requests_total{{code=\"{code}\",pod=\"{pod}\"}} {value} {at}").unwrap();
            }
        }
    }
    text + "# EOF\n"
}

/// How many requests of a code there were in the minute that ends with that scrape, as far as can be known from the
/// scrapes at the ends of minutes: a pod's first one tells nothing, what happened while nobody looked is seen by the
/// next one, and what a pod counted after the last one before it began again is lost.
pub(crate) fn known(streams: &[Stream], code: Option<&str>, scrape: usize) -> Option<u64> {
    let minute = usize::try_from(60 / PERIOD).unwrap();
    let of_code = streams.iter().filter(|stream| code.is_none_or(|code| code == stream.code));
    let known = |stream: &Stream| {
        stream.seen[scrape]?;
        let mut ends = (0..scrape).rev().filter(|one| (scrape - one).is_multiple_of(minute));
        let before = ends.find(|one| stream.seen[*one].is_some())?;
        let restart = Some(stream.restart()).filter(|restart| (before + 1..=scrape).contains(restart));
        Some(stream.events[restart.unwrap_or(before + 1)..=scrape].iter().sum::<u64>())
    };
    let known: Vec<u64> = of_code.filter_map(known).collect();
    (!known.is_empty()).then(|| known.iter().sum())
}
