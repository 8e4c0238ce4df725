//! Composites as JSON.

use super::kinds::{AboutWire, FindingWire, LengthWire, RatioWire, ReadingWire, instant};
use crate::slo::CompositeSection;
use serde::Serialize;
use toban_slo::{Absence, CompositeBurnReport, Member, MemberReport};

#[derive(Serialize)]
pub(super) struct CompositeWire<'a> {
    name: &'a str,
    #[serde(flatten)]
    about: AboutWire<'a>,
    at: String,
    window: String,
    length: LengthWire,
    start: Option<String>,
    end: Option<String>,
    target: RatioWire,
    sli: Option<RatioWire>,
    is_frozen: bool,
    is_partial: bool,
    allowed: Option<RatioWire>,
    left: Option<RatioWire>,
    spent: Option<RatioWire>,
    spent_of_whole: Option<RatioWire>,
    min_coverage: RatioWire,
    burn_rates: Vec<CompositeBurnWire>,
    members: Vec<MemberWire<'a>>,
    findings: Vec<FindingWire<'a>>,
}

#[derive(Serialize)]
struct CompositeBurnWire {
    window: LengthWire,
    burn: Option<RatioWire>,
    sli: Option<RatioWire>,
}

#[derive(Serialize)]
struct MemberWire<'a> {
    name: &'a str,
    weight: RatioWire,
    taken_as: Option<RatioWire>,
    absence: Option<&'static str>,
    counted: Option<ReadingWire>,
    slots_of_whole: Option<u64>,
}

impl<'a> CompositeWire<'a> {
    pub(super) fn of(section: &'a CompositeSection<'a>) -> Self {
        let CompositeSection { composite, report, .. } = section;
        let window = composite.window();
        let (interval, budget) = (window.at(report.at), report.budget.as_ref());
        Self {
            name: &report.name,
            about: AboutWire::of(&section.about),
            at: instant(report.at),
            window: window.to_string(),
            length: LengthWire::of(window.nominal_length()),
            start: interval.map(|interval| instant(interval.start())),
            end: interval.map(|interval| instant(interval.end())),
            target: RatioWire::of_share(report.objective.target()),
            sli: report.good.map(RatioWire::of_share),
            is_frozen: report.is_frozen(),
            is_partial: report.is_partial(),
            allowed: budget.map(|budget| RatioWire::of(budget.allowed)),
            left: budget.map(|budget| RatioWire::of_balance(budget.left)),
            spent: budget.and_then(|budget| RatioWire::of_burn(budget.spent)),
            spent_of_whole: report.whole.and_then(|whole| RatioWire::of_burn(whole.spent)),
            min_coverage: RatioWire::of_share(composite.min_coverage()),
            burn_rates: report.burn_rates.iter().map(CompositeBurnWire::of).collect(),
            members: composite.members().iter().zip(&report.members).map(MemberWire::of).collect(),
            findings: section.about.findings.iter().map(FindingWire::of).collect(),
        }
    }
}

impl CompositeBurnWire {
    fn of(report: &CompositeBurnReport) -> Self {
        Self {
            window: LengthWire::of(report.window),
            burn: RatioWire::of_burn(report.burn),
            sli: report.good.map(RatioWire::of_share),
        }
    }
}

impl<'a> MemberWire<'a> {
    fn of((member, found): (&Member, &'a MemberReport)) -> Self {
        Self {
            name: &found.slo,
            weight: RatioWire::of(member.weight),
            taken_as: found.good.map(RatioWire::of_share),
            absence: found.absence.map(|absence| match absence {
                Absence::Bad => "bad",
                Absence::Freeze => "freeze",
                Absence::Good => "good",
                Absence::Ignore => "ignore",
            }),
            counted: found.reading.as_ref().map(ReadingWire::of),
            slots_of_whole: found.slots_of_whole,
        }
    }
}
