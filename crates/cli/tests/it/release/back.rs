//! What a release would lead back to is held against the releases before it.

use super::{PLAN, Release};
use chrono::Utc;

/// What the plan of the tests leads back to.
const PREVIOUS: &str =
    r#"{release: {version: "1.0", verified: {at: 2026-01-05T09:00:00Z, source: the release of 1.0}}}"#;

impl Release {
    /// A plan of that version that leads back to that, beside the first one.
    fn next_plan(&self, version: &str, previous: &str) -> String {
        let plan = PLAN.replace("version: \"2.0\"", &format!("version: {version:?}"));
        assert!(plan.contains(PREVIOUS));
        let plan = plan.replace(PREVIOUS, previous);
        let plan = plan.replace("demands: [approval]", "demands: []").replace("two_persons", "one_person");
        self.folder.file("next.yaml", plan).to_str().unwrap().to_owned()
    }

    /// `check` and `run` both say that, with the place in the plan, and nothing is begun.
    #[track_caller]
    fn leads_nowhere(&self, version: &str, previous: &str, why: &[&str]) {
        let (plan, done) = (self.next_plan(version, previous), self.done());
        let (check, run) = (self.say(&["check", "--plan", &plan]), self.say(&["run", "--plan", &plan]));
        assert_eq!((check.code, run.code), (1, 1), "{}{}", check.stdout, run.stderr);
        for told in [&check.stdout, &run.stderr] {
            // However the lines are broken.
            let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(why.iter().all(|why| told.contains(why)), "{told}");
            assert!(told.contains("next.yaml:6:13"), "{told}");
        }
        assert_eq!(self.done(), done);
    }
}

fn release(version: &str, at: &str) -> String {
    format!("{{release: {{version: {version:?}, verified: {{at: {at}, source: somebody}}}}}}")
}

#[test]
fn a_release_that_would_lead_back_to_what_was_never_verified_is_not_begun() {
    let first = Release::new("way-back", PLAN);
    let plan = first.next_plan("1.9", "first_release");
    first.tell(&["run", "--plan", &plan]);
    let since = Utc::now().to_rfc3339();
    first.leads_nowhere("2.0", &release("1.8", &since), &["it was never verified there", "runs: 1.9"]);
    let early = release("1.0", "2026-01-05T09:00:00Z");
    first.leads_nowhere("2.0", &early, &["the record says that another version runs there", "runs: 1.9"]);
    let late = release("1.9", "2099-01-05T09:00:00Z");
    first.tell(&["check", "--plan", &first.next_plan("2.0", &late)]);
    first.leads_nowhere("2.0", "first_release", &["it is said to be the first one", "runs: 1.9"]);
    // What a person has seen elsewhere counts where it is written down.
    let plan = first.next_plan("2.0", &release("1.8", &since));
    let deed = format!(
        "deeds: [{{version: \"1.8\", environment: production, at: {since}, source: REL-7, what: verified}}]"
    );
    let seen = first.folder.file("seen.yaml", deed);
    first.tell(&["check", "--plan", &plan, "--evidence", seen.to_str().unwrap()]);
    // What was rolled back since is no way back either.
    let plan = first.next_plan("2.0", &release("1.9", &since));
    first.tell(&["run", "--plan", &plan]);
    let back = |name| ["rollback", "--release", name, "--by", "alice", "--why", "users complain"];
    first.tell(&back("shop-2.0-production"));
    let rolled_back = &["it was itself rolled back there", "runs: 1.9"];
    first.leads_nowhere("2.1", &release("2.0", &since), rolled_back);
    let plan = first.next_plan("2.1", &release("1.9", &since));
    first.tell(&["check", "--plan", &plan]);
    let despite = first.next_plan("2.1", &release("1.8", &since));
    first.tell(&["run", "--plan", &despite, "--despite", "the pager says so"]);
    let record = first.tell(&["report", "--format", "json", "--release", "shop-2.1-production"]);
    assert!(record.contains("it was never verified there") && record.contains("the pager says so"));
}

#[test]
fn what_the_plan_says_counts_where_nothing_is_on_record_unless_it_is_of_tomorrow() {
    let first = Release::new("way-back-first", PLAN);
    first.tell(&["check", "--plan", &first.next_plan("2.0", PREVIOUS)]);
    first.tell(&["check", "--plan", &first.next_plan("2.0", "first_release")]);
    let why = ["it is said to have been verified at a time that has not come yet"];
    first.leads_nowhere("2.0", &release("1.0", "2099-01-05T09:00:00Z"), &why);
    assert!(!first.journal.exists());
}

#[test]
fn a_release_that_is_done_already_is_told_so_and_not_that_it_runs() {
    let first = Release::new("way-back-again", PLAN);
    let plan = first.next_plan("2.0", PREVIOUS);
    first.tell(&["run", "--plan", &plan]);
    let again = first.say(&["run", "--plan", &plan]);
    assert_eq!(again.code, 2, "{}", again.stdout);
    assert!(again.stderr.contains("another one needs another name"), "{}", again.stderr);
}
