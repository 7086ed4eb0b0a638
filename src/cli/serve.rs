//! `serve`: the emulator as a process.

use std::io::{self, Write};

use clap::{ArgMatches, CommandFactory};
use serde_json::json;

use crate::cli::logging::LogFormat;
use crate::cli::settings::ServeArgs;
use crate::cli::{Cli, variables};
use crate::emulator::{Emulator, EmulatorBuilder};

/// Serves until SIGTERM or SIGINT.
pub fn run(args: &ServeArgs, matches: &ArgMatches) -> anyhow::Result<()> {
    let _log = args.log.start();
    variables::warn_of_unknown(&Cli::command());
    let config = args.config(matches)?;
    // A connection is a file; the soft limit is often 1,024.
    if let Err(error) = rlimit::increase_nofile_limit(u64::MAX) {
        tracing::warn!(%error, "the limit on open files stays as it is");
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        // Before the start, so that a signal during it is not lost.
        let signal = stop_signal()?;
        let emulator = EmulatorBuilder::from_config(config).start().await?;
        announce(&emulator, args.log.log_format);
        tokio::select! {
            () = signal => tracing::info!("stopping"),
            () = emulator.ended() => {}
        }
        // What panicked was answered, and logged; here it is told once more, by the exit code too.
        Ok(emulator.try_stop()?)
    })
}

#[cfg(unix)]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = (
        signal(SignalKind::terminate())?,
        signal(SignalKind::interrupt())?,
    );
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        if let Err(error) = tokio::signal::ctrl_c().await {
            tracing::error!(%error, "no signal can be waited for");
        }
    })
}

/// Says where everything is.
fn announce(emulator: &Emulator, format: LogFormat) {
    let text = match format {
        LogFormat::Json => ready_line(emulator),
        LogFormat::Pretty => ready_text(emulator),
    };
    // A closed standard output is no reason to stop serving.
    let _ = writeln!(io::stdout(), "{text}");
    let _ = io::stdout().flush();
}

fn control_url(emulator: &Emulator) -> String {
    format!("http://{}", emulator.addresses().control)
}

fn ready_line(emulator: &Emulator) -> String {
    let urls = emulator.base_urls();
    json!({
        "event": "ready",
        "mtls": urls.mtls,
        "tls": urls.tls,
        "control": control_url(emulator),
        "kit": emulator.kit().map(|kit| kit.dir().to_string_lossy()),
    })
    .to_string()
}

fn ready_text(emulator: &Emulator) -> String {
    let urls = emulator.base_urls();
    let listeners = format!(
        "aspsp-emulator is ready (TEST ONLY)\n\n\
         \x20 mTLS     {}   every bank operation, with a client certificate\n\
         \x20 TLS      {}   discovery and key sets\n\
         \x20 control  {}    kit, API and health\n",
        urls.mtls,
        urls.tls,
        control_url(emulator),
    );
    let Some(kit) = emulator.kit() else {
        return listeners;
    };
    let with_kit = format!("{listeners}\x20 kit      {}\n", kit.dir().display());
    let Some(request) = kit.first_request() else {
        return with_kit;
    };
    format!(
        "{with_kit}\n\
         Register a client:\n\n\
         \x20 curl -K {} -H 'Content-Type: {}' \\\n\
         \x20   --data-binary @{} {}\n",
        request.curl_conf, request.media_type, request.file, request.url,
    )
}
