//! How traffic goes over to a new version: stage by stage, and back.

use chrono::TimeDelta;
use serde::de::{DeserializeSeed, Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;

/// A share of the traffic in whole percent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Weight(u8);

impl Weight {
    /// None of it.
    pub const NONE: Self = Self(0);
    /// All of it.
    pub const ALL: Self = Self(100);

    /// So many percent.
    ///
    /// # Errors
    /// When it is more than 100.
    pub fn percent(percent: u8) -> Result<Self, WeightError> {
        if percent > 100 { Err(WeightError { percent }) } else { Ok(Self(percent)) }
    }

    /// In percent.
    #[must_use]
    pub fn as_percent(self) -> u8 {
        self.0
    }

    /// What is left for the other version.
    #[must_use]
    pub fn rest(self) -> Self {
        Self(100 - self.0)
    }
}

impl fmt::Display for Weight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} %", self.0)
    }
}

impl TryFrom<u8> for Weight {
    type Error = WeightError;

    fn try_from(percent: u8) -> Result<Self, WeightError> {
        Self::percent(percent)
    }
}

impl From<Weight> for u8 {
    fn from(weight: Weight) -> Self {
        weight.0
    }
}

/// A weight of more than all traffic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{percent} % is more than all traffic: a weight is 0 to 100")]
pub struct WeightError {
    /// What was given.
    pub percent: u8,
}

/// Whether a person must say so before a stage begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gate {
    /// It begins by itself.
    #[default]
    Open,
    /// A person opens it.
    Person,
}

/// One step of the traffic towards the new version.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stage {
    /// What people call it.
    pub name: String,
    /// The share that the new version gets.
    pub weight: Weight,
    /// How long it must go well, in steady time.
    #[serde(with = "crate::plan::length::text")]
    pub soak: TimeDelta,
    /// What must happen before it begins.
    #[serde(default)]
    pub gate: Gate,
}

impl Stage {
    /// A stage that begins by itself.
    #[must_use]
    pub fn new(name: impl Into<String>, weight: Weight, soak: TimeDelta) -> Self {
        Self { name: name.into(), weight, soak, gate: Gate::Open }
    }

    /// A person opens it.
    #[must_use]
    pub fn gated(self) -> Self {
        Self { gate: Gate::Person, ..self }
    }
}

/// How traffic comes back when a rollout is undone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Return {
    /// All at once.
    #[default]
    Immediate,
    /// Through the weights that it came by, so that the old version can warm up; a critical trigger still returns all
    /// at once.
    Gradual,
}

/// A way from the old version to the new one: stages that rise to all traffic.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Given", into = "Given")]
pub struct Strategy {
    kind: StrategyKind,
    stages: Vec<Stage>,
    way_back: Return,
    limits: Option<RollingLimits>,
}

/// Which doctrine the stages follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StrategyKind {
    /// The new version stands beside the old one, is looked at without traffic, then gets all of it; the old one stays.
    BlueGreen,
    /// A growing share of the traffic.
    Canary,
    /// Instance after instance.
    Rolling,
    /// Named phases over days or weeks.
    Staged,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    kind: StrategyKind,
    #[serde(deserialize_with = "rising")]
    stages: Vec<Stage>,
    #[serde(default)]
    way_back: Return,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    limits: Option<RollingLimits>,
}

/// The stages of a file: one that cannot stand where it does is refused there, and not with the strategy as a whole.
fn rising<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Stage>, D::Error> {
    struct Rising;

    impl<'de> Visitor<'de> for Rising {
        type Value = Vec<Stage>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list of stages")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<Stage>, A::Error> {
            let mut stages = Vec::new();
            loop {
                let is_last = list.size_hint() == Some(1);
                match list.next_element_seed(Next { before: &stages, is_last })? {
                    Some(stage) => stages.push(stage),
                    None => return Ok(stages),
                }
            }
        }
    }

    /// A stage after those.
    struct Next<'a> {
        before: &'a [Stage],
        is_last: bool,
    }

    impl<'de> DeserializeSeed<'de> for Next<'_> {
        type Value = Stage;

        fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Stage, D::Error> {
            let stage = Stage::deserialize(deserializer)?;
            // Whether the first one may be without traffic is known once the kind is read.
            follow(self.before, &stage, StrategyKind::BlueGreen).map_err(D::Error::custom)?;
            if self.is_last {
                end(Some(&stage)).map_err(D::Error::custom)?;
            }
            Ok(stage)
        }
    }

    deserializer.deserialize_seq(Rising)
}

/// Whether a stage can come after those.
fn follow(before: &[Stage], stage: &Stage, kind: StrategyKind) -> Result<(), StrategyError> {
    let (place, weight) = (before.len(), stage.weight);
    let floor = before.last().map_or(Weight::NONE, |last| last.weight);
    let is_preview = place == 0 && kind == StrategyKind::BlueGreen && weight == Weight::NONE;
    if weight <= floor && !is_preview {
        return Err(StrategyError::NotRising { place, weight, before: floor });
    }
    if stage.soak < TimeDelta::zero() {
        return Err(StrategyError::Soak { place, soak: stage.soak });
    }
    Ok(())
}

/// Whether a strategy can end with that stage.
fn end(last: Option<&Stage>) -> Result<(), StrategyError> {
    match last.map(|stage| stage.weight) {
        None => Err(StrategyError::Empty),
        Some(Weight::ALL) => Ok(()),
        Some(weight) => Err(StrategyError::NotAll { weight }),
    }
}

impl TryFrom<Given> for Strategy {
    type Error = StrategyError;

    fn try_from(given: Given) -> Result<Self, StrategyError> {
        let strategy = Self::new(given.kind, given.stages)?.with_return(given.way_back);
        match given.limits {
            Some(_) if given.kind != StrategyKind::Rolling => Err(StrategyError::Limits { kind: given.kind }),
            Some(limits) if limits.batch() == 0 => Err(StrategyError::NoRoom),
            limits => Ok(Self { limits, ..strategy }),
        }
    }
}

impl From<Strategy> for Given {
    fn from(strategy: Strategy) -> Self {
        let Strategy { kind, stages, way_back, limits } = strategy;
        Self { kind, stages, way_back, limits }
    }
}

impl Strategy {
    /// These stages.
    ///
    /// # Errors
    /// When there is none, one is not above the one before, the last is not all traffic, only the first of a
    /// blue/green strategy may be without traffic, or a soak is negative.
    pub fn new(kind: StrategyKind, stages: Vec<Stage>) -> Result<Self, StrategyError> {
        for place in 0..stages.len() {
            if let Some((stage, before)) = stages.get(..=place).and_then(<[Stage]>::split_last) {
                follow(before, stage, kind)?;
            }
        }
        end(stages.last())?;
        Ok(Self { kind, stages, way_back: Return::Immediate, limits: None })
    }

    /// A growing share: 5, 25, 50, 100 percent, with the same soak each.
    #[must_use]
    pub fn canary(soak: TimeDelta) -> Self {
        let stage = |weight| Stage::new(format!("{weight} %"), Weight(weight), soak.max(TimeDelta::zero()));
        let stages = [5, 25, 50, 100].into_iter().map(stage).collect();
        Self { kind: StrategyKind::Canary, stages, way_back: Return::Immediate, limits: None }
    }

    /// The new version beside the old one: looked at without traffic for `preview`, opened by a person, then all
    /// traffic at once; the old version stays for `way_back`, so that the way back is a switch.
    #[must_use]
    pub fn blue_green(preview: TimeDelta, way_back: TimeDelta) -> Self {
        let stages = vec![
            Stage::new("preview", Weight::NONE, preview.max(TimeDelta::zero())),
            Stage::new("switched", Weight::ALL, way_back.max(TimeDelta::zero())).gated(),
        ];
        Self { kind: StrategyKind::BlueGreen, stages, way_back: Return::Immediate, limits: None }
    }

    /// Five named phases over weeks, from the first users to everybody; each begins when a person opens it. That there are
    /// five is a requirement; their names and weights are a proposal of this crate.
    #[must_use]
    pub fn five_phases(soak: TimeDelta) -> Self {
        let phases =
            [("first users", 1), ("early users", 10), ("a quarter", 25), ("half", 50), ("everybody", 100)];
        let stage = |(name, weight)| Stage::new(name, Weight(weight), soak.max(TimeDelta::zero())).gated();
        let stages = phases.into_iter().map(stage).collect();
        Self { kind: StrategyKind::Staged, stages, way_back: Return::Immediate, limits: None }
    }

    /// Batch after batch of so many instances, with a pause after each. A share of the traffic is that of the instances
    /// that are wholly in it: of three, 34 % are one and 33 % none.
    ///
    /// # Errors
    /// When there is no instance, neither one may be added nor one be missing, or one percent is more instances than
    /// may change at once.
    pub fn rolling(instances: u32, limits: RollingLimits, pause: TimeDelta) -> Result<Self, StrategyError> {
        let batch = limits.batch();
        if instances == 0 || batch == 0 {
            return Err(StrategyError::Rolling { instances, batch });
        }
        let mut stages: Vec<Stage> = Vec::new();
        let mut done = 0;
        while done < instances {
            let weight = wholly(done.saturating_add(batch).min(instances), instances);
            let reached = within(weight, instances);
            if reached == done {
                return Err(StrategyError::Coarse { instances, batch });
            }
            done = reached;
            stages.push(Stage::new(format!("{done} of {instances}"), weight, pause.max(TimeDelta::zero())));
        }
        let way_back = Return::Immediate;
        Ok(Self { kind: StrategyKind::Rolling, stages, way_back, limits: Some(limits) })
    }

    /// How traffic comes back.
    #[must_use]
    pub fn with_return(self, way_back: Return) -> Self {
        Self { way_back, ..self }
    }

    /// Which doctrine it follows.
    #[must_use]
    pub fn kind(&self) -> StrategyKind {
        self.kind
    }

    /// Its stages, rising to all traffic.
    #[must_use]
    pub fn stages(&self) -> &[Stage] {
        &self.stages
    }

    /// How traffic comes back.
    #[must_use]
    pub fn way_back(&self) -> Return {
        self.way_back
    }

    /// What a [rolling](Self::rolling) update was made to keep; `None` for every other strategy, and where its stages
    /// were chosen by hand.
    #[must_use]
    pub fn limits(&self) -> Option<RollingLimits> {
        self.limits
    }
}

/// How many of so many instances are wholly in a share of the traffic.
fn within(weight: Weight, instances: u32) -> u32 {
    let whole = u64::from(weight.0) * u64::from(instances) / 100;
    u32::try_from(whole).unwrap_or(instances)
}

/// The smallest share that as many instances are wholly in as can be, and no more than that.
fn wholly(most: u32, instances: u32) -> Weight {
    let shares = (0..=100).map(Weight);
    let reached =
        shares.clone().map(|share| within(share, instances)).take_while(|count| *count <= most).last();
    let mut shares = shares.skip_while(|share| Some(within(*share, instances)) < reached);
    shares.next().unwrap_or(Weight::ALL)
}

/// How many instances a rolling update may add, and how many may be missing meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RollingLimits {
    /// So many more than there are to be.
    pub surge: u32,
    /// So many fewer.
    pub unavailable: u32,
}

impl RollingLimits {
    /// How many may change at once.
    #[must_use]
    pub fn batch(self) -> u32 {
        self.surge.saturating_add(self.unavailable)
    }
}

/// Stages that lead nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StrategyError {
    /// Whole percents cannot keep the limits of a rolling update.
    #[error(
        "{instances} instances in batches of {batch}: one percent of them is more than may change at once, and stages \
         are whole percents"
    )]
    Coarse {
        /// All of them.
        instances: u32,
        /// How many may change at once.
        batch: u32,
    },
    /// There is no stage.
    #[error("a strategy needs a stage")]
    Empty,
    /// There are limits that nothing would keep.
    #[error("limits are for a rolling update, not for {kind:?}")]
    Limits {
        /// What has them.
        kind: StrategyKind,
    },
    /// No instance may change.
    #[error("a rolling update needs one instance that may be added or be missing")]
    NoRoom,
    /// Traffic would not all go over.
    #[error("the last stage has {weight}: a strategy ends with 100 %")]
    NotAll {
        /// Of the last stage.
        weight: Weight,
    },
    /// A stage goes down, or nowhere.
    #[error("stage {} has {weight}, which is not above {before}: stages rise", place + 1)]
    NotRising {
        /// Its place, from 0.
        place: usize,
        /// What it has.
        weight: Weight,
        /// What the one before has.
        before: Weight,
    },
    /// Nothing can move.
    #[error("{instances} instances in batches of {batch}: a rolling update needs at least one of each")]
    Rolling {
        /// All of them.
        instances: u32,
        /// How many may change at once.
        batch: u32,
    },
    /// A soak is negative.
    #[error("the soak of stage {} is {soak}: it cannot be negative", place + 1)]
    Soak {
        /// Its place, from 0.
        place: usize,
        /// What was given.
        soak: TimeDelta,
    },
}
