//! Every kind with every flaw: the flaw is there, the rest is as it was.

use certs_gen::{Flaw, Kind};

use crate::helpers::{NOW, authority, issue, parsed, purposes};

const DAY: i64 = 86_400;
const CLIENT_AUTH: &str = "1.3.6.1.5.5.7.3.2";

#[test]
fn every_flaw_shows_in_every_kind_and_changes_nothing_else() {
    let authority = authority();
    let issuing = parsed(authority.issuing_der());
    for kind in Kind::ALL {
        let right = issue(&authority, *kind, None);
        let right_leaf = parsed(right.der());
        for flaw in Flaw::ALL {
            let case = format!("{kind} {flaw}");
            let flawed = issue(&authority, *kind, Some(*flaw));
            let leaf = parsed(flawed.der());
            let verdict = leaf.verify_signature(Some(issuing.public_key()));
            assert_eq!(verdict.is_err(), *flaw == Flaw::UntrustedIssuer, "{case}");
            assert_eq!(leaf.issuer().as_raw(), issuing.subject().as_raw(), "{case}");
            let start = leaf.validity().not_before.timestamp();
            let end = leaf.validity().not_after.timestamp();
            let expected = match flaw {
                Flaw::Expired => (NOW - 397 * DAY, NOW - DAY),
                Flaw::NotYetValid => (NOW + 30 * DAY, NOW + 426 * DAY),
                _ => (NOW - 300, NOW + 396 * DAY),
            };
            assert_eq!((start, end), expected, "{case}");
            let same_purposes = purposes(&leaf) == purposes(&right_leaf);
            assert_eq!(same_purposes, *flaw != Flaw::WrongEku, "{case}");
            let same_subject = flawed.subject_dn() == right.subject_dn();
            assert_eq!(same_subject, *flaw != Flaw::WrongOrg, "{case}");
            assert_eq!(
                authority.is_revoked(flawed.serial()),
                *flaw == Flaw::Revoked,
                "{case}"
            );
        }
        assert!(!authority.is_revoked(right.serial()), "{kind}");
    }
}

#[test]
fn a_forged_certificate_comes_with_the_forgers_chain() {
    let authority = authority();
    let forged = issue(&authority, Kind::Obwac, Some(Flaw::UntrustedIssuer));
    assert_ne!(forged.issuing_der(), authority.issuing_der());
    let twin = authority.untrusted_twin().unwrap();
    assert_eq!(forged.issuing_der(), twin.issuing_der());
    let impostor = parsed(twin.issuing_der());
    parsed(forged.der())
        .verify_signature(Some(impostor.public_key()))
        .unwrap();
    let (root, twin_root) = (parsed(authority.root_der()), parsed(twin.root_der()));
    assert_eq!(root.subject().as_raw(), twin_root.subject().as_raw());
    assert!(impostor.verify_signature(Some(root.public_key())).is_err());
}

#[test]
fn wrong_purposes_have_no_client_authentication_except_for_servers() {
    let authority = authority();
    for kind in Kind::ALL {
        let flawed = issue(&authority, *kind, Some(Flaw::WrongEku));
        let (_, oids) = purposes(&parsed(flawed.der())).unwrap();
        let has_client_auth = oids.iter().any(|oid| oid == CLIENT_AUTH);
        assert_eq!(has_client_auth, *kind == Kind::Server, "{kind}");
    }
}
