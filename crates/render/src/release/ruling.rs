//! What a gate says, as lines of text.

use crate::Language;
use crate::table::{Cell, Grid, Side, Style, Tone, coloured};
use crate::terminal::Page;
use crate::text::{clean, moment, with_moments};
use toban_core::{Ruling, Verdict};
use toban_release_core::plan::{EnvironmentKind, Occasion};

/// What a gate says, why, and until when.
#[must_use]
pub fn ruling_text(ruling: &Ruling, width: u16, style: Style, language: Language) -> String {
    check_text(ruling, &[], width, style, language)
}

/// The same, and what is to be expected once the release has begun: what it [waits](super::waits()) for.
#[must_use]
pub fn check_text(ruling: &Ruling, waits: &[String], width: u16, style: Style, language: Language) -> String {
    let mut page = Page::new(width);
    let (tone, verdict) = match ruling.verdict {
        Verdict::Go => (Tone::Good, language.pick("GO", "進行可")),
        Verdict::Hold => (Tone::Warning, language.pick("HOLD", "保留")),
        Verdict::Stop => (Tone::Bad, language.pick("STOP", "中止")),
        Verdict::Undecided => (Tone::Warning, language.pick("UNDECIDED", "判断不能")),
    };
    page.line(tone, &language.because(verdict, &language.subject(&ruling.subject)));
    let mut reasons = Grid::new([("", Side::Left), ("", Side::Left)]);
    for reason in &ruling.reasons {
        let mut told = vec![language.objection(&reason.code, &reason.message)];
        told.extend(reason.evidence.iter().map(|one| {
            Tone::Quiet
                .mark_up(&language.because(&language.ground_of(&one.name), &language.ground_is(&one.value)))
        }));
        reasons.row([Cell::new("-", Tone::Quiet), told.join("\n").into()]);
    }
    page.block(language.pick("Because", "理由"), &reasons);
    let mut told = Grid::new([("", Side::Left), ("", Side::Left)]);
    for wait in waits {
        told.row([Cell::new("-", Tone::Quiet), wait.as_str().into()]);
    }
    page.block(language.pick("Once it has begun", "開始後"), &told);
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

impl Language {
    /// What a ruling is on; gate 1 rules on `shop 2.0 to production`.
    fn subject(self, subject: &str) -> String {
        let kinds = [EnvironmentKind::Development, EnvironmentKind::Staging, EnvironmentKind::Production];
        let place = subject.rsplit_once(" to ").and_then(|(what, place)| {
            Some((what, kinds.into_iter().find(|kind| kind.to_string() == place)?))
        });
        match (self, place) {
            (Self::Ja, Some((what, place))) => {
                format!("{}の{}へのリリース", clean(what), self.environment(place))
            }
            _ => clean(subject),
        }
    }

    /// What a gate objects to. It speaks English; what is not known here is told as it is.
    fn objection(self, code: &str, message: &str) -> String {
        let ja = match (self, code) {
            (Self::En, _) => return clean(message),
            (Self::Ja, "all-seen") => "環境が求めるものはすべて確認済み",
            (Self::Ja, "artefact-not-seen") => "成果物を誰も確認していない",
            (Self::Ja, "backup-not-confirmed") => "バックアップが前日以降に確認されていない",
            (Self::Ja, "cannot-run") => "この計画は`toban release run`では実行できない",
            (Self::Ja, "frozen-throughout") => "予定の終わりまで凍結されている",
            (Self::Ja, "item-open") => "チェックリストの項目が完了していない",
            (Self::Ja, "not-approved") => "この版を承認できる人がまだ承認していない",
            (Self::Ja, "not-known") => "必要なものがあるかどうか確認できなかった",
            (Self::Ja, "not-probed") => "必要なものがあるかどうか誰も確認していない",
            (Self::Ja, "not-ready") => "リリースに必要なものがない",
            (Self::Ja, "not-rehearsed") => "この切り戻しの予行がない",
            (Self::Ja, "other-artefact") => "成果物が計画のものと異なる",
            (Self::Ja, "over") => "リリースの作業時間は終わった",
            (Self::Ja, "overdue-notice") => "通知の期限を過ぎている",
            (Self::Ja, "program-missing") => "計画のプログラムがここにない",
            (Self::Ja, "rehearsal-failed") => "切り戻しの予行に失敗がある",
            (Self::Ja, "rehearsal-too-slow") => "切り戻しの予行が許容時間を超えた",
            (Self::Ja, _) => return clean(message),
        };
        ja.into()
    }

    /// What an objection rests on: a text of the plan, or a word of the gate.
    fn ground_is(self, value: &str) -> String {
        let occasions = [
            Occasion::Notice,
            Occasion::Started,
            Occasion::StageMoved,
            Occasion::RolledBack,
            Occasion::Completed,
        ];
        match (self, occasions.into_iter().find(|one| one.to_string() == value)) {
            (Self::Ja, Some(occasion)) => self.occasion(occasion).into(),
            (Self::Ja, None) if value == "never" => "なし".into(),
            _ => with_moments(&self.recorded(value)),
        }
    }

    /// What the value of an objection is of.
    fn ground_of(self, name: &str) -> String {
        let ja = match (self, name) {
            (Self::Ja, "about") => "対象（about）",
            (Self::Ja, "artefact") => "成果物",
            (Self::Ja, "at") => "場所",
            (Self::Ja, "confirmed") => "最後の確認",
            (Self::Ja, "dated in the future") => "未来の日付のもの",
            (Self::Ja, "due") => "期限",
            (Self::Ja, "end") => "終わり",
            (Self::Ja, "found") => "実際",
            (Self::Ja, "item") => "項目",
            (Self::Ja, "limit") => "許容",
            (Self::Ja, "list") => "リスト",
            (Self::Ja, "of") => "対象",
            (Self::Ja, "planned") => "計画",
            (Self::Ja, "program") => "プログラム",
            (Self::Ja, "requirement") => "要件",
            (Self::Ja, "revision") => "版",
            (Self::Ja, "since") => "いつから",
            (Self::Ja, "stale rehearsals") => "古くなった予行",
            (Self::Ja, "succeeded") => "成功",
            (Self::Ja, "to be written in") => "記載先",
            (Self::Ja, "took") => "所要",
            (Self::Ja, "who") => "相手",
            (Self::Ja, "why") => "理由",
            _ => return clean(name),
        };
        ja.into()
    }
}
