//! `completions`: what a shell needs to complete this command line.

use clap::Args;
use clap_complete::{Shell, generate};

use crate::cli::terminal;

/// Flags of `completions`.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// For which shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Prints the script that completes `command`.
pub fn run(args: &CompletionsArgs, mut command: clap::Command) {
    let name = command.get_name().to_owned();
    // Not straight to standard output: it panics where the reader has gone away.
    let mut script = Vec::new();
    generate(args.shell, &mut command, &name, &mut script);
    let script = String::from_utf8_lossy(&script);
    terminal::print(&with_one_spelling(&script, &name));
}

/// `clap_complete` 4.6 spells a name with a hyphen in two ways in its script for bash, which then completes
/// nothing after a command.
fn with_one_spelling(script: &str, name: &str) -> String {
    script.replace(&name.replace('-', "__subcmd__"), &name.replace('-', "__"))
}
