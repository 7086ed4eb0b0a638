//! Who calls, as far as it can be told without judging.

use std::sync::Arc;

use crate::bank::Bank;
use crate::bank::token_request::{Form, named_client};
use crate::dialect::Operation;
use crate::dialect::call::{Bearer, Call};
use crate::domain::client::Client;
use crate::domain::ids::{ClientId, OrgId, SoftwareId};

/// Who calls, believed or not. Times are milliseconds of the world's clock since the epoch.
#[derive(Debug, Clone, Default)]
pub struct Caller {
    /// Its software: of the client certificate, else of the client.
    pub software_id: Option<SoftwareId>,
    /// Its organisation: of the client certificate, else of the client.
    pub org_id: Option<OrgId>,
    /// The client of the path, else of the credentials, else of the bearer token.
    pub client_id: Option<ClientId>,
    /// What is stored under that id.
    pub client: Option<Arc<Client>>,
    /// When that was stored.
    pub client_born: Option<i64>,
    /// When the bearer token was issued.
    pub token_born: Option<i64>,
}

impl Bank {
    /// Who calls. Nothing is verified, and nothing changed.
    pub async fn caller(&self, call: &Call) -> Caller {
        let grant = match Bearer::parse(call.authorization.as_deref()) {
            Bearer::Token(token) => self.store.token(&token).await,
            Bearer::Missing | Bearer::Malformed => None,
        };
        let token_born = grant.as_ref().map(|grant| grant.issued_at_ms);
        let client_id = call
            .client_id
            .clone()
            .or_else(|| of_credentials(call))
            .or_else(|| grant.map(|grant| grant.client_id));
        let client = match &client_id {
            Some(id) => self.store.client(id).await,
            None => None,
        };
        let (software_id, org_id) = self.owner(call, client.as_deref());
        Caller {
            software_id,
            org_id,
            client_born: client.as_ref().map(|client| client.born_at_ms),
            client_id,
            client,
            token_born,
        }
    }

    /// The certificate's owner; what it does not say is the client's, if that is of the same one.
    fn owner(&self, call: &Call, client: Option<&Client>) -> (Option<SoftwareId>, Option<OrgId>) {
        let registered = client.map(|client| &client.registration);
        let certificate = call.certificate.as_ref();
        let Some(owner) = certificate.and_then(|certificate| self.trust.owner(certificate)) else {
            return (
                registered.map(|registered| registered.software_id.clone()),
                registered.map(|registered| registered.org_id.clone()),
            );
        };
        let same = registered.filter(|registered| {
            let is_org = |org: &OrgId| *org == registered.org_id;
            let is_software = |software: &SoftwareId| *software == registered.software_id;
            owner.org_id.as_ref().is_none_or(is_org)
                && owner.software_id.as_ref().is_none_or(is_software)
        });
        (
            owner
                .software_id
                .or_else(|| same.map(|same| same.software_id.clone())),
            owner
                .org_id
                .or_else(|| same.map(|same| same.org_id.clone())),
        )
    }
}

/// The client that a token request says it is of.
fn of_credentials(call: &Call) -> Option<ClientId> {
    if call.operation != Operation::Token {
        return None;
    }
    let form = Form::parse(&call.body).unwrap_or_default();
    named_client(&form, call.authorization.as_deref())
}
