//! The tasks of one HTTP/2 connection: hyper runs each stream in a task of its own.

use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use hyper::rt::Executor;
use tokio::task::JoinSet;

use super::panics::Panics;

/// Owns a connection's stream tasks, so that none outlives it.
#[derive(Debug)]
pub(super) struct Streams {
    tasks: Arc<Mutex<JoinSet<()>>>,
    panics: Panics,
}

/// Starts stream tasks for hyper.
///
/// The tasks hold copies of it; a strong reference would keep them alive through themselves.
#[derive(Clone, Debug)]
pub(super) struct StreamExecutor {
    tasks: Weak<Mutex<JoinSet<()>>>,
    panics: Panics,
}

impl Streams {
    /// None yet; what panics in them is noted there.
    pub(super) fn new(panics: &Panics) -> Self {
        Self {
            tasks: Arc::default(),
            panics: panics.clone(),
        }
    }

    pub(super) fn executor(&self) -> StreamExecutor {
        StreamExecutor {
            tasks: Arc::downgrade(&self.tasks),
            panics: self.panics.clone(),
        }
    }

    /// Aborts what is left and waits until it is gone.
    pub(super) async fn abort(self) {
        let mut tasks = mem::take(&mut *lock(&self.tasks));
        tasks.abort_all();
        while let Some(ended) = tasks.join_next().await {
            ended.unwrap_or_else(|error| self.panics.note_task(error));
        }
    }
}

impl<F> Executor<F> for StreamExecutor
where
    F: Future<Output = ()> + Send + 'static,
{
    fn execute(&self, stream: F) {
        // Without an owner the connection is gone, and the stream with it.
        let Some(tasks) = self.tasks.upgrade() else {
            return;
        };
        let mut tasks = lock(&tasks);
        while let Some(ended) = tasks.try_join_next() {
            ended.unwrap_or_else(|error| self.panics.note_task(error));
        }
        tasks.spawn(stream);
    }
}

fn lock(tasks: &Mutex<JoinSet<()>>) -> MutexGuard<'_, JoinSet<()>> {
    tasks.lock().unwrap_or_else(PoisonError::into_inner)
}
