//! A release of a small shop: its plan, a draft that lacks much, what a gate says, and records of how it went.

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use toban_core::testing::FakeClock;
use toban_core::{Clock, Reason, Ruling, Verdict};
use toban_durable::testing::block_on;
use toban_durable::{Entry, History, MemoryJournal, Order, Perform, Run, Settled, history, settle};
use toban_release_core::judge::Reading;
use toban_release_core::plan::{Plan, PlanDraft, Review, review};
use toban_release_core::rollout::{Course, Effect, Outcome, Phase, Request, Rollout, State};

fn both(ja: &str, en: &str) -> Value {
    json!({"ja": ja, "en": en})
}

fn step(id: &str, item: Value, owner: Value, takes: &str) -> Value {
    json!({
        "id": id, "item": item, "owner": owner, "command": ["./shop", id], "time_out": "5m", "takes": takes,
        "checks": [both("正常終了", "it ends well")],
    })
}

fn kind(mut step: Value, kind: Value) -> Value {
    step["kind"] = kind;
    step
}

/// A migration in three phases behind a canary.
pub(crate) fn draft() -> Value {
    let lead = || json!({"role": "operations-lead"});
    let person = |id: &str| json!({"person": id});
    let database = |phase: &str, to: &str| json!({"database": {"phase": phase, "to": to}});
    let mut deploy = kind(
        step(
            "deploy",
            both("新バージョンへトラフィックを移す", "Move traffic to the new version"),
            lead(),
            "4m",
        ),
        json!("deploy"),
    );
    deploy["command"] = json!(["./shop", "weight", "{weight}", "--version", "{version}"]);
    deploy["repeatable"] = json!(true);
    let smoke = json!({
        "id": "smoke", "item": both("動作確認", "Smoke test"), "owner": person("mori"), "takes": "1m",
        "kind": "smoke_test",
        "manual": both("商品を一つ購入し、領収書を確認する", "buy one article and look at the receipt"),
        "checks": [both("購入できる", "the purchase goes through"), both("領収書が届く", "the receipt arrives")],
    });
    let mut contract = kind(
        step("contract", both("旧列を削除する", "Drop the old column"), person("sato"), "30s"),
        database("contract", "s3"),
    );
    contract["forward_fix"] = json!({
        "plan": both("列を追加し直し、新しい列から埋める", "add the column again and fill it from the new one"),
        "acknowledged": {"by": "sato", "at": "2026-02-27T09:00:00Z"},
    });
    let mut back =
        kind(step("back", both("前バージョンへ戻す", "Bring traffic back"), lead(), "1m"), json!("deploy"));
    back["command"] = json!(["./shop", "weight", "0"]);
    back["repeatable"] = json!(true);
    let criteria = |stage: &str| {
        json!({
            "stage": stage,
            "success": [both("エラー率 0.1 %未満", "errors below 0.1 %"), both("p95 300 ms未満", "p95 below 300 ms")],
            "rollback": [{"severity": "critical", "text": both("エラー率 1 %超", "errors above 1 %")}],
        })
    };
    let check = |name: &str, limit: f64| {
        json!({
            "name": name, "query": format!("rate of {name}"),
            "judge": {"threshold": {"failure": {"at_least": limit}}},
            "schedule": {"until_end": {"interval": "1m", "after": "1m"}},
            "rules": {"strict": {
                "min_successes": 3, "max_failures": 0, "max_inconclusive": 0, "missing": "hold",
                "patience": {"retry": "30s", "hold_after": 2, "abort_after": 6},
            }},
        })
    };
    json!({
        "target": {
            "service": "shop", "version": "v1.4.0",
            "features": [both("ギフトカード", "gift cards"), both("検索の高速化", "a faster search")],
            "previous": {"release": {
                "version": "v1.3.9", "verified": {"at": "2026-02-01T09:00:00Z", "source": "REL-41"},
            }},
        },
        "environment": {"kind": "production", "demands": [
            "announcements", "artefacts", "approval", "backup", "checklists", "readiness", "rehearsal",
        ]},
        "schedule": {"start": "2026-03-02T01:00:00Z", "end": "2026-03-02T03:00:00Z"},
        "impact": {"downtime": "0s", "scope": both("利用者への影響なし", "nobody notices anything")},
        "author": "suzuki",
        "owner": lead(),
        "approvers": {"people": ["sato", "mori"], "rule": "two_persons"},
        "emergency": person("sato"),
        "contacts": [
            {"person": "suzuki", "name": both("鈴木", "Suzuki"), "channels": ["+81-3-0000-0001", "@suzuki"]},
            {"person": "mori", "name": both("森", "Mori"), "channels": ["@mori"]},
            {"person": "sato", "name": both("佐藤", "Sato"), "channels": ["+81-3-0000-0003"]},
        ],
        "roles": [{
            "role": "operations-lead", "name": both("運用リーダー", "Operations lead"),
            "duties": [both("全体の運用統括", "Leads all operations"), both("チーム管理", "Leads the team")],
            "authorities": [both("緊急時の判断", "Decides in an emergency")], "held_by": ["suzuki"],
        }],
        "preparation": {
            "backups": ["orders", "customers"],
            "artefacts": [{"name": "registry.example/shop:v1.4.0", "digest": format!("sha256:{}", "ab".repeat(32))}],
        },
        "announcements": [
            {"stakeholder": both("利用者", "users"), "occasion": "notice", "lead": "1d",
             "channel": "https://status.example", "by": person("mori")},
            {"stakeholder": both("サポート", "support"), "occasion": "started", "lead": "5m",
             "channel": "#support", "by": person("mori")},
            {"stakeholder": both("サポート", "support"), "occasion": "rolled_back", "lead": "5m",
             "channel": "#support", "by": lead()},
        ],
        "strategy": {"kind": "canary", "stages": [
            {"name": "5 %", "weight": 5, "soak": "5m"},
            {"name": "25 %", "weight": 25, "soak": "10m"},
            {"name": both("全員", "everybody")["en"], "weight": 100, "soak": "10m", "gate": "person"},
        ]},
        "stages": [criteria("5 %"), criteria("25 %"), criteria("everybody")],
        "database": {"migration": {"schemas": ["s1", "s2", "s3"], "compatible": [
            {"application": "v1.3.9", "schemas": ["s1", "s2"]},
            {"application": "v1.4.0", "schemas": ["s2", "s3"]},
        ]}},
        "steps": [
            kind(step("expand", both("新しい列を追加する", "Add the new column"), person("sato"), "1m"),
                database("expand", "s2")),
            kind(step("backfill", both("新しい列を埋める", "Fill the new column"), person("sato"), "2m"),
                database("backfill", "s2")),
            deploy,
            smoke,
            contract,
        ],
        "rollback": {
            "criteria": [
                {"severity": "critical", "text": both("注文が失われる", "orders are lost")},
                {"severity": "high", "text": both("エラー率 1 %超が5分続く", "errors above 1 % for five minutes")},
                {"severity": "medium", "text": both("p95 500 ms超", "p95 above 500 ms")},
            ],
            "steps": [back],
            "data_verification": [
                step("count", both("注文件数を照合する", "Count the orders on both sides"), person("sato"), "1m"),
            ],
            "checks": [
                kind(step("probe", both("主要画面を確認する", "Look at the main pages"), person("mori"), "1m"),
                    json!("smoke_test")),
            ],
        },
        "after": {
            "dashboards": ["https://grafana.example/d/shop", "https://grafana.example/d/orders"], "watch": "1h",
            "support": {"by": person("mori"), "channel": both("ヘルプデスク", "the help desk")},
            "declared_by": lead(),
        },
        "risks": [
            {"risk": both("デプロイ失敗", "A deployment fails"),
             "measure": both("自動ロールバック機能", "Automatic rollback"), "impact": "medium", "probability": "low"},
            {"risk": both("データ損失", "Data is lost"),
             "measure": both("自動バックアップ（日次・週次）", "Automatic backups, daily and weekly"),
             "impact": "high", "probability": "low"},
            {"risk": both("パフォーマンス劣化", "Performance gets worse"),
             "measure": both("継続的な監視とアラート", "Continuous monitoring and alerts"),
             "impact": "medium", "probability": "medium"},
        ],
        "checklists": [{"name": both("リリース前", "before the release"), "items": [
            {"id": "flags", "item": both("機能フラグを無効にする", "Turn the feature flags off"),
             "conditions": [both("全フラグが無効", "all flags are off")],
             "deliverables": [both("画面のコピー", "a screenshot")],
             "tests": [both("フラグ一覧が空である", "the list of flags is empty")]},
            {"id": "load", "item": both("負荷テストを行う", "Run the load test"),
             "conditions": [both("200 req/sで1時間", "200 req/s for an hour")],
             "deliverables": [both("負荷テスト報告書", "the report of the load test")],
             "tests": [both("p95 300 ms未満", "p95 below 300 ms")]},
        ]}],
        "kickoff": {"agenda": [
            {"start": "09:00:00", "end": "09:30:00", "title": both("オープニング", "Opening"),
             "topics": [both("プロジェクト概要説明", "What the project is"),
                        both("目標と成功基準の確認", "Goals and criteria of success")]},
            {"start": "09:30:00", "end": "10:30:00", "title": both("実施計画の詳細説明", "The plan in detail"),
             "topics": [both("役割と責任の確認", "Roles and duties")]},
        ], "groups": [
            {"name": both("運用チーム", "Operations"),
             "members": [both("運用リーダー", "Operations lead"), both("監視担当者", "Those who watch")]},
        ]},
        "readiness": [
            {"id": "disk", "need": {"server": {"host": "db1", "resource": "disk_mib", "at_least": 20000}},
             "why": both("新しい列の分", "the new column needs it")},
            {"id": "key", "need": {"variable": {"name": "PAYMENT_KEY"}}},
            {"id": "queue", "need": {"service": {"address": "queue.example:5672"}}},
        ],
        "limits": {},
        "rollout": {
            "checks": [check("errors", 0.01), check("p95", 0.3)],
            "triggers": [
                {"check": "errors", "severity": "critical"},
                {"check": "p95", "severity": {"high": {"clear_within": "3m"}}},
            ],
            "measure": ["./shop", "measure", "{query}"],
            "freezes": [{"start": "2026-03-06T09:00:00Z", "end": "2026-03-09T00:00:00Z", "why": "the weekend"}],
            "needs_ruling": true,
        },
    })
}

pub(crate) fn plan() -> Plan {
    let draft: PlanDraft = serde_json::from_value(draft()).unwrap();
    draft.build().unwrap_or_else(|refused| panic!("{refused:#?}"))
}

/// A draft that somebody has just begun.
pub(crate) fn unfinished() -> Review {
    let mut value = draft();
    for gone in ["author", "risks", "kickoff", "after", "stages"] {
        value.as_object_mut().unwrap().remove(gone);
    }
    value["rollback"].as_object_mut().unwrap().remove("data_verification");
    value["approvers"] = json!({"people": []});
    value["steps"][0].as_object_mut().unwrap().remove("command");
    value["steps"][1]["owner"] = json!({"person": "nobody"});
    value["steps"][2]["takes"] = json!("9m");
    value["checklists"][0]["items"][1].as_object_mut().unwrap().remove("tests");
    let draft: PlanDraft = serde_json::from_value(value).unwrap();
    review(&draft)
}

pub(crate) fn ruling() -> Ruling {
    let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
    let approval = Reason::new("approval-missing", "nobody who may has approved this revision")
        .with_evidence("revision", "sha256:0bd3…")
        .with_evidence("approvers", "sato, mori");
    let notice =
        Reason::new("announcement-overdue", "a notice is overdue: the users were to be told a day before")
            .with_evidence("due", "2026-03-01 01:00 UTC");
    let mut ruling = Ruling::new(
        Verdict::Hold,
        "release of shop v1.4.0 to production",
        approval,
        at("2026-03-02T00:30:00Z"),
    );
    ruling.reasons.push(notice);
    ruling.valid_until = Some(at("2026-03-02T01:00:00Z"));
    ruling
}

/// What the plan has a machine follow.
pub(crate) fn course() -> Course {
    plan().course().unwrap()
}

/// Answers each measurement in turn; the last answer stands. All else it does.
#[derive(Debug)]
struct World {
    answers: Mutex<BTreeMap<String, Vec<f64>>>,
    clock: Arc<FakeClock>,
}

#[async_trait]
impl Perform<Rollout> for World {
    async fn perform(&self, order: &Order<Effect>) -> Outcome {
        self.clock.advance(match &order.effect {
            Effect::Step { .. } => TimeDelta::seconds(40),
            Effect::SetWeight { .. } => TimeDelta::seconds(3),
            _ => TimeDelta::zero(),
        });
        let Effect::Measure { name, .. } = &order.effect else { return Outcome::Done };
        let mut answers = self.answers.lock().unwrap();
        let left = answers.get_mut(name).unwrap();
        Outcome::Read(Reading::Value(if left.len() > 1 { left.remove(0) } else { left[0] }))
    }
}

/// A release in the hands of people, and its journal.
pub(crate) struct Release {
    run: Run<Rollout>,
    clock: Arc<FakeClock>,
    journal: Arc<MemoryJournal>,
    world: World,
}

impl Release {
    pub(crate) fn proposed(course: Course, answers: &[(&str, &[f64])]) -> Self {
        let clock = Arc::new(FakeClock::new());
        clock.jump("2026-03-02T00:58:00Z".parse::<DateTime<Utc>>().unwrap() - clock.wall());
        let journal = Arc::new(MemoryJournal::new());
        let run = Run::open(Arc::clone(&journal) as _, Arc::clone(&clock) as _, "shop");
        let mut run = block_on(run).unwrap().unwrap();
        block_on(run.claim("host-1", TimeDelta::hours(9))).unwrap().unwrap();
        let answers = answers.iter().map(|(name, values)| ((*name).to_owned(), values.to_vec()));
        let world = World { answers: Mutex::new(answers.collect()), clock: Arc::clone(&clock) };
        let mut release = Self { run, clock, journal, world };
        release.ask(Request::Propose { course: Box::new(course), by: "suzuki".into() });
        release
    }

    pub(crate) fn ask(&mut self, request: Request) {
        block_on(self.run.ask(&request)).unwrap().unwrap_or_else(|error| panic!("{error}"));
    }

    pub(crate) fn approve(&mut self) {
        let revision = self.state().course.as_ref().unwrap().revision.clone();
        self.ask(Request::Approve { by: "sato".into(), revision, why: "rehearsed on Friday, REL-42".into() });
        let valid_until = "2026-03-02T04:00:00Z".parse().unwrap();
        self.ask(Request::Rule {
            by: "toban slo".into(),
            why: "63 % of the budget is left".into(),
            verdict: toban_release_core::rollout::Ruled::Go,
            as_of: self.run.now().wall,
            valid_until,
        });
    }

    /// Goes on for so long, or until it is over.
    pub(crate) fn pass(&mut self, time: TimeDelta) {
        let mut left = time;
        while let Settled::Until(wakeup) = self.settle() {
            let wait = wakeup.wait(self.run.now()).unwrap_or(left).min(left);
            if left <= TimeDelta::zero() {
                break;
            }
            self.clock.advance(wait);
            left -= wait;
        }
    }

    fn settle(&mut self) -> Settled {
        block_on(settle(&mut self.run, &self.world)).unwrap().unwrap()
    }

    pub(crate) fn state(&self) -> &State {
        self.run.state()
    }

    pub(crate) fn entries(&self) -> Vec<Entry<Rollout>> {
        let read = block_on(history::<Rollout>(&*self.journal, "shop")).unwrap();
        let (History { entries, .. }, damage) = read.unwrap();
        assert!(damage.is_none(), "{damage:?}");
        entries
    }
}

/// The second stage shows errors.
pub(crate) fn rolled_back() -> Release {
    let mut release = Release::proposed(
        course(),
        &[("errors", &[0.002, 0.001, 0.003, 0.002, 0.004, 0.017]), ("p95", &[0.21])],
    );
    release.approve();
    release.pass(TimeDelta::minutes(60));
    release
}

/// All goes well, by the hands of people where they are asked.
pub(crate) fn completed() -> Release {
    let mut release = Release::proposed(course(), &[("errors", &[0.002]), ("p95", &[0.21])]);
    release.clock.advance(TimeDelta::minutes(7));
    release.approve();
    release.pass(TimeDelta::minutes(30));
    release.ask(Request::Open { by: "sato".into(), stage: 2, why: "the dashboards are quiet".into() });
    release.pass(TimeDelta::minutes(12));
    let Phase::Asking(about) = release.state().phase else { panic!("{}", release.state().phase) };
    release.ask(Request::Answer {
        by: "mori".into(),
        about: about.part(),
        why: "users see it".into(),
        is_done: true,
    });
    release.pass(TimeDelta::minutes(1));
    release
}
