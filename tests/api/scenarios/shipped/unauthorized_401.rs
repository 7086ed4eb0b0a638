//! `unauthorized-401`: Tokens are refused whatever they are.

use super::ground::{Ground, REGISTERING, WAYS};

pub const NAME: &str = "unauthorized-401";

#[tokio::test]
async fn no_token_is_good_enough_to_manage_a_client_though_all_else_works() {
    for way in WAYS {
        let ground = Ground::start(NAME, way).await;
        for bank in REGISTERING {
            let tpp = ground.tpp(bank).await;
            let mut client = tpp.registered().await;
            for fresh in [false, true] {
                // In Brazil there is no other token than the one of the registration.
                if fresh && bank != super::ground::BRAZIL {
                    client.token = tpp.access_token(&client.id).await;
                }
                if tpp.can_read() {
                    tpp.read(&client).await.assert_token_refused(bank);
                }
                if tpp.can_replace() {
                    tpp.replace(&client).await.assert_token_refused(bank);
                }
                tpp.delete(&client).await.assert_token_refused(bank);
            }
            assert_eq!(ground.clients(bank).await, [client.id], "{bank}");
        }
    }
}
