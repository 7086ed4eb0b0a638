//! The signed structure of a certificate (RFC 5280 §4.1): the one place that builds and signs it.

use der::{
    Decode, Encode, Sequence,
    asn1::{BitString, Uint},
};
use x509_cert::{
    ext::Extension,
    name::RdnSequence,
    spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned},
    time::Validity,
};

use crate::{error::Error, key::Key, serial::Serial, validity::Life};

/// Version 3, written as 2.
const V3: u8 = 2;

/// What one certificate says, before it is signed.
pub(crate) struct Unsigned {
    /// Unique within the issuer.
    pub serial: Serial,
    /// The issuer's subject.
    pub issuer: RdnSequence,
    /// From when to when.
    pub life: Life,
    /// Whose it is.
    pub subject: RdnSequence,
    /// The key it is about.
    pub public_key: SubjectPublicKeyInfoOwned,
    /// In the order written.
    pub extensions: Vec<Extension>,
}

/// `TBSCertificate`, without the unique identifiers that nobody writes.
#[derive(Sequence)]
struct TbsCertificate {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    version: u8,
    serial_number: Uint,
    signature: AlgorithmIdentifierOwned,
    issuer: RdnSequence,
    validity: Validity,
    subject: RdnSequence,
    subject_public_key_info: SubjectPublicKeyInfoOwned,
    #[asn1(context_specific = "3", tag_mode = "EXPLICIT")]
    extensions: Vec<Extension>,
}

/// `Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm, signature }`
#[derive(Sequence)]
struct Certificate {
    to_be_signed: TbsCertificate,
    signature_algorithm: AlgorithmIdentifierOwned,
    signature: BitString,
}

impl Unsigned {
    /// Signs it with the issuer's key; returns the DER certificate.
    pub(crate) fn sign(self, issuer_key: &Key) -> Result<Vec<u8>, Error> {
        const WHAT: &str = "a certificate";
        let signature_algorithm = issuer_key.signature_algorithm();
        let to_be_signed = TbsCertificate {
            version: V3,
            serial_number: Uint::new(self.serial.as_bytes()).map_err(Error::encoding(WHAT))?,
            signature: signature_algorithm.clone(),
            issuer: self.issuer,
            validity: self.life.to_der_type()?,
            subject: self.subject,
            subject_public_key_info: self.public_key,
            extensions: self.extensions,
        };
        let message = to_be_signed.to_der().map_err(Error::encoding(WHAT))?;
        let signature = issuer_key.sign(WHAT, &message)?;
        let certificate = Certificate {
            to_be_signed,
            signature_algorithm,
            signature: BitString::from_bytes(&signature).map_err(Error::encoding(WHAT))?,
        };
        certificate.to_der().map_err(Error::encoding(WHAT))
    }
}

/// Reads a DER `SubjectPublicKeyInfo`.
pub(crate) fn public_key(der: &[u8]) -> Result<SubjectPublicKeyInfoOwned, Error> {
    SubjectPublicKeyInfoOwned::from_der(der).map_err(Error::encoding("a public key"))
}
