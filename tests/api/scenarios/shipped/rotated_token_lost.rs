//! `rotated-token-lost`: A registration access token changes, and the new one is lost.

use super::ground::{BRAZIL, Caller, Ground, REGISTERING, Registered, WAYS, Way};

pub const NAME: &str = "rotated-token-lost";

fn replacing() -> impl Iterator<Item = &'static str> {
    REGISTERING
        .into_iter()
        .filter(|bank| !["uk-ob-3.1", "virgin-money"].contains(bank))
}

/// A client, and the registration access token that this scenario has every bank give out.
async fn with_registration_token(tpp: &Caller) -> Registered {
    let answer = tpp.register().await;
    answer.assert_status(201, tpp.bank);
    Registered {
        id: answer.text("client_id"),
        token: answer.text("registration_access_token"),
    }
}

#[tokio::test]
async fn the_client_is_replaced_but_its_token_is_good_no_more() {
    for way in WAYS {
        let ground = Ground::start(NAME, way).await;
        for bank in replacing() {
            let tpp = ground.tpp(bank).await;
            let client = with_registration_token(&tpp).await;
            tpp.read(&client).await.assert_status(200, bank);
            tpp.try_replace(&client).await.unwrap_err();
            for _ in 0..2 {
                tpp.read(&client).await.assert_token_refused(bank);
                tpp.replace(&client).await.assert_token_refused(bank);
                tpp.delete(&client).await.assert_token_refused(bank);
            }
            let clients = ground.emulator.clients(bank).await.unwrap();
            assert_eq!(clients.len(), 1, "{bank}");
            // A token of the token endpoint is the way out: it shows what was replaced.
            let fresh = Registered {
                token: tpp.access_token(&client.id).await,
                ..client
            };
            let answer = tpp.read(&fresh).await;
            answer.assert_status(200, bank);
            assert_eq!(answer.text("scope").split(' ').count(), 2, "{bank}");
        }
    }
}

#[tokio::test]
async fn who_manages_with_an_access_token_loses_the_answer_and_no_token() {
    for way in WAYS {
        let ground = Ground::start(NAME, way).await;
        for bank in replacing() {
            let tpp = ground.tpp(bank).await;
            let mut client = with_registration_token(&tpp).await;
            let registration_token = client.token.clone();
            client.token = tpp.access_token(&client.id).await;
            tpp.try_replace(&client).await.unwrap_err();
            tpp.read(&client).await.assert_status(200, bank);
            client.token = registration_token;
            tpp.read(&client).await.assert_status(200, bank);
        }
    }
}

#[tokio::test]
async fn only_the_first_answer_of_each_client_is_lost() {
    let ground = Ground::start(NAME, Way::InForce).await;
    for bank in replacing() {
        let tpp = ground.tpp(bank).await;
        for _ in 0..2 {
            let mut client = with_registration_token(&tpp).await;
            client.token = tpp.access_token(&client.id).await;
            tpp.try_replace(&client).await.unwrap_err();
            tpp.replace(&client).await.assert_status(200, bank);
        }
    }
}

#[tokio::test]
async fn without_the_scenario_tokens_and_answers_are_the_banks_own() {
    let ground = Ground::start(NAME, Way::ByHeader).await;
    let plain = ground.tpp("uk-ob-3.3").await.plain();
    let answer = plain.register().await;
    assert!(answer.json().get("registration_access_token").is_none());
    let plain = ground.tpp(BRAZIL).await.plain();
    let client = plain.registered().await;
    let answer = plain.replace(&client).await;
    answer.assert_status(200, BRAZIL);
    assert_eq!(answer.text("registration_access_token"), client.token);
    plain.read(&client).await.assert_status(200, BRAZIL);
    // Nor does a token of the token endpoint manage a client there.
    let token = plain.access_token(&client.id).await;
    let other = Registered { token, ..client };
    plain.read(&other).await.assert_token_refused(BRAZIL);
}

#[tokio::test]
async fn where_clients_are_not_replaced_nothing_is_lost() {
    let ground = Ground::start(NAME, Way::InForce).await;
    for bank in ["uk-ob-3.1", "virgin-money"] {
        let tpp = ground.tpp(bank).await;
        let client = with_registration_token(&tpp).await;
        tpp.delete(&client).await.assert_status(204, bank);
    }
}
