//! All that a check may see of one call.

use std::sync::Arc;

use bytes::Bytes;

use crate::dialect::{Dialect, Operation};
use crate::domain::certificate::ClientCertificate;
use crate::domain::client::{AuthMethod, Client};
use crate::domain::ids::{ClientId, OrgId, SoftwareId};
use crate::domain::json::Object;
use crate::domain::jwk::{KeyUse, PublicKey};
use crate::domain::jws::{Algorithm, Jws, JwsError};
use crate::domain::role::Role;
use crate::domain::token::TokenGrant;
use crate::domain::urls::BaseUrls;

/// One call as it arrived, without HTTP types.
#[derive(Debug, Clone)]
pub struct Call {
    /// What is asked.
    pub operation: Operation,
    /// The certificate of the TLS handshake.
    pub certificate: Option<Arc<ClientCertificate>>,
    /// The Accept header; several are joined with commas (RFC 9110 §5.3).
    pub accept: Option<String>,
    /// The Content-Type header.
    pub content_type: Option<String>,
    /// The Authorization header; several are joined, which makes them malformed.
    pub authorization: Option<String>,
    /// The client id of the path.
    pub client_id: Option<ClientId>,
    /// The body.
    pub body: Bytes,
    /// Longest body that is taken, in bytes.
    pub body_limit: usize,
    /// The URLs that this caller knows the emulator by.
    pub urls: BaseUrls,
}

/// A key of a software's key store.
#[derive(Debug, Clone)]
pub struct StoredKey {
    /// The key itself.
    pub key: PublicKey,
    /// What it is for.
    pub key_use: KeyUse,
    /// Whether it stands in the revoked store.
    pub revoked: bool,
}

/// Whom a bank believes: the directory, as checks see it.
pub trait Trust: Send + Sync {
    /// Whether statements of this `iss` are accepted at all; with the names of those that are.
    fn trusted_issuers(&self) -> &[String];
    /// The key with which a trusted issuer signs statements.
    fn statement_key(&self, kid: &str) -> Option<PublicKey>;
    /// A key of this software, current or revoked.
    fn software_key(&self, software: &SoftwareId, kid: &str) -> Option<StoredKey>;
    /// Every current signing key of this software.
    fn signing_keys(&self, software: &SoftwareId) -> Vec<PublicKey>;
    /// Whether one of this software's current keys is the one of this certificate.
    fn holds_certificate(&self, software: &SoftwareId, certificate: &ClientCertificate) -> bool;
    /// Whether the directory has revoked this software.
    fn is_software_revoked(&self, software: &SoftwareId) -> bool;
    /// Whether the authority has revoked this certificate.
    fn is_certificate_revoked(&self, certificate: &ClientCertificate) -> bool;
}

/// The bearer token of a call (RFC 6750 §2.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bearer {
    /// No Authorization header.
    Missing,
    /// An Authorization header of another scheme, without a token, or with more than one.
    Malformed,
    /// A token.
    Token(String),
}

impl Bearer {
    /// Reads an Authorization header; the scheme's case does not count (RFC 9110 §11.1).
    #[must_use]
    pub fn parse(header: Option<&str>) -> Self {
        let Some(header) = header else {
            return Bearer::Missing;
        };
        let is_token = |text: &str| {
            let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
            !text.is_empty() && text.bytes().all(allowed)
        };
        match header.split_once(' ') {
            Some((scheme, token))
                if scheme.eq_ignore_ascii_case("bearer") && is_token(token.trim()) =>
            {
                Bearer::Token(token.trim().to_owned())
            }
            _ => Bearer::Malformed,
        }
    }
}

/// What is known about the caller of a management operation.
#[derive(Debug, Clone)]
pub struct Management {
    /// The token as presented.
    pub bearer: Bearer,
    /// What the bank remembers of it.
    pub grant: Option<TokenGrant>,
    /// The client of the path.
    pub client: Option<Arc<Client>>,
}

/// Who the caller of the token endpoint is.
#[derive(Debug, Clone)]
pub enum Authentication {
    /// The form could not be read.
    Unreadable(String),
    /// More than one mechanism at once, or one that cannot be read (RFC 6749 §2.3).
    Ambiguous(String),
    /// Not proven; with the reason.
    Failed(String),
    /// Proven.
    Proven(Arc<Client>),
}

/// What the token endpoint needs to judge.
#[derive(Debug, Clone)]
pub struct TokenRequest {
    /// Who asks.
    pub authentication: Authentication,
    /// `grant_type`.
    pub grant_type: Option<String>,
    /// `scope`, split at spaces; empty if absent or empty.
    pub scope: Vec<String>,
}

/// All that a check may see. Parts that an operation does not have are `None`.
pub struct Facts<'a> {
    /// The rules in force.
    pub dialect: &'static Dialect,
    /// Whom the bank believes.
    pub trust: &'a dyn Trust,
    /// The emulator's time: seconds since the epoch.
    pub now: i64,
    /// The call as it arrived.
    pub call: &'a Call,
    /// The caller of a management operation.
    pub management: Option<Management>,
    /// The signed registration request.
    pub request: Option<Result<Jws, JwsError>>,
    /// The software statement inside it, where that is a string.
    pub statement: Option<Result<Jws, JwsError>>,
    /// The token request.
    pub token: Option<TokenRequest>,
}

impl<'a> Facts<'a> {
    /// The facts of a call before anything was looked up.
    #[must_use]
    pub fn of_call(
        dialect: &'static Dialect,
        trust: &'a dyn Trust,
        now: i64,
        call: &'a Call,
    ) -> Self {
        Self {
            dialect,
            trust,
            now,
            call,
            management: None,
            request: None,
            statement: None,
            token: None,
        }
    }

    /// Reads the body as a signed request, and the statement inside it.
    #[must_use]
    pub fn with_request(mut self) -> Self {
        let request = parse_body(&self.call.body);
        self.statement = request
            .as_ref()
            .ok()
            .and_then(|jws| jws.claims.get("software_statement")?.as_str())
            .map(Jws::parse);
        self.request = Some(request);
        self
    }

    /// The parsed request.
    #[must_use]
    pub fn request(&self) -> Option<&Jws> {
        self.request.as_ref()?.as_ref().ok()
    }

    /// The claims of the parsed request.
    #[must_use]
    pub fn claims(&self) -> Option<&Object> {
        self.request().map(|jws| &jws.claims)
    }

    /// The parsed statement, believed or not.
    #[must_use]
    pub fn statement(&self) -> Option<&Jws> {
        self.statement.as_ref()?.as_ref().ok()
    }

    /// The software that the statement, believed or not, speaks of.
    #[must_use]
    pub fn software_id(&self) -> Option<SoftwareId> {
        let id = self.statement()?.claims.get("software_id")?.as_str()?;
        Some(SoftwareId::new(id))
    }

    /// The client that a management operation is about.
    #[must_use]
    pub fn managed_client(&self) -> Option<&Client> {
        self.management.as_ref()?.client.as_deref()
    }

    /// The client that the caller of the token endpoint proved to be.
    #[must_use]
    pub fn proven_client(&self) -> Option<&Client> {
        match &self.token.as_ref()?.authentication {
            Authentication::Proven(client) => Some(client),
            _ => None,
        }
    }

    /// The algorithm of a JWS, if this dialect allows it.
    #[must_use]
    pub fn allowed_algorithm(&self, jws: &Jws) -> Option<Algorithm> {
        let algorithm = jws.alg()?.parse().ok()?;
        self.dialect
            .values
            .signing_algs
            .contains(&algorithm)
            .then_some(algorithm)
    }

    /// Whether the statement is of a trusted issuer, signed with one of its keys.
    #[must_use]
    pub fn is_statement_trusted(&self) -> bool {
        self.statement().is_some_and(|statement| {
            let issuer = statement.claims.get("iss").and_then(|iss| iss.as_str());
            let trusted = self.trust.trusted_issuers();
            issuer.is_some_and(|issuer| trusted.iter().any(|known| known == issuer))
                && self.is_statement_signature_valid(statement)
        })
    }

    /// Whether the statement's signature is that of the directory's key it names.
    #[must_use]
    pub fn is_statement_signature_valid(&self, statement: &Jws) -> bool {
        let key = statement
            .kid()
            .and_then(|kid| self.trust.statement_key(kid));
        let algorithm = STATEMENT_ALGORITHMS
            .into_iter()
            .find(|algorithm| Some(algorithm.as_str()) == statement.alg());
        matches!((key, algorithm), (Some(key), Some(algorithm))
            if statement.verify(key.verifying(), algorithm))
    }

    /// The key that the request names, of the software that a trusted statement speaks of.
    #[must_use]
    pub fn request_key(&self) -> Option<StoredKey> {
        let kid = self.request()?.kid()?;
        self.trust.software_key(&self.software_id()?, kid)
    }
}

/// Algorithms of a software statement (OB Directory, SSA header).
pub const STATEMENT_ALGORITHMS: [Algorithm; 2] = [Algorithm::Ps256, Algorithm::Es256];

/// A compact JWS, one trailing line break forgiven.
fn parse_body(body: &[u8]) -> Result<Jws, JwsError> {
    let text = std::str::from_utf8(body).map_err(|_| JwsError::NotBase64Url("body"))?;
    let line = text.strip_suffix('\n').unwrap_or(text);
    Jws::parse(line.strip_suffix('\r').unwrap_or(line))
}

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
    /// The method it wants for the token endpoint.
    pub auth_method: AuthMethod,
    /// The bank's name for itself.
    pub audience: &'a str,
    /// Now, in seconds since the epoch.
    pub now: i64,
    /// How long the request shall live, in seconds.
    pub lifetime: i64,
}
