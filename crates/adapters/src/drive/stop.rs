//! How a loop is told to stop.

use std::sync::Arc;
use tokio::sync::watch;

/// Tells loops to stop. All clones tell the same loops, also those that begin later.
#[derive(Clone, Debug)]
pub struct Stop(Arc<watch::Sender<Leave>>);

/// How a loop is to be left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Leave {
    #[default]
    Not,
    Finishing,
    AtOnce,
}

impl Stop {
    /// Nobody is told yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Begin nothing more; let the orders that are performed come to their end, or to the end of their time, and
    /// write down what came of them. This lasts as long as the journal takes nothing.
    pub fn finish(&self) {
        self.say(Leave::Finishing);
    }

    /// Cut off the orders that are performed, as a crash would: what was to be done once is then in doubt.
    pub fn abandon(&self) {
        self.say(Leave::AtOnce);
    }

    /// Whether it was told to stop, in whichever way.
    #[must_use]
    pub fn is_told(&self) -> bool {
        *self.0.borrow() != Leave::Not
    }

    /// Until it is told to stop, in whichever way.
    pub async fn told(&self) {
        // The sender is held here, so that somebody can always tell.
        let _ = self.listen().wait_for(|leave| *leave != Leave::Not).await;
    }

    fn say(&self, leave: Leave) {
        self.0.send_if_modified(|said| {
            let is_more = *said < leave;
            *said = leave.max(*said);
            is_more
        });
    }

    pub(super) fn listen(&self) -> watch::Receiver<Leave> {
        self.0.subscribe()
    }
}

impl Default for Stop {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(Leave::Not)))
    }
}
