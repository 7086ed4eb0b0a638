//! Certificates that lead to no anchor, and nothing else is wrong with them.

use certs_gen::{Authority, Certificate, CertificateRequest, Kind, PublicKey, Subject};
use x509_parser::certificate::X509Certificate;

use crate::helpers::{EC, authority, issue, now, parsed, purposes};

const SUBJECT_ALT_NAME: &str = "2.5.29.17";

fn assert_like_the_right_one(authority: &Authority, leaf: &X509Certificate<'_>) {
    let right = issue(authority, Kind::Server, None);
    let right = parsed(right.der());
    assert_eq!(leaf.subject().as_raw(), right.subject().as_raw());
    assert_eq!(leaf.validity(), right.validity());
    assert_eq!(leaf.public_key(), right.public_key());
    assert_eq!(purposes(leaf), purposes(&right));
    assert!(!leaf.is_ca());
    let names = |certificate| crate::helpers::extension(certificate, SUBJECT_ALT_NAME).unwrap();
    assert_eq!(names(leaf), names(&right));
}

#[test]
fn a_self_signed_certificate_is_its_own_issuer_and_no_ca() {
    let subject = Subject::example(Kind::Server);
    let certificate = Certificate::self_signed(Kind::Server, &subject, &EC, now()).unwrap();
    let leaf = parsed(certificate.der());
    leaf.verify_signature(None).unwrap();
    assert_eq!(leaf.issuer().as_raw(), leaf.subject().as_raw());
    assert_eq!(certificate.issuing_der(), certificate.der());
    assert_like_the_right_one(&authority(), &leaf);
}

#[test]
fn an_unlisted_ca_is_below_the_root_and_not_among_what_clients_trust() {
    let authority = authority();
    let request = CertificateRequest {
        kind: Kind::Server,
        subject: &Subject::example(Kind::Server),
        public_key: PublicKey::Of(&EC),
        flaw: None,
    };
    let certificate = authority.issue_by_unlisted_ca(&request, now()).unwrap();
    let (leaf, unlisted) = (parsed(certificate.der()), parsed(certificate.issuing_der()));
    leaf.verify_signature(Some(unlisted.public_key())).unwrap();
    let root = parsed(authority.root_der());
    unlisted.verify_signature(Some(root.public_key())).unwrap();
    assert_eq!(leaf.issuer().as_raw(), unlisted.subject().as_raw());
    let issuing = parsed(authority.issuing_der());
    assert_ne!(unlisted.subject().as_raw(), issuing.subject().as_raw());
    assert!(!authority.ca_pem().contains(&pem_of(&certificate)));
    assert_like_the_right_one(&authority, &leaf);
}

/// The second block of the chain.
fn pem_of(certificate: &Certificate) -> String {
    let chain = certificate.chain_pem();
    chain.replace(&certificate.pem(), "")
}
