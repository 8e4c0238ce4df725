//! How traffic goes over, what is measured meanwhile, and which version meets which schema.

use super::super::words::{command, stage_name};
use super::Sheet;
use crate::Language;
use crate::table::{Cell, Grid, Side, Tone};
use crate::terminal::Page;
use crate::text::{clean, moment, span};
use toban_release_core::Gate;
use toban_release_core::analysis::{Check, Rules, Schedule, Severity};
use toban_release_core::judge::{Judge, Region, Threshold};
use toban_release_core::plan::{Database, Moment, StageCriteria, Version, When};

impl Sheet<'_> {
    pub(super) fn traffic(self, page: &mut Page) {
        let strategy = self.plan.strategy();
        let (kind, way) = (self.language.strategy(strategy.kind()), self.language.way(strategy.way_back()));
        let heading = self
            .pick(format!("Traffic: {kind}, back {way}"), format!("トラフィック：{kind}、切り戻しは{way}"));
        let mut grid = Grid::new([
            (self.pick("Stage", "ステージ"), Side::Left),
            (self.pick("Soak", "観察"), Side::Right),
            (self.pick("Begins", "開始"), Side::Left),
            (self.pick("Goes well if", "成功基準"), Side::Left),
            (self.pick("Goes back if", "ロールバック条件"), Side::Left),
        ]);
        for stage in strategy.stages() {
            let found = self.plan.stages().iter().find(|one| one.stage == stage.name);
            let (success, rollback) = found.map_or_else(Default::default, |found| self.criteria(found));
            let gate = match stage.gate {
                Gate::Open => Cell::from(self.pick("by itself", "自動")),
                Gate::Person => Cell::new(self.pick("by a person", "担当者"), Tone::Warning),
            };
            grid.row([
                stage_name(stage).into(),
                span(stage.soak).into(),
                gate,
                success.join("\n").into(),
                rollback.join("\n").into(),
            ]);
        }
        page.block(&heading, &grid);
        self.checks(page);
        self.machine(page);
    }

    fn criteria(self, found: &StageCriteria) -> (Vec<String>, Vec<String>) {
        let rollback = found.rollback.iter().map(|one| {
            let text = self.language.said(&one.text);
            self.language.because(self.language.urgency(one.severity), &text)
        });
        (self.language.texts(&found.success), rollback.collect())
    }

    /// What is measured while a stage soaks.
    fn checks(self, page: &mut Page) {
        let rollout = self.plan.rollout();
        let mut grid = Grid::new([
            (self.pick("Check", "チェック"), Side::Left),
            (self.pick("Good if", "良好の条件"), Side::Left),
            (self.pick("Measured", "測定"), Side::Left),
            (self.pick("Where it fails", "不合格のとき"), Side::Left),
        ]);
        for check in &rollout.checks {
            let severity = rollout.triggers.iter().find(|trigger| trigger.check() == check.name());
            grid.row([
                clean(check.name()).into(),
                self.judged(check).into(),
                self.schedule(check).into(),
                self.answer(severity.map(toban_release_core::analysis::Trigger::severity)).into(),
            ]);
        }
        page.block(self.pick("Checked while a stage soaks", "観察中のチェック"), &grid);
    }

    fn answer(self, severity: Option<Severity>) -> String {
        match severity {
            Some(Severity::Critical) => self.pick("back at once", "直ちに切り戻す").into(),
            Some(Severity::High { clear_within }) => {
                let within = span(clear_within);
                self.pick(
                    format!("pause; back unless it clears within {within}"),
                    format!("一時停止し、{within}以内に回復しなければ切り戻す"),
                )
            }
            Some(Severity::Medium) => self.pick("hold, and ask a person", "保留し、担当者に確認").into(),
            None => self.pick("back", "切り戻す").into(),
        }
    }

    fn judged(self, check: &Check) -> String {
        match check.judge() {
            Judge::Threshold(threshold) => self.threshold(threshold),
            Judge::Compare(_) => {
                self.pick("no worse than the old version", "旧バージョンより悪くない").into()
            }
            Judge::Aca(_) => self.pick("the ACA judge passes it", "ACAの判定に合格").into(),
            _ => String::new(),
        }
    }

    fn threshold(self, threshold: &Threshold) -> String {
        match (threshold.success, threshold.failure) {
            (Some(success), _) => self.region(success),
            (None, Some(failure)) => self.region(match failure {
                Region::Above(level) => Region::AtMost(level),
                Region::AtLeast(level) => Region::Below(level),
                Region::AtMost(level) => Region::Above(level),
                Region::Below(level) => Region::AtLeast(level),
                Region::Within { low, high } => Region::Outside { low, high },
                Region::Outside { low, high } => Region::Within { low, high },
                _ => return String::new(),
            }),
            (None, None) => String::new(),
        }
    }

    fn region(self, region: Region) -> String {
        match (self.language, region) {
            (Language::En, Region::Above(level)) => format!("above {level}"),
            (Language::En, Region::AtLeast(level)) => format!("at least {level}"),
            (Language::En, Region::AtMost(level)) => format!("at most {level}"),
            (Language::En, Region::Below(level)) => format!("below {level}"),
            (Language::En, Region::Within { low, high }) => format!("{low} to {high}"),
            (Language::En, Region::Outside { low, high }) => format!("below {low} or above {high}"),
            (Language::Ja, Region::Above(level)) => format!("{level}を超える"),
            (Language::Ja, Region::AtLeast(level)) => format!("{level}以上"),
            (Language::Ja, Region::AtMost(level)) => format!("{level}以下"),
            (Language::Ja, Region::Below(level)) => format!("{level}未満"),
            (Language::Ja, Region::Within { low, high }) => format!("{low}〜{high}"),
            (Language::Ja, Region::Outside { low, high }) => format!("{low}未満または{high}超"),
            _ => String::new(),
        }
    }

    fn schedule(self, check: &Check) -> String {
        let how_often = match (self.language, check.schedule()) {
            (Language::En, Schedule::Once { after }) => format!("once, {} in", span(*after)),
            (Language::En, Schedule::Times { count, interval, after }) => {
                format!("{count} times, every {} from {} on", span(*interval), span(*after))
            }
            (Language::En, Schedule::UntilEnd { interval, after }) => {
                format!("every {} from {} on", span(*interval), span(*after))
            }
            (Language::Ja, Schedule::Once { after }) => format!("{}後に1回", span(*after)),
            (Language::Ja, Schedule::Times { count, interval, after }) => {
                format!("{}後から{}ごとに{count}回", span(*after), span(*interval))
            }
            (Language::Ja, Schedule::UntilEnd { interval, after }) => {
                format!("{}後から{}ごと", span(*after), span(*interval))
            }
        };
        match (check.rules(), self.language) {
            (Rules::Strict(rules), Language::En) => {
                format!("{how_often}; passes after {} good ones", rules.min_successes)
            }
            (Rules::Strict(rules), Language::Ja) => {
                format!("{how_often}、良好{}回で合格", rules.min_successes)
            }
            (Rules::Argo(_), _) => self.language.aside(&how_often, "Argo Rollouts"),
            (Rules::Flagger(_), _) => self.language.aside(&how_often, "Flagger"),
            _ => how_often,
        }
    }

    /// What holds a machine, and which programs serve it.
    fn machine(self, page: &mut Page) {
        let rollout = self.plan.rollout();
        let program = |argv: &Option<Vec<String>>| {
            argv.as_ref().map_or_else(String::new, |argv| format!("$ {}", command(argv)))
        };
        let mut facts = vec![
            (self.pick("Measures", "測定"), program(&rollout.measure)),
            ("Prometheus", rollout.prometheus.as_deref().map_or_else(String::new, clean)),
            (self.pick("Tells people", "通知"), program(&rollout.tell)),
            (self.pick("Finds out", "実行確認"), program(&rollout.find_out)),
            (self.pick("Looks for approvals", "承認の確認"), program(&rollout.approvals)),
        ];
        if rollout.needs_ruling {
            let told = self.pick("must allow each move forward", "前進のたびに許可が必要");
            facts.push((self.pick("Error budget", "エラーバジェット"), told.into()));
        }
        for freeze in &rollout.freezes {
            let (start, end, why) = (moment(freeze.start), moment(freeze.end), clean(&freeze.why));
            let told = self.pick(format!("{start} to {end}: {why}"), format!("{start}〜{end}：{why}"));
            facts.push((self.pick("Frozen", "凍結期間"), told));
        }
        for (when, freeze) in rollout.recurring_freezes_in_words() {
            let (length, why) = (freeze.length, clean(&freeze.why));
            let told = self.pick(
                format!("{}, for {length}: {why}", clean(&when.en)),
                format!("{}、{length}間：{why}", clean(&when.ja)),
            );
            facts.push((self.pick("Frozen", "凍結期間"), told));
        }
        self.facts(page, self.pick("How a machine carries it out", "自動実行"), facts);
    }

    /// Which version meets which schema, and when first.
    pub(super) fn database(self, page: &mut Page) {
        let Database::Migration(migration) = self.plan.database() else { return };
        let reach = self.plan.reach();
        let mut versions: Vec<_> = migration.compatible.iter().map(|row| &row.application).collect();
        let known = |version: &Version| migration.compatible.iter().any(|row| row.application == *version);
        versions.extend(reach.pairs.keys().map(|pair| &pair.application).filter(|version| !known(version)));
        versions.dedup();
        let mut grid = Grid::new(
            std::iter::once((self.pick("Version", "バージョン").to_owned(), Side::Left))
                .chain(migration.schemas.iter().map(|schema| (clean(schema), Side::Left))),
        );
        for version in versions {
            let mut row = vec![Cell::from(clean(version.as_str()))];
            for schema in &migration.schemas {
                let met = reach
                    .pairs
                    .iter()
                    .find(|(pair, _)| pair.application == *version && pair.schema == *schema);
                row.push(match (met, migration.is_compatible(version, schema)) {
                    (Some((_, when)), true) => Cell::new(self.when(when), Tone::Good),
                    (Some((_, when)), false) => Cell::new(self.when(when), Tone::Bad),
                    (None, true) => Cell::new(self.pick("would get on", "適合（出会わない）"), Tone::Quiet),
                    (None, false) => Cell::new("-", Tone::Quiet),
                });
            }
            grid.rows.push(row);
        }
        page.block(
            self.pick(
                "Versions and the schemas that they meet, when first",
                "バージョンが最初に出会うスキーマと時点",
            ),
            &grid,
        );
    }

    fn when(self, when: &When) -> String {
        let told = |moment: &Moment| match (self.language, moment) {
            (Language::En, Moment::Before) => "before the first step".to_owned(),
            (Language::En, Moment::During(step)) => format!("during “{}”", self.item(step)),
            (Language::En, Moment::After(step)) => format!("after “{}”", self.item(step)),
            (Language::Ja, Moment::Before) => "最初の手順の前".to_owned(),
            (Language::Ja, Moment::During(step)) => format!("「{}」の間", self.item(step)),
            (Language::Ja, Moment::After(step)) => format!("「{}」の後", self.item(step)),
        };
        match when {
            When::Forward(moment) => told(moment),
            When::Returning { from, at } => {
                let (from, at) = (told(from), told(at));
                self.pick(
                    format!("on the way back, left {from}: {at}"),
                    format!("切り戻し（{from}から）：{at}"),
                )
            }
        }
    }
}
