//! The loop that drives a machine over tokio: it holds the claim, performs orders side by side, and comes back in time.
//!
//! ```
//! use std::sync::Arc;
//! use toban_adapters::drive::{End, Options, drive};
//! use toban_durable::{Machine, Perform, Run, RunError};
//!
//! async fn to_the_end<M: Machine>(mut run: Run<M>, performer: Arc<dyn Perform<M>>) -> Result<(), RunError> {
//!     let options = Options::new("deploy-7f3a");
//!     options.stop().finish(); // from wherever a signal arrives; here, before it began
//!     assert_eq!(drive(&mut run, performer, &options).await?, End::Stopped);
//!     Ok(())
//! }
//! ```
//!
//! | the caller does | the loop does |
//! |---|---|
//! | opens the run, names the process | asks for the claim, renews it after a third of its length, gives it up at the end |
//! | performs one order | starts all that are due, each in a task, ends each when its time is over |
//! | lets others ask, from any process | reads on every quarter of a second, also while orders are performed |
//! | watches, says when to stop | reports after a journal failed as soon as it takes records again |
//!
//! An order that is to be done once and whose time is over is asked for, as long again at most. What is not heard of
//! then, is reported as such; so is an order whose task panicked.
//!
//! With names that come from [`owner`], the claim of a process of this machine that is dead is taken over at once; that
//! of any other process ends by itself.
//!
//! The future may be dropped: what runs is cut off, as by a crash, and the claim ends by itself.

mod clock;
mod looped;
mod options;
mod order;
mod owner;
mod several;
mod stop;

pub use clock::SystemClock;
pub use looped::{End, drive};
pub use options::{Observe, Options, WhenHeld};
pub use owner::{is_gone, owner};
pub use several::drive_all;
pub use stop::Stop;
