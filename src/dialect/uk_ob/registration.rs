//! What a request registers, and how a client reads back.

use serde_json::{Value, json};

use crate::dialect::checks::{auth, metadata, redirect};
use crate::dialect::facts::Facts;
use crate::domain::claims;
use crate::domain::client::{Client, Metadata, Registration};
use crate::domain::distinguished_name::DistinguishedName;
use crate::domain::ids::OrgId;
use crate::domain::json::Object;

/// JWT claims that 3.2 and later repeat in the answer.
const JWT_CLAIMS: [&str; 5] = ["iss", "iat", "exp", "aud", "jti"];

/// What a request that passed every check registers, for 3.2 and later: the claims of the table
/// with their defaults, the JWT claims, and the statement's claims at top level.
///
/// `None` only where a check that must have passed did not.
pub fn registration(facts: &Facts<'_>) -> Option<Registration> {
    let (claims, statement) = (facts.claims()?, &facts.statement()?.claims);
    let metadata = metadata(facts, claims, statement);
    let text = |name: &str| metadata.get(name).and_then(Value::as_str);
    let words = |name: &str| -> Vec<String> {
        let values = metadata::texts(&metadata, name).unwrap_or_default();
        values.into_iter().map(str::to_owned).collect()
    };
    let scope = claims::words(text("scope").unwrap_or_default());
    Some(Registration {
        software_id: facts.software_id()?,
        org_id: OrgId::new(
            statement
                .get("org_id")
                .and_then(Value::as_str)
                .unwrap_or_default(),
        ),
        auth_method: auth::method(facts)?,
        auth_signing_alg: text("token_endpoint_auth_signing_alg").and_then(|alg| alg.parse().ok()),
        subject_dn: text(auth::SUBJECT_DN).and_then(|dn| DistinguishedName::parse(dn).ok()),
        grant_types: words("grant_types"),
        scope: scope.map(str::to_owned).collect(),
        metadata: Metadata::from(&metadata),
    })
}

fn metadata(facts: &Facts<'_>, claims: &Object, statement: &Object) -> Object {
    let mut metadata = Object::new();
    for claim in facts.dialect.claims.iter().filter(|claim| claim.echoed) {
        if let Some(value) = claims
            .get(claim.name)
            .cloned()
            .or_else(|| default(facts, claim.name))
        {
            metadata.insert(claim.name.to_owned(), value);
        }
    }
    for name in JWT_CLAIMS {
        if let Some(value) = claims.get(name) {
            metadata.insert(name.to_owned(), value.clone());
        }
    }
    for (name, value) in statement {
        if !JWT_CLAIMS.contains(&name.as_str()) && !SERVER_OWNED.contains(&name.as_str()) {
            metadata
                .entry(name.clone())
                .or_insert_with(|| value.clone());
        }
    }
    metadata
}

/// What is registered for a claim that the request leaves out.
fn default(facts: &Facts<'_>, name: &str) -> Option<Value> {
    match name {
        "redirect_uris" => redirect::of_statement(facts).map(Value::from),
        "response_types" => {
            let grants = metadata::texts(facts.claims()?, "grant_types")?;
            grants
                .contains(&"authorization_code")
                .then(|| json!(["code id_token"]))
        }
        "software_id" => Some(facts.software_id()?.as_str().into()),
        _ => None,
    }
}

/// Members of the answer that only the server sets (RFC 7591 §3.2.1).
const SERVER_OWNED: [&str; 4] = [
    "client_id",
    "client_secret",
    "client_id_issued_at",
    "client_secret_expires_at",
];

/// The client information response: what the server owns, then what was registered.
pub fn client_information(client: &Client) -> Object {
    let mut body = Object::new();
    body.insert("client_id".to_owned(), client.id.as_str().into());
    body.insert("client_id_issued_at".to_owned(), client.created_at.into());
    if let Some(secret) = &client.secret {
        body.insert("client_secret".to_owned(), secret.reveal().into());
        // 0: it never expires (RFC 7591 §3.2.1).
        body.insert("client_secret_expires_at".to_owned(), 0.into());
    }
    body.extend(client.registration.metadata.to_object());
    body
}
