//! The tasks of one HTTP/2 connection: hyper runs each stream in a task of its own.

use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use hyper::rt::Executor;
use tokio::task::JoinSet;

/// Owns a connection's stream tasks, so that none outlives it.
#[derive(Debug, Default)]
pub(super) struct Streams {
    tasks: Arc<Mutex<JoinSet<()>>>,
}

/// Starts stream tasks for hyper.
///
/// The tasks hold copies of it; a strong reference would keep them alive through themselves.
#[derive(Clone, Debug)]
pub(super) struct StreamExecutor {
    tasks: Weak<Mutex<JoinSet<()>>>,
}

impl Streams {
    pub(super) fn executor(&self) -> StreamExecutor {
        StreamExecutor {
            tasks: Arc::downgrade(&self.tasks),
        }
    }

    /// Aborts what is left and waits until it is gone.
    pub(super) async fn abort(self) {
        let mut tasks = mem::take(&mut *lock(&self.tasks));
        tasks.shutdown().await;
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
        while tasks.try_join_next().is_some() {}
        tasks.spawn(stream);
    }
}

fn lock(tasks: &Mutex<JoinSet<()>>) -> MutexGuard<'_, JoinSet<()>> {
    tasks.lock().unwrap_or_else(PoisonError::into_inner)
}
