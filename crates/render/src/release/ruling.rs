//! What a gate says, as lines of text.

use crate::Language;
use crate::table::{Cell, Grid, Side, Style, Tone, coloured};
use crate::terminal::Page;
use crate::text::{clean, moment};
use toban_core::{Ruling, Verdict};

/// What a gate says, why, and until when.
#[must_use]
pub fn ruling_text(ruling: &Ruling, width: u16, style: Style, language: Language) -> String {
    let mut page = Page::new(width);
    let (tone, verdict) = match ruling.verdict {
        Verdict::Go => (Tone::Good, language.pick("GO", "進行可")),
        Verdict::Hold => (Tone::Warning, language.pick("HOLD", "保留")),
        Verdict::Stop => (Tone::Bad, language.pick("STOP", "中止")),
        Verdict::Undecided => (Tone::Warning, language.pick("UNDECIDED", "判断不能")),
    };
    page.line(tone, &language.because(verdict, &clean(&ruling.subject)));
    let mut reasons = Grid::new([("", Side::Left), ("", Side::Left)]);
    for reason in &ruling.reasons {
        let mut told = vec![clean(&reason.message)];
        told.extend(
            reason
                .evidence
                .iter()
                .map(|one| Tone::Quiet.mark_up(&format!("{}: {}", clean(&one.name), clean(&one.value)))),
        );
        reasons.row([Cell::new("-", Tone::Quiet), told.join("\n").into()]);
    }
    page.block(language.pick("Because", "理由"), &reasons);
    let at = |at| format!("{} UTC", moment(at));
    let until =
        ruling.valid_until.map_or_else(|| language.pick("something changes", "何かが変わるまで").into(), at);
    let again = ruling
        .recheck_at
        .map_or_else(|| language.pick("when new facts arrive", "新しい事実が届いたとき").into(), at);
    let facts = [
        (language.pick("As of", "判断時点"), at(ruling.as_of)),
        (language.pick("Holds until", "有効期限"), until),
        (language.pick("Ask again", "再確認"), again),
    ];
    page.block("", &Grid::of_facts(facts.map(|(label, fact)| (label.to_owned(), fact))));
    coloured(page.text(), style)
}
