//! What can be wrong with a certificate on purpose, one arm each.

use std::{borrow::Cow, fmt, str::FromStr};

use time::Duration;

use crate::{
    certificate::Draft,
    error::{Error, find_named},
    profile::Kind,
    validity::{Life, shifted},
};

/// A fault that a bank must notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Flaw {
    /// Its validity ended yesterday.
    Expired,
    /// Its validity starts in thirty days.
    NotYetValid,
    /// Names the right issuer, signed by another key; its chain holds that key's certificate.
    UntrustedIssuer,
    /// Other purposes: transport kinds without `clientAuth`, `server` with `clientAuth` only, signing
    /// kinds with `codeSigning`.
    WrongEku,
    /// Another organisation's id of the same shape, in every attribute derived from it; for
    /// `server`, which has no such id, another O.
    WrongOrg,
    /// On the revocation list.
    Revoked,
}

impl Flaw {
    /// All of them.
    pub const ALL: &'static [Self] = &[
        Self::Expired,
        Self::NotYetValid,
        Self::UntrustedIssuer,
        Self::WrongEku,
        Self::WrongOrg,
        Self::Revoked,
    ];

    /// Its name on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::NotYetValid => "not-yet-valid",
            Self::UntrustedIssuer => "untrusted-issuer",
            Self::WrongEku => "wrong-eku",
            Self::WrongOrg => "wrong-org",
            Self::Revoked => "revoked",
        }
    }

    /// Spoils a draft that was right until now.
    pub(crate) fn spoil(self, draft: &mut Draft<'_>) -> Result<(), Error> {
        let profile = draft.kind.profile();
        match self {
            Self::Expired => {
                let not_after = shifted(draft.now, -Duration::DAY)?;
                draft.life = Life {
                    not_before: shifted(not_after, -profile.life)?,
                    not_after,
                };
            }
            Self::NotYetValid => {
                let not_before = shifted(draft.now, Duration::days(30))?;
                draft.life = Life {
                    not_before,
                    not_after: shifted(not_before, profile.life)?,
                };
            }
            Self::UntrustedIssuer => draft.is_forged = true,
            Self::WrongEku => draft.extended_key_usage = profile.extended_key_usage.wrong,
            Self::WrongOrg => {
                let mut other = draft.subject.of_another_organisation();
                if draft.kind == Kind::Server {
                    "Another Organisation Limited".clone_into(&mut other.legal_name);
                }
                draft.subject = Cow::Owned(other);
            }
            Self::Revoked => draft.is_revoked = true,
        }
        Ok(())
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Flaw {
    type Err = Error;

    fn from_str(word: &str) -> Result<Self, Error> {
        find_named(Self::ALL, "flaw", word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flaw_goes_by_its_name() {
        for flaw in Flaw::ALL {
            assert_eq!(flaw.as_str().parse::<Flaw>().unwrap(), *flaw);
        }
        let error = "broken".parse::<Flaw>().unwrap_err().to_string();
        assert!(
            error.starts_with("`broken` is no flaw; use one of: expired, "),
            "{error}"
        );
    }
}
