//! `serve`: the emulator as a process.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::builder::BoolishValueParser;
use clap::{ArgAction, Args};
use serde_json::json;

use crate::cli::logging::{LogArgs, LogFormat};
use crate::config::{Config, ControlAccess, KitConfig, Listen};
use crate::emulator::{Emulator, EmulatorBuilder};

/// Flags of `serve`.
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// Where the mutual TLS listener listens: every bank operation; port 0 takes a free one
    #[arg(
        long,
        value_name = "ADDRESS",
        default_value = "127.0.0.1:8443",
        env = "ASPSP_EMULATOR_MTLS_ADDR"
    )]
    mtls_addr: SocketAddr,
    /// Where the TLS listener listens that asks for no client certificate: discovery, key sets
    #[arg(
        long,
        value_name = "ADDRESS",
        default_value = "127.0.0.1:8444",
        env = "ASPSP_EMULATOR_TLS_ADDR"
    )]
    tls_addr: SocketAddr,
    /// Where the control listener listens, in plain HTTP: kit, health
    #[arg(
        long,
        value_name = "ADDRESS",
        default_value = "127.0.0.1:8445",
        env = "ASPSP_EMULATOR_CONTROL_ADDR"
    )]
    control_addr: SocketAddr,
    /// A name or IP address for the server certificate; the first is advertised (repeatable)
    #[arg(long, value_name = "NAME", action = ArgAction::Append, value_delimiter = ',', env = "ASPSP_EMULATOR_HOSTNAME")]
    hostname: Vec<String>,
    /// Base URL to advertise for the mutual TLS listener, for mapped ports
    #[arg(long, value_name = "URL", env = "ASPSP_EMULATOR_MTLS_URL")]
    mtls_url: Option<String>,
    /// Base URL to advertise for the TLS listener, for mapped ports
    #[arg(long, value_name = "URL", env = "ASPSP_EMULATOR_TLS_URL")]
    tls_url: Option<String>,
    /// Keep the test authority in this folder; made if empty or absent. Else it is new each start
    #[arg(long, value_name = "DIR", env = "ASPSP_EMULATOR_AUTHORITY")]
    authority: Option<PathBuf>,
    /// Folder for the kit: certificates, keys and requests of a ready-made TPP
    #[arg(
        long,
        value_name = "DIR",
        default_value = "./kit",
        env = "ASPSP_EMULATOR_KIT"
    )]
    kit: PathBuf,
    /// Make no kit
    #[arg(long, value_parser = BoolishValueParser::new(), env = "ASPSP_EMULATOR_NO_KIT")]
    no_kit: bool,
    /// Permission bits of the kit's private keys, in octal
    #[arg(long, value_name = "MODE", default_value = "0600", value_parser = octal, env = "ASPSP_EMULATOR_KIT_MODE")]
    kit_mode: u32,
    /// A further redirect URI of the kit's TPP (repeatable)
    #[arg(long, value_name = "URL", action = ArgAction::Append, value_delimiter = ',', env = "ASPSP_EMULATOR_REDIRECT_URI")]
    redirect_uri: Vec<String>,
    /// Decides invented names and ids
    #[arg(
        long,
        value_name = "N",
        default_value_t = 1,
        env = "ASPSP_EMULATOR_SEED"
    )]
    seed: u64,
    /// Token that callers of the control listener must have (health and CA certificate excepted)
    #[arg(
        long,
        value_name = "TOKEN",
        env = "ASPSP_EMULATOR_CONTROL_TOKEN",
        hide_env_values = true
    )]
    control_token: Option<String>,
    /// Let everybody use the control listener, even where it does not listen on loopback
    #[arg(long, value_parser = BoolishValueParser::new(), env = "ASPSP_EMULATOR_CONTROL_OPEN")]
    control_open: bool,
    #[command(flatten)]
    log: LogArgs,
}

/// Permission bits such as `0600`; at least the owner must be able to read.
fn octal(text: &str) -> Result<u32, String> {
    match u32::from_str_radix(text, 8) {
        Ok(mode) if mode <= 0o777 && mode & 0o400 != 0 => Ok(mode),
        _ => Err("write octal permission bits such as 0600 or 0644".to_owned()),
    }
}

impl ServeArgs {
    fn config(&self) -> Config {
        Config {
            listen: Listen {
                mtls: self.mtls_addr,
                tls: self.tls_addr,
                control: self.control_addr,
            },
            hostnames: self.hostname.clone(),
            mtls_url: self.mtls_url.clone(),
            tls_url: self.tls_url.clone(),
            authority: self.authority.clone(),
            kit: (!self.no_kit).then(|| KitConfig {
                dir: without_dot(&self.kit),
                key_mode: self.kit_mode,
            }),
            redirect_uris: self.redirect_uri.clone(),
            seed: self.seed,
            control: ControlAccess {
                token: self.control_token.clone(),
                open: self.control_open,
            },
            ..Config::default()
        }
    }
}

/// `kit` for `./kit`, as people type it; `.` stays.
fn without_dot(path: &std::path::Path) -> PathBuf {
    match path.strip_prefix(".") {
        Ok(rest) if !rest.as_os_str().is_empty() => rest.to_owned(),
        _ => path.to_owned(),
    }
}

/// Serves until SIGTERM or SIGINT.
pub fn run(args: &ServeArgs) -> anyhow::Result<()> {
    args.log.start();
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
        let emulator = EmulatorBuilder::from_config(args.config()).start().await?;
        announce(&emulator, args.log.log_format);
        signal.await;
        tracing::info!("stopping");
        emulator.stop();
        Ok(())
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
         \x20 control  {}    kit and health\n",
        urls.mtls,
        urls.tls,
        control_url(emulator),
    );
    let Some(kit) = emulator.kit() else {
        return listeners;
    };
    let request = kit.shell_path("registration-uk-ob-3.3.jwt");
    format!(
        "{listeners}\
         \x20 kit      {}\n\n\
         Register a client:\n\n\
         \x20 curl -K {} -H 'Content-Type: application/jose' \\\n\
         \x20   --data-binary @{request} {}/uk-ob-3.3/register\n",
        kit.dir().display(),
        kit.shell_path("curl.conf"),
        urls.mtls,
    )
}
