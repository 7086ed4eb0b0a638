//! Words of bodies that other parts know by types of their own.

use certs_gen::{Flaw, Kind};
use schemars::JsonSchema;
use serde::Deserialize;

/// A kind of certificate that a TPP may have.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "CertificateKind")]
pub enum KindWord {
    /// UK, transport: the directory's legacy one.
    ObTransport,
    /// UK, signing: the directory's legacy one.
    ObSigning,
    /// UK, transport: eIDAS-like.
    Obwac,
    /// UK, signing: eIDAS-like.
    Obseal,
    /// UK, transport: qualified, of a trust service provider.
    Qwac,
    /// UK, signing: qualified, of a trust service provider.
    Qseal,
    /// Brazil, transport.
    Brcac,
    /// Brazil, signing.
    Brseal,
}

impl From<KindWord> for Kind {
    fn from(word: KindWord) -> Self {
        match word {
            KindWord::ObTransport => Self::ObTransport,
            KindWord::ObSigning => Self::ObSigning,
            KindWord::Obwac => Self::Obwac,
            KindWord::Obseal => Self::Obseal,
            KindWord::Qwac => Self::Qwac,
            KindWord::Qseal => Self::Qseal,
            KindWord::Brcac => Self::Brcac,
            KindWord::Brseal => Self::Brseal,
        }
    }
}

/// What can be wrong with a certificate on purpose.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "CertificateFlaw")]
pub enum FlawWord {
    /// Its validity ended yesterday.
    Expired,
    /// Its validity starts in thirty days.
    NotYetValid,
    /// It names the right issuer, and another key signed it.
    UntrustedIssuer,
    /// It is for other purposes.
    WrongEku,
    /// It names another organisation.
    WrongOrg,
    /// It is on the revocation list.
    Revoked,
}

impl From<FlawWord> for Flaw {
    fn from(word: FlawWord) -> Self {
        match word {
            FlawWord::Expired => Self::Expired,
            FlawWord::NotYetValid => Self::NotYetValid,
            FlawWord::UntrustedIssuer => Self::UntrustedIssuer,
            FlawWord::WrongEku => Self::WrongEku,
            FlawWord::WrongOrg => Self::WrongOrg,
            FlawWord::Revoked => Self::Revoked,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_word_of_a_tpps_certificates_is_one_here() {
        for kind in Kind::ALL.iter().filter(|kind| **kind != Kind::Server) {
            let word: KindWord = serde_json::from_value(json!(kind.as_str())).unwrap();
            assert_eq!(Kind::from(word), *kind);
        }
        for flaw in Flaw::ALL {
            let word: FlawWord = serde_json::from_value(json!(flaw.as_str())).unwrap();
            assert_eq!(Flaw::from(word), *flaw);
        }
    }
}
