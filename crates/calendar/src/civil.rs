//! Civil times that the clock skips or shows twice.

use chrono::{DateTime, NaiveDateTime, Utc};

use crate::zone::Zone;

/// What a civil time means that the clock skips, as 02:30 where it jumps from 02:00 to 03:00.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Gap {
    /// The instant of the jump: the first one after the gap (03:00).
    FirstAfter,
    /// Nothing: [`CivilError::Skipped`].
    Refuse,
    /// As far after the jump as the civil time lies inside the gap (03:30), as RFC 5545 reads it.
    Shift,
}

/// What a civil time means that the clock shows twice, as 02:30 where it falls back from 03:00 to 02:00.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fold {
    /// The first of the two instants.
    Earlier,
    /// The second of the two instants.
    Later,
    /// Nothing: [`CivilError::Repeated`].
    Refuse,
}

/// The instants at which a zone's clocks show one civil time.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(
    not(feature = "zones"),
    expect(dead_code, reason = "UTC and fixed offsets skip and repeat nothing")
)]
pub(crate) enum Resolved {
    Once(DateTime<Utc>),
    Twice { earlier: DateTime<Utc>, later: DateTime<Utc> },
    Never { resumes: DateTime<Utc>, shifted: DateTime<Utc> },
}

impl Zone {
    /// The instant at which local clocks show the civil time.
    ///
    /// # Errors
    /// When a policy refuses, or the instant lies beyond the years that can be expressed.
    pub fn instant(self, civil: NaiveDateTime, gap: Gap, fold: Fold) -> Result<DateTime<Utc>, CivilError> {
        let zone = self;
        match self.resolve(civil).ok_or(CivilError::OutOfRange { near: civil, zone })? {
            Resolved::Once(at) => Ok(at),
            Resolved::Twice { earlier, later } => match fold {
                Fold::Earlier => Ok(earlier),
                Fold::Later => Ok(later),
                Fold::Refuse => Err(CivilError::Repeated { civil, zone, earlier, later }),
            },
            Resolved::Never { resumes, shifted } => match gap {
                Gap::FirstAfter => Ok(resumes),
                Gap::Shift => Ok(shifted),
                Gap::Refuse => Err(CivilError::Skipped { civil, zone, resumes }),
            },
        }
    }
}

/// A civil time that has no instant, or not one only.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CivilError {
    /// It lies beyond the years -262143 to 262142.
    #[error("{near} in {zone} reaches beyond the years -262143 to 262142")]
    OutOfRange {
        /// The civil time, or the instant in UTC, from which the edge was reached.
        near: NaiveDateTime,
        /// The zone.
        zone: Zone,
    },
    /// The clock shows it twice and [`Fold::Refuse`] was asked for.
    #[error("{civil} happens twice in {zone}: at {earlier} and at {later}")]
    Repeated {
        /// The civil time.
        civil: NaiveDateTime,
        /// The zone.
        zone: Zone,
        /// Its first instant.
        earlier: DateTime<Utc>,
        /// Its second instant.
        later: DateTime<Utc>,
    },
    /// The clock skips it and [`Gap::Refuse`] was asked for.
    #[error("{civil} does not happen in {zone}: clocks jump over it at {resumes}")]
    Skipped {
        /// The civil time.
        civil: NaiveDateTime,
        /// The zone.
        zone: Zone,
        /// The instant of the jump.
        resumes: DateTime<Utc>,
    },
}
