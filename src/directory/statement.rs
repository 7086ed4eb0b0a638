//! Software statements of the UK directory.

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use serde_json::json;

use crate::directory::Directory;
use crate::directory::signer::DirectoryError;
use crate::directory::tpp::Tpp;
use crate::domain::json::{self, Object};
use crate::domain::signing::Edits;

impl Directory {
    /// A software statement about this TPP, signed now (OB Directory, SSA).
    ///
    /// Its header holds `alg`, `typ` and `kid`; there is no `exp`, `aud` or `nbf`, and `jti` has
    /// 16 hex digits. `edits` change header and claims before signing.
    ///
    /// # Errors
    /// The directory's key cannot be had, or does not sign.
    pub fn statement(&self, tpp: &Tpp, edits: &Edits) -> Result<String, DirectoryError> {
        let signer = match &tpp.foreign_signer {
            Some(foreign) => foreign,
            None => self.signer()?,
        };
        let mut header = Object::new();
        header.insert("alg".to_owned(), signer.algorithm.as_str().into());
        header.insert("kid".to_owned(), signer.kid.as_str().into());
        header.insert("typ".to_owned(), "JWT".into());
        let issuer = if tpp.foreign_signer.is_some() {
            FOREIGN_ISSUER
        } else {
            ISSUER
        };
        let claims = self.statement_claims(tpp, issuer)?;
        Ok(edits.sign(header, claims, signer.algorithm, &signer.key)?)
    }

    fn statement_claims(&self, tpp: &Tpp, issuer: &str) -> Result<Object, DirectoryError> {
        let identity = &tpp.identity;
        let base = self.urls().for_host(None).tls;
        let store = |name: &str| format!("{base}/directory/{}/{name}.jwks", identity.org_id);
        let revoked =
            |name: &str| format!("{base}/directory/{}/revoked/{name}.jwks", identity.org_id);
        let page = |path: &str| format!("https://{}/{path}", identity.host);
        let claims = json!({
            "iss": issuer,
            "iat": self.clock().unix(),
            "jti": statement_id()?,
            "software_environment": "sandbox",
            "software_mode": "Test",
            "software_id": identity.software_id,
            "software_client_id": identity.software_id,
            "software_client_name": identity.software_name,
            "software_client_description": format!("{} of {}", identity.software_name, identity.org_name),
            "software_version": "1.0",
            "software_client_uri": page(""),
            "software_redirect_uris": tpp.redirect_uris,
            "software_roles": tpp.roles,
            "software_logo_uri": page("logo.svg"),
            "software_policy_uri": page("policy"),
            "software_tos_uri": page("terms"),
            "software_on_behalf_of_org": "",
            "software_jwks_endpoint": store(identity.software_id.as_str()),
            "software_jwks_revoked_endpoint": revoked(identity.software_id.as_str()),
            "org_id": identity.org_id,
            "org_name": identity.org_name,
            "org_status": tpp.org_status().as_str(),
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
                "authorisations": [{ "member_state": "GB", "roles": tpp.roles }],
            },
        });
        Ok(json::members(claims))
    }
}

/// `iss` of the UK directory's statements.
pub const ISSUER: &str = "OpenBanking Ltd";
/// `iss` of the statements of foreign TPPs.
pub const FOREIGN_ISSUER: &str = "Foreign Directory Ltd";

/// A `jti` as the UK directory writes it: 16 hex digits.
fn statement_id() -> Result<String, DirectoryError> {
    let mut bytes = [0; 8];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| DirectoryError::Randomness)?;
    Ok(format!("{:016x}", u64::from_be_bytes(bytes)))
}
