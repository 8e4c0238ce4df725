//! Whether the work fits the team, held to the requirement documents, to tables and to laws.

mod documents;
mod drafts;
mod laws;
mod mends;
mod tables;
