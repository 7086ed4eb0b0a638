//! Snapshots between worlds: who has which keys, and whose certificates they are.

use aspsp_emulator::directory::rotation::CertificatePlan;
use aspsp_emulator::directory::tpp::{OrgStatus, SoftwareStatus};
use aspsp_emulator::directory::{KeyStore, Minting};
use aspsp_emulator::domain::jwk::parse_key_set;
use aspsp_emulator::world::snapshot::{Snapshot, SnapshotError};
use aspsp_emulator::world::{NewWorld, Worlds};
use certs_gen::Kind;
use futures_util::FutureExt;

use super::*;

/// Worlds with what they share.
struct Ground {
    minted: Arc<Minted>,
    revocations: Arc<Revocations>,
    worlds: Worlds,
}

impl Ground {
    /// The world `default` with a resident, who is known in the worlds that are made.
    fn new() -> (Self, Arc<Tpp>) {
        let minted = Arc::default();
        let revocations = Arc::new(Revocations::unheard(Arc::clone(authority())));
        let parts = parts(Strictness::Conformance, &minted, &revocations);
        let worlds = Worlds::new(parts, Vec::new(), 10).unwrap();
        let plan = TppPlan {
            is_resident: true,
            ..plan(Ecosystem::Uk)
        };
        let resident = worlds.default_world().directory.add(plan).unwrap();
        worlds.settle();
        let ground = Self {
            minted,
            revocations,
            worlds,
        };
        (ground, resident)
    }

    fn world(&self, name: &str) -> Arc<World> {
        let new = NewWorld {
            name: Some(name.to_owned()),
            ..NewWorld::default()
        };
        self.worlds.create(new).unwrap()
    }

    async fn restore(&self, world: &World, snapshot: &Snapshot) {
        let restored = self.worlds.restore(world, snapshot.clone()).await;
        restored.unwrap();
    }

    fn minted_by(&self, tpp: &Tpp) -> Minting {
        self.minted.of(authority(), &certificate(tpp))
    }
}

fn of(worlds: &[&str]) -> Minting {
    Minting::Of(worlds.iter().map(|world| Arc::from(*world)).collect())
}

/// What a directory publishes and says of a TPP.
fn shown(world: &World, tpp: &Tpp) -> String {
    let identity = &tpp.identity;
    let stores = [KeyStore::Current, KeyStore::Revoked].map(|store| {
        let directory = &world.directory;
        directory.software_jwks(&identity.org_id, &identity.software_id, store)
    });
    let now = world.directory.tpp(&identity.software_id).unwrap();
    let profile = now.profile();
    format!(
        "{stores:?} {:?} {:?} {:?} {} {}",
        profile.roles,
        (profile.org_status, profile.software_status),
        profile.updated_at,
        profile.transport.kid,
        profile.signing.kid()
    )
}

#[tokio::test]
async fn a_tpp_in_another_world_has_its_keys_and_its_certificate_is_that_worlds_too() {
    let (ground, _) = Ground::new();
    let (one, other) = (ground.world("one"), ground.world("other"));
    let tpp = tpp(&one, Ecosystem::Uk);
    assert_eq!(ground.minted_by(&tpp), of(&["one"]));
    let snapshot = one.snapshot().await;
    ground.restore(&other, &snapshot).await;
    let there = other.directory.tpp(&tpp.identity.software_id).unwrap();
    assert!(there.can_sign() && there.transport().key.is_some());
    assert_eq!(shown(&other, &tpp), shown(&one, &tpp));
    // The first one loses nothing.
    assert_eq!(ground.minted_by(&tpp), of(&["one", "other"]));
    // The end of the first world is not the end of what the other one took over.
    assert!(ground.worlds.delete("one").await);
    assert_eq!(ground.minted_by(&tpp), of(&["other"]));
    let bank = bank(&other, UK);
    let request = registration(&other, &there, &bank, AuthMethod::TlsClientAuth);
    assert_eq!(bank.register(&request).await.refused_by, None);
}

#[tokio::test]
async fn private_keys_that_are_nowhere_any_more_are_not_there_again() {
    let (ground, _) = Ground::new();
    let world = ground.world("one");
    let empty = world.snapshot().await;
    let made = tpp(&world, Ecosystem::Uk);
    let before = shown(&world, &made);
    let snapshot = world.snapshot().await;
    ground.restore(&world, &snapshot).await;
    let software = &made.identity.software_id;
    assert!(Arc::ptr_eq(&world.directory.tpp(software).unwrap(), &made));
    ground.restore(&world, &empty).await;
    assert!(world.directory.tpp(software).is_none());
    assert_eq!(ground.minted_by(&made), Minting::Orphaned("one".into()));
    ground.restore(&world, &snapshot).await;
    let back = world.directory.tpp(software).unwrap();
    assert!(!back.can_sign() && back.transport().key.is_none());
    assert_eq!(shown(&world, &made), before);
    assert_eq!(ground.minted_by(&made), of(&["one"]));
    // The next one is another one.
    assert_ne!(tpp(&world, Ecosystem::Uk).identity, made.identity);
}

#[tokio::test]
async fn rotated_revoked_and_brought_keys_and_statuses_are_as_they_were() {
    let (ground, _) = Ground::new();
    let (one, other) = (ground.world("one"), ground.world("other"));
    let rotated = tpp(&one, Ecosystem::Uk);
    let software = &rotated.identity.software_id;
    for kind in [Kind::ObTransport, Kind::ObSigning] {
        let old = match kind {
            Kind::ObTransport => rotated.transport().kid.clone(),
            _ => rotated.kid(),
        };
        let plan = CertificatePlan {
            kind,
            key: Some(key()),
            flaw: None,
            replaces: Some(old.to_string()),
        };
        one.directory.certify_more(software, plan).unwrap();
    }
    rotated.set_status(OrgStatus::Withdrawn, SoftwareStatus::Suspended);
    let jwk = one
        .directory
        .software_jwks(&rotated.identity.org_id, software, KeyStore::Current);
    let brought = one.directory.add(TppPlan {
        signing_keys: parse_key_set(jwk.unwrap().to_string().as_bytes()).unwrap(),
        ..plan(Ecosystem::Uk)
    });
    let brought = brought.unwrap();
    assert!(brought.signing_credential().is_none());
    one.directory
        .revoke(&brought.identity.software_id, brought.kid().as_str())
        .unwrap();
    let snapshot = one.snapshot().await;
    ground.restore(&other, &snapshot).await;
    for tpp in [&rotated, &brought] {
        assert_eq!(shown(&other, tpp), shown(&one, tpp));
        let certificate = certificate(tpp);
        assert_eq!(
            other.directory.born_of_certificate(&certificate),
            one.directory.born_of_certificate(&certificate)
        );
    }
    assert_eq!(same(&other.snapshot().await), same(&snapshot));
}

/// What is not of one world or moment.
fn same(snapshot: &Snapshot) -> Value {
    let mut value = serde_json::to_value(snapshot).unwrap();
    for member in ["taken_at", "world", "clock"] {
        value.as_object_mut().unwrap().remove(member).unwrap();
    }
    value
}

#[tokio::test]
async fn a_residents_revocation_reaches_as_far_as_that_of_the_world_it_is_put_into() {
    let (ground, resident) = Ground::new();
    let other = ground.world("other");
    let serial = resident.transport().certificate.serial().clone();
    let software = &resident.identity.software_id;
    let good = other.snapshot().await;
    let kid = resident.transport().kid.clone();
    other.directory.revoke(software, kid.as_str()).unwrap();
    assert!(!ground.revocations.contains(&serial));
    let revoked = other.snapshot().await;
    let default = ground.worlds.default_world();
    ground.restore(default, &revoked).await;
    assert!(ground.revocations.contains(&serial));
    // Nor is it made here, nor minted by this world.
    assert_eq!(default.directory.tpps().len(), 1);
    assert!(Arc::ptr_eq(&default.directory.tpps()[0], &resident));
    assert_eq!(ground.minted_by(&resident), Minting::Nobodys);
    ground.restore(default, &good).await;
    assert!(!ground.revocations.contains(&serial));
    let org = &resident.identity.org_id;
    let revoked = default
        .directory
        .software_jwks(org, software, KeyStore::Revoked);
    assert_eq!(revoked, Some(json!({ "keys": [] })));
}

#[tokio::test]
async fn a_resident_keeps_the_keys_it_has_here_beside_those_it_had() {
    let (ground, _) = Ground::new();
    let snapshot = ground.worlds.default_world().snapshot().await;
    let (again, resident) = Ground::new();
    let old = ground.worlds.default_world().directory.tpps();
    assert_eq!(old[0].identity, resident.identity);
    assert_ne!(old[0].kid(), resident.kid());
    let world = again.worlds.default_world();
    again.restore(world, &snapshot).await;
    assert!(resident.can_sign() && resident.transport().key.is_some());
    let shown = shown(world, &resident);
    for kid in [old[0].kid(), resident.kid()] {
        assert!(shown.contains(kid.as_str()), "{kid}");
    }
    let mut stranger = serde_json::to_value(&snapshot).unwrap();
    stranger["directory"]["tpps"][0]["org_id"] = json!("another");
    let stranger = serde_json::from_value(stranger).unwrap();
    let refused = again.worlds.restore(world, stranger).await;
    assert!(matches!(
        refused,
        Err(SnapshotError::AnotherIdentity { .. })
    ));
}

#[tokio::test]
async fn a_snapshot_waits_for_the_requests_that_are_in() {
    let (ground, _) = Ground::new();
    let world = ground.world("one");
    let snapshot = world.snapshot().await;
    let here = world.enter().await;
    assert!(world.snapshot().now_or_never().is_none());
    let restoring = ground.worlds.restore(&world, snapshot.clone());
    assert!(restoring.now_or_never().is_none());
    let made = tpp(&world, Ecosystem::Uk);
    drop(here);
    let later = world.snapshot().now_or_never().unwrap();
    assert_ne!(same(&later), same(&snapshot));
    ground.restore(&world, &snapshot).await;
    assert!(world.directory.tpp(&made.identity.software_id).is_none());
}
