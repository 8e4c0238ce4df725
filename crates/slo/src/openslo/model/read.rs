//! Objectives, measures and composites.

use crate::{
    AlertPolicy, Budgeting, Composite, Indicator, Member, Objective, RatioOf, Sla, Slo, Window, duration,
};
use chrono::TimeDelta;
use std::collections::BTreeSet;
use toban_core::{Ratio, Share};

use super::super::annotation;
use super::super::bundle::{Bundle, Found};
use super::super::finding::{Finding, Level, Place, Problem};
use super::super::number::Number;
use super::super::path::Step;
use super::super::reference::Definition;
use super::super::sli::{DataSourceSpec, Metric, RawType, SliSpec};
use super::super::slo::{self, BudgetingMethod, SloSpec};
use super::{ComposedPromise, Measure, Model, Promise, Source, window};

/// Reads documents that have been checked, as far as that goes; all findings come beside the model.
pub(super) fn read<'a>(
    bundle: &'a Bundle,
    indicator: &dyn Fn(&Measure<'a>) -> Indicator,
    findings: Vec<Finding>,
) -> (Model<'a>, Vec<Finding>) {
    let checked = findings.len();
    let mut reader = Reader { bundle, indicator, findings, checked };
    let (mut promises, mut composites) = (Vec::new(), Vec::new());
    for found in bundle.all::<SloSpec>() {
        let windows = reader.windows(&found);
        let first = promises.len();
        for (number, objective) in found.spec.objectives.iter().enumerate() {
            promises.extend(reader.promise(&found, number, objective, windows.split_first()));
        }
        let members = promises.get(first..).unwrap_or_default();
        // Without one of its members a composite is another one.
        if let Some(main) = windows.first()
            && found.spec.is_composite()
            && members.len() == found.spec.objectives.len()
        {
            let composite = reader.composite(&found, *main, members);
            let members = (first..promises.len()).collect();
            composites.extend(composite.map(|composite| ComposedPromise {
                place: found.place.clone(),
                metadata: found.metadata,
                service: &found.spec.service,
                description: found.spec.description.as_deref(),
                composite,
                members,
            }));
        }
    }
    let findings = reader.findings;
    let warnings = findings.iter().filter(|finding| finding.level == Level::Warning).cloned().collect();
    (Model { promises, composites, warnings }, findings)
}

/// Goes through the documents and notes what the model refuses.
pub(super) struct Reader<'a, 'f> {
    pub(super) bundle: &'a Bundle,
    indicator: &'f dyn Fn(&Measure<'a>) -> Indicator,
    findings: Vec<Finding>,
    /// So many of them were there before.
    checked: usize,
}

impl<'a> Reader<'a, '_> {
    pub(super) fn error(&mut self, place: Place, problem: Problem) {
        self.note(Finding { level: Level::Error, place, problem });
    }

    /// Once, though several objectives may come by, and not where an error is known already.
    pub(super) fn note(&mut self, finding: Finding) {
        if !self.is_wrong(&finding.place) && !self.findings.contains(&finding) {
            self.findings.push(finding);
        }
    }

    /// Whether the check found an error there, or inside.
    fn is_wrong(&self, place: &Place) -> bool {
        let is_inside = |other: &Place| {
            other.document == place.document && other.path.steps().starts_with(place.path.steps())
        };
        let mut checked = self.findings.iter().take(self.checked);
        checked.any(|finding| finding.level == Level::Error && is_inside(&finding.place))
    }

    /// What there is, or a note of what is wrong there.
    fn or_note<T>(&mut self, place: &Place, result: Result<T, Problem>) -> Option<T> {
        result.map_err(|problem| self.error(place.clone(), problem)).ok()
    }

    /// A number as the model has it.
    pub(super) fn ratio(&mut self, place: &Place, value: Number) -> Option<Ratio> {
        let allowed = "[0, ∞), with at most 18 decimals";
        self.or_note(place, value.to_ratio().map_err(|_| Problem::OutOfRange { value, allowed }))
    }

    fn windows(&mut self, found: &Found<'_, SloSpec>) -> Vec<Window> {
        let mut windows = Vec::new();
        for (number, window) in found.spec.time_window.iter().enumerate() {
            let place = found.inside(["spec".into(), "timeWindow".into(), number.into()]);
            windows.extend(self.or_note(&place, window::of_time_window(window)));
        }
        let has_main = !windows.is_empty();
        let extra = found.metadata.annotations.get(annotation::WINDOWS).map(|text| annotation::windows(text));
        for window in extra.and_then(Result::ok).unwrap_or_default() {
            windows
                .extend(self.or_note(&found.annotation(annotation::WINDOWS), window::of_annotation(&window)));
        }
        // Where the main one is none, no other takes its place: alerts that do not fit that would be told as wrong.
        if has_main { windows } else { Vec::new() }
    }

    fn promise(
        &mut self,
        found: &Found<'a, SloSpec>,
        number: usize,
        objective: &'a slo::Objective,
        windows: Option<(&Window, &[Window])>,
    ) -> Option<Promise<'a>> {
        let spec = found.spec;
        let place = found.inside(["spec".into(), "objectives".into(), number.into()]);
        let own = self.indicator(objective.indicator.as_ref(), objective.indicator_ref.as_deref(), &place);
        let shared = self.indicator(
            spec.indicator.as_ref(),
            spec.indicator_ref.as_deref(),
            &found.inside(["spec".into()]),
        );
        let measure = own.or(shared).and_then(|found| self.measure(&found, objective, &place));
        // Without a measure its alerts can be wrong all the same.
        let indicator = measure.as_ref().map_or(Indicator::Availability, self.indicator);
        let (main, more) = windows?;
        let target = self.target(objective, &place)?;
        let budgeting = self.budgeting(spec.budgeting_method, objective, &place)?;
        let slo = Slo::new(name(found, number), indicator, target, *main);
        let slo = more.iter().fold(slo, |slo, window| slo.with_window(*window));
        let slices = step(&place, "timeSliceWindow");
        let slo = self.or_note(&slices, slo.with_budgeting(budgeting).map_err(|_| Problem::ZeroDuration))?;
        let slo = match self.contract(found) {
            Some(contract) => {
                if target < contract.objective {
                    let problem = Problem::LooserThanContract { contract: contract.objective };
                    self.note(Finding { level: Level::Warning, place: place.clone(), problem });
                }
                slo.with_sla(contract)
            }
            None => slo,
        };
        let alert_policy = self.alert_policy(found, &slo);
        if let Some(slice) = budgeting.slice() {
            self.whole_slices(slice, &slo, &alert_policy, &slices);
        }
        let description = spec.description.as_deref();
        let (metadata, service) = (found.metadata, spec.service.as_str());
        Some(Promise { place, metadata, service, description, slo, alert_policy, measure: measure? })
    }

    /// Windows end in the middle of no slice, those of alerts neither.
    fn whole_slices(&mut self, slice: TimeDelta, slo: &Slo, policy: &AlertPolicy, place: &Place) {
        let windows = slo.windows().chain(slo.sla().map(|sla| sla.window));
        let is_off = |window: &TimeDelta| duration::millis(*window) % duration::millis(slice).max(1) != 0;
        if let Some(window) = windows.filter_map(|window| window.length()).find(is_off) {
            self.error(place.clone(), Problem::SliceOffWindow { slice, window });
        }
        if let Err(error) = policy.resolved_by(slice) {
            self.error(place.clone(), Problem::Alert(error));
        }
    }

    fn contract(&mut self, found: &Found<'a, SloSpec>) -> Option<Sla> {
        let text = found.metadata.annotations.get(annotation::SLA)?;
        let annotation::Contract { objective, window, terms } = text.parse().ok()?;
        let window = self.or_note(&found.annotation(annotation::SLA), window::of_annotation(&window))?;
        Some(Sla::new(objective, window, terms))
    }

    /// The definition of an indicator in place or by name, in the fields of what stands at `holder`.
    fn indicator(
        &self,
        inline: Option<&'a Definition<SliSpec>>,
        named: Option<&str>,
        holder: &Place,
    ) -> Option<Found<'a, SliSpec>> {
        match inline {
            Some(Definition { metadata, spec }) => {
                Some(Found { place: step(holder, "indicator"), metadata, spec })
            }
            None => self.bundle.find(named?),
        }
    }

    fn measure(
        &mut self,
        indicator: &Found<'a, SliSpec>,
        objective: &slo::Objective,
        place: &Place,
    ) -> Option<Measure<'a>> {
        if let Some(metric) = &indicator.spec.threshold_metric {
            let value = self.source(metric, indicator.inside(["spec".into(), "thresholdMetric".into()]))?;
            let limit = self.ratio(&step(place, "value"), objective.value?)?;
            return Some(Measure::Threshold { value, comparison: objective.op?.into(), limit });
        }
        let ratio = indicator.spec.ratio_metric.as_ref()?;
        let at = |field: &'static str| indicator.inside(["spec".into(), "ratioMetric".into(), field.into()]);
        if let Some(raw) = &ratio.raw {
            let of = match ratio.raw_type? {
                RawType::Failure => RatioOf::Failure,
                RawType::Success => RatioOf::Success,
            };
            return Some(Measure::PrecomputedRatio { ratio: self.source(raw, at("raw"))?, of });
        }
        let (counter, total) = (ratio.counter, self.source(ratio.total.as_ref()?, at("total"))?);
        match (&ratio.good, &ratio.bad) {
            (Some(good), _) => {
                Some(Measure::GoodOfTotal { good: self.source(good, at("good"))?, total, counter })
            }
            (None, Some(bad)) => {
                Some(Measure::BadOfTotal { bad: self.source(bad, at("bad"))?, total, counter })
            }
            (None, None) => None,
        }
    }

    fn source(&self, metric: &'a Metric, place: Place) -> Option<Source<'a>> {
        let source = &metric.metric_source;
        let data_source =
            source.metric_source_ref.as_ref().and_then(|name| self.bundle.find::<DataSourceSpec>(name));
        let place = step(&place, "metricSource");
        let (system, system_place) = match (&source.source_type, &data_source) {
            (Some(own), _) => (own, step(&place, "type")),
            (None, Some(found)) => (&found.spec.source_type, found.inside(["spec".into(), "type".into()])),
            (None, None) => return None,
        };
        Some(Source {
            system,
            system_place,
            spec: &source.spec,
            connection: data_source.map(|found| &found.spec.connection_details),
            place: step(&place, "spec"),
        })
    }

    fn target(&mut self, objective: &slo::Objective, place: &Place) -> Option<Objective> {
        let (field, value, full) = match (objective.target, objective.target_percent) {
            (Some(target), _) => ("target", target, 1),
            (None, Some(percent)) => ("targetPercent", percent, 100),
            (None, None) => return None,
        };
        let place = step(place, field);
        if self.is_wrong(&place) {
            return None;
        }
        let ratio = self.ratio(&place, value)?.checked_div(Ratio::whole(full));
        let share = Share::new(ratio?).map_err(|_| Problem::FullTarget);
        self.or_note(&place, share.and_then(|share| Objective::new(share).map_err(Problem::Objective)))
    }

    fn budgeting(
        &mut self,
        method: BudgetingMethod,
        objective: &slo::Objective,
        place: &Place,
    ) -> Option<Budgeting> {
        if method == BudgetingMethod::Occurrences {
            return Some(Budgeting::Occurrences);
        }
        let window = objective.time_slice_window?;
        let slice = window.length().ok_or(Problem::NoSlice { window });
        let slice = self.or_note(&step(place, "timeSliceWindow"), slice)?;
        if method == BudgetingMethod::RatioTimeslices {
            return Some(Budgeting::RatioTimeslices { slice });
        }
        let place = step(place, "timeSliceTarget");
        let (value, allowed) = (objective.time_slice_target?, "(0, 1]");
        let target = self.ratio(&place, value)?;
        let target = Share::new(target).map_err(|_| Problem::OutOfRange { value, allowed });
        self.or_note(&place, target).map(|target| Budgeting::Timeslices { slice, target })
    }

    /// The composite of an SLO, if it says what OpenSLO does not: its own target, and what silence means.
    fn composite(
        &mut self,
        found: &Found<'_, SloSpec>,
        window: Window,
        members: &[Promise<'_>],
    ) -> Option<Composite> {
        let text = |key| found.metadata.annotations.get(key).map(String::as_str);
        let target = annotation::composite_target(text(annotation::COMPOSITE_TARGET)?).ok()?;
        let absence = annotation::when_absent(text(annotation::WHEN_ABSENT)?).ok()?;
        let mut weighed = Vec::new();
        for (number, (objective, member)) in found.spec.objectives.iter().zip(members).enumerate() {
            let place =
                found.inside(["spec".into(), "objectives".into(), number.into(), "compositeWeight".into()]);
            let weight = self.ratio(&place, objective.composite_weight.unwrap_or_else(|| 1_u64.into()))?;
            weighed.push(Member::new(member.slo.clone(), weight, absence));
        }
        let place = found.inside(["spec".into(), "objectives".into()]);
        let composite = Composite::new(&found.metadata.name, target, window, weighed);
        self.or_note(&place, composite.map_err(Problem::Composite))
    }
}

/// The name of an objective of an SLO.
fn name(found: &Found<'_, SloSpec>, number: usize) -> String {
    let (slo, objectives) = (&found.metadata.name, &found.spec.objectives);
    if objectives.len() == 1 {
        return slo.clone();
    }
    let names: BTreeSet<_> =
        objectives.iter().filter_map(|objective| objective.display_name.as_deref()).collect();
    match objectives.get(number).and_then(|objective| objective.display_name.as_deref()) {
        Some(name) if names.len() == objectives.len() => format!("{slo}/{name}"),
        _ => format!("{slo}/{}", number + 1),
    }
}

fn step(place: &Place, field: &'static str) -> Place {
    Place { document: place.document, path: place.path.then(Step::from(field)) }
}
