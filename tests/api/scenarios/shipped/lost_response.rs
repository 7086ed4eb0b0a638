//! `lost-response`: A client is registered, and its TPP does not get to know.

use aspsp_emulator::config::BankConfig;
use serde_json::json;

use super::ground::{Caller, Ground, REGISTERING, WAYS, Way};
use super::raw::{self, End};

pub const NAME: &str = "lost-response";

#[tokio::test]
async fn the_first_client_is_stored_without_a_byte_of_answer_and_a_second_can_be_had() {
    for way in WAYS {
        for bank in REGISTERING {
            let ground = Ground::start(NAME, way).await;
            let tpp = ground.tpp(bank).await;
            assert_eq!(
                raw::register(&ground, &tpp).await,
                (String::new(), End::Closed),
                "{bank}"
            );
            let lost = ground.clients(bank).await;
            assert_eq!(lost.len(), 1, "{bank}");
            let client = tpp.registered().await;
            assert_eq!(ground.clients(bank).await, [lost[0].clone(), client.id]);
        }
    }
}

#[tokio::test]
async fn over_http_2_the_stream_is_reset_and_the_connection_stays() {
    for way in WAYS {
        let ground = Ground::start(NAME, way).await;
        let tpp = ground.tpp("uk-ob-3.3").await.over_http2();
        assert_eq!(tpp.get("/jwks").await.status, 200);
        let error = tpp.try_register().await.unwrap_err();
        let text = format!("{error:?}");
        assert!(text.contains("Reset(StreamId("), "{text}");
        assert_eq!(ground.clients("uk-ob-3.3").await.len(), 1);
        assert_eq!(tpp.get("/jwks").await.status, 200);
        tpp.register().await.assert_status(201, "second");
        assert_eq!(ground.clients("uk-ob-3.3").await.len(), 2);
    }
}

#[tokio::test]
async fn what_is_refused_is_lost_too_but_stores_nothing() {
    let ground = Ground::start(NAME, Way::InForce).await;
    let other = ground.tpp("uk-ob-3.3").await;
    // Another's certificate is not that of the statement.
    let tpp = Caller {
        http: other.http,
        ..ground.tpp("uk-ob-3.3").await
    };
    tpp.try_register().await.unwrap_err();
    assert!(ground.clients("uk-ob-3.3").await.is_empty());
    tpp.register().await.assert_status(400, "second");
}

#[tokio::test]
async fn where_a_software_is_taken_once_trying_again_is_refused() {
    const STRICT: &str = "takes-once";
    let bank = BankConfig {
        id: STRICT.to_owned(),
        base_path: format!("/{STRICT}"),
        policy: serde_json::from_value(json!({"duplicates": "reject"})).unwrap(),
        ..BankConfig::of(&aspsp_emulator::dialect::uk_ob_3_3::DIALECT)
    };
    let ground = Ground::start_with(NAME, Way::InForce, |builder| builder.bank(bank)).await;
    let tpp = ground.tpp(STRICT).await;
    tpp.try_register().await.unwrap_err();
    assert_eq!(ground.clients(STRICT).await.len(), 1);
    let answer = tpp.register().await;
    answer.assert_error(400, "invalid_client_metadata", STRICT);
    assert_eq!(ground.clients(STRICT).await.len(), 1);
}
