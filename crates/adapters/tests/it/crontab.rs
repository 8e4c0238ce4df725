//! Tables of cron.

mod import;
