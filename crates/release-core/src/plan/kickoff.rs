//! The meeting that a release begins with.

use chrono::NaiveTime;
use serde::{Deserialize, Serialize};
use toban_core::Text;

/// An agenda and who takes part.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kickoff {
    /// アジェンダ: slots in the order of the day.
    pub agenda: Vec<AgendaSlot>,
    /// 参加者リスト: groups of participants.
    pub groups: Vec<ParticipantGroup>,
}

/// A stretch of the meeting, by the clock of those who meet.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgendaSlot {
    /// From when on.
    #[serde(deserialize_with = "super::moment::read_time_of_day")]
    pub start: NaiveTime,
    /// Until when.
    #[serde(deserialize_with = "super::moment::read_time_of_day")]
    pub end: NaiveTime,
    /// What it is called.
    pub title: Text,
    /// What is spoken about.
    pub topics: Vec<Text>,
}

/// People of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParticipantGroup {
    /// What they are called.
    pub name: Text,
    /// Who belongs to it.
    pub members: Vec<Text>,
}

impl Kickoff {
    /// A morning with four slots and four groups of people: opening, the plan, the team, questions.
    #[must_use]
    pub fn usual() -> Self {
        let at = |minutes: u32| {
            NaiveTime::from_num_seconds_from_midnight_opt(minutes * 60, 0).unwrap_or(NaiveTime::MIN)
        };
        let slot = |start, end, title: (&str, &str), topics: [(&str, &str); 3]| AgendaSlot {
            start: at(start),
            end: at(end),
            title: Text::new(title.0, title.1),
            topics: topics.map(|(ja, en)| Text::new(ja, en)).into(),
        };
        let group = |name: (&str, &str), members: [(&str, &str); 3]| ParticipantGroup {
            name: Text::new(name.0, name.1),
            members: members.map(|(ja, en)| Text::new(ja, en)).into(),
        };
        Self {
            agenda: vec![
                slot(
                    540,
                    570,
                    ("オープニング", "Opening"),
                    [
                        ("プロジェクト概要説明", "What the project is"),
                        ("目標と成功基準の確認", "Goals and criteria of success"),
                        ("タイムラインの共有", "The timeline"),
                    ],
                ),
                slot(
                    570,
                    630,
                    ("実施計画の詳細説明", "The plan in detail"),
                    [
                        ("展開フェーズの手順確認", "The steps of each phase"),
                        ("役割と責任の確認", "Roles and duties"),
                        ("リスクと対策の共有", "Risks and measures"),
                    ],
                ),
                slot(
                    630,
                    690,
                    ("チーム体制の確認", "The team"),
                    [
                        ("チームメンバーの紹介", "Who is who"),
                        ("担当領域の確認", "Who looks after what"),
                        ("コミュニケーション方法の確認", "How people reach each other"),
                    ],
                ),
                slot(
                    690,
                    720,
                    ("質疑応答", "Questions and answers"),
                    [
                        ("懸念事項の共有", "What worries people"),
                        ("リスクの洗い出し", "Further risks"),
                        ("対策の検討", "What can be done about them"),
                    ],
                ),
            ],
            groups: vec![
                group(
                    ("プロジェクト管理", "Project management"),
                    [
                        ("プロジェクトマネージャー", "Project manager"),
                        ("テクニカルリード", "Technical lead"),
                        ("品質管理責任者", "Head of quality"),
                    ],
                ),
                group(
                    ("開発チーム", "Development"),
                    [
                        ("フロントエンド開発者", "Frontend developers"),
                        ("バックエンド開発者", "Backend developers"),
                        ("インフラエンジニア", "Infrastructure engineers"),
                    ],
                ),
                group(
                    ("運用チーム", "Operations"),
                    [
                        ("運用リーダー", "Operations lead"),
                        ("監視担当者", "Those who watch"),
                        ("サポートメンバー", "Support"),
                    ],
                ),
                group(
                    ("ステークホルダー", "Stakeholders"),
                    [
                        ("システム管理者", "System administrators"),
                        ("セキュリティ担当者", "Security"),
                        ("ユーザー代表", "A voice of the users"),
                    ],
                ),
            ],
        }
    }

    /// The first slot that ends before it starts, or starts before the one before it has ended.
    #[must_use]
    pub fn misplaced(&self) -> Option<usize> {
        let mut before = NaiveTime::MIN;
        self.agenda.iter().position(|slot| {
            let is_misplaced = slot.start < before || slot.end <= slot.start;
            before = slot.end;
            is_misplaced
        })
    }
}
