//! `check`: judges config and scenario files without starting anything.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use crate::cli::terminal::{harmless, print};
use crate::config::{self, BadFile, Problem};
use crate::emulator::scenario_files::{ScenarioError, ScenarioFiles};
use crate::scenario;

/// Flags of `check`.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// Config and scenario files
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
}

/// Reports on each file; fails if one cannot be used.
pub fn run(args: &CheckArgs) -> anyhow::Result<ExitCode> {
    let reports = args.files.iter().map(|file| match report(file) {
        Ok(lines) => (lines, true),
        Err(lines) => (lines, false),
    });
    let (texts, good): (Vec<String>, Vec<bool>) = reports.unzip();
    let lines = texts.iter().flat_map(|text| text.lines());
    print(&lines.map(|line| harmless(line) + "\n").collect::<String>())?;
    Ok(if good.contains(&false) {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

/// What is said of a file that can be used.
fn report(file: &Path) -> Result<String, String> {
    let warnings = if is_scenario(file) {
        let loaded = scenario::load(file).map_err(|bad| bad.to_string())?;
        loaded.warnings
    } else {
        check_config(file)?;
        Vec::new()
    };
    let mut lines = format!("{}: ok", file.display());
    if !warnings.is_empty() {
        let told = BadFile::new(file, warnings).to_string();
        for line in told.lines() {
            lines.push_str("\nwarning: ");
            lines.push_str(line);
        }
    }
    Ok(lines)
}

/// Most of a file that is looked at to tell what it is, in bytes.
const LOOKED_AT: u64 = 4 * 1024 * 1024;

/// Whether a file is a scenario. One that cannot be read is told of as a config file.
fn is_scenario(file: &Path) -> bool {
    let mut text = String::new();
    let read = File::open(file).and_then(|file| file.take(LOOKED_AT).read_to_string(&mut text));
    read.is_ok() && scenario::looks_like_one(&text)
}

fn check_config(file: &Path) -> Result<(), String> {
    let loaded = config::load(file).map_err(|bad| bad.to_string())?;
    // Its values can be, each for itself: what is left is who may use the control listener, and what
    // is in the scenarios that it names.
    loaded.config.check().map_err(|error| {
        let problem = Problem {
            at: loaded.control_at,
            text: format!("{error}; in a file: `control_token` or `control_open`"),
        };
        BadFile::new(file, vec![problem]).to_string()
    })?;
    match ScenarioFiles::open(&loaded.config) {
        Ok(_) => Ok(()),
        Err(error @ ScenarioError::Files(_)) => Err(error.to_string()),
        Err(error) => {
            let problem = Problem::whole(error.to_string());
            Err(BadFile::new(file, vec![problem]).to_string())
        }
    }
}
