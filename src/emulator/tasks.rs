//! What is started on the emulator's own threads.

use std::future::Future;
use std::panic::{AssertUnwindSafe, resume_unwind};

use futures_util::FutureExt;
use tokio::runtime::Handle;
use tokio::task::JoinError;

use crate::server::Panics;

/// Starts work on the threads of a running emulator, whatever runtime the caller has, if any.
#[derive(Debug, Clone)]
pub(super) struct Tasks {
    runtime: Handle,
    panics: Panics,
}

/// The emulator has been stopped meanwhile.
#[derive(Debug)]
pub(super) struct Stopped;

impl Tasks {
    /// On the runtime of the caller; what panics unseen is noted.
    pub(super) fn here(panics: Panics) -> Self {
        Self {
            runtime: Handle::current(),
            panics,
        }
    }

    /// Does it there. If it panics, so does the caller.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, Stopped> {
        self.runtime.spawn(work).await.map_err(stopped)
    }

    /// The same for what blocks.
    pub(super) async fn run_blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Stopped> {
        self.runtime.spawn_blocking(work).await.map_err(stopped)
    }

    /// Does it on the thread of the caller, which is none of a runtime.
    pub(super) fn block_on<F: Future>(&self, work: F) -> F::Output {
        self.runtime.block_on(work)
    }

    /// Leaves it to itself. After the stop it is not done.
    pub(super) fn leave(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.runtime.spawn(noting_panic(self.panics.clone(), work));
    }
}

/// Does it to its end, or until it panics, which is noted.
pub(super) async fn noting_panic(panics: Panics, work: impl Future<Output = ()>) {
    if let Err(payload) = AssertUnwindSafe(work).catch_unwind().await {
        tracing::error!("a task of the emulator panicked");
        panics.note(payload.as_ref());
    }
}

fn stopped(error: JoinError) -> Stopped {
    match error.try_into_panic() {
        Ok(panic) => resume_unwind(panic),
        Err(_) => Stopped,
    }
}
