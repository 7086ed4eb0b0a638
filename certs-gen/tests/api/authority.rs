//! The authority in memory.

use std::{sync::Arc, thread, time::Instant};

use certs_gen::{
    Authority, CertificateRequest, Error, Flaw, KeyAlgorithm, Kind, PublicKey, Serial, Subject,
};
use time::Duration;
use x509_parser::{prelude::FromDer, revocation_list::CertificateRevocationList};

use crate::helpers::{EC, NOW, authority, extension, issue, now, parsed};

fn shared<T: Send + Sync>(value: T) -> Arc<T> {
    Arc::new(value)
}

#[test]
fn both_cas_say_test_only_and_live_ten_years() {
    let authority = authority();
    for der in [authority.root_der(), authority.issuing_der()] {
        let ca = parsed(der);
        let common_name = ca.subject().iter_common_name().next().unwrap();
        assert!(common_name.as_str().unwrap().contains("TEST ONLY"));
        assert!(ca.is_ca());
        assert_eq!(extension(&ca, "2.5.29.15"), Some((true, vec![3, 2, 1, 6])));
        assert!(extension(&ca, "2.5.29.19").unwrap().0);
        assert!(extension(&ca, "2.5.29.14").is_some());
        assert!(extension(&ca, "2.5.29.35").is_some());
        assert_eq!(ca.validity().not_before.timestamp(), NOW - 300);
    }
    assert_eq!(authority.not_after(), now() + Duration::days(3652));
    assert_eq!(
        authority.ca_pem(),
        format!("{}{}", authority.root_pem(), authority.issuing_pem())
    );
}

#[test]
fn two_authorities_have_nothing_in_common_but_names() {
    let (one, other) = (authority(), authority());
    assert_ne!(one.root_der(), other.root_der());
    assert_ne!(
        parsed(one.root_der()).raw_serial(),
        parsed(other.root_der()).raw_serial()
    );
}

#[test]
fn the_directory_key_is_rsa_and_made_once_for_all_threads() {
    let authority = shared(authority());
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let authority = Arc::clone(&authority);
            thread::spawn(move || authority.directory_key().unwrap().public_key_der())
        })
        .collect();
    let keys: Vec<_> = threads.into_iter().map(|t| t.join().unwrap()).collect();
    assert!(keys.iter().all(|key| *key == keys[0]));
    let key = authority.directory_key().unwrap();
    assert_eq!(key.algorithm(), KeyAlgorithm::Rsa2048);
}

#[test]
fn debug_prints_no_private_key() {
    let authority = authority();
    authority.directory_key().unwrap();
    let text = format!("{authority:?}");
    assert!(text.len() < 400, "{text}");
}

#[test]
fn the_revocation_list_is_signed_numbered_and_valid_for_long() {
    let authority = authority();
    let revoked = issue(&authority, Kind::Brcac, Some(Flaw::Revoked));
    authority
        .revoke(revoked.serial(), now() + Duration::DAY)
        .unwrap();
    let mut numbers = Vec::new();
    for _ in 0..2 {
        let der = authority.crl_der(now()).unwrap();
        let (_, list) = CertificateRevocationList::from_der(&der).unwrap();
        list.verify_signature(parsed(authority.issuing_der()).public_key())
            .unwrap();
        let serials: Vec<_> = list
            .iter_revoked_certificates()
            .map(|r| r.raw_serial().to_vec())
            .collect();
        assert_eq!(serials, [revoked.serial().as_bytes()]);
        assert_eq!(
            list.next_update().unwrap().timestamp(),
            authority.not_after().unix_timestamp()
        );
        numbers.push(list.crl_number().unwrap().clone());
    }
    assert!(numbers[0] < numbers[1]);
    assert!(
        authority
            .crl_pem(now())
            .unwrap()
            .starts_with("-----BEGIN X509 CRL-----")
    );
}

#[test]
fn only_what_was_revoked_is_revoked() {
    let authority = authority();
    let serial: Serial = "00ff".parse().unwrap();
    assert!(!authority.is_revoked(&serial));
    authority.revoke(&serial, now()).unwrap();
    assert!(authority.is_revoked(&"FF".parse().unwrap()));
    assert!(!authority.is_revoked(&"fe".parse().unwrap()));
    assert!(authority.reinstate(&"FF".parse().unwrap()));
    assert!(!authority.is_revoked(&serial));
    assert!(!authority.reinstate(&serial));
}

#[test]
fn a_leaf_never_outlives_its_issuer() {
    let authority = authority();
    let request = CertificateRequest {
        kind: Kind::Server,
        subject: &Subject::example(Kind::Server),
        public_key: PublicKey::Of(&EC),
        flaw: None,
    };
    let late = authority.not_after() - Duration::DAY;
    let certificate = authority.issue(&request, late).unwrap();
    assert_eq!(certificate.not_after(), authority.not_after());
    for flaw in Flaw::ALL {
        let request = CertificateRequest {
            flaw: Some(*flaw),
            ..request
        };
        let certificate = authority.issue(&request, late).unwrap();
        assert!(certificate.not_before() < certificate.not_after(), "{flaw}");
    }
    let after = authority.issue(&request, authority.not_after());
    assert!(matches!(after, Err(Error::AuthorityExpired { .. })));
    let list = authority.crl_der(authority.not_after());
    assert!(matches!(list, Err(Error::AuthorityExpired { .. })));
}

#[test]
fn times_out_of_range_are_errors() {
    for bad in [
        time::OffsetDateTime::UNIX_EPOCH,
        time::PrimitiveDateTime::MAX.assume_utc(),
    ] {
        assert!(matches!(
            Authority::generate(bad),
            Err(Error::TimeOutOfRange(_))
        ));
    }
}

/// Not a benchmark: only an RSA key on this path, which takes a hundred times as long, would fail it.
#[test]
fn an_authority_in_memory_is_made_at_once() {
    authority();
    let start = Instant::now();
    for _ in 0..20 {
        authority();
    }
    assert!(start.elapsed() < std::time::Duration::from_secs(1));
}
