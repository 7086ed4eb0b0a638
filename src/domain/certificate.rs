//! The client certificate of a connection, as checks read it.

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use x509_parser::prelude::{FromDer, Pem, X509Certificate};

use crate::domain::distinguished_name::DistinguishedName;

/// A client certificate that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the client certificate cannot be read: {0}")]
pub struct UnreadableCertificate(String);

/// The facts of one X.509 certificate (RFC 5280).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientCertificate {
    /// The subject.
    pub subject: DistinguishedName,
    /// The subject as text (RFC 4514).
    pub subject_text: String,
    /// The issuer.
    pub issuer: DistinguishedName,
    /// The serial number in lower-case hex, without leading zeros.
    pub serial: String,
    /// Base64url of the SHA-256 of the DER: `x5t#S256` of RFC 8705 §3.1.
    pub thumbprint: String,
    /// DER of the `SubjectPublicKeyInfo`.
    pub public_key: Vec<u8>,
    /// First second of validity, since the epoch.
    pub not_before: i64,
    /// Last second of validity, since the epoch.
    pub not_after: i64,
}

impl ClientCertificate {
    /// Reads a DER certificate.
    ///
    /// # Errors
    /// [`UnreadableCertificate`].
    pub fn from_der(der: &[u8]) -> Result<Self, UnreadableCertificate> {
        let (_, certificate) = X509Certificate::from_der(der)
            .map_err(|error| UnreadableCertificate(error.to_string()))?;
        let subject = DistinguishedName::from_x509(certificate.subject());
        Ok(Self {
            subject_text: subject.to_string(),
            subject,
            issuer: DistinguishedName::from_x509(certificate.issuer()),
            serial: certificate.serial.to_str_radix(16),
            thumbprint: URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, der)),
            public_key: certificate.public_key().raw.to_vec(),
            not_before: certificate.validity().not_before.timestamp(),
            not_after: certificate.validity().not_after.timestamp(),
        })
    }

    /// Reads the first certificate of a PEM text: the client's own, where its chain follows.
    ///
    /// # Errors
    /// [`UnreadableCertificate`].
    pub fn from_pem(text: &[u8]) -> Result<Self, UnreadableCertificate> {
        for pem in Pem::iter_from_buffer(text) {
            let pem = pem.map_err(|error| UnreadableCertificate(error.to_string()))?;
            if pem.label == "CERTIFICATE" {
                return Self::from_der(&pem.contents);
            }
        }
        Err(UnreadableCertificate(
            "no PEM block `CERTIFICATE`".to_owned(),
        ))
    }

    /// Whether `now` (seconds since the epoch) lies within the validity dates.
    #[must_use]
    pub fn is_valid_at(&self, now: i64) -> bool {
        (self.not_before..=self.not_after).contains(&now)
    }
}
