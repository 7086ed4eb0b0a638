//! `schema`: JSON Schemas of the files that people write.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use crate::config;
use crate::scenario;

/// Flags of `schema`.
#[derive(Debug, Args)]
pub struct SchemaArgs {
    /// Of which file
    #[arg(value_enum)]
    of: File,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum File {
    /// The config file of `serve --config`
    Config,
    /// A scenario file
    Scenario,
}

/// Prints the schema.
pub fn run(args: &SchemaArgs) -> ExitCode {
    let schema = match args.of {
        File::Config => config::schema(),
        File::Scenario => scenario::schema(),
    };
    // Whoever closes standard output has seen enough.
    let _ = writeln!(io::stdout(), "{schema:#}");
    ExitCode::SUCCESS
}
