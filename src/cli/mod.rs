//! The command line: one file per command. The only place that prints and sets exit codes.

mod healthcheck;
mod logging;
mod serve;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// A stand-in for banks (ASPSPs) when a TPP registers its software. For tests only.
///
/// Without a command it serves. Every flag can also be set as an environment variable:
/// `ASPSP_EMULATOR_` and its name in capitals, lists separated by commas.
#[derive(Debug, Parser)]
#[command(
    name = "aspsp-emulator",
    version,
    args_conflicts_with_subcommands = true
)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: serve::ServeArgs,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serves banks and directory until it is stopped (the default command)
    Serve(Box<serve::ServeArgs>),
    /// Exits with 0 if an emulator is ready at the control address, else with 1
    Healthcheck(healthcheck::HealthcheckArgs),
}

/// Runs the command that the process was called with.
#[must_use]
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let done = match cli.command {
        None => serve::run(&cli.serve),
        Some(Command::Serve(args)) => serve::run(&args),
        Some(Command::Healthcheck(args)) => healthcheck::run(&args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody is left to tell if standard error is closed.
            let _ = writeln!(io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}
