//! Who calls, as scenarios match it.

use aspsp_emulator::dialect::Operation;
use aspsp_emulator::domain::client::AuthMethod;
use aspsp_emulator::domain::ecosystem::Ecosystem;
use aspsp_emulator::domain::ids::{OrgId, SoftwareId};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use certs_gen::Kind;

use super::*;

fn is_of(tpp: &Tpp, software: Option<&SoftwareId>, org: Option<&OrgId>) {
    assert_eq!(software, Some(&tpp.identity.software_id));
    assert_eq!(org, Some(&tpp.identity.org_id));
}

#[tokio::test]
async fn a_certificate_of_the_directory_names_its_owner_whatever_its_kind() {
    let world = world();
    let bank = bank(&world, UK);
    for kind in [Kind::ObTransport, Kind::Obwac, Kind::Brcac] {
        let ecosystem = match kind {
            Kind::Brcac => Ecosystem::Brazil,
            _ => Ecosystem::Uk,
        };
        let plan = TppPlan {
            transport_kind: Some(kind),
            ..plan(ecosystem)
        };
        let tpp = world.directory.add(plan).unwrap();
        let caller = bank.caller(&call(&world, &tpp, Operation::Register)).await;
        is_of(&tpp, caller.software_id.as_ref(), caller.org_id.as_ref());
        assert!(caller.client_id.is_none() && caller.client.is_none());
        assert!(caller.client_born.is_none() && caller.token_born.is_none());
    }
}

#[tokio::test]
async fn a_certificate_made_elsewhere_names_what_its_subject_does() {
    let world = world();
    let bank = bank(&world, UK);
    let elsewhere = self::world();
    let legacy = TppPlan {
        transport_kind: Some(Kind::ObTransport),
        ..plan(Ecosystem::Uk)
    };
    let legacy = elsewhere.directory.add(legacy).unwrap();
    let caller = bank
        .caller(&call(&world, &legacy, Operation::Register))
        .await;
    is_of(&legacy, caller.software_id.as_ref(), caller.org_id.as_ref());
    let obwac = TppPlan {
        transport_kind: Some(Kind::Obwac),
        ..plan(Ecosystem::Uk)
    };
    let obwac = elsewhere.directory.add(obwac).unwrap();
    let caller = bank
        .caller(&call(&world, &obwac, Operation::Register))
        .await;
    assert_eq!(caller.org_id.as_ref(), Some(&obwac.identity.org_id));
    assert_eq!(caller.software_id, None);
}

#[tokio::test]
async fn an_eidas_certificate_names_the_organisation_that_is_listed_with_its_registration() {
    let (world, elsewhere) = (world(), world());
    let listed = tpp(&world, Ecosystem::Uk);
    let qwac = |identity| TppPlan {
        identity,
        transport_kind: Some(Kind::Qwac),
        ..plan(Ecosystem::Uk)
    };
    let identity = Some(listed.identity.clone());
    let known = elsewhere.directory.add(qwac(identity)).unwrap();
    let unknown = elsewhere.directory.add(qwac(None)).unwrap();
    let bank = bank(&world, UK);
    for (tpp, expected) in [(&known, Some(&listed.identity.org_id)), (&unknown, None)] {
        let caller = bank.caller(&call(&world, tpp, Operation::Register)).await;
        assert_eq!(caller.org_id.as_ref(), expected);
        assert_eq!(caller.software_id, None);
    }
}

#[tokio::test]
async fn without_a_certificate_the_owner_is_the_clients() {
    let world = world();
    let tpp = tpp(&world, Ecosystem::Uk);
    let bank = bank(&world, UK);
    let client = id_of(&register(&world, &tpp, &bank, AuthMethod::TlsClientAuth).await);
    let read = Call {
        certificate: None,
        ..managing(&world, &tpp, Operation::Read, &client, "nothing")
    };
    let caller = bank.caller(&read).await;
    is_of(&tpp, caller.software_id.as_ref(), caller.org_id.as_ref());
    assert_eq!(caller.client.map(|stored| stored.id.clone()), Some(client));
    assert_eq!(caller.token_born, None);
}

#[tokio::test]
async fn a_borrowed_certificate_does_not_take_its_owner_from_the_client() {
    let world = world();
    let (tpp, other) = (tpp(&world, Ecosystem::Uk), tpp(&world, Ecosystem::Uk));
    let bank = bank(&world, UK);
    let client = id_of(&register(&world, &tpp, &bank, AuthMethod::TlsClientAuth).await);
    let caller = bank
        .caller(&managing(&world, &other, Operation::Read, &client, "t"))
        .await;
    is_of(&other, caller.software_id.as_ref(), caller.org_id.as_ref());
    assert_eq!(caller.client_id, Some(client));
}

#[tokio::test]
async fn the_client_is_that_of_the_path_then_of_the_credentials_then_of_the_token() {
    let world = world();
    let tpp = tpp(&world, Ecosystem::Uk);
    let bank = bank(&world, UK);
    let client = id_of(&register(&world, &tpp, &bank, AuthMethod::TlsClientAuth).await);
    let token = token(&world, &tpp, &bank, &client).await;
    let path = ClientId::new("path");
    let of_path = managing(&world, &tpp, Operation::Read, &path, &token);
    let of_token = Call {
        client_id: None,
        ..of_path.clone()
    };
    let basic = STANDARD.encode("of-basic:secret");
    let of_basic = Call {
        authorization: Some(format!("Basic {basic}")),
        ..token_request(&world, &tpp, &[])
    };
    let named = ClientId::new("of-assertion");
    for (call, expected) in [
        (of_path, "path"),
        (of_token, client.as_str()),
        (
            token_request(&world, &tpp, &[("client_id", "of-form")]),
            "of-form",
        ),
        (of_basic, "of-basic"),
        (asserting(&world, &tpp, &bank, &named, "j"), "of-assertion"),
    ] {
        let caller = bank.caller(&call).await;
        let found = caller.client_id.as_ref().map(ClientId::as_str);
        assert_eq!(found, Some(expected));
        assert_eq!(caller.client.is_some(), expected == client.as_str());
    }
    let nobody = token_request(&world, &tpp, &[]);
    assert_eq!(bank.caller(&nobody).await.client_id, None);
}

#[tokio::test]
async fn asking_who_calls_uses_no_assertion_up() {
    let world = world();
    let tpp = tpp(&world, Ecosystem::Uk);
    let bank = bank(&world, UK);
    let client = id_of(&register(&world, &tpp, &bank, AuthMethod::PrivateKeyJwt).await);
    let call = asserting(&world, &tpp, &bank, &client, "j");
    let caller = bank.caller(&call).await;
    assert_eq!(caller.client_id, Some(client));
    assert!(bank.issue_token(&call).await.result.is_ok());
}
