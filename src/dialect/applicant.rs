//! What an ordinary registration request is made of.

use crate::domain::client::AuthMethod;
use crate::domain::distinguished_name::DistinguishedName;
use crate::domain::ids::{OrgId, SoftwareId};
use crate::domain::role::Role;

/// Who asks for registration, for building an ordinary request.
#[derive(Debug, Clone)]
pub struct Applicant<'a> {
    /// Its software.
    pub software_id: &'a SoftwareId,
    /// Its organisation.
    pub org_id: &'a OrgId,
    /// The redirect URIs of its statement.
    pub redirect_uris: &'a [String],
    /// The roles of its statement.
    pub roles: &'a [Role],
    /// Its software statement, a compact JWS.
    pub statement: &'a str,
    /// Subject of its transport certificate, RFC 4514.
    pub subject_dn: &'a str,
    /// The same as a name.
    pub subject: &'a DistinguishedName,
    /// URL of its key set, as its statement names it.
    pub jwks_uri: &'a str,
    /// The method it wants for the token endpoint.
    pub auth_method: AuthMethod,
    /// The bank's name for itself.
    pub audience: &'a str,
    /// Now, in seconds since the epoch.
    pub now: i64,
    /// How long the request shall live, in seconds.
    pub lifetime: i64,
}
