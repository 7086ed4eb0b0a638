//! Software statements, as the directory hands them out.

use aspsp_emulator::dialect::Operation::Assertion;
use aspsp_emulator::domain::ecosystem::Ecosystem;

use super::{BANK, assertion_of, reader};
use crate::br_helpers::{Ground, Refused, members, part};

/// Found by the tests below.
pub const REFUSED: &[Refused] = &[
    (Assertion, "client_unknown"),
    (Assertion, "statement_of_another_client"),
];

#[tokio::test]
async fn a_statement_is_in_the_form_of_its_directory() {
    let ground = Ground::start().await;
    for (ecosystem, media, kid) in [
        (Ecosystem::Uk, "application/jws+json", None),
        (Ecosystem::Brazil, "application/jwt", Some("signer")),
    ] {
        let reader = reader(&ground, ecosystem).await;
        let answer = reader.get(&reader.assertion()).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("content-type"), media);
        assert_eq!(answer.header("cache-control"), "no-store");
        assert!(!answer.header("x-fapi-interaction-id").is_empty());
        let text = String::from_utf8(answer.body).unwrap();
        let own = reader.caller.tpp.statement().unwrap();
        let (claims, expected) = (part(&text, 1), part(&own, 1));
        assert_eq!(members(&claims), members(&expected));
        assert_eq!(claims["software_id"], reader.id());
        assert_eq!(claims["iat"], ground.emulator.clock().unix());
        assert_eq!(part(&text, 0), part(&own, 0));
        if let Some(kid) = kid {
            assert_eq!(part(&text, 0)["kid"], kid);
        }
    }
}

#[tokio::test]
async fn the_statement_handed_out_registers_at_a_bank() {
    let ground = Ground::start().await;
    let reader = reader(&ground, Ecosystem::Brazil).await;
    let answer = reader.get(&reader.assertion()).await;
    let text = String::from_utf8(answer.body).unwrap();
    let mut at_bank = reader.caller.clone();
    at_bank.base = ground.emulator.url("open-finance-brasil");
    let request = at_bank.tpp.registration_request("open-finance-brasil");
    let body = request.claim("software_statement", text).to_json().unwrap();
    let headers = [("content-type", "application/json")];
    let made = at_bank
        .send(reqwest::Method::POST, "/reg", &headers, body)
        .await;
    made.assert_json(201, "register");
}

#[tokio::test]
async fn software_of_the_same_organisation_is_its_own() {
    let ground = Ground::start().await;
    let reader = reader(&ground, Ecosystem::Brazil).await;
    let org = reader.caller.tpp.org_id().to_string();
    let sibling = ground
        .tpp_with(BANK, Ecosystem::Brazil, |tpp| tpp.org_id(org))
        .await;
    assert_eq!(reader.get(&assertion_of(&sibling)).await.status, 200);
}

#[tokio::test]
async fn a_statement_of_another_organisation_is_403() {
    let ground = Ground::start().await;
    let reader = reader(&ground, Ecosystem::Uk).await;
    for ecosystem in [Ecosystem::Uk, Ecosystem::Brazil] {
        let other = ground.tpp(BANK, ecosystem).await;
        let path = assertion_of(&other);
        reader.get(&path).await.assert_empty(403, &path);
    }
}

#[tokio::test]
async fn software_that_is_not_there_or_of_another_organisation_in_the_path_is_404() {
    let ground = Ground::start().await;
    let reader = reader(&ground, Ecosystem::Uk).await;
    let other = ground.tpp(BANK, Ecosystem::Uk).await;
    let (org, software) = (reader.caller.tpp.org_id(), reader.caller.tpp.software_id());
    let (other_org, other_software) = (other.tpp.org_id(), other.tpp.software_id());
    for (org, software) in [
        (org.as_str(), "unknown"),
        ("unknown", software.as_str()),
        (org.as_str(), other_software.as_str()),
        (other_org.as_str(), software.as_str()),
        ("%3C", "%3E"),
    ] {
        let path = format!("/organisations/{org}/softwarestatements/{software}/assertion");
        let text = reader.get(&path).await.errors(404, &path);
        assert!(text.ends_with("(client_unknown)"), "{text}");
    }
}
