//! `connection-reset`: A connection is reset before the bank has done anything.

use super::ground::{Ground, REGISTERING, WAYS, Way};
use super::raw::{self, End};

pub const NAME: &str = "connection-reset";

#[tokio::test]
async fn the_first_registration_meets_a_reset_and_the_next_goes_through() {
    for way in WAYS {
        for bank in REGISTERING {
            let ground = Ground::start(NAME, way).await;
            let tpp = ground.tpp(bank).await;
            assert_eq!(
                raw::register(&ground, &tpp).await,
                (String::new(), End::Reset),
                "{bank}"
            );
            assert!(ground.clients(bank).await.is_empty(), "{bank}");
            let (answer, end) = raw::register(&ground, &tpp).await;
            assert!(answer.starts_with("HTTP/1.1 201 Created\r\n"), "{answer}");
            assert_eq!(end, End::Closed, "{bank}");
            assert_eq!(ground.clients(bank).await.len(), 1, "{bank}");
        }
    }
}

#[tokio::test]
async fn an_http_client_sees_an_error_and_the_one_after_works_over_either_version() {
    for way in WAYS {
        for is_http1 in [false, true] {
            let ground = Ground::start(NAME, way).await;
            let tpp = ground.tpp("uk-ob-3.3").await;
            let tpp = if is_http1 {
                tpp.over_http1()
            } else {
                tpp.over_http2()
            };
            // Other operations neither suffer nor count.
            assert_eq!(tpp.get("/jwks").await.status, 200);
            let error = tpp.try_register().await.unwrap_err();
            let text = format!("{error:?}");
            assert!(text.contains("ConnectionReset"), "{text}");
            assert!(ground.clients("uk-ob-3.3").await.is_empty());
            assert_eq!(tpp.get("/jwks").await.status, 200);
            let client = tpp.registered().await;
            tpp.read(&client).await.assert_status(200, "read");
            assert_eq!(ground.clients("uk-ob-3.3").await, [client.id]);
        }
    }
}

#[tokio::test]
async fn who_does_not_ask_for_it_meets_no_reset() {
    let ground = Ground::start(NAME, Way::ByHeader).await;
    let tpp = ground.tpp("uk-ob-3.3").await;
    tpp.plain().register().await.assert_status(201, "plain");
    tpp.try_register().await.unwrap_err();
    tpp.plain().register().await.assert_status(201, "plain");
    tpp.register().await.assert_status(201, "second");
    assert_eq!(ground.clients("uk-ob-3.3").await.len(), 3);
}
