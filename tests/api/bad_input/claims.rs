//! Claims with numbers that no clock shows, and texts that no person types.

use serde_json::{Value, json};

use super::Target;
use crate::registration_raw::{ordinary, request};

/// The registration errors that a claim can lead to.
const ERRORS: [&str; 3] = [
    "invalid_client_metadata",
    "invalid_redirect_uri",
    "invalid_software_statement",
];

#[tokio::test]
async fn times_that_are_no_whole_seconds_are_refused() {
    let target = Target::start().await;
    let (_, claims) = ordinary(&target.tpp);
    for number in [
        "9223372036854775808",
        "18446744073709551616",
        "123456789012345678901234567890123456789012345678901234567890",
        "-9223372036854775809",
        "1e15",
        "1E2",
        "1.0",
        "0.1e1",
        "-0.0",
        "1e308",
        "1e-400",
    ] {
        for (name, check) in [("iat", "issued_in_the_future"), ("exp", "request_expired")] {
            let mut claims = claims.clone();
            claims[name] = "HERE".into();
            let payload = claims.to_string().replace("\"HERE\"", number);
            let body = request(&target.tpp, payload);
            target
                .refuses(&format!("{name} {number}"), body, check)
                .await;
        }
    }
    for name in ["iat", "exp", "unknown"] {
        let mut claims = claims.clone();
        claims[name] = "HERE".into();
        let payload = claims.to_string().replace("\"HERE\"", "1e400");
        let body = request(&target.tpp, payload);
        target.refuses("1e400", body, "request_not_a_jws").await;
    }
}

fn odd_texts() -> Vec<String> {
    [
        "\u{0}",
        "a\u{0}b",
        "\r\nSet-Cookie: x=y",
        "\u{1b}[2J",
        "\u{7f}",
        "\u{85}\u{a0}\u{2028}",
        "\u{202e}",
        "\u{feff}",
        "\u{e9}",
        "\u{1f600}",
        "\\\"'`<>&;--",
        "${jndi:ldap://x}",
        "%00%n%s",
        "{}",
        " ",
    ]
    .map(str::to_owned)
    .into_iter()
    .chain(["x".repeat(40_000), "\u{1f600}".repeat(8_000)])
    .collect()
}

/// A claim that any text may stand in: of `aud` only its presence is judged, and what a client
/// proposes as id or secret is ignored.
fn is_free(name: &str) -> bool {
    ["aud", "client_id", "client_secret"].contains(&name)
}

/// The text as each claim that takes texts would hold it.
fn holding(name: &str, claims: &Value, text: &str) -> Value {
    if claims.get(name).is_some_and(Value::is_array) {
        json!([text])
    } else {
        text.into()
    }
}

#[tokio::test]
async fn odd_texts_are_refused_in_every_claim_that_means_something() {
    let target = Target::start().await;
    let (_, ordinary) = ordinary(&target.tpp);
    let dialect = aspsp_emulator::dialect::by_id(crate::helpers::BANK).unwrap();
    let listed = dialect.all_claims().map(|claim| claim.name);
    for name in listed.filter(|name| !is_free(name)) {
        for text in odd_texts() {
            let request = target.tpp.request();
            let request = request.claim(name, holding(name, &ordinary, &text));
            let answer = target.tpp.post(request.sign().unwrap()).await;
            let shown: String = text.chars().take(20).collect();
            let what = format!("{name} {shown:?}");
            let refused = target.assert_refused(&what, answer).await;
            assert!(ERRORS.contains(&refused.0.as_str()), "{what}: {refused:?}");
        }
    }
}

#[tokio::test]
async fn odd_texts_appended_to_what_is_right_are_refused() {
    let target = Target::start().await;
    let (_, ordinary) = ordinary(&target.tpp);
    for (name, value) in ordinary.as_object().unwrap() {
        let right = value.as_str().or_else(|| value[0].as_str());
        let Some(right) = right.filter(|_| !is_free(name)) else {
            continue;
        };
        for text in ["\u{0}", "\u{7f}", "\u{e9}", "\u{202e}", "\\"] {
            let odd = holding(name, &ordinary, &format!("{right}{text}"));
            let request = target.tpp.request().claim(name, odd);
            let answer = target.tpp.post(request.sign().unwrap()).await;
            let what = format!("{name} and {text:?}");
            target.assert_refused(&what, answer).await;
        }
    }
}

#[tokio::test]
async fn a_long_list_is_refused_with_a_short_description() {
    let target = Target::start().await;
    let many: Vec<String> = (0..2_000).map(|at| format!("x{at}")).collect();
    for (name, error) in [
        ("redirect_uris", "invalid_redirect_uri"),
        ("grant_types", "invalid_client_metadata"),
        ("response_types", "invalid_client_metadata"),
    ] {
        let request = target.tpp.request().claim(name, many.clone());
        let answer = target.tpp.post(request.sign().unwrap()).await;
        let refused = target.assert_refused(name, answer).await;
        assert_eq!(refused.0, error, "{name}");
    }
}
