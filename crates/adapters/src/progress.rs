//! How far a reading has come.

use std::fmt;

/// How far a reading has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Bytes that have been read, compressed if the input is; to be compared with the length of the file.
    pub bytes: u64,
    /// Lines that have been read.
    pub lines: u64,
}

/// Whoever wants to know how far a reading has come, if anybody.
#[derive(Default)]
pub(crate) struct Listener<'a> {
    tell: Option<&'a mut dyn FnMut(Progress)>,
    told: Option<Progress>,
}

impl<'a> Listener<'a> {
    pub(crate) fn new(tell: &'a mut dyn FnMut(Progress)) -> Self {
        Self { tell: Some(tell), told: None }
    }

    /// Passes on what is new: whenever more has been read.
    pub(crate) fn note(&mut self, bytes: u64, lines: u64) {
        if self.told.is_none_or(|told| told.bytes != bytes) {
            self.finish(bytes, lines);
        }
    }

    /// Passes on where it ended.
    pub(crate) fn finish(&mut self, bytes: u64, lines: u64) {
        let progress = Progress { bytes, lines };
        if let Some(tell) = &mut self.tell
            && self.told != Some(progress)
        {
            tell(progress);
        }
        self.told = Some(progress);
    }
}

impl fmt::Debug for Listener<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { tell, told } = self;
        f.debug_struct("Listener").field("is_there", &tell.is_some()).field("told", told).finish()
    }
}
