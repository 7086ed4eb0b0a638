//! The scenario that is simulated.

use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use anyhow::anyhow;

use crate::cli::terminal::harmless;
use crate::scenario::{self, Scenario};

/// A built-in one, else that of a file. What can be, but is hardly meant, is told on standard error.
pub fn read(name: &str) -> anyhow::Result<Arc<Scenario>> {
    let file = Path::new(name);
    let loaded = match scenario::builtin_named(name) {
        Some(builtin) => builtin.parse()?,
        None if !file.exists() => {
            let names: Vec<&str> = scenario::builtin_names().collect();
            return Err(anyhow!(
                "there is no scenario `{name}`, built in or as a file; built in are {}",
                names.join(", ")
            ));
        }
        None => scenario::load(file)?,
    };
    for warning in &loaded.warnings {
        let text = harmless(&warning.text);
        // Nobody is left to tell if standard error is closed.
        let _ = match warning.at {
            Some(at) => writeln!(
                io::stderr(),
                "warning: {name}:{}:{}: {text}",
                at.line,
                at.column
            ),
            None => writeln!(io::stderr(), "warning: {name}: {text}"),
        };
    }
    Ok(Arc::new(loaded.scenario))
}
