//! `try`: the kit's TPP at every bank of a running emulator.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::process::ExitCode;

use clap::Args;

use crate::cli::address::address;
use crate::cli::terminal::{harmless, print};
use crate::remote::{Attempt, Control, Failure, attempt};

/// Flags of `try`.
#[derive(Debug, Args)]
pub struct TryArgs {
    /// Only this bank
    #[arg(long, value_name = "ID")]
    bank: Option<String>,
    /// Where the emulator's control listener is
    #[arg(
        long,
        value_name = "ADDRESS", value_parser = address,
        default_value = "127.0.0.1:8445",
        env = "ASPSP_EMULATOR_CONTROL_ADDR"
    )]
    control_addr: SocketAddr,
    /// Token of the control listener
    #[arg(
        long,
        value_name = "TOKEN",
        env = "ASPSP_EMULATOR_CONTROL_TOKEN",
        hide_env_values = true
    )]
    control_token: Option<String>,
}

/// Succeeds if every bank did what was asked.
pub fn run(args: &TryArgs) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let attempts = runtime.block_on(async {
        let control = Control::new(args.control_addr, args.control_token.clone())?;
        attempt(&control, args.bank.as_deref()).await
    })?;
    print(&text(&attempts))?;
    let has_failed = attempts.iter().any(|attempt| attempt.outcome.is_err());
    Ok(if has_failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

/// The variable that the lines for a shell take the control token from.
const TOKEN_VARIABLE: &str = "ASPSP_EMULATOR_CONTROL_TOKEN";

/// A table, what each refusal said, and the lines for a shell.
fn text(attempts: &[Attempt]) -> String {
    let mut text = table(attempts);
    for attempt in attempts {
        if let Err(failure) = &attempt.outcome {
            let said = harmless(&said(failure));
            let bank = harmless(&attempt.bank);
            let _ = write!(text, "\n{bank}:\n  {said}\n");
        }
    }
    text.push_str("\nThe same by hand, in the folder where the emulator was started:\n");
    if attempts
        .iter()
        .any(|attempt| attempt.curl.contains(TOKEN_VARIABLE))
    {
        let _ = write!(
            text,
            "\nexport {TOKEN_VARIABLE}=…   # the control token, first\n"
        );
    }
    for attempt in attempts {
        let (bank, curl) = (harmless(&attempt.bank), harmless(&attempt.curl));
        let _ = write!(text, "\n# {bank}\n{curl}\n");
    }
    text
}

fn table(attempts: &[Attempt]) -> String {
    let heading = ["bank", "what was done", "status", "result"].map(str::to_owned);
    let rows = attempts.iter().map(|attempt| {
        let (status, result) = match &attempt.outcome {
            Ok(status) => (status.to_string(), "ok"),
            Err(failure) => (
                failure
                    .status
                    .map_or_else(|| "-".to_owned(), |status| status.to_string()),
                "FAILED",
            ),
        };
        let action = match &attempt.outcome {
            Ok(_) => attempt.done,
            Err(_) => attempt.tried,
        };
        [
            harmless(&attempt.bank),
            action.to_owned(),
            status,
            result.to_owned(),
        ]
    });
    let rows: Vec<[String; 4]> = std::iter::once(heading).chain(rows).collect();
    let width = |column: usize| {
        let widths = rows.iter().map(|row| row[column].chars().count());
        widths.max().unwrap_or_default()
    };
    let widths = [0, 1, 2].map(width);
    rows.iter()
        .map(|[bank, action, status, result]| {
            let [a, b, c] = widths;
            format!("{bank:a$}  {action:b$}  {status:c$}  {result}\n")
        })
        .collect()
}

fn said(failure: &Failure) -> String {
    match failure.status {
        Some(status) if failure.text.is_empty() => format!("{status} without a body"),
        Some(status) => format!("{status} {}", failure.text),
        None => failure.text.clone(),
    }
}
