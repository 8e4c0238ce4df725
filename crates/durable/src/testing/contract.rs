//! The contract of a journal as a suite that every adapter runs.

use crate::journal::{Append, Appended, Claim, Claimed, Hash, Head, Journal, Record, StreamId};
use chrono::{DateTime, TimeDelta, Utc};

fn records(stream: &StreamId, after: u64, bodies: &[&str]) -> Vec<Record> {
    let mut hash = Hash::of_stream(stream);
    let all = (1..=after).map(|seq| format!("{seq}")).chain(bodies.iter().map(|body| (*body).to_owned()));
    let all = (1..).zip(all).map(|(seq, body)| {
        hash = hash.then(&body);
        Record { seq, body, hash }
    });
    all.filter(|record| record.seq > after).collect()
}

fn append(stream: &StreamId, after: u64, bodies: &[&str]) -> Append {
    Append { stream: stream.clone(), after, records: records(stream, after, bodies), ends: false }
}

fn mine(claimed: Claimed) -> Claim {
    match claimed {
        Claimed::Yours(claim) => claim,
        Claimed::Theirs(claim) => panic!("{claim:?} holds a scope that is free"),
    }
}

/// Runs the whole contract against an empty journal.
///
/// # Panics
/// Where the journal breaks it, with what it broke.
pub async fn journal_contract(journal: &dyn Journal) {
    appends(journal).await;
    several_streams(journal).await;
    heads(journal).await;
    claims(journal).await;
}

async fn stored(journal: &dyn Journal, batch: &[Append]) -> Appended {
    journal.append(None, batch).await.expect("it answers")
}

async fn read(journal: &dyn Journal, stream: &StreamId, after: u64, limit: usize) -> Vec<Record> {
    journal.read(stream, after, limit).await.expect("it answers")
}

async fn appends(journal: &dyn Journal) {
    let stream = StreamId::new("contract", "append");
    assert_eq!(read(journal, &stream, 0, 9).await, [], "an unknown stream is empty");
    assert_eq!(stored(journal, &[append(&stream, 0, &["1", "2"])]).await, Appended::Stored);
    for after in [0, 1, 3] {
        let taken = stored(journal, &[append(&stream, after, &["x"])]).await;
        assert_eq!(taken, Appended::Conflict, "after {after} of 2");
    }
    assert_eq!(stored(journal, &[append(&stream, 2, &["3"])]).await, Appended::Stored);
    assert_eq!(read(journal, &stream, 0, 9).await, records(&stream, 0, &["1", "2", "3"]));
    assert_eq!(read(journal, &stream, 1, 1).await, records(&stream, 1, &["2"]), "pages");
    assert_eq!(read(journal, &stream, 3, 9).await, [], "nothing is behind the last one");
    let odd = StreamId::new("contract", "odd 名前 '\"%_~2");
    let body = "{\"text\":\"行\\n'; --\u{0}\"}";
    assert_eq!(stored(journal, &[append(&odd, 0, &[body])]).await, Appended::Stored);
    assert_eq!(read(journal, &odd, 0, 9).await, records(&odd, 0, &[body]), "text stays as it is");
    let ending = Append { ends: true, ..append(&stream, 3, &["4"]) };
    assert_eq!(stored(journal, &[ending]).await, Appended::Stored);
    let late = stored(journal, &[append(&stream, 4, &["5"])]).await;
    assert_eq!(late, Appended::Conflict, "a stream that has ended takes nothing");
}

async fn several_streams(journal: &dyn Journal) {
    let (one, other) = (StreamId::new("contract", "one"), StreamId::new("contract", "other"));
    let both = [append(&one, 0, &["1"]), append(&other, 0, &["1"])];
    assert_eq!(stored(journal, &both).await, Appended::Stored);
    let half = [append(&one, 1, &["2"]), append(&other, 0, &["1"])];
    assert_eq!(stored(journal, &half).await, Appended::Conflict);
    assert_eq!(read(journal, &one, 0, 9).await.len(), 1, "to all streams or to none");
    let both = [append(&one, 1, &["2"]), append(&other, 1, &["2"])];
    assert_eq!(stored(journal, &both).await, Appended::Stored);
}

async fn heads(journal: &dyn Journal) {
    let first = StreamId::new("heads", "a");
    let next = first.next();
    assert_eq!(journal.head("heads", "a").await.expect("it answers"), None);
    stored(journal, &[append(&first, 0, &["1"])]).await;
    let head = |stream: &StreamId, has_ended| {
        let record = records(stream, 0, &["1"]).pop().expect("one record");
        Head { stream: stream.clone(), seq: record.seq, hash: record.hash, has_ended }
    };
    assert_eq!(journal.head("heads", "a").await.expect("it answers"), Some(head(&first, false)));
    let over = [Append { ends: true, ..append(&first, 1, &["2"]) }, append(&next, 0, &["1"])];
    assert_eq!(stored(journal, &over).await, Appended::Stored);
    assert_eq!(
        journal.head("heads", "a").await.expect("it answers"),
        Some(head(&next, false)),
        "the newest one"
    );
    let (b, c) = (StreamId::new("heads", "b"), StreamId::new("heads", "c"));
    stored(journal, &[append(&c, 0, &["1"])]).await;
    stored(journal, &[append(&b, 0, &["1"])]).await;
    let open = |after: Option<&'static str>, limit| async move {
        let heads = journal.open_streams("heads", after, limit).await.expect("it answers");
        heads.into_iter().map(|head| head.stream).collect::<Vec<_>>()
    };
    assert_eq!(open(None, 9).await, [next, b.clone(), c.clone()], "by name, without what has ended");
    assert_eq!(open(Some("a"), 1).await, [b], "pages");
    assert_eq!(open(Some("c"), 9).await, []);
}

async fn claims(journal: &dyn Journal) {
    let stream = StreamId::new("contract", "claim");
    let scope = stream.scope();
    let now = DateTime::<Utc>::UNIX_EPOCH;
    let minute = TimeDelta::minutes(1);
    let claim = |owner: &'static str, now, length| {
        let scope = scope.clone();
        async move { journal.claim(&scope, owner, now, length).await.expect("it answers") }
    };
    let one = mine(claim("one", now, minute).await);
    assert_eq!((one.owner.as_str(), one.until), ("one", now + minute));
    assert_eq!(claim("two", now + minute / 2, minute).await, Claimed::Theirs(one.clone()));
    let longer = mine(claim("one", now + minute / 2, minute).await);
    assert_eq!((longer.epoch, longer.until), (one.epoch, now + minute * 3 / 2), "prolonged");
    let shorter = mine(claim("one", now + minute / 2, TimeDelta::seconds(1)).await);
    assert_eq!(shorter.until, longer.until, "never earlier than before");
    let held = journal.append(Some(&one), &[append(&stream, 0, &["1"])]).await.expect("it answers");
    assert_eq!(held, Appended::Stored);
    let two = mine(claim("two", longer.until, minute).await);
    assert!(two.epoch > one.epoch, "another hand, another epoch");
    let late = journal.append(Some(&one), &[append(&stream, 1, &["2"])]).await.expect("it answers");
    assert_eq!(late, Appended::ClaimLost);
    assert_eq!(stored(journal, &[append(&stream, 1, &["2"])]).await, Appended::Stored, "anybody may");
    journal.release(&one).await.expect("it answers");
    assert_eq!(claim("one", longer.until, minute).await, Claimed::Theirs(two.clone()), "not his to give up");
    journal.release(&two).await.expect("it answers");
    let back = mine(claim("one", longer.until, minute).await);
    assert!(back.epoch > two.epoch);
    let again = mine(claim("one", back.until, minute).await);
    assert!(again.epoch > back.epoch, "a claim that has ended is a new one");
}
