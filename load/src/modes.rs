//! The three kinds of load: register, token, connect; on the emulator, and on a bare server.

use anyhow::{Context, Result, anyhow};
use hyper::Method;
use serde::Deserialize;

use crate::client::{Http, Message, Target};
use crate::cpus::Placement;
use crate::drive::{Bounds, Plan, on_client_cpus};
use crate::outcome::Outcome;
use crate::pki::Pki;
use crate::server::bare;
use crate::server::emulator::{Emulator, Launch};
use crate::server::process::ServerProcess;
use crate::signing::Signer;
use crate::tls::Identity;
use crate::workload::{Workload, registration};

/// Where uk-ob-3.3 registers.
pub const REGISTER: &str = "/uk-ob-3.3/register";
/// A small answer: the bank's key set.
pub const SMALL: &str = "/uk-ob-3.3/jwks";

/// About the length of the kit's registration request.
const REQUEST_BYTES: usize = 4_700;

/// One kind of load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Registrations.
    Register,
    /// Tokens, and the client read.
    Token,
    /// New connections.
    Connect,
}

/// What a bare server is loaded with; it has no tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum BareMode {
    /// Requests as long as registrations, for a canned 201.
    Register,
    /// New connections.
    Connect,
}

/// How a run is driven.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// The version of HTTP.
    pub http: Http,
    /// When it ends.
    pub bounds: Bounds,
    /// How many connections at once.
    pub connections: u64,
}

impl Mode {
    /// Its name in outcomes.
    pub fn name(self) -> &'static str {
        match self {
            Mode::Register => "register",
            Mode::Token => "token",
            Mode::Connect => "connect",
        }
    }
}

impl Settings {
    /// A run of them.
    pub fn plan(self, mode: Mode, target: Target, workload: Workload) -> Plan {
        Plan {
            name: mode.name().to_owned(),
            target,
            workload,
            bounds: self.bounds,
            connections: self.connections,
        }
    }
}

/// Starts the emulator, drives it, stops it.
///
/// New connections show a certificate of the load's own authority, which the emulator is given.
///
/// # Errors
/// It cannot be started, reached or stopped.
pub fn run(
    mode: Mode,
    launch: &Launch,
    settings: Settings,
    placement: &Placement,
) -> Result<Outcome> {
    if mode == Mode::Connect {
        return connect(launch, settings, placement);
    }
    let emulator = launch.start(&placement.server)?;
    let outcome = drive(mode, &emulator, settings, placement)?;
    emulator.process.stop()?;
    Ok(outcome)
}

fn connect(launch: &Launch, settings: Settings, placement: &Placement) -> Result<Outcome> {
    let pki = Pki::new()?;
    let authority = pki.authority().display().to_string();
    let launch = launch.clone().with(["--authority".to_owned(), authority]);
    let emulator = launch.start(&placement.server)?;
    let tls = pki.client.client(settings.http)?;
    let target = Target::new(emulator.mtls, Some(tls), settings.http)?;
    let outcome = new_connections(target, settings, &emulator.process, placement)?;
    emulator.process.stop()?;
    Ok(outcome)
}

/// The same against a bare server: a canned 201, after two verifications where it does them, or new
/// connections.
///
/// # Errors
/// As for [`run`].
pub fn run_bare(
    mode: BareMode,
    is_verifying: bool,
    settings: Settings,
    placement: &Placement,
) -> Result<Outcome> {
    let pki = Pki::new()?;
    let bare = bare::start(&pki.authority(), is_verifying, &placement.server)?;
    let tls = pki.client.client(settings.http)?;
    let target = Target::new(bare.address, Some(tls), settings.http)?;
    let mut outcome = match mode {
        BareMode::Connect => new_connections(target, settings, &bare.process, placement)?,
        BareMode::Register => {
            let body = vec![b'a'; REQUEST_BYTES].into();
            let workload = Workload::Same {
                message: registration(REGISTER, body),
                expected: 201,
            };
            let plan = settings.plan(Mode::Register, target, workload);
            on_client_cpus(placement, plan.run(&bare.process, placement))?
        }
    };
    outcome.name = format!("bare {}", outcome.name);
    bare.process.stop()?;
    Ok(outcome)
}

fn new_connections(
    target: Target,
    settings: Settings,
    server: &ServerProcess,
    placement: &Placement,
) -> Result<Outcome> {
    let workload = Workload::Connect {
        message: small(),
        expected: 200,
    };
    let plan = settings.plan(Mode::Connect, target, workload);
    on_client_cpus(placement, plan.run(server, placement))
}

/// Drives an emulator that runs.
///
/// # Errors
/// It cannot be reached.
pub fn drive(
    mode: Mode,
    emulator: &Emulator,
    settings: Settings,
    placement: &Placement,
) -> Result<Outcome> {
    let tls = Identity::of_kit(&emulator.kit())?.client(settings.http)?;
    let target = Target::new(emulator.mtls, Some(tls), settings.http)?;
    let signer = Signer::of_kit(&emulator.kit())?;
    let workload = match mode {
        Mode::Register => Workload::Register {
            paths: vec![REGISTER.to_owned()],
            pool: signer.pool(settings.bounds.count, &placement.all)?,
        },
        Mode::Token => {
            let one = signer.pool(1, &placement.all)?;
            Workload::Token {
                client_id: on_client_cpus(placement, register(&target, one.at(0)))?,
            }
        }
        Mode::Connect => {
            return new_connections(target, settings, &emulator.process, placement);
        }
    };
    let plan = settings.plan(mode, target, workload);
    on_client_cpus(placement, plan.run(&emulator.process, placement))
}

/// One small request.
pub fn small() -> Message {
    Message {
        method: Method::GET,
        path: SMALL.to_owned(),
        headers: Vec::new(),
        body: bytes::Bytes::new(),
    }
}

/// Registers once; the client's id.
///
/// # Errors
/// It is refused.
pub async fn register(target: &Target, request: bytes::Bytes) -> Result<String> {
    #[derive(Deserialize)]
    struct Client {
        client_id: String,
    }
    let broken = |broken: crate::client::Broken| anyhow!(broken.0);
    let mut connection = target.connect().await.map_err(broken)?;
    let sent = connection.send(&registration(REGISTER, request)).await;
    let answer = sent.map_err(broken)?;
    let client: Client = serde_json::from_slice(&answer.body)
        .with_context(|| format!("not registered: {}", String::from_utf8_lossy(&answer.body)))?;
    Ok(client.client_id)
}
