//! What is signed for a TPP on request: statements, registration requests, client assertions,
//! ordinary or with what a test wants to be wrong with them.
//!
//! Everything here may block while an RSA key is made.

mod flaw;
mod spoil;

use serde::Deserialize as _;
use serde_json::{Value, json};

use self::flaw::Subject;
pub use self::flaw::TokenFlaw;
use crate::bank::{Bank, NotOffered};
use crate::dialect::policy::PutClientId;
use crate::dialect::{Method, Operation, RequestForm};
use crate::directory::signer::DirectoryError;
use crate::directory::tpp::Tpp;
use crate::domain::client::AuthMethod;
use crate::domain::ids::{ClientId, SoftwareId};
use crate::domain::json::{self, Object};
use crate::domain::jws::SigningError;
use crate::domain::signing::{Edits, Unsigned};
use crate::world::World;

/// How long client assertions made here live, in seconds.
const ASSERTION_LIFETIME: i64 = 300;

/// What is to be different from an ordinary token.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    /// Claims to set, whether they were there or not; they stand above the flaw.
    pub claims: Object,
    /// Claims to leave out.
    pub remove: Vec<String>,
    /// Header members to set; `null` leaves one out.
    pub header: Object,
    /// What is to be wrong with it.
    pub flaw: Option<TokenFlaw>,
}

impl Changes {
    /// Only this flaw.
    #[must_use]
    pub fn flaw(flaw: TokenFlaw) -> Self {
        Self {
            flaw: Some(flaw),
            ..Self::default()
        }
    }
}

/// A software statement.
#[derive(Debug, Clone, PartialEq)]
pub struct SignedStatement {
    /// The compact JWS.
    pub ssa: String,
    /// Its claims.
    pub claims: Object,
}

/// A registration request, and how it is sent.
#[derive(Debug, Clone, PartialEq)]
pub struct SignedRequest {
    /// The body: a compact JWS, or a JSON object at a bank that takes that.
    pub request: String,
    /// The method to send it with.
    pub method: Method,
    /// Where it goes.
    pub url: String,
    /// The Content-Type header to send it with.
    pub content_type: &'static str,
    /// Whether the TPP's own key, which signed it, is in the store of revoked keys.
    pub key_revoked: bool,
}

/// A client assertion (RFC 7523 §3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedAssertion {
    /// The compact JWS.
    pub assertion: String,
    /// Whether the TPP's own key, which signed it, is in the store of revoked keys.
    pub key_revoked: bool,
}

/// Why something could not be signed.
#[derive(Debug, thiserror::Error)]
pub enum SignedError {
    /// Nobody would notice the flaw.
    #[error("the flaw `{flaw}` cannot be in {subject}: those that can are {possible}")]
    FlawCannotBe {
        /// The flaw.
        flaw: TokenFlaw,
        /// What was to be signed.
        subject: String,
        /// The flaws that it can have, in words.
        possible: String,
    },
    /// The right key is no RSA key.
    #[error(
        "the flaw `{0}` is a signature by the right key, which is an EC key here: take `alg-hs256`, or a TPP with an RSA key"
    )]
    NoRsaKey(TokenFlaw),
    /// Nothing was signed without a flaw before.
    #[error(
        "{subject} cannot be replayed before one was signed for this TPP: sign one without a flaw first"
    )]
    NothingToReplay {
        /// What was to be signed.
        subject: String,
    },
    /// The TPP kept its private key.
    #[error(
        "the private signing key of the TPP `{software}` is not here: sign with it yourself, or have a key made here with POST …/certificates and the kind `{kind}`"
    )]
    KeyNotHere {
        /// The TPP.
        software: SoftwareId,
        /// The kind of certificate that helps.
        kind: certs_gen::Kind,
    },
    /// A flaw or a header where nothing is signed.
    #[error(
        "a request to `{bank}` is JSON that nobody signs, so there is no place for `{member}`: leave it out, or put a flawed statement into the claim `software_statement`"
    )]
    NotSigned {
        /// The bank.
        bank: String,
        /// What has no place.
        member: &'static str,
    },
    /// A replacing request without its client.
    #[error("the operation `update` replaces a client: name it as `client_id`")]
    ClientIdMissing,
    /// No such request comes to this bank.
    #[error(transparent)]
    NotOffered(#[from] NotOffered),
    /// The directory could not do its work.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// A key does not sign.
    #[error(transparent)]
    Signing(#[from] SigningError),
    /// A key could not be made.
    #[error(transparent)]
    Key(#[from] certs_gen::Error),
}

impl World {
    /// A software statement about this TPP, as the directory signs one now.
    ///
    /// # Errors
    /// See [`SignedError`].
    pub fn signed_statement(
        &self,
        tpp: &Tpp,
        changes: &Changes,
    ) -> Result<SignedStatement, SignedError> {
        let unsigned = self.directory.unsigned_statement(tpp)?;
        let sealed = self.seal(tpp, Subject::Statement(tpp), unsigned, changes)?;
        Ok(SignedStatement {
            ssa: sealed.text,
            claims: sealed.claims,
        })
    }

    /// A registration request of this TPP with a fresh statement: to register, or to replace the
    /// client `client_id`. It asks for the `token_endpoint_auth_method` that is among the changed
    /// claims, else for `tls_client_auth`.
    ///
    /// # Errors
    /// See [`SignedError`].
    pub fn signed_request(
        &self,
        tpp: &Tpp,
        bank: &Bank,
        operation: Operation,
        client_id: Option<&ClientId>,
        changes: &Changes,
    ) -> Result<SignedRequest, SignedError> {
        bank.check_explainable(operation)?;
        let client_id = match (operation, client_id) {
            (Operation::Update, None) => return Err(SignedError::ClientIdMissing),
            (Operation::Update, id) => id,
            _ => None,
        };
        let claims = self.claims_of_request(tpp, bank, client_id, changes)?;
        let dialect = bank.dialect();
        let mut key_revoked = false;
        let request = match dialect.request {
            RequestForm::SignedJwt => {
                let unsigned = own(tpp, claims)?;
                key_revoked = self.is_key_revoked(tpp, &unsigned);
                let subject = Subject::Request(bank);
                self.seal(tpp, subject, unsigned, changes)?.text
            }
            RequestForm::Json | RequestForm::None => unsigned_json(bank, claims, changes)?,
        };
        let urls = self.urls.for_host(None);
        let route = dialect.route(operation);
        Ok(SignedRequest {
            request,
            method: route.map_or(Method::Post, |route| route.method),
            url: match client_id {
                Some(id) => bank.client_uri(&urls, id),
                None => bank.registration_endpoint(&urls).unwrap_or_default(),
            },
            content_type: dialect.request_media_type.unwrap_or_default(),
            key_revoked,
        })
    }

    /// A client assertion of this TPP for a bank's token endpoint (RFC 7523 §3).
    ///
    /// # Errors
    /// See [`SignedError`].
    pub fn signed_assertion(
        &self,
        tpp: &Tpp,
        bank: &Bank,
        client_id: &ClientId,
        flaw: Option<TokenFlaw>,
    ) -> Result<SignedAssertion, SignedError> {
        let unsigned = own(tpp, self.assertion_claims(bank, client_id))?;
        let key_revoked = self.is_key_revoked(tpp, &unsigned);
        let changes = Changes {
            flaw,
            ..Changes::default()
        };
        let sealed = self.seal(tpp, Subject::Assertion(bank), unsigned, &changes)?;
        Ok(SignedAssertion {
            assertion: sealed.text,
            key_revoked,
        })
    }

    /// Whether what is to be signed would be so by a revoked key.
    fn is_key_revoked(&self, tpp: &Tpp, unsigned: &Unsigned) -> bool {
        let kid = unsigned.header.get("kid").and_then(Value::as_str);
        let software = &tpp.identity.software_id;
        kid.is_some_and(|kid| self.directory.is_key_revoked(software, kid))
    }

    /// The claims of an ordinary client assertion for a bank's token endpoint (RFC 7523 §3).
    #[must_use]
    pub fn assertion_claims(&self, bank: &Bank, client_id: &ClientId) -> Object {
        let now = self.clock.unix();
        json::members(json!({
            "iss": client_id,
            "sub": client_id,
            "aud": bank.token_endpoint(&self.urls.for_host(None)),
            "iat": now,
            "exp": now + ASSERTION_LIFETIME,
            "jti": uuid::Uuid::new_v4().to_string(),
        }))
    }

    fn claims_of_request(
        &self,
        tpp: &Tpp,
        bank: &Bank,
        client_id: Option<&ClientId>,
        changes: &Changes,
    ) -> Result<Object, SignedError> {
        let statement = self.directory.statement(tpp, &Edits::default())?;
        let method = changes.claims.get("token_endpoint_auth_method");
        let method = method.and_then(|method| AuthMethod::deserialize(method).ok());
        let method = method.unwrap_or(AuthMethod::TlsClientAuth);
        let mut claims = self.request_claims(bank, tpp, &statement, method);
        let must_name = bank.rules.policy.put_client_id == PutClientId::Required;
        if let Some(id) = client_id.filter(|_| must_name) {
            claims.insert("client_id".to_owned(), id.as_str().into());
        }
        Ok(claims)
    }
}

/// Claims to be signed with the TPP's own key.
fn own(tpp: &Tpp, claims: Object) -> Result<Unsigned, SignedError> {
    let identity = &tpp.identity;
    tpp.unsigned(claims)?
        .ok_or_else(|| SignedError::KeyNotHere {
            software: identity.software_id.clone(),
            kind: identity.ecosystem.usual_kinds().1,
        })
}

fn unsigned_json(bank: &Bank, claims: Object, changes: &Changes) -> Result<String, SignedError> {
    let misplaced = [
        ("flaw", changes.flaw.is_some()),
        ("header", !changes.header.is_empty()),
    ];
    if let Some((member, _)) = misplaced.into_iter().find(|(_, is_there)| *is_there) {
        let bank = bank.id.clone();
        return Err(SignedError::NotSigned { bank, member });
    }
    let edits = Edits {
        claims: changes.claims.clone(),
        removed_claims: changes.remove.clone(),
        ..Edits::default()
    };
    Ok(Value::Object(edits.applied_to(claims)).to_string())
}
