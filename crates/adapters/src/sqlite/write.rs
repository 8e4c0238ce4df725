//! What is written: records of streams, and claims.

use super::error::Trouble;
use super::read::{hash, instant};
use super::work::Verdict;
use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{Connection, OptionalExtension, params};
use std::path::Path;
use std::sync::Arc;
use toban_durable::{Append, Appended, Claim, Claimed, Epoch, Hash};

/// Writes all records of a batch, or says to undo what was written of it.
pub(super) fn append(
    connection: &Connection,
    path: &Arc<Path>,
    claim: Option<&Claim>,
    batch: &[Append],
) -> Result<Verdict<Appended>, Trouble> {
    let failed = |error| Trouble::new(path, error);
    if let Some(claim) = claim {
        let held = held(connection, &claim.scope).map_err(failed)?;
        if held.is_none_or(|held| held.epoch != claim.epoch) {
            return Ok(Verdict::Keep(Appended::ClaimLost));
        }
    }
    for append in batch {
        for (record, place) in append.records.iter().zip(append.after.saturating_add(1)..) {
            if record.seq != place {
                let (stream, seq) = (append.stream.clone(), record.seq);
                return Err(Trouble::Misplaced { stream, seq, place });
            }
        }
        if !append_one(connection, append).map_err(failed)? {
            return Ok(Verdict::Undo(Appended::Conflict));
        }
    }
    Ok(Verdict::Keep(Appended::Stored))
}

/// Writes the records of one stream; `false` where it does not stand where the writer thinks.
fn append_one(connection: &Connection, append: &Append) -> rusqlite::Result<bool> {
    let Append { stream, after, records, ends } = append;
    let row = params![stream.kind, stream.name, stream.generation];
    let head = connection
        .prepare_cached(
            "SELECT id, seq, has_ended, hash FROM stream WHERE kind = ?1 AND name = ?2 AND generation = ?3",
        )?
        .query_row(row, |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, u64>(1)?, row.get::<_, bool>(2)?, hash(row, 3)?))
        })
        .optional()?;
    let (seq, has_ended, before) = match &head {
        Some((_, seq, has_ended, hash)) => (*seq, *has_ended, *hash),
        None => (0, false, Hash::of_stream(stream)),
    };
    if seq != *after || has_ended {
        return Ok(false);
    }
    let last = records.last().map_or((seq, before), |record| (record.seq, record.hash));
    let id = match head {
        Some((id, ..)) => {
            connection
                .prepare_cached("UPDATE stream SET seq = ?2, hash = ?3, has_ended = ?4 WHERE id = ?1")?
                .execute(params![id, last.0, last.1.as_bytes(), ends])?;
            id
        }
        None => {
            connection
                .prepare_cached(
                    "INSERT INTO stream (kind, name, generation, seq, hash, has_ended) \
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                )?
                .execute(params![
                    stream.kind,
                    stream.name,
                    stream.generation,
                    last.0,
                    last.1.as_bytes(),
                    ends
                ])?;
            connection.last_insert_rowid()
        }
    };
    let mut insert =
        connection.prepare_cached("INSERT INTO record (stream, seq, hash, body) VALUES (?1, ?2, ?3, ?4)")?;
    for record in records {
        insert.execute(params![id, record.seq, record.hash.as_bytes(), record.body])?;
    }
    Ok(true)
}

/// A claim as it is kept; without an end it was given up.
struct Held {
    owner: String,
    epoch: Epoch,
    until: Option<DateTime<Utc>>,
}

fn held(connection: &Connection, scope: &str) -> rusqlite::Result<Option<Held>> {
    let mut select = connection.prepare_cached("SELECT owner, epoch, until FROM claim WHERE scope = ?1")?;
    let held = select.query_row([scope], |row| {
        Ok(Held { owner: row.get(0)?, epoch: Epoch(row.get(1)?), until: instant(row, 2)? })
    });
    held.optional()
}

pub(super) fn holder(
    connection: &Connection,
    scope: &str,
    now: DateTime<Utc>,
) -> rusqlite::Result<Option<Claim>> {
    let held = held(connection, scope)?;
    let claim = |Held { owner, epoch, until }: Held| {
        Some(Claim { scope: scope.into(), owner, epoch, until: until.filter(|end| *end > now)? })
    };
    Ok(held.and_then(claim))
}

/// Takes the scope, or prolongs it, unless another owner holds it at `now`.
pub(super) fn claim(
    connection: &Connection,
    scope: &str,
    owner: &str,
    now: DateTime<Utc>,
    length: TimeDelta,
) -> rusqlite::Result<Claimed> {
    // Rounded up to what is kept, so that nobody else comes before its end.
    let length = length.checked_add(&TimeDelta::nanoseconds(999)).unwrap_or(length);
    let until = now.checked_add_signed(length).unwrap_or(DateTime::<Utc>::MAX_UTC).timestamp_micros();
    let until = DateTime::from_timestamp_micros(until).unwrap_or(DateTime::<Utc>::MAX_UTC);
    let (epoch, until) = match held(connection, scope)? {
        None => (1, until),
        Some(Held { epoch, until: Some(end), owner: holder }) if end > now => {
            if holder != owner {
                return Ok(Claimed::Theirs(Claim { scope: scope.into(), owner: holder, epoch, until: end }));
            }
            (epoch.0, until.max(end))
        }
        Some(held) => (held.epoch.0.saturating_add(1), until),
    };
    connection
        .prepare_cached(
            "INSERT INTO claim (scope, owner, epoch, until) VALUES (?1, ?2, ?3, ?4) \
             ON CONFLICT (scope) DO UPDATE SET owner = ?2, epoch = ?3, until = ?4",
        )?
        .execute(params![scope, owner, epoch, until.timestamp_micros()])?;
    Ok(Claimed::Yours(Claim { scope: scope.into(), owner: owner.into(), epoch: Epoch(epoch), until }))
}

/// Ends a claim, where it still holds the scope.
pub(super) fn release(connection: &Connection, claim: &Claim) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE claim SET until = NULL WHERE scope = ?1 AND epoch = ?2")?
        .execute(params![claim.scope, claim.epoch.0])?;
    Ok(())
}
