//! Certificates and keys as answers show them.

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use certs_gen::{Certificate, Key, bundle};
use schemars::JsonSchema;
use serde::Serialize;

use crate::control::moment::Moment;
use crate::control::problem::Problem;
use crate::directory::credential::Credential;
use crate::directory::tpp::Signing;
use crate::domain::ids::KeyId;

/// A transport certificate.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Transport")]
pub struct TransportShown {
    /// Its kind, such as `ob-transport`.
    kind: &'static str,
    /// The certificate and its issuer's, PEM.
    certificate: String,
    /// The private key, PEM (PKCS#8): where it was made here, in the answer that made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    /// Base64 of a PKCS#12 file with key and certificates, password `test-only`: where `key` is.
    #[serde(skip_serializing_if = "Option::is_none")]
    p12: Option<String>,
    #[serde(flatten)]
    facts: Facts,
}

/// What one reads in a certificate.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Facts {
    /// Its subject, RFC 4514.
    subject_dn: String,
    /// Its serial number, hex.
    serial: String,
    /// SHA-256 of its DER, hex.
    sha256: String,
    /// Its last second, RFC 3339.
    not_after: Moment,
}

/// What a TPP signs with.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Signing")]
pub struct SigningShown {
    /// The certificate's kind, such as `ob-signing`; null for a key of the TPP's own key set.
    kind: Option<&'static str>,
    /// The key's id in the key store: of the first key that signs, in a key set.
    kid: KeyId,
    /// What such a key signs with, such as `PS256`.
    alg: &'static str,
    /// The certificate and its issuer's, PEM; null for a key of the TPP's own key set.
    certificate: Option<String>,
    /// The private key, PEM (PKCS#8): where it was made here, in the answer that made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
}

impl TransportShown {
    /// Without its private key.
    pub fn new(credential: &Credential) -> Self {
        let certificate = &credential.certificate;
        Self {
            kind: certificate.kind().as_str(),
            certificate: certificate.chain_pem(),
            key: None,
            p12: None,
            facts: Facts::of(certificate),
        }
    }

    /// With its private key, where that is here.
    ///
    /// # Errors
    /// 500.
    pub fn with_key(credential: &Credential) -> Result<Self, Problem> {
        Ok(Self {
            key: private_pem(credential),
            p12: p12(credential)?,
            ..Self::new(credential)
        })
    }
}

impl SigningShown {
    /// Without its private key.
    pub fn new(signing: &Signing) -> Self {
        let certificate = signing
            .credential()
            .map(|credential| &credential.certificate);
        Self {
            kind: certificate.map(|certificate| certificate.kind().as_str()),
            kid: signing.kid().clone(),
            alg: signing.public_key().algorithm().as_str(),
            certificate: certificate.map(Certificate::chain_pem),
            key: None,
        }
    }

    /// With its private key, where that is here.
    pub fn with_key(signing: &Signing) -> Self {
        let credential = signing.credential();
        Self {
            key: credential.and_then(|credential| private_pem(credential)),
            ..Self::new(signing)
        }
    }
}

impl Facts {
    /// Of this certificate.
    pub fn of(certificate: &Certificate) -> Self {
        let hash = digest::digest(&digest::SHA256, certificate.der());
        let hash = hash.as_ref().iter();
        Self {
            subject_dn: certificate.subject_dn().to_owned(),
            serial: certificate.serial().to_string(),
            sha256: hash.map(|byte| format!("{byte:02x}")).collect(),
            not_after: Moment(certificate.not_after()),
        }
    }
}

/// The private key, PEM (PKCS#8), where it is here.
pub fn private_pem(credential: &Credential) -> Option<String> {
    credential.key.as_ref().map(Key::private_pem)
}

/// Base64 of a PKCS#12 file, where the private key is here.
///
/// # Errors
/// 500.
pub fn p12(credential: &Credential) -> Result<Option<String>, Problem> {
    let Some(key) = &credential.key else {
        return Ok(None);
    };
    let made = bundle::pkcs12(key, &credential.certificate, bundle::PASSWORD, "transport");
    let made = made.map_err(|error| Problem::internal("making the PKCS#12 file", &error))?;
    Ok(Some(STANDARD.encode(made)))
}
