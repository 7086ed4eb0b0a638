//! A JSON Web Key Set: what is read can be published and is then read as the same keys; what somebody may
//! bring along is read too, signs, is strong, and has no private part.
#![no_main]

use aspsp_emulator::domain::jwk::{KeySetEntry, PublicKey, parse_key_set};
use aspsp_emulator::domain::jws::{Algorithm, Jws};
use aspsp_emulator::domain::own_key_set::{LEAST_RSA_BITS, PRIVATE_MEMBERS, parse_own_key_set};
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};

const ALGORITHMS: [Algorithm; 4] = [
    Algorithm::Ps256,
    Algorithm::Es256,
    Algorithm::Rs256,
    Algorithm::Hs256,
];

/// `{"alg":"PS256"}`, `{}` and a signature that is nobody's.
const UNSIGNED: &str = "eyJhbGciOiJQUzI1NiJ9.e30.AAAA";

fuzz_target!(|data: &[u8]| {
    let read = parse_key_set(data);
    match &read {
        Ok(keys) => keys.iter().for_each(check),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
    if let Ok(own) = parse_own_key_set(data) {
        let read = read.expect("a set that may be brought along can be read");
        assert_eq!(thumbprints(&own), thumbprints(&read));
        assert!(own.iter().any(|entry| entry.key_use.signs()));
        for entry in &own {
            let bits = entry.key.rsa_bits();
            assert!(bits.is_none_or(|bits| bits >= LEAST_RSA_BITS));
        }
        let set: Value = serde_json::from_slice(data).expect("JSON");
        let keys = set["keys"].as_array().expect("keys");
        let is_private = |key: &Value| PRIVATE_MEMBERS.iter().any(|name| key.get(name).is_some());
        assert!(!keys.iter().any(is_private));
    }
});

fn thumbprints(keys: &[KeySetEntry]) -> Vec<String> {
    keys.iter().map(|entry| entry.key.thumbprint()).collect()
}

/// A key that is published is read as itself, and verifies nothing that was not signed.
fn check(entry: &KeySetEntry) {
    let published = entry.key.to_jwk(&entry.kid, entry.key_use, None);
    let set = json!({ "keys": [published] }).to_string();
    let again = parse_key_set(set.as_bytes()).expect("a published set");
    let [again] = &again[..] else {
        panic!("{} keys of one", again.len());
    };
    assert_eq!(again.kid, entry.kid);
    assert_eq!(again.key_use, entry.key_use);
    assert_eq!(again.key.thumbprint(), entry.key.thumbprint());
    assert_eq!(again.key.rsa_bits(), entry.key.rsa_bits());
    let public = PublicKey::from_jwk(published.as_object().expect("an object"));
    assert!(public.is_ok());
    let jws = Jws::parse(UNSIGNED).expect("a JWS");
    for algorithm in ALGORITHMS {
        assert!(!jws.verify(entry.key.verifying(), algorithm));
    }
}
