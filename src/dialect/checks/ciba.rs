//! Client initiated backchannel authentication (CIBA), from UK 3.3 on.

use serde_json::Value;

use crate::dialect::checks::metadata::{allowed_algs, is_signing_alg, texts};
use crate::dialect::checks::{Check, Outcome, listed};
use crate::dialect::claims::shown;
use crate::dialect::facts::Facts;
use crate::dialect::fault::Fault;
use crate::domain::error::RegistrationError::InvalidClientMetadata;
use crate::domain::json::Object;
use crate::domain::uri::is_https;

/// The grant that asks for CIBA (`OpenID` CIBA Core §4).
pub const GRANT: &str = "urn:openid:params:grant-type:ciba";
const MODE: &str = "backchannel_token_delivery_mode";
const ENDPOINT: &str = "backchannel_client_notification_endpoint";
const ALG: &str = "backchannel_authentication_request_signing_alg";
const USER_CODE: &str = "backchannel_user_code_parameter_supported";

/// The CIBA claims are there if, and only if, the grant is.
pub static CIBA_CLAIMS_WRONG: Check = Check {
    name: "ciba_claims_wrong",
    source: "OB DCR 3.3, claims backchannel_*; OpenID CIBA Core §4",
    fault: Fault::Registration(InvalidClientMetadata),
    run: |facts| {
        let Some(claims) = facts.claims() else {
            return Outcome::not_reached();
        };
        let Some(grants) = texts(claims, "grant_types") else {
            return Outcome::not_reached();
        };
        let sent = [MODE, ENDPOINT, ALG, USER_CODE]
            .into_iter()
            .find(|name| claims.contains_key(*name));
        match (grants.contains(&GRANT), sent) {
            (false, None) => Outcome::not_checked(),
            (false, Some(name)) => Outcome::failed(
                format!(
                    "{name} {} without the grant type of CIBA",
                    shown(claims.get(name))
                ),
                format!("{name} only with the grant type '{GRANT}'"),
            ),
            (true, _) => complete(facts, claims),
        }
    },
};

fn complete(facts: &Facts<'_>, claims: &Object) -> Outcome {
    let failed = |name: &str, allowed: String| {
        Outcome::failed(format!("{name} {}", shown(claims.get(name))), allowed)
    };
    let modes = facts.dialect.values.ciba_modes;
    let Some(mode) = claims
        .get(MODE)
        .and_then(Value::as_str)
        .filter(|mode| modes.contains(mode))
    else {
        return failed(MODE, listed(modes));
    };
    if !is_signing_alg(facts, claims.get(ALG)) {
        return failed(ALG, allowed_algs(facts));
    }
    let endpoint = claims.get(ENDPOINT);
    if mode == "poll" && endpoint.is_some() {
        return failed(ENDPOINT, "none in mode 'poll'".to_owned());
    }
    if mode != "poll" && !endpoint.and_then(Value::as_str).is_some_and(is_https) {
        return failed(ENDPOINT, format!("an https URL in mode '{mode}'"));
    }
    if claims
        .get(USER_CODE)
        .is_some_and(|value| *value != Value::Bool(false))
    {
        return failed(USER_CODE, "none, or false".to_owned());
    }
    Outcome::met()
}
