//! Rules for objectives.

use toban_calendar::Zone;

use super::super::alert::AlertPolicySpec;
use super::super::annotation;
use super::super::document::Kind;
use super::super::finding::Problem;
use super::super::metadata::Metadata;
use super::super::number::Number;
use super::super::reference::Definition;
use super::super::shorthand::SliceWindow;
use super::super::sli::SliSpec;
use super::super::slo::{BudgetingMethod, Objective, SloSpec, TimeWindow};
use super::Checker;

const NEITHER: Problem = Problem::Missing {
    one_of: &["indicator", "indicatorRef"],
    because: "an SLO measures something, as a whole or in each objective",
};

/// What makes a composite of objectives with indicators of their own.
const COMPOSITE: [&str; 2] = [annotation::COMPOSITE_TARGET, annotation::WHEN_ABSENT];

impl Checker<'_> {
    pub(super) fn slo(&mut self, metadata: &Metadata, spec: &SloSpec) {
        self.description(spec.description.as_deref());
        self.service(&spec.service);
        let is_composite = spec.is_composite();
        let shared = self.indicator(spec.indicator.as_ref(), spec.indicator_ref.as_deref());
        match (is_composite, &shared) {
            (false, Shape::None) => self.error(NEITHER),
            (true, Shape::Ratio | Shape::Threshold | Shape::Unknown) => {
                let field = if spec.indicator.is_some() { "indicator" } else { "indicatorRef" };
                self.error_at(field, Problem::Both { fields: [field, "objectives[].indicator"] });
            }
            _ => {}
        }
        self.time_windows(&spec.time_window);
        self.objectives(metadata, spec, &shared);
        self.entries("alertPolicies", &spec.alert_policies, |checker, _, policy: &AlertPolicySpec| {
            checker.alert_policy(policy);
        });
        self.extra_windows(metadata);
        self.composite(metadata, is_composite);
        if is_composite && COMPOSITE.iter().all(|key| metadata.annotations.contains_key(*key)) {
            self.alerts_of_members(metadata, spec);
        }
    }

    /// Whoever gives a composite a target may expect that its alerts guard it.
    fn alerts_of_members(&mut self, metadata: &Metadata, spec: &SloSpec) {
        if metadata.annotations.contains_key(annotation::ALERT_POLICY) {
            self.at_annotation(annotation::ALERT_POLICY, |checker| checker.warn(Problem::AlertsOfMembers));
        }
        if !spec.alert_policies.is_empty() {
            self.warn_at("alertPolicies", Problem::AlertsOfMembers);
        }
    }

    /// What an indicator in place or by name looks like; what is wrong with it is noted.
    fn indicator(&mut self, inline: Option<&Definition<SliSpec>>, named: Option<&str>) -> Shape {
        let mut spec = None;
        if let Some(definition) = inline {
            self.at("indicator", |checker| {
                checker.definition(Kind::Sli, definition, |checker, _, spec| checker.sli(spec));
            });
            spec = Some(&definition.spec);
        }
        if let Some(name) = named {
            if inline.is_some() {
                self.error_at("indicatorRef", Problem::Both { fields: ["indicator", "indicatorRef"] });
            }
            let found = self.refers::<SliSpec>("indicatorRef", name);
            spec = spec.or(found.map(|found| found.spec));
        }
        match spec {
            None if inline.is_none() && named.is_none() => Shape::None,
            Some(SliSpec { ratio_metric: Some(_), threshold_metric: None, .. }) => Shape::Ratio,
            Some(SliSpec { ratio_metric: None, threshold_metric: Some(_), .. }) => Shape::Threshold,
            _ => Shape::Unknown,
        }
    }

    fn time_windows(&mut self, windows: &[TimeWindow]) {
        self.at("timeWindow", |checker| {
            if windows.len() != 1 {
                checker.error(Problem::WrongCount { found: windows.len(), allowed: "exactly one is" });
            }
            for (number, window) in windows.iter().enumerate() {
                checker.at(number, |checker| checker.time_window(window));
            }
        });
    }

    fn time_window(&mut self, window: &TimeWindow) {
        if window.duration.is_zero() {
            self.error_at("duration", Problem::ZeroDuration);
        }
        match (&window.calendar, window.is_rolling) {
            (None, Some(true)) if window.duration.unit().is_calendar() => {
                self.warn_at("duration", Problem::NominalLength);
            }
            (None, Some(true)) | (Some(_), None | Some(false)) => {}
            (Some(_), Some(true)) => {
                self.error_at("calendar", Problem::WindowBothWays);
            }
            (None, Some(false)) => self.error_at("isRolling", Problem::WindowNeitherWay { is_said: true }),
            (None, None) => self.error(Problem::WindowNeitherWay { is_said: false }),
        }
        if let Some(calendar) = &window.calendar {
            self.at("calendar", |checker| {
                if !is_zone(&calendar.time_zone) {
                    checker.error_at("timeZone", unknown_zone(&calendar.time_zone));
                }
            });
        }
    }

    fn extra_windows(&mut self, metadata: &Metadata) {
        let windows = metadata.annotations.get(annotation::WINDOWS).map(|text| annotation::windows(text));
        for window in windows.and_then(Result::ok).unwrap_or_default() {
            self.window_of(annotation::WINDOWS, &window);
        }
        let contract =
            metadata.annotations.get(annotation::SLA).map(|text| text.parse::<annotation::Contract>());
        if let Some(Ok(contract)) = contract {
            self.window_of(annotation::SLA, &contract.window);
        }
    }

    /// A window that an annotation names.
    fn window_of(&mut self, key: &'static str, window: &annotation::ExtraWindow) {
        match &window.time_zone {
            Some(zone) if !is_zone(zone) => {
                self.at_annotation(key, |checker| checker.error(unknown_zone(zone)));
            }
            None if window.duration.unit().is_calendar() => {
                self.at_annotation(key, |checker| checker.warn(Problem::NominalLength));
            }
            _ => {}
        }
    }

    fn composite(&mut self, metadata: &Metadata, is_composite: bool) {
        let missing = COMPOSITE.iter().filter(|key| !metadata.annotations.contains_key(**key)).count();
        match (is_composite, missing) {
            (true, 2) => self.warn_at("objectives", Problem::NoCompositeTarget),
            (true, 1) => {
                let (one_of, because): (&[_], _) = match metadata.annotations.contains_key(COMPOSITE[0]) {
                    true => (
                        &[annotation::WHEN_ABSENT],
                        "a composite with a target says what a silent objective counts as, `bad`, `freeze`, `good` \
                         or `ignore`",
                    ),
                    false => (
                        &[annotation::COMPOSITE_TARGET],
                        "what is silent counts against a target, such as `0.995`",
                    ),
                };
                self.error_at("objectives", Problem::Missing { one_of, because });
            }
            (false, 0 | 1) => {
                for key in COMPOSITE.into_iter().filter(|key| metadata.annotations.contains_key(*key)) {
                    let because = "the objectives have no indicators of their own";
                    self.at_annotation(key, |checker| checker.warn(Problem::Ignored { because }));
                }
            }
            _ => {}
        }
    }

    /// Looks at an annotation, from inside `spec`.
    fn at_annotation(&mut self, key: &'static str, look: impl FnOnce(&mut Self)) {
        let inside = std::mem::take(&mut self.place.path);
        self.at("metadata", |checker| checker.at("annotations", |checker| checker.at(key, look)));
        self.place.path = inside;
    }

    fn objectives(&mut self, metadata: &Metadata, spec: &SloSpec, shared: &Shape) {
        let is_composite = spec.is_composite();
        let may_be_full =
            metadata.annotations.get(annotation::FULL_TARGET).is_some_and(|it| it == annotation::ALLOWED);
        self.at("objectives", |checker| {
            let found = spec.objectives.len();
            if found == 0 || (found > 1 && !is_composite && matches!(shared, Shape::Threshold)) {
                let allowed =
                    if found == 0 { "at least one is" } else { "for a threshold metric exactly one is" };
                checker.error(Problem::WrongCount { found, allowed });
            }
            for (number, objective) in spec.objectives.iter().enumerate() {
                checker.at(number, |checker| {
                    let own =
                        checker.indicator(objective.indicator.as_ref(), objective.indicator_ref.as_deref());
                    if is_composite && matches!(own, Shape::None) {
                        checker.error(NEITHER);
                    }
                    checker.target(objective, may_be_full);
                    checker.threshold(objective, if is_composite { &own } else { shared });
                    checker.time_slices(objective, spec.budgeting_method);
                    checker.weight(objective.composite_weight, is_composite);
                });
            }
        });
    }

    fn target(&mut self, objective: &Objective, may_be_full: bool) {
        let (target, percent) = (objective.target, objective.target_percent);
        match (target, percent) {
            (None, None) => self.error(Problem::Missing {
                one_of: &["target", "targetPercent"],
                because: "an objective aims at something",
            }),
            (Some(_), Some(_)) => {
                self.error_at("targetPercent", Problem::Both { fields: ["target", "targetPercent"] })
            }
            _ => {}
        }
        for (field, value, full, allowed) in
            [("target", target, 1, "(0, 1)"), ("targetPercent", percent, 100, "(0, 100)")]
        {
            // What a target of 0 means is said where an objective is made of it.
            match value {
                Some(value) if value.compare_to(full).is_eq() && may_be_full => {
                    self.warn_at(field, Problem::FullTargetMeant);
                }
                Some(value) if value.compare_to(full).is_eq() => self.error_at(field, Problem::FullTarget),
                Some(value) => self.at_least_and_below(field, value, (0, full), allowed),
                None => {}
            }
        }
    }

    fn threshold(&mut self, objective: &Objective, indicator: &Shape) {
        for (field, is_there, one_of) in
            [("op", objective.op.is_some(), &["op"]), ("value", objective.value.is_some(), &["value"])]
        {
            match indicator {
                Shape::Threshold if !is_there => {
                    self.error(Problem::Missing {
                        one_of,
                        because: "a threshold metric is compared with a value",
                    });
                }
                Shape::Ratio if is_there => {
                    self.warn_at(
                        field,
                        Problem::Ignored { because: "only a threshold metric is compared with a value" },
                    );
                }
                _ => {}
            }
        }
    }

    fn time_slices(&mut self, objective: &Objective, method: BudgetingMethod) {
        let (target, window) = (objective.time_slice_target, objective.time_slice_window);
        let (needs_target, needs_window) = match method {
            BudgetingMethod::Occurrences => (false, false),
            BudgetingMethod::RatioTimeslices => (false, true),
            BudgetingMethod::Timeslices => (true, true),
        };
        let because = "the budgeting method counts time slices";
        if needs_target && target.is_none() {
            self.error(Problem::Missing { one_of: &["timeSliceTarget"], because });
        }
        if needs_window && window.is_none() {
            self.error(Problem::Missing { one_of: &["timeSliceWindow"], because });
        }
        if let Some(target) = target {
            self.positive("timeSliceTarget", target, Some(1), "(0, 1]");
            if !needs_target {
                let because = "only the budgeting method `Timeslices` asks whether a slice is good";
                self.warn_at("timeSliceTarget", Problem::Ignored { because });
            }
        }
        match window {
            Some(SliceWindow::Shorthand(shorthand)) if shorthand.is_zero() => {
                self.error_at("timeSliceWindow", Problem::ZeroDuration);
            }
            Some(SliceWindow::Minutes(minutes)) => self.positive("timeSliceWindow", minutes, None, "(0, ∞)"),
            _ => {}
        }
        if window.is_some() && !needs_window {
            let because = "the budgeting method `Occurrences` has no slices";
            self.warn_at("timeSliceWindow", Problem::Ignored { because });
        }
    }

    fn weight(&mut self, weight: Option<Number>, is_composite: bool) {
        let Some(weight) = weight else { return };
        self.positive("compositeWeight", weight, None, "(0, ∞)");
        if !is_composite {
            let because = "the objectives have no indicators of their own";
            self.warn_at("compositeWeight", Problem::Ignored { because });
        }
    }
}

/// What an indicator looks like.
enum Shape {
    None,
    Ratio,
    Threshold,
    Unknown,
}

/// An IANA name; a bare offset from UTC, which this crate would read, is none.
fn is_zone(name: &str) -> bool {
    !name.starts_with(['+', '-']) && Zone::parse(name).is_ok()
}

fn unknown_zone(name: &str) -> Problem {
    Problem::UnknownZone { name: name.chars().take(40).collect() }
}
