//! What is read: records, and where streams stand.

use chrono::{DateTime, Utc};
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, params};
use toban_durable::{Hash, Head, Record, Seq, StreamId};

/// Records of a stream, in order.
pub(super) fn records(
    connection: &Connection,
    stream: &StreamId,
    after: Seq,
    limit: usize,
) -> rusqlite::Result<Vec<Record>> {
    let Ok(after) = i64::try_from(after) else { return Ok(Vec::new()) };
    let mut select = connection.prepare_cached(
        "SELECT seq, hash, body FROM record WHERE seq > ?4 AND stream = \
         (SELECT id FROM stream WHERE kind = ?1 AND name = ?2 AND generation = ?3) ORDER BY seq LIMIT ?5",
    )?;
    let asked = params![stream.kind, stream.name, stream.generation, after, most(limit)];
    let records = select
        .query_map(asked, |row| Ok(Record { seq: row.get(0)?, hash: hash(row, 1)?, body: row.get(2)? }))?;
    records.collect()
}

/// Where the newest stream of a machine stands.
pub(super) fn head(connection: &Connection, kind: &str, name: &str) -> rusqlite::Result<Option<Head>> {
    let mut select = connection.prepare_cached(
        "SELECT kind, name, generation, seq, hash, has_ended FROM stream \
         WHERE kind = ?1 AND name = ?2 ORDER BY generation DESC LIMIT 1",
    )?;
    select.query_row(params![kind, name], as_head).optional()
}

/// The streams of a kind that take records, by name.
pub(super) fn open_streams(
    connection: &Connection,
    kind: &str,
    after: Option<&str>,
    limit: usize,
) -> rusqlite::Result<Vec<Head>> {
    let mut select = connection.prepare_cached(
        "SELECT kind, name, generation, seq, hash, has_ended FROM stream \
         WHERE has_ended = 0 AND kind = ?1 AND (?2 IS NULL OR name > ?2) ORDER BY name, generation LIMIT ?3",
    )?;
    let heads = select.query_map(params![kind, after, most(limit)], as_head)?;
    heads.collect()
}

fn as_head(row: &Row<'_>) -> rusqlite::Result<Head> {
    let stream = StreamId { kind: row.get(0)?, name: row.get(1)?, generation: row.get(2)? };
    Ok(Head { stream, seq: row.get(3)?, hash: hash(row, 4)?, has_ended: row.get(5)? })
}

/// The hash in a column.
pub(super) fn hash(row: &Row<'_>, column: usize) -> rusqlite::Result<Hash> {
    row.get(column).map(Hash::from_bytes)
}

/// The instant in a column, in microseconds since 1970.
pub(super) fn instant(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<DateTime<Utc>>> {
    let Some(micros) = row.get::<_, Option<i64>>(column)? else { return Ok(None) };
    let instant = DateTime::from_timestamp_micros(micros);
    let wrong = || rusqlite::Error::FromSqlConversionFailure(column, Type::Integer, "no such instant".into());
    instant.map(Some).ok_or_else(wrong)
}

fn most(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
