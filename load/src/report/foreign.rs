//! Servers of others, as `load/yardsticks` installs, starts and describes them.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde::{Deserialize, Serialize};
use tokio::net::TcpStream;

use crate::client::{Http, Message, Target};
use crate::cpus::Placement;
use crate::drive::on_client_cpus;
use crate::modes::{Mode, Settings};
use crate::outcome::Outcome;
use crate::server::process::ServerProcess;
use crate::workload::Workload;

/// Java takes seconds, more on a busy machine.
const READY: Duration = Duration::from_secs(60);
/// Between two questions whether it is ready.
const ASK_AGAIN: Duration = Duration::from_millis(2);
/// What `start` says of a server that is not installed.
const NOT_INSTALLED: i32 = 3;

/// Where they are.
#[derive(Debug, Clone)]
pub struct Foreign {
    /// The folder of `start` and `yardsticks.json`.
    pub scripts: PathBuf,
    /// Where `install` put them; `None`: nowhere.
    pub installed: Option<PathBuf>,
}

/// A row of `yardsticks.json`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Description {
    /// What `start` calls it.
    pub name: String,
    /// What the page calls it.
    pub title: String,
    /// What it is for.
    pub role: Role,
    /// As installed.
    pub version: String,
    /// What runs it.
    pub runtime: String,
    #[serde(flatten)]
    request: Request,
}

/// What is measured of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Start, memory, and the load of registrations.
    Register,
    /// Start and memory.
    Start,
}

/// The request of a registration, over plain HTTP.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Request {
    method: String,
    path: String,
    content_type: String,
    #[serde(skip_serializing, default)]
    body: String,
    expect: u16,
}

/// One, with what was measured of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Yardstick {
    /// What it is.
    pub description: Description,
    /// One a round.
    pub rounds: Vec<Round>,
    /// Why there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<String>,
}

/// One start of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Round {
    /// From the start of the process until it answers.
    pub ready_ms: f64,
    /// Resident memory a second later, in KiB.
    pub idle_kib: u64,
    /// The load, where its role is that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
}

impl Foreign {
    /// All of them, not yet measured.
    ///
    /// # Errors
    /// No list, or one of another form.
    pub fn list(&self) -> Result<Vec<Yardstick>> {
        let path = self.scripts.join("yardsticks.json");
        let named = || path.display().to_string();
        let text = std::fs::read_to_string(&path).with_context(named)?;
        let descriptions: Vec<Description> = serde_json::from_str(&text).with_context(named)?;
        let without_any = || "none was installed".to_owned();
        Ok(descriptions
            .into_iter()
            .map(|description| Yardstick {
                description,
                rounds: Vec::new(),
                missing: self.installed.is_none().then(without_any),
            })
            .collect())
    }

    /// One more round of `yardstick`, unless it is missing; from now on it is if it cannot be had.
    pub fn round(&self, yardstick: &mut Yardstick, settings: Settings, placement: &Placement) {
        let Some(folder) = self.installed.as_deref() else {
            return;
        };
        if yardstick.missing.is_some() {
            return;
        }
        let measured = self.measure(folder, &yardstick.description, settings, placement);
        match measured {
            Ok(round) => yardstick.rounds.push(round),
            Err(error) => yardstick.missing = Some(format!("{error:#}")),
        }
    }

    fn measure(
        &self,
        folder: &Path,
        description: &Description,
        settings: Settings,
        placement: &Placement,
    ) -> Result<Round> {
        let address = free_address()?;
        let mut command = Command::new(std::fs::canonicalize(self.scripts.join("start"))?);
        command
            .arg(&description.name)
            .arg(folder)
            .arg(address.port().to_string())
            .stderr(Stdio::null());
        let started = Instant::now();
        let mut process = ServerProcess::start(&description.name, &mut command, &placement.server)?;
        process.drain();
        let target = Target::new(address, None, Http::One)?;
        on_client_cpus(
            placement,
            until_ready(&mut process, description, &target, address),
        )?;
        let ready_ms = started.elapsed().as_secs_f64() * 1e3;
        thread::sleep(Duration::from_secs(1));
        let idle_kib = process.usage()?.resident_kib;
        let outcome = match description.role {
            Role::Start => None,
            Role::Register => Some(load(&process, description, &target, settings, placement)?),
        };
        // How it ends is its own affair.
        let _ = process.terminate();
        Ok(Round {
            ready_ms,
            idle_kib,
            outcome,
        })
    }
}

/// Runs twice; the first is for just-in-time compilers, and forgotten.
fn load(
    process: &ServerProcess,
    description: &Description,
    target: &Target,
    settings: Settings,
    placement: &Placement,
) -> Result<Outcome> {
    let run = || {
        let workload = Workload::Same {
            message: description.request.message()?,
            expected: description.request.expect,
        };
        let mut plan = settings.plan(Mode::Register, target.clone(), workload);
        plan.name = format!("register at {}", description.name);
        on_client_cpus(placement, plan.run(process, placement))
    };
    run()?;
    run()
}

/// Asks until it answers as described; where only the start matters, until its port accepts.
async fn until_ready(
    process: &mut ServerProcess,
    description: &Description,
    target: &Target,
    address: SocketAddr,
) -> Result<()> {
    let started = Instant::now();
    let message = description.request.message()?;
    while started.elapsed() < READY {
        if let Some(status) = process.ended()? {
            ensure!(status.code() != Some(NOT_INSTALLED), "not installed");
            bail!("it ended with {status} before it was ready");
        }
        let is_ready = match description.role {
            Role::Start => TcpStream::connect(address).await.is_ok(),
            Role::Register => match target.connect().await {
                Ok(mut connection) => {
                    let answer = connection.send(&message).await;
                    answer.is_ok_and(|answer| answer.status == description.request.expect)
                }
                Err(_) => false,
            },
        };
        if is_ready {
            return Ok(());
        }
        tokio::time::sleep(ASK_AGAIN).await;
    }
    bail!("it was not ready in {READY:?}")
}

impl Request {
    fn message(&self) -> Result<Message> {
        Ok(Message {
            method: self.method.parse()?,
            path: self.path.clone(),
            headers: vec![("content-type", self.content_type.clone())],
            body: self.body.clone().into(),
        })
    }
}

/// A port that was free a moment ago.
fn free_address() -> Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    Ok(listener.local_addr()?)
}
