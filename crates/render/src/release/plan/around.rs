//! What stands around the work: people, announcements, risks, lists.

use super::Sheet;
use crate::Language;
use crate::table::{Cell, Grid, Side, Tone};
use crate::terminal::Page;
use crate::text::clean;
use toban_release_core::plan::{Grade, Need, Occasion, PlannedAnnouncement, Resource, Risk, risk_matrix};

impl Sheet<'_> {
    pub(super) fn people(self, page: &mut Page) {
        let plan = self.plan;
        let mut contacts = Grid::new([("", Side::Left), ("", Side::Left)]);
        for contact in plan.contacts() {
            let channels: Vec<_> = contact.channels.iter().map(|channel| clean(channel)).collect();
            contacts
                .row([self.language.said(&contact.name).into(), channels.join(self.pick(", ", "、")).into()]);
        }
        page.block(self.pick("Contacts", "連絡網"), &contacts);
        let mut roles = Grid::new([
            (self.pick("Role", "役割"), Side::Left),
            (self.pick("Held by", "担当者"), Side::Left),
            (self.pick("Duties", "責任"), Side::Left),
            (self.pick("May decide", "権限"), Side::Left),
        ]);
        for role in plan.roles() {
            let held_by: Vec<_> = role.held_by.iter().map(|id| self.person(id)).collect();
            let held_by = if held_by.is_empty() { "-".to_owned() } else { held_by.join("\n") };
            roles.row([
                self.language.said(&role.name).into(),
                held_by.into(),
                self.language.texts(&role.duties).join("\n").into(),
                self.language.texts(&role.authorities).join("\n").into(),
            ]);
        }
        page.block(self.pick("Roles", "役割"), &roles);
    }

    pub(super) fn announcements(self, page: &mut Page) {
        let mut grid = Grid::new([
            (self.pick("Who is told", "通知先"), Side::Left),
            (self.pick("Of what", "内容"), Side::Left),
            (self.pick("When", "期限"), Side::Left),
            (self.pick("Where", "経路"), Side::Left),
            (self.pick("By", "担当"), Side::Left),
        ]);
        for one in self.plan.announcements() {
            grid.row([
                self.language.said(&one.stakeholder).into(),
                self.language.occasion(one.occasion).into(),
                self.due(one).into(),
                clean(&one.channel).into(),
                self.party(&one.by).into(),
            ]);
        }
        page.block(self.pick("Announcements", "通知"), &grid);
    }

    fn due(self, one: &PlannedAnnouncement) -> String {
        let lead = one.lead;
        match one.occasion {
            Occasion::Notice => self.pick(format!("{lead} before"), format!("{lead}前まで")),
            _ => self.pick(format!("within {lead}"), format!("{lead}以内")),
        }
    }

    pub(super) fn after(self, page: &mut Page) {
        let after = self.plan.after();
        let dashboards: Vec<_> = after.dashboards.iter().map(|one| clean(one)).collect();
        let (by, channel) = (self.party(&after.support.by), self.language.said(&after.support.channel));
        self.facts(
            page,
            self.pick("After the release", "リリース後確認"),
            vec![
                (self.pick("Watched", "監視"), after.watch.to_string()),
                (self.pick("Dashboards", "ダッシュボード"), dashboards.join("\n")),
                (self.pick("Users are answered", "問い合わせ対応"), self.language.aside(&by, &channel)),
                (self.pick("Declared done by", "完了宣言"), self.party(&after.declared_by)),
            ],
        );
    }

    /// The matrix of impact and probability, and what its numbers stand for.
    pub(super) fn risks(self, page: &mut Page) {
        let risks = self.plan.risks().unwrap_or_default();
        if risks.is_empty() {
            return;
        }
        let matrix = risk_matrix(risks);
        let grades = [Grade::Low, Grade::Medium, Grade::High];
        let mut grid = Grid::new(
            std::iter::once((self.pick("Impact \\ probability", "影響＼確率").to_owned(), Side::Left))
                .chain(grades.map(|grade| (self.language.grade(grade).to_owned(), Side::Left))),
        );
        let number =
            |risk: &Risk| risks.iter().position(|one| std::ptr::eq(one, risk)).map_or(0, |place| place + 1);
        for impact in grades.into_iter().rev() {
            let mut row = vec![Cell::from(self.language.grade(impact))];
            for probability in grades {
                let there = matrix.get(&(impact, probability)).into_iter().flatten();
                let numbers: Vec<_> = there.map(|risk| number(risk).to_string()).collect();
                let tone = match impact.max(probability) {
                    _ if numbers.is_empty() => Tone::Quiet,
                    Grade::High if impact.min(probability) > Grade::Low => Tone::Bad,
                    Grade::Low => Tone::Plain,
                    Grade::Medium | Grade::High => Tone::Warning,
                };
                let told = if numbers.is_empty() { "·".into() } else { numbers.join(", ") };
                row.push(Cell::new(told, tone));
            }
            grid.rows.push(row);
        }
        page.block(self.pick("Risks", "リスク"), &grid);
        let mut list = Grid::new([("", Side::Right), ("", Side::Left), ("", Side::Left)]);
        for (place, risk) in risks.iter().enumerate() {
            list.row([
                Cell::new((place + 1).to_string(), Tone::Quiet),
                self.language.said(&risk.risk).into(),
                self.pick(
                    format!("→ {}", self.language.said(&risk.measure)),
                    format!("→{}", self.language.said(&risk.measure)),
                )
                .into(),
            ]);
        }
        page.block("", &list);
    }

    pub(super) fn checklists(self, page: &mut Page) {
        for list in self.plan.checklists() {
            let mut grid = Grid::new([
                (self.pick("Item", "項目"), Side::Left),
                (self.pick("Done when", "完了条件"), Side::Left),
                (self.pick("Delivers", "成果物"), Side::Left),
                (self.pick("Tested by", "テスト基準"), Side::Left),
            ]);
            for item in &list.items {
                grid.row([
                    format!("[ ] {}", self.language.said(&item.item)).into(),
                    self.language.texts(&item.conditions).join("\n").into(),
                    self.language.texts(&item.deliverables).join("\n").into(),
                    self.language.texts(&item.tests).join("\n").into(),
                ]);
            }
            let name = self.language.said(&list.name);
            page.block(&self.pick(format!("Checklist: {name}"), format!("チェックリスト：{name}")), &grid);
        }
    }

    pub(super) fn kickoff(self, page: &mut Page) {
        let Some(kickoff) = self.plan.kickoff() else { return };
        let mut grid = Grid::new([("", Side::Left), ("", Side::Left), ("", Side::Left)]);
        for slot in &kickoff.agenda {
            let time = format!("{}–{}", slot.start.format("%H:%M"), slot.end.format("%H:%M"));
            let topics = self.language.texts(&slot.topics).join(self.pick("; ", "、"));
            grid.row([Cell::new(time, Tone::Quiet), self.language.said(&slot.title).into(), topics.into()]);
        }
        page.block(self.pick("Kick-off", "キックオフ"), &grid);
        let mut groups = Grid::new([("", Side::Left), ("", Side::Left)]);
        for group in &kickoff.groups {
            let members = self.language.texts(&group.members).join(self.pick(", ", "、"));
            groups.row([Cell::new(self.language.said(&group.name), Tone::Quiet), members.into()]);
        }
        page.block("", &groups);
    }

    pub(super) fn readiness(self, page: &mut Page) {
        let mut grid = Grid::new([("", Side::Left), ("", Side::Left), ("", Side::Left)]);
        for requirement in self.plan.readiness().unwrap_or_default() {
            let why = requirement.why.as_ref().map_or_else(String::new, |why| self.language.said(why));
            grid.row([
                Cell::new(clean(&requirement.id), Tone::Quiet),
                self.need(&requirement.need).into(),
                why.into(),
            ]);
        }
        page.block(self.pick("What it needs to be there", "環境の準備"), &grid);
    }

    fn need(self, need: &Need) -> String {
        match need {
            Need::Server { host, resource, at_least } => {
                let host = clean(host);
                match (self.language, resource) {
                    (Language::En, _) => format!("{host}: at least {at_least} {resource}"),
                    (Language::Ja, Resource::Cpus) => format!("{host}：CPU {at_least}個以上"),
                    (Language::Ja, Resource::MemoryMib) => format!("{host}：空きメモリー{at_least} MiB以上"),
                    (Language::Ja, Resource::DiskMib) => format!("{host}：空きディスク{at_least} MiB以上"),
                    (Language::Ja, Resource::NetworkMbits) => format!("{host}：回線{at_least} Mbit/s以上"),
                }
            }
            Need::Service { address } => {
                let address = clean(address);
                self.pick(format!("{address} answers"), format!("{address}が応答する"))
            }
            Need::Variable { name } => {
                let name = clean(name);
                self.pick(format!("the variable {name} is set"), format!("環境変数{name}が設定されている"))
            }
            _ => String::new(),
        }
    }
}
