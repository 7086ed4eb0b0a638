//! What a request that passed its checks registers, from the claim table.

use std::borrow::Cow;

use serde_json::Value;

use crate::dialect::checks::{auth, metadata, scope};
use crate::dialect::claims::Shape;
use crate::dialect::facts::Facts;
use crate::dialect::members::Members;
use crate::dialect::policy::{ScopeDefault, UnknownGrant};
use crate::domain::client::{Metadata, Registration};
use crate::domain::distinguished_name::DistinguishedName;
use crate::domain::ids::OrgId;

/// The claims of the table that are repeated in the answer, with their defaults and in the
/// dialect's own types.
#[must_use]
pub fn metadata<'a>(facts: &'a Facts<'_>) -> Members<'a> {
    let echoed = facts.dialect.all_claims().filter(|claim| claim.echoed);
    echoed
        .filter_map(|claim| {
            let value = claim.registered(facts)?;
            let value = match claim.name {
                "scope" => own_type(claim.shape, &value).map_or(value, Cow::Owned),
                "grant_types" => known_grants(facts, &value).map_or(value, Cow::Owned),
                _ => value,
            };
            Some((claim.name, value))
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
pub fn registration(facts: &Facts<'_>, metadata: &Members<'_>) -> Option<Registration> {
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
        metadata: Metadata::of(metadata),
    })
}

fn grants(metadata: &Members<'_>) -> Vec<String> {
    let grants = metadata.get("grant_types").and_then(metadata::strings);
    let grants = grants.unwrap_or_default();
    grants.into_iter().map(str::to_owned).collect()
}
