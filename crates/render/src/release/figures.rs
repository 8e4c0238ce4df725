//! How releases go, as lines of text.

use crate::Language;
use crate::table::{Cell, Grid, Side, Style, Tone, coloured};
use crate::terminal::Page;
use crate::text::{clean, cut, cut_up, moment, percent, span_taken};
use chrono::TimeDelta;
use toban_core::Share;
use toban_release_core::rollout::Phase;
use toban_release_core::{Figures, ReleaseFigures};

/// How releases go: each of them, and all together.
#[must_use]
pub fn figures_text(
    releases: &[ReleaseFigures],
    figures: &Figures,
    width: u16,
    style: Style,
    language: Language,
) -> String {
    let mut page = Page::new(width);
    page.line(Tone::Strong, language.pick("How releases go", "リリースの実績"));
    page.block("", &shares(figures, language));
    page.block("", &times(figures, language));
    let wide = each(releases, figures, language);
    let has_room = wide.fits(page.width().saturating_sub(2));
    let table = if has_room { wide } else { wide.without(&[WORKING, HELD]) };
    page.block(language.pick("Each release", "リリースごと"), &table);
    if !releases.is_empty() {
        let legend = language.pick(
            "Deploy is what the steps that programs do and all moves of traffic took, without soaks, freezes and people. \
             Rollback is all the time since it turned back, people included.",
            "デプロイ時間はプログラムによる手順と全トラフィック移行の合計で、観察・凍結・人待ちと手作業は含まない。切り戻し時間は切り戻しを始めてからの全時間で、人待ちも含む",
        );
        page.gap();
        page.line(Tone::Quiet, legend);
    }
    coloured(page.text(), style)
}

/// A share of good as a percentage, down.
fn good(share: Share) -> String {
    percent(cut(share.as_ratio(), 4), 2)
}

/// A share of bad as a percentage, up.
fn bad(share: Share) -> String {
    percent(cut_up(share.as_ratio(), 4), 2)
}

fn shares(figures: &Figures, language: Language) -> Grid {
    let (targets, ended) = (figures.targets, figures.ended);
    let mut shares = Grid::new([("", Side::Left), ("", Side::Left)]);
    let of = |count: u64| match language {
        Language::En => format!("{count} of {ended}"),
        Language::Ja => format!("{ended}件中{count}件"),
    };
    let success = figures.success().map_or_else(|| "-".into(), good);
    let target = good(targets.success);
    let (tone, verdict) = match figures.is_success_met {
        Some(true) => (Tone::Good, language.pick("met", "達成")),
        Some(false) => (Tone::Bad, language.pick("MISSED", "未達")),
        None => (Tone::Plain, language.pick("nothing has ended", "終わったものがない")),
    };
    shares.row([
        Cell::new(language.pick("Success", "成功率"), Tone::Quiet),
        Cell::new(
            language.pick(
                format!("{success} ({}), target at least {target}: {verdict}", of(figures.done)),
                format!("{success}（{}）、目標{target}以上：{verdict}", of(figures.done)),
            ),
            tone,
        ),
    ]);
    let failed = figures.change_failure().map_or_else(|| "-".into(), bad);
    shares.row([
        Cell::new(language.pick("Change failure", "変更失敗率"), Tone::Quiet),
        language.aside(&failed, &of(figures.failed_in_traffic)).into(),
    ]);
    shares.row([
        Cell::new(language.pick("Waited for people", "人を待った時間"), Tone::Quiet),
        match ended {
            0 => "-".into(),
            _ => {
                let of_ended = language.pick("of releases that have ended", "終わったリリースのみ");
                language.aside(&span_taken(figures.people), of_ended).into()
            }
        },
    ]);
    shares
}

fn times(figures: &Figures, language: Language) -> Grid {
    let targets = figures.targets;
    let mut grid = Grid::new([
        ("", Side::Left),
        (language.pick("Median", "中央値"), Side::Right),
        (language.pick("Longest", "最長"), Side::Right),
        (language.pick("Target", "目標"), Side::Left),
        (language.pick("Missed", "未達"), Side::Right),
    ]);
    let or_none = |length: Option<TimeDelta>| length.map_or_else(|| "-".into(), span_taken);
    let row = |label: &str, median, longest, target, slow: u64| {
        let at_most = span_taken(target);
        let tone = if slow > 0 { Tone::Bad } else { Tone::Plain };
        [
            Cell::new(label, Tone::Quiet),
            or_none(median).into(),
            or_none(longest).into(),
            language.pick(format!("at most {at_most}"), format!("{at_most}以内")).into(),
            Cell::new(slow.to_string(), tone),
        ]
    };
    grid.row(row(
        language.pick("Deploy time", "デプロイ時間"),
        figures.deploy,
        figures.longest_deploy,
        targets.deploy,
        figures.slow_deploys,
    ));
    grid.row(row(
        language.pick("Rollback time (recovery)", "切り戻し時間（復旧）"),
        figures.recovery,
        figures.longest_recovery,
        targets.rollback,
        figures.slow_rollbacks,
    ));
    grid
}

/// The places of columns that are left out where there is no room.
const WORKING: usize = 5;
const HELD: usize = 7;

fn each(releases: &[ReleaseFigures], figures: &Figures, language: Language) -> Grid {
    let targets = figures.targets;
    let mut grid = Grid::new([
        (language.pick("Release", "リリース"), Side::Left),
        (language.pick("Proposed (UTC)", "提案（UTC）"), Side::Left),
        (language.pick("Ended", "結果"), Side::Left),
        (language.pick("Deploy", "デプロイ"), Side::Right),
        (language.pick("Rollback", "切り戻し"), Side::Right),
        (language.pick("Working", "作業"), Side::Right),
        (language.pick("Soaking", "観察"), Side::Right),
        (language.pick("Held", "保留"), Side::Right),
        (language.pick("People", "人待ち"), Side::Right),
    ]);
    for one in releases {
        let against = |time: Option<TimeDelta>, target| match time {
            None => Cell::new("-", Tone::Quiet),
            Some(time) => Cell::new(span_taken(time), if time > target { Tone::Bad } else { Tone::Plain }),
        };
        let lap = one.lap;
        grid.row([
            clean(&one.name).into(),
            moment(one.proposed).into(),
            language.ended(one),
            against(one.deploy, targets.deploy),
            against(one.rollback, targets.rollback),
            span_taken(lap.working).into(),
            span_taken(lap.soaking).into(),
            span_taken(lap.held).into(),
            span_taken(lap.people).into(),
        ]);
    }
    grid
}

impl Language {
    fn ended(self, one: &ReleaseFigures) -> Cell {
        match (one.end, one.took_traffic) {
            (Phase::Done, _) => Cell::new(self.pick("done", "完了"), Tone::Good),
            (Phase::RolledBack, true) => Cell::new(self.pick("rolled back", "切り戻し"), Tone::Bad),
            (Phase::RolledBack, false) => {
                Cell::new(self.pick("rolled back, no traffic", "切り戻し（トラフィックなし）"), Tone::Warning)
            }
            (Phase::Aborted, _) => Cell::new(self.pick("given up", "中止"), Tone::Quiet),
            (Phase::Approving, _) => self.pick("approving", "承認待ち").into(),
            (Phase::Returning(_) | Phase::Stuck(_), _) => {
                Cell::new(self.pick("going back", "切り戻し中"), Tone::Warning)
            }
            (Phase::Broken(_), _) => Cell::new(self.pick("broken", "修正中"), Tone::Bad),
            (
                Phase::New | Phase::Ready(_) | Phase::Moving(_) | Phase::Soaking { .. } | Phase::Asking(_),
                _,
            ) => self.pick("under way", "進行中").into(),
        }
    }
}
