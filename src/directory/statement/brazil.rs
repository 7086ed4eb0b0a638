//! Software statements of the Brazilian directory (Open Finance Brasil DCR, §7.1; Raidiam Connect).

use serde_json::{Value, json};

use super::StatementFacts;
use crate::directory::identity::{Identity, VERSION};
use crate::domain::json::{self, Object};
use crate::domain::role::Role;

/// `iss` of the statements of this directory.
pub const ISSUER: &str = "Open Finance Open Finance Brasil sandbox SSA issuer";

/// Every `iss` that the Brazilian directory has gone by, in production and sandbox.
pub const ISSUERS: [&str; 5] = [
    ISSUER,
    "Open Finance Open Finance Brasil production SSA issuer",
    "Open Banking Open Banking Brasil sandbox SSA issuer",
    "Open Banking Open Banking Brasil production SSA issuer",
    "Open Banking Open Banking Brasil prod SSA issuer",
];

/// `kid` of its key, in every statement and in the directory's key set.
pub const KID: &str = "signer";

/// What the directory calls the market that roles are held in.
const DOMAIN: &str = "Open Banking";
/// The Banco Central's id at the directory.
const AUTHORITY_ID: &str = "687a1c94-b360-4e04-9589-0fa5cb16451b";

/// There is no `jti`, `exp`, `aud` or `nbf`: a statement counts for five minutes from `iat`.
pub(super) fn claims(facts: &StatementFacts<'_>) -> Object {
    let (profile, identity) = (facts.profile, &facts.tpp.identity);
    let (software, org) = (identity.software_id.as_str(), identity.org_id.as_str());
    json::members(json!({
        "iss": facts.issuer,
        "iat": facts.now,
        "software_environment": "sandbox",
        "software_mode": "Test",
        "software_id": software,
        "software_client_id": software,
        "software_client_name": identity.software_name,
        "software_client_description": identity.description(),
        "software_version": VERSION,
        "software_client_uri": identity.page(""),
        "software_redirect_uris": profile.redirect_uris,
        "software_api_webhook_uris": [identity.page("webhook")],
        "software_roles": profile.roles,
        "software_statement_roles": statement_roles(&profile.roles),
        "software_logo_uri": identity.page("logo.svg"),
        "software_policy_uri": identity.page("policy"),
        "software_tos_uri": identity.page("terms"),
        "software_jwks_uri": facts.store("", software),
        "software_jwks_inactive_uri": facts.store("inactive/", software),
        "software_jwks_transport_uri": facts.store("transport/", software),
        "software_jwks_transport_inactive_uri": facts.store("transport/inactive/", software),
        "org_id": org,
        "org_name": identity.org_name,
        "org_number": identity.registration_number,
        "org_status": profile.org_status.as_str(),
        "org_jwks_uri": facts.store("", org),
        "org_jwks_inactive_uri": facts.store("inactive/", org),
        "org_jwks_transport_uri": facts.store("transport/", org),
        "org_jwks_transport_inactive_uri": facts.store("transport/inactive/", org),
        "organisation_competent_authority_claims": authority_claims(identity, &profile.roles),
    }))
}

fn statement_roles(roles: &[Role]) -> Value {
    let role =
        |role: &Role| json!({ "role": role, "authorisation_domain": DOMAIN, "status": "Active" });
    roles.iter().map(role).collect()
}

/// One claim for each role, as the Banco Central registers them.
fn authority_claims(identity: &Identity, roles: &[Role]) -> Value {
    // The company, without its establishment and check digits.
    let company: String = identity.registration_number.chars().take(8).collect();
    let claim = |role: &Role| {
        json!({
            "authorisation_domain": DOMAIN,
            "authorisations": [],
            "registration_id": format!("{company}-OBB-{role}"),
            "authority_id": AUTHORITY_ID,
            "authority_name": "Banco Central",
            "authorisation_role": role,
            "authority_code": "BCB",
            "status": "Active",
        })
    };
    roles.iter().map(claim).collect()
}
