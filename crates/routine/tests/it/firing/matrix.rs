//! Every state of a firing with everything that may come: tables that a reviewer reads.

use crate::support::{at, begun};
use std::num::NonZeroU32;
use toban_core::{Length, Text};
use toban_durable::{Decision, Machine, Now, Settle, Steady};
use toban_routine::Firing;
use toban_routine::firing::{
    Announcement, Begun, Effect, Finish, MOST_CALLS, MOST_READS, Outcome, Phase, Ran, Reading, Request,
    State, Why,
};

const NOW: Now = Now { wall: at(100), steady: Steady::START };

/// The phase after that one in the table: a new phase has no place before it is given one here.
fn next(phase: Phase) -> Option<Phase> {
    Some(match phase {
        Phase::New => Phase::Working,
        Phase::Working => Phase::Checking,
        Phase::Checking => Phase::Open,
        Phase::Open => Phase::Blocked,
        Phase::Blocked => Phase::InDoubt,
        Phase::InDoubt => Phase::Ending { is_at_once: false },
        Phase::Ending { is_at_once: false } => Phase::Ending { is_at_once: true },
        Phase::Ending { is_at_once: true } => Phase::Ended(Finish::Done),
        Phase::Ended(how) => Phase::Ended(match how {
            Finish::Done => Finish::Late,
            Finish::Late => Finish::Missed,
            Finish::Missed => Finish::Waived,
            Finish::Waived => Finish::Blocked,
            Finish::Blocked => Finish::Failed,
            Finish::Failed => Finish::Cancelled,
            Finish::Cancelled => Finish::Terminated,
            Finish::Terminated => return None,
        }),
    })
}

fn phases() -> impl Iterator<Item = Phase> {
    std::iter::successors(Some(Phase::New), |phase| next(*phase))
}

fn short(phase: Phase) -> &'static str {
    match phase {
        Phase::New => "new",
        Phase::Working => "working",
        Phase::Checking => "checking",
        Phase::Open => "open",
        Phase::Blocked => "stuck",
        Phase::InDoubt => "doubt",
        Phase::Ending { is_at_once: false } => "ending",
        Phase::Ending { is_at_once: true } => "killing",
        Phase::Ended(how) => match how {
            Finish::Done => "done",
            Finish::Late => "late",
            Finish::Missed => "missed",
            Finish::Waived => "waived",
            Finish::Blocked => "blocked",
            Finish::Failed => "failed",
            Finish::Cancelled => "cancelled",
            Finish::Terminated => "terminated",
        },
    }
}

/// The request after that one in the table, as a person asks it whose name and reason are these.
fn following(request: &Request, by: &str, why: &str) -> Option<Request> {
    let (by, why) = (by.to_owned(), why.to_owned());
    Some(match request {
        Request::Begin(_) => Request::Done { by, conditions: vec![0], evidence: vec!["log 7".into()] },
        Request::Done { .. } => Request::Waive { by, why },
        Request::Waive { .. } => Request::Fail { by, why },
        Request::Fail { .. } => Request::Retry { by, why },
        Request::Retry { .. } => Request::Block { by, why },
        Request::Block { .. } => Request::Unblock { by, why },
        Request::Unblock { .. } => Request::End { is_at_once: false, by, why },
        Request::End { is_at_once: false, .. } => Request::End { is_at_once: true, by, why },
        Request::End { is_at_once: true, .. } => Request::GiveUp,
        Request::GiveUp => return None,
    })
}

fn requests(by: &str, why: &str) -> Vec<Request> {
    let first = Request::Begin(Box::new(whole()));
    std::iter::successors(Some(first), |request| following(request, by, why)).collect()
}

/// By hand, with one condition, one piece of evidence, one alert that is measured.
fn whole() -> Begun {
    let begun = begun(
        r#"{"lists": {"completion_conditions": ["it is there"]}, "evidence": ["log"],
            "alerts": [{"text": "high", "measured": {"query": "load", "is": "above", "value": 1}}]}"#,
    );
    Begun { give_up: Some(at(100)), ..begun }
}

fn state(phase: Phase) -> State {
    let begun = (phase != Phase::New).then(|| whole().into());
    let blocked = (phase == Phase::Blocked).then(|| ("bob".to_owned(), "no key".to_owned()));
    let readings = vec![None; usize::from(begun.is_some())];
    State { phase, begun, readings, blocked, ..State::default() }
}

fn after(state: &State, decision: &Decision<Firing>) -> State {
    let mut state = state.clone();
    decision.events.iter().for_each(|event| Firing::apply(&mut state, event, NOW));
    state
}

fn why(why: &Why) -> &'static str {
    match why {
        Why::NotNow => "-",
        Why::NoReason => "reason?",
        Why::Conditions { .. } => "conditions?",
        Why::NoCondition { .. } => "no such",
        Why::Evidence { .. } => "evidence?",
        Why::TooEarly { .. } => "early",
        _ => "a new reason",
    }
}

fn cell(state: &State, request: &Request) -> &'static str {
    match Firing::request(state, request, NOW) {
        Ok(decision) => short(after(state, &decision).phase),
        Err(refused) => {
            assert_eq!((refused.request, refused.phase), (request.name(), state.phase.name()));
            why(&refused.why)
        }
    }
}

fn table(head: &[String], rows: impl IntoIterator<Item = (Phase, Vec<String>)>) -> String {
    let line = |first: &str, cells: &[String]| {
        let cells: String = cells.iter().map(|cell| format!(" {cell:>10}")).collect();
        format!("{first:<10}{cells}\n")
    };
    let rows = rows.into_iter().map(|(phase, cells)| line(short(phase), &cells));
    std::iter::once(line("phase", head)).chain(rows).collect()
}

#[test]
fn each_request_in_each_phase() {
    let requests = requests("ann", "so it is");
    let head: Vec<_> = requests
        .iter()
        .map(|request| match request {
            Request::End { is_at_once: true, .. } => "end now".to_owned(),
            request => request.name().to_owned(),
        })
        .collect();
    let rows = phases().map(|phase| {
        let state = state(phase);
        (phase, requests.iter().map(|request| cell(&state, request).to_owned()).collect())
    });
    assert_eq!(
        table(&head, rows),
        "\
phase           begin       done      waive       fail      retry      block    unblock        end    end now    give up
new              open          -          -          -          -          -          -          -          -          -
working             -          -          -          -          -          -          -     ending    killing          -
checking            -          -          -          -          -          -          -  cancelled terminated          -
open                -       done     waived     failed          -      stuck          -  cancelled terminated     missed
stuck               -       done     waived     failed          -          -       open  cancelled terminated    blocked
doubt               -       done     waived     failed    working          -          -     ending    killing     failed
ending              -          -          -          -          -          -          -          -    killing          -
killing             -          -          -          -          -          -          -          -          -          -
done                -          -          -          -          -          -          -          -          -          -
late                -          -          -          -          -          -          -          -          -          -
missed              -          -          -          -          -          -          -          -          -          -
waived              -          -          -          -          -          -          -          -          -          -
blocked             -          -          -          -          -          -          -          -          -          -
failed              -          -          -          -          -          -          -          -          -          -
cancelled           -          -          -          -          -          -          -          -          -          -
terminated          -          -          -          -          -          -          -          -          -          -
"
    );
}

#[test]
fn who_has_no_name_or_no_reason_is_refused_everything_in_every_phase() {
    for (by, reason) in [("", "so it is"), (" \t", "so it is"), ("ann", ""), ("ann", "\n")] {
        for request in requests(by, reason) {
            // These need no name, or no reason.
            let is_free = match request {
                Request::Begin(_) | Request::GiveUp => true,
                Request::Done { .. } => by == "ann",
                _ => false,
            };
            for phase in phases().filter(|_| !is_free) {
                let named = requests("ann", "so it is").into_iter();
                let named: Vec<_> = named.filter(|one| one.name() == request.name()).collect();
                let would_be = named.iter().any(|one| Firing::request(&state(phase), one, NOW).is_ok());
                let is = cell(&state(phase), &request);
                assert!(["reason?", "-"].contains(&is), "{request:?} while {phase}: {is}");
                let is_no_end = !matches!(request, Request::End { .. });
                assert!(!would_be || is == "reason?" || !is_no_end, "{request:?} while {phase}: {is}");
            }
        }
    }
}

#[test]
fn it_is_done_when_every_condition_is_met_and_all_is_shown() {
    let mut begun = whole();
    let conditions = &mut begun.task.lists;
    conditions.values_mut().for_each(|list| list.push(Text::same("and it can be read")));
    begun.task.evidence.push(Text::same("picture"));
    let open = State { begun: Some(begun.into()), ..state(Phase::Open) };
    let done = |conditions: &[usize], evidence: &[&str]| Request::Done {
        by: "ann".into(),
        conditions: conditions.to_vec(),
        evidence: evidence.iter().map(|text| (*text).to_owned()).collect(),
    };
    let both = ["log 7", "7.png"];
    for (conditions, evidence, is) in [
        (&[0, 1][..], &both[..], "done"),
        (&[1, 0, 0], &["", "log 7", " ", "7.png", "more"], "done"),
        (&[0], &both, "conditions?"),
        (&[], &both, "conditions?"),
        (&[0, 1, 2], &both, "no such"),
        (&[0, 1], &["log 7"], "evidence?"),
        (&[0, 1], &["log 7", " "], "evidence?"),
        (&[0, 1], &[], "evidence?"),
    ] {
        assert_eq!(cell(&open, &done(conditions, evidence)), is, "{conditions:?} {evidence:?}");
    }
    let missing = Firing::request(&open, &done(&[1], &both), NOW).unwrap_err().why;
    assert_eq!(missing, Why::Conditions { missing: vec![Text::same("it is there")] });
    let missing = Firing::request(&open, &done(&[0, 1], &["log 7"]), NOW).unwrap_err().why;
    assert_eq!(missing, Why::Evidence { missing: vec![Text::same("picture")] });
}

#[test]
fn it_is_given_up_when_its_time_is_over_and_not_before() {
    for (give_up, is) in
        [(None, "-"), (Some(at(101)), "early"), (Some(at(100)), "missed"), (Some(at(7)), "missed")]
    {
        let open = State { begun: Some(Begun { give_up, ..whole() }.into()), ..state(Phase::Open) };
        assert_eq!(cell(&open, &Request::GiveUp), is, "{give_up:?}");
        let is_woken = !Firing::wake(&open, NOW).is_none();
        assert_eq!(is_woken, is == "missed", "it is given up by itself at the same time");
    }
}

/// What may come of an order, besides that nobody hears of it.
fn outcomes() -> Vec<(&'static str, Effect, u32, Outcome)> {
    let failed = || Outcome::Failed { why: "it broke".into() };
    let ran = |is_success| Outcome::Ran(Ran { is_success, said: "so".into() });
    let run = |is_repeatable| Effect::Run {
        argv: vec!["check".into()],
        time_out: Length::minutes(1),
        is_repeatable,
        find_out: None,
    };
    let measure = || Effect::Measure { alert: 0, query: "load".into() };
    let tell = || Effect::Tell { title: Text::same("check"), owner: None, what: Announcement::Overdue };
    let all = vec![
        ("ran", run(false), 1, ran(true)),
        ("ran badly", run(false), 2, ran(false)),
        ("once more", run(false), 1, ran(false)),
        ("no start", run(true), 2, failed()),
        ("measured", measure(), 1, Outcome::Measured(Reading::NoData)),
        ("not yet", measure(), MOST_READS - 1, failed()),
        ("unmeasured", measure(), MOST_READS, failed()),
        ("stopped", Effect::Stop { is_at_once: true }, 1, Outcome::Done),
        ("runs on", Effect::Stop { is_at_once: false }, 99, failed()),
        ("told", tell(), 1, Outcome::Done),
        ("untold", tell(), MOST_CALLS, failed()),
        ("closed", Effect::Close { how: Finish::Done }, 1, Outcome::Done),
        ("not closed", Effect::Close { how: Finish::Done }, 99, failed()),
    ];
    // Whoever adds an effect, or an outcome, says here what comes of it.
    for (_, effect, _, outcome) in &all {
        match effect {
            Effect::Run { .. } | Effect::Measure { .. } | Effect::Stop { .. } => {}
            Effect::Tell { .. } | Effect::Close { .. } => {}
        }
        match outcome {
            Outcome::Done | Outcome::Ran(_) | Outcome::Measured(_) | Outcome::Failed { .. } => {}
        }
    }
    all
}

/// Where a firing stands after it: `=` where it was, `..` where the order is tried again.
fn came(state: &State, (decision, settle): (Decision<Firing>, Settle)) -> String {
    let is = after(state, &decision).phase;
    let again = if settle == Settle::Done { "" } else { ".." };
    format!("{}{again}", if is == state.phase { "=" } else { short(is) })
}

/// Its program may be tried twice.
fn tried(phase: Phase) -> State {
    let mut begun = whole();
    begun.task.command = Some(vec!["check".into()]);
    begun.task.program.tries = NonZeroU32::new(2).unwrap();
    let is_begun = phase != Phase::New;
    State { begun: is_begun.then(|| begun.into()), ..state(phase) }
}

#[test]
fn each_outcome_in_each_phase() {
    let outcomes = outcomes();
    let heads = outcomes.iter().map(|(head, ..)| *head).chain(["run lost", "run unsure"]);
    let head: Vec<_> = heads.map(str::to_owned).collect();
    // All that a firing is over with is alike.
    let rows = phases().filter(|phase| !matches!(phase, Phase::Ended(how) if *how != Finish::Done));
    let row = |phase: Phase| {
        let state = tried(phase);
        let each = outcomes.iter().map(|(_, effect, attempt, outcome)| {
            came(&state, Firing::outcome(&state, effect, *attempt, outcome, NOW))
        });
        let (_, once, ..) = &outcomes[0];
        let (_, repeatable, ..) = &outcomes[3];
        let lost = came(&state, Firing::lost(&state, repeatable, 2, NOW));
        let unsure = came(&state, (Firing::doubt(&state, once, NOW), Settle::Done));
        each.chain([lost, unsure]).collect::<Vec<_>>()
    };
    let over = row(Phase::Ended(Finish::Done));
    for phase in phases().filter(|phase| matches!(phase, Phase::Ended(_))) {
        assert_eq!(row(phase), over, "{phase}");
    }
    assert_eq!(
        table(&head, rows.map(|phase| (phase, row(phase)))),
        "\
phase             ran  ran badly  once more   no start   measured    not yet unmeasured    stopped    runs on       told     untold     closed not closed   run lost run unsure
new                 =          =          =          =          =        =..          =          =        =..          =          =          =        =..          =          =
working      checking     failed        =..     failed          =        =..          =          =        =..          =          =          =        =..     failed      doubt
checking            =          =          =          =       done        =..       done          =        =..          =          =          =        =..          =          =
open                =          =          =          =          =        =..          =          =        =..          =          =          =        =..          =          =
stuck               =          =          =          =          =        =..          =          =        =..          =          =          =        =..          =          =
doubt               =          =          =          =          =        =..          =          =        =..          =          =          =        =..          =          =
ending      cancelled  cancelled  cancelled  cancelled          =        =..          =  cancelled        =..          =          =          =        =..          =          =
killing    terminated terminated terminated terminated          =        =..          = terminated        =..          =          =          =        =..          =          =
done                =          =          =          =          =        =..          =          =        =..          =          =          =        =..          =          =
"
    );
}
