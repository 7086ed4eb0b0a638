//! `man`: the manual pages, made of the same texts as `--help`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::anyhow;
use clap::{Args, Command};
use clap_mangen::Man;

use crate::cli::terminal;

/// Flags of `man`.
#[derive(Debug, Args)]
pub struct ManArgs {
    /// The page of this command; else that of the program
    #[arg(value_name = "COMMAND")]
    command: Option<String>,
    /// Write all pages into this folder instead, made if need be
    #[arg(long, value_name = "DIR", conflicts_with = "command")]
    out: Option<PathBuf>,
}

/// Prints one manual page of `program`, or writes all of them.
pub fn run(args: &ManArgs, program: Command) -> anyhow::Result<()> {
    if let Some(folder) = &args.out {
        return write_all(program, folder).map_err(|error| {
            anyhow!("cannot write manual pages to {}: {error}", folder.display())
        });
    }
    // `help` is no command of its own; building names the others `aspsp-emulator-…`.
    let mut program = program.disable_help_subcommand(true);
    program.build();
    let page = match &args.command {
        None => program,
        Some(name) => command_named(&program, name)?,
    };
    let mut text = Vec::new();
    Man::new(page).render(&mut text)?;
    terminal::print(&String::from_utf8_lossy(&text))
}

fn write_all(program: Command, folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    clap_mangen::generate_to(program, folder)
}

fn command_named(program: &Command, name: &str) -> anyhow::Result<Command> {
    program.find_subcommand(name).cloned().ok_or_else(|| {
        let names: Vec<&str> = program.get_subcommands().map(Command::get_name).collect();
        let names = names.join(", ");
        anyhow!("there is no command `{name}`; there are: {names}")
    })
}
