//! Certificate requests, good and bad.

use certs_gen::{CertificateRequest, Csr, Error, Kind, PublicKey, Subject};
use rcgen::{CertificateParams, CustomExtension, KeyPair, RsaKeySize, SignatureAlgorithm};

use crate::helpers::{authority, now, parsed};

fn request(key: &KeyPair) -> Vec<u8> {
    let mut params = CertificateParams::new(vec!["x.test".to_owned()]).unwrap();
    // Real requests for OBWACs ask for QC statements; they are no reason to refuse.
    let statements = CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 1, 3], vec![0x30, 0]);
    params.custom_extensions.push(statements);
    params.serialize_request(key).unwrap().der().to_vec()
}

fn key(algorithm: &'static SignatureAlgorithm) -> KeyPair {
    KeyPair::generate_for(algorithm).unwrap()
}

fn pem_of(label: &str, der: &[u8]) -> String {
    pem::encode(&pem::Pem::new(label, der))
}

#[test]
fn rsa_and_p256_requests_are_taken_in_both_pem_labels() {
    for algorithm in [&rcgen::PKCS_RSA_SHA256, &rcgen::PKCS_ECDSA_P256_SHA256] {
        let der = request(&key(algorithm));
        let from_der = Csr::from_der(&der).unwrap();
        for label in ["CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"] {
            let text = format!("Certificate Request:\n text\n{}\n\n", pem_of(label, &der));
            assert_eq!(Csr::from_pem(&text).unwrap(), from_der);
            assert_eq!(
                Csr::from_pem(&text.replace('\n', "\r\n")).unwrap(),
                from_der
            );
        }
    }
}

#[test]
fn the_certificate_is_for_the_key_of_the_request() {
    let csr = Csr::from_der(&request(&key(&rcgen::PKCS_RSA_SHA256))).unwrap();
    for kind in Kind::ALL {
        let request = CertificateRequest {
            kind: *kind,
            subject: &Subject::example(*kind),
            public_key: PublicKey::Csr(&csr),
            flaw: None,
        };
        let certificate = authority().issue(&request, now()).unwrap();
        assert_eq!(
            parsed(certificate.der()).public_key().raw,
            csr.public_key_der()
        );
    }
}

#[test]
fn the_uk_directory_takes_rsa_2048_only() {
    let large = KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, RsaKeySize::_3072).unwrap();
    let ec = key(&rcgen::PKCS_ECDSA_P256_SHA256);
    for (key, found) in [
        (&large, "an RSA key of 3072 bits"),
        (&ec, "an EC P-256 key"),
    ] {
        let csr = Csr::from_der(&request(key)).unwrap();
        for kind in Kind::ALL {
            let request = CertificateRequest {
                kind: *kind,
                subject: &Subject::example(*kind),
                public_key: PublicKey::Csr(&csr),
                flaw: None,
            };
            let outcome = authority().issue(&request, now());
            let is_uk = kind.as_str().starts_with("ob");
            match outcome {
                Err(error) if is_uk => assert_eq!(
                    error.to_string(),
                    format!(
                        "{kind} takes RSA keys of 2048 bits; the certificate request holds {found}"
                    )
                ),
                Ok(_) if !is_uk => {}
                other => panic!("{kind} with {found}: {other:?}"),
            }
        }
    }
}

#[test]
fn what_is_no_pem_request_is_refused_with_its_reason() {
    let der = request(&key(&rcgen::PKCS_ECDSA_P256_SHA256));
    let good = pem_of("CERTIFICATE REQUEST", &der);
    let half = &good[..good.len() / 2];
    let cut_inside = pem_of("CERTIFICATE REQUEST", &der[..der.len() - 9]);
    let other = pem_of("CERTIFICATE", &der);
    let rubbish = "-----BEGIN CERTIFICATE REQUEST-----\n!!\n-----END CERTIFICATE REQUEST-----\n";
    assert!(matches!(Csr::from_pem(""), Err(Error::CsrNotPem { .. })));
    assert!(matches!(
        Csr::from_pem("rubbish"),
        Err(Error::CsrNotPem { .. })
    ));
    assert!(matches!(
        Csr::from_pem(rubbish),
        Err(Error::CsrNotPem { .. })
    ));
    assert!(matches!(Csr::from_pem(half), Err(Error::CsrTruncated)));
    assert!(matches!(
        Csr::from_pem(&cut_inside),
        Err(Error::CsrTruncated)
    ));
    assert!(
        matches!(Csr::from_pem(&other), Err(Error::CsrWrongLabel { found }) if found == "CERTIFICATE")
    );
}

#[test]
fn every_cut_of_a_request_is_refused() {
    let der = request(&key(&rcgen::PKCS_ECDSA_P256_SHA256));
    for length in 0..der.len() {
        assert!(
            matches!(Csr::from_der(&der[..length]), Err(Error::CsrTruncated)),
            "{length}"
        );
    }
    let longer = [der.as_slice(), &[0]].concat();
    assert!(matches!(
        Csr::from_der(&longer),
        Err(Error::CsrMalformed { .. })
    ));
    assert!(matches!(
        Csr::from_der(b"rubbish"),
        Err(Error::CsrMalformed { .. })
    ));
    assert!(matches!(
        Csr::from_der(&[0x30, 0]),
        Err(Error::CsrMalformed { .. })
    ));
}

#[test]
fn no_changed_byte_panics_or_changes_the_key() {
    let der = request(&key(&rcgen::PKCS_ECDSA_P256_SHA256));
    let good = Csr::from_der(&der).unwrap();
    for at in 0..der.len() {
        for flip in [0x01, 0x80, 0xff] {
            let mut changed = der.clone();
            changed[at] ^= flip;
            // A byte that neither the key nor the signature depends on may change.
            if let Ok(csr) = Csr::from_der(&changed) {
                assert_eq!(csr, good, "byte {at}");
            }
        }
    }
}

#[test]
fn a_request_signed_by_another_key_is_refused() {
    let mut der = request(&key(&rcgen::PKCS_RSA_SHA256));
    let last = der.len() - 1;
    der[last] ^= 1;
    assert!(matches!(Csr::from_der(&der), Err(Error::CsrBadSignature)));
}

/// `openssl req -new -newkey rsa:1024 -nodes -subj /CN=small`
const SMALL: &str = include_str!("../data/rsa-1024.csr");
/// `openssl req -new -newkey rsa:2048 -nodes -sha1 -subj /CN=sha1`
const SHA1: &str = include_str!("../data/sha1.csr");

#[test]
fn small_keys_and_other_algorithms_are_refused() {
    let bits = Csr::from_pem(SMALL);
    assert!(matches!(bits, Err(Error::CsrKeyTooSmall { bits: 1024 })));
    let sha1 = Csr::from_pem(SHA1);
    assert!(matches!(sha1, Err(Error::CsrUnsupportedAlgorithm { .. })));
    for algorithm in [&rcgen::PKCS_ED25519, &rcgen::PKCS_ECDSA_P384_SHA384] {
        let read = Csr::from_der(&request(&key(algorithm)));
        assert!(
            matches!(read, Err(Error::CsrUnsupportedAlgorithm { .. })),
            "{algorithm:?}"
        );
    }
}
