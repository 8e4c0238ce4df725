//! Where a value stands inside a document.

use std::fmt;
use std::str::FromStr;

/// Where a value stands inside a document, written `spec.objectives[0].target`.
///
/// A key that is more than letters, digits, `_` and `-` stands in brackets: `metadata.annotations["a.example/b"]`,
/// with `\"` and `\\` inside. The text of the whole document is the empty text.
///
/// ```
/// use toban_yaml::Path;
/// let path: Path = "spec.objectives[0].target".parse()?;
/// assert_eq!(path, Path::root().key("spec").key("objectives").index(0).key("target"));
/// assert_eq!(path.to_string(), "spec.objectives[0].target");
/// # Ok::<(), toban_yaml::PathError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Path(Vec<Step>);

/// One step down.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Step {
    Index(usize),
    Key(String),
}

impl Path {
    /// The whole document.
    #[must_use]
    pub fn root() -> Self {
        Self::default()
    }

    /// The value of a key of the mapping that stands here.
    #[must_use]
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.0.push(Step::Key(key.into()));
        self
    }

    /// An item, counted from 0, of the list that stands here.
    #[must_use]
    pub fn index(mut self, index: usize) -> Self {
        self.0.push(Step::Index(index));
        self
    }

    /// Whether it is the whole document.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The place that has that path below this one.
    pub(crate) fn joined(mut self, below: Self) -> Self {
        self.0.extend(below.0);
        self
    }

    pub(crate) fn steps(&self) -> &[Step] {
        &self.0
    }
}

impl FromIterator<Step> for Path {
    fn from_iter<I: IntoIterator<Item = Step>>(steps: I) -> Self {
        Self(steps.into_iter().collect())
    }
}

fn is_bare(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-')
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (depth, step) in self.0.iter().enumerate() {
            match step {
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Key(key) if !key.is_empty() && key.chars().all(is_bare) => {
                    write!(f, "{}{key}", if depth == 0 { "" } else { "." })?;
                }
                Step::Key(key) => write!(f, "[\"{}\"]", key.replace('\\', "\\\\").replace('"', "\\\""))?,
            }
        }
        Ok(())
    }
}

impl FromStr for Path {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        let error = || PathError { text: text.to_owned() };
        let (mut path, mut rest) = (Self::root(), text);
        while !rest.is_empty() {
            if let Some(quoted) = rest.strip_prefix("[\"") {
                let (key, after) = unquote(quoted).ok_or_else(error)?;
                path = path.key(key);
                rest = after;
            } else if let Some(bracket) = rest.strip_prefix('[') {
                let (index, after) = bracket.split_once(']').ok_or_else(error)?;
                let digits = !index.is_empty() && index.bytes().all(|byte| byte.is_ascii_digit());
                path = path.index(digits.then(|| index.parse().ok()).flatten().ok_or_else(error)?);
                rest = after;
            } else {
                let bare = if path.is_root() { Some(rest) } else { rest.strip_prefix('.') };
                let bare = bare.ok_or_else(error)?;
                let (key, after) = bare.split_at(bare.find(|c| !is_bare(c)).unwrap_or(bare.len()));
                if key.is_empty() {
                    return Err(error());
                }
                path = path.key(key);
                rest = after;
            }
        }
        Ok(path)
    }
}

/// Reads up to `"]`; gives the key and what follows.
fn unquote(text: &str) -> Option<(String, &str)> {
    let mut key = String::new();
    let mut chars = text.chars();
    loop {
        match chars.next()? {
            '"' => return Some((key, chars.as_str().strip_prefix(']')?)),
            '\\' => key.push(chars.next().filter(|escaped| matches!(escaped, '"' | '\\'))?),
            other => key.push(other),
        }
    }
}

/// A text that is no path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no path: expected keys and indexes, as in `spec.objectives[0].target`")]
pub struct PathError {
    /// The rejected text.
    pub text: String,
}
