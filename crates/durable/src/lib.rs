//! Machines that cannot lose their way: what they decide stands in a journal before anything is done.
//!
//! The question it answers: *after a crash, a restart or a second process, what was decided, what was done, and what
//! comes next?*
//!
//! ```
//! use async_trait::async_trait;
//! use chrono::TimeDelta;
//! use serde::{Deserialize, Serialize};
//! use std::{convert::Infallible, sync::Arc};
//! use toban_core::Clock;
//! use toban_durable::{Care, Decision, Machine, MemoryJournal, Now, Order, Perform, Run, Settle, Settled, Wakeup, settle};
//!
//! /// Deploys a version: once, and it is known whether that was done.
//! #[derive(Debug)]
//! struct Deploy;
//!
//! #[derive(Clone, Debug, Default, PartialEq)]
//! enum State { #[default] Idle, Deploying, Deployed, InDoubt }
//! #[derive(Clone, Debug, Serialize, Deserialize)]
//! enum Event { Asked, Deployed, InDoubt }
//! #[derive(Clone, Debug, Serialize, Deserialize)]
//! struct Push { version: String }
//!
//! impl Machine for Deploy {
//!     const KIND: &'static str = "deploy";
//!     const VERSION: u16 = 1;
//!     type State = State;
//!     type Request = String;
//!     type Refusal = Infallible;
//!     type Event = Event;
//!     type Effect = Push;
//!     type Outcome = ();
//!
//!     fn request(_: &State, version: &String, _: Now) -> Result<Decision<Self>, Infallible> {
//!         Ok(Decision::none().event(Event::Asked).order(Push { version: version.clone() }))
//!     }
//!     fn outcome(_: &State, _: &Push, _: u32, (): &(), _: Now) -> (Decision<Self>, Settle) {
//!         (Decision::none().event(Event::Deployed), Settle::Done)
//!     }
//!     fn doubt(_: &State, _: &Push, _: Now) -> Decision<Self> { Decision::none().event(Event::InDoubt) }
//!     fn wake(_: &State, _: Now) -> Decision<Self> { Decision::none() }
//!     fn apply(state: &mut State, event: &Event, _: Now) {
//!         *state = match event {
//!             Event::Asked => State::Deploying,
//!             Event::Deployed => State::Deployed,
//!             Event::InDoubt => State::InDoubt,
//!         };
//!     }
//!     fn next_wakeup(_: &State) -> Wakeup { Wakeup::NEVER }
//!     fn care(_: &Push) -> Care { Care::Once }
//!     fn time_out(_: &Push) -> TimeDelta { TimeDelta::minutes(10) }
//!     fn is_over(state: &State) -> bool { *state == State::Deployed }
//! }
//!
//! #[derive(Debug)]
//! struct Pusher;
//! #[async_trait]
//! impl Perform<Deploy> for Pusher {
//!     async fn perform(&self, order: &Order<Push>) {
//!         // `order.key` is the same after every crash: whoever receives it can tell a repetition.
//!         assert_eq!((order.key.as_str(), order.effect.version.as_str()), ("deploy/shop#1.0", "1.4.0"));
//!     }
//! }
//!
//! /// By the clock of this machine, which is `toban_adapters::drive::SystemClock`.
//! async fn deploy(clock: Arc<dyn Clock>) -> Result<(), Box<dyn std::error::Error>> {
//!     let mut run: Run<Deploy> = Run::open(Arc::new(MemoryJournal::new()), clock, "shop").await?;
//!     run.claim("this process", TimeDelta::minutes(15)).await?;
//!     run.ask(&"1.4.0".to_owned()).await?;
//!     assert_eq!(settle(&mut run, &Pusher).await?, Settled::Over);
//!     assert_eq!(*run.state(), State::Deployed);
//!     Ok(())
//! }
//! # #[cfg(feature = "testing")]
//! # toban_durable::testing::block_on(deploy(Arc::new(toban_core::testing::FakeClock::new()))).unwrap().unwrap();
//! ```
//!
//! # Vocabulary
//! A [`Machine`] turns requests, outcomes and time into [`Decision`]s: events, which are facts, and orders, which are
//! to be done. A [`Journal`] keeps one decision a record, chained by [`struct@Hash`]. A [`Run`] is one machine on its stream:
//! it replays, decides, writes, and gives out [`Order`]s to what [`Perform`]s them. [`history`] reads all of it back.
//!
//! # Who does what
//! | the caller | the crate |
//! |---|---|
//! | writes the machine: pure functions | writes each decision whole before it takes effect, and decides anew where somebody else wrote first |
//! | performs orders, and finds out where it can what became of one | gives each order one key for all its attempts, and gives it out only while it is wanted and the claim lasts |
//! | says which orders may be repeated ([`Care`]) | begins an order that may not only after writing that down; with no outcome after that the port is asked, then a person |
//! | calls again at [`Run::next_wakeup`] | keeps waits free of clocks that are set |
//! | gives processes names of their own | lets one process at a time perform, and anybody ask |
//!
//! # Time and units
//! Waits are [`Steady`] milliseconds of the stream, calendars are `DateTime<Utc>`; both come from
//! [`toban_core::Clock`]. With a clock that has an origin (the start of the machine) neither a jump of the wall clock
//! nor a restart of the process changes a wait. Without one, and between machines, the wall clock alone tells how
//! long nobody was there.
//!
//! # Ports to provide
//! [`Journal`]: [`MemoryJournal`] stands here, SQLite in `toban-adapters`. [`Perform`]: yours. `toban_core::Clock`:
//! `SystemClock` in `toban-adapters`, which goes on counting over a restart; a program may have another one.
//!
//! # What it does not do
//! It has no runtime, no timers and no threads; `toban-adapters` has the loop for tokio. It does not know whether an
//! order was done that nobody heard of: it asks. A claim is as good as the wall clocks of those who share a journal;
//! where they differ, [`Order::fence`] lets a receiver turn away the older one. The chain shows every change within
//! a stream; records that are lost at its end show as long as the journal or this process knows of them, and later
//! only to whoever has noted the hash of one.
//!
//! # Features
//! - `testing`: crashes at every place, lost answers, a full disk; the contract of a journal as a suite; every state of
//!   a small machine explored.

mod error;
mod fold;
mod history;
mod journal;
mod line;
mod machine;
mod memory;
mod orders;
mod rehearse;
mod run;
#[cfg(feature = "testing")]
pub mod testing;
mod time;
mod together;

pub use error::{AskError, RunError};
pub use history::{Entry, History, Step, began, history, history_from};
pub use journal::{Append, Appended, Claim, Claimed, Epoch, Hash, Head, Journal, Record, Seq, StreamId};
pub use machine::{Care, Decision, Found, Heard, Machine, Order, OrderId, Perform, Settle, carry_out};
pub use memory::MemoryJournal;
pub use orders::{OpenOrder, Settled, settle};
pub use rehearse::Rehearsal;
pub use run::{Asked, Run, Turn};
pub use time::{Now, Steady, Wakeup};
pub use together::{Asking, Part, TogetherError, ask_together};
