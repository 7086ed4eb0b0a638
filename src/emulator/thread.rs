//! The emulator's thread, from start to stop.

use std::future::{Future, pending};
use std::pin::Pin;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::sync::watch;

use crate::emulator::builder::EmulatorBuilder;
use crate::emulator::renewal::{renew_folders, sweep_worlds};
use crate::emulator::scenario_files::ScenarioFiles;
use crate::emulator::start::StartError;
use crate::emulator::tasks::noting_panic;
use crate::emulator::{Emulator, Parts};
use crate::server::Panics;

/// How a start went.
pub(super) type Started = Result<Parts, StartError>;

/// Starts the emulator's thread. It tells how that went, unless it panics; `tell` says whether anybody
/// heard it.
pub(super) fn launch(
    builder: EmulatorBuilder,
    tell: impl FnOnce(Started) -> bool + Send + 'static,
) -> Result<Launched, StartError> {
    builder.config.check()?;
    let (stop, stopped) = watch::channel(false);
    let panics = Panics::default();
    let noting = panics.clone();
    let thread = thread::Builder::new()
        .name("aspsp-emulator".to_owned())
        .spawn(move || run(builder, tell, stopped, &noting))
        .map_err(StartError::System)?;
    Ok(Launched {
        stop,
        thread,
        panics,
    })
}

/// A thread on its way to being ready.
pub(super) struct Launched {
    stop: watch::Sender<bool>,
    thread: thread::JoinHandle<()>,
    panics: Panics,
}

impl Launched {
    /// The running emulator, once its thread has said how it went, or has ended without a word.
    pub(super) fn when_ready(self, started: Option<Started>) -> Result<Emulator, StartError> {
        match started {
            Some(Ok(parts)) => Ok(Emulator {
                parts,
                stop: self.stop,
                thread: Some(self.thread),
                panics: self.panics,
            }),
            Some(Err(error)) => {
                // It has nothing left to do but to end.
                let _ = self.thread.join();
                Err(error)
            }
            None => Err(match self.thread.join() {
                Ok(()) => StartError::Ended,
                Err(payload) => {
                    self.panics.note(payload.as_ref());
                    StartError::Panicked(self.panics.take().join("; "))
                }
            }),
        }
    }
}

/// The emulator's thread, from start to stop.
fn run(
    builder: EmulatorBuilder,
    tell: impl FnOnce(Started) -> bool,
    stopped: watch::Receiver<bool>,
    panics: &Panics,
) {
    let runtime = match Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            // Whoever asked may have given up; nobody else wants to know.
            tell(Err(StartError::System(error)));
            return;
        }
    };
    runtime.block_on(async {
        match builder.build(stopped.clone(), panics).await {
            Ok(built) => {
                let background = background(&built.parts, built.scenario_files, panics);
                let served = built.listeners.serve(until_stopped(stopped));
                if tell(Ok(built.parts)) {
                    tokio::select! {
                        () = served => {}
                        () = background => {}
                    }
                }
            }
            Err(error) => {
                tell(Err(error));
            }
        }
    });
    // A key may still be in the making; it is not waited for longer than it takes.
    runtime.shutdown_timeout(Duration::from_secs(2));
}

/// What is done besides serving, for ever. What panics is noted, and nothing else ends with it.
fn background(
    parts: &Parts,
    scenario_files: ScenarioFiles,
    panics: &Panics,
) -> impl Future<Output = ()> + use<> {
    let worlds = || Arc::clone(&parts.world.host().worlds);
    let renewal = noting_panic(panics.clone(), renew_folders(parts.folders.clone()));
    let sweep = noting_panic(panics.clone(), sweep_worlds(worlds()));
    let watch = noting_panic(panics.clone(), scenario_files.watch(worlds()));
    async {
        tokio::join!(renewal, sweep, watch);
        pending::<()>().await;
    }
}

/// Ends when the stop is given, or nobody is left to give it.
fn until_stopped(
    mut stopped: watch::Receiver<bool>,
) -> impl Fn() -> Pin<Box<dyn Future<Output = ()> + Send>> {
    stopped.mark_unchanged();
    move || {
        let mut stopped = stopped.clone();
        Box::pin(async move {
            let _ = stopped.wait_for(|stop| *stop).await;
        })
    }
}
