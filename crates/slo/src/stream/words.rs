//! How a snapshot is written: words of 64 bits, little end first, with a checksum behind them.

use std::io::{self, Read, Write};

/// Adds up what went by, so that a snapshot that was cut off or altered is not taken for a whole one.
#[derive(Clone, Copy, Debug, Default)]
struct Checksum(u64);

impl Checksum {
    fn see(&mut self, word: u64) {
        // An odd factor and a rotation: each bit of each word reaches the upper bits, and their order counts.
        self.0 = (self.0.rotate_left(23) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

/// Where a snapshot is written to.
#[derive(Debug)]
pub(crate) struct Writer<W: Write> {
    to: io::BufWriter<W>,
    sum: Checksum,
}

impl<W: Write> Writer<W> {
    pub(crate) fn new(to: W) -> Self {
        Self { to: io::BufWriter::new(to), sum: Checksum::default() }
    }

    pub(crate) fn word(&mut self, word: u64) -> io::Result<()> {
        self.sum.see(word);
        self.to.write_all(&word.to_le_bytes())
    }

    pub(crate) fn words(&mut self, words: impl IntoIterator<Item = u64>) -> io::Result<()> {
        words.into_iter().try_for_each(|word| self.word(word))
    }

    /// A number whose sign is kept.
    pub(crate) fn signed(&mut self, number: i64) -> io::Result<()> {
        self.word(number.cast_unsigned())
    }

    pub(crate) fn count(&mut self, count: usize) -> io::Result<()> {
        self.word(count as u64)
    }

    /// Nothing, or a number.
    pub(crate) fn maybe(&mut self, number: Option<i64>) -> io::Result<()> {
        self.word(number.is_some().into())?;
        self.signed(number.unwrap_or(0))
    }

    /// The number of its bytes, then these, filled up to whole words.
    pub(crate) fn text(&mut self, text: &str) -> io::Result<()> {
        self.count(text.len())?;
        self.words(text.as_bytes().chunks(8).map(|chunk| {
            let mut bytes = [0; 8];
            bytes.iter_mut().zip(chunk).for_each(|(to, from)| *to = *from);
            u64::from_le_bytes(bytes)
        }))
    }

    /// Writes the checksum and hands everything over.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        let Checksum(sum) = self.sum;
        self.to.write_all(&sum.to_le_bytes())?;
        self.to.flush()
    }
}

/// A snapshot does not say what it should.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// Its bytes are not those that were written; says where that showed.
    Damaged(&'static str),
    Io(io::Error),
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::Damaged("it ends too early"),
            _ => Self::Io(error),
        }
    }
}

/// Where a snapshot is read from.
#[derive(Debug)]
pub(crate) struct Reader<R: Read> {
    from: io::BufReader<R>,
    sum: Checksum,
}

/// So much room is made before anything was read: a number that was altered must not take all memory.
const TRUSTED: usize = 1 << 16;

impl<R: Read> Reader<R> {
    pub(crate) fn new(from: R) -> Self {
        Self { from: io::BufReader::new(from), sum: Checksum::default() }
    }

    fn raw(&mut self) -> Result<u64, Trouble> {
        let mut bytes = [0; 8];
        self.from.read_exact(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    pub(crate) fn word(&mut self) -> Result<u64, Trouble> {
        let word = self.raw()?;
        self.sum.see(word);
        Ok(word)
    }

    pub(crate) fn signed(&mut self) -> Result<i64, Trouble> {
        Ok(self.word()?.cast_signed())
    }

    pub(crate) fn number<T: TryFrom<u64>>(&mut self) -> Result<T, Trouble> {
        T::try_from(self.word()?).map_err(|_| Trouble::Damaged("a number is too large"))
    }

    pub(crate) fn flag(&mut self) -> Result<bool, Trouble> {
        match self.word()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(Trouble::Damaged("neither yes nor no")),
        }
    }

    pub(crate) fn maybe(&mut self) -> Result<Option<i64>, Trouble> {
        let is_there = self.flag()?;
        let number = self.signed()?;
        Ok(is_there.then_some(number))
    }

    /// So many of something.
    pub(crate) fn many<T>(
        &mut self,
        count: usize,
        mut one: impl FnMut(&mut Self) -> Result<T, Trouble>,
    ) -> Result<Vec<T>, Trouble> {
        let mut all = Vec::with_capacity(count.min(TRUSTED));
        for _ in 0..count {
            all.push(one(self)?);
        }
        Ok(all)
    }

    pub(crate) fn text(&mut self) -> Result<String, Trouble> {
        let bytes: usize = self.number()?;
        let words = self.many(bytes.div_ceil(8), Self::word)?;
        let mut text: Vec<u8> = words.into_iter().flat_map(u64::to_le_bytes).collect();
        text.truncate(bytes);
        String::from_utf8(text).map_err(|_| Trouble::Damaged("a text is no UTF-8"))
    }

    /// Whether everything was read as it was written, and nothing is left.
    pub(crate) fn finish(mut self) -> Result<(), Trouble> {
        let Checksum(sum) = self.sum;
        if self.raw()? != sum {
            return Err(Trouble::Damaged("its checksum is another one"));
        }
        match self.from.read(&mut [0])? {
            0 => Ok(()),
            _ => Err(Trouble::Damaged("something follows its end")),
        }
    }
}
