//! The request as a body: its media type, its size, its JSON; and where it is sent.

use aspsp_emulator::dialect::Operation::{Delete, Read, Register, Token, Update};
use aspsp_emulator::domain::ecosystem::Ecosystem;
use reqwest::Method;
use serde_json::json;

use super::cases::{Case, FAPI, UPDATE, body, built, check};
use super::{BANK, SERVER_OWNED, register, request, tpp};
use crate::br_helpers::{Answer, Caller, FORM, Ground, JSON, Refused, stranger};

const UNREADABLE: (&str, &str) = ("invalid_request", "body_not_a_json_object");
const MEDIA_TYPE: (&str, &str) = ("invalid_request", "media_type_unsupported");
const CLIENT_ID: (&str, &str) = ("invalid_request", "client_id_mismatch");

pub fn cases() -> Vec<Case> {
    let mut cases = bodies();
    cases.extend([
        ordinary("no media type", MEDIA_TYPE).untyped(),
        ordinary(
            "a malformed date",
            ("invalid_request", "fapi_header_malformed"),
        )
        .at(FAPI)
        .header("x-fapi-auth-date", "yesterday"),
        built("another client_id", CLIENT_ID, |parties| {
            parties.request().claim("client_id", "another")
        })
        .only(UPDATE),
        built("a null client_id", CLIENT_ID, |parties| {
            parties.request().claim("client_id", json!(null))
        })
        .only(UPDATE),
        built("no client_id", CLIENT_ID, |parties| {
            parties.request().without("client_id")
        })
        .only(UPDATE),
    ]);
    cases.extend(
        [
            "application/jwt",
            "text/plain",
            FORM,
            "application/jose+json",
            "*/*",
        ]
        .map(|media| ordinary(media, MEDIA_TYPE).header("content-type", media)),
    );
    let owned = ("invalid_request", "server_owned_field_sent");
    cases.extend(SERVER_OWNED.map(|name| {
        built(name, owned, move |parties| parties.request().claim(name, 0)).only(UPDATE)
    }));
    cases
}

fn bodies() -> Vec<Case> {
    vec![
        body("an array", UNREADABLE, |_| "[]"),
        body("a string", UNREADABLE, |_| "\"eyJhbGciOiJub25lIn0.e30.\""),
        body("null", UNREADABLE, |_| "null"),
        body("a number", UNREADABLE, |_| "1"),
        body("no JSON", UNREADABLE, |_| "{\"a\":"),
        body("an empty body", UNREADABLE, |_| ""),
        body("a blank", UNREADABLE, |_| " "),
        body("something after the object", UNREADABLE, |_| "{} {}"),
        body("what is not UTF-8", UNREADABLE, |_| {
            b"{\"a\":\"\xff\"}".to_vec()
        }),
        body("a signed request", UNREADABLE, |parties| {
            parties.request().sign().unwrap()
        }),
        body("a deep nest", UNREADABLE, |_| {
            format!("{{\"a\":{}{}}}", "[".repeat(5_000), "]".repeat(5_000))
        }),
        body("a member twice", UNREADABLE, |parties| {
            let text = parties.request().to_json().unwrap();
            text.replacen('{', "{\"scope\":\"openid\",", 1)
        }),
        body("a member twice, further in", UNREADABLE, |parties| {
            let text = parties.request().to_json().unwrap();
            text.replacen('{', "{\"extra\":[{\"a\":1,\"a\":2}],", 1)
        }),
        body(
            "too large a body",
            ("invalid_request", "body_too_large"),
            |_| format!("{{\"extra\":\"{}\"}}", "x".repeat(65 * 1024)),
        ),
    ]
}

fn ordinary(name: &'static str, refusal: (&'static str, &'static str)) -> Case {
    body(name, refusal, |parties| {
        parties.request().to_json().unwrap()
    })
}

#[tokio::test]
async fn a_body_that_cannot_be_a_request_is_refused() {
    check(cases()).await;
}

/// Found by the tests below.
pub const REFUSED: &[Refused] = &[
    (Register, "route_unknown"),
    (Read, "route_unknown"),
    (Update, "route_unknown"),
    (Delete, "route_unknown"),
    (Token, "route_unknown"),
    (Register, "method_not_offered"),
    (Read, "method_not_offered"),
    (Update, "method_not_offered"),
    (Delete, "method_not_offered"),
    (Token, "method_not_offered"),
    (Register, "certificate_missing"),
    (Read, "certificate_missing"),
    (Update, "certificate_missing"),
    (Delete, "certificate_missing"),
    (Token, "certificate_missing"),
    (Register, "certificate_untrusted"),
    (Read, "certificate_untrusted"),
    (Update, "certificate_untrusted"),
    (Delete, "certificate_untrusted"),
    (Token, "certificate_untrusted"),
];

fn assert_unknown(answer: &Answer, check: &str, name: &str) {
    let (error, description) = answer.error(404, name);
    assert_eq!(error, "invalid_request", "{name}");
    assert!(
        description.ends_with(&format!("({check})")),
        "{description}"
    );
    assert_eq!(answer.header("allow"), "", "{name}");
}

#[tokio::test]
async fn a_path_or_method_that_is_not_offered_is_404_in_json_without_allow() {
    let ground = Ground::start().await;
    let tpp = tpp(&ground).await;
    let client = register(&tpp, request(&tpp)).await;
    let own = client.path();
    let beyond = format!("{own}/x");
    for (method, path, check) in [
        (Method::GET, "/reg", "method_not_offered"),
        (Method::PUT, "/reg", "method_not_offered"),
        (Method::DELETE, "/reg", "method_not_offered"),
        (Method::PATCH, "/reg", "method_not_offered"),
        (Method::PATCH, &own, "method_not_offered"),
        (Method::POST, &own, "method_not_offered"),
        (Method::GET, "/token", "method_not_offered"),
        (Method::PUT, "/token", "method_not_offered"),
        (Method::POST, "/register", "route_unknown"),
        (Method::GET, &beyond, "route_unknown"),
        (Method::PUT, &beyond, "route_unknown"),
        (Method::DELETE, &beyond, "route_unknown"),
        (Method::POST, "/token/x", "route_unknown"),
        (Method::GET, "/clients", "route_unknown"),
    ] {
        let name = format!("{method} {path}");
        let answer = tpp.send(method, path, &[], "").await;
        assert_unknown(&answer, check, &name);
    }
}

#[tokio::test]
async fn who_has_no_client_certificate_gets_no_connection() {
    let ground = Ground::start().await;
    let tpp = tpp(&ground).await;
    let nobody = stranger(&ground);
    for (method, path) in [
        (Method::POST, "/reg"),
        (Method::GET, "/reg/x"),
        (Method::PUT, "/reg/x"),
        (Method::DELETE, "/reg/x"),
        (Method::POST, "/token"),
    ] {
        let call = nobody.request(method, format!("{}{path}", tpp.base));
        assert!(call.send().await.is_err(), "{path}");
    }
}

#[tokio::test]
async fn a_certificate_that_is_expired_on_the_emulators_clock_is_401() {
    let ground = Ground::start().await;
    let tpp = tpp(&ground).await;
    let client = register(&tpp, request(&tpp)).await;
    let year = std::time::Duration::from_secs(366 * 24 * 60 * 60);
    ground.emulator.clock().advance(year * 2);
    for (method, path) in [
        (Method::POST, "/reg"),
        (Method::GET, client.path().as_str()),
        (Method::PUT, client.path().as_str()),
        (Method::DELETE, client.path().as_str()),
        (Method::POST, "/token"),
    ] {
        let name = format!("{method} {path}");
        let answer = tpp
            .send(method, path, &[("content-type", JSON)], "{}")
            .await;
        let (error, description) = answer.error(401, &name);
        assert_eq!(error, "invalid_client", "{name}");
        assert!(
            description.ends_with("(certificate_untrusted)"),
            "{description}"
        );
    }
}

async fn status_of(tpp: &Caller, headers: &[(&str, &str)]) -> u16 {
    let body = request(tpp).to_json().unwrap();
    tpp.send(Method::POST, "/reg", headers, body).await.status
}

#[tokio::test]
async fn what_the_engine_forgives_is_forgiven() {
    let ground = Ground::start().await;
    let tpp = tpp(&ground).await;
    for headers in [
        &[("content-type", "application/json; charset=utf-8")][..],
        &[("content-type", "Application/JSON")],
        &[("content-type", JSON), ("accept", "application/json")],
        &[("content-type", JSON), ("accept", "text/plain")],
        &[("content-type", JSON), ("x-fapi-auth-date", "yesterday")],
        &[
            ("content-type", JSON),
            ("x-fapi-interaction-id", "not one!"),
        ],
    ] {
        assert_eq!(status_of(&tpp, headers).await, 201, "{headers:?}");
    }
}

#[tokio::test]
async fn an_interaction_id_is_echoed_or_made_and_never_reflects_what_it_must_not() {
    let ground = Ground::start().await;
    let tpp = ground.tpp(BANK, Ecosystem::Brazil).await;
    let longest = "a".repeat(100);
    let longer = "a".repeat(101);
    for (sent, is_echoed) in [
        ("0f1a7c8e-7f6a-4a5e-8f5e-7d3f7c7a9b10", true),
        ("A", true),
        (longest.as_str(), true),
        (longer.as_str(), false),
        ("-a", false),
        ("a b", false),
        ("a\tb", false),
        ("<script>", false),
    ] {
        for path in ["/reg", "/reg/unknown", "/nowhere"] {
            let headers = [("x-fapi-interaction-id", sent)];
            let answer = tpp.send(Method::GET, path, &headers, "").await;
            let id = answer.header("x-fapi-interaction-id");
            assert_eq!(id == sent, is_echoed, "{path} {sent:?} {id:?}");
            if !is_echoed {
                let made = uuid::Uuid::parse_str(id).unwrap();
                assert_eq!(made.get_version_num(), 4, "{path} {sent:?}");
            }
        }
    }
}

#[tokio::test]
async fn what_only_the_server_sets_is_passed_over_when_a_client_is_created() {
    let ground = Ground::start().await;
    let tpp = tpp(&ground).await;
    let made = request(&tpp)
        .claim("client_id", "mine")
        .claim("registration_access_token", "mine")
        .claim("registration_client_uri", "https://mine.example/")
        .claim("client_id_issued_at", 1);
    let client = register(&tpp, made).await;
    for name in [
        "client_id",
        "registration_access_token",
        "registration_client_uri",
    ] {
        assert!(
            !client.body[name].as_str().unwrap().contains("mine"),
            "{name}"
        );
    }
    let now = ground.emulator.clock().unix();
    assert_eq!(client.body["client_id_issued_at"], now);
}
