//! Headers and payloads that are no ordinary JSON objects, all of them well signed.

use super::Target;
use crate::registration_raw::{ordinary, part, request, signed, signing_key};

const NOT_A_JWS: &str = "request_not_a_jws";

/// Texts that are no JSON object, or none that two parsers read alike.
fn not_objects() -> Vec<(&'static str, Vec<u8>)> {
    let nested = |open: &str, close: &str, levels: usize| {
        let text = format!("{}{}", open.repeat(levels), close.repeat(levels));
        text.into_bytes()
    };
    vec![
        ("nothing", Vec::new()),
        ("an array", b"[]".to_vec()),
        ("an array of an object", b"[{}]".to_vec()),
        ("a text", b"\"x\"".to_vec()),
        ("a number", b"1".to_vec()),
        ("null", b"null".to_vec()),
        ("true", b"true".to_vec()),
        ("prose", b"iss=x".to_vec()),
        ("half an object", b"{\"a\":1".to_vec()),
        ("two objects", b"{}{}".to_vec()),
        ("a trailing comma", b"{\"a\":1,}".to_vec()),
        ("single quotes", b"{'a':1}".to_vec()),
        ("a comment", b"{}//".to_vec()),
        ("NaN", b"{\"a\":NaN}".to_vec()),
        ("Infinity", b"{\"a\":-Infinity}".to_vec()),
        ("a leading zero", b"{\"a\":01}".to_vec()),
        ("1e400", b"{\"a\":1e400}".to_vec()),
        ("a byte order mark", b"\xef\xbb\xbf{}".to_vec()),
        ("not UTF-8", b"{\"a\":\"\xff\"}".to_vec()),
        ("a lone surrogate", b"{\"a\":\"\\ud800\"}".to_vec()),
        ("a raw line break", b"{\"a\":\"\n\"}".to_vec()),
        ("a raw NUL", b"{\"a\":\"\0\"}".to_vec()),
        ("arrays without end", vec![b'['; 20_000]),
        ("deep arrays", nested("[", "]", 10_000)),
        ("deep objects", nested("{\"\":", "}", 5_000)),
        ("the same name twice", b"{\"a\":1,\"a\":1}".to_vec()),
        ("twice, once escaped", b"{\"a\":1,\"\\u0061\":1}".to_vec()),
        ("twice deep inside", b"{\"x\":[{\"a\":1,\"a\":2}]}".to_vec()),
        (
            "twice under a long name",
            format!("{{\"{0}\":1,\"{0}\":2}}", "n\u{e9}\\u0000".repeat(1_000)).into_bytes(),
        ),
    ]
}

#[tokio::test]
async fn a_payload_that_is_no_clear_json_object_is_refused() {
    let target = Target::start().await;
    for (name, payload) in not_objects() {
        let body = request(&target.tpp, payload);
        target.refuses(name, body, NOT_A_JWS).await;
    }
}

#[tokio::test]
async fn a_header_that_is_no_clear_json_object_is_refused() {
    let target = Target::start().await;
    let (_, claims) = ordinary(&target.tpp);
    for (name, header) in not_objects() {
        let body = signed(&signing_key(&target.tpp), header, claims.to_string());
        target.refuses(name, body, NOT_A_JWS).await;
    }
}

#[tokio::test]
async fn an_empty_object_is_refused() {
    let target = Target::start().await;
    let (header, claims) = ordinary(&target.tpp);
    let key = signing_key(&target.tpp);
    let empty = signed(&key, "{}", claims.to_string());
    target
        .refuses("header", empty, "request_alg_not_allowed")
        .await;
    let empty = target
        .tpp
        .post(signed(&key, header.to_string(), "{}"))
        .await;
    let refused = target.assert_refused("payload", empty).await;
    assert_eq!(refused.0, "invalid_software_statement");
    assert_eq!(refused.1, "statement_missing");
}

/// The text of an object with another member before its end.
fn with_member(object: &str, member: &str) -> String {
    format!("{},{member}}}", object.strip_suffix('}').unwrap())
}

#[tokio::test]
async fn a_claim_or_header_member_that_occurs_twice_is_refused() {
    let target = Target::start().await;
    let (header, claims) = ordinary(&target.tpp);
    let (header, claims) = (header.to_string(), claims.to_string());
    for name in ["iss", "exp", "software_statement", "redirect_uris", "scope"] {
        for value in ["null", "1", "\"x\""] {
            let payload = with_member(&claims, &format!("\"{name}\":{value}"));
            let body = request(&target.tpp, payload);
            target.refuses(name, body, NOT_A_JWS).await;
        }
    }
    for name in ["alg", "kid", "typ"] {
        let header = with_member(&header, &format!("\"{name}\":\"none\""));
        let body = signed(&signing_key(&target.tpp), header, &claims);
        target.refuses(name, body, NOT_A_JWS).await;
    }
}

#[tokio::test]
async fn depth_that_can_be_read_does_no_harm() {
    let target = Target::start().await;
    let (_, claims) = ordinary(&target.tpp);
    let deep = format!("{}{}", "[".repeat(100), "]".repeat(100));
    let payload = with_member(&claims.to_string(), &format!("\"unknown\":{deep}"));
    let answer = target.tpp.post(request(&target.tpp, payload)).await;
    assert_eq!(answer.status(), 201);
}

#[tokio::test]
async fn a_statement_that_is_no_clear_json_object_is_refused() {
    let target = Target::start().await;
    for (name, payload) in not_objects() {
        for statement in [
            format!("{}.{}.AA", part("{}"), part(&payload)),
            format!("{}.{}.AA", part(&payload), part("{}")),
        ] {
            let request = target.tpp.request().claim("software_statement", statement);
            let answer = target.tpp.post(request.sign().unwrap()).await;
            let refused = target.assert_refused(name, answer).await;
            assert_eq!(refused.0, "invalid_software_statement", "{name}");
            assert_eq!(refused.1, "statement_not_a_jws", "{name}");
        }
    }
}
