//! Compact JWS put together by hand: for what no careful signer makes.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

/// Base64url without padding.
pub fn part(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A JWS under HS256.
pub fn hmac_signed(secret: &[u8], header: &Value, payload: &Value) -> String {
    let input = format!("{}.{}", part(header.to_string()), part(payload.to_string()));
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    format!("{input}.{}", part(hmac::sign(&key, input.as_bytes())))
}

/// The header and the claims of a JWS.
pub fn parts(jws: &str) -> (Value, Value) {
    let part = |index| {
        let text = jws.split('.').nth(index).unwrap();
        let bytes = URL_SAFE_NO_PAD.decode(text).unwrap();
        serde_json::from_slice(&bytes).unwrap()
    };
    (part(0), part(1))
}

/// The same JWS with other claims, under the old signature.
pub fn forged(jws: &str, change: impl FnOnce(&mut Value)) -> String {
    let (header, mut claims) = parts(jws);
    change(&mut claims);
    let signature = jws.rsplit('.').next().unwrap();
    format!(
        "{}.{}.{signature}",
        part(header.to_string()),
        part(claims.to_string())
    )
}

/// The same JWS without a signature, under `alg: none`.
pub fn unsigned(jws: &str) -> String {
    let (mut header, claims) = parts(jws);
    header["alg"] = "none".into();
    format!("{}.{}.", part(header.to_string()), part(claims.to_string()))
}
