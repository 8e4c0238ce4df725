//! Where something stands.

use std::borrow::Cow;
use std::fmt;

/// One step into a document.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// Into the value of that key.
    Field(Cow<'static, str>),
    /// Into the list item of that number, counted from 0.
    Item(usize),
}

impl From<&'static str> for Step {
    fn from(field: &'static str) -> Self {
        Self::Field(field.into())
    }
}

impl From<String> for Step {
    fn from(field: String) -> Self {
        Self::Field(field.into())
    }
}

impl From<usize> for Step {
    fn from(item: usize) -> Self {
        Self::Item(item)
    }
}

/// The way from the root of a document to a value, printed as `spec.objectives[0].target`.
///
/// A key that would not read as one word is quoted: `metadata.annotations["toban.dev/windows"]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldPath(Vec<Step>);

impl FieldPath {
    /// The steps, from the root on.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    /// The same path, one step further.
    #[must_use]
    pub fn then(&self, step: impl Into<Step>) -> Self {
        let mut longer = self.clone();
        longer.0.push(step.into());
        longer
    }

    pub(super) fn push(&mut self, step: Step) {
        self.0.push(step);
    }

    pub(super) fn pop(&mut self) {
        self.0.pop();
    }

    pub(super) fn begin_with(&mut self, step: Step) {
        self.0.insert(0, step);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<Step> for FieldPath {
    fn from_iter<I: IntoIterator<Item = Step>>(steps: I) -> Self {
        Self(steps.into_iter().collect())
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, step) in self.0.iter().enumerate() {
            match step {
                Step::Item(item) => write!(f, "[{item}]")?,
                Step::Field(key) if !is_word(key) => write!(f, "[{key:?}]")?,
                Step::Field(key) if number == 0 => f.write_str(key)?,
                Step::Field(key) => write!(f, ".{key}")?,
            }
        }
        Ok(())
    }
}

fn is_word(key: &str) -> bool {
    !key.is_empty() && key.chars().all(|char| char.is_alphanumeric() || matches!(char, '_' | '-'))
}
