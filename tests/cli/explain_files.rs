//! `explain` on the files of `tests/explain`: what is printed about each, to the letter.

use std::fs;
use std::process::Output;

use serde_json::Value;

use crate::explain::{explain, folder};

const UK: [&str; 4] = [
    "--directory-jwks",
    "uk/directory.jwks",
    "--software-jwks",
    "uk/software.jwks",
];
const BRASIL: [&str; 4] = [
    "--directory-jwks",
    "brasil/directory.jwks",
    "--software-jwks",
    "brasil/software.jwks",
];

/// A file, a bank, further arguments, and the check that answers; empty if it is accepted.
type Case = (&'static str, &'static str, Vec<&'static str>, &'static str);

fn cases() -> Vec<Case> {
    let with = |keys: [&'static str; 4], more: &[&'static str]| [&keys[..], more].concat();
    vec![
        ("accepted.jwt", "uk-ob-3.3", with(UK, &[]), ""),
        ("not-a-jws.jwt", "uk-ob-3.3", vec![], "request_not_a_jws"),
        (
            "alg-none.jwt",
            "uk-ob-3.3",
            with(UK, &[]),
            "request_alg_not_allowed",
        ),
        (
            "wrong-software-id.jwt",
            "uk-ob-3.3",
            with(UK, &[]),
            "issuer_not_the_software",
        ),
        ("expired.jwt", "uk-ob-3.2", vec![], "request_expired"),
        (
            "bad-redirect.jwt",
            "uk-ob-3.4",
            vec![],
            "redirect_uri_malformed",
        ),
        (
            "bad-dn.jwt",
            "uk-ob-3.3",
            with(
                UK,
                &["--certificate", "uk/anothers.pem", "--strictness", "strict"],
            ),
            "subject_dn_mismatch",
        ),
        (
            "foreign-statement.jwt",
            "uk-ob-3.1",
            with(UK, &[]),
            "statement_issuer_untrusted",
        ),
        (
            "bad-signature.jwt",
            "virgin-money",
            with(UK, &[]),
            "request_signature_invalid",
        ),
        ("escapes.jwt", "uk-ob-3.3", vec![], "scope_not_allowed"),
        (
            "brasil-jwks.json",
            "open-finance-brasil",
            with(BRASIL, &[]),
            "jwks_by_value",
        ),
        (
            "brasil-stale.json",
            "open-finance-brasil",
            with(BRASIL, &["--now", "2027-01-01T00:10:00Z"]),
            "statement_too_old",
        ),
        (
            "brasil-twice.json",
            "open-finance-brasil",
            vec![],
            "body_not_a_json_object",
        ),
    ]
}

/// What is printed must be what the file holds; with `ACCEPT` set, the file is written.
fn assert_printed(output: &Output, file: &str) {
    let printed = String::from_utf8(output.stdout.clone()).unwrap();
    let path = folder().join("expected").join(file);
    if std::env::var_os("ACCEPT").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &printed).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(printed, expected, "{}", path.display());
}

#[test]
fn what_is_printed_of_each_file_is_what_is_written_down() {
    for (file, bank, arguments, refused_by) in cases() {
        let arguments = [&["--bank", bank, file], arguments.as_slice()].concat();
        let (stem, _) = file.rsplit_once('.').unwrap();
        let text = explain(&arguments);
        assert_eq!(String::from_utf8_lossy(&text.stderr), "", "{file}");
        let code = i32::from(!refused_by.is_empty());
        assert_eq!(text.status.code(), Some(code), "{file}");
        assert_printed(&text, &format!("{stem}.txt"));
        let json = explain(&[&arguments[..], &["--json"]].concat());
        assert_eq!(json.status.code(), Some(code), "{file}");
        assert_printed(&json, &format!("{stem}.json"));
        let explained: Value = serde_json::from_slice(&json.stdout).unwrap();
        assert_eq!(explained["bank"], bank);
        assert_eq!(explained["accepted"], refused_by.is_empty(), "{file}");
        let mut checks = explained["checks"].as_array().unwrap().iter();
        let first = checks.find(|check| check["result"] == "failed");
        let first = first.map_or("", |check| check["check"].as_str().unwrap());
        assert_eq!(first, refused_by, "{file}");
    }
}
