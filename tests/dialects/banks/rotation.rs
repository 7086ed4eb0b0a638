//! Certificates that are added, replaced and revoked.

use aspsp_emulator::dialect::trust::Trust as _;
use aspsp_emulator::directory::KeyStore;
use aspsp_emulator::directory::changes::{ChangeError, TppChanges};
use aspsp_emulator::directory::rotation::CertificatePlan;
use aspsp_emulator::directory::tpp::{OrgStatus, SoftwareStatus};
use aspsp_emulator::domain::ids::SoftwareId;
use aspsp_emulator::domain::jws::Jws;
use aspsp_emulator::domain::role::Role;
use certs_gen::{Flaw, Kind};

use super::*;

fn more(kind: Kind) -> CertificatePlan {
    CertificatePlan {
        kind,
        key: Some(key()),
        flaw: None,
        replaces: None,
    }
}

/// The `kid`s of a key store.
fn kids(world: &World, tpp: &Tpp, store: KeyStore) -> Vec<String> {
    let identity = &tpp.identity;
    let keys = world
        .directory
        .software_jwks(&identity.org_id, &identity.software_id, store)
        .unwrap();
    let keys = keys["keys"].as_array().unwrap().iter();
    keys.map(|key| key["kid"].as_str().unwrap().to_owned())
        .collect()
}

fn read(credential: &aspsp_emulator::directory::credential::Credential) -> ClientCertificate {
    ClientCertificate::from_der(credential.certificate.der()).unwrap()
}

#[test]
fn a_certificate_that_replaces_another_is_used_and_the_other_is_revoked() {
    let world = world();
    let tpp = tpp(&world, Ecosystem::Uk);
    let software = &tpp.identity.software_id;
    let (old, old_kid) = (tpp.transport(), tpp.kid());
    for (kind, named) in [
        (Kind::Obwac, old.certificate.serial().to_string()),
        (Kind::Obseal, old_kid.to_string()),
    ] {
        let plan = CertificatePlan {
            replaces: Some(named),
            ..more(kind)
        };
        let made = world.directory.certify_more(software, plan).unwrap();
        assert!(made.is_current);
        assert!(made.replaced.unwrap().serial.is_some());
    }
    assert_eq!(tpp.transport().certificate.kind(), Kind::Obwac);
    let current = [tpp.transport().kid.to_string(), tpp.kid().to_string()];
    assert_eq!(kids(&world, &tpp, KeyStore::Current), current);
    let revoked = [old.kid.to_string(), old_kid.to_string()];
    assert_eq!(kids(&world, &tpp, KeyStore::Revoked), revoked);
    assert!(world.directory.is_certificate_revoked(&read(&old)));
    assert!(
        !world
            .directory
            .is_certificate_revoked(&read(&tpp.transport()))
    );
    assert!(authority().is_revoked(old.certificate.serial()));
}

#[test]
fn a_further_certificate_is_published_but_not_used_while_the_one_in_use_is_good() {
    let world = world();
    let tpp = tpp(&world, Ecosystem::Uk);
    let software = &tpp.identity.software_id;
    let in_use = tpp.transport();
    let made = world
        .directory
        .certify_more(software, more(Kind::Qwac))
        .unwrap();
    assert!(!made.is_current && made.replaced.is_none());
    assert_eq!(tpp.transport().kid, in_use.kid);
    assert_eq!(kids(&world, &tpp, KeyStore::Current).len(), 3);
    let owner = world.directory.owner(&read(&made.credential)).unwrap();
    assert_eq!(owner.software_id.as_ref(), Some(software));
    world
        .directory
        .revoke(software, in_use.kid.as_str())
        .unwrap();
    let next = world
        .directory
        .certify_more(software, more(Kind::ObTransport))
        .unwrap();
    assert!(next.is_current);
    assert_eq!(tpp.transport().kid, next.credential.kid);
}

#[test]
fn every_kind_of_the_ecosystem_can_be_had_with_every_flaw_and_no_flawed_one_is_used() {
    let world = world();
    for ecosystem in [Ecosystem::Uk, Ecosystem::Brazil] {
        let tpp = tpp(&world, ecosystem);
        let software = &tpp.identity.software_id;
        let (transport, kid) = (tpp.transport(), tpp.kid());
        for kind in Kind::ALL {
            for flaw in Flaw::ALL {
                let plan = CertificatePlan {
                    flaw: Some(*flaw),
                    ..more(*kind)
                };
                let made = world.directory.certify_more(software, plan);
                if !ecosystem.kinds().contains(kind) {
                    let error = made.unwrap_err().to_string();
                    let (transport, _) = ecosystem.usual_kinds();
                    assert!(error.contains(transport.as_str()), "{error}");
                    continue;
                }
                let made = made.unwrap();
                assert!(!made.is_current);
                let is_revoked = world
                    .directory
                    .is_certificate_revoked(&read(&made.credential));
                assert_eq!(is_revoked, *flaw == Flaw::Revoked, "{kind} {flaw}");
                let published = kids(&world, &tpp, KeyStore::Current);
                let published = [published, kids(&world, &tpp, KeyStore::Transport)].concat();
                let kid = made.credential.kid.to_string();
                let is_current = !matches!(flaw, Flaw::WrongOrg | Flaw::Revoked);
                assert_eq!(published.contains(&kid), is_current, "{kind} {flaw}");
                let revoked = kids(&world, &tpp, KeyStore::Revoked);
                let inactive = kids(&world, &tpp, KeyStore::TransportInactive);
                let revoked = [revoked, inactive].concat();
                assert_eq!(revoked.contains(&kid), is_revoked, "{kind} {flaw}");
            }
        }
        assert_eq!(
            (tpp.transport().kid.clone(), tpp.kid()),
            (transport.kid.clone(), kid)
        );
    }
}

#[test]
fn what_replaces_the_certificate_in_use_is_used_whatever_its_flaw() {
    let world = world();
    for ecosystem in [Ecosystem::Uk, Ecosystem::Brazil] {
        let (transport_kind, signing_kind) = ecosystem.usual_kinds();
        for flaw in Flaw::ALL {
            let tpp = tpp(&world, ecosystem);
            let software = &tpp.identity.software_id;
            for (kind, old) in [
                (transport_kind, tpp.transport().kid.clone()),
                (signing_kind, tpp.kid()),
            ] {
                let plan = CertificatePlan {
                    flaw: Some(*flaw),
                    replaces: Some(old.to_string()),
                    ..more(kind)
                };
                let made = world.directory.certify_more(software, plan).unwrap();
                assert!(made.is_current, "{kind} {flaw}");
                let in_use = [tpp.transport().kid.clone(), tpp.kid()];
                assert!(in_use.contains(&made.credential.kid), "{kind} {flaw}");
            }
        }
    }
}

#[test]
fn a_flawed_certificate_that_replaces_one_that_is_not_in_use_is_not_used() {
    let world = world();
    let tpp = tpp(&world, Ecosystem::Uk);
    let software = &tpp.identity.software_id;
    let certify = |plan| world.directory.certify_more(software, plan).unwrap();
    let spare = certify(more(Kind::Obseal));
    let replacing = certify(CertificatePlan {
        flaw: Some(Flaw::Expired),
        replaces: Some(spare.credential.kid.to_string()),
        ..more(Kind::Obseal)
    });
    assert!(!replacing.is_current);
    assert_eq!(replacing.replaced.unwrap().kid, spare.credential.kid);
}

#[test]
fn who_is_not_there_is_named_with_those_that_are() {
    let world = world();
    let tpp = tpp(&world, Ecosystem::Uk);
    let software = &tpp.identity.software_id;
    let error = world
        .directory
        .revoke(software, "nobody")
        .unwrap_err()
        .to_string();
    assert!(error.contains(tpp.kid().as_str()), "{error}");
    let serial = tpp.transport().certificate.serial().to_string();
    assert!(error.contains(&serial), "{error}");
    let plan = CertificatePlan {
        replaces: Some("00ff".to_owned()),
        ..more(Kind::Obwac)
    };
    let refused = world.directory.certify_more(software, plan);
    assert!(matches!(
        refused,
        Err(ChangeError::UnknownCertificate { .. })
    ));
    assert_eq!(kids(&world, &tpp, KeyStore::Current).len(), 2);
    let unknown = world.directory.revoke(&SoftwareId::new("x"), "y");
    assert!(matches!(unknown, Err(ChangeError::UnknownSoftware(_))));
}

#[test]
fn a_key_that_the_tpp_brought_is_revoked_by_its_kid() {
    use aspsp_emulator::domain::ids::KeyId;
    use aspsp_emulator::domain::jwk::{KeySetEntry, KeyUse, PublicKey};
    let world = world();
    let entry = |kid, index| KeySetEntry {
        kid: KeyId::new(kid),
        key_use: KeyUse::Signing,
        key: PublicKey::from_spki(&rsa_key(index).public_key_der()).unwrap(),
    };
    let plan = TppPlan {
        signing_keys: vec![entry("one", 0), entry("two", 1)],
        ..plan(Ecosystem::Uk)
    };
    let tpp = world.directory.add(plan).unwrap();
    let revoked = world
        .directory
        .revoke(&tpp.identity.software_id, "two")
        .unwrap();
    assert_eq!((revoked.kid.as_str(), revoked.serial), ("two", None));
    assert_eq!(kids(&world, &tpp, KeyStore::Revoked), ["two"]);
}

#[test]
fn what_is_changed_about_a_tpp_stands_in_its_next_statement() {
    let world = world();
    let tpp = tpp(&world, Ecosystem::Uk);
    let software = &tpp.identity.software_id;
    let changes = TppChanges {
        org_status: Some(OrgStatus::Withdrawn),
        software_status: Some(SoftwareStatus::Suspended),
        roles: Some(vec![Role::Pisp]),
        redirect_uris: Some(vec!["https://new.example/cb".to_owned()]),
    };
    world.directory.patch(software, changes).unwrap();
    let statement = world.directory.statement(&tpp, &Edits::default()).unwrap();
    let claims = Jws::parse(&statement).unwrap().claims;
    assert_eq!(claims["org_status"], "Withdrawn");
    assert_eq!(claims["software_roles"], json!(["PISP"]));
    assert_eq!(
        claims["software_redirect_uris"],
        json!(["https://new.example/cb"])
    );
    assert!(world.directory.is_software_revoked(software));
    let foreign = TppChanges {
        org_status: Some(OrgStatus::Active),
        roles: Some(vec![Role::Dados]),
        ..TppChanges::default()
    };
    assert!(world.directory.patch(software, foreign).is_err());
    assert_eq!(tpp.org_status(), OrgStatus::Withdrawn);
}
