//! `scenarios`: those that are built in.

use anyhow::anyhow;
use clap::Args;

use crate::cli::terminal::print;
use crate::scenario::{Builtin, builtin, builtin_named, builtin_names};

/// Flags of `scenarios`.
#[derive(Debug, Args)]
pub struct ScenariosArgs {
    /// Print the file of this one, to start from
    #[arg(value_name = "NAME")]
    name: Option<String>,
}

/// Prints names and what a TPP will see, or one file.
pub fn run(args: &ScenariosArgs) -> anyhow::Result<()> {
    let text = match &args.name {
        None => builtin().iter().map(entry).collect(),
        Some(name) => named(name)?.text.to_owned(),
    };
    print(&text)
}

fn named(name: &str) -> anyhow::Result<&'static Builtin> {
    builtin_named(name).ok_or_else(|| {
        let names: Vec<&str> = builtin_names().collect();
        let names = names.join(", ");
        anyhow!("there is no built-in scenario `{name}`; there are: {names}")
    })
}

fn entry(builtin: &Builtin) -> String {
    let loaded = builtin.parse().ok();
    let description = loaded.and_then(|loaded| loaded.scenario.description);
    format!(
        "{}\n    {}\n",
        builtin.name,
        description.unwrap_or_default()
    )
}
