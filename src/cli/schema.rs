//! `schema`: JSON Schemas of the files that people write.

use clap::{Args, ValueEnum};

use crate::cli::terminal::print;
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
pub fn run(args: &SchemaArgs) -> anyhow::Result<()> {
    let schema = match args.of {
        File::Config => config::schema(),
        File::Scenario => scenario::schema(),
    };
    print(&format!("{schema:#}\n"))
}
