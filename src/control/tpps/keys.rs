//! Keys that a caller brings along: a certificate request, a key set. The private ones stay with it.

use certs_gen::{Csr, Kind};
use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};

use crate::control::problem::Problem;
use crate::directory::credential::GivenKey;
use crate::domain::json::Object;
use crate::domain::jwk::KeySetEntry;
use crate::domain::own_key_set::{OwnKeySetError, PRIVATE_MEMBERS, parse_own_key_set};

/// What every certificate request in PEM has in it.
pub const CSR_PATTERN: &str = "-----BEGIN (NEW )?CERTIFICATE REQUEST-----";

/// Base64url as it is written, without padding.
const BASE64_URL: &str =
    "^([A-Za-z0-9_-]{4})*([A-Za-z0-9_-][AQgw]|[A-Za-z0-9_-]{2}[AEIMQUYcgkosw048])?$";
/// The same of a number of at least 2,048 bits.
const BASE64_URL_2048: &str = "^([g-z0-9_-][A-Za-z0-9_-]{340}[AQgw]\
    |(?!A[A-P])[A-Za-z0-9_-]{340}([A-Za-z0-9_-]{2}[AEIMQUYcgkosw048]\
    |([A-Za-z0-9_-]{4})+([A-Za-z0-9_-][AQgw]|[A-Za-z0-9_-]{2}[AEIMQUYcgkosw048])?))$";
/// The same of 32 bytes.
const BASE64_URL_32: &str = "^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$";

/// The key of a certificate request for a certificate of this kind.
///
/// # Errors
/// 400 with `field`.
pub fn csr(field: &str, pem: &str, kind: Kind) -> Result<GivenKey, Problem> {
    let refused = |cause: certs_gen::Error| {
        let allowed = "a certificate request (PKCS#10) in PEM, with a key that this kind takes";
        Problem::field(field, cause.to_string(), allowed)
    };
    let csr = Csr::from_pem(pem).map_err(refused)?;
    csr.check_key_for(kind).map_err(refused)?;
    Ok(GivenKey::Csr(csr))
}

/// The keys of a key set, of which one signs and none is private.
///
/// # Errors
/// 400 with `field`.
pub fn key_set(field: &str, set: Object) -> Result<Vec<KeySetEntry>, Problem> {
    let text = Value::Object(set).to_string();
    parse_own_key_set(text.as_bytes())
        .map_err(|cause| Problem::field(field, cause.to_string(), OwnKeySetError::ALLOWED))
}

/// The schema of a key set, or nothing.
pub fn key_set_schema(_: &mut SchemaGenerator) -> Schema {
    let key = |members: &[&str], mut properties: Value| {
        let required: Vec<&str> = ["kty", "kid"].iter().chain(members).copied().collect();
        properties["kid"] = json!({ "type": "string", "minLength": 1 });
        json!({ "required": required, "properties": properties })
    };
    let number = json!({ "type": "string", "pattern": BASE64_URL });
    let coordinate = json!({ "type": "string", "pattern": BASE64_URL_32 });
    let modulus = json!({ "type": "string", "pattern": BASE64_URL_2048 });
    let rsa = json!({ "kty": { "const": "RSA" }, "n": modulus, "e": number });
    let ec = json!({
        "kty": { "const": "EC" },
        "crv": { "const": "P-256" },
        "x": coordinate,
        "y": coordinate,
    });
    let private = PRIVATE_MEMBERS.map(|member| json!({ "required": [member] }));
    json_schema!({
        "type": ["object", "null"],
        "required": ["keys"],
        "properties": {
            "keys": {
                "type": "array",
                "items": {
                    "type": "object",
                    "anyOf": [key(&["n", "e"], rsa), key(&["crv", "x", "y"], ec)],
                    "not": { "anyOf": private },
                },
                "contains": { "properties": { "use": { "not": { "enum": ["tls", "enc"] } } } },
            },
        },
    })
}
