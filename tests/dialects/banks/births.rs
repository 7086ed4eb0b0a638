//! When clients, tokens, keys and certificates came to be.

use std::time::Duration;

use aspsp_emulator::dialect::Operation;
use aspsp_emulator::domain::client::AuthMethod;
use aspsp_emulator::domain::ecosystem::Ecosystem;
use aspsp_emulator::domain::ids::{KeyId, SoftwareId};
use certs_gen::Flaw;

use super::*;

#[tokio::test]
async fn clients_and_tokens_are_born_to_the_millisecond() {
    let world = world();
    let tpp = tpp(&world, Ecosystem::Uk);
    let bank = bank(&world, UK);
    world.clock.advance(Duration::from_millis(1_234));
    let stored = world.clock.unix_millis();
    let client = id_of(&register(&world, &tpp, &bank, AuthMethod::TlsClientAuth).await);
    world.clock.advance(Duration::from_millis(777));
    let issued = world.clock.unix_millis();
    let token = token(&world, &tpp, &bank, &client).await;
    world.clock.advance(Duration::from_secs(5));
    let read = managing(&world, &tpp, Operation::Read, &client, &token);
    let caller = bank.caller(&read).await;
    assert_eq!(caller.client_born, Some(stored));
    assert_eq!(caller.token_born, Some(issued));
    assert_eq!(issued - stored, 777);
}

#[tokio::test]
async fn a_client_that_is_replaced_is_as_old_as_before() {
    let world = world();
    let tpp = tpp(&world, Ecosystem::Uk);
    let bank = bank(&world, UK);
    let method = AuthMethod::TlsClientAuth;
    let stored = world.clock.unix_millis();
    let client = id_of(&register(&world, &tpp, &bank, method).await);
    let token = token(&world, &tpp, &bank, &client).await;
    world.clock.advance(Duration::from_secs(2));
    let request = registration(&world, &tpp, &bank, method);
    let update = Call {
        content_type: request.content_type,
        body: request.body,
        ..managing(&world, &tpp, Operation::Update, &client, &token)
    };
    assert!(bank.update(&update).await.result.is_ok());
    let caller = bank.caller(&update).await;
    assert_eq!(caller.client_born, Some(stored));
}

#[tokio::test]
async fn a_registration_access_token_is_born_with_its_client() {
    let world = world();
    let tpp = tpp(&world, Ecosystem::Brazil);
    let bank = bank(&world, BRAZIL);
    let client = register(&world, &tpp, &bank, AuthMethod::TlsClientAuth).await;
    let token = client["registration_access_token"].as_str().unwrap();
    let read = managing(&world, &tpp, Operation::Read, &id_of(&client), token);
    let caller = bank.caller(&read).await;
    assert_eq!(caller.token_born, Some(world.clock.unix_millis()));
    assert_eq!(caller.client_born, caller.token_born);
}

#[test]
fn keys_are_born_when_they_are_published_and_certificates_when_they_are_made() {
    let world = world();
    let directory = &world.directory;
    tpp(&world, Ecosystem::Uk);
    world.clock.advance(Duration::from_secs(90));
    let made = world.clock.unix_millis();
    let tpp = tpp(&world, Ecosystem::Uk);
    world.clock.advance(Duration::from_secs(90));
    let software = &tpp.identity.software_id;
    assert_eq!(directory.born_of_key(software, &tpp.kid()), Some(made));
    let transport = &tpp.transport().kid;
    assert_eq!(directory.born_of_key(software, transport), Some(made));
    assert_eq!(directory.born_of_certificate(&certificate(&tpp)), made);
    assert_eq!(directory.born_of_key(software, &KeyId::new("no")), None);
    let nobody = SoftwareId::new("nobody");
    assert_eq!(directory.born_of_key(&nobody, &tpp.kid()), None);
}

#[test]
fn a_certificate_that_was_there_before_is_as_old_as_it_says() {
    let (first, second) = (world(), world());
    let tpp = tpp(&first, Ecosystem::Uk);
    let read = certificate(&tpp);
    let start = read.not_before * 1_000;
    assert_eq!(second.directory.born_of_certificate(&read), start);
    let taken_up = TppPlan {
        identity: Some(tpp.identity.clone()),
        transport_key: Some(GivenKey::Certified {
            key: tpp.transport().key.clone(),
            certificate: tpp.transport().certificate.clone(),
            kid: tpp.transport().kid.clone(),
        }),
        ..plan(Ecosystem::Uk)
    };
    second.directory.add(taken_up).unwrap();
    assert_eq!(second.directory.born_of_certificate(&read), start);
}

#[test]
fn the_certificate_of_another_organisation_has_an_age_but_not_that_owner() {
    use aspsp_emulator::dialect::trust::Trust as _;
    let world = world();
    let plan = TppPlan {
        transport_flaw: Some(Flaw::WrongOrg),
        ..plan(Ecosystem::Uk)
    };
    let tpp = world.directory.add(plan).unwrap();
    let read = certificate(&tpp);
    let made = world.directory.born_of_certificate(&read);
    assert_eq!(made, world.clock.unix_millis());
    let owner = world.directory.owner(&read).and_then(|owner| owner.org_id);
    assert_ne!(owner.as_ref(), Some(&tpp.identity.org_id));
}
