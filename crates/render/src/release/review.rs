//! What a draft lacks, as lines of text.

use crate::table::{Cell, Grid, Side, Tone, coloured};
use crate::terminal::Page;
use crate::text::clean;
use crate::{Language, Style};
use toban_core::{Priority, Question};
use toban_release_core::plan::{BLOCKS_GATE_1, BLOCKS_PLAN, FindingLevel, Review};

/// What a draft lacks, what is wrong with it, and what was taken where it is silent.
#[must_use]
pub fn review_text(review: &Review, width: u16, style: Style, language: Language) -> String {
    let mut page = Page::new(width);
    headline(&mut page, review, language);
    let priorities = [
        (Priority::High, language.pick("Questions of high priority", "優先度の高い質問")),
        (Priority::Medium, language.pick("Questions of medium priority", "優先度が中の質問")),
        (Priority::Low, language.pick("Questions of low priority", "優先度の低い質問")),
    ];
    for (priority, heading) in priorities {
        let asked = review.questions.iter().filter(|question| question.priority == priority);
        let asked: Vec<_> = asked.collect();
        page.block(&language.aside(heading, &asked.len().to_string()), &questions(&asked, language));
    }
    page.block(language.pick("Findings", "指摘"), &findings(review, language));
    page.block(
        language
            .pick("Usual values, taken where the plan is silent", "計画に記載がないため標準値を使った項目"),
        &Grid::of_facts(review.defaults.iter().map(|one| (clean(one.place), language.said(&one.value)))),
    );
    toil(&mut page, review, language);
    coloured(page.text(), style)
}

/// Whether there is a plan, and whether gate 1 would be passed.
fn headline(page: &mut Page, review: &Review, language: Language) {
    let (asked, wrong) = (review.blocking().count(), review.errors().count());
    let gate = review.questions.iter().filter(|question| question.is_blocking(BLOCKS_GATE_1)).count();
    let warnings = review.findings.len() - wrong;
    let (tone, told) = match (asked + wrong, gate + warnings) {
        (0, 0) => (
            Tone::Good,
            language.pick("Nothing stands in the way of the plan", "計画を妨げるものはない").to_owned(),
        ),
        (0, open) => (
            Tone::Warning,
            language.pick(
                format!("There is a plan; {open} open for gate 1"),
                format!("計画は作成可能。確認ゲート1までに{open}件"),
            ),
        ),
        _ => (
            Tone::Bad,
            language.pick(
                format!("No plan yet: {asked} to answer, {wrong} to put right"),
                format!("計画はまだ作成できない：要回答{asked}件、要修正{wrong}件"),
            ),
        ),
    };
    page.line(tone, &told);
}

/// Each question with where and why it is asked, what waits for it and who can answer; what is asked of several places
/// stands there once.
fn questions(asked: &[&Question], language: Language) -> Grid {
    let mut grid = Grid::new([("", Side::Left), ("", Side::Left)]);
    for (place, question) in asked.iter().enumerate() {
        let is_same = |other: &&&Question| other.id == question.id && other.text == question.text;
        if asked.iter().take(place).any(|other| is_same(&other)) {
            continue;
        }
        let places: Vec<_> = asked.iter().filter(is_same).map(|one| clean(&one.place)).collect();
        let text = Tone::Strong.mark_up(&language.said(&question.text));
        let (why, who) = (language.said(&question.why), language.said(&question.who));
        let blocks: Vec<_> = question.blocks.iter().map(|what| blocked(what, language)).collect();
        let mut below = vec![
            Tone::Quiet.mark_up(&places.join(", ")),
            language.pick(format!("why: {why}"), format!("理由：{why}")),
        ];
        let who = language.pick(format!("who can answer: {who}"), format!("回答者：{who}"));
        let blocks = language.all_of(&blocks);
        below.push(match (language, blocks.is_empty()) {
            (_, true) => who,
            (Language::En, false) => format!("{who}; blocks {blocks}"),
            (Language::Ja, false) => format!("{who}、未回答だと進まないもの：{blocks}"),
        });
        grid.row([Cell::new("?", Tone::Warning), format!("{text}\n{}", below.join("\n")).into()]);
    }
    grid
}

fn blocked(what: &str, language: Language) -> String {
    match what {
        BLOCKS_PLAN => language.pick("the plan", "計画").into(),
        BLOCKS_GATE_1 => language.pick("gate 1", "確認ゲート1").into(),
        other => clean(other),
    }
}

fn findings(review: &Review, language: Language) -> Grid {
    let mut grid = Grid::new([("", Side::Left), ("", Side::Left)]);
    for finding in &review.findings {
        let (tone, level) = match finding.level {
            FindingLevel::Error => (Tone::Bad, language.pick("error", "エラー")),
            FindingLevel::Warning => (Tone::Warning, language.pick("warning", "警告")),
        };
        let place = Tone::Quiet.mark_up(&clean(&finding.place));
        grid.row([Cell::new(level, tone), format!("{}\n{place}", clean(&finding.message)).into()]);
    }
    grid
}

fn toil(page: &mut Page, review: &Review, language: Language) {
    let toil = &review.toil;
    let all = toil.commands + toil.manual.len() + toil.neither.len();
    if all == 0 {
        return;
    }
    let list = |places: &[String]| places.iter().map(|place| clean(place)).collect::<Vec<_>>().join(", ");
    let count = |count: usize, places: &[String]| match places {
        [] => count.to_string(),
        places => language.because(&count.to_string(), &list(places)),
    };
    let facts = [
        (language.pick("By a command", "コマンド"), count(toil.commands, &[])),
        (language.pick("By hand", "手作業"), count(toil.manual.len(), &toil.manual)),
        (language.pick("Neither", "方法が未定"), count(toil.neither.len(), &toil.neither)),
    ];
    let heading = language.pick(
        format!("Toil, of {}", language.step_count(all)),
        format!("トイル（全{}）", language.step_count(all)),
    );
    page.block(&heading, &Grid::of_facts(facts.map(|(label, fact)| (label.to_owned(), fact))));
}
