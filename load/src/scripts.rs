//! Scenarios of the load's own, as files for `--scenario`.

use std::io::Write;

use anyhow::Result;
use tempfile::NamedTempFile;

/// The bank's key set, the load's small request, is never answered.
pub const STALLED: &str = "\
description: A request for the key set is never answered.
rules:
  - match: { operation: jwks }
    fault: stall
";

/// The bank's key set is late, for longer than anybody waits.
pub const DELAYED: &str = "\
description: A request for the key set is answered after ten minutes.
rules:
  - match: { operation: jwks }
    delay: 10m
";

/// So many rules, each of which is looked at by a registration and matches none.
pub fn many_rules(count: u32) -> String {
    let rules = (0..count).map(|n| {
        format!(
            "  - match: {{ operation: register, header: {{ x-nobody-sends: rule-{n} }} }}\n    respond: 503\n"
        )
    });
    format!(
        "description: Rules that no request matches.\nrules:\n{}",
        rules.collect::<String>()
    )
}

/// A file with this text.
///
/// # Errors
/// The disk's.
pub fn file(text: &str) -> Result<NamedTempFile> {
    let mut file = tempfile::Builder::new().suffix(".yaml").tempfile()?;
    file.write_all(text.as_bytes())?;
    Ok(file)
}
