//! Charts over time as SVG that fits every width: places along the time are percentages, heights are pixels, and
//! what is drawn is no finer than a screen shows.

use crate::page::{Element, el};
use chrono::{DateTime, Timelike, Utc};
use std::fmt::Write as _;
use std::ops::Range;

/// How finely time is drawn: columns across the chart.
const COLUMNS: i64 = 1000;

/// How values become heights.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Scale {
    /// Evenly between two values.
    Linear { low: f64, high: f64 },
    /// From 0 on, the more tightly the higher: 1, 10, 100 lie about equally far apart, and 0 has a place.
    Logarithmic { high: f64 },
}

impl Scale {
    /// 0 at the bottom, 1 at the top; what lies outside is drawn at the edge.
    fn place(self, value: f64) -> f64 {
        let place = match self {
            Self::Linear { low, high } => (value - low) / (high - low),
            Self::Logarithmic { high } => value.ln_1p() / high.ln_1p(),
        };
        if place.is_finite() { place.clamp(0.0, 1.0) } else { 0.0 }
    }

    /// Round values, at most about `most` of them.
    fn ticks(self, most: u32) -> Vec<f64> {
        match self {
            Self::Linear { low, high } => {
                let rough = (high - low) / f64::from(most.max(1));
                let power = 10_f64.powf(rough.log10().floor());
                let step = [1.0, 2.0, 2.5, 5.0, 10.0]
                    .map(|step| step * power)
                    .into_iter()
                    .find(|step| *step >= rough);
                let step = step.unwrap_or(rough);
                let mut ticks = Vec::new();
                let mut tick = (low / step).ceil() * step;
                while tick <= high + step * 1e-9 && ticks.len() < 50 {
                    // Steps add up to almost nothing around nothing.
                    ticks.push(if tick.abs() < step * 1e-9 { 0.0 } else { tick });
                    tick += step;
                }
                ticks
            }
            Self::Logarithmic { high } => {
                let apart = 1.0 / f64::from(most.max(1));
                let powers = (0..=12).chain([-1, -2]).map(|power| 10_f64.powi(power));
                let between = powers.clone().flat_map(|power| [power * 5.0, power * 2.0]);
                let mut ticks = vec![0.0];
                for tick in powers.chain(between).filter(|tick| *tick <= high) {
                    let place = self.place(tick);
                    if ticks.iter().all(|other| (place - self.place(*other)).abs() >= apart) {
                        ticks.push(tick);
                    }
                }
                ticks
            }
        }
    }
}

/// A chart that is being drawn.
#[derive(Debug)]
pub(crate) struct Chart {
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    height: f64,
    scale: Scale,
    behind: Vec<Element>,
    lines: Vec<Element>,
    before: Vec<Element>,
}

/// How far the labels of two values must be apart at least.
const LABEL: f64 = 13.0;

/// Below the plot, for the labels of the time.
const FOOT: f64 = 18.0;

impl Chart {
    /// A chart of a stretch of time, `height` pixels high.
    pub(crate) fn new(from: DateTime<Utc>, to: DateTime<Utc>, height: f64, scale: Scale) -> Self {
        Self { from, to, height, scale, behind: Vec::new(), lines: Vec::new(), before: Vec::new() }
    }

    /// Lines and labels for round values, and for one that matters more.
    pub(crate) fn value_axis(&mut self, limit: Option<f64>, label: impl Fn(f64) -> String) {
        let limit = limit.map(|limit| (limit, self.scale.place(limit)));
        let near = LABEL / self.height;
        for tick in self.scale.ticks(match self.scale {
            Scale::Linear { .. } => 5,
            Scale::Logarithmic { .. } => 9,
        }) {
            self.behind.push(across("grid", &self.y(tick)));
            if limit.is_none_or(|(_, place)| (self.scale.place(tick) - place).abs() > near) {
                self.label("value", tick, label(tick));
            }
        }
        if let Some((limit, _)) = limit {
            self.behind.push(across("limit", &self.y(limit)));
            self.label("value limit", limit, label(limit));
        }
    }

    fn label(&mut self, class: &str, value: f64, label: String) {
        let text = el("text").class(class).attr("x", -6).attr("y", self.y(value)).attr("dy", "0.32em");
        self.before.push(text.text(label));
    }

    /// Lines and labels for round times.
    pub(crate) fn time_axis(&mut self) {
        for (place, (at, label)) in time_ticks(self.from, self.to).into_iter().enumerate() {
            let x = self.x(at);
            let line =
                el("line").class("grid").attr("x1", &x).attr("x2", &x).attr("y1", 0).attr("y2", self.height);
            self.behind.push(line);
            let class = if place % 2 == 0 { "time" } else { "time between" };
            let text = el("text").class(class).attr("x", &x).attr("y", self.height + 14.0);
            self.before.push(text.text(label));
        }
    }

    /// Shades a stretch of time; `title` is shown where a pointer rests on it.
    pub(crate) fn stretch(&mut self, class: &str, from: DateTime<Utc>, to: DateTime<Utc>, title: String) {
        let rect = self.rect(class, from, to, 0.0..self.height, 0.2);
        self.behind.extend(rect.map(|rect| rect.child(el("title").text(title))));
    }

    /// Marks a stretch of time at the top, so that the shortest is still seen.
    pub(crate) fn mark(&mut self, class: &str, from: DateTime<Utc>, to: DateTime<Utc>) {
        let rect = self.rect(class, from, to, 0.0..5.0, 0.6);
        self.before.extend(rect);
    }

    /// Marks a stretch of time at the bottom, where a line goes on below; `title` is shown where a pointer rests on it.
    pub(crate) fn beneath(&mut self, class: &str, from: DateTime<Utc>, to: DateTime<Utc>, title: String) {
        let rect = self.rect(class, from, to, self.height - 5.0..self.height, 0.6);
        self.before.extend(rect.map(|rect| rect.child(el("title").text(title))));
    }

    fn rect(
        &self,
        class: &str,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        heights: Range<f64>,
        least: f64,
    ) -> Option<Element> {
        let (left, right) = (self.share(from), self.share(to));
        if to <= self.from || from >= self.to {
            return None;
        }
        let rect = el("rect").class(class).attr("x", percent(left.min(100.0 - least)));
        Some(
            rect.attr("width", percent((right - left).max(least)))
                .attr("y", heights.start)
                .attr("height", heights.end - heights.start),
        )
    }

    /// A line at a value.
    pub(crate) fn level(&mut self, class: &str, value: f64) {
        self.behind.push(across(class, &self.y(value)));
    }

    /// A line through values; `None` breaks it.
    pub(crate) fn line(&mut self, class: &str, points: impl Iterator<Item = (DateTime<Utc>, Option<f64>)>) {
        let path = self.trace(points, None);
        self.lines.push(el("path").class(class).attr("d", path));
    }

    /// The area between values and a level.
    pub(crate) fn area(
        &mut self,
        class: &str,
        level: f64,
        points: impl Iterator<Item = (DateTime<Utc>, Option<f64>)>,
    ) {
        let path = self.trace(points, Some(self.y(level)));
        self.lines.push(el("path").class(class).attr("d", path));
    }

    /// The chart; `label` says what it shows to whoever cannot see it.
    pub(crate) fn into_svg(self, label: &str) -> Element {
        let view = format!("0 0 {COLUMNS} {}", self.height);
        let plot = el("svg").attr("viewBox", view).attr("preserveAspectRatio", "none");
        let plot = plot.attr("width", "100%").attr("height", self.height).children(self.lines);
        el("svg")
            .class("chart")
            .attr("width", "100%")
            .attr("height", self.height + FOOT)
            .attr("role", "img")
            .attr("aria-label", label)
            .children(self.behind)
            .child(plot)
            .children(self.before)
    }

    /// How far along the chart, in per cent; only within it.
    fn share(&self, at: DateTime<Utc>) -> f64 {
        let share = seconds(self.from, at) / seconds(self.from, self.to) * 100.0;
        if share.is_finite() { share.clamp(0.0, 100.0) } else { 0.0 }
    }

    fn x(&self, at: DateTime<Utc>) -> String {
        percent(self.share(at))
    }

    fn column(&self, at: DateTime<Utc>) -> i64 {
        let length = (self.to - self.from).num_milliseconds().max(1);
        ((at - self.from).num_milliseconds().saturating_mul(COLUMNS) / length).clamp(0, COLUMNS)
    }

    fn y(&self, value: f64) -> String {
        decimal(self.height * (1.0 - self.scale.place(value)), 1)
    }

    /// The path through the points, of each column no more than its first, lowest, highest and last one. Closed
    /// along a height, it is the outline of an area.
    fn trace(
        &self,
        points: impl Iterator<Item = (DateTime<Utc>, Option<f64>)>,
        along: Option<String>,
    ) -> String {
        let mut path = Path::new(along);
        let mut column: Option<Column> = None;
        for (at, value) in points {
            let x = self.column(at);
            match (value, &mut column) {
                (Some(value), Some(open)) if open.x == x => open.add(value),
                (value, open) => {
                    if let Some(done) = open.take() {
                        done.values().into_iter().for_each(|value| path.to(done.x, self.y(value)));
                    }
                    match value {
                        Some(value) => {
                            *open = Some(Column { x, first: value, low: value, high: value, last: value })
                        }
                        None => path.lift(),
                    }
                }
            }
        }
        if let Some(done) = column {
            done.values().into_iter().for_each(|value| path.to(done.x, self.y(value)));
        }
        path.lift();
        path.text
    }
}

/// What the points of one column come to.
struct Column {
    x: i64,
    first: f64,
    low: f64,
    high: f64,
    last: f64,
}

impl Column {
    fn add(&mut self, value: f64) {
        self.low = self.low.min(value);
        self.high = self.high.max(value);
        self.last = value;
    }

    fn values(&self) -> [f64; 4] {
        [self.first, self.low, self.high, self.last]
    }
}

/// The commands of a path: runs of one height are one command.
struct Path {
    text: String,
    along: Option<String>,
    /// The point that the commands have come to, and how far its height goes on.
    pen: Option<(i64, String, i64)>,
    start: i64,
}

impl Path {
    fn new(along: Option<String>) -> Self {
        Self { text: String::new(), along, pen: None, start: 0 }
    }

    fn to(&mut self, x: i64, y: String) {
        match &mut self.pen {
            None => {
                self.start = x;
                let _ = match &self.along {
                    Some(along) => write!(self.text, "M{x},{along}V{y}"),
                    None => write!(self.text, "M{x},{y}"),
                };
                self.pen = Some((x, y, x));
            }
            Some((_, height, until)) if *height == y => *until = x,
            Some((at, height, until)) => {
                if until != at {
                    let _ = write!(self.text, "H{until}");
                }
                let _ = if x == *until { write!(self.text, "V{y}") } else { write!(self.text, "L{x},{y}") };
                (*at, *height, *until) = (x, y, x);
            }
        }
    }

    /// Ends a part; the next point begins another.
    fn lift(&mut self) {
        if let Some((at, _, until)) = self.pen.take() {
            // A part of a single point still is to be seen.
            let end = if until == self.start { until + 1 } else { until };
            if end != at {
                let _ = write!(self.text, "H{end}");
            }
            if let Some(along) = &self.along {
                let _ = write!(self.text, "V{along}Z");
            }
        }
    }
}

fn across(class: &str, y: &str) -> Element {
    el("line").class(class).attr("x1", 0).attr("x2", "100%").attr("y1", y).attr("y2", y)
}

fn seconds(from: DateTime<Utc>, to: DateTime<Utc>) -> f64 {
    (to - from).as_seconds_f64()
}

fn percent(share: f64) -> String {
    format!("{}%", decimal(share, 2))
}

/// As few characters as it takes.
pub(crate) fn decimal(value: f64, digits: usize) -> String {
    let text = format!("{value:.digits$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    if text == "-0" { "0".into() } else { text.into() }
}

/// Round times between two instants, and how they are written: at most nine.
fn time_ticks(from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<(DateTime<Utc>, String)> {
    const MINUTE: i64 = 60;
    const HOUR: i64 = 60 * MINUTE;
    const DAY: i64 = 24 * HOUR;
    let length = (to - from).num_seconds().max(1);
    let steps = [1, 2, 5, 10, 15, 30].map(|minutes| minutes * MINUTE);
    let steps = steps.into_iter().chain([1, 2, 3, 6, 12].map(|hours| hours * HOUR));
    let steps = steps.chain([1, 2, 5, 7, 14, 28, 56, 91, 182, 364].map(|days| days * DAY));
    let step = steps.into_iter().find(|step| length / step <= 8).unwrap_or(length);
    let first = from.timestamp().div_euclid(step) * step;
    let ticks = (0..=10).filter_map(|tick| DateTime::from_timestamp(first + tick * step, 0));
    ticks
        .filter(|at| from <= *at && *at <= to)
        .map(|at| {
            let is_midnight = at.num_seconds_from_midnight() == 0;
            let shape = if step >= DAY || is_midnight { "%m-%d" } else { "%H:%M" };
            (at, at.format(shape).to_string())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]
    use super::*;
    use chrono::{TimeDelta, TimeZone};

    fn start() -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 3, 1, 0, 0, 0).unwrap()
    }

    /// The path of one value a minute, on a chart 100 pixels high of values from 0 to 100.
    fn path(values: &[Option<f64>]) -> String {
        let minute = |place: usize| start() + TimeDelta::minutes(i64::try_from(place).unwrap());
        let chart = Chart::new(start(), minute(values.len()), 100.0, Scale::Linear { low: 0.0, high: 100.0 });
        chart.trace(values.iter().enumerate().map(|(place, value)| (minute(place), *value)), None)
    }

    #[test]
    fn a_gap_breaks_a_line() {
        let values = [Some(10.0), Some(20.0), None, None, Some(30.0)];
        assert_eq!(path(&values), "M0,90L200,80M800,70H801");
    }

    #[test]
    fn a_run_of_one_height_is_one_command() {
        assert_eq!(path(&[Some(5.0); 500]), "M0,95H998");
    }

    #[test]
    fn a_path_is_no_finer_than_the_screen_and_loses_no_peak() {
        let mut values: Vec<_> = (0..100_000_u32).map(|place| Some(f64::from(place % 7))).collect();
        values[54_321] = Some(99.0);
        let path = path(&values);
        assert!(path.contains("V1V") || path.contains(",1V"), "{path}");
        assert!(path.len() < 4 * 1001 * 6, "{}", path.len());
    }

    #[test]
    fn an_area_is_closed_along_its_level() {
        let minute = |place: i64| start() + TimeDelta::minutes(place);
        let chart = Chart::new(start(), minute(10), 100.0, Scale::Linear { low: 0.0, high: 100.0 });
        let points = [(minute(1), Some(50.0)), (minute(2), Some(60.0)), (minute(3), None)];
        assert_eq!(chart.trace(points.into_iter(), Some("100".into())), "M100,100V50L200,40V100Z");
    }

    #[test]
    fn every_height_lies_within_the_chart_whatever_the_value() {
        for scale in [
            Scale::Linear { low: 0.0, high: 0.0 },
            Scale::Linear { low: -3.0, high: 1.0 },
            Scale::Logarithmic { high: 1e12 },
        ] {
            for value in [-1e300, -1.0, 0.0, 0.5, 1e300, f64::NAN, f64::INFINITY] {
                assert!((0.0..=1.0).contains(&scale.place(value)), "{scale:?} {value}");
            }
        }
    }

    #[test]
    fn ticks_are_round_and_few() {
        let shown = |scale: Scale| {
            scale.ticks(5).into_iter().map(|tick| decimal(tick, 3)).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(shown(Scale::Linear { low: 0.0, high: 1.0 }), "0 0.2 0.4 0.6 0.8 1");
        assert_eq!(shown(Scale::Linear { low: -3.17, high: 1.0 }), "-3 -2 -1 0 1");
        assert!(Scale::Linear { low: 0.0, high: 0.0 }.ticks(5).len() <= 50);
        assert_eq!(Scale::Logarithmic { high: 100.0 }.ticks(9)[..3], [0.0, 1.0, 10.0]);
    }

    #[test]
    fn times_are_round_and_few_however_long_the_stretch() {
        for minutes in [1, 7, 59, 60, 333, 1440, 4321, 43_200, 525_600, 5_256_000] {
            let ticks = time_ticks(start(), start() + TimeDelta::minutes(minutes));
            assert!((1..=9).contains(&ticks.len()), "{minutes}: {ticks:?}");
        }
        let labels: Vec<_> =
            time_ticks(start(), start() + TimeDelta::hours(36)).into_iter().map(|tick| tick.1).collect();
        assert_eq!(labels, ["03-01", "06:00", "12:00", "18:00", "03-02", "06:00", "12:00"]);
    }
}
