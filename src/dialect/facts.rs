//! All that a check may see of one call.

use std::sync::Arc;

use crate::dialect::Dialect;
use crate::dialect::call::{Bearer, Call};
use crate::dialect::trust::{StoredKey, Trust};
use crate::domain::client::Client;
use crate::domain::ids::SoftwareId;
use crate::domain::json::Object;
use crate::domain::jws::{Algorithm, Jws, JwsError};
use crate::domain::token::TokenGrant;

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
    /// Whether the statement's signature is that of the directory's key it names. Verified once,
    /// since several checks ask.
    pub is_statement_signature_valid: bool,
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
            is_statement_signature_valid: false,
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
        self.is_statement_signature_valid = self
            .statement()
            .is_some_and(|statement| is_signed_by_directory(self.trust, statement));
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
                && self.is_statement_signature_valid
        })
    }

    /// The key that the request names, of the software that a trusted statement speaks of.
    #[must_use]
    pub fn request_key(&self) -> Option<StoredKey> {
        let kid = self.request()?.kid()?;
        self.trust.software_key(&self.software_id()?, kid)
    }
}

fn is_signed_by_directory(trust: &dyn Trust, statement: &Jws) -> bool {
    let key = statement.kid().and_then(|kid| trust.statement_key(kid));
    let algorithm = STATEMENT_ALGORITHMS
        .into_iter()
        .find(|algorithm| Some(algorithm.as_str()) == statement.alg());
    matches!((key, algorithm), (Some(key), Some(algorithm))
        if statement.verify(key.verifying(), algorithm))
}

/// Algorithms of a software statement (OB Directory, SSA header).
pub const STATEMENT_ALGORITHMS: [Algorithm; 2] = [Algorithm::Ps256, Algorithm::Es256];

/// A compact JWS, one trailing line break forgiven.
fn parse_body(body: &[u8]) -> Result<Jws, JwsError> {
    let text = std::str::from_utf8(body).map_err(|_| JwsError::NotBase64Url("body"))?;
    let line = text.strip_suffix('\n').unwrap_or(text);
    Jws::parse(line.strip_suffix('\r').unwrap_or(line))
}
