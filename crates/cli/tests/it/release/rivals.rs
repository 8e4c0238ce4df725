//! Of one service in one environment one release is under way, whatever can be read of the others.

use super::{PLAN, Release, plan_with};
use chrono::{TimeDelta, Utc};
use toban_adapters::sqlite::SqliteJournal;
use toban_durable::{Append, Appended, Claimed, Journal, Record};

const FIRST: &str = "shop-2.0-production";

fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

impl Release {
    fn sqlite(&self) -> SqliteJournal {
        SqliteJournal::open(&self.journal).unwrap()
    }

    /// Its record goes on like this.
    fn write(&self, body: &str) {
        block_on(async {
            let journal = self.sqlite();
            let head = journal.head("rollout", FIRST).await.unwrap().unwrap();
            let record = Record { seq: head.seq + 1, body: body.into(), hash: head.hash.then(body) };
            let append = Append { stream: head.stream, after: head.seq, records: vec![record], ends: false };
            assert_eq!(journal.append(None, &[append]).await.unwrap(), Appended::Stored);
        });
    }

    /// That record of it says something else than was written.
    fn damage(&self, seq: i64) {
        let connection = rusqlite::Connection::open(&self.journal).unwrap();
        let changed = connection.execute("UPDATE record SET body = 'lost' WHERE seq = ?1", [seq]).unwrap();
        assert_eq!(changed, 1);
    }

    /// Begins another one of that service, which waits for nobody.
    fn another(&self, service: &str, previous: &str, despite: &[&str]) -> crate::support::Outcome {
        let plan = PLAN.replace("demands: [approval]", "demands: []").replace("two_persons", "one_person");
        let plan = plan.replace("service: shop", &format!("service: {service}"));
        let plan = plan.replace("version: \"2.0\"", "version: \"2.1\"");
        let plan = plan.replace("version: \"1.0\"", &format!("version: {previous:?}"));
        let plan = self.folder.file("another.yaml", plan);
        let words = ["run", "--plan", plan.to_str().unwrap(), "--release", "another"];
        self.say(&[&words[..], despite].concat())
    }

    /// It is under way, and nobody carries it out.
    fn left(name: &str) -> Self {
        let mut release = Self::new(name, &plan_with("weight: 5, soak: 200ms", "weight: 5, soak: 1h"));
        release.propose();
        release.tell(&["approve", "--by", "carol", "--why", "read"]);
        release.until("soaking");
        release.interrupt();
        release.running.pop().unwrap().wait().unwrap();
        release
    }

    fn is_done(name: &str) -> Self {
        let mut release = Self::new(name, PLAN);
        release.propose();
        release.tell(&["approve", "--by", "carol", "--why", "read"]);
        release.until("done");
        release.running.pop().unwrap().wait().unwrap();
        release
    }
}

const DESPITE: [&str; 2] = ["--despite", "I have seen to it"];

#[test]
fn what_a_newer_build_carries_out_is_under_way_for_an_older_one() {
    let release = Release::left("rival-newer");
    release.write(r#"{"v":999,"at":"2026-01-01T00:00:00Z","steady":0}"#);
    let done = release.done();
    for despite in [&[][..], &DESPITE] {
        let refused = release.another("shop", "1.0", despite);
        assert_eq!(refused.code, 2, "{}", refused.stdout);
        let why = "may be under way, carried out by a newer build of this command";
        assert!(refused.stderr.contains(why) && refused.stderr.contains(FIRST), "{}", refused.stderr);
        assert!(refused.stderr.contains("one release of shop to production"), "{}", refused.stderr);
    }
    assert_eq!(release.done(), done);
    // Of another service it is in nobody's way.
    let other = release.another("cart", "1.0", &[]);
    assert_eq!(other.code, 0, "{}", other.stderr);
}

#[test]
fn a_damaged_record_of_a_release_that_may_be_under_way_is_in_the_way_until_somebody_says_why_not() {
    let release = Release::left("rival-damaged");
    release.damage(2);
    let done = release.done();
    let refused = release.another("shop", "1.0", &[]);
    assert_eq!((refused.code, release.done()), (2, done), "{}", refused.stdout);
    let why = "shop-2.0-production may be under way (where it is not, `--despite` says why)";
    assert!(refused.stderr.contains(why), "{}", refused.stderr);
    let begun = release.another("shop", "1.0", &DESPITE);
    assert_eq!(begun.code, 0, "{}", begun.stderr);
    assert!(begun.stderr.contains("shop-2.0-production is left out of account"), "{}", begun.stderr);
}

#[test]
fn nor_is_one_whose_first_record_is_lost_taken_for_another_service() {
    let release = Release::left("rival-unknown");
    release.damage(1);
    let refused = release.another("cart", "1.0", &[]);
    assert_eq!(refused.code, 2, "{}", refused.stdout);
    assert!(refused.stderr.contains("may be under way"), "{}", refused.stderr);
}

#[test]
fn a_damaged_record_of_a_release_that_has_ended_is_in_nobodys_way() {
    let torn = |release: &Release| release.write(r#"{"v":1,"at":"#);
    let second = |release: &Release| release.damage(2);
    for (name, damage) in [("rival-torn", &torn as &dyn Fn(&Release)), ("rival-ended", &second)] {
        let release = Release::is_done(name);
        damage(&release);
        let report = release.say(&["report", "--release", FIRST]);
        assert!(report.code != 0, "it is damaged: {}", report.stdout);
        let begun = release.another("shop", "2.0", &[]);
        assert_eq!(begun.code, 0, "{}", begun.stderr);
    }
}

#[test]
fn who_rolls_back_what_is_done_waits_for_who_looks_at_the_same_time() {
    let release = Release::is_done("rival-waits");
    let until = block_on(async {
        let (now, length) = (Utc::now(), TimeDelta::seconds(2));
        match release.sqlite().claim("target/production/shop", "somebody", now, length).await.unwrap() {
            Claimed::Yours(claim) => claim.until,
            Claimed::Theirs(claim) => panic!("it was not given up: {claim:?}"),
        }
    });
    release.tell(&["rollback", "--by", "alice", "--why", "users complain"]);
    assert!(Utc::now() >= until);
    assert_eq!(release.done().last().map(String::as_str), Some("look"));
}
