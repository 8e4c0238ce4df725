//! The files of a release: its plan, and what people have seen.

use crate::document;
use crate::failure::Failure;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::path::{Path, PathBuf};
use std::time::Duration;
use toban_adapters::command::{Command, CommandError};
use toban_adapters::prometheus::Prometheus;
use toban_release_core::plan::{
    ArtefactSeen, BackupSeen, Done, GateEvidence, Happened, Length, Plan, PlanDraft, Rehearsal, Review, Told,
    review,
};
use toban_release_core::promotion::{Deed, PromotionPolicy};
use toban_release_core::rollout::Course;
use toban_yaml::{Document, Findings};

/// A draft with the places where everything stands.
#[derive(Debug)]
pub(crate) struct PlanFile {
    document: Document,
    /// Where its programs run.
    folder: PathBuf,
    pub(crate) draft: PlanDraft,
    pub(crate) review: Review,
}

impl PlanFile {
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let (document, draft): (_, PlanDraft) = read(path)?;
        let review = review(&draft);
        let folder = path.canonicalize().ok().and_then(|path| Some(path.parent()?.to_owned()));
        Ok(Self { document, folder: folder.unwrap_or_default(), draft, review })
    }

    /// The plan, where there is one; else each question that blocks it and each contradiction, at its place.
    pub(crate) fn plan(&self) -> Result<Plan, Failure> {
        self.draft.build().map_err(|refused| {
            let questions = refused.questions.iter().map(|question| {
                let message = format!("{} {}", question.text.en, question.why.en);
                self.at(&question.place, &message)
            });
            let findings = refused.findings.iter().map(|finding| self.at(&finding.place, &finding.message));
            let mut all: Findings = questions.chain(findings).collect();
            all.sort();
            Failure::findings(all.render())
        })
    }

    /// What a plan has to be put right in, each at its place; what it lacks stands nowhere, and is counted.
    pub(crate) fn contradictions(&self) -> Failure {
        let mut wrong: Findings =
            self.review.errors().map(|finding| self.at(&finding.place, &finding.message)).collect();
        if wrong.is_empty() {
            let asked = self.review.blocking().count();
            return Failure::new(format_args!("no plan yet: {asked} to answer"));
        }
        wrong.sort();
        Failure::findings(wrong.render())
    }

    /// What is wrong at a place of the plan.
    pub(crate) fn failure(&self, place: &str, message: &str) -> Failure {
        Failure::findings(Findings::from(self.at(place, message)).render())
    }

    /// What a machine follows, wherever its programs are.
    pub(crate) fn followed(&self, plan: &Plan) -> Result<Course, Failure> {
        plan.course().map_err(|error| self.failure(error.place(), &error.to_string()))
    }

    /// What a machine follows here.
    pub(crate) fn course(&self, plan: &Plan) -> Result<Course, Failure> {
        let failure = |place: &str, message: &str| self.failure(place, message);
        let course = self.followed(plan)?;
        let programs = &course.programs;
        match (&programs.measure, &programs.prometheus) {
            (None, None) if !course.checks.is_empty() => {
                let message = "nothing measures the checks: `rollout.measure` names a program, `rollout.prometheus` \
                               an address";
                return Err(failure("rollout.checks", message));
            }
            (Some(_), Some(_)) => {
                return Err(failure(
                    "rollout.prometheus",
                    "a program measures, or Prometheus does, not both",
                ));
            }
            (None, Some(address)) => {
                Prometheus::new(address)
                    .map_err(|error| failure("rollout.prometheus", &error.to_string()))?;
                if let Some(check) = course.checks.iter().position(|check| check.judge().is_comparison()) {
                    let message = "a comparison needs the points of both versions, and Prometheus is asked for one \
                                   value: `rollout.measure` names a program that gives them";
                    return Err(failure(&format!("rollout.checks[{check}].judge"), message));
                }
            }
            _ => {}
        }
        let unfit: Findings = self.programs().filter_map(|program| self.unfit(&program)).collect();
        unfit.into_result(()).map_err(|unfit| Failure::findings(unfit.render()))?;
        Ok(course)
    }

    /// Every program that the plan names, in the order of the plan.
    fn programs(&self) -> impl Iterator<Item = Program<'_>> {
        let PlanDraft { steps, rollback, rollout, .. } = &self.draft;
        let steps = [
            ("steps", steps),
            ("rollback.steps", &rollback.steps),
            ("rollback.data_verification", &rollback.data_verification),
            ("rollback.checks", &rollback.checks),
        ];
        let of_steps = steps.into_iter().flat_map(|(list, steps)| {
            (0..).zip(steps).filter_map(move |(place, step): (usize, _)| {
                let place = format!("{list}[{place}]");
                let (argv, time_out) = (step.command.as_ref()?, step.time_out);
                Some(Program {
                    argv,
                    at: format!("{place}.command"),
                    time_out,
                    in_time: format!("{place}.time_out"),
                })
            })
        });
        let serving = [
            ("measure", &rollout.measure, rollout.measure_time_out),
            ("tell", &rollout.tell, None),
            ("find_out", &rollout.find_out, None),
            ("approvals", &rollout.approvals, None),
        ];
        let serving = serving.into_iter().filter_map(|(name, argv, time_out)| {
            let (at, in_time) = (format!("rollout.{name}"), format!("rollout.{name}_time_out"));
            Some(Program { argv: argv.as_ref()?, at, time_out, in_time })
        });
        of_steps.chain(serving)
    }

    /// Why a program could not be started, or would be cut off at once.
    fn unfit(&self, program: &Program<'_>) -> Option<toban_yaml::Finding> {
        let Program { argv, at, time_out, in_time } = program;
        match Command::new(argv, Duration::ZERO) {
            Err(error @ CommandError::Nul { place }) => {
                return Some(self.at(&format!("{at}[{place}]"), &error.to_string()));
            }
            Err(error) => return Some(self.at(at, &error.to_string())),
            Ok(_) => {}
        }
        let is_no_time = time_out.is_some_and(|length| length == Length::ZERO);
        is_no_time.then(|| self.at(in_time, "no program ends in no time"))
    }

    /// Where in the file that stands: `plan.yaml:6:3`.
    pub(crate) fn place(&self, path: &str) -> String {
        let found = self.at(path, "");
        format!("{}:{}:{}", found.file(), found.line(), found.column())
    }

    /// The programs that are not on this machine, each with its finding: those with a slash in their names beside the
    /// plan, where they run, the others in the folders of `PATH`.
    pub(crate) fn missing(&self) -> Vec<(String, toban_yaml::Finding)> {
        let named = self.programs().filter_map(|program| Some((program.argv.first()?.clone(), program.at)));
        let missing = named.filter(|(name, _)| !is_there(name, &self.folder));
        let told = missing.map(|(name, at)| {
            let finding = self.at(&format!("{at}[0]"), &format!("there is no program {name} here"));
            (name, finding)
        });
        told.collect()
    }

    fn at(&self, place: &str, message: &str) -> toban_yaml::Finding {
        self.document.finding(&place.parse().unwrap_or_else(|_| toban_yaml::Path::root()), message)
    }
}

/// A program that a plan names, and where.
struct Program<'a> {
    argv: &'a [String],
    at: String,
    time_out: Option<Length>,
    in_time: String,
}

/// Whether a program can be started from there.
fn is_there(name: &str, folder: &Path) -> bool {
    let is_program = |path: &Path| {
        use std::os::unix::fs::PermissionsExt;
        std::fs::metadata(path).is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
    };
    if name.contains('/') {
        return is_program(&folder.join(name));
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|place| is_program(&folder.join(place).join(name)))
}

/// What people have seen before a release begins.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Evidence {
    artefacts: Vec<ArtefactSeen>,
    deeds: Vec<Deed>,
    backups: Vec<BackupSeen>,
    done: Vec<Done>,
    happened: Vec<Happened>,
    rehearsals: Vec<Rehearsal>,
    told: Vec<Told>,
}

/// What people have seen, as they wrote it down.
pub(crate) fn evidence(path: &Path) -> Result<(GateEvidence, Vec<Deed>), Failure> {
    let Evidence { artefacts, deeds, backups, done, happened, rehearsals, told } = read(path)?.1;
    let evidence =
        GateEvidence { artefacts, backups, done, happened, rehearsals, told, ..GateEvidence::default() };
    Ok((evidence, deeds))
}

/// What environments ask of a version before it comes there.
pub(crate) fn promotion_policy(path: &Path) -> Result<PromotionPolicy, Failure> {
    Ok(read(path)?.1)
}

/// The one document of a file.
fn read<T: DeserializeOwned>(path: &Path) -> Result<(Document, T), Failure> {
    document::only(path, document::in_file(path)?)
}
