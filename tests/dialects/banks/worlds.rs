//! Several worlds: who knows whom, and what is left when one ends.

use aspsp_emulator::dialect::trust::Trust as _;
use aspsp_emulator::directory::Minting;
use aspsp_emulator::directory::changes::ChangeError;
use aspsp_emulator::directory::rotation::CertificatePlan;
use aspsp_emulator::directory::tpp::{OrgStatus, Origin, SoftwareStatus};
use certs_gen::{Flaw, Kind};

use super::*;

/// What worlds share, with the world `default` and its resident.
struct Worlds {
    minted: Arc<Minted>,
    revocations: Arc<Revocations>,
    default: World,
    resident: Arc<Tpp>,
}

impl Worlds {
    fn new() -> Self {
        let minted = Arc::default();
        let revocations = Arc::new(Revocations::unheard(Arc::clone(authority())));
        let default = world_named("default", &minted, &revocations);
        let plan = TppPlan {
            is_resident: true,
            ..plan(Ecosystem::Uk)
        };
        let resident = default.directory.add(plan).unwrap();
        Self {
            minted,
            revocations,
            default,
            resident,
        }
    }

    /// A world that knows the resident, and the resident there.
    fn world(&self, name: &str) -> (World, Arc<Tpp>) {
        let world = world_named(name, &self.minted, &self.revocations);
        let adopted = world.directory.adopt(&self.resident).unwrap();
        (world, adopted)
    }

    fn minted_by(&self, tpp: &Tpp) -> Minting {
        self.minted.of(authority(), &certificate(tpp))
    }
}

fn serial(tpp: &Tpp) -> certs_gen::Serial {
    tpp.transport().certificate.serial().clone()
}

#[tokio::test]
async fn a_certificate_of_another_world_is_refused_and_that_world_is_named() {
    let worlds = Worlds::new();
    let (other, adopted) = worlds.world("other");
    let stranger = tpp(&worlds.default, Ecosystem::Uk);
    assert_eq!(
        worlds.minted_by(&stranger),
        Minting::Of(vec!["default".into()])
    );
    assert_eq!(worlds.minted_by(&adopted), Minting::Nobodys);
    let bank = bank(&other, UK);
    let request = registration(&other, &adopted, &bank, AuthMethod::TlsClientAuth);
    let by_stranger = Call {
        certificate: Some(Arc::new(certificate(&stranger))),
        ..request.clone()
    };
    let ruling = bank.register(&by_stranger).await;
    assert_eq!(ruling.refused_by, Some("certificate_untrusted"));
    assert_eq!(ruling.result.unwrap_err().status, 401);
    let untrusted = ruling
        .checks
        .iter()
        .find(|check| check.check == "certificate_untrusted");
    let seen = untrusted.unwrap().seen.clone().unwrap();
    assert!(seen.contains("the world 'default'"), "{seen}");
    let ruling = bank.register(&request).await;
    assert_eq!(ruling.refused_by, None);
}

#[test]
fn a_residents_certificate_is_revoked_for_all_in_the_world_default_and_else_for_one() {
    let worlds = Worlds::new();
    let ((one, adopted), (another, _)) = (worlds.world("one"), worlds.world("another"));
    let software = &adopted.identity.software_id;
    let its = certificate(&adopted);
    let is_revoked = |world: &World| world.directory.is_certificate_revoked(&its);
    one.directory
        .revoke(software, &serial(&adopted).to_string())
        .unwrap();
    assert!(!authority().is_revoked(&serial(&adopted)));
    assert_eq!(
        [&one, &another, &worlds.default].map(is_revoked),
        [true, false, false]
    );
    worlds
        .default
        .directory
        .revoke(software, &serial(&adopted).to_string())
        .unwrap();
    assert!(authority().is_revoked(&serial(&adopted)));
    assert_eq!(
        [&one, &another, &worlds.default].map(is_revoked),
        [true, true, true]
    );
}

#[test]
fn a_residents_further_certificate_is_of_the_world_that_made_it() {
    let worlds = Worlds::new();
    let ((one, adopted), (another, _)) = (worlds.world("one"), worlds.world("another"));
    let software = &adopted.identity.software_id;
    let plan = CertificatePlan {
        kind: Kind::Obwac,
        key: Some(key()),
        flaw: None,
        replaces: None,
    };
    let made = one.directory.certify_more(software, plan).unwrap();
    let read = ClientCertificate::from_der(made.credential.certificate.der()).unwrap();
    let elsewhere = |world: &World| world.directory.stranger(&read).is_some();
    let all = [&one, &another, &worlds.default];
    assert_eq!(all.map(elsewhere), [false, true, true]);
    // So the handshake refuses it for all, once it is revoked there.
    let kid = made.credential.kid.as_str();
    one.directory.revoke(software, kid).unwrap();
    assert!(authority().is_revoked(made.credential.certificate.serial()));
    one.directory.reset().unwrap();
    // It is gone, for everybody.
    assert_eq!(all.map(elsewhere), [true, true, true]);
    assert!(!authority().is_revoked(made.credential.certificate.serial()));
}

#[test]
fn a_residents_statuses_are_those_of_each_world() {
    let worlds = Worlds::new();
    worlds
        .resident
        .set_status(OrgStatus::Revoked, SoftwareStatus::Revoked);
    let (world, adopted) = worlds.world("other");
    assert_eq!(adopted.identity, worlds.resident.identity);
    assert_eq!(adopted.kid(), worlds.resident.kid());
    assert_eq!(adopted.org_status(), OrgStatus::Active);
    assert!(adopted.is_resident() && worlds.resident.is_resident());
    let made = tpp(&world, Ecosystem::Uk);
    assert_eq!(made.origin, Origin::Made);
    let listed: Vec<_> = world.directory.tpps().iter().map(|tpp| tpp.kid()).collect();
    assert_eq!(listed, [adopted.kid(), made.kid()]);
    let software = &adopted.identity.software_id;
    assert_eq!(world.directory.tpp(software).unwrap().kid(), adopted.kid());
}

#[test]
fn a_tpp_that_was_made_here_can_be_removed_and_a_resident_cannot() {
    let worlds = Worlds::new();
    let (world, adopted) = worlds.world("other");
    let made = tpp(&world, Ecosystem::Uk);
    let software = &made.identity.software_id;
    assert!(world.directory.remove(software).unwrap());
    assert!(!world.directory.remove(software).unwrap());
    assert_eq!(worlds.minted_by(&made), Minting::Orphaned("other".into()));
    assert!(world.directory.tpp(software).is_none());
    assert_eq!(world.directory.born_of_key(software, &made.kid()), None);
    for (world, resident) in [(&world, &adopted), (&worlds.default, &worlds.resident)] {
        let refused = world.directory.remove(&resident.identity.software_id);
        assert!(matches!(refused, Err(ChangeError::Resident(_))));
    }
}

#[test]
fn a_reset_leaves_the_residents_as_they_were_and_nothing_else() {
    let worlds = Worlds::new();
    let (other, adopted) = worlds.world("other");
    for (world, resident) in [(&other, &adopted), (&worlds.default, &worlds.resident)] {
        let directory = &world.directory;
        let software = &resident.identity.software_id;
        let first_kid = resident.kid();
        let made = tpp(world, Ecosystem::Uk);
        let first_identity = made.identity.clone();
        directory
            .revoke(&made.identity.software_id, &serial(&made).to_string())
            .unwrap();
        let flawed = TppPlan {
            transport_flaw: Some(Flaw::Revoked),
            ..plan(Ecosystem::Uk)
        };
        let flawed = directory.add(flawed).unwrap();
        let replacing = CertificatePlan {
            kind: Kind::Obseal,
            key: Some(key()),
            flaw: None,
            replaces: Some(first_kid.to_string()),
        };
        directory.certify_more(software, replacing).unwrap();
        let before = serial(resident);
        directory.revoke(software, &before.to_string()).unwrap();
        resident.set_status(OrgStatus::Revoked, SoftwareStatus::Revoked);
        assert!(authority().is_revoked(&serial(&made)) && authority().is_revoked(&serial(&flawed)));

        directory.reset().unwrap();
        for gone in [&made, &flawed] {
            assert!(!authority().is_revoked(&serial(gone)));
            assert_eq!(
                worlds.minted_by(gone),
                Minting::Orphaned(Arc::clone(&world.name))
            );
        }
        assert!(!directory.is_certificate_revoked(&certificate(resident)));
        assert_eq!(
            (resident.kid(), resident.org_status()),
            (first_kid, OrgStatus::Active)
        );
        assert_eq!(directory.tpps().len(), 1);
        let owner = directory.owner(&certificate(resident)).unwrap();
        assert_eq!(owner.software_id.as_ref(), Some(software));
        // The same names again.
        assert_eq!(tpp(world, Ecosystem::Uk).identity, first_identity);
    }
}

#[test]
fn the_end_of_a_world_takes_back_what_it_revoked_but_not_what_others_did() {
    for is_cleared in [true, false] {
        let worlds = Worlds::new();
        let (world, _) = worlds.world("other");
        let (made, kept) = (
            tpp(&world, Ecosystem::Uk),
            tpp(&worlds.default, Ecosystem::Uk),
        );
        for (world, tpp) in [(&world, &made), (&worlds.default, &kept)] {
            world.directory.revoke_transport(tpp).unwrap();
        }
        if is_cleared {
            world.directory.clear().unwrap();
        } else {
            drop(world);
        }
        assert!(!authority().is_revoked(&serial(&made)));
        assert!(authority().is_revoked(&serial(&kept)));
        assert_eq!(worlds.minted_by(&made), Minting::Lost);
        assert_eq!(worlds.minted_by(&kept), Minting::Of(vec!["default".into()]));
    }
}

#[test]
fn each_change_of_the_revocations_is_published_once() {
    use std::sync::Mutex;
    let heard: Arc<Mutex<Vec<bool>>> = Arc::default();
    let minted = Arc::default();
    let watched: Arc<Mutex<Option<certs_gen::Serial>>> = Arc::default();
    let (told, of) = (Arc::clone(&heard), Arc::clone(&watched));
    let revocations = Revocations::new(Arc::clone(authority()), move |authority| {
        let serial = of.lock().unwrap().clone().unwrap();
        told.lock().unwrap().push(authority.is_revoked(&serial));
        Ok(())
    });
    let world = world_named("default", &minted, &Arc::new(revocations));
    let tpp = tpp(&world, Ecosystem::Uk);
    *watched.lock().unwrap() = Some(serial(&tpp));
    world.directory.revoke_transport(&tpp).unwrap();
    world.directory.reset().unwrap();
    world.directory.reset().unwrap();
    assert_eq!(*heard.lock().unwrap(), [true, false]);
}
