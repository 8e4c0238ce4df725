//! Why a command could not do what it was asked to.

use std::error::Error;
use std::fmt;

/// One clear error for people: what, where, and what to do about it.
#[derive(Debug)]
pub(crate) struct Failure(String);

impl Failure {
    pub(crate) fn new(message: impl fmt::Display) -> Self {
        Self(format!("error: {message}"))
    }

    /// Findings about a definition, which say for themselves what they are.
    pub(crate) fn findings(rendered: String) -> Self {
        Self(rendered)
    }

    /// An error with all that lies behind it, on one line.
    pub(crate) fn from_error(error: &(dyn Error + 'static)) -> Self {
        Self::new(OneLine(error))
    }

    /// The same behind what it happened to.
    pub(crate) fn about(what: impl fmt::Display, error: &(dyn Error + 'static)) -> Self {
        Self::new(format_args!("{what}: {}", OneLine(error)))
    }
}

/// An error with all that lies behind it, to be told among other things.
pub(crate) fn one_line(error: &(dyn Error + 'static)) -> impl fmt::Display {
    OneLine(error)
}

/// An error and its sources.
struct OneLine<'a>(&'a (dyn Error + 'static));

impl fmt::Display for OneLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut source = self.0.source();
        while let Some(cause) = source {
            write!(f, ": {cause}")?;
            source = cause.source();
        }
        Ok(())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.trim_end())
    }
}

impl<E: Error + 'static> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::from_error(&error)
    }
}
