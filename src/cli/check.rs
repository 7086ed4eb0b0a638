//! `check`: judges config files without starting anything.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use crate::cli::terminal::harmless;
use crate::config::{self, BadFile, Problem};

/// Flags of `check`.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// Config files
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
}

/// Reports on each file; fails if one cannot be used.
pub fn run(args: &CheckArgs) -> ExitCode {
    let reports = args.files.iter().map(|file| match report(file) {
        Ok(()) => (format!("{}: ok", file.display()), true),
        Err(bad) => (bad.to_string(), false),
    });
    let (texts, good): (Vec<String>, Vec<bool>) = reports.unzip();
    // The exit code says it too, to whoever has closed standard output.
    for line in texts.iter().flat_map(|text| text.lines()) {
        let _ = writeln!(io::stdout(), "{}", harmless(line));
    }
    if good.contains(&false) {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

fn report(file: &Path) -> Result<(), BadFile> {
    let loaded = config::load(file)?;
    // Its values can be, each for itself: what is left is who may use the control listener.
    loaded.config.check().map_err(|error| BadFile {
        file: file.to_owned(),
        problems: vec![Problem {
            at: loaded.control_at,
            text: format!("{error}; in a file: `control_token` or `control_open`"),
        }],
    })
}
