//! Object identifiers by name, one place.

use der::asn1::ObjectIdentifier as Oid;

/// `rsaEncryption` (RFC 8017 appendix C).
pub(crate) const RSA_ENCRYPTION: Oid = Oid::new_unwrap("1.2.840.113549.1.1.1");
/// `sha256WithRSAEncryption` (RFC 4055 §5).
pub(crate) const SHA256_WITH_RSA: Oid = Oid::new_unwrap("1.2.840.113549.1.1.11");
/// `id-ecPublicKey` (RFC 5480 §2.1.1).
pub(crate) const EC_PUBLIC_KEY: Oid = Oid::new_unwrap("1.2.840.10045.2.1");
/// `secp256r1` (RFC 5480 §2.1.1.1).
pub(crate) const P256: Oid = Oid::new_unwrap("1.2.840.10045.3.1.7");
/// `ecdsa-with-SHA256` (RFC 5758 §3.2).
pub(crate) const ECDSA_WITH_SHA256: Oid = Oid::new_unwrap("1.2.840.10045.4.3.2");

/// `subjectKeyIdentifier` (RFC 5280 §4.2.1.2).
pub(crate) const SUBJECT_KEY_IDENTIFIER: Oid = Oid::new_unwrap("2.5.29.14");
/// `keyUsage` (RFC 5280 §4.2.1.3).
pub(crate) const KEY_USAGE: Oid = Oid::new_unwrap("2.5.29.15");
/// `subjectAltName` (RFC 5280 §4.2.1.6).
pub(crate) const SUBJECT_ALT_NAME: Oid = Oid::new_unwrap("2.5.29.17");
/// `basicConstraints` (RFC 5280 §4.2.1.9).
pub(crate) const BASIC_CONSTRAINTS: Oid = Oid::new_unwrap("2.5.29.19");
/// `authorityKeyIdentifier` (RFC 5280 §4.2.1.1).
pub(crate) const AUTHORITY_KEY_IDENTIFIER: Oid = Oid::new_unwrap("2.5.29.35");
/// `extKeyUsage` (RFC 5280 §4.2.1.12).
pub(crate) const EXTENDED_KEY_USAGE: Oid = Oid::new_unwrap("2.5.29.37");
/// `qcStatements` (RFC 3739 §3.2.6).
pub(crate) const QC_STATEMENTS: Oid = Oid::new_unwrap("1.3.6.1.5.5.7.1.3");

/// `id-kp-serverAuth` (RFC 5280 §4.2.1.12).
pub(crate) const SERVER_AUTH: Oid = Oid::new_unwrap("1.3.6.1.5.5.7.3.1");
/// `id-kp-clientAuth` (RFC 5280 §4.2.1.12).
pub(crate) const CLIENT_AUTH: Oid = Oid::new_unwrap("1.3.6.1.5.5.7.3.2");
/// `id-kp-codeSigning` (RFC 5280 §4.2.1.12).
pub(crate) const CODE_SIGNING: Oid = Oid::new_unwrap("1.3.6.1.5.5.7.3.3");
/// Microsoft's document signing, the EKU of OB signing certificates (OB Directory certificate profile).
pub(crate) const DOCUMENT_SIGNING: Oid = Oid::new_unwrap("1.3.6.1.4.1.311.10.3.12");

/// `id-etsi-qcs-QcCompliance` (ETSI EN 319 412-5 §4.2.1).
pub(crate) const QC_COMPLIANCE: Oid = Oid::new_unwrap("0.4.0.1862.1.1");
/// `id-etsi-qcs-QcSSCD` (ETSI EN 319 412-5 §4.2.2).
pub(crate) const QC_SSCD: Oid = Oid::new_unwrap("0.4.0.1862.1.4");
/// `id-etsi-qcs-QcPDS` (ETSI EN 319 412-5 §4.3.4).
pub(crate) const QC_PDS: Oid = Oid::new_unwrap("0.4.0.1862.1.5");
/// `id-etsi-qcs-QcType` (ETSI EN 319 412-5 §4.2.3).
pub(crate) const QC_TYPE: Oid = Oid::new_unwrap("0.4.0.1862.1.6");
/// `id-etsi-qct-eseal` (ETSI EN 319 412-5 §4.2.3).
pub(crate) const QC_TYPE_ESEAL: Oid = Oid::new_unwrap("0.4.0.1862.1.6.2");
/// `id-etsi-qct-web` (ETSI EN 319 412-5 §4.2.3).
pub(crate) const QC_TYPE_WEB: Oid = Oid::new_unwrap("0.4.0.1862.1.6.3");
/// `id-etsi-psd2-qcStatement` (ETSI TS 119 495 §5.1).
pub(crate) const PSD2: Oid = Oid::new_unwrap("0.4.0.19495.2");
