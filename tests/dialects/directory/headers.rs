//! The optional header fields: passed over where they are malformed, or refused by a strict one.

use aspsp_emulator::dialect::Operation::{Assertion, Client, Clients};
use aspsp_emulator::dialect::policy::Strictness;
use aspsp_emulator::dialect::raidiam_directory::DIALECT;
use aspsp_emulator::domain::ecosystem::Ecosystem;
use serde_json::json;

use super::{BANK, reader};
use crate::br_helpers::{Ground, INTERACTION_ID, Refused, bank};

/// Found by the tests below.
pub const REFUSED: &[Refused] = &[
    (Clients, "fapi_header_malformed"),
    (Client, "fapi_header_malformed"),
    (Assertion, "fapi_header_malformed"),
];

const MALFORMED: [(&str, &str); 14] = [
    ("x-fapi-auth-date", "yesterday"),
    ("x-fapi-auth-date", "2017-09-10T19:43:31Z"),
    ("x-fapi-auth-date", "Sun, 10 Sep 2017 19:43:31 CET"),
    ("x-fapi-auth-date", "Sun, 1 Sep 2017 19:43:31 UTC"),
    ("x-fapi-auth-date", "sun, 10 Sep 2017 19:43:31 UTC"),
    ("x-fapi-auth-date", "Sun, 10 Sep 2017 19:43:31 UTC "),
    ("x-fapi-customer-ip-address", "nowhere"),
    ("x-fapi-customer-ip-address", "256.0.0.1"),
    ("x-fapi-customer-ip-address", "10.0.0.1:80"),
    ("x-fapi-customer-ip-address", "1::2::3"),
    (INTERACTION_ID, "-mine"),
    (INTERACTION_ID, "mine mine"),
    (INTERACTION_ID, "<mine>"),
    ("x-customer-user-agent", "a\tb"),
];

const WELL_FORMED: [(&str, &str); 8] = [
    ("x-fapi-auth-date", "Sun, 10 Sep 2017 19:43:31 UTC"),
    ("x-fapi-auth-date", "Mon, 01 Jan 2024 00:00:00 GMT"),
    ("x-fapi-customer-ip-address", "192.0.2.7"),
    ("x-fapi-customer-ip-address", "2001:db8::7"),
    ("x-fapi-customer-ip-address", "::ffff:192.0.2.7"),
    (INTERACTION_ID, "0f1a7c8e-7f6a-4a5e-8f5e-7d3f7c7a9b10"),
    (INTERACTION_ID, "a"),
    ("x-customer-user-agent", "Mozilla/5.0 (X11; Linux)"),
];

/// Whether the client library sends the value as it stands: it cuts blanks at the end.
fn is_sent(value: &str) -> bool {
    value.trim_end() == value
}

#[tokio::test]
async fn malformed_fields_are_passed_over_by_a_lenient_or_an_ordinary_directory() {
    for strictness in [Strictness::Lenient, Strictness::Conformance] {
        let banks = vec![bank(&DIALECT, BANK, strictness, json!({}))];
        let ground = Ground::with_banks(banks).await;
        let reader = reader(&ground, Ecosystem::Uk).await;
        for path in reader.paths() {
            for header in MALFORMED.into_iter().chain(WELL_FORMED) {
                let answer = reader.get_with(&path, &[header]).await;
                assert_eq!(answer.status, 200, "{strictness:?} {path} {header:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_strict_directory_refuses_malformed_fields_with_an_errors_array() {
    let banks = vec![bank(&DIALECT, BANK, Strictness::Strict, json!({}))];
    let ground = Ground::with_banks(banks).await;
    let reader = reader(&ground, Ecosystem::Uk).await;
    for path in reader.paths() {
        for header in MALFORMED.into_iter().filter(|(_, value)| is_sent(value)) {
            let name = format!("{path} {header:?}");
            let answer = reader.get_with(&path, &[header]).await;
            let text = answer.errors(400, &name);
            assert!(text.contains(header.0), "{name}: {text}");
            assert!(text.ends_with("(fapi_header_malformed)"), "{name}: {text}");
        }
        for header in WELL_FORMED {
            let answer = reader.get_with(&path, &[header]).await;
            assert_eq!(answer.status, 200, "{path} {header:?}");
        }
    }
}

#[tokio::test]
async fn nothing_that_a_header_holds_comes_back_as_it_was() {
    let banks = vec![bank(&DIALECT, BANK, Strictness::Strict, json!({}))];
    let ground = Ground::with_banks(banks).await;
    let reader = reader(&ground, Ecosystem::Uk).await;
    let header = ("x-customer-user-agent", "a\tb\"c\\d");
    let text = reader
        .get_with("/clients", &[header])
        .await
        .errors(400, "tab");
    assert!(!text.contains(['\t', '"', '\\']), "{text:?}");
}
