//! Environment variables that look like settings and are none.

use std::env;

use crate::document::problem::nearest;

/// What every setting's variable begins with.
const PREFIX: &str = "ASPSP_EMULATOR_";

/// Says which variables have no effect. No error: container platforms set some of their own, named after
/// the service (`ASPSP_EMULATOR_SERVICE_HOST`).
pub fn warn_of_unknown(command: &clap::Command) {
    let known = known(command);
    let known: Vec<&str> = known
        .iter()
        .filter_map(|name| name.strip_prefix(PREFIX))
        .collect();
    for (variable, _) in env::vars_os() {
        let Some(variable) = variable.to_str() else {
            continue;
        };
        let Some(name) = variable.strip_prefix(PREFIX) else {
            continue;
        };
        if !known.contains(&name) {
            let meant = nearest(name, &known).map(|name| format!("{PREFIX}{name}"));
            tracing::warn!(
                variable,
                meant,
                "no setting has this variable: it has no effect"
            );
        }
    }
}

/// The variables of a command and of those below it.
fn known(command: &clap::Command) -> Vec<String> {
    let own = command.get_arguments().filter_map(clap::Arg::get_env);
    let own = own.map(|name| name.to_string_lossy().into_owned());
    own.chain(command.get_subcommands().flat_map(known))
        .collect()
}
