//! Software statements of the UK directory (OB Directory, SSA).

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use serde_json::json;

use super::StatementFacts;
use crate::directory::identity::VERSION;
use crate::directory::signer::DirectoryError;
use crate::domain::json::{self, Object};

/// `iss` of the UK directory's statements.
pub const ISSUER: &str = "OpenBanking Ltd";

/// There is no `exp`, `aud` or `nbf`, and `jti` has 16 hex digits.
pub(super) fn claims(facts: &StatementFacts<'_>) -> Result<Object, DirectoryError> {
    let (profile, identity) = (facts.profile, &facts.tpp.identity);
    let store = |name: &str| facts.store("", name);
    let revoked = |name: &str| facts.store("revoked/", name);
    let claims = json!({
        "iss": facts.issuer,
        "iat": facts.now,
        "jti": statement_id()?,
        "software_environment": "sandbox",
        "software_mode": "Test",
        "software_id": identity.software_id,
        "software_client_id": identity.software_id,
        "software_client_name": identity.software_name,
        "software_client_description": identity.description(),
        "software_version": VERSION,
        "software_client_uri": identity.page(""),
        "software_redirect_uris": profile.redirect_uris,
        "software_roles": profile.roles,
        "software_logo_uri": identity.page("logo.svg"),
        "software_policy_uri": identity.page("policy"),
        "software_tos_uri": identity.page("terms"),
        "software_on_behalf_of_org": "",
        "software_jwks_endpoint": store(identity.software_id.as_str()),
        "software_jwks_revoked_endpoint": revoked(identity.software_id.as_str()),
        "org_id": identity.org_id,
        "org_name": identity.org_name,
        "org_status": profile.org_status.as_str(),
        "org_contacts": [{
            "name": identity.contact,
            "email": format!("contact@{}", identity.host),
            "phone": "+44 20 7946 0000",
            "type": "Technical",
        }],
        "org_jwks_endpoint": store(identity.org_id.as_str()),
        "org_jwks_revoked_endpoint": revoked(identity.org_id.as_str()),
        "organisation_competent_authority_claims": {
            "authority_id": "FCAGBR",
            "registration_id": identity.registration_number,
            "status": "Active",
            "authorisations": [{ "member_state": "GB", "roles": profile.roles }],
        },
    });
    Ok(json::members(claims))
}

/// A `jti` as the UK directory writes it: 16 hex digits.
fn statement_id() -> Result<String, DirectoryError> {
    let mut bytes = [0; 8];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| DirectoryError::Randomness)?;
    Ok(format!("{:016x}", u64::from_be_bytes(bytes)))
}
