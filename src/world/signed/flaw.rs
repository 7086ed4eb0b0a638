//! What can be wrong with a signed token on purpose.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::bank::Bank;
use crate::directory::tpp::{SignedKind, Tpp};
use crate::domain::ecosystem::Ecosystem;
use crate::domain::jws::Algorithm;

/// A fault that a bank must notice in a statement, a request or an assertion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TokenFlaw {
    /// Its `exp` is past.
    Expired,
    /// Its `iat` is an hour ahead.
    IssuedInFuture,
    /// Its `iss` is somebody else.
    WrongIssuer,
    /// Its `aud` is not the bank; empty for a bank that takes any name.
    WrongAudience,
    /// Its signature is not that of its content.
    BadSignature,
    /// It says `alg` `none`, and its signature is empty.
    AlgNone,
    /// It is signed with RS256, by the right key.
    AlgRs256,
    /// It is signed with HS256, by a secret that everybody knows (RFC 8725 §2.1).
    AlgHs256,
    /// It is signed by a key of nobody, under the right `kid`.
    OtherTppsKey,
    /// It is signed by the right key, under a `kid` that nobody has.
    UnknownKid,
    /// It is older than the strictest bank allows, but has not expired.
    Stale,
    /// It has the `jti` of what was last signed of its kind for this TPP without a flaw.
    Replayed,
}

impl TokenFlaw {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Expired,
        Self::IssuedInFuture,
        Self::WrongIssuer,
        Self::WrongAudience,
        Self::BadSignature,
        Self::AlgNone,
        Self::AlgRs256,
        Self::AlgHs256,
        Self::OtherTppsKey,
        Self::UnknownKid,
        Self::Stale,
        Self::Replayed,
    ];

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::IssuedInFuture => "issued-in-future",
            Self::WrongIssuer => "wrong-issuer",
            Self::WrongAudience => "wrong-audience",
            Self::BadSignature => "bad-signature",
            Self::AlgNone => "alg-none",
            Self::AlgRs256 => "alg-rs256",
            Self::AlgHs256 => "alg-hs256",
            Self::OtherTppsKey => "other-tpps-key",
            Self::UnknownKid => "unknown-kid",
            Self::Stale => "stale",
            Self::Replayed => "replayed",
        }
    }
}

impl fmt::Display for TokenFlaw {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// What is to be signed, as far as flaws depend on it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Subject<'a> {
    /// A statement about this TPP.
    Statement(&'a Tpp),
    /// A registration request for this bank.
    Request(&'a Bank),
    /// A client assertion for this bank.
    Assertion(&'a Bank),
}

impl Subject<'_> {
    pub(super) fn kind(self) -> SignedKind {
        match self {
            Subject::Statement(_) => SignedKind::Statement,
            Subject::Request(_) => SignedKind::Request,
            Subject::Assertion(_) => SignedKind::Assertion,
        }
    }

    /// Whether somebody would notice this flaw of it.
    pub(super) fn can_have(self, flaw: TokenFlaw) -> bool {
        let takes_rs256 = |bank: &Bank| {
            let allowed = &bank.rules.policy.allowed_algs;
            allowed.contains(&Algorithm::Rs256)
        };
        match (self, flaw) {
            // Neither directory names an audience.
            (Subject::Statement(_), TokenFlaw::WrongAudience)
            // Nobody asks how old an assertion is.
            | (Subject::Assertion(_), TokenFlaw::Stale) => false,
            // Brazilian statements have no id.
            (Subject::Statement(tpp), TokenFlaw::Replayed) => {
                tpp.identity.ecosystem == Ecosystem::Uk
            }
            (Subject::Request(bank) | Subject::Assertion(bank), TokenFlaw::AlgRs256) => {
                !takes_rs256(bank)
            }
            _ => true,
        }
    }

    /// The flaws that somebody would notice, in words.
    pub(super) fn possible(self) -> String {
        let all = TokenFlaw::ALL.into_iter();
        let words: Vec<&str> = all
            .filter(|flaw| self.can_have(*flaw))
            .map(TokenFlaw::as_str)
            .collect();
        words.join(", ")
    }
}

impl fmt::Display for Subject<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Subject::Statement(tpp) => {
                let ecosystem = tpp.identity.ecosystem.as_str();
                write!(formatter, "a statement of the ecosystem `{ecosystem}`")
            }
            Subject::Request(bank) => write!(formatter, "a request to `{}`", bank.id),
            Subject::Assertion(bank) => write!(formatter, "an assertion for `{}`", bank.id),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flaw_goes_by_one_name() {
        for flaw in TokenFlaw::ALL {
            assert_eq!(serde_json::to_value(flaw).unwrap(), flaw.as_str());
        }
    }
}
