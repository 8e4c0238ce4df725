//! What cannot be told and is tried again, said while it goes wrong: the record has words for it in the end.

use super::screen::Screen;
use crate::args::Language;
use crate::failure::one_line;
use async_trait::async_trait;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use toban_adapters::release::Programs;
use toban_core::{Message, Notifier, PortError, Receipt};
use toban_durable::Order;
use toban_release_core::judge::Reading;
use toban_release_core::{Deployer, Measurement, Move};

/// Programs whose failures to tell people are heard of.
#[derive(Debug)]
pub(super) struct Heard {
    programs: Arc<Programs>,
    screen: Arc<Screen>,
    language: Language,
    /// Of which messages it was said that they could not be told.
    untold: Mutex<BTreeSet<String>>,
}

impl Heard {
    /// Those programs.
    pub(super) fn new(programs: Arc<Programs>, screen: Arc<Screen>, language: Language) -> Self {
        Self { programs, screen, language, untold: Mutex::default() }
    }
}

#[async_trait]
impl Deployer for Heard {
    async fn deploy(&self, order: &Order<Move>) -> Result<(), PortError> {
        self.programs.deploy(order).await
    }

    async fn is_done(&self, order: &Order<Move>) -> Option<bool> {
        self.programs.is_done(order).await
    }

    async fn measure(&self, order: &Order<Measurement>) -> Result<Reading, PortError> {
        self.programs.measure(order).await
    }
}

#[async_trait]
impl Notifier for Heard {
    async fn notify(&self, message: &Message) -> Result<Receipt, PortError> {
        let told = self.programs.notify(message).await;
        let is_news = || {
            let mut untold = self.untold.lock().unwrap_or_else(PoisonError::into_inner);
            untold.insert(message.key.clone())
        };
        // Once is enough to know of it.
        if let Err(error) = &told
            && is_news()
        {
            let why = one_line(&*error.source);
            self.screen.say(&match self.language {
                Language::En => format!("could not tell that {}: {why}; it is tried again", message.words.en),
                Language::Ja => format!("通知できない（{}）：{why}。再試行する", message.words.ja),
            });
        }
        told
    }
}
