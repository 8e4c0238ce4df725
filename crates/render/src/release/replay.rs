//! What a plan would have done over metrics that are on record.

use super::happened::{Past, Told};
use super::history::{Line, narrow, tone, wide};
use super::stands::phase_words;
use super::wire::{EventWire, instant, written};
use super::words::{WIDE, elapsed};
use crate::Language;
use crate::slo::LengthWire;
use crate::table::{Cell, Grid, Side, Style, Tone, coloured};
use crate::terminal::Page;
use crate::text::{grouped, moment, span};
use chrono::{DateTime, Utc};
use serde::Serialize;
use toban_durable::Now;
use toban_release_core::Replay;
use toban_release_core::analysis::Measured;
use toban_release_core::rollout::{Event, Phase};

/// What is known of the time on record beside the metrics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// When a fault began.
    pub fault: Option<DateTime<Utc>>,
    /// How many requests a minute reached both versions together.
    pub per_minute: Option<u64>,
}

/// What a plan would have done: its decisions, without measurements that were good, and what they come to.
#[must_use]
pub fn replay_text(replay: &Replay, known: &Known, width: u16, style: Style, language: Language) -> String {
    let mut page = Page::new(width);
    page.line(Tone::Strong, language.pick("What the plan would have done", "計画が下していた判断"));
    page.gap();
    let (lines, past) = lines(replay, language);
    page.facts(&if page.width() >= WIDE { wide(&lines, language) } else { narrow(&lines, language) });
    page.block(language.pick("What it comes to", "結果"), &sums(replay, &past, known, language));
    page.gap();
    let assumed = language.pick(
        "Every step works and every person says yes at once; the schedule and the error budget hold nothing.",
        "すべての手順が成功し、担当者は直ちに承認し、予定時刻とエラーバジェットでは止まらないものとした。",
    );
    page.line(Tone::Quiet, assumed);
    coloured(page.text(), style)
}

fn lines(replay: &Replay, language: Language) -> (Vec<Line>, Past) {
    let (mut past, mut lines, mut last) = (Past::default(), Vec::new(), None::<Now>);
    for (at, event) in &replay.events {
        past.take(event, *at);
        if matches!(event, Event::Measured { judged, .. } if judged.measured == Measured::Success) {
            continue;
        }
        // Of what happens at one moment it stands once.
        let is_new = last.replace(*at) != Some(*at);
        let (wall, since) =
            if is_new { (moment(at.wall), elapsed(at.steady)) } else { <(String, String)>::default() };
        let told = Told::of(event, past.course(), &past, language);
        lines.push(Line { at: wall, since, told, tone: tone(event) });
    }
    (lines, past)
}

fn sums(replay: &Replay, past: &Past, known: &Known, language: Language) -> Grid {
    let mut grid = Grid::new([("", Side::Left), ("", Side::Left)]);
    let tone = match replay.end {
        Phase::Done => Tone::Good,
        Phase::RolledBack | Phase::Aborted => Tone::Strong,
        _ => Tone::Warning,
    };
    // Time without an event goes by for both clocks alike.
    let last = replay
        .events
        .last()
        .map(|(last, _)| Now { wall: replay.at, steady: last.steady.after(replay.at - last.wall) });
    let end = last.map_or_else(String::new, |at| phase_words(past.state(), at, language));
    let end = match replay.end {
        Phase::Done | Phase::RolledBack | Phase::Aborted => {
            format!("{}{}{end}", moment(replay.at), language.pick(": ", "："))
        }
        _ => language.pick(
            format!("the record ends before the release does: {end}"),
            format!("リリースが終わる前に記録が終わる：{end}"),
        ),
    };
    grid.row([language.pick("End", "結末").into(), Cell::new(end, tone)]);
    let detected = match (replay.detected, known.fault) {
        (None, _) => language.pick("no check failed", "不合格の判定なし").to_owned(),
        (Some(at), None) => moment(at),
        (Some(at), Some(fault)) => match replay.time_to_detect(fault) {
            Some(after) => {
                let (at, after) = (moment(at), span(after));
                language.pick(
                    format!("{at}, {after} after the fault began"),
                    format!("{at}（障害の開始から{after}）"),
                )
            }
            None => {
                let at = moment(at);
                language.pick(
                    format!("{at}, before the fault began: it is not this one that was seen"),
                    format!("{at}（障害の開始前であり、この障害の検知ではない）"),
                )
            }
        },
    };
    grid.row([language.pick("Detected (UTC)", "検知（UTC）").into(), detected.into()]);
    let exposure = span(replay.exposure);
    let exposure = match known.per_minute.map(|rate| grouped(replay.requests(rate).into())) {
        None => language
            .pick(format!("as {exposure} of all traffic"), format!("全トラフィックの{exposure}分に相当")),
        Some(requests) => language.pick(
            format!("as {exposure} of all traffic: {requests} requests"),
            format!("全トラフィックの{exposure}分に相当：{requests}リクエスト"),
        ),
    };
    grid.row([language.pick("The new version got", "新バージョンが受けた量").into(), exposure.into()]);
    let measurements = grouped(replay.measurements.into());
    grid.row([language.pick("Measurements", "測定回数").into(), measurements.into()]);
    grid
}

/// What a plan would have done as JSON: its `schema` is `toban.release.replay/1`.
#[must_use]
pub fn replay_json(replay: &Replay, known: &Known) -> String {
    let mut past = Past::default();
    let events = replay.events.iter().map(|(at, event)| {
        past.take(event, *at);
        DecidedWire { at: instant(at.wall), event: EventWire::of(event, &past) }
    });
    let events = events.collect();
    written(&ReplayWire {
        schema: "toban.release.replay/1",
        end: replay.end.name(),
        at: instant(replay.at),
        detected: replay.detected.map(instant),
        fault: known.fault.map(instant),
        time_to_detect: known.fault.and_then(|fault| replay.time_to_detect(fault)).map(LengthWire::of),
        exposure: LengthWire::of(replay.exposure),
        requests: known.per_minute.map(|rate| replay.requests(rate)),
        measurements: replay.measurements,
        events,
    })
}

#[derive(Serialize)]
struct ReplayWire {
    schema: &'static str,
    end: &'static str,
    at: String,
    detected: Option<String>,
    fault: Option<String>,
    time_to_detect: Option<LengthWire>,
    exposure: LengthWire,
    requests: Option<u64>,
    measurements: u64,
    events: Vec<DecidedWire>,
}

#[derive(Serialize)]
struct DecidedWire {
    at: String,
    #[serde(flatten)]
    event: EventWire,
}
