//! A block as a snapshot holds it: written as it is, read back, and dealt out to the SLOs that are still there.

use super::block::Block;
use super::bulk;
use super::cells::{Cells, Words};
use super::gaps::{Count, Gaps, Missing};
use super::intake::{Intake, Open};
use super::look::Looks;
use super::word::{LANES, MOST_NARROW, Word};
use super::words::{Reader, Trouble, Writer};
use crate::alarm::Alarm;
use std::io::{self, Read, Write};

/// The measures of a saved block.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    pub(crate) columns: usize,
    /// The number of open slots.
    pub(crate) open: usize,
    pub(crate) rules: usize,
    /// The slots that had ended.
    pub(crate) ended: i64,
}

impl Block {
    /// Writes everything but which SLOs its lanes are.
    pub(crate) fn save<W: Write>(&self, to: &mut Writer<W>) -> io::Result<()> {
        let lanes = self.members.len();
        to.signed(self.start)?;
        to.word(self.bound)?;
        to.maybe(self.mixed)?;
        to.words(self.most.iter().copied())?;
        self.cells.save(to, lanes)?;
        self.missing.save(to, lanes)?;
        self.intake.save(to, lanes)?;
        let rules = self.alarms.len() / self.stride.max(1);
        self.alarms.iter().take(lanes * rules).try_for_each(|alarm| to.words(alarm.to_words()))
    }

    /// Reads a block of so many lanes; which SLOs these are is not known yet.
    pub(crate) fn load<R: Read>(from: &mut Reader<R>, shape: Shape, lanes: usize) -> Result<Self, Trouble> {
        let Shape { columns, open, rules, ended } = shape;
        if !(1..=LANES).contains(&lanes) {
            return Err(Trouble::Damaged("a block has too many lanes, or none"));
        }
        let start = from.signed()?;
        if !(0..=ended).contains(&start) {
            return Err(Trouble::Damaged("a block begins outside its record"));
        }
        let bound = from.word()?;
        let mixed = from.maybe()?;
        let most = from.many(columns, Reader::word)?;
        let cells = Cells::load(from, columns, lanes)?;
        if cells.is_narrow() && bound > MOST_NARROW {
            return Err(Trouble::Damaged("more events than its words hold"));
        }
        let missing = Missing::load(from, columns, lanes)?;
        let intake = Intake::load(from, open, lanes)?;
        let alarms = from.many(lanes * rules, |from| {
            Alarm::from_words([from.word()?, from.word()?]).ok_or(Trouble::Damaged("an alert in no state"))
        })?;
        let members = Vec::new();
        let looks = Looks::restless(lanes);
        Ok(Self { start, members, stride: lanes, cells, missing, intake, most, bound, mixed, looks, alarms })
    }

    /// Some of its lanes, which are `members` from now on, each with the alarms of `rules`: those at the given
    /// places among the `had` ones that it has now, or new ones.
    pub(crate) fn pick(
        &self,
        lanes: &[usize],
        members: Vec<u32>,
        rules: &[Option<usize>],
        had: usize,
    ) -> Self {
        let kept = |lane: usize, rule: Option<usize>| self.alarms.get(lane * had + rule?).copied();
        let of_lane = |lane| rules.iter().map(move |rule| kept(lane, *rule).unwrap_or_default());
        Self {
            start: self.start,
            stride: members.len(),
            cells: self.cells.pick(lanes),
            missing: self.missing.pick(lanes),
            intake: self.intake.pick(lanes),
            most: self.most.clone(),
            bound: self.bound,
            mixed: self.mixed,
            // With other rules the bits may mean something else: whoever is restless is looked at.
            looks: Looks::restless(members.len()),
            alarms: lanes.iter().flat_map(|lane| of_lane(*lane)).collect(),
            members,
        }
    }
}

/// The given lanes of each column.
fn pick<T: Copy>(cells: &[T], stride: usize, lanes: &[usize]) -> Vec<T> {
    let columns = cells.chunks_exact(stride.max(1));
    columns.flat_map(|column| lanes.iter().filter_map(|lane| column.get(*lane).copied())).collect()
}

impl Cells {
    fn save<W: Write>(&self, to: &mut Writer<W>, lanes: usize) -> io::Result<()> {
        to.word(self.is_narrow().into())?;
        match &self.words {
            Words::Narrow(words) => halves(words, self.stride).try_for_each(|(bad, total)| {
                let pairs = bad.iter().zip(total).take(lanes);
                to.words(pairs.map(|(bad, total)| u64::from(*total) << 32 | u64::from(*bad)))
            }),
            Words::Wide(words) => halves(words, self.stride).try_for_each(|(bad, total)| {
                let mut pairs = bad.iter().zip(total).take(lanes);
                pairs.try_for_each(|(bad, total)| to.words([*bad, *total]))
            }),
        }
    }

    fn load<R: Read>(from: &mut Reader<R>, columns: usize, lanes: usize) -> Result<Self, Trouble> {
        let is_narrow = from.flag()?;
        let words = if is_narrow {
            Words::Narrow(columns_of(columns, lanes, || {
                let pair = from.word()?;
                Ok((<u32 as Word>::wrap(pair), <u32 as Word>::wrap(pair >> 32)))
            })?)
        } else {
            Words::Wide(columns_of(columns, lanes, || Ok((from.word()?, from.word()?)))?)
        };
        Ok(Self { words, stride: lanes })
    }

    fn pick(&self, lanes: &[usize]) -> Self {
        // Half a column is a column of half of what there is.
        let words = match &self.words {
            Words::Narrow(words) => Words::Narrow(pick(words, self.stride, lanes)),
            Words::Wide(words) => Words::Wide(pick(words, self.stride, lanes)),
        };
        Self { words, stride: lanes.len() }
    }
}

/// Bad and total of each column.
fn halves<T>(words: &[T], stride: usize) -> impl Iterator<Item = (&[T], &[T])> {
    words.chunks(2 * stride.max(1)).map(move |column| column.split_at(stride.min(column.len())))
}

/// Columns whose lanes are read pair by pair.
fn columns_of<T>(
    columns: usize,
    lanes: usize,
    mut pair: impl FnMut() -> Result<(T, T), Trouble>,
) -> Result<Vec<T>, Trouble> {
    let mut words = Vec::new();
    let mut totals = Vec::new();
    for _ in 0..columns {
        for _ in 0..lanes {
            let (bad, total) = pair()?;
            words.push(bad);
            totals.push(total);
        }
        words.append(&mut totals);
    }
    Ok(words)
}

impl<C: Count> Gaps<C> {
    fn save<W: Write>(&self, to: &mut Writer<W>, lanes: usize) -> io::Result<()> {
        for (column, shared) in self.shared.iter().enumerate() {
            to.maybe(shared.map(i64::from))?;
            if shared.is_none() {
                let counts = bulk::column(&self.cells, self.stride, column).iter().take(lanes);
                to.words(counts.map(|count| count.value().into()))?;
            }
        }
        Ok(())
    }

    fn load<R: Read>(from: &mut Reader<R>, columns: usize, lanes: usize) -> Result<Self, Trouble> {
        let mut gaps = Self::new(columns, lanes);
        for column in 0..columns {
            let shared = from.maybe()?.map(u32::try_from).transpose();
            let shared = shared.map_err(|_| Trouble::Damaged("no number of gaps"))?;
            if shared.is_none() {
                for cell in bulk::column_mut(&mut gaps.cells, lanes, column) {
                    *cell = C::wrap(from.number()?);
                }
            }
            if let Some(place) = gaps.shared.get_mut(column) {
                *place = shared;
            }
        }
        Ok(gaps)
    }

    fn pick(&self, lanes: &[usize]) -> Self {
        let mut picked = Self::new(self.shared.len(), lanes.len());
        picked.shared.clone_from(&self.shared);
        for (column, _) in self.shared.iter().enumerate().filter(|(_, shared)| shared.is_none()) {
            let from = bulk::column(&self.cells, self.stride, column);
            for (cell, lane) in bulk::column_mut(&mut picked.cells, lanes.len(), column).iter_mut().zip(lanes)
            {
                *cell = from.get(*lane).copied().unwrap_or_default();
            }
        }
        picked
    }
}

impl Missing {
    fn save<W: Write>(&self, to: &mut Writer<W>, lanes: usize) -> io::Result<()> {
        to.word(matches!(self, Self::Short(_)).into())?;
        match self {
            Self::Short(gaps) => gaps.save(to, lanes),
            Self::Long(gaps) => gaps.save(to, lanes),
        }
    }

    fn load<R: Read>(from: &mut Reader<R>, columns: usize, lanes: usize) -> Result<Self, Trouble> {
        Ok(if from.flag()? {
            Self::Short(Gaps::load(from, columns, lanes)?)
        } else {
            Self::Long(Gaps::load(from, columns, lanes)?)
        })
    }

    fn pick(&self, lanes: &[usize]) -> Self {
        match self {
            Self::Short(gaps) => Self::Short(gaps.pick(lanes)),
            Self::Long(gaps) => Self::Long(gaps.pick(lanes)),
        }
    }
}

impl Intake {
    fn save<W: Write>(&self, to: &mut Writer<W>, lanes: usize) -> io::Result<()> {
        let seen = self.seen.chunks(self.words.max(1));
        for (Open { is_touched, peak }, seen) in self.open.iter().zip(seen) {
            to.words([u64::from(*is_touched), *peak])?;
            to.words(seen.iter().copied().take(lanes.div_ceil(64)))?;
        }
        Ok(())
    }

    fn load<R: Read>(from: &mut Reader<R>, slots: usize, lanes: usize) -> Result<Self, Trouble> {
        let words = lanes.div_ceil(64);
        let (mut open, mut seen) = (Vec::new(), Vec::new());
        for _ in 0..slots {
            open.push(Open { is_touched: from.flag()?, peak: from.word()? });
            for _ in 0..words {
                seen.push(from.word()?);
            }
        }
        if open.iter().try_fold(0_u64, |sum, open| sum.checked_add(open.peak)).is_none() {
            return Err(Trouble::Damaged("too many events in slots that had not ended"));
        }
        Ok(Self { open, seen, words })
    }

    fn pick(&self, lanes: &[usize]) -> Self {
        let words = lanes.len().div_ceil(64);
        let mut seen = vec![0; self.open.len() * words];
        for (from, to) in self.seen.chunks(self.words.max(1)).zip(seen.chunks_mut(words.max(1))) {
            let is_seen = |lane: usize| from.get(lane / 64).is_some_and(|word| word >> (lane % 64) & 1 == 1);
            for (place, _) in lanes.iter().enumerate().filter(|(_, lane)| is_seen(**lane)) {
                if let Some(word) = to.get_mut(place / 64) {
                    *word |= 1 << (place % 64);
                }
            }
        }
        Self { open: self.open.clone(), seen, words }
    }
}
