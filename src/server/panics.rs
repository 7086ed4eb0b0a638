//! What panicked, for whoever runs the server.

use std::any::Any;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::task::JoinError;

/// The messages of the panics that were caught. A panic ends its own request or connection and nothing
/// else, so somebody has to ask. Clones see the same.
#[derive(Clone, Debug, Default)]
pub struct Panics(Arc<Mutex<Vec<String>>>);

impl Panics {
    /// The most messages that are kept, the first ones: a server may run for long.
    pub const KEPT: usize = 16;

    /// Notes what a panic left behind.
    pub fn note(&self, payload: &(dyn Any + Send)) {
        let mut messages = self.messages();
        if messages.len() < Self::KEPT {
            messages.push(message(payload).to_owned());
        }
    }

    /// The messages so far, oldest first.
    #[must_use]
    pub fn so_far(&self) -> Vec<String> {
        self.messages().clone()
    }

    /// The same, and forgets them.
    #[must_use]
    pub fn take(&self) -> Vec<String> {
        mem::take(&mut *self.messages())
    }

    /// Notes a task that panicked; one that was aborted did not.
    pub(super) fn note_task(&self, ended: JoinError) {
        if let Ok(payload) = ended.try_into_panic() {
            let message = message(payload.as_ref());
            tracing::error!(message, "the task of a connection panicked");
            self.note(payload.as_ref());
        }
    }

    fn messages(&self) -> MutexGuard<'_, Vec<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What `panic!` said.
pub(super) fn message(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("no message")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_messages_are_kept_until_they_are_taken() {
        let panics = Panics::default();
        panics.clone().note(&"plain");
        panics.note(&format!("written {}", 1));
        panics.note(&7);
        let said = ["plain", "written 1", "no message"];
        assert_eq!(panics.so_far(), said);
        assert_eq!(panics.take(), said);
        assert!(panics.so_far().is_empty());
        for _ in 0..2 * Panics::KEPT {
            panics.note(&"again");
        }
        assert_eq!(panics.so_far().len(), Panics::KEPT);
    }
}
