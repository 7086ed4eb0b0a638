//! What Open Finance Brasil asks of a registration request beyond the others.

use serde_json::Value;

use crate::dialect::checks::metadata::{allowed_algs, is_signing_alg, texts};
use crate::dialect::checks::{Check, Outcome, listed};
use crate::dialect::claims::{quoted, shown};
use crate::dialect::facts::Facts;
use crate::dialect::fault::Fault;
use crate::domain::error::RegistrationError::{
    InvalidClientMetadata, InvalidRequest, InvalidWebhookUris,
};

const REFUSED: Fault = Fault::Registration(InvalidClientMetadata);

/// The body is a JSON object.
pub static BODY_NOT_A_JSON_OBJECT: Check = Check {
    name: "body_not_a_json_object",
    source: "RFC 7591 §3.1; node oidc-provider, registration",
    fault: Fault::Registration(InvalidRequest),
    run: |facts| match &facts.request {
        None => Outcome::not_reached(),
        Some(Ok(_)) => Outcome::met(),
        Some(Err(error)) => Outcome::failed(
            format!("a body that is no JSON object: {error}"),
            "a JSON object with the client metadata",
        ),
    },
};

/// Keys come by reference only.
pub static JWKS_BY_VALUE: Check = Check {
    name: "jwks_by_value",
    source: "Open Finance Brasil DCR §7.1, item 4",
    fault: REFUSED,
    run: |facts| match facts.claims() {
        None => Outcome::not_reached(),
        Some(claims) => match claims.get("jwks").filter(|jwks| !jwks.is_null()) {
            None => Outcome::met(),
            Some(jwks) => Outcome::failed(
                format!("jwks {}", shown(Some(jwks))),
                "no jwks: jwks_uri, which is the statement's software_jwks_uri",
            ),
        },
    },
};

/// The key set is the directory's.
pub static JWKS_URI_MISMATCH: Check = Check {
    name: "jwks_uri_mismatch",
    source: "Open Finance Brasil DCR §7.1, item 5; switch jwks_uri_required",
    fault: REFUSED,
    run: |facts| {
        let (Some(claims), Some(_)) = (facts.claims(), facts.statement()) else {
            return Outcome::not_reached();
        };
        let sent = claims.get("jwks_uri").filter(|sent| !sent.is_null());
        if sent.is_none() && !facts.policy.jwks_uri_required {
            return Outcome::not_checked();
        }
        let Some(published) = statement_jwks_uri(facts) else {
            return Outcome::not_reached();
        };
        Outcome::judged(
            sent.is_some_and(|sent| sent == published),
            format!("jwks_uri {}", shown(sent)),
            || format!("the statement's, {}", quoted(published)),
        )
    },
};

/// The URL of the software's key set, under either of its names in statements.
#[must_use]
pub fn statement_jwks_uri<'a>(facts: &'a Facts<'_>) -> Option<&'a str> {
    facts
        .statement_text("software_jwks_uri")
        .or_else(|| facts.statement_text("software_jwks_endpoint"))
}

/// Each webhook URI is one of the statement's.
pub static WEBHOOK_URI_NOT_IN_STATEMENT: Check = Check {
    name: "webhook_uri_not_in_statement",
    source: "Open Finance Brasil DCR, webhook_uris: a subset of software_api_webhook_uris",
    fault: Fault::Registration(InvalidWebhookUris),
    run: |facts| {
        let (Some(claims), Some(statement)) = (facts.claims(), facts.statement()) else {
            return Outcome::not_reached();
        };
        match claims.get("webhook_uris") {
            None | Some(Value::Null) => return Outcome::not_checked(),
            Some(_) => {}
        }
        let Some(sent) = texts(claims, "webhook_uris") else {
            return Outcome::not_reached();
        };
        let known = texts(&statement.claims, "software_api_webhook_uris").unwrap_or_default();
        match sent.iter().find(|uri| !known.contains(uri)) {
            Some(uri) => Outcome::failed(
                format!("webhook URI {}", quoted(uri)),
                format!("those of the statement: {}", listed(&known)),
            ),
            None => Outcome::passed(listed(&sent)),
        }
    },
};

/// The certificate is named by its subject only.
pub static SUBJECT_ALTERNATIVE_NAME_REFUSED: Check = Check {
    name: "subject_alternative_name_refused",
    source: "Open Finance Brasil DCR §7.1, items 11 and 12; RFC 8705 §2.1.2",
    fault: REFUSED,
    run: |facts| match facts.claims() {
        None => Outcome::not_reached(),
        Some(claims) => {
            let sent = ["dns", "uri", "ip", "email"]
                .map(|kind| format!("tls_client_auth_san_{kind}"))
                .into_iter()
                .find(|name| claims.get(name).is_some_and(|value| !value.is_null()));
            match sent {
                Some(name) => Outcome::failed(
                    format!("{name} {}", shown(claims.get(&name))),
                    "tls_client_auth_subject_dn only",
                ),
                None => Outcome::met(),
            }
        }
    },
};

/// The methods at the other endpoints are some of the bank's, too.
pub static ENDPOINT_AUTH_METHOD_NOT_SUPPORTED: Check = Check {
    name: "auth_method_not_supported",
    source: "Open Finance Brasil security profile; OpenID Connect Registration, token_endpoint_auth_method and its like",
    fault: REFUSED,
    run: |facts| {
        let Some(claims) = facts.claims() else {
            return Outcome::not_reached();
        };
        let offered = &facts.policy.auth_methods;
        let is_offered = |sent: &Value| offered.iter().any(|method| sent == method.as_str());
        let broken = [
            "introspection_endpoint_auth_method",
            "revocation_endpoint_auth_method",
        ]
        .into_iter()
        .find(|name| {
            let sent = claims
                .get(*name)
                .filter(|sent| *sent != "" && !sent.is_null());
            sent.is_some_and(|sent| !is_offered(sent))
        });
        match broken {
            None => Outcome::met(),
            Some(name) => Outcome::failed(
                format!("{name} {}", shown(claims.get(name))),
                listed(offered.iter().map(|method| method.as_str())),
            ),
        }
    },
};

/// Further algorithms of signatures, where the request names them.
const OPTIONAL_ALGS: [&str; 4] = [
    "token_endpoint_auth_signing_alg",
    "authorization_signed_response_alg",
    "userinfo_signed_response_alg",
    "introspection_signed_response_alg",
];

/// Every signature algorithm that is named is an allowed one.
pub static SIGNING_ALG_WRONG: Check = Check {
    name: "signing_alg_wrong",
    source: "Open Finance Brasil security profile, PS256; FAPI 1.0 Advanced §8.6",
    fault: REFUSED,
    run: |facts| {
        let Some(claims) = facts.claims() else {
            return Outcome::not_reached();
        };
        let wanted = ["id_token_signed_response_alg", "request_object_signing_alg"];
        let broken = wanted.into_iter().chain(OPTIONAL_ALGS).find(|name| {
            let sent = claims.get(*name).filter(|sent| !sent.is_null());
            sent.is_some() && !is_signing_alg(facts, sent)
        });
        match broken {
            None => Outcome::met(),
            Some(name) => Outcome::failed(
                format!("{name} {}", shown(claims.get(name))),
                allowed_algs(facts),
            ),
        }
    },
};

/// What is encrypted is so with the profile's algorithms.
pub static ENCRYPTION_ALG_WRONG: Check = Check {
    name: "encryption_alg_wrong",
    source: "Open Finance Brasil security profile, RSA-OAEP and A256GCM",
    fault: REFUSED,
    run: |facts| {
        let Some(claims) = facts.claims() else {
            return Outcome::not_reached();
        };
        let wanted = [
            ("id_token_encrypted_response_alg", "RSA-OAEP"),
            ("id_token_encrypted_response_enc", "A256GCM"),
            ("request_object_encryption_alg", "RSA-OAEP"),
            ("request_object_encryption_enc", "A256GCM"),
        ];
        let broken = wanted.into_iter().find(|(name, allowed)| {
            let sent = claims.get(*name).filter(|sent| !sent.is_null());
            sent.is_some_and(|sent| sent != allowed)
        });
        match broken {
            None => Outcome::met(),
            Some((name, allowed)) => Outcome::failed(
                format!("{name} {}", shown(claims.get(name))),
                format!("'{allowed}'"),
            ),
        }
    },
};

/// The subject type is `public`.
pub static SUBJECT_TYPE_WRONG: Check = Check {
    name: "subject_type_wrong",
    source: "Open Finance Brasil DCR, subject_type; OpenID Connect Registration §2",
    fault: REFUSED,
    run: |facts| match facts.claims() {
        None => Outcome::not_reached(),
        Some(claims) => match claims.get("subject_type") {
            None | Some(Value::Null) => Outcome::not_checked(),
            sent => Outcome::when(
                sent.is_some_and(|sent| sent == "public"),
                format!("subject_type {}", shown(sent)),
                "'public'",
            ),
        },
    },
};
