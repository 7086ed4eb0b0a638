//! A fixed time, keys made once, one way to issue.

use std::sync::LazyLock;

use certs_gen::{
    Authority, Certificate, CertificateRequest, Error, Flaw, Key, KeyAlgorithm, Kind, PublicKey,
    Subject,
};
use time::OffsetDateTime;
use x509_parser::{certificate::X509Certificate, prelude::FromDer};

/// Seconds since 1970 of the time at which everything here happens: 2027-01-15.
pub const NOW: i64 = 1_800_000_000;

pub fn now() -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(NOW).unwrap()
}

/// One RSA key for all tests: making one is slow.
pub static RSA: LazyLock<Key> = LazyLock::new(|| Key::generate(KeyAlgorithm::Rsa2048).unwrap());
/// One EC key for all tests.
pub static EC: LazyLock<Key> = LazyLock::new(|| Key::generate(KeyAlgorithm::EcP256).unwrap());

pub fn authority() -> Authority {
    Authority::generate(now()).unwrap()
}

/// Issues a kind's example subject for a shared key.
pub fn issue(authority: &Authority, kind: Kind, flaw: Option<Flaw>) -> Certificate {
    issue_for(authority, kind, &Subject::example(kind), flaw).unwrap()
}

pub fn issue_for(
    authority: &Authority,
    kind: Kind,
    subject: &Subject,
    flaw: Option<Flaw>,
) -> Result<Certificate, Error> {
    let request = CertificateRequest {
        kind,
        subject,
        public_key: PublicKey::Of(&EC),
        flaw,
    };
    authority.issue(&request, now())
}

pub fn parsed(der: &[u8]) -> X509Certificate<'_> {
    let (rest, certificate) = X509Certificate::from_der(der).unwrap();
    assert!(rest.is_empty());
    certificate
}

/// The DER value of an extension and whether it is critical.
pub fn extension(certificate: &X509Certificate<'_>, oid: &str) -> Option<(bool, Vec<u8>)> {
    let found = certificate
        .extensions()
        .iter()
        .find(|extension| extension.oid.to_id_string() == oid)?;
    Some((found.critical, found.value.to_vec()))
}

/// The purposes of an extKeyUsage extension, in order, as dotted OIDs.
pub fn purposes(certificate: &X509Certificate<'_>) -> Option<(bool, Vec<String>)> {
    let (critical, value) = extension(certificate, "2.5.29.37")?;
    let (_, oids) = <Vec<x509_parser::der_parser::Oid<'_>>>::from_der(&value).unwrap();
    Some((
        critical,
        oids.iter()
            .map(x509_parser::der_parser::Oid::to_id_string)
            .collect(),
    ))
}
