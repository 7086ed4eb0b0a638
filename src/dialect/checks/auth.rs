//! How the client wants to authenticate.

use serde_json::Value;

use crate::dialect::checks::metadata::effective;
use crate::dialect::checks::transport::without_connection;
use crate::dialect::checks::{Check, Outcome, listed};
use crate::dialect::claims::shown;
use crate::dialect::facts::Facts;
use crate::dialect::fault::Fault;
use crate::dialect::policy::{DnClaim, SecretJwtAlg, Strictness};
use crate::domain::client::AuthMethod;
use crate::domain::distinguished_name::DistinguishedName;
use crate::domain::error::RegistrationError::InvalidClientMetadata;
use crate::domain::jws::Algorithm;

const REFUSED: Fault = Fault::Registration(InvalidClientMetadata);
/// The claim that names the certificate of a `tls_client_auth` client (RFC 8705 §2.1.2).
pub const SUBJECT_DN: &str = "tls_client_auth_subject_dn";
/// Its name in UK Open Banking 3.1.
pub const DN: &str = "tls_client_auth_dn";

/// The method is one that the bank offers.
pub static AUTH_METHOD_NOT_SUPPORTED: Check = Check {
    name: "auth_method_not_supported",
    source: "OB DCR, claim token_endpoint_auth_method",
    fault: REFUSED,
    run: |facts| match facts.claims() {
        None => Outcome::not_reached(),
        Some(claims) => {
            let offered = &facts.policy.auth_methods;
            Outcome::judged(
                method(facts).is_some_and(|method| offered.contains(&method)),
                format!(
                    "token_endpoint_auth_method {}",
                    shown(claims.get("token_endpoint_auth_method"))
                ),
                || listed(offered.iter().map(|method| method.as_str())),
            )
        }
    },
};

/// The method that the request asks for, if there is such a one.
#[must_use]
pub fn method(facts: &Facts<'_>) -> Option<AuthMethod> {
    AuthMethod::parse(effective(facts, "token_endpoint_auth_method")?.as_str()?)
}

/// A client that signs its assertions says with which algorithm.
pub static AUTH_SIGNING_ALG_WRONG: Check = Check {
    name: "auth_signing_alg_wrong",
    source: "OB DCR, claim token_endpoint_auth_signing_alg",
    fault: REFUSED,
    run: auth_signing_alg_wrong,
};

fn auth_signing_alg_wrong(facts: &Facts<'_>) -> Outcome {
    let Some(claims) = facts.claims() else {
        return Outcome::not_reached();
    };
    let method = method(facts);
    let alg = claims.get("token_endpoint_auth_signing_alg");
    if alg.is_none() && !method.is_some_and(AuthMethod::uses_assertion) {
        return Outcome::not_checked();
    }
    let mut allowed: Vec<&str> = Vec::new();
    let is_secret_jwt = method == Some(AuthMethod::ClientSecretJwt);
    if !is_secret_jwt || facts.policy.secret_jwt_alg == SecretJwtAlg::Any {
        let algorithms = &facts.policy.allowed_algs;
        allowed.extend(algorithms.iter().map(|algorithm| algorithm.as_str()));
    }
    if is_secret_jwt {
        allowed.push(Algorithm::Hs256.as_str());
    }
    Outcome::judged(
        alg.and_then(Value::as_str)
            .is_some_and(|alg| allowed.contains(&alg)),
        format!("token_endpoint_auth_signing_alg {}", shown(alg)),
        || listed(allowed),
    )
}

/// The claim that names the subject of the transport certificate, under whichever of its names
/// the bank understands.
#[must_use]
pub fn subject_dn<'a>(facts: &'a Facts<'_>) -> Option<(&'static str, &'a Value)> {
    let claims = facts.claims()?;
    understood_names(facts).iter().find_map(|name| {
        let value = claims.get(*name).filter(|value| !value.is_null())?;
        Some((*name, value))
    })
}

fn understood_names(facts: &Facts<'_>) -> &'static [&'static str] {
    let names = facts.dialect.dn_claims;
    match facts.policy.dn_claim {
        DnClaim::WhenNeeded => names,
        DnClaim::Always => names.get(..1).unwrap_or_default(),
    }
}

/// A `tls_client_auth` client names its certificate's subject.
pub static SUBJECT_DN_MISSING: Check = Check {
    name: "subject_dn_missing",
    source: "OB DCR, claims tls_client_auth_dn (3.1) and tls_client_auth_subject_dn; RFC 8705 §2.1.2",
    fault: REFUSED,
    run: |facts| {
        if facts.claims().is_none() {
            return Outcome::not_reached();
        }
        let is_needed = facts.policy.dn_claim == DnClaim::Always
            || method(facts) == Some(AuthMethod::TlsClientAuth);
        if !is_needed {
            return Outcome::not_checked();
        }
        let sent = subject_dn(facts);
        Outcome::when(
            sent.is_some(),
            format!(
                "{} {}",
                facts.dialect.dn_claim(),
                shown(sent.map(|(_, value)| value))
            ),
            "the subject of the transport certificate",
        )
    },
};

/// The subject it names is that of the certificate it came with, or a part of it.
pub static SUBJECT_DN_MISMATCH: Check = Check {
    name: "subject_dn_mismatch",
    source: "OB DCR, claim tls_client_auth_subject_dn; RFC 4514; RFC 4517 §4.2.15",
    fault: REFUSED,
    run: subject_dn_mismatch,
};

fn subject_dn_mismatch(facts: &Facts<'_>) -> Outcome {
    if facts.claims().is_none() {
        return Outcome::not_reached();
    }
    let Some((claim, dn)) = subject_dn(facts) else {
        return Outcome::not_checked();
    };
    let Some(text) = dn.as_str() else {
        return Outcome::not_reached();
    };
    let Some(certificate) = &facts.call.certificate else {
        return without_connection(facts);
    };
    let subject = &certificate.subject;
    let is_strict = facts.strictness == Strictness::Strict;
    let seen = format!("{claim} {}", shown(Some(dn)));
    let allowed = || format!("the subject of the client certificate, {subject}");
    match DistinguishedName::parse(text) {
        Err(error) => Outcome::failed(format!("{seen}: {error}"), allowed()),
        Ok(name) if is_strict => Outcome::judged(name.is_whole_name_of(subject), seen, || {
            format!("the whole of {}", allowed())
        }),
        Ok(name) => Outcome::judged(name.is_part_of(subject), seen, allowed),
    }
}

/// The subject is, attribute for attribute, that of the certificate, written as Open Finance Brasil
/// asks.
pub static SUBJECT_DN_NOT_THE_CERTIFICATES: Check = Check {
    name: "subject_dn_mismatch",
    source: "Open Finance Brasil DCR §7.1, item 15, and its rules for tls_client_auth_subject_dn; RFC 4514",
    fault: REFUSED,
    run: brazilian_subject_dn,
};

fn brazilian_subject_dn(facts: &Facts<'_>) -> Outcome {
    if facts.strictness == Strictness::Lenient {
        return subject_dn_mismatch(facts);
    }
    if facts.claims().is_none() {
        return Outcome::not_reached();
    }
    let Some((claim, dn)) = subject_dn(facts) else {
        return Outcome::not_checked();
    };
    let Some(text) = dn.as_str() else {
        return Outcome::not_reached();
    };
    let seen = format!("{claim} {}", shown(Some(dn)));
    let name = match DistinguishedName::parse_brazilian(text) {
        Ok(name) => name,
        Err(error) => {
            return Outcome::failed(
                format!("{seen}: {error}"),
                "RFC 4514 order; CN, L, ST, O, OU, C, STREET, DC and UID by name, every other attribute as a dotted OID with #hex",
            );
        }
    };
    let Some(certificate) = &facts.call.certificate else {
        return without_connection(facts);
    };
    match name.is_brazilian_name_of(&certificate.subject) {
        Ok(()) => Outcome::passed(seen),
        Err(mismatch) => Outcome::failed(
            format!("{seen}: {mismatch}"),
            format!("'{}'", certificate.subject.to_brazilian_string()),
        ),
    }
}
