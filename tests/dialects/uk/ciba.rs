//! CIBA, from 3.3 on: its claims are there if, and only if, its grant is. Before, they are unknown
//! claims.

use aspsp_emulator::emulator::tpp::RequestBuilder;
use serde_json::{Value, json};

use crate::cases::{Accepted, Case, Expected, changed, claim, metadata};
use crate::uk::{CIBA, Version};

const MODE: &str = "backchannel_token_delivery_mode";
const ENDPOINT: &str = "backchannel_client_notification_endpoint";
const ALG: &str = "backchannel_authentication_request_signing_alg";
const USER_CODE: &str = "backchannel_user_code_parameter_supported";
const HTTPS: &str = "https://app.example/ciba";

pub fn cases(version: &'static Version) -> Vec<Case> {
    if !version.knows(CIBA) {
        return [(MODE, json!("poll")), (ENDPOINT, json!(HTTPS))]
            .map(|(name, value)| claim(name, value, Accepted).lacks(name))
            .into();
    }
    let wrong = metadata("ciba_claims_wrong");
    let mut cases = vec![
        with(&[(MODE, "poll")], Accepted)
            .shows(MODE, "poll")
            .shows(ALG, "PS256"),
        with(&[(MODE, "poll")], Accepted).strict(),
        with(&[(MODE, "ping"), (ENDPOINT, HTTPS)], Accepted).shows(ENDPOINT, HTTPS),
        with(&[(MODE, "push"), (ENDPOINT, HTTPS)], Accepted),
        with(&[(MODE, "poll"), (ENDPOINT, HTTPS)], wrong),
        with(&[(MODE, "ping")], wrong),
        with(&[(MODE, "ping"), (ENDPOINT, "http://app.example/")], wrong),
        with(&[(MODE, "pull"), (ENDPOINT, HTTPS)], wrong),
        with(&[], wrong),
        with(&[(MODE, "poll"), (ALG, "RS256")], wrong),
        changed("ciba without its algorithm", wrong, |request| {
            granted(request).claim(MODE, "poll").without(ALG)
        }),
        changed("ciba with a user code", wrong, |request| {
            granted(request).claim(MODE, "poll").claim(USER_CODE, true)
        }),
        changed("ciba without a user code", Accepted, |request| {
            granted(request).claim(MODE, "poll").claim(USER_CODE, false)
        }),
        claim(USER_CODE, "false", metadata("claim_malformed")),
        claim(ENDPOINT, 1, metadata("claim_malformed")),
    ];
    let alone: [(&str, Value); 4] = [
        (MODE, json!("poll")),
        (ENDPOINT, json!(HTTPS)),
        (ALG, json!("PS256")),
        (USER_CODE, json!(false)),
    ];
    cases.extend(alone.map(|(name, value)| claim(name, value, wrong)));
    cases
}

fn granted(request: RequestBuilder) -> RequestBuilder {
    let grants = json!(["authorization_code", "client_credentials", CIBA]);
    request.claim("grant_types", grants).claim(ALG, "PS256")
}

fn with(claims: &[(&'static str, &'static str)], expected: Expected) -> Case {
    let claims = claims.to_vec();
    changed(format!("ciba with {claims:?}"), expected, move |request| {
        claims
            .iter()
            .fold(granted(request), |request, (name, value)| {
                request.claim(name, *value)
            })
    })
}
