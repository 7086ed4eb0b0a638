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

/// A redirect URI as it is to stand in statements: an absolute URI. Whether a bank takes it is for
/// the bank to say.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(extend("pattern" = "^[A-Za-z][A-Za-z0-9+.-]*:[!-~]+$", "maxLength" = LONGEST_URI))]
pub struct RedirectUri(String);

/// Longest redirect URI, in characters.
const LONGEST_URI: usize = 256;

impl RedirectUri {
    /// The texts of some.
    pub fn texts(uris: Vec<Self>) -> Vec<String> {
        uris.into_iter().map(|uri| uri.0).collect()
    }
}

impl TryFrom<String> for RedirectUri {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let is_absolute = text.split_once(':').is_some_and(|(scheme, rest)| {
            let is_of_scheme = |byte: u8| byte.is_ascii_alphanumeric() || b"+.-".contains(&byte);
            scheme.starts_with(|first: char| first.is_ascii_alphabetic())
                && scheme.bytes().all(is_of_scheme)
                && !rest.is_empty()
                && rest.bytes().all(|byte| byte.is_ascii_graphic())
        });
        if is_absolute && text.len() <= LONGEST_URI {
            Ok(Self(text))
        } else {
            Err(format!(
                "an absolute URI of at most {LONGEST_URI} characters"
            ))
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

    #[test]
    fn a_redirect_uri_is_one_exactly_where_its_schema_says_so() {
        let validator = jsonschema::validator_for(&schemars::schema_for!(RedirectUri).to_value());
        let validator = validator.unwrap();
        let longest = format!("https://a.example/{}", "x".repeat(238));
        for (text, expected) in [
            ("https://app.example/cb", true),
            ("http://localhost:3000/cb#x", true),
            ("com.example.app:/cb", true),
            (&longest, true),
            (&format!("{longest}x"), false),
            ("", false),
            ("/cb", false),
            ("https:", false),
            ("1a:b", false),
            ("https://a b", false),
            ("https://é.example", false),
            ("https://a.example/\n", false),
        ] {
            let value = json!(text);
            let read: Result<RedirectUri, _> = serde_json::from_value(value.clone());
            assert_eq!(read.is_ok(), expected, "{text}");
            assert_eq!(validator.is_valid(&value), expected, "{text}");
        }
    }
}
