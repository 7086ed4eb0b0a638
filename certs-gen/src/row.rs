//! The shape of a row in the table of profiles.

use der::asn1::ObjectIdentifier as Oid;
use time::Duration;
use x509_cert::ext::pkix::KeyUsages;

use crate::{attribute::Attribute, key::KeyAlgorithm};

/// What a kind of certificate says.
#[derive(Debug)]
pub(crate) struct Profile {
    /// The subject's attributes in encoding order.
    pub subject: &'static [Attribute],
    /// `keyUsage`, always critical.
    pub key_usage: &'static [KeyUsages],
    /// `extKeyUsage`; absent if it has no purposes.
    pub extended_key_usage: ExtendedKeyUsage,
    /// `subjectAltName`.
    pub alternative_names: AlternativeNames,
    /// `qcStatements`.
    pub qc_statements: Option<QcProfile>,
    /// How long it is valid.
    pub life: Duration,
    /// The key that `certs-gen` makes for it.
    pub default_key: KeyAlgorithm,
    /// Whether the directory takes a certificate request with an RSA key of 2048 bits only.
    pub csr_is_rsa_2048: bool,
}

/// The purposes of a kind, and those of its `wrong-eku` twin.
#[derive(Debug)]
pub(crate) struct ExtendedKeyUsage {
    /// The right purposes.
    pub right: &'static [Oid],
    /// The purposes under flaw `wrong-eku`.
    pub wrong: &'static [Oid],
    /// Whether the extension is critical.
    pub is_critical: bool,
}

/// Which subject alternative names a kind has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AlternativeNames {
    /// None.
    Absent,
    /// The host names of the subject, DNS names and IP addresses.
    Hosts,
    /// The `otherName`s of ICP-Brasil's company certificates.
    IcpBrasil,
}

/// Which statements of ETSI EN 319 412-5 a kind carries, besides the PSD2 statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct QcProfile {
    /// `eseal` or `web`.
    pub qc_type: Oid,
    /// Whether `QcCompliance`, `QcSSCD` and `QcPDS` are there: qualified under eIDAS.
    pub is_qualified: bool,
}
