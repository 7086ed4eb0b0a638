//! What is masked, and what stays.

use bytes::Bytes;
use serde_json::Value;

use super::*;

fn shown(text: &[u8]) -> Shown {
    let bytes = Bytes::copy_from_slice(text);
    body(&bytes.into(), &Headers::default(), Masking::Masked)
}

fn shown_text(text: &str) -> String {
    match shown(text.as_bytes()) {
        Shown::Text(text) => text,
        Shown::Binary(bytes) => panic!("{bytes:?}"),
    }
}

#[test]
fn secrets_in_json_are_masked_at_any_depth_and_it_stays_json() {
    for (body, expected) in [
        (
            r#"{"client_id":"a", "client_secret":"s3cret"}"#,
            r#"{"client_id":"a","client_secret":"***"}"#,
        ),
        (
            r#"[{"a":{"registration_access_token":["s3cret"]}}]"#,
            r#"[{"a":{"registration_access_token":"***"}}]"#,
        ),
        (r#"{"Access-Token":5}"#, r#"{"Access-Token":"***"}"#),
        (r#"{"accessToken":"s3cret"}"#, r#"{"accessToken":"***"}"#),
        (
            r#"{"api_key":"s3cret","apiKey":"s3cret","secret":"s3cret","token":"s3cret"}"#,
            r#"{"api_key":"***","apiKey":"***","secret":"***","token":"***"}"#,
        ),
        (
            r#"{"access\u005ftoken":"s3cret"}"#,
            r#"{"access_token":"***"}"#,
        ),
        (
            r#"{"keys":[{"kty":"RSA","n":"n","e":"e","d":"s3cret","p":"s3cret","qi":"s3cret"}]}"#,
            r#"{"keys":[{"kty":"RSA","n":"n","e":"e","d":"***","p":"***","qi":"***"}]}"#,
        ),
        (
            r#"{"kty":"oct","k":"s3cret"}"#,
            r#"{"kty":"oct","k":"***"}"#,
        ),
        (
            r#"{"error_description":"found client_secret=s3cret"}"#,
            r#"{"error_description":"found client_secret=***"}"#,
        ),
    ] {
        let masked = shown_text(body);
        assert_eq!(masked, expected);
        assert!(serde_json::from_str::<Value>(&masked).is_ok(), "{masked}");
    }
}

#[test]
fn what_holds_no_secret_stays_as_it_is_written() {
    for body in [
        "",
        "{ \"a\" : 1.10, \"d\": \"not a key\",\n \"client_secret_expires_at\": 0 }",
        "{\"client_secret\":null}",
        "grant_type=client_credentials&scope=a%20b&client_id=c",
        "eyJhbGciOiJub25lIn0.eyJpc3MiOiJhIn0.c2ln",
        "<html>&nbsp;a=b</html>",
        "-----BEGIN PUBLIC KEY-----\nabc\n-----END PUBLIC KEY-----\n",
    ] {
        assert_eq!(shown_text(body), body);
    }
    assert_eq!(shown(b"\xff\x00"), Shown::Binary(b"\xff\x00".to_vec()));
}

#[test]
fn secrets_in_forms_are_masked_however_their_names_are_written() {
    for (body, expected) in [
        (
            "client_id=a&client_assertion=eyJ.x.y&client_assertion_type=t",
            "client_id=a&client_assertion=***&client_assertion_type=t",
        ),
        ("client%5Fsecret=s3cret&a=", "client%5Fsecret=***&a="),
        (
            "refresh_token=s3cret&refresh_token=s3cret",
            "refresh_token=***&refresh_token=***",
        ),
        (
            "token=s3cret&code=s3cret&code_verifier=s3cret&api_key=s3cret&scope=a",
            "token=***&code=***&code_verifier=***&api_key=***&scope=a",
        ),
        (
            " client_secret = s3 cret&+password+=s3cret",
            " client_secret =***&+password+=***",
        ),
        ("client_secret=s3\"c{ret>", "client_secret=***"),
    ] {
        assert_eq!(shown_text(body), expected);
    }
}

#[test]
fn secrets_in_broken_json_and_in_other_texts_are_masked() {
    for (body, expected) in [
        (r#"{"access_token":"s3cr"#, r#"{"access_token":"***"#),
        (
            r#"{"access_token" : "s3\\cr", "a"#,
            r#"{"access_token" : "***", "a"#,
        ),
        (
            r#"{"kty":"RSA","d":"s3cret","#,
            r#"{"kty":"RSA","d":"***","#,
        ),
        ("see: password=s3cret, ok", "see: password=***"),
        (
            "key\n-----BEGIN PRIVATE KEY-----\ns3cret\n-----END PRIVATE KEY-----\nend",
            "key\n-----BEGIN PRIVATE KEY-----***-----END PRIVATE KEY-----\nend",
        ),
        (
            "-----BEGIN RSA PRIVATE KEY-----\ns3cr",
            "-----BEGIN RSA PRIVATE KEY-----***",
        ),
    ] {
        let masked = shown_text(body);
        assert!(!masked.contains("s3cr"), "{masked}");
        assert!(masked.starts_with(expected), "{masked}");
    }
}

#[test]
fn secret_parts_of_a_multipart_form_are_masked() {
    let part = |name: &str, value: &str| {
        format!(
            "--b\r\nContent-Disposition: form-data; name={name}\r\nContent-Type: text/plain\r\n\r\n{value}\r\n"
        )
    };
    let whole = |value: &str| {
        let parts = [
            part("\"client_secret\"", value),
            part("\"client_id\"", "a"),
            part("code", value),
        ];
        format!("{}--b--\r\n", parts.concat())
    };
    assert_eq!(shown_text(&whole("s3cret\r\ns3cret")), whole("***"));
    let cut = part("\" token \"", "s3cret");
    assert!(!shown_text(cut.trim_end()).contains("s3cret"));
}

#[test]
fn json_with_what_only_looks_like_a_secret_stays_json() {
    let masked = shown_text(r#"{"a":"token=","b":"code: password=","error":{"code":"x"}}"#);
    let masked: Value = serde_json::from_str(&masked).unwrap();
    assert_eq!(masked["error"]["code"], "x");
    assert_eq!(masked["a"], "token=");
}

#[test]
fn a_member_that_occurs_twice_is_masked_twice() {
    let masked = shown_text(r#"{"a":1,"client_secret":"s3cret","client_secret":null}"#);
    assert!(!masked.contains("s3cret"), "{masked}");
    assert!(serde_json::from_str::<Value>(&masked).is_ok());
}

#[test]
fn a_signed_document_with_a_secret_claim_keeps_its_header_only() {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let claims = URL_SAFE_NO_PAD.encode(r#"{"jwks":{"keys":[{"kty":"EC","d":"s3cret"}]}}"#);
    let jws = format!("eyJhbGciOiJub25lIn0.{claims}.c2ln");
    assert_eq!(shown_text(&jws), "eyJhbGciOiJub25lIn0.***.***");
}

#[test]
fn secrets_between_bytes_that_are_no_text_are_masked() {
    let shown = shown(b"\xffclient_secret=s3cret");
    assert_eq!(shown, Shown::Text("\u{fffd}client_secret=***".to_owned()));
}

#[test]
fn what_is_compressed_is_masked_as_a_whole() {
    let head: Headers = [("content-encoding", &b"gzip"[..])].into_iter().collect();
    let compressed = Bytes::from_static(b"\x1f\x8b\x00").into();
    let masked = body(&compressed, &head, Masking::Masked);
    assert_eq!(masked, Shown::Text(MASK.to_owned()));
}

#[test]
fn credentials_in_header_fields_are_masked_and_their_scheme_stays() {
    let fields = [
        ("authorization", "Bearer s3cret", "Bearer ***"),
        ("authorization", "s3cret", "***"),
        ("proxy-authorization", "Basic czNjcmV0", "Basic ***"),
        ("cookie", "a=s3cret; b=s3cret", "a=***; b=***"),
        (
            "set-cookie",
            "a=s3cret; Path=/; HttpOnly",
            "a=***; Path=/; HttpOnly",
        ),
        (
            "location",
            "https://a/cb?id_token=s3cret#access_token=s3cret&b=c",
            "https://a/cb?id_token=***#access_token=***&b=c",
        ),
        ("x-api-key", "s3cret", "***"),
        ("x-client-secret", "s3cret", "***"),
        ("x-session-token", "s3cret", "***"),
        ("x-user-password", "s3cret", "***"),
        ("x-apikey-old", "s3cret", "***"),
        ("x-forwarded-authorization", "Bearer s3cret", "Bearer ***"),
        ("x-odd", "a, bearer s3cret==; b", "a, bearer ***; b"),
        ("x-original-url", "/cb?code=s3cret&b=c", "/cb?code=***&b=c"),
        (
            "location",
            "https://a/cb?code=s3cret&state=c",
            "https://a/cb?code=***&state=c",
        ),
        (
            "www-authenticate",
            r#"Bearer realm="a", token="s3\"cr et", error="b""#,
            r#"Bearer realm="a", token="***", error="b""#,
        ),
        ("accept", "a/b; q=0.5", "a/b; q=0.5"),
    ];
    let head: Headers = fields
        .iter()
        .map(|(name, value, _)| (*name, value.as_bytes()))
        .collect();
    let masked = headers(&head, Masking::Masked);
    for ((name, _, expected), (found_name, found)) in fields.iter().zip(masked) {
        assert_eq!((*name, *expected), (found_name.as_str(), found.as_str()));
    }
    let revealed = headers(&head, Masking::Revealed);
    for ((_, value, _), (_, found)) in fields.iter().zip(revealed) {
        assert_eq!(*value, found);
    }
}
