//! `load`: what aspsp-emulator costs, measured side by side with what it is to be compared with.
//!
//! The path of one run: [`cli`] says what, [`server`] starts the server under test on its CPUs,
//! [`signing`] signs the requests, [`drive`] sends a [`workload`] over [`client`] connections into a
//! [`tally`], and [`outcome`] is what is printed. Only loopback addresses are loaded, and every run has
//! an end in count and time.

mod cli;
mod client;
mod control;
mod cpus;
mod drive;
mod growth;
mod interrupted;
mod modes;
mod outcome;
mod pinned;
mod pki;
mod report;
mod scripts;
mod server;
mod signing;
mod soak;
mod spread;
mod stalled;
mod start;
mod stop;
mod tally;
mod tls;
mod usage;
mod verifications;
mod workload;

use std::fmt::Display;
use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::{Result, ensure};
use clap::Parser;
use serde::Serialize;

use crate::cli::{Cli, Command, EmulatorRunArgs};
use crate::cpus::Placement;
use crate::modes::Mode;

fn main() -> ExitCode {
    match run(&Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody reads it, then.
            let _ = writeln!(io::stderr(), "load: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: &Cli) -> Result<()> {
    let placement = &cli.placement()?;
    // The bare server is a child of the load, and ends with it.
    let is_load = !matches!(
        cli.command,
        Command::BareServer { .. } | Command::Render { .. }
    );
    let _temporary_files = is_load.then(interrupted::clean_up_when_told).transpose()?;
    if is_load {
        warn_of_shared_cpus(placement);
    }
    match &cli.command {
        Command::Register(args) => emulator_run(cli, Mode::Register, args, placement),
        Command::Token(args) => emulator_run(cli, Mode::Token, args, placement),
        Command::Connect(args) => emulator_run(cli, Mode::Connect, args, placement),
        Command::Bare {
            mode,
            verifying,
            run,
        } => {
            let outcome = modes::run_bare(*mode, *verifying, run.settings(), placement)?;
            print(cli, &outcome)
        }
        Command::BareServer {
            authority,
            verifying,
        } => server::bare::serve(authority, *verifying),
        Command::Growth(args) => {
            let launch = args.emulator.launch();
            print(cli, &growth::run(&launch, &args.steps()?, placement)?)
        }
        Command::Start(args) => {
            let launch = args.emulator.launch();
            print(cli, &start::run(&launch, args.times(), placement)?)
        }
        Command::Stalled(args) => {
            let launch = args.emulator.launch();
            let (connections, count) = (args.connections, args.count);
            print(cli, &stalled::run(&launch, connections, count, placement)?)
        }
        Command::Soak(args) => {
            let soak = soak::run(&args.emulator.launch(), args.length(), placement)?;
            print(cli, &soak)?;
            ensure!(soak.verdict.is_flat, "it did not stay as it was");
            Ok(())
        }
        Command::Report(args) => {
            let output = report::Output::prepare(&args.out, &args.notes)?;
            let (launch, foreign) = (args.emulator.launch(), args.foreign());
            let report = report::measure(&launch, &foreign, args.effort(), placement)?;
            output.write(&report)?;
            print(cli, &report)
        }
        Command::Render { folder, notes } => report::render(folder, notes),
        Command::Verifications { seconds } => print(cli, &verifications::run(placement, *seconds)?),
    }
}

fn warn_of_shared_cpus(placement: &Placement) {
    if let Some(cpus) = placement.shared() {
        // Nobody may be watching.
        let _ = writeln!(
            io::stderr(),
            "load: warning: server and load share CPU {cpus}; each slows the other"
        );
    }
}

fn emulator_run(
    cli: &Cli,
    mode: Mode,
    args: &EmulatorRunArgs,
    placement: &Placement,
) -> Result<()> {
    let (launch, settings) = (args.emulator.launch(), args.run.settings());
    print(cli, &modes::run(mode, &launch, settings, placement)?)
}

fn print(cli: &Cli, figures: &(impl Display + Serialize)) -> Result<()> {
    let mut out = io::stdout().lock();
    if cli.json {
        writeln!(out, "{}", serde_json::to_string(figures)?)?;
    } else {
        writeln!(out, "{figures}")?;
    }
    Ok(())
}
