//! What is left behind when the load is told to end: nothing.
//!
//! All temporary files are in one folder. At SIGINT, SIGTERM or SIGHUP the servers are killed, the folder is
//! removed, and the program ends with 128 and the number of the signal, as a shell would say it.

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::process;
use std::task::Poll;
use std::thread;

use anyhow::{Context, Result, anyhow};
use procfs::process::Process;
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::server::running;

/// What is listened to.
const SIGNALS: [(&str, SignalKind); 3] = [
    ("SIGINT", SignalKind::interrupt()),
    ("SIGTERM", SignalKind::terminate()),
    ("SIGHUP", SignalKind::hangup()),
];
/// Another thread may make a file while the folder is removed.
const REMOVALS: u32 = 10;

/// From now on all temporary files are in the folder that is given, which goes when it is dropped, or at a
/// signal.
///
/// # Errors
/// No temporary folder, or signals that cannot be listened to.
pub fn clean_up_when_told() -> Result<TempDir> {
    // Before there is anything to remove.
    let runtime = Builder::new_current_thread().enable_io().build()?;
    let listening = listeners(&runtime)?;
    let folder = tempfile::Builder::new().prefix("load-").tempdir();
    let folder = folder.with_context(|| std::env::temp_dir().display().to_string())?;
    tempfile::env::override_temp_dir(folder.path())
        .map_err(|other| anyhow!("temporary files are in {} already", other.display()))?;
    let path = folder.path().to_owned();
    let thread = thread::Builder::new().name("signals".to_owned());
    thread.spawn(move || {
        let (name, kind) = runtime.block_on(first(listening));
        end(name, kind, &path)
    })?;
    Ok(folder)
}

/// Of each signal, but for those that whoever started this program wants ignored, as `nohup` does.
fn listeners(runtime: &Runtime) -> Result<Vec<(&'static str, SignalKind, Signal)>> {
    let ignored = Process::myself()?.status()?.sigign;
    let _entered = runtime.enter();
    let is_wanted = |kind: SignalKind| ignored & (1 << (kind.as_raw_value() - 1)) == 0;
    let wanted = SIGNALS.into_iter().filter(|(_, kind)| is_wanted(*kind));
    wanted
        .map(|(name, kind)| Ok((name, kind, signal(kind)?)))
        .collect()
}

/// The first that comes.
async fn first(
    mut listening: Vec<(&'static str, SignalKind, Signal)>,
) -> (&'static str, SignalKind) {
    std::future::poll_fn(|context| {
        for (name, kind, signal) in &mut listening {
            if signal.poll_recv(context).is_ready() {
                return Poll::Ready((*name, *kind));
            }
        }
        Poll::Pending
    })
    .await
}

fn end(name: &str, kind: SignalKind, folder: &Path) -> ! {
    let _no_more = running::kill_all();
    for _ in 0..REMOVALS {
        if fs::remove_dir_all(folder).is_ok() {
            break;
        }
    }
    // Nobody may be watching any more.
    let _ = writeln!(io::stderr(), "load: ended by {name}");
    process::exit(128 + kind.as_raw_value())
}
