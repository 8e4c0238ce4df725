//! Tasks as they go on.

mod begins;
mod explored;
