//! What a shell and `man` need to know of this command line: made of the same texts as `--help`.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use certs_gen::Error;
use clap::Args;
use clap_complete::{Shell, generate};
use clap_mangen::Man;

#[derive(Args)]
pub struct CompletionsArgs {
    /// For which shell
    #[arg(value_enum)]
    shell: Shell,
}

#[derive(Args)]
pub struct ManArgs {
    /// The page of this command; else that of the program
    #[arg(value_name = "COMMAND", value_parser = ["authority", "certificate", "completions", "man"])]
    command: Option<String>,
    /// Write all pages into this folder instead, made if need be
    #[arg(long, value_name = "DIR", conflicts_with = "command")]
    out: Option<PathBuf>,
}

/// The script that completes `program`.
pub fn completions(args: &CompletionsArgs, mut program: clap::Command) -> String {
    let name = program.get_name().to_owned();
    let mut script = Vec::new();
    generate(args.shell, &mut program, &name, &mut script);
    with_one_spelling(&String::from_utf8_lossy(&script), &name)
}

/// `clap_complete` 4.6 spells a name with a hyphen in two ways in its script for bash, which then completes
/// nothing after a command.
fn with_one_spelling(script: &str, name: &str) -> String {
    script.replace(&name.replace('-', "__subcmd__"), &name.replace('-', "__"))
}

/// The manual page of `program` or of one of its commands, or nothing where all pages are written.
pub fn man(args: &ManArgs, program: clap::Command) -> Result<String, Error> {
    if let Some(folder) = &args.out {
        return write_all(program, folder)
            .map(|()| String::new())
            .map_err(|source| Error::File {
                action: "write manual pages to",
                path: folder.clone(),
                source,
            });
    }
    // `help` is no command of its own; building names the others `certs-gen-…`.
    let mut program = program.disable_help_subcommand(true);
    program.build();
    let command = args.command.as_ref();
    let command = command.and_then(|name| program.find_subcommand(name).cloned());
    let mut page = Vec::new();
    // Memory takes whatever is written to it.
    let _ = Man::new(command.unwrap_or(program)).render(&mut page);
    Ok(String::from_utf8_lossy(&page).into_owned())
}

fn write_all(program: clap::Command, folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    clap_mangen::generate_to(program, folder)
}
