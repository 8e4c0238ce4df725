//! Whether what a release needs is there.

use proptest::prelude::*;
use toban_core::PortErrorKind;
use toban_release_core::plan::{Met, Need, Observation, Readiness, Requirement, Resource};

fn needs(at_least: u64) -> [Need; 3] {
    [
        Need::Server { host: "db1".into(), resource: Resource::DiskMib, at_least },
        Need::Service { address: "queue:5672".into() },
        Need::Variable { name: "PAYMENT_KEY".into() },
    ]
}

#[test]
fn what_does_not_fit_the_need_is_not_known() {
    let [server, service, variable] = needs(10);
    assert_eq!(server.judge(Observation::Present), Met::Unknown(None));
    assert_eq!(service.judge(Observation::Amount(10)), Met::Unknown(None));
    assert_eq!(variable.judge(Observation::Present), Met::Yes);
    assert_eq!(server.judge(Observation::Absent), Met::No(Observation::Absent));
}

#[test]
fn the_last_answer_counts_and_none_is_not_yes() {
    let requirements: Vec<_> = needs(10)
        .into_iter()
        .zip(["disk", "queue", "key"])
        .map(|(need, id)| Requirement { id: id.into(), need, why: None })
        .collect();
    let seen = [
        ("disk".to_owned(), Ok(Observation::Amount(20))),
        ("disk".to_owned(), Err(PortErrorKind::TimedOut)),
        ("queue".to_owned(), Err(PortErrorKind::TimedOut)),
        ("queue".to_owned(), Ok(Observation::Present)),
    ];
    let met: Vec<_> = Readiness::of(&requirements, &seen).lines.into_iter().map(|(_, met)| met).collect();
    assert_eq!(met, [Met::Unknown(Some(PortErrorKind::TimedOut)), Met::Yes, Met::NotProbed]);
}

proptest! {
    #[test]
    fn an_amount_is_enough_exactly_from_what_is_needed_on(need in any::<u64>(), found in any::<u64>()) {
        let [server, ..] = needs(need);
        prop_assert_eq!(server.judge(Observation::Amount(found)) == Met::Yes, found >= need);
    }
}

#[cfg(feature = "testing")]
mod contract {
    use super::needs;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};
    use toban_core::PortErrorKind;
    use toban_release_core::Probe;
    use toban_release_core::plan::Observation;
    use toban_release_core::testing::{FakeProbe, probe_keeps_its_contract};

    /// A fake never waits.
    fn at_once<T>(future: impl Future<Output = T>) -> T {
        match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(value) => value,
            Poll::Pending => panic!("it waits"),
        }
    }

    fn fake() -> FakeProbe {
        let [server, service, variable] = needs(10);
        FakeProbe::new()
            .with_seen(server, Observation::Amount(10))
            .with_seen(service, Observation::Present)
            .with_seen(variable, Observation::Present)
    }

    #[test]
    fn the_fake_keeps_the_contract() {
        at_once(probe_keeps_its_contract(&fake(), &needs(10), &needs(11)[..1]));
    }

    #[test]
    #[should_panic(expected = "is not there, and the probe says")]
    fn a_probe_that_sees_what_is_not_there_breaks_it() {
        at_once(probe_keeps_its_contract(&fake(), &[], &needs(10)[1..]));
    }

    #[test]
    #[should_panic(expected = "is there, and at first the probe says")]
    fn a_probe_that_sees_nothing_breaks_it() {
        at_once(probe_keeps_its_contract(&FakeProbe::new(), &needs(10), &[]));
    }

    /// As a probe that supports nothing.
    fn blind() -> FakeProbe {
        needs(10)
            .into_iter()
            .chain(needs(11))
            .fold(FakeProbe::new(), |probe, need| probe.with_failure(need, PortErrorKind::Unsupported))
    }

    #[test]
    #[should_panic(expected = "the probe sees nothing of what is there")]
    fn a_probe_that_can_see_no_kind_of_need_breaks_it() {
        at_once(probe_keeps_its_contract(&blind(), &needs(10), &needs(11)[..1]));
    }

    #[test]
    #[should_panic(expected = "the probe sees of nothing that it is not there")]
    fn a_world_in_which_nothing_is_missing_shows_too_little() {
        at_once(probe_keeps_its_contract(&fake(), &needs(10), &[]));
    }

    #[test]
    fn a_fake_fails_as_it_was_told() {
        let [server, ..] = needs(10);
        let probe = fake().with_failure(server.clone(), PortErrorKind::TimedOut);
        assert_eq!(at_once(probe.probe(&server)).unwrap_err().kind, PortErrorKind::TimedOut);
    }
}
