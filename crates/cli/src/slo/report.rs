//! `toban slo report`.

use super::corrections::Corrections;
use super::lint;
use crate::args::{self, Format, Gate, Input};
use crate::definition::Definition;
use crate::failure::Failure;
use crate::output;
use crate::sources::{self, Data, Places};

use chrono::{DateTime, Utc};
use std::process::ExitCode;
use toban_core::Reason;
use toban_render::slo;
use toban_render::slo::{About, CompositeSection, Document, Section, TableOptions};
use toban_slo::openslo::{ComposedPromise, Model, Promise};
use toban_slo::{
    AlertPolicy, Composite, CompositeReport, Correction, Counts, History, LowTraffic, Report, Slo, evaluate,
    history,
};

/// A month by the minute: with fewer points a short peak would be lost between two of them.
const CHART_POINTS: usize = 50_000;

pub(crate) fn run(args: &args::Report) -> Result<ExitCode, Failure> {
    let definition = Definition::read(&args.input.spec)?;
    let model = model(&definition)?;
    let judged = Judged::new(&model, &args.input, args.at)?;
    // Only a page has charts.
    let histories = if args.format == Format::Html { judged.histories() } else { Vec::new() };
    let document = judged.document(&histories);
    let language = args.lang.into();
    let text = match args.format {
        Format::Table => {
            let (width, style) = output::style(&args.output);
            slo::table(&document, &TableOptions { width, style, language })
        }
        Format::Json => slo::json(&document),
        Format::Html => slo::html(&document, language),
    };
    output::write(&text, &args.output)?;
    Ok(ExitCode::SUCCESS)
}

/// What the documents promise; what is wrong with them, or with what they ask of their sources, comes with its places.
pub(crate) fn model(definition: &Definition) -> Result<Model<'_>, Failure> {
    let (model, findings) = lint::survey(definition);
    if lint::errors(&findings) > 0 { Err(Failure::findings(findings.render())) } else { Ok(model) }
}

/// The same where nothing is asked of the sources.
pub(crate) fn promised(definition: &Definition) -> Result<Model<'_>, Failure> {
    let (model, findings) = lint::survey_without_sources(definition);
    if lint::errors(&findings) > 0 { Err(Failure::findings(findings.render())) } else { Ok(model) }
}

/// An objective with corrections.
pub(crate) fn corrected(slo: &Slo, corrections: &[Correction]) -> Slo {
    corrections.iter().cloned().fold(slo.clone(), Slo::with_correction)
}

/// The alert policy of an objective with what the command line demands on top.
pub(crate) fn gated(policy: &AlertPolicy, gate: &Gate) -> AlertPolicy {
    let mut low_traffic = LowTraffic::default();
    low_traffic.min_events = gate.min_events.unwrap_or(0);
    low_traffic.min_failures = gate.min_failures.unwrap_or(0);
    low_traffic.confidence = gate.confidence;
    let policy = policy.clone().with_low_traffic(low_traffic);
    match gate.min_coverage {
        Some(share) => policy.with_min_coverage(share),
        None => policy,
    }
}

/// That the data ends a slot or more before the moment that was asked for, or begins after it, which no other figure
/// may say plainly.
fn lies_elsewhere(counts: &Counts, at: DateTime<Utc>) -> Option<Reason> {
    let record = counts.interval()?;
    let (start, end) = (record.start(), record.end());
    if at < start {
        let why = format!("the record begins {start}; asked for was {at}");
        return Some(Reason::new("record-begins-after", why));
    }
    let why = || Reason::new("record-ends-before", format!("the record ends {end}; asked for was {at}"));
    (at - end >= counts.slot()).then(why)
}

/// The objectives that were asked for, with their data and what was found.
pub(crate) struct Judged<'a> {
    pub(crate) promises: Vec<&'a Promise<'a>>,
    /// The objectives with the corrections of the command line.
    pub(crate) slos: Vec<Slo>,
    pub(crate) policies: Vec<AlertPolicy>,
    pub(crate) reports: Vec<Report>,
    pub(crate) data: Data,
    pub(crate) composites: Vec<Composed<'a>>,
    /// What each objective measures, where its source knows more than the SLO.
    indicators: Vec<Option<String>>,
}

/// A composite all of whose members were asked for, and what was found.
pub(crate) struct Composed<'a> {
    promise: &'a ComposedPromise<'a>,
    pub(crate) composite: Composite,
    pub(crate) report: CompositeReport,
}

impl<'a> Judged<'a> {
    pub(crate) fn new(
        model: &'a Model<'a>,
        input: &Input,
        at: Option<DateTime<Utc>>,
    ) -> Result<Self, Failure> {
        let questions = sources::questions(model);
        let chosen = sources::chosen(model, input.objective.as_deref())?;
        let asked: Vec<_> = chosen.iter().filter_map(|(place, _)| questions.get(*place)).collect();
        let (places, promises): (Vec<_>, Vec<_>) = chosen.into_iter().unzip();
        let mut data = sources::read(&promises, &asked, Places::of(input, at))?;
        for measured in &mut data.measured {
            measured.findings.extend(at.and_then(|at| lies_elsewhere(&measured.counts, at)));
        }
        // One moment for all objectives: where the data that reaches furthest ends.
        let at = at.or(data.end).ok_or_else(|| Failure::new("there is no data"))?;
        let starts = data.measured.iter().filter_map(|measured| Some(measured.counts.interval()?.start()));
        let corrections = Corrections::of(input)?.within(starts.min().unwrap_or(at), at);
        let slos: Vec<_> = promises.iter().map(|promise| corrected(&promise.slo, &corrections)).collect();
        let policies: Vec<_> =
            promises.iter().map(|promise| gated(&promise.alert_policy, &input.gate)).collect();
        let reports = slos.iter().zip(&policies).zip(&data.measured);
        let reports = reports.map(|((slo, policy), measured)| evaluate(slo, policy, &measured.counts, at));
        let reports = reports.collect();
        let indicators =
            promises.iter().zip(&asked).map(|(promise, asked)| asked.told(&promise.slo)).collect();
        let composites = model.composites.iter().filter_map(|promise| {
            let place_of = |member: &usize| places.iter().position(|place| place == member);
            let members: Option<Vec<_>> = promise.members.iter().map(place_of).collect();
            let members = members?;
            let counts = members.iter().map(|place| Some(&data.measured.get(*place)?.counts));
            let counts: Option<Vec<_>> = counts.collect();
            // What the alerts of its members look back over is what a reader compares with.
            let windows = members.iter().filter_map(|place| Some(policies.get(*place)?.windows()));
            let mut composite = corrections
                .iter()
                .fold(promise.composite.clone(), Composite::with_correction)
                .with_burn_windows(windows.flatten());
            if let Some(share) = input.gate.min_coverage {
                composite = composite.with_min_coverage(share);
            }
            let report = composite.evaluate(&counts?, at);
            Some(Composed { promise, composite, report })
        });
        let composites = composites.collect();
        Ok(Self { composites, reports, promises, slos, policies, data, indicators })
    }

    /// What an objective measures, where its source knows more than the SLO.
    pub(crate) fn indicator(&self, place: usize) -> Option<&str> {
        self.indicators.get(place)?.as_deref()
    }

    /// What the charts show: as many moments as a wide screen has points.
    fn histories(&self) -> Vec<History> {
        let all = self.slos.iter().zip(&self.policies).zip(self.data.measured.iter().zip(&self.reports));
        all.map(|((slo, policy), (measured, report))| {
            history(slo, policy, &measured.counts, report.at, CHART_POINTS)
        })
        .collect()
    }

    fn document<'d>(&'d self, histories: &'d [History]) -> Document<'d> {
        let sections =
            self.promises.iter().zip(&self.slos).zip(&self.reports).zip(&self.data.measured).enumerate();
        let sections = sections.map(|(place, (((promise, slo), report), measured))| {
            let mut about = about(&title(promise), promise.service, promise.description);
            about.findings.clone_from(&measured.findings);
            let mut section =
                Section::new(slo, report).with_about(about).with_source(measured.source.clone());
            section.indicator = self.indicator(place).map(str::to_owned);
            section.history = histories.get(place);
            section
        });
        let mut document = Document::new(sections);
        document.sources.clone_from(&self.data.sources);
        let composite = |Composed { promise, composite, report }: &'d Composed<'_>| {
            let title = promise.metadata.display_name.as_deref().unwrap_or(composite.name());
            CompositeSection::new(composite, report).with_about(about(
                title,
                promise.service,
                promise.description,
            ))
        };
        self.composites.iter().map(composite).fold(document, Document::with_composite)
    }
}

/// The name for people, and behind it what tells the objectives of one SLO apart.
fn title(promise: &Promise<'_>) -> String {
    let name = promise.slo.name();
    match &promise.metadata.display_name {
        Some(shown) => format!("{shown}{}", name.strip_prefix(&promise.metadata.name).unwrap_or_default()),
        None => name.to_owned(),
    }
}

/// What the definition says beside the promise.
fn about(title: &str, service: &str, description: Option<&str>) -> About {
    let about = About::new().with_title(title).with_service(service);
    description
        .map(str::trim)
        .filter(|text| !text.is_empty())
        .map_or(about.clone(), |text| about.with_description(text))
}
