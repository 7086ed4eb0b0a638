//! Checks that are run over a call without consequences.

use aspsp_emulator::bank::Ruling;
use aspsp_emulator::dialect::Operation;
use aspsp_emulator::dialect::call::Call;
use aspsp_emulator::dialect::checks::Verdict;
use aspsp_emulator::dialect::judgement::CheckResult;
use aspsp_emulator::domain::client::AuthMethod;
use aspsp_emulator::domain::ecosystem::Ecosystem;
use aspsp_emulator::domain::ids::ClientId;
use serde_json::{from_value, json};

use super::*;

fn failed(results: &[CheckResult]) -> Vec<&'static str> {
    let failed = results
        .iter()
        .filter(|result| result.result == Verdict::Failed);
    failed.map(|result| result.check).collect()
}

fn same<T>(examined: &[CheckResult], ruling: &Ruling<T>) {
    assert!(!examined.is_empty());
    assert_eq!(examined, ruling.checks);
}

#[tokio::test]
async fn a_registration_that_is_examined_uses_nothing_up() {
    let world = world();
    let tpp = tpp(&world, Ecosystem::Uk);
    let once = json!({
        "request_single_use": true, "ssa_single_use": true, "duplicates": "reject",
    });
    let bank = bank(&world, UK).with_policy([&from_value(once).unwrap()]);
    let call = registration(&world, &tpp, &bank, AuthMethod::TlsClientAuth);
    for _ in 0..2 {
        assert_eq!(failed(&bank.examine(&call).await), [""; 0]);
    }
    assert!(bank.clients().await.is_empty());
    let examined = bank.examine(&call).await;
    let ruling = bank.register(&call).await;
    assert!(ruling.result.is_ok(), "{:?}", ruling.refused_by);
    same(&examined, &ruling);
    assert_eq!(
        failed(&bank.examine(&call).await),
        [
            "statement_reused",
            "request_replayed",
            "software_already_registered"
        ]
    );
}

#[tokio::test]
async fn an_assertion_that_is_examined_still_counts_and_one_that_was_used_does_not() {
    let world = world();
    let tpp = tpp(&world, Ecosystem::Uk);
    let bank = bank(&world, UK);
    let client = id_of(&register(&world, &tpp, &bank, AuthMethod::PrivateKeyJwt).await);
    let call = asserting(&world, &tpp, &bank, &client, "once");
    for _ in 0..2 {
        assert_eq!(failed(&bank.examine(&call).await), [""; 0]);
    }
    let examined = bank.examine(&call).await;
    let ruling = bank.issue_token(&call).await;
    assert!(ruling.result.is_ok(), "{:?}", ruling.refused_by);
    same(&examined, &ruling);
    let failure = ["client_authentication_failed"];
    assert_eq!(failed(&bank.examine(&call).await), failure);
    let again = bank.issue_token(&call).await;
    assert_eq!(failed(&again.checks), failure);
    assert_eq!(again.result.unwrap_err().status, 401);
}

#[tokio::test]
async fn an_assertion_is_used_up_by_a_request_that_is_refused_for_something_else() {
    let world = world();
    let tpp = tpp(&world, Ecosystem::Uk);
    let bank = bank(&world, UK);
    let client = id_of(&register(&world, &tpp, &bank, AuthMethod::PrivateKeyJwt).await);
    let good = asserting(&world, &tpp, &bank, &client, "once");
    let body = [&good.body[..], b"&scope=unknown"].concat();
    let greedy = Call {
        body: body.into(),
        ..good.clone()
    };
    let refused = bank.issue_token(&greedy).await;
    assert_eq!(refused.refused_by, Some("scope_not_granted"));
    let late = bank.issue_token(&good).await;
    assert_eq!(late.refused_by, Some("client_authentication_failed"));
}

#[tokio::test]
async fn no_token_is_lost_to_an_examination() {
    for (id, ecosystem) in [(UK, Ecosystem::Uk), (BRAZIL, Ecosystem::Brazil)] {
        let world = world();
        let tpp = tpp(&world, ecosystem);
        let bank = bank(&world, id);
        let client = register(&world, &tpp, &bank, AuthMethod::TlsClientAuth).await;
        let other = register(&world, &tpp, &bank, AuthMethod::TlsClientAuth).await;
        let (mine, others) = (id_of(&client), id_of(&other));
        let token = match client["registration_access_token"].as_str() {
            Some(token) => token.to_owned(),
            None => token(&world, &tpp, &bank, &mine).await,
        };
        let read = managing(&world, &tpp, Operation::Read, &mine, &token);
        let unknown = ClientId::new("unknown");
        for stranger in [&unknown, &others] {
            let probe = managing(&world, &tpp, Operation::Read, stranger, &token);
            assert_eq!(failed(&bank.examine(&probe).await).len(), 1, "{id}");
        }
        for operation in [Operation::Read, Operation::Delete] {
            let own = managing(&world, &tpp, operation, &mine, &token);
            assert_eq!(failed(&bank.examine(&own).await), [""; 0], "{id}");
        }
        same(&bank.examine(&read).await, &bank.read(&read).await);
        let probe = managing(&world, &tpp, Operation::Read, &unknown, &token);
        assert_eq!(bank.read(&probe).await.refused_by, Some("client_unknown"));
        assert_eq!(
            failed(&bank.examine(&read).await),
            ["token_invalid"],
            "{id}"
        );
        assert_eq!(bank.clients().await.len(), 2);
    }
}

#[tokio::test]
async fn a_directory_that_examines_keeps_no_client() {
    let world = world();
    let tpp = tpp(&world, Ecosystem::Uk);
    let bank = bank(&world, DIRECTORY);
    let software = ClientId::new(tpp.identity.software_id.as_str());
    let scope = [
        ("client_id", software.as_str()),
        ("scope", "directory:software"),
    ];
    let call = token_request(&world, &tpp, &scope);
    let examined = bank.examine(&call).await;
    assert_eq!(failed(&examined), [""; 0]);
    assert!(bank.clients().await.is_empty());
    let ruling = bank.issue_token(&call).await;
    same(&examined, &ruling);
    assert_eq!(bank.clients().await.len(), 1);
    let token = ruling.result.unwrap()["access_token"].clone();
    let item = managing(
        &world,
        &tpp,
        Operation::Client,
        &software,
        token.as_str().unwrap(),
    );
    same(&bank.examine(&item).await, &bank.read_listed(&item).await);
    let list = Call {
        client_id: None,
        query: Some("page=x".to_owned()),
        operation: Operation::Clients,
        ..item.clone()
    };
    assert_eq!(failed(&bank.examine(&list).await), ["query_malformed"]);
    let statement = Call {
        client_id: None,
        operation: Operation::Assertion,
        software_id: Some(tpp.identity.software_id.clone()),
        org_id: Some(tpp.identity.org_id.clone()),
        ..item
    };
    let examined = bank.examine(&statement).await;
    same(&examined, &bank.assertion(&statement, None).await);
}

#[tokio::test]
async fn the_claims_of_an_assertion_are_altered_before_they_are_signed() {
    let world = world();
    let tpp = tpp(&world, Ecosystem::Uk);
    let bank = bank(&world, DIRECTORY);
    let software = tpp.identity.software_id.as_str();
    let form = [("client_id", software), ("scope", "directory:software")];
    let token = bank.issue_token(&token_request(&world, &tpp, &form)).await;
    let token = token.result.unwrap()["access_token"].clone();
    let call = Call {
        authorization: Some(format!("Bearer {}", token.as_str().unwrap())),
        software_id: Some(tpp.identity.software_id.clone()),
        org_id: Some(tpp.identity.org_id.clone()),
        ..self::call(&world, &tpp, Operation::Assertion)
    };
    let revoked = |claims: &mut Value| claims["org_status"] = "Revoked".into();
    let statement = bank.assertion(&call, Some(&revoked)).await.result.unwrap();
    let uk = self::bank(&world, UK);
    let claims = world.request_claims(&uk, &tpp, &statement.text, AuthMethod::TlsClientAuth);
    let call = Call {
        body: signed(&tpp, claims).into(),
        ..registration(&world, &tpp, &uk, AuthMethod::TlsClientAuth)
    };
    // It is believed, and refused for what it says now.
    assert_eq!(
        failed(&uk.examine(&call).await),
        ["organisation_not_active"]
    );
}

#[tokio::test]
async fn operations_without_checks_have_none_to_examine() {
    let world = world();
    let tpp = tpp(&world, Ecosystem::Uk);
    for bank in world.banks() {
        for operation in [Operation::Discovery, Operation::Jwks] {
            let results = bank.examine(&call(&world, &tpp, operation)).await;
            assert_eq!(results, [], "{}", bank.id);
        }
    }
}
