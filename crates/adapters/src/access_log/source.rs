//! Bytes from anywhere, gzip undone, cut into blocks of whole lines.

use flate2::bufread::MultiGzDecoder;
use memchr::memrchr;
use std::io::{BufReader, Chain, Cursor, ErrorKind, Read};

/// The longest line that is read, in bytes without its end: 1 MiB.
pub const LONGEST_LINE: usize = 1 << 20;

/// How much is read at once: large enough that a call costs nothing, small enough to stay in the cache.
const BLOCK: usize = 256 << 10;

/// What gzip begins with.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// The bytes of a log, of which those that came from outside are counted.
enum Source<R: Read> {
    Plain(Begun<R>),
    Gzip(Box<MultiGzDecoder<BufReader<Begun<R>>>>),
}

/// A reader whose first bytes have been looked at.
type Begun<R> = Chain<Cursor<Vec<u8>>, Counted<R>>;

struct Counted<R> {
    inner: R,
    bytes: u64,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.bytes += read as u64;
        Ok(read)
    }
}

impl<R: Read> Source<R> {
    fn open(inner: R) -> std::io::Result<Self> {
        let mut counted = Counted { inner, bytes: 0 };
        let mut magic = Vec::new();
        counted.by_ref().take(GZIP.len() as u64).read_to_end(&mut magic)?;
        let is_gzip = magic == GZIP;
        let begun = Cursor::new(magic).chain(counted);
        Ok(if is_gzip {
            Self::Gzip(Box::new(MultiGzDecoder::new(BufReader::with_capacity(BLOCK, begun))))
        } else {
            Self::Plain(begun)
        })
    }

    /// Bytes that came from outside.
    fn taken(&self) -> u64 {
        let (_, counted) = match self {
            Self::Plain(begun) => begun.get_ref(),
            Self::Gzip(decoder) => decoder.get_ref().get_ref().get_ref(),
        };
        counted.bytes
    }
}

impl<R: Read> Read for Source<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        match self {
            Self::Plain(begun) => begun.read(buffer),
            Self::Gzip(decoder) => decoder.read(buffer),
        }
    }
}

/// A log in blocks of whole lines, the last of which may lack its end.
pub(super) struct Blocks<R: Read> {
    source: Source<R>,
    buffer: Vec<u8>,
    /// Where in the buffer that begins which has not been handed out.
    from: usize,
    /// Where in the buffer that ends which has been read.
    to: usize,
}

/// Why a log cannot be read on.
pub(super) enum Stop {
    LineTooLong,
    Gzip(std::io::Error),
    Read(std::io::Error),
}

impl<R: Read> Blocks<R> {
    pub(super) fn open(input: R) -> Result<Self, Stop> {
        let source = Source::open(input).map_err(Stop::Read)?;
        Ok(Self { source, buffer: vec![0; BLOCK], from: 0, to: 0 })
    }

    /// Bytes that came from outside so far.
    pub(super) fn taken(&self) -> u64 {
        self.source.taken()
    }

    /// The next lines; none at the end. A line longer than [`LONGEST_LINE`] may still be among them.
    pub(super) fn advance(&mut self) -> Result<Option<&[u8]>, Stop> {
        self.buffer.copy_within(self.from..self.to, 0);
        (self.from, self.to) = (0, self.to - self.from);
        loop {
            if self.to > LONGEST_LINE {
                return Err(Stop::LineTooLong);
            }
            if self.to == self.buffer.len() {
                self.buffer.resize(2 * self.to, 0);
            }
            let free = self.buffer.get_mut(self.to..).unwrap_or_default();
            let read = match self.source.read(free) {
                Ok(read) => read,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(self.stop(error)),
            };
            let end =
                memrchr(b'\n', free.get(..read).unwrap_or_default()).map(|newline| self.to + newline + 1);
            self.to += read;
            if read == 0 && self.to == 0 {
                return Ok(None);
            }
            if let Some(end) = end.or((read == 0).then_some(self.to)) {
                self.from = end;
                return Ok(self.buffer.get(..end));
            }
        }
    }

    fn stop(&self, error: std::io::Error) -> Stop {
        let is_damage = matches!(
            error.kind(),
            ErrorKind::InvalidData | ErrorKind::InvalidInput | ErrorKind::UnexpectedEof
        );
        match self.source {
            Source::Gzip(_) if is_damage => Stop::Gzip(error),
            _ => Stop::Read(error),
        }
    }
}
