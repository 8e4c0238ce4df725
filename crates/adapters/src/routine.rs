//! Routine work over tokio: the scheduler, one timer for all tasks, and the programs that it runs.
//!
//! ```
//! use std::sync::Arc;
//! use toban_adapters::drive::SystemClock;
//! use toban_adapters::routine::{Programs, Scheduler, SchedulerOptions};
//! use toban_durable::Journal;
//! use toban_routine::{Book, Ports, RoutineDraft, TaskPlan};
//!
//! async fn see_to(draft: RoutineDraft, journal: Arc<dyn Journal>) -> Result<(), Box<dyn std::error::Error>> {
//!     let clock = Arc::new(SystemClock::new());
//!     let book = Book::new(journal, clock.clone());
//!     let ports = Ports::new(book.clone(), Arc::new(Programs::new()));
//!     let options = SchedulerOptions::new("scheduler-7f3a");
//!     options.stop().finish(); // from wherever a signal arrives; here, before it began
//!     let plans: Vec<_> = TaskPlan::of(&draft).collect();
//!     Scheduler::new(book, clock, Arc::new(ports)).run(&plans, "the definition", &options).await;
//!     Ok(())
//! }
//! ```
//!
//! | the caller does | the scheduler does |
//! |---|---|
//! | reads a definition | plans its tasks, and sees to each when it is due, with one timer for all |
//! | runs another one on the same journal | shares the work with it: each firing begins once, and is gone on with by whoever holds it |
//! | asks from any process: done, pause, run now | hears of it within a second |
//! | watches, says when to stop | goes on whatever fails: a journal that is away is tried again, a check that hangs holds nothing up |

mod programs;
mod scheduler;

pub use programs::Programs;
pub use scheduler::{Scheduler, SchedulerOptions, Trouble, Watch};
