//! CIBA: its claims are there if, and only if, its grant is.

use aspsp_emulator::emulator::tpp::RequestBuilder;
use serde_json::{Value, json};

use crate::registration_cases::{Accepted, Case, Expected, changed, check, claim, metadata};

const GRANT: &str = "urn:openid:params:grant-type:ciba";
const MODE: &str = "backchannel_token_delivery_mode";
const ENDPOINT: &str = "backchannel_client_notification_endpoint";
const ALG: &str = "backchannel_authentication_request_signing_alg";
const USER_CODE: &str = "backchannel_user_code_parameter_supported";
const HTTPS: &str = "https://app.example/ciba";

const WRONG: Expected = metadata("ciba_claims_wrong");

#[tokio::test]
async fn the_claims_of_ciba_come_with_its_grant_and_fit_together() {
    check(cases()).await;
}

pub fn cases() -> Vec<Case> {
    [modes(), details(), without_the_grant()]
        .into_iter()
        .flatten()
        .collect()
}

fn with_grant(request: RequestBuilder) -> RequestBuilder {
    let grants = json!(["authorization_code", "client_credentials", GRANT]);
    request.claim("grant_types", grants).claim(ALG, "PS256")
}

fn modes() -> Vec<Case> {
    [
        (Some("poll"), None, Accepted),
        (Some("poll"), Some(HTTPS), WRONG),
        (Some("ping"), Some(HTTPS), Accepted),
        (Some("ping"), None, WRONG),
        (Some("push"), Some(HTTPS), Accepted),
        (Some("push"), None, WRONG),
        (Some("pull"), Some(HTTPS), WRONG),
        (Some("PING"), Some(HTTPS), WRONG),
        (Some("ping"), Some("http://app.example/ciba"), WRONG),
        (Some("ping"), Some("app.example/ciba"), WRONG),
        (Some("ping"), Some("https:app.example/ciba"), WRONG),
        (Some("ping"), Some("https://"), WRONG),
        (Some("ping"), Some("https://app.example/\n"), WRONG),
        (Some("ping"), Some("https://app.example/\u{e9}"), WRONG),
        (None, Some(HTTPS), WRONG),
        (None, None, WRONG),
    ]
    .map(|(mode, endpoint, expected)| {
        changed(format!("{mode:?} {endpoint:?}"), expected, move |request| {
            let given = [(MODE, mode), (ENDPOINT, endpoint)];
            given
                .into_iter()
                .filter_map(|(name, value)| Some((name, value?)))
                .fold(with_grant(request), |request, (name, value)| {
                    request.claim(name, value)
                })
        })
    })
    .into()
}

fn details() -> Vec<Case> {
    let detail = |name: &'static str, value: Value, expected| {
        changed(
            format!("ciba with {name} {value}"),
            expected,
            move |request| {
                with_grant(request)
                    .claim(MODE, "poll")
                    .claim(name, value.clone())
            },
        )
    };
    let mut cases = vec![
        detail(ALG, json!("ES256"), Accepted),
        detail(USER_CODE, json!(false), Accepted),
        detail(USER_CODE, json!(true), WRONG),
        changed("ciba without its algorithm", WRONG, |request| {
            with_grant(request).claim(MODE, "poll").without(ALG)
        }),
        changed("ciba alone", Accepted, |request| {
            with_grant(request)
                .claim(MODE, "poll")
                .claim("grant_types", json!([GRANT]))
                .without("response_types")
        }),
    ];
    for alg in ["RS256", "HS256", "none", "ps256"] {
        cases.push(detail(ALG, json!(alg), WRONG));
    }
    cases
}

fn without_the_grant() -> Vec<Case> {
    [
        (MODE, json!("poll")),
        (ENDPOINT, json!(HTTPS)),
        (ALG, json!("PS256")),
        (USER_CODE, json!(false)),
    ]
    .map(|(name, value)| claim(name, value, WRONG))
    .into()
}
