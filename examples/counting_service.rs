//! A service that counts its own requests, and tells Prometheus how fast its error budget burns. So that it ends, it
//! is its own client: it fails 10 of 500 requests, and prints what `/metrics` says of that.
//!
//! `cargo run -p toban-examples --bin counting-service`

use chrono::{DateTime, TimeDelta, Utc};
use std::io::{BufRead, BufReader, Write, read_to_string};
use std::net::{SocketAddr, TcpListener, TcpStream};
use toban_slo::{AlertPolicy, Evaluator, Objective, Slo, SloKey, Slots, Tally, Window};

type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

fn main() -> Outcome<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    std::thread::spawn(move || serve(&listener));
    for cart in 1..=500 {
        get(address, &format!("/cart/{cart}"))?;
    }
    let mut metrics = String::new();
    while !metrics.contains("} 20\n") {
        metrics = get(address, "/metrics")?; // a second counts once it is over
    }
    print!("{metrics}");
    Ok(())
}

fn serve(listener: &TcpListener) -> Outcome<()> {
    let slo = Slo::availability("cart", Objective::percent("99.9")?, Window::rolling_days(30));
    // Seconds for the last hour, minutes before that: a month in half a megabyte, however busy it is.
    let seconds = Slots::new(Utc::now(), TimeDelta::seconds(1))?;
    let mut evaluator = Evaluator::new(seconds.with_tier(TimeDelta::hours(1), TimeDelta::minutes(1))?);
    let cart = evaluator.add(&slo, &AlertPolicy::sre_workbook(&slo)?)?;
    for connection in listener.incoming() {
        let mut connection = connection?;
        let head = BufReader::new(&connection).lines().map_while(Result::ok);
        let head: Vec<_> = head.take_while(|line| !line.is_empty()).collect();
        let path = head.first().and_then(|line| line.split(' ').nth(1)).unwrap_or("/");
        let now = catch_up(&mut evaluator, cart)?;
        if path == "/metrics" {
            write!(connection, "HTTP/1.1 200 OK\r\n\r\n{}", metrics(&evaluator, cart))?;
        } else {
            let is_good = !path.ends_with("50") && !path.ends_with("00"); // these carts break it
            evaluator.record(cart, now, Tally::new(is_good.into(), 1)?)?;
            write!(connection, "HTTP/1.1 {} \r\n\r\n", if is_good { 200 } else { 500 })?;
        }
    }
    Ok(())
}

/// Ends the seconds that are over. Whoever runs knows that nothing happened in the others: that is no gap.
fn catch_up(evaluator: &mut Evaluator, cart: SloKey) -> Outcome<DateTime<Utc>> {
    let now = Utc::now();
    while let Some(end) = evaluator.next_tick().filter(|end| *end <= now) {
        evaluator.record(cart, end - TimeDelta::seconds(1), Tally::ZERO)?;
        evaluator.tick(end, |change| eprintln!("{}: {}", change.rule.name, change.to))?;
    }
    Ok(now)
}

/// The text form of Prometheus.
fn metrics(evaluator: &Evaluator, slo: SloKey) -> String {
    let mut text = "# HELP slo_burn_rate How fast the budget burns: 1 is as fast as allowed.\n".to_owned();
    let burn = |hours| evaluator.burn_rate(slo, TimeDelta::hours(hours))?.times();
    for (hours, burn) in [1, 6, 24, 72].into_iter().filter_map(|hours| Some((hours, burn(hours)?.to_f64()))) {
        text += &format!("slo_burn_rate{{slo=\"cart\",hours=\"{hours}\"}} {burn}\n");
    }
    text += "# HELP slo_alert_firing Whether the alert fires.\n";
    for (rule, is_firing) in evaluator.alerts(slo).map(|(rule, state)| (rule, u8::from(state.is_firing()))) {
        text += &format!("slo_alert_firing{{slo=\"cart\",alert=\"{}\"}} {is_firing}\n", rule.name);
    }
    text
}

fn get(address: SocketAddr, path: &str) -> Outcome<String> {
    let mut connection = TcpStream::connect(address)?;
    write!(connection, "GET {path} HTTP/1.1\r\nHost: {address}\r\n\r\n")?;
    Ok(read_to_string(connection)?.split("\r\n\r\n").skip(1).collect())
}
