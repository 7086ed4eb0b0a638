//! All that a check may see of one call.

use std::sync::Arc;

use crate::dialect::Dialect;
use crate::dialect::call::{Bearer, Call};
use crate::dialect::policy::{Policy, Strictness};
use crate::dialect::query::{ClientQuery, QueryProblem};
use crate::dialect::registry::Entry;
use crate::dialect::request::{Request, RequestError};
use crate::dialect::trust::{Sight, StoredKey, Trust};
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
    /// What proved the client, where that counts once only.
    pub once: Option<OnceUsed>,
}

/// A client assertion that may be used once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnceUsed {
    /// Its `jti`.
    pub jti: String,
    /// Second until which its use is remembered, since the epoch.
    pub until: i64,
}

/// What a signature was found to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signature {
    /// That of the key it names.
    Valid,
    /// Not that, or of no key that counts.
    Invalid,
    /// Not looked at: there is none, or the keys are out of sight.
    Unseen,
}

/// What was looked up in the directory that the bank publishes.
#[derive(Debug, Clone, Default)]
pub struct Lookup {
    /// The caller's own entry.
    pub caller: Option<Arc<Entry>>,
    /// The entry that the path names.
    pub entry: Option<Arc<Entry>>,
    /// The query of a list.
    pub query: Option<Result<ClientQuery, QueryProblem>>,
}

/// What the bank remembers that bears on a registration request.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    /// Whether the software has another client than the one in the path.
    pub is_software_registered: bool,
    /// Whether the statement registered a client before.
    pub is_statement_used: bool,
    /// Whether the request was accepted before.
    pub is_request_used: bool,
    /// Why the keys of the statement's software could not be had, where that is so.
    pub keys_missing: Option<String>,
}

/// The rules of one bank.
#[derive(Debug, Clone)]
pub struct Rules {
    /// Its tables.
    pub dialect: &'static Dialect,
    /// How much it forgives.
    pub strictness: Strictness,
    /// Its switches.
    pub policy: Policy,
}

/// All that a check may see. Parts that an operation does not have are `None`.
pub struct Facts<'a> {
    /// The tables in force.
    pub dialect: &'static Dialect,
    /// How much is forgiven.
    pub strictness: Strictness,
    /// The switches in force.
    pub policy: &'a Policy,
    /// Whom the bank believes.
    pub trust: &'a dyn Trust,
    /// The emulator's time: seconds since the epoch.
    pub now: i64,
    /// The call as it arrived.
    pub call: &'a Call,
    /// The names by which the bank is addressed in `aud`.
    pub audiences: Vec<String>,
    /// The caller of a management operation.
    pub management: Option<Management>,
    /// The registration request.
    pub request: Option<Result<Request, RequestError>>,
    /// The software statement inside it, where that is a string.
    pub statement: Option<Result<Jws, JwsError>>,
    /// What the statement's signature is. Verified once, since several checks ask.
    pub statement_signature: Signature,
    /// What the bank remembers.
    pub memory: Memory,
    /// What was looked up in the directory.
    pub lookup: Option<Lookup>,
    /// The token request.
    pub token: Option<TokenRequest>,
}

impl<'a> Facts<'a> {
    /// The facts of a call before anything was looked up.
    #[must_use]
    pub fn of_call(rules: &'a Rules, trust: &'a dyn Trust, now: i64, call: &'a Call) -> Self {
        Self {
            dialect: rules.dialect,
            strictness: rules.strictness,
            policy: &rules.policy,
            trust,
            now,
            call,
            audiences: Vec::new(),
            management: None,
            request: None,
            statement: None,
            statement_signature: Signature::Unseen,
            memory: Memory::default(),
            lookup: None,
            token: None,
        }
    }

    /// Reads the body as a registration request, and the statement inside it.
    #[must_use]
    pub fn with_request(mut self) -> Self {
        self.request = Request::parse(self.dialect.request, &self.call.body, self.strictness);
        self.statement = self
            .claims()
            .and_then(|claims| claims.get("software_statement")?.as_str())
            .map(Jws::parse);
        self.statement_signature = self.judge_statement_signature();
        self
    }

    /// The signed request, where the dialect has such a one.
    #[must_use]
    pub fn request(&self) -> Option<&Jws> {
        match self.request.as_ref()?.as_ref().ok()? {
            Request::Signed(jws) => Some(jws),
            Request::Plain(_) => None,
        }
    }

    /// The claims of the request.
    #[must_use]
    pub fn claims(&self) -> Option<&Object> {
        Some(self.request.as_ref()?.as_ref().ok()?.claims())
    }

    /// The parsed statement, believed or not.
    #[must_use]
    pub fn statement(&self) -> Option<&Jws> {
        self.statement.as_ref()?.as_ref().ok()
    }

    /// A claim of the parsed statement that is a string.
    #[must_use]
    pub fn statement_text(&self, name: &str) -> Option<&str> {
        self.statement()?.claims.get(name)?.as_str()
    }

    /// The software that the statement, believed or not, speaks of.
    #[must_use]
    pub fn software_id(&self) -> Option<SoftwareId> {
        self.statement_text("software_id").map(SoftwareId::new)
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

    /// The algorithm of a JWS, if this bank allows it.
    #[must_use]
    pub fn allowed_algorithm(&self, jws: &Jws) -> Option<Algorithm> {
        let algorithm = jws.alg()?.parse().ok()?;
        self.policy
            .allowed_algs
            .contains(&algorithm)
            .then_some(algorithm)
    }

    /// Whether the statement is of a trusted issuer, signed with one of its keys. Where those are
    /// out of sight, its word is taken for it.
    #[must_use]
    pub fn is_statement_trusted(&self) -> bool {
        let issuer = self.statement_text("iss");
        let trusted = self.trust.trusted_issuers(self.dialect.ecosystem);
        issuer.is_some_and(|issuer| trusted.iter().any(|known| known == issuer))
            && match self.statement_signature {
                Signature::Valid => true,
                Signature::Invalid => false,
                Signature::Unseen => !self.trust.sees(Sight::StatementKeys),
            }
    }

    /// The key that the request names, of the software that a trusted statement speaks of.
    #[must_use]
    pub fn request_key(&self) -> Option<StoredKey> {
        let kid = self.request()?.kid()?;
        self.trust.software_key(&self.software_id()?, kid)
    }

    fn judge_statement_signature(&self) -> Signature {
        let Some(statement) = self.statement() else {
            return Signature::Unseen;
        };
        if !self.trust.sees(Sight::StatementKeys) {
            return Signature::Unseen;
        }
        let issuer = self.statement_text("iss").unwrap_or_default();
        let key = statement
            .kid()
            .and_then(|kid| self.trust.statement_key(issuer, kid));
        let algorithm = self
            .dialect
            .statement_algorithms()
            .iter()
            .find(|algorithm| Some(algorithm.as_str()) == statement.alg());
        match (key, algorithm) {
            (Some(key), Some(algorithm)) if statement.verify(key.verifying(), *algorithm) => {
                Signature::Valid
            }
            _ => Signature::Invalid,
        }
    }
}
