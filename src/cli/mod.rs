//! The command line: one file per command. The only place that prints and sets exit codes.

mod address;
mod attempt;
mod check;
mod completions;
mod explain;
mod healthcheck;
mod logging;
mod man;
mod report;
mod scenarios;
mod schema;
mod serve;
mod settings;
mod simulate;
mod terminal;
mod variables;

#[cfg(feature = "fuzzing")]
pub use self::simulate::simulated;

use std::env;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::builder::Resettable;
use clap::{Arg, ArgMatches, CommandFactory, FromArgMatches, Id, Parser, Subcommand};

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
    serve: settings::ServeArgs,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serves banks and directory until it is stopped (the default command)
    Serve(Box<settings::ServeArgs>),
    /// Exits with 0 if an emulator is ready at the control address, else with 1
    Healthcheck(healthcheck::HealthcheckArgs),
    /// Says why a bank would refuse a registration request; exits with 1 if it would, with 2 if it
    /// cannot tell
    Explain(Box<explain::ExplainArgs>),
    /// Registers the kit's TPP at every bank of a running emulator; exits with 1 if one refuses
    Try(attempt::TryArgs),
    /// Says what is wrong with config and scenario files, and where; exits with 1 if anything is
    Check(check::CheckArgs),
    /// Lists the built-in scenarios and what a TPP will see, or prints the file of one
    Scenarios(scenarios::ScenariosArgs),
    /// Prints what a scenario would do to requests, without a socket
    Simulate(simulate::SimulateArgs),
    /// Prints a JSON Schema, for editors
    Schema(schema::SchemaArgs),
    /// Prints a script that completes this command line in a shell
    Completions(completions::CompletionsArgs),
    /// Prints the manual page of the program or of a command, or writes all of them
    Man(man::ManArgs),
}

/// Runs the command that the process was called with.
#[must_use]
pub fn run() -> ExitCode {
    // The matches know what was said and what is a default: a config file stands between them.
    let parsed = without_empty_variables(Cli::command()).try_get_matches();
    let parsed = parsed.and_then(|matches| Ok((Cli::from_arg_matches(&matches)?, matches)));
    match parsed {
        Ok((cli, matches)) => run_command(cli, &matches),
        Err(error) => tell(&error),
    }
}

/// Prints a help text, the version, or what is wrong with the command line.
fn tell(told: &clap::Error) -> ExitCode {
    match terminal::printed(told.print()) {
        Ok(()) if told.use_stderr() => ExitCode::from(2),
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&error, ExitCode::FAILURE),
    }
}

fn run_command(cli: Cli, matches: &ArgMatches) -> ExitCode {
    let done = match cli.command {
        None => serve::run(&cli.serve, matches).map(succeeded),
        Some(Command::Serve(args)) => serve::run(
            &args,
            matches.subcommand_matches("serve").unwrap_or(matches),
        )
        .map(succeeded),
        Some(Command::Healthcheck(args)) => healthcheck::run(&args).map(succeeded),
        Some(Command::Explain(args)) => {
            // 1 is for a request that would be refused.
            return explain::run(&args).unwrap_or_else(|error| failed(&error, ExitCode::from(2)));
        }
        Some(Command::Try(args)) => attempt::run(&args),
        Some(Command::Simulate(args)) => simulate::run(&args).map(succeeded),
        Some(Command::Check(args)) => check::run(&args),
        Some(Command::Scenarios(args)) => scenarios::run(&args).map(succeeded),
        Some(Command::Schema(args)) => schema::run(&args).map(succeeded),
        Some(Command::Completions(args)) => completions::run(&args, Cli::command()).map(succeeded),
        Some(Command::Man(args)) => man::run(&args, Cli::command()).map(succeeded),
    };
    done.unwrap_or_else(|error| failed(&error, ExitCode::FAILURE))
}

/// An empty variable is one that is not set, as `${NAME:-}` leaves it in a compose file.
fn without_empty_variables(mut command: clap::Command) -> clap::Command {
    let is_empty = |arg: &&Arg| {
        let value = arg.get_env().and_then(env::var_os);
        value.is_some_and(|value| value.is_empty())
    };
    let empty = command.get_arguments().filter(is_empty);
    let empty: Vec<Id> = empty.map(|arg| arg.get_id().clone()).collect();
    for id in empty {
        command = command.mut_arg(id, |arg| arg.env(Resettable::Reset));
    }
    let inner = command
        .get_subcommands()
        .map(|inner| inner.get_name().to_owned());
    for name in inner.collect::<Vec<_>>() {
        command = command.mut_subcommand(name, without_empty_variables);
    }
    command
}

fn failed(error: &anyhow::Error, code: ExitCode) -> ExitCode {
    for line in error.to_string().lines() {
        // Nobody is left to tell if standard error is closed.
        let _ = writeln!(io::stderr(), "error: {}", terminal::harmless(line));
    }
    code
}

fn succeeded((): ()) -> ExitCode {
    ExitCode::SUCCESS
}
