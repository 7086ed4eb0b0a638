//! The kit's descriptions of its TPP: for programs, for shells, for curl.

use std::path::Path;

use serde_json::{Value, json};

use crate::bank::BankSummary;
use crate::directory::tpp::Tpp;
use crate::kit::files::Origin;
use crate::world::World;

/// `tpp.json`: the TPP, the banks, and what the kit comes from.
pub(super) fn tpp_json(world: &World, tpp: &Tpp, origin: &Origin) -> String {
    let urls = world.urls.for_host(None);
    let profile = tpp.profile();
    let banks: Vec<BankSummary> = world.banks().map(|bank| bank.summary(&urls)).collect();
    let mut document = json!({
        "ecosystem": tpp.identity.ecosystem,
        "org_id": tpp.identity.org_id,
        "software_id": tpp.identity.software_id,
        "kid": profile.signing.kid(),
        "roles": profile.roles,
        "redirect_uris": profile.redirect_uris,
        "subject_dn": profile.transport.certificate.subject_dn(),
        "banks": banks,
    });
    if let (Value::Object(document), Ok(Value::Object(origin))) =
        (&mut document, serde_json::to_value(origin))
    {
        for (name, value) in origin {
            document.entry(name).or_insert(value);
        }
    }
    format!("{document:#}\n")
}

/// `tpp.env`: the same as variables, for `docker --env-file` and for a shell.
pub(super) fn tpp_env(world: &World, tpp: &Tpp) -> String {
    let urls = world.urls.for_host(None);
    let profile = tpp.profile();
    let roles: Vec<&str> = profile.roles.iter().map(|role| role.as_str()).collect();
    let mut variables = vec![
        (
            "TPP_ECOSYSTEM".to_owned(),
            tpp.identity.ecosystem.as_str().to_owned(),
        ),
        ("TPP_ORG_ID".to_owned(), tpp.identity.org_id.to_string()),
        (
            "TPP_SOFTWARE_ID".to_owned(),
            tpp.identity.software_id.to_string(),
        ),
        ("TPP_KID".to_owned(), profile.signing.kid().to_string()),
        ("TPP_ROLES".to_owned(), roles.join(",")),
        (
            "TPP_REDIRECT_URIS".to_owned(),
            profile.redirect_uris.join(","),
        ),
        (
            "TPP_SUBJECT_DN".to_owned(),
            profile.transport.certificate.subject_dn().to_owned(),
        ),
    ];
    for bank in world.banks() {
        let prefix = format!("TPP_BANK_{}", variable_name(&bank.id));
        variables.push((format!("{prefix}_ISSUER"), bank.issuer(&urls)));
        variables.push((format!("{prefix}_DISCOVERY"), bank.discovery_url(&urls)));
        if let Some(endpoint) = bank.registration_endpoint(&urls) {
            variables.push((format!("{prefix}_REGISTRATION_ENDPOINT"), endpoint));
        }
        variables.push((
            format!("{prefix}_TOKEN_ENDPOINT"),
            bank.token_endpoint(&urls),
        ));
    }
    variables
        .iter()
        .map(|(name, value)| format!("{name}={}\n", quoted(value)))
        .collect()
}

fn variable_name(id: &str) -> String {
    let upper = id.to_ascii_uppercase();
    upper.replace(|character: char| !character.is_ascii_alphanumeric(), "_")
}

/// As it is where no shell takes a character amiss, since `docker --env-file` keeps quotes.
#[must_use]
pub fn quoted(value: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/,=@%+".contains(&byte);
    if value.bytes().all(is_plain) {
        value.to_owned()
    } else {
        format!("'{}'", value.replace('\'', r"'\''"))
    }
}

/// `curl.conf`: what `curl -K` needs to reach a bank, with paths as the folder was named. A TPP that
/// keeps its key names it itself.
pub(super) fn curl_conf(dir: &Path, has_key: bool) -> String {
    let option = |name: &str, file: &str| {
        let path = dir.join(file).to_string_lossy().into_owned();
        let escaped = path.replace('\\', r"\\").replace('"', "\\\"");
        format!("{name} = \"{escaped}\"\n")
    };
    [
        option("cacert", "ca.pem"),
        option("cert", "transport.pem"),
        if has_key {
            option("key", "transport.key")
        } else {
            "# and --key FILE: the private key is with the TPP\n".to_owned()
        },
    ]
    .concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_quoted_only_where_a_shell_needs_it() {
        assert_eq!(quoted("CN=a,OU=b"), "CN=a,OU=b");
        assert_eq!(quoted("https://a/?x&y"), "'https://a/?x&y'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
    }

    #[test]
    fn curl_reads_a_path_with_quotes_back() {
        let conf = curl_conf(Path::new("a \"b\""), true);
        assert!(
            conf.starts_with("cacert = \"a \\\"b\\\"/ca.pem\"\n"),
            "{conf}"
        );
    }
}
