//! Signals that ask a process to end.

use tokio::signal::unix::{Signal, SignalKind, signal};

/// The ways in which a process is asked to end: by a person, and by the system. A terminal that closes is none of
/// them: `nohup` is heard.
pub(crate) struct AskedToEnd([Signal; 2]);

impl AskedToEnd {
    pub(crate) fn new() -> std::io::Result<Self> {
        let [interrupt, terminate] = [SignalKind::interrupt(), SignalKind::terminate()].map(signal);
        Ok(Self([interrupt?, terminate?]))
    }

    pub(crate) async fn next(&mut self) {
        let Self([interrupt, terminate]) = self;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    }
}
