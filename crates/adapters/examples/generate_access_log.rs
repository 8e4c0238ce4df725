//! Writes an access log of a made-up shop to the standard output: nginx's combined format and the request time.
//!
//! `cargo run --release -p toban-adapters --example generate_access_log -- MEGABYTES [SEED] > access.log`
//!
//! The same seed gives the same bytes.
#![allow(clippy::indexing_slicing, clippy::cast_possible_truncation, reason = "a generator of known tables")]

use chrono::{DateTime, Utc};
use std::error::Error;
use std::io::Write;

const PATHS: [&str; 8] = [
    "/",
    "/cart",
    "/health",
    "/api/orders",
    "/api/orders/{}/items?page=2&sort=price",
    "/products/{}",
    "/images/products/{}/large.webp",
    "/search?q=tea+pot&colour={}",
];
const METHODS: [&str; 8] = ["GET", "GET", "GET", "GET", "GET", "GET", "HEAD", "POST"];
const REFERRERS: [&str; 4] = [
    "-",
    "https://shop.example/",
    "https://shop.example/products/1842?from=search",
    "https://search.example/?q=tea",
];
const AGENTS: [&str; 5] = [
    "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (compatible; examplebot/2.1; +https://bot.example/about.html)",
    "curl/8.7.1",
];
/// 1 March 2026, midnight.
const START: i64 = 1_772_323_200;
/// Requests a second.
const RATE: i64 = 40;

/// `SplitMix64`, by Steele, Lea and Flood (2014).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (bits ^ (bits >> 31)) % limit
    }

    fn of<'a>(&mut self, items: &[&'a str]) -> &'a str {
        items[self.below(items.len() as u64) as usize]
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let megabytes: usize = arguments.next().ok_or("how many megabytes?")?.parse()?;
    let seed: u64 = arguments.next().map_or(Ok(1), |seed| seed.parse())?;
    let mut random = Random(seed);
    let mut out = std::io::BufWriter::with_capacity(1 << 20, std::io::stdout().lock());
    let (mut written, mut line, mut number) = (0, Vec::new(), 0_i64);
    while written < megabytes * 1_000_000 {
        line.clear();
        write_line(&mut line, number, &mut random)?;
        out.write_all(&line)?;
        written += line.len();
        number += 1;
    }
    Ok(out.flush()?)
}

fn write_line(line: &mut Vec<u8>, number: i64, random: &mut Random) -> Result<(), Box<dyn Error>> {
    // nginx writes at the end of a request, so that neighbours may stand out of order.
    let second = START + number / RATE - i64::try_from(random.below(3))?;
    let at: DateTime<Utc> = DateTime::from_timestamp(second, 0).ok_or("no such second")?;
    let host = random.below(1 << 32) as u32;
    let status = match random.below(1000) {
        0..=2 => 500 + random.below(5),
        3..=29 => 404,
        30..=89 => 304,
        _ => 200,
    };
    let path = random.of(&PATHS).replace("{}", &random.below(100_000).to_string());
    let millis = 2 + random.below(60) + if random.below(20) == 0 { random.below(2_000) } else { 0 };
    writeln!(
        line,
        "{} - - [{}] \"{} {} HTTP/1.1\" {status} {} \"{}\" \"{}\" {}.{:03}",
        std::net::Ipv4Addr::from_bits(host),
        at.format("%d/%b/%Y:%H:%M:%S %z"),
        random.of(&METHODS),
        path,
        random.below(200_000),
        random.of(&REFERRERS),
        random.of(&AGENTS),
        millis / 1000,
        millis % 1000,
    )?;
    Ok(())
}
