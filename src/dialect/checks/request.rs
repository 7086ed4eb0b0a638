//! The signed registration request: its form and its signature.

use crate::dialect::checks::metadata::allowed_algs;
use crate::dialect::checks::{Check, Outcome};
use crate::dialect::claims::shown;
use crate::dialect::facts::Facts;
use crate::dialect::fault::Fault;
use crate::dialect::policy::Strictness;
use crate::dialect::trust::Sight;
use crate::domain::error::RegistrationError::InvalidClientMetadata;

const REFUSED: Fault = Fault::Registration(InvalidClientMetadata);

/// The body is a compact JWS.
pub static REQUEST_NOT_A_JWS: Check = Check {
    name: "request_not_a_jws",
    source: "OB DCR, request body; RFC 7515 §7.1",
    fault: REFUSED,
    run: |facts| match &facts.request {
        None => Outcome::not_reached(),
        Some(Ok(_)) => Outcome::met(),
        Some(Err(error)) => Outcome::failed(
            format!("a body that is no compact JWS: {error}"),
            "base64url(header).base64url(claims).base64url(signature)",
        ),
    },
};

/// The header's `alg` is one that the dialect allows.
pub static REQUEST_ALG_NOT_ALLOWED: Check = Check {
    name: "request_alg_not_allowed",
    source: "OB DCR, JOSE header alg; FAPI 1.0 Advanced §8.6",
    fault: REFUSED,
    run: |facts| {
        let Some(jws) = facts.request() else {
            return Outcome::not_reached();
        };
        Outcome::judged(
            facts.allowed_algorithm(jws).is_some(),
            format!("alg {}", shown(jws.header.get("alg"))),
            || allowed_algs(facts),
        )
    },
};

/// The header's `typ` is `JWT`, or there is none.
pub static REQUEST_TYP_WRONG: Check = Check {
    name: "request_typ_wrong",
    source: "RFC 7519 §5.1; applied by strict banks",
    fault: REFUSED,
    run: |facts| match facts.request() {
        None => Outcome::not_reached(),
        Some(_) if facts.strictness != Strictness::Strict => Outcome::not_checked(),
        Some(jws) => {
            let typ = jws.header.get("typ");
            Outcome::when(
                typ.is_none_or(|typ| typ == "JWT"),
                format!("typ {}", shown(typ)),
                "none, or 'JWT'",
            )
        }
    },
};

/// The header brings no key of its own.
pub static REQUEST_HEADER_FORBIDDEN: Check = Check {
    name: "request_header_forbidden",
    source: "OB DCR, JOSE header: no x5c, x5u, x5t, jku, jwk; applied by strict banks",
    fault: REFUSED,
    run: |facts| match facts.request() {
        None => Outcome::not_reached(),
        Some(_) if facts.strictness != Strictness::Strict => Outcome::not_checked(),
        Some(jws) => {
            let sent = ["x5c", "x5u", "x5t", "x5t#S256", "jku", "jwk"]
                .into_iter()
                .find(|name| jws.header.contains_key(*name));
            match sent {
                Some(name) => Outcome::failed(
                    format!("{name} {}", shown(jws.header.get(name))),
                    "a header that brings no key: the key store has it",
                ),
                None => Outcome::met(),
            }
        }
    },
};

/// The header asks for no extension: none is understood here.
pub static REQUEST_CRITICAL_HEADER: Check = Check {
    name: "request_critical_header_unknown",
    source: "RFC 7515 §4.1.11",
    fault: REFUSED,
    run: |facts| match facts.request() {
        None => Outcome::not_reached(),
        Some(jws) => match jws.header.get("crit") {
            None => Outcome::met(),
            Some(crit) => Outcome::failed(
                format!("crit {}", shown(Some(crit))),
                "no crit: no extension is understood",
            ),
        },
    },
};

/// The header names the key.
pub static KID_MISSING: Check = Check {
    name: "key_unknown",
    source: "OB DCR, JOSE header kid; OB Directory, key stores",
    fault: REFUSED,
    run: |facts| match facts.request() {
        None => Outcome::not_reached(),
        Some(jws) => Outcome::when(
            jws.kid().is_some_and(|kid| !kid.is_empty()),
            format!("kid {}", shown(jws.header.get("kid"))),
            "the kid of a key in the software's key store",
        ),
    },
};

/// The signature is that of the software's key.
pub static REQUEST_SIGNATURE_INVALID: Check = Check {
    name: "request_signature_invalid",
    source: "OB Directory, the request is signed with a key of software_jwks_endpoint",
    fault: REFUSED,
    run: request_signature_invalid,
};

fn request_signature_invalid(facts: &Facts<'_>) -> Outcome {
    let (Some(jws), true) = (facts.request(), facts.is_statement_trusted()) else {
        return Outcome::not_reached();
    };
    if !facts.trust.sees(Sight::SoftwareKeys) {
        return Outcome::not_checked();
    }
    let (Some(stored), Some(algorithm)) = (facts.request_key(), facts.allowed_algorithm(jws))
    else {
        return Outcome::not_reached();
    };
    Outcome::when(
        jws.verify(stored.key.verifying(), algorithm),
        format!("a signature under kid {}", shown(jws.header.get("kid"))),
        "that of the key with this kid in the software's key store",
    )
}
