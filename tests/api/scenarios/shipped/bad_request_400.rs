//! `bad-request-400`: Requests are bad whatever they say.

use super::ground::{Ground, REGISTERING, WAYS, Way};

pub const NAME: &str = "bad-request-400";

#[tokio::test]
async fn what_is_right_is_refused_as_the_bank_refuses_what_is_wrong_and_nothing_is_registered() {
    for way in WAYS {
        let ground = Ground::start(NAME, way).await;
        for bank in REGISTERING {
            let tpp = ground.tpp(bank).await;
            for _ in 0..2 {
                let answer = tpp.register().await;
                answer.assert_scripted_error(400, "invalid_client_metadata", bank);
            }
            assert!(ground.clients(bank).await.is_empty(), "{bank}");
            assert_eq!(tpp.get("/jwks").await.status, 200, "{bank}");
        }
    }
}

#[tokio::test]
async fn a_client_is_not_replaced_but_read_and_deleted_as_ever() {
    let ground = Ground::start(NAME, Way::ByHeader).await;
    for bank in REGISTERING {
        let tpp = ground.tpp(bank).await;
        let client = tpp.plain().registered().await;
        assert_eq!(ground.clients(bank).await, [client.id.as_str()]);
        if tpp.can_replace() {
            let before = tpp.read(&client).await;
            let answer = tpp.replace(&client).await;
            answer.assert_scripted_error(400, "invalid_client_metadata", bank);
            let after = tpp.read(&client).await;
            after.assert_status(200, bank);
            assert_eq!(after.body, before.body, "{bank}");
            tpp.plain().replace(&client).await.assert_status(200, bank);
        }
        tpp.token(&client.id).await.assert_status(200, bank);
        tpp.delete(&client).await.assert_status(204, bank);
        assert!(ground.clients(bank).await.is_empty(), "{bank}");
    }
}
