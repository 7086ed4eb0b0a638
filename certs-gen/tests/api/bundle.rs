//! PKCS#12 and PEM files.

use std::fs;

use certs_gen::{CertificateRequest, Error, Key, KeyAlgorithm, Kind, PublicKey, Subject, bundle};
use p12_keystore::{KeyStore, KeyStoreEntry, Pkcs12ImportPolicy};

use crate::helpers::{EC, RSA, authority, issue, now};

#[test]
fn a_key_store_holds_key_and_chain() {
    let authority = authority();
    for key in [&*RSA, &*EC] {
        let request = CertificateRequest {
            kind: Kind::Qwac,
            subject: &Subject::example(Kind::Qwac),
            public_key: PublicKey::Of(key),
            flaw: None,
        };
        let certificate = authority.issue(&request, now()).unwrap();
        let store = bundle::pkcs12(key, &certificate, "test-only", "tpp").unwrap();
        let read = KeyStore::from_pkcs12(&store, "test-only", Pkcs12ImportPolicy::Strict).unwrap();
        let (alias, chain) = read.private_key_chain().unwrap();
        assert_eq!(alias, "tpp");
        assert_eq!(chain.key().as_der(), key.private_der());
        assert_eq!(chain.certs().len(), 2);
        assert_eq!(chain.certs()[0].as_der(), certificate.der());
    }
}

#[test]
fn a_trust_store_holds_trusted_certificates() {
    let authority = authority();
    let store = bundle::truststore(&authority, bundle::PASSWORD).unwrap();
    let read = KeyStore::from_pkcs12(&store, bundle::PASSWORD, Pkcs12ImportPolicy::Strict).unwrap();
    for (alias, der) in [
        ("root", authority.root_der()),
        ("issuing", authority.issuing_der()),
    ] {
        let Some(KeyStoreEntry::Certificate(found)) = read.entry(alias) else {
            panic!("no {alias}");
        };
        assert_eq!(found.as_der(), der);
    }
}

#[test]
fn a_key_of_another_certificate_is_refused() {
    let certificate = issue(&authority(), Kind::Qseal, None);
    let other = Key::generate(KeyAlgorithm::EcP256).unwrap();
    let store = bundle::pkcs12(&other, &certificate, "x", "x");
    assert!(matches!(store, Err(Error::KeyDoesNotFit)));
    let dir = tempfile::tempdir().unwrap();
    assert!(bundle::write(dir.path(), "x", &certificate, Some(&other)).is_err());
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn what_pkcs12_cannot_hold_is_an_error() {
    let authority = authority();
    let certificate = issue(&authority, Kind::Qseal, None);
    assert!(bundle::pkcs12(&EC, &certificate, "💶", "x").is_err());
    assert!(bundle::truststore(&authority, "💶").is_err());
    assert!(matches!(
        bundle::pkcs12(&EC, &certificate, "x", "💶"),
        Err(Error::Encoding { .. })
    ));
    bundle::pkcs12(&EC, &certificate, "", "é").unwrap();
}

#[test]
fn written_files_are_what_they_say() {
    let certificate = issue(&authority(), Kind::Qseal, None);
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("deep/out");
    let written = bundle::write(&out, "qseal", &certificate, Some(&EC)).unwrap();
    assert_eq!(
        fs::read_to_string(&written.chain).unwrap(),
        certificate.chain_pem()
    );
    assert_eq!(
        fs::read_to_string(written.key.unwrap()).unwrap(),
        EC.private_pem()
    );
    assert_eq!(written.pkcs12.unwrap(), out.join("qseal.p12"));
    let public_only = bundle::write(&out, "other", &certificate, None).unwrap();
    assert_eq!((public_only.key, public_only.pkcs12), (None, None));
    assert_eq!(fs::read_dir(&out).unwrap().count(), 4);
}

#[test]
fn a_chain_is_taken_up_again_as_it_was_written() {
    let now = time::OffsetDateTime::now_utc();
    let authority = certs_gen::Authority::generate(now).unwrap();
    let key = certs_gen::Key::generate(certs_gen::KeyAlgorithm::EcP256).unwrap();
    for kind in certs_gen::Kind::ALL {
        let request = certs_gen::CertificateRequest {
            kind: *kind,
            subject: &certs_gen::Subject::example(*kind),
            public_key: certs_gen::PublicKey::Of(&key),
            flaw: None,
        };
        let issued = authority.issue(&request, now).unwrap();
        let again = certs_gen::Certificate::from_chain_pem(*kind, &issued.chain_pem()).unwrap();
        assert_eq!(again, issued);
    }
    for broken in [
        "",
        authority.root_pem(),
        "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n",
    ] {
        assert!(certs_gen::Certificate::from_chain_pem(certs_gen::Kind::Obwac, broken).is_err());
    }
}
