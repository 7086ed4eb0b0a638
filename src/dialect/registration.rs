//! What a request that passed its checks registers, from the claim table; and the members of the
//! answer that only the server sets.

use serde_json::Value;

use crate::dialect::checks::{auth, metadata, scope};
use crate::dialect::claims::Shape;
use crate::dialect::facts::Facts;
use crate::dialect::policy::{ScopeDefault, UnknownGrant};
use crate::dialect::{Issued, Operation};
use crate::domain::client::{Client, Metadata, Registration};
use crate::domain::distinguished_name::DistinguishedName;
use crate::domain::ids::OrgId;
use crate::domain::json::Object;

/// The claims of the table that are repeated in the answer, with their defaults and in the
/// dialect's own types.
#[must_use]
pub fn metadata(facts: &Facts<'_>) -> Object {
    let echoed = facts.dialect.all_claims().filter(|claim| claim.echoed);
    echoed
        .filter_map(|claim| {
            let value = claim.registered(facts)?;
            let value = match claim.name {
                "scope" => own_type(claim.shape, &value).unwrap_or(value),
                "grant_types" => known_grants(facts, &value).unwrap_or(value),
                _ => value,
            };
            Some((claim.name.to_owned(), value))
        })
        .collect()
}

/// A scope as an array or as one string, whichever the dialect has.
fn own_type(shape: Shape, scope: &Value) -> Option<Value> {
    let values = scope::values(scope)?;
    Some(match shape {
        Shape::Texts(_) => values.into(),
        _ => values.join(" ").into(),
    })
}

/// The grants that the dialect knows, where the others are dropped.
fn known_grants(facts: &Facts<'_>, grants: &Value) -> Option<Value> {
    if facts.policy.unknown_grant == UnknownGrant::Reject {
        return None;
    }
    let known = facts.dialect.values.grant_types;
    let grants = metadata::strings(grants)?.into_iter();
    Some(Value::from(
        grants
            .filter(|grant| known.contains(grant))
            .collect::<Vec<_>>(),
    ))
}

/// All that the statement's roles allow, for a request without a scope; in one string.
#[must_use]
pub fn scope_of_roles(facts: &Facts<'_>) -> Option<Value> {
    let is_default = facts.policy.scope_default == ScopeDefault::Roles;
    is_default.then(|| scope::allowed(facts).join(" ").into())
}

/// The registration with this metadata; `None` only where a check that must have passed did not.
#[must_use]
pub fn registration(facts: &Facts<'_>, metadata: &Object) -> Option<Registration> {
    let words = |name: &str| -> Vec<String> {
        let values = metadata.get(name).and_then(scope::values);
        let values = values.unwrap_or_default().into_iter();
        values.map(str::to_owned).collect()
    };
    let alg = metadata
        .get("token_endpoint_auth_signing_alg")
        .and_then(Value::as_str);
    Some(Registration {
        software_id: facts.software_id()?,
        org_id: OrgId::new(facts.statement_text("org_id").unwrap_or_default()),
        auth_methods: vec![auth::method(facts)?],
        auth_signing_alg: alg.and_then(|alg| alg.parse().ok()),
        subject_dn: auth::subject_dn(facts)
            .and_then(|(_, dn)| DistinguishedName::parse(dn.as_str()?).ok()),
        grant_types: grants(metadata),
        scope: words("scope"),
        metadata: Metadata::from(metadata),
    })
}

fn grants(metadata: &Object) -> Vec<String> {
    let grants = metadata::texts(metadata, "grant_types").unwrap_or_default();
    grants.into_iter().map(str::to_owned).collect()
}

/// Members of the answer that only the server sets (RFC 7591 §3.2.1, RFC 7592 §3).
pub const SERVER_OWNED: [&str; 6] = [
    "client_id",
    "client_secret",
    "client_id_issued_at",
    "client_secret_expires_at",
    "registration_client_uri",
    "registration_access_token",
];

/// What the server adds to a client, then what was registered. The statement itself is left out of
/// a client that is read, where the switches say so.
#[must_use]
pub fn client_information(client: &Client, issued: &Issued<'_>) -> Object {
    let mut body = Object::new();
    body.insert("client_id".to_owned(), client.id.as_str().into());
    body.insert("client_id_issued_at".to_owned(), client.created_at.into());
    if let Some(secret) = &client.secret {
        body.insert("client_secret".to_owned(), secret.reveal().into());
        // 0: it never expires (RFC 7591 §3.2.1).
        body.insert("client_secret_expires_at".to_owned(), 0.into());
    }
    if let Some(token) = issued.access_token {
        let uri = issued.registration_client_uri.as_str();
        body.insert("registration_client_uri".to_owned(), uri.into());
        body.insert("registration_access_token".to_owned(), token.into());
    }
    body.extend(client.registration.metadata.to_object());
    if issued.operation == Operation::Read && !issued.policy.echo_software_statement {
        body.shift_remove("software_statement");
    }
    body
}
