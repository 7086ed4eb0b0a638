//! Whole files in, settings or problems out.

mod arrivals;
mod refusals;
mod scalars;
mod schema;

use std::fs;
use std::path::Path;

use super::*;

fn loaded(text: &str) -> Config {
    let loaded = parse(text, Folder::of(Path::new("config.yaml")));
    loaded
        .unwrap_or_else(|problems| panic!("{text}: {problems:?}"))
        .config
}

/// `LINE:COLUMN: text` of each problem.
fn problems(text: &str) -> Vec<String> {
    let refused = parse(text, Folder::of(Path::new("config.yaml")));
    let bad = BadFile::new("f", refused.map(|_| ()).unwrap_err());
    let text = bad.to_string();
    text.lines().map(|line| line[2..].to_owned()).collect()
}

/// The one problem of a file begins like this.
fn refused(text: &str, expected: &str) {
    let found = problems(text);
    assert!(
        found.len() == 1 && found[0].starts_with(expected),
        "{text}\n expected {expected}\n but {found:#?}"
    );
}

/// The example of the documentation and more; the files that it names are written beside it.
const WHOLE: &str = r"
listen: { mtls: 127.0.0.1:0, tls: '[::1]:0', control: 127.0.0.1:9445 }
hostnames: [localhost, aspsp, 10.0.0.1]
authority: ./certs
kit: ../kit
kit_mode: 0640
seed: 7
strictness: lenient
control_token: letmein
control_open: true
mtls_url: https://mapped.example:1
tls_url: https://mapped.example:2
redirect_uris: [https://app.example/other]
banks:
  - { id: my-bank, dialect: uk-ob-3.3, base_path: /my/bank, strictness: strict, policy: { duplicates: reject, ssa_max_age: 30m }, token_lifetime: 5m }
  - { id: uk-ob-3.3, dialect: uk-ob-3.3 }
  - { id: plain, dialect: uk-ob-3.3, policy: { ssa_max_age: none } }
tpps:
  - { ecosystem: uk, software_id: 4fyvi, org_id: 00158000016i44I, roles: [AISP], redirect_uris: [https://app.example/cb], transport: { csr_file: t.csr }, signing: { jwks_file: mine.jwks }, kit: ./mine }
  - { ecosystem: brasil, roles: [DADOS] }
directory:
  trusted: [{ iss: OpenBanking Ltd, jwks_file: mine.jwks, client_ca: ca.pem, software_jwks: { SOFTWARE_ID: mine.jwks } }]
  fetch_jwks_from: [keystore.example:443, '[::1]:8443']
scenarios: [throttled-429, ./mine.yaml]
scenario_dirs: [./my-scenarios]
annotate: true
limits: { body: 128KiB, header_timeout: 5s, handshake_timeout: 1500ms, idle_timeout: 2m, connections: 10, journal: 0, clients: 5, worlds: 2 }
";

/// Writes the files that [`WHOLE`] names.
fn write_named_files(dir: &Path) {
    let key = rcgen::KeyPair::generate().unwrap();
    let rsa = rcgen::KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).unwrap();
    let request = rcgen::CertificateParams::default().serialize_request(&rsa);
    fs::write(dir.join("t.csr"), request.unwrap().pem().unwrap()).unwrap();
    let certificate = rcgen::CertificateParams::default().self_signed(&key);
    fs::write(dir.join("ca.pem"), certificate.unwrap().pem()).unwrap();
    let jwk = r#"{"keys":[{"kty":"EC","crv":"P-256","kid":"k","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}"#;
    fs::write(dir.join("mine.jwks"), jwk).unwrap();
}
