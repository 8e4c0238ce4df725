//! The audit record as lines of text.

use super::happened::{Past, Told};
use super::words::{WIDE, elapsed};
use crate::Language;
use crate::table::{Cell, Grid, Side, Style, Tone, coloured};
use crate::terminal::Page;
use crate::text::{clean, moment};
use toban_durable::{Entry, OrderId, Step};
use toban_release_core::rollout::{Course, Effect, Event, Rollout};

/// The audit record of a rollout: one line for each event, and the hash that it ends with.
#[must_use]
pub fn history_text(entries: &[Entry<Rollout>], width: u16, style: Style, language: Language) -> String {
    let mut page = Page::new(width);
    let Some(last) = entries.last() else {
        page.line(Tone::Plain, language.pick("Nothing is on record.", "記録はない。"));
        return coloured(page.text(), style);
    };
    let scope = clean(&last.stream.scope());
    page.line(Tone::Strong, &language.pick(format!("Record of {scope}"), format!("{scope}の記録")));
    page.gap();
    let lines = lines(entries, language);
    let has_room = page.width() >= WIDE;
    page.facts(&if has_room { wide(&lines, language) } else { narrow(&lines, language) });
    page.gap();
    let (count, head) = (entries.len(), last.hash.to_string());
    let told = match (language, count) {
        (Language::En, 1) => "1 record; its hash:".to_owned(),
        (Language::En, _) => format!("{count} records; the last one's hash:"),
        (Language::Ja, _) => format!("記録{count}件、最後のハッシュ："),
    };
    page.line(Tone::Quiet, &told);
    page.line(Tone::Plain, &head);
    coloured(page.text(), style)
}

/// One event, or what became of the orders of one decision.
pub(super) struct Line {
    pub(super) at: String,
    pub(super) since: String,
    pub(super) told: Told,
    pub(super) tone: Tone,
}

fn lines(entries: &[Entry<Rollout>], language: Language) -> Vec<Line> {
    let mut past = Past::default();
    let mut lines = Vec::new();
    let mut fence = None;
    for entry in entries {
        let (mut at, mut since) = (moment(entry.at.wall), elapsed(entry.at.steady));
        // Who takes over has a higher fence than who did it before.
        if let Some(rises) = entry.fence.filter(|rises| fence.is_none_or(|before| before < *rises))
            && fence.replace(rises).is_some()
        {
            let what = language.pick("another process carries it out", "別のプロセスが引き継いだ");
            let told = Told { what: what.into(), ..Told::default() };
            let (at, since) = (std::mem::take(&mut at), std::mem::take(&mut since));
            lines.push(Line { at, since, told, tone: Tone::Warning });
        }
        for event in &entry.events {
            past.take(event, entry.at);
            let told = Told::of(event, past.course(), &past, language);
            let (at, since) = (std::mem::take(&mut at), std::mem::take(&mut since));
            lines.push(Line { at, since, told, tone: tone(event) });
        }
        if let Some(what) = orders(entry, entries, past.course(), language) {
            let told = Told { what, ..Told::default() };
            lines.push(Line { at, since, told, tone: Tone::Quiet });
        }
    }
    lines
}

pub(super) fn tone(event: &Event) -> Tone {
    match event {
        Event::Broke { .. } | Event::TurnedBack { .. } | Event::Stuck { .. } => Tone::Bad,
        Event::Troubled { .. }
        | Event::Faltered { .. }
        | Event::Lapsed { .. }
        | Event::Overdue { .. }
        | Event::Asked { .. }
        | Event::Untold { .. }
        | Event::Overrode { .. } => Tone::Warning,
        Event::Completed => Tone::Good,
        Event::Proposed { .. } | Event::Aborted { .. } | Event::RolledBack => Tone::Strong,
        _ => Tone::Plain,
    }
}

/// What was ordered and what became of orders, without what the events of the same decision say already.
fn orders(
    entry: &Entry<Rollout>,
    entries: &[Entry<Rollout>],
    course: Option<&Course>,
    language: Language,
) -> Option<String> {
    let is_move = |effect: &Effect| matches!(effect, Effect::SetWeight { .. } | Effect::Step { .. });
    let is_call = |effect: &Effect| matches!(effect, Effect::Announce(_));
    let has = |is: fn(&Event) -> bool| entry.events.iter().any(is);
    let has_begun = has(|event| matches!(event, Event::Began { .. }));
    let has_ended = has(|event| matches!(event, Event::Did { .. } | Event::Undid { .. }));
    let has_failed =
        has(|event| matches!(event, Event::Broke { .. } | Event::Stuck { .. } | Event::TurnedBack { .. }));
    let is_said = has(|event| matches!(event, Event::Measured { .. } | Event::Faltered { .. }));
    let is_measured = |effect: &Effect| matches!(effect, Effect::Measure { .. });
    let given = || entry.orders.iter().filter(|order| !(is_call(order) || has_begun && is_move(order)));
    let became = |step: Step| {
        let ids = entry.steps.iter().filter(move |(_, became)| *became == step);
        ids.filter_map(|(id, _)| order(*id, entry, entries))
    };
    let ended = || became(Step::Settled).filter(|order| !matches!(order, Effect::Measure { .. }));
    let is_untold = has(|event| matches!(event, Event::Untold { .. }));
    let calls = || ended().filter(|order| is_call(order) && !is_untold);
    // A course without a program that tells has told nobody.
    let has_told = course.is_none_or(|course| course.programs.tell.is_some());
    let told = if has_told {
        ["told", "通知済み"]
    } else {
        ["no program tells of", "通知プログラムなし"]
    };
    let withdrawn = || became(Step::Withdrawn);
    let parts: [(&str, Vec<&Effect>); 9] = [
        (
            language.pick("measured from now on", "測定開始"),
            given().filter(|order| is_measured(order)).collect(),
        ),
        (language.pick("next", "次"), given().filter(|order| !is_measured(order)).collect()),
        (language.pick("started", "実行開始"), became(Step::Begun).collect()),
        (language.pick(told[0], told[1]), calls().collect()),
        (
            language.pick("came to its end", "終了"),
            ended().filter(|order| is_move(order) && !has_ended && !has_failed).collect(),
        ),
        (
            language.pick("not told, tried again", "通知できず再試行"),
            became(Step::Again).filter(|order| is_call(order)).collect(),
        ),
        (
            language.pick("tried again", "再試行"),
            became(Step::Again).filter(|order| !is_said && !is_call(order)).collect(),
        ),
        (
            language.pick("not measured any more", "測定終了"),
            withdrawn().filter(|order| is_measured(order)).collect(),
        ),
        (
            language.pick("not needed any more", "不要になった"),
            withdrawn().filter(|order| !is_measured(order)).collect(),
        ),
    ];
    let told = parts.iter().filter(|(_, orders)| !orders.is_empty()).map(|(label, orders)| {
        let name = |order: &&Effect| match order {
            Effect::Measure { name, .. } => clean(name),
            order => language.order(order, course),
        };
        let orders: Vec<_> = orders.iter().map(name).collect();
        language.because(label, &orders.join(language.pick(", ", "、")))
    });
    let told: Vec<_> = told.collect();
    (!told.is_empty()).then(|| told.join(language.pick("; ", "／")))
}

/// The order of that name, in the stream of the entry.
pub(super) fn order<'a>(
    id: OrderId,
    entry: &Entry<Rollout>,
    entries: &'a [Entry<Rollout>],
) -> Option<&'a Effect> {
    let given = entries.iter().find(|one| one.stream == entry.stream && one.seq == id.record)?;
    given.orders.get(usize::try_from(id.place).ok()?)
}

fn head(language: Language) -> [(&'static str, Side); 3] {
    [
        (language.pick("When (UTC)", "日時（UTC）"), Side::Left),
        (language.pick("Since", "経過"), Side::Right),
        (language.pick("What happened", "出来事"), Side::Left),
    ]
}

/// Who and why in columns of their own.
pub(super) fn wide(lines: &[Line], language: Language) -> Grid {
    let more = [(language.pick("Who", "誰が"), Side::Left), (language.pick("Why", "根拠"), Side::Left)];
    let mut grid = Grid::new(head(language).into_iter().chain(more));
    for Line { at, since, told, tone } in lines {
        grid.row([
            at.as_str().into(),
            since.as_str().into(),
            Cell::new(told.what.as_str(), *tone),
            told.who.clone().unwrap_or_default().into(),
            told.why.clone().unwrap_or_default().into(),
        ]);
    }
    grid
}

/// Who, what and why in one sentence.
pub(super) fn narrow(lines: &[Line], language: Language) -> Grid {
    let mut grid = Grid::new(head(language));
    for Line { at, since, told, tone } in lines {
        grid.row([at.as_str().into(), since.as_str().into(), Cell::new(told.in_one(language), *tone)]);
    }
    grid
}
