//! `forbidden-403`: Nothing is permitted.

use super::answer::Answer;
use super::ground::{BRAZIL, Ground, REGISTERING, WAYS, Way};

pub const NAME: &str = "forbidden-403";

fn assert_forbidden(answer: &Answer, bank: &str) {
    if bank == BRAZIL {
        answer.assert_scripted_error(403, "invalid_request", bank);
    } else {
        answer.assert_empty(403, bank);
    }
    assert_eq!(answer.header("www-authenticate"), None, "{bank}");
}

#[tokio::test]
async fn nobody_may_register() {
    for way in WAYS {
        let ground = Ground::start(NAME, way).await;
        for bank in REGISTERING {
            let tpp = ground.tpp(bank).await;
            assert_forbidden(&tpp.register().await, bank);
            assert!(ground.clients(bank).await.is_empty(), "{bank}");
            assert_eq!(tpp.get("/jwks").await.status, 200, "{bank}");
        }
    }
}

#[tokio::test]
async fn nobody_may_manage_a_client_whatever_the_token() {
    let ground = Ground::start(NAME, Way::ByHeader).await;
    for bank in REGISTERING {
        let tpp = ground.tpp(bank).await;
        let client = tpp.plain().registered().await;
        if tpp.can_read() {
            assert_forbidden(&tpp.read(&client).await, bank);
        }
        if tpp.can_replace() {
            assert_forbidden(&tpp.replace(&client).await, bank);
        }
        assert_forbidden(&tpp.delete(&client).await, bank);
        assert_eq!(ground.clients(bank).await, [client.id.as_str()]);
        // Tokens are issued, and who does not ask for the scenario is served.
        tpp.token(&client.id).await.assert_status(200, bank);
        tpp.plain().delete(&client).await.assert_status(204, bank);
    }
}
