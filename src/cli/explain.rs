//! `explain`: why a bank would refuse a request that lies in a file, or what became of an exchange of
//! the running emulator.

mod story;

use std::fs;
use std::io::{self, ErrorKind, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::anyhow;
use clap::{Args, ValueEnum};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::runtime::Runtime;

use crate::bank::Submission;
use crate::cli::address::address;
use crate::cli::report::Report;
use crate::cli::terminal::{harmless_json, print};
use crate::clock::Clock;
use crate::config::{self, Config};
use crate::dialect::Operation;
use crate::dialect::policy::Strictness;
use crate::domain::certificate::ClientCertificate;
use crate::domain::ids::ClientId;
use crate::offline::{self, Keys};
use crate::remote::Control;

/// Flags of `explain`.
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// The bank's id, such as uk-ob-3.3, for a request in a file
    #[arg(long, value_name = "ID")]
    bank: Option<String>,
    /// With --bank the request, a compact JWS or a JSON object, `-` is standard input; without it the
    /// x-fapi-interaction-id of an exchange of the running emulator
    #[arg(value_name = "FILE|INTERACTION-ID")]
    subject: PathBuf,
    /// Print JSON: of a request {bank, accepted, checks: [{check, result, seen, allowed, source,
    /// answer}]}, of exchanges {items: [...]}
    #[arg(long)]
    json: bool,
    /// A config file: its banks, as `serve` has them
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with = "control_addr",
        requires = "bank"
    )]
    config: Option<PathBuf>,
    /// What is asked with the request
    #[arg(long, value_enum, default_value = "register", requires = "bank")]
    operation: Asked,
    /// The client that is replaced, with `--operation update`
    #[arg(long, value_name = "ID", requires = "bank")]
    client_id: Option<String>,
    /// How much the bank forgives; a running emulator's bank has its own [default: conformance]
    #[arg(long, value_name = "STRICTNESS", value_parser = strictness, conflicts_with = "control_addr", requires = "bank")]
    strictness: Option<Strictness>,
    /// The client certificate that the request would come with, PEM
    #[arg(long, value_name = "PEM", requires = "bank")]
    certificate: Option<PathBuf>,
    /// Judge as at this time, such as 2026-01-01T00:00:00Z [default: now]
    #[arg(long, value_name = "TIME", value_parser = moment, conflicts_with = "control_addr", requires = "bank")]
    now: Option<OffsetDateTime>,
    /// Control listener of the running emulator, which judges with its banks and keys, or has the
    /// exchange [default for an exchange: 127.0.0.1:8445]
    #[arg(long, value_name = "ADDRESS", value_parser = address, conflicts_with_all = ["kit", "directory_jwks", "software_jwks"])]
    control_addr: Option<SocketAddr>,
    /// Token of that control listener
    #[arg(
        long,
        value_name = "TOKEN",
        env = "ASPSP_EMULATOR_CONTROL_TOKEN",
        hide_env_values = true
    )]
    control_token: Option<String>,
    /// Verify signatures with the keys in this kit
    #[arg(long, value_name = "DIR", conflicts_with_all = ["directory_jwks", "software_jwks"], requires = "bank")]
    kit: Option<PathBuf>,
    /// Verify the statement's signature with this key set
    #[arg(long, value_name = "FILE", requires = "bank")]
    directory_jwks: Option<PathBuf>,
    /// Verify the request's signature with this key set
    #[arg(long, value_name = "FILE", requires = "bank")]
    software_jwks: Option<PathBuf>,
}

/// An operation that a request comes with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Asked {
    /// Create a client
    Register,
    /// Replace a client
    Update,
}

impl From<Asked> for Operation {
    fn from(asked: Asked) -> Self {
        match asked {
            Asked::Register => Operation::Register,
            Asked::Update => Operation::Update,
        }
    }
}

fn strictness(text: &str) -> Result<Strictness, String> {
    let found = Strictness::ALL
        .into_iter()
        .find(|level| level.as_str() == text);
    found.ok_or_else(|| "write lenient, conformance or strict".to_owned())
}

fn moment(text: &str) -> Result<OffsetDateTime, String> {
    OffsetDateTime::parse(text, &Rfc3339)
        .map_err(|_| "write a time such as 2026-01-01T00:00:00Z (RFC 3339)".to_owned())
}

/// Judges the request, or tells the story of the exchange.
pub fn run(args: &ExplainArgs) -> anyhow::Result<ExitCode> {
    match &args.bank {
        Some(bank) => judge(args, bank),
        None => story::run(args),
    }
}

/// Succeeds if no check failed.
fn judge(args: &ExplainArgs, bank: &str) -> anyhow::Result<ExitCode> {
    if args.client_id.is_some() && args.operation == Asked::Register {
        return Err(anyhow!(
            "--client-id names the client that is replaced: say --operation update too"
        ));
    }
    let config = settings(args)?;
    let request = read(&args.subject)?;
    let runtime = runtime()?;
    let judged = match args.control_addr {
        Some(address) => runtime.block_on(judged_there(args, bank, address, &request)),
        None => runtime.block_on(judged_here(args, bank, &config, request)),
    };
    let report: Report = serde_json::from_value(judged?)?;
    if args.json {
        let text = serde_json::to_string_pretty(&report)?;
        print(&format!("{}\n", harmless_json(&text)))?;
    } else {
        print(&report.text())?;
    }
    Ok(if report.accepted {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn runtime() -> io::Result<Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
}

/// The settings that banks judge by.
fn settings(args: &ExplainArgs) -> anyhow::Result<Config> {
    let mut config = match &args.config {
        Some(file) => config::load(file)?.config,
        None => Config::default(),
    };
    config.strictness = args.strictness.unwrap_or(config.strictness);
    Ok(config)
}

/// By one of the banks of these settings, with the keys at hand.
async fn judged_here(
    args: &ExplainArgs,
    bank: &str,
    config: &Config,
    request: Vec<u8>,
) -> anyhow::Result<Value> {
    let bank = offline::find(&config.banks, bank)?;
    let keys = match &args.kit {
        Some(dir) => Keys::of_kit(dir, bank.dialect.ecosystem)?,
        None => Keys::of_files(
            args.directory_jwks.as_deref(),
            args.software_jwks.as_deref(),
        )?,
    };
    let certificate = args.certificate.as_deref().map(certificate).transpose()?;
    let submission = Submission {
        operation: args.operation.into(),
        client_id: args.client_id.clone().map(ClientId::new),
        certificate: certificate.map(Arc::new),
        body_limit: config.limits.body,
        ..Submission::new(request)
    };
    let clock = args.now.map_or_else(Clock::system, Clock::fixed);
    let trusted = &config.directory.trusted;
    let explained = offline::explain(bank, config.strictness, trusted, keys, clock, &submission);
    Ok(serde_json::to_value(explained.await?)?)
}

fn certificate(path: &Path) -> anyhow::Result<ClientCertificate> {
    let pem = fs::read(path).map_err(|error| unreadable(path, &error))?;
    ClientCertificate::from_pem(&pem)
        .map_err(|error| anyhow!("{} is no certificate in PEM: {error}", path.display()))
}

/// By a bank of the running emulator at this address.
async fn judged_there(
    args: &ExplainArgs,
    bank: &str,
    address: SocketAddr,
    request: &[u8],
) -> anyhow::Result<Value> {
    let mut asked = json!({
        "bank": bank,
        "operation": Operation::from(args.operation),
        // What is not UTF-8 is no request either way.
        "request": String::from_utf8_lossy(request),
    });
    if let Some(id) = &args.client_id {
        asked["client_id"] = id.as_str().into();
    }
    if let Some(path) = &args.certificate {
        let pem = fs::read_to_string(path).map_err(|error| unreadable(path, &error))?;
        asked["certificate"] = pem.into();
    }
    let control = Control::new(address, args.control_token.clone())?;
    Ok(control.explain(&asked).await?)
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    if path == Path::new("-") {
        let mut request = Vec::new();
        io::stdin()
            .read_to_end(&mut request)
            .map_err(|error| anyhow!("cannot read standard input: {error}"))?;
        return Ok(request);
    }
    fs::read(path).map_err(|error| {
        let is_id = path.to_str().is_some_and(|name| uuid::Uuid::parse_str(name).is_ok());
        if is_id && error.kind() == ErrorKind::NotFound {
            return anyhow!(
                "there is no file {}: with --bank, explain takes the file with the request; to explain the exchange with this interaction id, leave out --bank",
                path.display()
            );
        }
        unreadable(path, &error)
    })
}

fn unreadable(path: &Path, error: &io::Error) -> anyhow::Error {
    anyhow!(
        "cannot read {} ({error}); check the path and its permissions",
        path.display()
    )
}
