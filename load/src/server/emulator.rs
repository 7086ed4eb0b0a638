//! The emulator, started with free ports and a kit of its own.

use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use serde::Deserialize;
use tempfile::TempDir;

use crate::cpus::Cpus;
use crate::server::process::ServerProcess;

/// A start takes milliseconds; a debug build on a busy machine takes longer.
const READY: Duration = Duration::from_secs(60);

/// What is started.
#[derive(Debug, Clone)]
pub struct Launch {
    /// The program.
    pub binary: PathBuf,
    /// Further arguments: `--scenario FILE`, `--config FILE`.
    pub arguments: Vec<String>,
    /// Whether it makes a kit.
    pub kit: bool,
}

/// A running emulator with the folder of its kit and its log.
#[derive(Debug)]
pub struct Emulator {
    /// Its process.
    pub process: ServerProcess,
    /// Where every bank operation is, with a client certificate.
    pub mtls: SocketAddr,
    /// The control listener, plain HTTP.
    pub control: SocketAddr,
    /// From its start until its ready message.
    pub ready_after: Duration,
    folder: TempDir,
}

/// The ready message of `--log-format json`.
#[derive(Deserialize)]
struct Ready {
    mtls: String,
    control: String,
}

impl Launch {
    /// With its default settings and a kit.
    pub fn new(binary: &Path) -> Self {
        Self {
            binary: binary.to_owned(),
            arguments: Vec::new(),
            kit: true,
        }
    }

    /// With further arguments.
    #[must_use]
    pub fn with(mut self, arguments: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    /// Starts it on `cpus` and waits for its ready message. Its log, at its default level, goes to a file.
    ///
    /// # Errors
    /// It cannot be started, is not ready in a minute, or listens elsewhere than on loopback.
    pub fn start(&self, cpus: &Cpus) -> Result<Emulator> {
        let folder = tempfile::tempdir()?;
        let mut command = Command::new(&self.binary);
        for listener in ["--mtls-addr", "--tls-addr", "--control-addr"] {
            command.args([listener, "127.0.0.1:0"]);
        }
        if self.kit {
            command.arg("--kit").arg(folder.path().join("kit"));
        } else {
            command.arg("--no-kit");
        }
        let log = File::create(folder.path().join("log"))?;
        command
            .args(["--log-format", "json"])
            .args(&self.arguments)
            .stderr(Stdio::from(log));
        let started = Instant::now();
        let name = format!("the emulator {}", self.binary.display());
        let mut process = ServerProcess::start(&name, &mut command, cpus)?;
        let line = match process.first_line(READY) {
            Ok(line) => line,
            Err(error) => return Err(with_log(error, folder.path())),
        };
        let ready_after = started.elapsed();
        let ready: Ready = serde_json::from_str(&line)
            .with_context(|| format!("{name} gave no ready message, but {line:?}"))?;
        Ok(Emulator {
            mtls: loopback(&ready.mtls)?,
            control: loopback(&ready.control)?,
            process,
            ready_after,
            folder,
        })
    }
}

impl Emulator {
    /// The folder of its kit.
    pub fn kit(&self) -> PathBuf {
        self.folder.path().join("kit")
    }
}

/// The error, and the log if there is one.
fn with_log(error: anyhow::Error, folder: &Path) -> anyhow::Error {
    match std::fs::read_to_string(folder.join("log")) {
        Ok(log) if !log.trim().is_empty() => anyhow!("{error:#}; its log: {}", log.trim()),
        _ => error,
    }
}

/// The address behind an advertised URL: `https://localhost:41234`.
fn loopback(url: &str) -> Result<SocketAddr> {
    let port = url
        .split_once("://")
        .and_then(|(_, authority)| authority.rsplit_once(':'))
        .filter(|(host, _)| ["localhost", "127.0.0.1"].contains(host))
        .and_then(|(_, port)| port.parse().ok());
    match port {
        Some(port) => Ok((Ipv4Addr::LOCALHOST, port).into()),
        None => bail!("found {url}; allowed: localhost or 127.0.0.1, with a port"),
    }
}

#[cfg(test)]
mod tests {
    use super::loopback;

    #[test]
    fn only_loopback_is_loaded() {
        assert!(loopback("https://localhost:1234").is_ok());
        assert!(loopback("http://127.0.0.1:1").is_ok());
        for url in [
            "https://bank.example:443",
            "https://10.0.0.1:1",
            "https://localhost",
        ] {
            assert!(loopback(url).is_err(), "{url}");
        }
    }
}
