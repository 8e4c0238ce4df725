//! Who does something, and who is asked.

use std::fmt;
use std::str::FromStr;

/// What a person is called in all definitions: `alice`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "String", into = "String"))]
pub struct PersonId(String);

impl PersonId {
    /// The person of this name.
    ///
    /// # Errors
    /// When the name is empty, begins or ends with white space, or has a control character.
    pub fn new(name: impl Into<String>) -> Result<Self, IdError> {
        named(name.into()).map(Self)
    }

    /// As a text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PersonId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for PersonId {
    type Err = IdError;

    fn from_str(name: &str) -> Result<Self, IdError> {
        Self::new(name)
    }
}

impl TryFrom<String> for PersonId {
    type Error = IdError;

    fn try_from(name: String) -> Result<Self, IdError> {
        Self::new(name)
    }
}

impl From<PersonId> for String {
    fn from(id: PersonId) -> Self {
        id.0
    }
}

/// What a role is called in all definitions: `operations-lead`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "String", into = "String"))]
pub struct RoleId(String);

impl RoleId {
    /// The role of this name.
    ///
    /// # Errors
    /// When the name is empty, begins or ends with white space, or has a control character.
    pub fn new(name: impl Into<String>) -> Result<Self, IdError> {
        named(name.into()).map(Self)
    }

    /// As a text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RoleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for RoleId {
    type Err = IdError;

    fn from_str(name: &str) -> Result<Self, IdError> {
        Self::new(name)
    }
}

impl TryFrom<String> for RoleId {
    type Error = IdError;

    fn try_from(name: String) -> Result<Self, IdError> {
        Self::new(name)
    }
}

impl From<RoleId> for String {
    fn from(id: RoleId) -> Self {
        id.0
    }
}

fn named(name: String) -> Result<String, IdError> {
    let is_name = !name.is_empty() && name.trim() == name && !name.contains(char::is_control);
    if is_name { Ok(name) } else { Err(IdError { name }) }
}

/// A name that nothing can be called by.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{name:?} is no name: it needs a character, and no white space around it or control characters in it"
)]
pub struct IdError {
    /// What was given.
    pub name: String,
}

/// Who is to do something: a person, or whoever holds a role.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Party {
    /// This person.
    Person(PersonId),
    /// Whoever holds this role.
    Role(RoleId),
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person(id) => id.fmt(f),
            Self::Role(id) => id.fmt(f),
        }
    }
}

/// Who did something.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Actor {
    /// A person.
    Person(PersonId),
    /// A program, by its name: it answers nothing that a person must answer.
    Program(String),
}

impl Actor {
    /// The person, where it was one.
    #[must_use]
    pub fn as_person(&self) -> Option<&PersonId> {
        match self {
            Self::Person(id) => Some(id),
            Self::Program(_) => None,
        }
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person(id) => id.fmt(f),
            Self::Program(name) => write!(f, "the program {name}"),
        }
    }
}
