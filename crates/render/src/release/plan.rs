//! A plan as lines of text.

mod around;
mod day;
mod traffic;

use super::words::short;
use crate::Language;
use crate::table::{Cell, Grid, Style, Tone, coloured};
use crate::terminal::Page;
use crate::text::{clean, moment, span};
use toban_core::{Party, PersonId, RoleId};
use toban_release_core::plan::{ApprovalRule, DeployTrigger, Length, Plan, Previous};

/// A plan as a release manager reads it. What is empty in it is left out.
#[must_use]
pub fn plan_text(plan: &Plan, width: u16, style: Style, language: Language) -> String {
    let mut page = Page::new(width);
    let sheet = Sheet { plan, language };
    sheet.head(&mut page);
    sheet.preparation(&mut page);
    sheet.day(&mut page);
    sheet.traffic(&mut page);
    sheet.way_back(&mut page);
    sheet.no_return(&mut page);
    sheet.database(&mut page);
    sheet.announcements(&mut page);
    sheet.people(&mut page);
    sheet.after(&mut page);
    sheet.risks(&mut page);
    sheet.checklists(&mut page);
    sheet.kickoff(&mut page);
    sheet.readiness(&mut page);
    sheet.toil(&mut page);
    coloured(page.text(), style)
}

/// A plan, and the language that it is told in.
#[derive(Clone, Copy)]
struct Sheet<'a> {
    plan: &'a Plan,
    language: Language,
}

impl Sheet<'_> {
    fn pick<T>(self, en: T, ja: T) -> T {
        self.language.pick(en, ja)
    }

    /// A person by the name that people know.
    fn person(self, id: &PersonId) -> String {
        let contact = self.plan.contacts().iter().find(|contact| contact.person == *id);
        contact.map_or_else(|| clean(id.as_str()), |contact| self.language.said(&contact.name))
    }

    /// A role by its name, and who holds it.
    fn role(self, id: &RoleId) -> String {
        let Some(role) = self.plan.roles().iter().find(|role| role.role == *id) else {
            return clean(id.as_str());
        };
        let (name, held_by) = (self.language.said(&role.name), &role.held_by);
        if held_by.is_empty() {
            return name;
        }
        let held_by: Vec<_> = held_by.iter().map(|id| self.person(id)).collect();
        self.language.aside(&name, &self.language.all_of(&held_by))
    }

    fn party(self, party: &Party) -> String {
        match party {
            Party::Person(id) => self.person(id),
            Party::Role(id) => self.role(id),
        }
    }

    /// How long something takes at the longest, against its limit.
    fn against(self, length: Length, limit: Length) -> (String, Tone) {
        let tone = if length > limit { Tone::Bad } else { Tone::Plain };
        let told = match (self.language, length > limit) {
            (Language::En, false) => format!("{length} of at most {limit}"),
            (Language::En, true) => format!("{length}, LONGER THAN {limit}"),
            (Language::Ja, false) => format!("{length}（上限{limit}）"),
            (Language::Ja, true) => format!("{length}（上限{limit}を超過）"),
        };
        (told, tone)
    }

    /// A heading, and facts below it; none where there is none.
    fn facts(self, page: &mut Page, heading: &str, facts: Vec<(&str, String)>) {
        let facts = facts.into_iter().filter(|(_, fact)| !fact.is_empty());
        page.block(heading, &Grid::of_facts(facts.map(|(label, fact)| (label.to_owned(), fact))));
    }

    fn head(self, page: &mut Page) {
        let Self { plan, language } = self;
        let target = plan.target();
        let (service, version) = (clean(&target.service), clean(target.version.as_str()));
        let place = language.environment(plan.environment().kind);
        page.line(
            Tone::Strong,
            &self.pick(
                format!("Release of {service} {version} to {place}"),
                format!("{service} {version}の{place}へのリリース"),
            ),
        );
        page.line(Tone::Quiet, &format!("{} {}", self.pick("revision", "版"), plan.revision()));
        let previous = match &target.previous {
            Previous::FirstRelease => {
                self.pick("none: it is the first release", "なし（初回リリース）").into()
            }
            Previous::Version { version, verified } => {
                let (version, at, source) =
                    (clean(version.as_str()), moment(verified.at), clean(&verified.source));
                self.pick(
                    format!("{version}, verified {at} ({source})"),
                    format!("{version}（{at}に検証済み：{source}）"),
                )
            }
        };
        let (schedule, impact) = (plan.schedule(), plan.impact());
        let (start, mut end, length) =
            (moment(schedule.start()), moment(schedule.end()), span(schedule.length()));
        if schedule.start().date_naive() == schedule.end().date_naive() {
            end = schedule.end().format("%H:%M").to_string();
        }
        let scope = language.said(&impact.scope);
        let downtime = if impact.downtime == Length::ZERO {
            self.pick("no downtime", "停止なし").to_owned()
        } else {
            self.pick(
                format!("down for at most {}", impact.downtime),
                format!("停止は最長{}", impact.downtime),
            )
        };
        let people: Vec<_> = plan.approvers().people.iter().map(|id| self.person(id)).collect();
        let approvers = language.one_of(&people);
        let approvers = match plan.approvers().rule {
            ApprovalRule::OnePerson => approvers,
            ApprovalRule::TwoPersons => {
                language.aside(&approvers, self.pick("not who wrote the plan", "計画の作成者以外"))
            }
        };
        let environment = plan.environment();
        let trigger = match &environment.trigger {
            DeployTrigger::Manual => self.pick("deployed by a person", "手動デプロイ").to_owned(),
            DeployTrigger::Branch(name) => {
                let name = clean(name);
                self.pick(format!("deployed from {name}"), format!("{name}ブランチからデプロイ"))
            }
        };
        let about = [&environment.purpose, &environment.data, &environment.monitoring];
        let mut about: Vec<_> = about.map(|text| language.said(text)).into();
        about.push(trigger);
        let demands: Vec<_> =
            environment.demands.iter().map(|demand| language.demand(*demand).to_owned()).collect();
        let join = |items: &[String]| items.join(self.pick("; ", "、"));
        self.facts(
            page,
            "",
            vec![
                (self.pick("New in it", "変更内容"), join(&language.texts(&target.features))),
                (self.pick("In place of", "現行"), previous),
                (
                    self.pick("When (UTC)", "日時（UTC）"),
                    self.pick(format!("{start} to {end} ({length})"), format!("{start}〜{end}（{length}）")),
                ),
                (self.pick("Users notice", "サービス影響"), join(&[downtime, scope])),
                (self.pick("Author", "作成者"), self.person(plan.author())),
                (self.pick("Owner", "作業責任者"), self.party(plan.owner())),
                (self.pick("Approved by", "承認者"), approvers),
                (self.pick("Emergency", "緊急時の判断者"), self.party(plan.emergency())),
                (self.pick("Environment", "環境"), join(&about)),
                (self.pick("It demands", "環境の要求"), join(&demands)),
            ],
        );
    }

    fn toil(self, page: &mut Page) {
        let way = self.plan.rollback();
        let parts = [self.plan.steps(), way.steps(), way.data_verification(), way.checks()];
        let all = parts.iter().map(|steps| steps.len()).sum::<usize>();
        let manual = parts.into_iter().flatten().filter(|step| step.is_toil());
        let manual: Vec<_> = manual.map(|step| self.language.said(&step.item)).collect();
        let told = match (self.language, manual.len()) {
            (Language::En, 0) => format!("none of {all} steps is done by hand"),
            (Language::En, 1) => format!("1 of {all} steps is done by hand"),
            (Language::En, hand) => format!("{hand} of {all} steps are done by hand"),
            (Language::Ja, 0) => format!("{all}手順のうち手作業なし"),
            (Language::Ja, hand) => format!("{all}手順のうち{hand}手順が手作業"),
        };
        let told = if manual.is_empty() {
            told
        } else {
            self.language.because(&told, &manual.join(self.pick("; ", "、")))
        };
        page.block(self.pick("Toil", "トイル"), &Grid::of_notes(&[Cell::from(told)]));
    }

    fn preparation(self, page: &mut Page) {
        let preparation = self.plan.preparation();
        let backups: Vec<_> = preparation.backups.iter().map(|name| clean(name)).collect();
        let mut facts = vec![(self.pick("Backed up", "バックアップ"), backups.join(self.pick(", ", "、")))];
        for artefact in &preparation.artefacts {
            let told = format!("{} {}", clean(&artefact.name), short(artefact.digest));
            facts.push((self.pick("Brought along", "成果物"), told));
        }
        self.facts(page, self.pick("The day before (T−1)", "事前準備（T−1）"), facts);
    }
}
