//! The charts of one objective: the budget, and a burn rate for each rule that looks at one.

use super::Section;
use super::view::is_young;
use super::words::Words;
use crate::Language;
use crate::page::{Element, el};
use crate::svg::{Chart, Scale, decimal};
use crate::text::{clean, exact, moment, span};
use chrono::{DateTime, TimeDelta, Utc};
use toban_slo::{AlertReport, Burn, BurnHistory, Condition, Episode, History};

/// The height of a plot in pixels.
const HEIGHT: f64 = 140.0;

/// A heading and the charts; nothing where there is nothing to draw.
pub(crate) fn of(section: &Section<'_>, history: &History, language: Language) -> Vec<Element> {
    let (Some(first), Some(last)) = (history.at.first(), history.at.last()) else { return Vec::new() };
    let from = section.report.record.map_or(*first, |record| record.start());
    let artist = Artist { section, history, language, words: language.words(), from, to: *last };
    let rules = section.report.alerts.iter().filter_map(|alert| artist.burn_rate(alert));
    let figures: Vec<_> = artist.budget().into_iter().chain(rules).collect();
    if figures.is_empty() {
        return figures;
    }
    vec![el("h3").text(artist.words.over_time), el("div").class("charts").children(figures)]
}

struct Artist<'a> {
    section: &'a Section<'a>,
    history: &'a History,
    language: Language,
    words: &'static Words,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
}

impl Artist<'_> {
    /// What is left of the main window's budget.
    fn budget(&self) -> Option<Element> {
        let left = |burn: &Burn| burn.times().map(|spent| 1.0 - spent.to_f64());
        let course: Vec<_> = self.history.spent.iter().filter_map(left).collect();
        let lowest = course.iter().copied().reduce(f64::min)?;
        let low = floor(course);
        let mut chart =
            Chart::new(self.from, self.to, HEIGHT, Scale::Linear { low: low.min(0.0), high: 1.0 });
        self.axes(&mut chart, None, |value| format!("{}%", decimal(value * 100.0, 1)));
        chart.level("zero", 0.0);
        let points =
            || self.points(&self.history.spent).map(|(at, spent)| (at, spent.map(|spent| 1.0 - spent)));
        chart.area("left", 0.0, points().map(|(at, left)| (at, left.map(|left| left.max(0.0)))));
        if lowest < 0.0 {
            chart.area("over", 0.0, points().map(|(at, left)| (at, left.map(|left| left.min(0.0)))));
        }
        chart.line("long", points());
        let is_young = self.section.report.main().is_some_and(is_young);
        let left = if is_young { self.words.budget_left_so_far } else { self.words.budget_left };
        let name = format!("{left} · {}", self.language.window(self.section.slo.window()));
        let mut keys = Vec::new();
        if lowest < low {
            let told = self.language.goes_below(&format!("{} %", decimal(lowest * 100.0, 1)));
            for (from, until) in self.below(low) {
                chart.beneath("below", from, until, told.clone());
            }
            keys.push(key("below", told));
        }
        if !self.history.gaps.is_empty() {
            keys.push(key("gap", self.words.no_data.to_owned()));
        }
        if !self.section.report.corrections.is_empty() {
            keys.push(key("correction", self.words.correction.to_owned()));
        }
        Some(figure(chart, &name, keys).class("wide"))
    }

    /// The stretches in which less is left than that.
    fn below(&self, low: f64) -> Vec<(DateTime<Utc>, DateTime<Utc>)> {
        let mut stretches: Vec<(DateTime<Utc>, DateTime<Utc>)> = Vec::new();
        let mut is_open = false;
        for (at, spent) in self.points(&self.history.spent) {
            let is_below = spent.is_some_and(|spent| 1.0 - spent < low);
            match stretches.last_mut() {
                Some((_, until)) if is_open => *until = at,
                _ if is_below => stretches.push((at, at)),
                _ => {}
            }
            is_open = is_below;
        }
        stretches
    }

    /// The burn rates that a rule compares with its factor, and when it fired.
    fn burn_rate(&self, alert: &AlertReport) -> Option<Element> {
        let Condition::BurnRate { comparison, factor, long, short } = &alert.rule.condition else {
            return None;
        };
        let long = self.burns(*long)?;
        let short = short.and_then(|short| self.burns(short));
        let highest = (short.into_iter().chain([long]))
            .flat_map(|burns| &burns.burns)
            .filter_map(|burn| burn.times())
            .max()
            .map_or(0.0, |highest| highest.to_f64());
        let high = highest.max(factor.to_f64()).max(1.0) * 1.15;
        let mut chart = Chart::new(self.from, self.to, HEIGHT, Scale::Logarithmic { high });
        self.axes(&mut chart, Some(factor.to_f64()), brief);
        for Episode { fired_at, resolved_at, .. } in &alert.episodes {
            let until = resolved_at.map_or_else(|| self.words.still_firing.to_owned(), moment);
            let title = format!("{} {} – {until}", clean(&alert.rule.name), moment(*fired_at));
            let until = resolved_at.unwrap_or(self.to);
            for (from, to) in self.seen(*fired_at, until) {
                chart.stretch("firing", from, to, title.clone());
            }
            chart.mark("fired", *fired_at, until);
        }
        let mut keys = Vec::new();
        if let Some(short) = short {
            chart.line("short", self.points(&short.burns));
            keys.push(key("short", span(short.window)));
        }
        chart.line("long", self.points(&long.burns));
        keys.insert(0, key("long", span(long.window)));
        keys.push(key("limit", format!("{comparison} {}", exact(*factor))));
        if !alert.episodes.is_empty() {
            keys.push(key("firing", self.words.firing_key.to_owned()));
        }
        Some(figure(chart, &format!("{} · {}", clean(&alert.rule.name), self.words.burn_rate), keys))
    }

    /// A stretch without the gaps in it that are wide enough to be seen: they have a shade of their own.
    fn seen(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<(DateTime<Utc>, DateTime<Utc>)> {
        let least = (self.to - self.from) / 500;
        let gaps = self.history.gaps.iter().filter(|gap| from < gap.end() && gap.start() < to);
        let mut parts = Vec::new();
        let mut since = from;
        for gap in gaps.filter(|gap| gap.length() >= least) {
            parts.push((since, gap.start()));
            since = gap.end();
        }
        parts.push((since, to));
        parts.retain(|(from, to)| from < to);
        parts
    }

    /// The axes, and what lies behind every chart: gaps and corrections.
    fn axes(&self, chart: &mut Chart, limit: Option<f64>, label: impl Fn(f64) -> String) {
        for gap in &self.history.gaps {
            let title = format!("{} {} – {}", self.words.no_data, moment(gap.start()), moment(gap.end()));
            chart.stretch("gap", gap.start(), gap.end(), title);
        }
        for correction in &self.section.report.corrections {
            let correction = &correction.correction;
            let (from, to) = (correction.interval.start(), correction.interval.end());
            let title = format!("{} {} – {}", clean(&correction.reason), moment(from), moment(to));
            chart.stretch("correction", from, to, title);
        }
        chart.value_axis(limit, label);
        chart.time_axis();
    }

    fn burns(&self, window: TimeDelta) -> Option<&BurnHistory> {
        self.history.burn_rates.iter().find(|burns| burns.window == window)
    }

    fn points<'b>(&'b self, burns: &'b [Burn]) -> impl Iterator<Item = (DateTime<Utc>, Option<f64>)> + 'b {
        let values = burns.iter().map(|burn| burn.times().map(|times| times.to_f64()));
        self.history.at.iter().copied().zip(values)
    }
}

/// How far down a budget is drawn: of one that is overspent by more than all of it, as far as it takes to show where it
/// stands and nine tenths of its course. One bad event of the first few would press all the rest into a line.
fn floor(mut course: Vec<f64>) -> f64 {
    let last = course.last().copied().unwrap_or(0.0);
    course.sort_unstable_by(f64::total_cmp);
    let lowest = course.first().copied().unwrap_or(0.0);
    let usual = course.get(course.len() / 10).copied().unwrap_or(lowest);
    usual.min(last).min(-1.0).max(lowest)
}

fn figure(chart: Chart, name: &str, keys: Vec<Element>) -> Element {
    let caption = el("figcaption").child(el("span").class("name").text(name)).children(keys);
    el("figure").child(caption).child(chart.into_svg(name))
}

/// A burn rate in few characters.
fn brief(value: f64) -> String {
    match value {
        1e6.. => format!("{}M", decimal(value / 1e6, 1)),
        1e4.. => format!("{}k", decimal(value / 1e3, 1)),
        _ => decimal(value, 2),
    }
}

fn key(class: &str, text: String) -> Element {
    el("span").class(format!("key {class}")).text(text)
}
