//! Compact JWS put together by hand, with signatures of aws-lc-rs: for what no careful signer makes.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, RSA_PSS_SHA256, RsaKeyPair,
};
use aws_lc_rs::{hmac, signature};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use certs_gen::{Key, KeyAlgorithm};
use serde_json::{Value, json};

use crate::helpers::TestTpp;

/// Base64url without padding.
pub fn part(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// `header.payload.signature` under PS256 or ES256, as the key is; both texts are taken as they are.
pub fn signed(key: &Key, header: impl AsRef<[u8]>, payload: impl AsRef<[u8]>) -> String {
    let input = format!("{}.{}", part(header), part(payload));
    let signature = signature(key, input.as_bytes());
    format!("{input}.{}", part(signature))
}

/// The same under HS256.
pub fn hmac_signed(secret: &[u8], header: &Value, payload: &Value) -> String {
    let input = format!("{}.{}", part(header.to_string()), part(payload.to_string()));
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    format!("{input}.{}", part(hmac::sign(&key, input.as_bytes())))
}

/// The same without a signature.
pub fn unsigned(header: &Value, payload: &Value) -> String {
    format!(
        "{}.{}.",
        part(header.to_string()),
        part(payload.to_string())
    )
}

/// The three parts of a JWS, decoded.
pub fn parts(jws: &str) -> (Value, Value, Vec<u8>) {
    let decoded: Vec<Vec<u8>> = jws
        .split('.')
        .map(|part| URL_SAFE_NO_PAD.decode(part).unwrap())
        .collect();
    let [header, payload, signature] = decoded.try_into().unwrap();
    let object = |bytes: &[u8]| serde_json::from_slice(bytes).unwrap();
    (object(&header), object(&payload), signature)
}

/// The header and the claims of an ordinary request.
pub fn ordinary(tpp: &TestTpp) -> (Value, Value) {
    let header = json!({ "alg": "PS256", "kid": tpp.tpp.kid(), "typ": "JWT" });
    (
        header,
        Value::Object(tpp.request().claims().unwrap().clone()),
    )
}

/// The TPP's private signing key.
pub fn signing_key(tpp: &TestTpp) -> Key {
    tpp.tpp.signing().unwrap().key.clone().unwrap()
}

/// A well-signed request of this TPP with this payload, whatever it is.
pub fn request(tpp: &TestTpp, payload: impl AsRef<[u8]>) -> String {
    let (header, _) = ordinary(tpp);
    signed(&signing_key(tpp), header.to_string(), payload)
}

fn signature(key: &Key, message: &[u8]) -> Vec<u8> {
    let random = SystemRandom::new();
    match key.algorithm() {
        KeyAlgorithm::Rsa2048 => {
            let pair = RsaKeyPair::from_pkcs8(key.private_der()).unwrap();
            let mut signature = vec![0; pair.public_modulus_len()];
            pair.sign(&RSA_PSS_SHA256, &random, message, &mut signature)
                .unwrap();
            signature
        }
        KeyAlgorithm::EcP256 => {
            let pair =
                EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, key.private_der())
                    .unwrap();
            let signature: signature::Signature = pair.sign(&random, message).unwrap();
            signature.as_ref().to_vec()
        }
    }
}
