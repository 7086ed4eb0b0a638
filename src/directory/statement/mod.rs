//! Software statements: each ecosystem's own claims, one way of signing.

pub mod brazil;
pub mod uk;

use serde_json::Value;

use crate::dialect::registry::AlterClaims;
use crate::directory::Directory;
use crate::directory::signer::{DirectoryError, DirectoryKey, StatementSigner};
use crate::directory::tpp::{Profile, Tpp};
use crate::domain::ecosystem::Ecosystem;
use crate::domain::json::{Object, type_name};
use crate::domain::signing::{Edits, Unsigned};

/// `iss` of the statements of foreign TPPs.
pub const FOREIGN_ISSUER: &str = "Foreign Directory Ltd";

/// What a statement speaks of.
struct StatementFacts<'a> {
    tpp: &'a Tpp,
    profile: &'a Profile,
    issuer: &'a str,
    /// Base URL of the key stores.
    base: String,
    /// Now, in seconds since the epoch.
    now: i64,
}

impl StatementFacts<'_> {
    /// URL of a key store; `kind` is empty for the one of current keys, else it ends with a slash.
    fn store(&self, kind: &str, name: &str) -> String {
        let org = &self.tpp.identity.org_id;
        format!("{}/directory/{org}/{kind}{name}.jwks", self.base)
    }
}

/// A statement that is not signed yet.
pub(super) struct Draft {
    claims: Object,
    ecosystem: Ecosystem,
    foreign_signer: Option<StatementSigner>,
}

impl Draft {
    /// The same with other claims.
    ///
    /// # Errors
    /// They are no JSON object any more.
    pub(super) fn altered(self, alter: AlterClaims<'_>) -> Result<Self, String> {
        let mut claims = Value::Object(self.claims);
        alter(&mut claims);
        match claims {
            Value::Object(claims) => Ok(Self { claims, ..self }),
            other => Err(format!("its claims became a JSON {}", type_name(&other))),
        }
    }

    /// Signs. Blocks while the directory's key is made, the first time.
    pub(super) fn sign(self, key: &DirectoryKey, edits: &Edits) -> Result<String, DirectoryError> {
        Ok(self.unsigned(key)?.edited(edits).sign()?)
    }

    /// What is to be signed: header `alg`, `kid`, `typ`. Blocks while the directory's key is made,
    /// the first time.
    fn unsigned(self, key: &DirectoryKey) -> Result<Unsigned, DirectoryError> {
        let (signer, kid) = match (&self.foreign_signer, self.ecosystem) {
            (Some(foreign), _) => (foreign, foreign.kid.as_str()),
            (None, Ecosystem::Uk) => {
                let signer = &key.signer()?.0;
                (signer, signer.kid.as_str())
            }
            (None, Ecosystem::Brazil) => (&key.signer()?.0, brazil::KID),
        };
        let signing_key = signer.key.clone();
        Ok(Unsigned::new(
            self.claims,
            signer.algorithm,
            kid,
            signing_key,
        ))
    }
}

impl Directory {
    /// A software statement about this TPP in the form of its ecosystem, signed now.
    ///
    /// Its header holds `alg`, `typ` and `kid`. `edits` change header and claims before signing.
    ///
    /// # Errors
    /// The directory's key cannot be had, or does not sign.
    pub fn statement(&self, tpp: &Tpp, edits: &Edits) -> Result<String, DirectoryError> {
        self.draft(tpp)?.sign(self.key(), edits)
    }

    /// A statement that is still to be signed. Blocks while the directory's key is made, the first
    /// time.
    ///
    /// # Errors
    /// The directory's key cannot be had.
    pub fn unsigned_statement(&self, tpp: &Tpp) -> Result<Unsigned, DirectoryError> {
        self.draft(tpp)?.unsigned(self.key())
    }

    pub(super) fn draft(&self, tpp: &Tpp) -> Result<Draft, DirectoryError> {
        let ecosystem = tpp.identity.ecosystem;
        let issuer = match (&tpp.foreign_signer, ecosystem) {
            (Some(_), _) => FOREIGN_ISSUER,
            (None, Ecosystem::Uk) => uk::ISSUER,
            (None, Ecosystem::Brazil) => brazil::ISSUER,
        };
        let facts = StatementFacts {
            profile: &tpp.profile(),
            tpp,
            issuer,
            base: self.urls().for_host(None).tls,
            now: self.clock().unix(),
        };
        let claims = match ecosystem {
            Ecosystem::Uk => uk::claims(&facts)?,
            Ecosystem::Brazil => brazil::claims(&facts),
        };
        Ok(Draft {
            claims,
            ecosystem,
            foreign_signer: tpp.foreign_signer.clone(),
        })
    }
}
