//! Promotion: whether a version may go on to the next environment, and whether one may go back to an older version.
//!
//! Both are calculations over a record of [`Deed`]s: what happened to which version where. They answer as a
//! [`Ruling`], which a release asks for before it begins.
//!
//! What is known from Kargo is kept where it is sound, and is other where it is not:
//!
//! | | Kargo | here, and why |
//! |---|---|---|
//! | availability | verified upstream, in all or in one | the same |
//! | soak | counts from when the version arrived upstream; the longest stay counts | counts from when it was verified there: time in which nobody knew whether it works is no soak; of several stays the longest counts |
//! | rollback upstream | what was verified stays verified | a rollback there takes the verification and the soak back: somebody learned something |
//! | approval | makes a version available that nothing verified | comes on top of what was verified: who wants to skip an environment changes the rule |
//! | hold after a manual rollback | no automatic promotion into that stage, of any version | of that version: the next one, which mends it, needs no lift. An approval does not lift it, a lift with who and why does |
//! | automatic rollback | the same version may be promoted again at once | it must be verified upstream anew, or lifted: otherwise it comes and goes in circles |
//! | target of a rollback | the last verified one | the same, and not one that was itself rolled back since |

mod back;
mod policy;
mod record;
mod rollout;

pub use back::{last_good, rollback, way_back};
pub use policy::{
    EnvironmentId, EnvironmentIdError, Leave, PolicyError, PromotionPolicy, PromotionPolicySpec,
    PromotionRule, Upstream,
};
pub use record::{Deed, Trigger, What};
pub use rollout::deeds;

use crate::plan::Version;
use chrono::{DateTime, TimeDelta, Utc};
use record::{Known, Standing};
use std::collections::BTreeMap;
use toban_core::{PersonId, Reason, Ruling, Verdict};

/// Whether this version may go into that environment: the rule of the environment, held against the record up to now.
///
/// It stops a version that somebody rejected, or that is there already; it holds one that is not verified or has not
/// soaked upstream, that a person rolled back there, or that nobody gave leave to. What is dated after `now` does not
/// count: where it is all that is missing, the ruling is undecided. A ruling holds until the record, read later, would
/// say something else.
#[must_use]
pub fn promotion(
    policy: &PromotionPolicy,
    record: &[Deed],
    version: &Version,
    target: &EnvironmentId,
    now: DateTime<Utc>,
) -> Ruling {
    let subject = format!("{version} to {target}");
    let Some(rule) = policy.rule(target) else {
        let reason = Reason::new("unknown-environment", "the policy does not know this environment");
        return Ruling::new(Verdict::Undecided, subject, reason.with_evidence("environment", target), now);
    };
    let known = Known::of(record, now);
    let mut case = Case { rule, record, known, version, target, now, found: Vec::new(), ends: Vec::new() };
    case.place();
    let since = case.hold();
    case.upstream(since);
    case.leave();
    case.ruling(subject)
}

/// What is found of one version on its way to one environment.
struct Case<'a> {
    rule: &'a PromotionRule,
    record: &'a [Deed],
    known: Known<'a>,
    version: &'a Version,
    target: &'a EnvironmentId,
    now: DateTime<Utc>,
    found: Vec<(Verdict, Reason)>,
    /// When soaks end that are under way.
    ends: Vec<DateTime<Utc>>,
}

impl Case<'_> {
    fn add(&mut self, verdict: Verdict, reason: Reason) {
        self.found.push((verdict, reason));
    }

    fn place(&mut self) {
        if self.known.running(self.target).is_some_and(|one| one.version == self.version) {
            self.add(Verdict::Stop, Reason::new("already-there", "this version runs there already"));
        }
    }

    /// Holds what was rolled back there; says since when upstream has to be seen anew.
    fn hold(&mut self) -> Option<DateTime<Utc>> {
        let (mut held, mut since) = (None, None);
        for deed in self.known.of_version(self.version, self.target) {
            match &deed.what {
                What::RollingBack { by, .. } | What::RolledBack { by, .. } => {
                    since = Some(deed.at);
                    if let Trigger::Person { by, why } = by {
                        held = Some((deed, by, why));
                    }
                }
                What::HoldLifted { why, .. } if !why.trim().is_empty() => (held, since) = (None, None),
                _ => {}
            }
        }
        if let Some((deed, by, why)) = held {
            let text = "a person rolled this version back there, and nobody has lifted the hold";
            let reason = Reason::new("held", text).with_evidence("by", by).with_evidence("why", why);
            let reason =
                reason.with_evidence("at", deed.at.to_rfc3339()).with_evidence("source", &deed.source);
            self.add(Verdict::Hold, reason);
        }
        since
    }

    fn upstream(&mut self, since: Option<DateTime<Utc>>) {
        let (environments, is_one_enough) = match &self.rule.upstream {
            Upstream::All(all) => (all, false),
            Upstream::Direct => return,
            Upstream::OneOf(any) => (any, true),
        };
        let mut lacks = Vec::new();
        for environment in environments {
            let standing = self.known.standing(self.version, environment, since, self.now);
            lacks.extend(self.lack(environment, standing, since));
        }
        if is_one_enough && lacks.len() < environments.len() {
            return;
        }
        let ends: Vec<_> = lacks.iter().filter_map(|(_, _, end)| *end).collect();
        // One that has no end yet keeps all of them from being enough.
        let end = if is_one_enough {
            ends.into_iter().min()
        } else {
            ends.iter().max().copied().filter(|_| ends.len() == lacks.len())
        };
        self.ends.extend(end);
        for (verdict, reason, _) in lacks {
            self.add(verdict, reason);
        }
    }

    /// What is missing of an environment upstream, and when time alone will bring it.
    fn lack(
        &self,
        environment: &EnvironmentId,
        standing: Standing<'_>,
        since: Option<DateTime<Utc>>,
    ) -> Option<(Verdict, Reason, Option<DateTime<Utc>>)> {
        let Some(verified) = standing.verified else {
            let is_coming = self.record.iter().any(|deed| {
                deed.is_of(self.version, environment) && deed.at > self.now && deed.what == What::Verified
            });
            let (verdict, code, text) = if is_coming {
                (Verdict::Undecided, "future", "it is verified upstream at a time that has not come yet")
            } else if let Some(deed) = standing.rolled_back {
                let text = match deed.what {
                    What::RollingBack { .. } => "it is being rolled back upstream",
                    What::RollbackFailed { .. } => "its rollback upstream does not work",
                    _ => "it was rolled back upstream, and has not been verified there since",
                };
                let reason = Reason::new("rolled-back-upstream", text).with_evidence("in", environment);
                return Some((Verdict::Hold, reason.with_evidence("at", deed.at.to_rfc3339()), None));
            } else if since.is_some() {
                let text = "it was rolled back there, and has not been verified upstream since";
                (Verdict::Hold, "not-verified-since", text)
            } else {
                (Verdict::Hold, "not-verified", "it is not verified upstream")
            };
            return Some((verdict, Reason::new(code, text).with_evidence("in", environment), None));
        };
        if standing.soaked >= self.rule.soak {
            return None;
        }
        let (code, text) = if standing.runs_since.is_some() {
            ("soaking", "it has not soaked upstream for long enough")
        } else {
            ("replaced", "another version took its place upstream before it had soaked for long enough")
        };
        let reason = Reason::new(code, text)
            .with_evidence("in", environment)
            .with_evidence("verified", verified.at.to_rfc3339())
            .with_evidence("source", &verified.source)
            .with_evidence("soaked", minutes(standing.soaked))
            .with_evidence("asked for", minutes(self.rule.soak));
        let end = standing.runs_since.and_then(|since| since.checked_add_signed(self.rule.soak));
        Some((Verdict::Hold, reason, end))
    }

    fn leave(&mut self) {
        let may = |by: &PersonId| match &self.rule.leave {
            Leave::Automatic | Leave::Anybody => true,
            Leave::OneOf(people) => people.contains(by),
        };
        // The last word of each person counts. Leave that was given before a rollback there was given for something
        // that nobody would give it for now; a no stays a no.
        let mut words: BTreeMap<&PersonId, Option<(bool, &Deed)>> = BTreeMap::new();
        for deed in self.known.of_version(self.version, self.target) {
            match &deed.what {
                What::Approved { by, .. } if may(by) => drop(words.insert(by, Some((true, deed)))),
                What::Rejected { by, .. } if may(by) => drop(words.insert(by, Some((false, deed)))),
                What::RollingBack { .. } | What::RolledBack { .. } => {
                    words
                        .values_mut()
                        .filter(|word| matches!(word, Some((true, _))))
                        .for_each(|word| *word = None);
                }
                _ => {}
            }
        }
        let rejections =
            words.iter().filter_map(|(by, word)| word.filter(|word| !word.0).map(|word| (by, word.1)));
        let rejections: Vec<_> = rejections
            .map(|(by, deed)| {
                let reason =
                    Reason::new("rejected", "somebody who may say so rejected it").with_evidence("by", by);
                reason.with_evidence("at", deed.at.to_rfc3339()).with_evidence("source", &deed.source)
            })
            .collect();
        let is_approved = words.values().any(|word| matches!(word, Some((true, _))));
        let is_coming = self.record.iter().any(|deed| {
            let is_leave = matches!(&deed.what, What::Approved { by, .. } if may(by));
            deed.is_of(self.version, self.target) && deed.at > self.now && is_leave
        });
        for reason in rejections {
            self.add(Verdict::Stop, reason);
        }
        if self.rule.leave == Leave::Automatic || is_approved {
            return;
        }
        let (verdict, reason) = if is_coming {
            (Verdict::Undecided, Reason::new("future", "leave is given at a time that has not come yet"))
        } else {
            (Verdict::Hold, Reason::new("no-leave", "nobody who may has given leave"))
        };
        self.add(verdict, reason);
    }

    fn ruling(mut self, subject: String) -> Ruling {
        self.found.sort_by_key(|(verdict, _)| match verdict {
            Verdict::Stop => 0,
            Verdict::Hold => 1,
            Verdict::Undecided => 2,
            Verdict::Go => 3,
        });
        let is_near = |deed: &&Deed| deed.at > self.now && self.concerns(deed);
        let news = self.record.iter().filter(is_near).map(|deed| deed.at).min();
        let end = self.ends.iter().copied().filter(|end| *end > self.now).min();
        let next = news.into_iter().chain(end).min();
        let verdict = self.found.first().map_or(Verdict::Go, |(verdict, _)| *verdict);
        let all_seen =
            Reason::new("all-seen", "everything that the rule of the environment asks for has been seen");
        let mut reasons: Vec<_> = self.found.into_iter().map(|(_, reason)| reason).collect();
        if reasons.is_empty() {
            reasons.push(all_seen.clone());
        }
        let mut ruling = Ruling::new(verdict, subject, all_seen, self.now);
        (ruling.reasons, ruling.valid_until, ruling.recheck_at) = (reasons, next, next);
        ruling
    }

    /// Whether a deed may change this ruling.
    fn concerns(&self, deed: &Deed) -> bool {
        let upstream: &[EnvironmentId] = match &self.rule.upstream {
            Upstream::All(all) | Upstream::OneOf(all) => all,
            Upstream::Direct => &[],
        };
        deed.environment == *self.target || upstream.contains(&deed.environment)
    }
}

/// A length for people.
fn minutes(length: TimeDelta) -> String {
    format!("{} min", length.num_minutes())
}
