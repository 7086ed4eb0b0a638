//! Certificate requests (PKCS#10, RFC 2986): read, checked, only their key used.

use x509_parser::{
    certification_request::X509CertificationRequest,
    error::X509Error,
    oid_registry::{OID_PKCS1_SHA1WITHRSA, OID_SHA1_WITH_RSA},
    prelude::FromDer,
};

use crate::{error::Error, profile::Kind, public_key::Shape, tbs};

/// The labels in use for PKCS#10: RFC 7468 §7's, and Microsoft's and older Java's.
const LABELS: [&str; 2] = ["CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"];

/// The largest RSA key whose signatures are verified.
const MAX_RSA_BITS: usize = 8192;

/// A certificate request whose signature verified and whose key is RSA (2048 to 8192 bits) or EC P-256.
///
/// Its subject and extensions are not read: a directory writes its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Csr {
    public_key_der: Vec<u8>,
    shape: Shape,
}

impl Csr {
    /// Reads the first PEM block.
    ///
    /// # Errors
    /// [`Error::CsrNotPem`], [`Error::CsrWrongLabel`] and those of [`Self::from_der`].
    pub fn from_pem(text: &str) -> Result<Self, Error> {
        let reason = |reason: &str| Error::CsrNotPem {
            reason: reason.to_owned(),
        };
        let Some(begin) = text.find("-----BEGIN ") else {
            return Err(reason("no `-----BEGIN` line"));
        };
        if !text[begin..].contains("-----END ") {
            return Err(Error::CsrTruncated);
        }
        let block = pem::parse(&text[begin..]).map_err(|error| reason(&error.to_string()))?;
        if !LABELS.contains(&block.tag()) {
            let found = block.tag().to_owned();
            return Err(Error::CsrWrongLabel { found });
        }
        Self::from_der(block.contents())
    }

    /// Reads and checks a DER request: structure, key, then signature.
    ///
    /// # Errors
    /// [`Error::CsrTruncated`], [`Error::CsrMalformed`], [`Error::CsrKeyTooSmall`],
    /// [`Error::CsrUnsupportedAlgorithm`] and [`Error::CsrBadSignature`].
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        let malformed = |reason: String| Error::CsrMalformed { reason };
        if is_cut_short(der) {
            return Err(Error::CsrTruncated);
        }
        let (rest, request) = X509CertificationRequest::from_der(der)
            .map_err(|error| malformed(error.to_string()))?;
        if !rest.is_empty() {
            return Err(malformed(format!("{} bytes follow it", rest.len())));
        }
        let key = &request.certification_request_info.subject_pki;
        let shape = Shape::of_parsed(key);
        check_shape(&shape)?;
        tbs::public_key(key.raw).map_err(|error| malformed(error.to_string()))?;
        verify_signature(&request)?;
        Ok(Self {
            public_key_der: key.raw.to_vec(),
            shape,
        })
    }

    /// Its public key as DER `SubjectPublicKeyInfo`.
    #[must_use]
    pub fn public_key_der(&self) -> &[u8] {
        &self.public_key_der
    }

    /// Whether a certificate of this kind can hold its key: the UK directory certifies RSA keys of
    /// 2048 bits only (OB Directory certificate profile).
    ///
    /// # Errors
    /// [`Error::CsrKeyNotForKind`].
    pub fn check_key_for(&self, kind: Kind) -> Result<(), Error> {
        if kind.profile().csr_is_rsa_2048 && self.shape != Shape::Rsa(2048) {
            let found = self.shape.to_string();
            return Err(Error::CsrKeyNotForKind { kind, found });
        }
        Ok(())
    }
}

fn check_shape(shape: &Shape) -> Result<(), Error> {
    match shape {
        Shape::EcP256 | Shape::Rsa(2048..=MAX_RSA_BITS) => Ok(()),
        Shape::Rsa(bits @ ..2048) => Err(Error::CsrKeyTooSmall { bits: *bits }),
        other => Err(Error::CsrUnsupportedAlgorithm {
            found: other.to_string(),
        }),
    }
}

fn verify_signature(request: &X509CertificationRequest<'_>) -> Result<(), Error> {
    let algorithm = &request.signature_algorithm.algorithm;
    let unsupported = || Error::CsrUnsupportedAlgorithm {
        found: format!("signature algorithm {algorithm}"),
    };
    if *algorithm == OID_PKCS1_SHA1WITHRSA || *algorithm == OID_SHA1_WITH_RSA {
        return Err(unsupported());
    }
    request.verify_signature().map_err(|error| match error {
        X509Error::SignatureUnsupportedAlgorithm => unsupported(),
        _ => Error::CsrBadSignature,
    })
}

/// Whether a DER SEQUENCE says that it is longer than the bytes at hand.
fn is_cut_short(der: &[u8]) -> bool {
    match der {
        [] | [0x30] => true,
        [0x30, short @ ..=0x7f, rest @ ..] => rest.len() < usize::from(*short),
        [0x30, long @ 0x81..=0x84, rest @ ..] => {
            let octets = usize::from(long & 0x7f);
            let Some(length) = rest.get(..octets) else {
                return true;
            };
            let length = length.iter().fold(0_u64, |sum, o| sum << 8 | u64::from(*o));
            ((rest.len() - octets) as u64) < length
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_is_seen_from_the_outer_length() {
        let whole = [&[0x30, 0x82, 0x01, 0x00][..], &[0; 256]].concat();
        assert!(!is_cut_short(&whole));
        assert!(!is_cut_short(&[0x30, 0x01, 0x00]));
        assert!(!is_cut_short(b"rubbish"));
        for length in [0, 1, 2, 3, 4, 259] {
            assert!(is_cut_short(&whole[..length]), "{length}");
        }
    }
}
