//! Tasks as they go on.

mod begins;
