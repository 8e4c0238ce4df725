//! A service that counts its own requests, and tells Prometheus how fast its error budget burns.
//!
//! ```console
//! cargo run -p toban-examples --bin counting-service
//! ```
//! So that it ends, it is its own client: it fails 10 of 500 requests, and prints what `/metrics` says of that.

use chrono::{DateTime, TimeDelta, Utc};
use std::error::Error;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;
use toban_slo::{AlertPolicy, AlertState, Counts, Objective, Slo, Tally, Window, evaluate};

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Outcome<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    thread::spawn(move || serve(&listener));
    for cart in 1..=500 {
        get(address, &format!("/cart/{cart}"))?;
    }
    thread::sleep(Duration::from_secs(1)); // a second counts once it is over
    print!("{}", get(address, "/metrics")?);
    Ok(())
}

fn serve(listener: &TcpListener) -> Outcome<()> {
    let slo = Slo::availability("cart", Objective::percent("99.9")?, Window::rolling_days(30));
    let policy = AlertPolicy::sre_workbook(&slo)?;
    let mut counts = Counts::new(Utc::now(), TimeDelta::seconds(1))?;
    for connection in listener.incoming() {
        let mut connection = connection?;
        let head = BufReader::new(&connection).lines().map_while(Result::ok);
        let head: Vec<_> = head.take_while(|line| !line.is_empty()).collect();
        let path = head.first().and_then(|line| line.split(' ').nth(1)).unwrap_or("/");
        let (status, body) = if path == "/metrics" {
            (200, metrics(&slo, &policy, &counts, Utc::now()))
        } else {
            let is_good = !path.ends_with("50") && !path.ends_with("00"); // these carts break it
            counts.add(Utc::now(), Tally::new(is_good.into(), 1)?)?;
            (if is_good { 200 } else { 500 }, String::new())
        };
        write!(connection, "HTTP/1.1 {status} \r\nContent-Length: {}\r\n\r\n{body}", body.len())?;
    }
    Ok(())
}

/// The text form of Prometheus.
fn metrics(slo: &Slo, policy: &AlertPolicy, counts: &Counts, now: DateTime<Utc>) -> String {
    let report = evaluate(slo, policy, counts, now);
    let mut text =
        "# HELP slo_burn_rate How many times as fast as allowed the error budget burns.\n".to_owned();
    text += "# TYPE slo_burn_rate gauge\n";
    for burn in &report.burn_rates {
        if let (Some(times), seconds) = (burn.burn.times(), burn.window.num_seconds()) {
            let times = times.to_f64();
            text += &format!("slo_burn_rate{{slo=\"{}\",window=\"{seconds}s\"}} {times}\n", report.slo);
        }
    }
    text += "# HELP slo_alert_firing Whether the alert fires.\n# TYPE slo_alert_firing gauge\n";
    for alert in &report.alerts {
        let (rule, is_firing) = (&alert.rule.name, u8::from(alert.state == AlertState::Firing));
        text += &format!("slo_alert_firing{{slo=\"{}\",alert=\"{rule}\"}} {is_firing}\n", report.slo);
    }
    text
}

fn get(address: SocketAddr, path: &str) -> Outcome<String> {
    let mut connection = TcpStream::connect(address)?;
    write!(connection, "GET {path} HTTP/1.1\r\nHost: {address}\r\n\r\n")?;
    let mut answer = String::new();
    connection.read_to_string(&mut answer)?;
    Ok(answer.split_once("\r\n\r\n").map_or_else(String::new, |(_, body)| body.to_owned()))
}
