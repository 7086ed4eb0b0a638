//! Client certificates whose TPP or world is gone are nobody else's.

use aspsp_emulator::Emulator;
use aspsp_emulator::emulator::World;
use certs_gen::{Key, KeyAlgorithm};
use reqwest::StatusCode;
use serde_json::{Value, json as value};

use crate::helpers::{BANK, TestBank, TestTpp, http_client, json, rsa_key};
use crate::steering::{call, done};

/// The first TPP of a world; under one seed it has the same names in each.
async fn first_tpp(emulator: &Emulator, world: &World, key: usize) -> TestTpp {
    let tpp = world.tpp().signing_key(rsa_key(key));
    let tpp = tpp.transport_key(Key::generate(KeyAlgorithm::EcP256).unwrap());
    let tpp = tpp.create().await.unwrap();
    TestTpp {
        http: http_client(&tpp),
        mtls: emulator.url(BANK),
        tpp,
    }
}

/// The status and the error of an answer.
async fn refused(answer: reqwest::Response) -> (u16, Value) {
    let status = answer.status().as_u16();
    (status, json(answer).await["error"].clone())
}

#[tokio::test]
async fn a_certificate_of_a_deleted_world_is_no_other_worlds() {
    let bank = TestBank::start().await;
    let emulator = &bank.emulator;
    let (gone, there) = (
        emulator.world().await.unwrap(),
        emulator.world().await.unwrap(),
    );
    let orphan = first_tpp(emulator, &gone, 0).await;
    let namesake = first_tpp(emulator, &there, 1).await;
    assert_eq!(orphan.tpp.software_id(), namesake.tpp.software_id());
    let client_id = namesake.registered().await;
    drop(gone);
    let stolen = TestTpp {
        mtls: there.url(BANK),
        ..orphan
    };
    let request = namesake.request().sign().unwrap();
    let answer = stolen.post(request.clone()).await;
    assert_eq!(refused(answer).await, (401, value!("invalid_client")));
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", &client_id),
    ];
    let answer = stolen.token_request(&form).await;
    assert_eq!(refused(answer).await, (401, value!("invalid_client")));
    // Nor does it meet the banks of the default world, and their scenarios.
    let homeless = TestTpp {
        mtls: emulator.url(BANK),
        ..stolen
    };
    let answer = homeless.post(request).await;
    assert_eq!(refused(answer).await, (404, value!("unknown_world")));
    // The other one goes on.
    namesake.token(&client_id).await;
}

#[tokio::test]
async fn a_certificate_of_a_deleted_tpp_stays_its_worlds_and_opens_nothing() {
    let bank = TestBank::start().await;
    let emulator = &bank.emulator;
    let world = emulator.world().await.unwrap();
    let before = first_tpp(emulator, &world, 0).await;
    let client_id = before.registered().await;
    let name = world.name();
    let (path, reset) = (
        format!("/api/worlds/{name}/tpps/{}", before.tpp.software_id()),
        format!("/api/worlds/{name}/reset"),
    );
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", client_id.as_str()),
    ];
    assert_eq!(call(emulator, "DELETE", &path, value!({})).await.0, 204);
    let answer = before.token_request(&form).await;
    assert_eq!(refused(answer).await, (401, value!("invalid_client")));
    assert_eq!(world.exchanges().len(), 2);
    assert!(emulator.exchanges().is_empty());
    // After a reset the next TPP has its names, but not its certificate.
    done(emulator, "POST", &reset, value!({})).await;
    let after = first_tpp(emulator, &world, 1).await;
    assert_eq!(before.tpp.software_id(), after.tpp.software_id());
    let answer = before.post(after.request().sign().unwrap()).await;
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    after.registered().await;
}

#[tokio::test]
async fn a_certificate_is_valid_at_the_time_of_its_world_too() {
    let bank = TestBank::start().await;
    let emulator = &bank.emulator;
    for (key, days) in [-3_000, -1, 400, 2_000].into_iter().enumerate() {
        let world = emulator.world().await.unwrap();
        let offset = time::Duration::days(days);
        world.clock().set_offset(offset).unwrap();
        let tpp = first_tpp(emulator, &world, key % 3).await;
        tpp.registered().await;
        // But not for ever.
        let beyond = time::Duration::days(5_000);
        world.clock().set_offset(beyond).unwrap();
        let answer = tpp.post(tpp.request().sign().unwrap()).await;
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{days}");
    }
}
