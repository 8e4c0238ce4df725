//! What is done on the day, and on the way back.

use super::super::words::{WIDE, command};
use super::Sheet;
use crate::Language;
use crate::table::{Cell, Grid, Side, Tone};
use crate::terminal::Page;
use crate::text::{clean, moment, span};
use chrono::TimeDelta;
use toban_release_core::Gate;
use toban_release_core::plan::{
    CriticalPath, Length, MigrationPhase, PlanStep, Severity, StepAction, StepKind, critical_path,
};

impl Sheet<'_> {
    /// The timetable of the day, and its longest chain against the limit.
    pub(super) fn day(self, page: &mut Page) {
        let (path, earliest) = (self.plan.critical_path(), self.plan.earliest());
        let heading = self.pick("The day (T−0)", "当日手順（T−0）");
        self.timetable(page, heading, self.plan.steps(), &earliest, &path, Length::ZERO);
        let limit = self.plan.limits().deploy;
        let (mut length, tone) = self.against(path.length(), limit);
        if self.plan.strategy().stages().len() > 1 {
            length.push_str(self.pick(", each step done once", "、各手順1回として"));
        }
        self.longest(page, &path, (length, tone), limit);
        self.done(page, &earliest);
    }

    /// When all of it is done at the earliest, with every stage soaked.
    fn done(self, page: &mut Page, earliest: &CriticalPath) {
        let (schedule, length) = (self.plan.schedule(), earliest.length());
        let Some(end) = schedule.start().checked_add_signed(length.as_time_delta()) else { return };
        let at = moment(end);
        let mut told = self.pick(
            format!("Done at the earliest at {at} UTC, {length} after the start, soaks included"),
            format!("観察を含む最短の完了：{at} UTC（開始から{length}）"),
        );
        if self.plan.strategy().stages().iter().any(|stage| stage.gate == Gate::Person) {
            told.push_str(self.pick("; gates wait for people besides", "。ゲートの待ち時間は別"));
        }
        let is_late = end > schedule.end();
        if is_late {
            told.push_str(self.pick(": AFTER THE END OF ITS SCHEDULE", "：予定の終わりを超過"));
        }
        page.list(&[Cell::new(told, if is_late { Tone::Bad } else { Tone::Plain })]);
    }

    /// When the way back is taken, and how.
    pub(super) fn way_back(self, page: &mut Page) {
        let way = self.plan.rollback();
        let heading = self.pick("The way back: when", "切り戻しの判断基準");
        let mut grid = Grid::new([("", Side::Left), ("", Side::Left)]);
        for severity in [Severity::Critical, Severity::High, Severity::Medium] {
            let texts = way.criteria().iter().filter(|criterion| criterion.severity == severity);
            for criterion in texts {
                let tone = if severity == Severity::Critical { Tone::Bad } else { Tone::Warning };
                grid.row([
                    Cell::new(self.language.urgency(severity), tone),
                    self.language.said(&criterion.text).into(),
                ]);
            }
        }
        page.block(heading, &grid);
        let parts = [
            (self.pick("The way back: what is done", "切り戻し手順"), way.steps()),
            (
                self.pick("The way back: whether the data are right", "切り戻し：データ検証"),
                way.data_verification(),
            ),
            (self.pick("The way back: what must pass afterwards", "切り戻し後の確認項目"), way.checks()),
        ];
        let mut offset = Length::ZERO;
        for (heading, steps) in parts {
            // The steps of a plan have an order.
            let path = critical_path(steps).unwrap_or_default();
            self.timetable(page, heading, steps, &path, &path, offset);
            offset = offset.plus(path.length());
        }
        let limit = self.plan.limits().rollback;
        if let Some(path) = way.critical_path() {
            self.longest(page, &path, self.against(path.length(), limit), limit);
        }
        let revision = self.plan.rollback_revision().to_string();
        let about = self.pick("What a rehearsal of it is about:", "予行の対象（about）：");
        page.list(&[format!("{about}\n{revision}").into()]);
    }

    /// Steps with when they begin at the earliest: a table of columns where there is room, else what there is to a step
    /// below it.
    fn timetable(
        self,
        page: &mut Page,
        heading: &str,
        steps: &[PlanStep],
        timed: &CriticalPath,
        longest: &CriticalPath,
        offset: Length,
    ) {
        let columns = [
            self.pick("From", "開始"),
            self.pick("Takes", "所要"),
            self.pick("Step", "作業項目"),
            self.pick("Who", "担当"),
        ];
        let mut wide = Grid::new(
            columns
                .into_iter()
                .chain([self.pick("How", "方法"), self.pick("Checked", "確認項目")])
                .enumerate()
                .map(|(place, head)| (head, if place < 2 { Side::Right } else { Side::Left })),
        );
        let mut narrow = Grid::new(
            columns
                .into_iter()
                .enumerate()
                .map(|(place, head)| (head, if place < 2 { Side::Right } else { Side::Left })),
        );
        for (step, timed) in steps.iter().zip(timed.timetable()) {
            let from = format!("+{}", offset.plus(timed.start));
            let takes = step.takes.to_string();
            let how = self.how(step);
            let checks = self.language.texts(&step.checks);
            let notes = self.notes(step);
            let item = self.language.said(&step.item);
            let who = self.party(&step.owner);
            let is_longest = longest.path().iter().any(|one| one.step == timed.step);
            let tone = if is_longest { Tone::Strong } else { Tone::Plain };
            let item = notes.map_or(item.clone(), |notes| self.language.aside(&item, &notes));
            wide.row([
                from.clone().into(),
                takes.clone().into(),
                Cell::new(item.clone(), tone),
                who.clone().into(),
                how.clone().into(),
                checks.join("\n").into(),
            ]);
            let mut below = vec![tone.mark_up(&item), how];
            below.extend(
                checks.iter().map(|check| self.pick(format!("checked: {check}"), format!("確認：{check}"))),
            );
            narrow.row([from.into(), takes.into(), below.join("\n").into(), who.into()]);
        }
        page.block(heading, if page.width() >= WIDE { &wide } else { &narrow });
    }

    /// By a command, or by hand.
    fn how(self, step: &PlanStep) -> String {
        match &step.action {
            StepAction::Command { argv, time_out, is_repeatable } => {
                let command = format!("$ {}", command(argv));
                match (self.language, is_repeatable) {
                    (Language::En, true) => format!("{command} (at most {time_out}; may be repeated)"),
                    (Language::En, false) => format!("{command} (at most {time_out})"),
                    (Language::Ja, true) => format!("{command}（最長{time_out}、再実行可）"),
                    (Language::Ja, false) => format!("{command}（最長{time_out}）"),
                }
            }
            StepAction::Manual(instruction) => {
                let instruction = self.language.said(instruction);
                self.pick(format!("BY HAND: {instruction}"), format!("手作業：{instruction}"))
            }
        }
    }

    /// What a step does to the service, and what it waits for where that is not the one before.
    fn notes(self, step: &PlanStep) -> Option<String> {
        let kind = match &step.kind {
            StepKind::MaintenanceOn => Some(self.pick("maintenance on", "メンテナンス開始").to_owned()),
            StepKind::MaintenanceOff => Some(self.pick("maintenance off", "メンテナンス解除").to_owned()),
            StepKind::Deploy => Some(self.pick("deploy", "デプロイ").to_owned() + &self.times(step)),
            StepKind::SmokeTest | StepKind::Other => None,
            StepKind::RestoreSchema { to } => {
                let to = clean(to);
                Some(self.pick(format!("schema back to {to}"), format!("スキーマを{to}へ戻す")))
            }
            StepKind::Database { phase, to } => {
                let (phase, to) = (self.phase(*phase), clean(to));
                Some(self.pick(format!("{phase}, schema {to}"), format!("{phase}、スキーマ{to}")))
            }
        };
        let after = step.after.as_ref().map(|after| {
            let after: Vec<_> = after
                .iter()
                .map(|id| self.item(id))
                .map(|item| self.pick(format!("“{item}”"), format!("「{item}」")))
                .collect();
            match (self.language, after.is_empty()) {
                (Language::En, true) => "from the beginning".to_owned(),
                (Language::En, false) => format!("after {}", self.language.all_of(&after)),
                (Language::Ja, true) => "最初から".to_owned(),
                (Language::Ja, false) => format!("{}の後", self.language.all_of(&after)),
            }
        });
        let is_final =
            step.is_irreversible().then(|| self.pick("cannot be undone", "元に戻せない").to_owned());
        let notes: Vec<_> = kind.into_iter().chain(after).chain(is_final).collect();
        (!notes.is_empty()).then(|| notes.join(self.pick(", ", "、")))
    }

    /// How often the step of the day that deploys is done, and how long all stages soak.
    fn times(self, step: &PlanStep) -> String {
        let stages = self.plan.strategy().stages();
        if !self.plan.steps().iter().any(|one| one.id == step.id) {
            return String::new();
        }
        let soaks = stages.iter().fold(TimeDelta::zero(), |all, stage| all + stage.soak);
        let mut told = String::new();
        if stages.len() > 1 {
            let count = stages.len();
            told.push_str(
                &self.pick(format!(" in each of {count} stages"), format!("、全{count}段階で実行")),
            );
        }
        if soaks > TimeDelta::zero() {
            let soaks = span(soaks);
            told.push_str(&self.pick(format!(", soaks of {soaks}"), format!("、観察は計{soaks}")));
        }
        told
    }

    fn phase(self, phase: MigrationPhase) -> &'static str {
        match phase {
            MigrationPhase::Expand => self.pick("expand", "拡張"),
            MigrationPhase::Backfill => self.pick("backfill", "移行"),
            MigrationPhase::Switch => self.pick("switch", "切替"),
            MigrationPhase::Contract => self.pick("contract", "縮小"),
        }
    }

    /// What a step is called by whoever reads the plan.
    pub(super) fn item(self, id: &str) -> String {
        let way = self.plan.rollback();
        let all = [self.plan.steps(), way.steps(), way.data_verification(), way.checks()];
        let found = all.into_iter().flatten().find(|step| step.id == id);
        found.map_or_else(|| clean(id), |step| self.language.said(&step.item))
    }

    /// The longest chain, against its limit.
    fn longest(self, page: &mut Page, path: &CriticalPath, (length, tone): (String, Tone), limit: Length) {
        let chain: Vec<_> = path.path().iter().map(|one| self.item(&one.step)).collect();
        let told = self.pick(format!("Takes {length}"), format!("最短の所要時間は{length}"));
        let told = match path.breaks(limit) {
            Some(broken) => {
                let item = self.item(&broken.step);
                self.pick(format!("{told}: passed during {item}"), format!("{told}：{item}の間に超過"))
            }
            None => told,
        };
        let mut notes = vec![Cell::new(told, tone)];
        if path.path().len() > 1 {
            let chain = chain.join(" → ");
            notes.push(
                self.pick(format!("Longest chain: {chain}"), format!("クリティカルパス：{chain}")).into(),
            );
        }
        page.list(&notes);
    }

    /// From where on nothing leads back, and what is done then.
    pub(super) fn no_return(self, page: &mut Page) {
        let Some(step) = self.plan.point_of_no_return() else { return };
        let item = self.language.said(&step.item);
        let mut facts = vec![(self.pick("Step", "手順"), item)];
        let fixes = self.plan.steps().iter().filter_map(|step| step.forward_fix.as_ref());
        for fix in fixes {
            let (at, by) = (moment(fix.acknowledged.at), self.person(&fix.acknowledged.by));
            facts.push((self.pick("Forward fix", "前に進める修正"), self.language.said(&fix.plan)));
            facts.push((
                self.pick("Accepted", "了承"),
                self.pick(format!("{by}, {at}"), format!("{by}（{at}）")),
            ));
        }
        self.facts(page, self.pick("Point of no return", "後戻りできない地点"), facts);
    }
}
