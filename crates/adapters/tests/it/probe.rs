//! What this machine has.

use std::net::TcpListener;
use toban_adapters::probe::LocalProbe;
use toban_core::PortErrorKind;
use toban_release_core::Probe;
use toban_release_core::plan::{Need, Observation, Resource};
use toban_release_core::testing::probe_keeps_its_contract;

fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

fn server(host: &str, resource: Resource) -> Need {
    Need::Server { host: host.into(), resource, at_least: 1 }
}

fn service(address: impl Into<String>) -> Need {
    Need::Service { address: address.into() }
}

#[test]
fn it_keeps_the_contract_of_a_probe() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let present = [
        server("localhost", Resource::Cpus),
        server("localhost", Resource::MemoryMib),
        server("localhost", Resource::DiskMib),
        Need::Variable { name: "PATH".into() },
        service(address.to_string()),
        service(format!("http://user@{address}/health?deep=1")),
    ];
    let absent = [Need::Variable { name: "NO_SUCH_VARIABLE".into() }, service(nobody.to_string())];
    block_on(probe_keeps_its_contract(&LocalProbe::new("/"), &present, &absent));
}

#[test]
fn amounts_are_those_that_the_machine_says() {
    let amount = |resource| match block_on(LocalProbe::new("/").probe(&server("localhost", resource))) {
        Ok(Observation::Amount(amount)) => amount,
        other => panic!("{other:?}"),
    };
    let nproc = std::process::Command::new("nproc").output().unwrap().stdout;
    assert_eq!(amount(Resource::Cpus).to_string(), String::from_utf8(nproc).unwrap().trim());
    let df = std::process::Command::new("df").args(["-m", "--output=avail", "/"]).output().unwrap().stdout;
    let df: u64 = String::from_utf8(df).unwrap().lines().nth(1).unwrap().trim().parse().unwrap();
    // Others write meanwhile.
    assert!(amount(Resource::DiskMib).abs_diff(df) <= 1 + df / 10);
    assert!(amount(Resource::MemoryMib) > 0);
}

#[test]
fn what_it_cannot_see_is_not_called_absent() {
    let kind = |need: &Need| block_on(LocalProbe::new("/").probe(need)).unwrap_err().kind;
    assert_eq!(kind(&server("db1", Resource::Cpus)), PortErrorKind::Unsupported);
    assert_eq!(kind(&service("queue")), PortErrorKind::Invalid);
    let named = LocalProbe::new("/").known_as("db1");
    assert!(block_on(named.probe(&server("db1", Resource::Cpus))).is_ok());
}
