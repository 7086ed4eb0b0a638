//! What a UK request registers.

use std::borrow::Cow;

use serde_json::{Value, json};

use crate::dialect::checks::{auth, metadata, redirect};
use crate::dialect::client_information::SERVER_OWNED;
use crate::dialect::facts::Facts;
use crate::dialect::registration;
use crate::domain::client::Registration;

/// JWT claims that 3.2 and later repeat in the answer.
const JWT_CLAIMS: [&str; 5] = ["iss", "iat", "exp", "aud", "jti"];

/// The claims of the table with their defaults and, by the switches, the JWT claims and the
/// statement's claims at top level.
#[must_use]
pub fn registration(facts: &Facts<'_>) -> Option<Registration> {
    let mut metadata = registration::metadata(facts);
    let claims = facts.claims()?;
    if facts.policy.echo_jwt_claims {
        for name in JWT_CLAIMS {
            if let Some(value) = claims.get(name) {
                metadata.insert(name, Cow::Borrowed(value));
            }
        }
    }
    if facts.policy.echo_ssa {
        for (name, value) in &facts.statement()?.claims {
            let is_taken = JWT_CLAIMS.contains(&name.as_str())
                || SERVER_OWNED.contains(&name.as_str())
                || facts.dialect.claim(name).is_some()
                || metadata.get(name).is_some();
            if !is_taken {
                metadata.insert(name, Cow::Borrowed(value));
            }
        }
    }
    registration::registration(facts, &metadata)
}

/// The statement's redirect URIs, for a request without any.
#[must_use]
pub fn redirect_uris(facts: &Facts<'_>) -> Option<Value> {
    redirect::of_statement(facts).map(Value::from)
}

/// `code id_token`, for a request of a client that comes with codes.
#[must_use]
pub fn response_types(facts: &Facts<'_>) -> Option<Value> {
    let grants = metadata::texts(facts.claims()?, "grant_types")?;
    grants
        .contains(&"authorization_code")
        .then(|| json!(["code id_token"]))
}

/// The subject of the transport certificate, under whichever name the request gave it, else from
/// the certificate itself.
#[must_use]
pub fn subject_dn(facts: &Facts<'_>) -> Option<Value> {
    let sent = auth::subject_dn(facts).map(|(_, dn)| dn.clone());
    sent.or_else(|| {
        let certificate = facts.call.certificate.as_ref()?;
        Some(certificate.subject_text.as_str().into())
    })
}
