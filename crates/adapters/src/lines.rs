//! Bytes from anywhere, gzip undone, cut into lines in bounded memory.

use flate2::bufread::MultiGzDecoder;
use memchr::memchr;
use std::io::{BufReader, Chain, Cursor, ErrorKind, Read};

/// The longest line that is read, in bytes without its end: 1 MiB.
pub const LONGEST_LINE: usize = 1 << 20;

/// How much is read at once: large enough that a call costs nothing, small enough to stay in the cache.
const BLOCK: usize = 256 << 10;

/// What gzip begins with.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// The lines of a text, plain or gzip.
pub(crate) struct Lines<R: Read> {
    source: Source<R>,
    buffer: Vec<u8>,
    /// Where in the buffer that begins which has not been handed out.
    from: usize,
    /// Up to where no end of a line was found.
    searched: usize,
    /// Where in the buffer that ends which has been read.
    to: usize,
    /// Whether nothing follows.
    is_over: bool,
    line: u64,
}

/// The text cannot be read on.
#[derive(Debug)]
pub(crate) struct Stop {
    /// The last line that was read; 0 before the first.
    pub(crate) line: u64,
    pub(crate) cause: Cause,
}

/// Why a text cannot be read on.
#[derive(Debug)]
pub(crate) enum Cause {
    Gzip(std::io::Error),
    LineTooLong,
    Read(std::io::Error),
}

impl<R: Read> Lines<R> {
    pub(crate) fn open(input: R) -> Result<Self, Stop> {
        let source = Source::open(input).map_err(|error| Stop { line: 0, cause: Cause::Read(error) })?;
        Ok(Self { source, buffer: vec![0; BLOCK], from: 0, searched: 0, to: 0, is_over: false, line: 0 })
    }

    /// The next line without its end, which the last one may lack, and its number, counted from one.
    pub(crate) fn next_line(&mut self) -> Result<Option<(u64, &[u8])>, Stop> {
        let (end, next) = loop {
            let fresh = self.buffer.get(self.searched..self.to).unwrap_or_default();
            if let Some(newline) = memchr(b'\n', fresh) {
                let end = self.searched + newline;
                break (end, end + 1);
            }
            self.searched = self.to;
            if self.is_over {
                break (self.to, self.to);
            }
            if self.to - self.from > LONGEST_LINE {
                return Err(self.stop(Cause::LineTooLong));
            }
            self.read().map_err(|cause| self.stop(cause))?;
        };
        let line = self.from..end;
        if line.start == next {
            return Ok(None);
        }
        if line.len() > LONGEST_LINE {
            return Err(self.stop(Cause::LineTooLong));
        }
        (self.from, self.searched) = (next, next);
        self.line += 1;
        Ok(self.buffer.get(line).map(|line| (self.line, line)))
    }

    /// How many lines have been read.
    pub(crate) fn line(&self) -> u64 {
        self.line
    }

    /// Bytes that came from outside so far.
    pub(crate) fn bytes(&self) -> u64 {
        let (_, counted) = match &self.source {
            Source::Plain(begun) => begun.get_ref(),
            Source::Gzip(decoder) => decoder.get_ref().get_ref().get_ref(),
        };
        counted.bytes
    }

    /// Reads more behind what has not been handed out.
    fn read(&mut self) -> Result<(), Cause> {
        self.buffer.copy_within(self.from..self.to, 0);
        (self.searched, self.to, self.from) = (self.searched - self.from, self.to - self.from, 0);
        if self.to == self.buffer.len() {
            self.buffer.resize(2 * self.to, 0);
        }
        let free = self.buffer.get_mut(self.to..).unwrap_or_default();
        match self.source.read(free) {
            Ok(0) => self.is_over = true,
            Ok(read) => self.to += read,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if matches!(self.source, Source::Gzip(_)) && is_damage(&error) => {
                return Err(Cause::Gzip(error));
            }
            Err(error) => return Err(Cause::Read(error)),
        }
        Ok(())
    }

    fn stop(&self, cause: Cause) -> Stop {
        Stop { line: self.line, cause }
    }
}

/// Whether the error comes from what is read, not from where.
fn is_damage(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::InvalidData | ErrorKind::InvalidInput | ErrorKind::UnexpectedEof)
}

/// The bytes of a text, of which those that come from outside are counted.
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
}

impl<R: Read> Read for Source<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        match self {
            Self::Plain(begun) => begun.read(buffer),
            Self::Gzip(decoder) => decoder.read(buffer),
        }
    }
}
