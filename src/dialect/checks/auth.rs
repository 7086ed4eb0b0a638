//! How the client wants to authenticate, and the certificate it came with.

use serde_json::Value;

use crate::dialect::checks::{Check, Outcome, listed};
use crate::dialect::claims::shown;
use crate::dialect::facts::Facts;
use crate::dialect::fault::Fault;
use crate::domain::certificate::ClientCertificate;
use crate::domain::client::AuthMethod;
use crate::domain::distinguished_name::{
    COMMON_NAME, DistinguishedName, ORGANIZATION_IDENTIFIER, ORGANIZATIONAL_UNIT,
};
use crate::domain::error::RegistrationError::{InvalidClientMetadata, InvalidSoftwareStatement};
use crate::domain::ids::SoftwareId;
use crate::domain::json::Object;
use crate::domain::jws::Algorithm;

const REFUSED: Fault = Fault::Registration(InvalidClientMetadata);
/// The claim that names the certificate of a `tls_client_auth` client (RFC 8705 §2.1.2).
pub const SUBJECT_DN: &str = "tls_client_auth_subject_dn";

/// The method is one that the bank offers.
pub static AUTH_METHOD_NOT_SUPPORTED: Check = Check {
    name: "auth_method_not_supported",
    source: "OB DCR, claim token_endpoint_auth_method",
    fault: REFUSED,
    run: |facts| match facts.claims() {
        None => Outcome::not_reached(),
        Some(claims) => {
            let offered = facts.dialect.values.auth_methods;
            Outcome::when(
                method(facts).is_some_and(|method| offered.contains(&method)),
                format!(
                    "token_endpoint_auth_method {}",
                    shown(claims.get("token_endpoint_auth_method"))
                ),
                listed(offered.iter().map(|method| method.as_str())),
            )
        }
    },
};

/// The method that the request asks for, if there is such a one.
#[must_use]
pub fn method(facts: &Facts<'_>) -> Option<AuthMethod> {
    AuthMethod::parse(
        facts
            .claims()?
            .get("token_endpoint_auth_method")?
            .as_str()?,
    )
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
    let mut allowed: Vec<&str> = facts
        .dialect
        .values
        .signing_algs
        .iter()
        .map(|algorithm| algorithm.as_str())
        .collect();
    if method == Some(AuthMethod::ClientSecretJwt) {
        allowed.push(Algorithm::Hs256.as_str());
    }
    Outcome::when(
        alg.and_then(Value::as_str)
            .is_some_and(|alg| allowed.contains(&alg)),
        format!("token_endpoint_auth_signing_alg {}", shown(alg)),
        listed(allowed),
    )
}

/// A `tls_client_auth` client names its certificate's subject.
pub static SUBJECT_DN_MISSING: Check = Check {
    name: "subject_dn_missing",
    source: "OB DCR, claim tls_client_auth_subject_dn; RFC 8705 §2.1.2",
    fault: REFUSED,
    run: |facts| match (facts.claims(), method(facts)) {
        (None, _) => Outcome::not_reached(),
        (Some(claims), Some(AuthMethod::TlsClientAuth)) => Outcome::when(
            claims.contains_key(SUBJECT_DN),
            format!("{SUBJECT_DN} {}", shown(claims.get(SUBJECT_DN))),
            "the subject of the transport certificate",
        ),
        _ => Outcome::not_checked(),
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
    let Some(claims) = facts.claims() else {
        return Outcome::not_reached();
    };
    let Some(dn) = claims.get(SUBJECT_DN) else {
        return Outcome::not_checked();
    };
    let (Some(text), Some(certificate)) = (dn.as_str(), &facts.call.certificate) else {
        return Outcome::not_reached();
    };
    let allowed = || {
        format!(
            "the subject of the client certificate, {}",
            certificate.subject
        )
    };
    match DistinguishedName::parse(text) {
        Err(error) => Outcome::failed(
            format!("{SUBJECT_DN} {}: {error}", shown(Some(dn))),
            allowed(),
        ),
        Ok(name) => Outcome::when(
            name.is_part_of(&certificate.subject),
            format!("{SUBJECT_DN} {}", shown(Some(dn))),
            allowed(),
        ),
    }
}

/// The certificate of the handshake belongs to the organisation of the statement.
pub static CERTIFICATE_NOT_THE_TPPS: Check = Check {
    name: "certificate_not_the_tpps",
    source: "OB Directory, the TLS certificate is of the same TPP as the SSA",
    fault: Fault::Registration(InvalidSoftwareStatement),
    run: |facts| match (
        &facts.call.certificate,
        facts.statement(),
        facts.software_id(),
    ) {
        (Some(certificate), Some(statement), Some(software)) => Outcome::when(
            is_of_software(facts, certificate, &statement.claims, &software),
            format!("a client certificate of {}", certificate.subject),
            format!(
                "one of software '{software}', organisation {}",
                shown(statement.claims.get("org_id"))
            ),
        ),
        _ => Outcome::not_reached(),
    },
};

/// Legacy certificates name software and organisation, OBWAC the organisation, eIDAS ones the
/// national registration; and any certificate may stand in the software's key store.
fn is_of_software(
    facts: &Facts<'_>,
    certificate: &ClientCertificate,
    statement: &Object,
    software: &SoftwareId,
) -> bool {
    let subject = &certificate.subject;
    let holds = |oid, wanted: &str| subject.values(oid).any(|value| value == wanted);
    let org_id = statement.get("org_id").and_then(Value::as_str);
    let is_legacy = holds(COMMON_NAME, software.as_str())
        && org_id.is_some_and(|org_id| holds(ORGANIZATIONAL_UNIT, org_id));
    let is_obwac = org_id.is_some_and(|org_id| holds(COMMON_NAME, org_id))
        && subject.values(ORGANIZATION_IDENTIFIER).next().is_some();
    // A legacy certificate names its organisation, which must then be the statement's.
    let is_without_unit = subject.values(ORGANIZATIONAL_UNIT).next().is_none();
    is_legacy
        || is_obwac
        || registration(statement).is_some_and(|id| holds(ORGANIZATION_IDENTIFIER, &id))
        || (is_without_unit && facts.trust.holds_certificate(software, certificate))
}

/// `PSDGB-FCA-123456` from the statement's authority claims (ETSI TS 119 495 §5.2.1), where
/// `authority_id` is the authority's code followed by the country, such as `FCAGBR`.
fn registration(statement: &Object) -> Option<String> {
    let claims = statement.get("organisation_competent_authority_claims")?;
    let authority = claims.get("authority_id")?.as_str()?;
    let registration = claims.get("registration_id")?.as_str()?;
    let code = authority.strip_suffix("GBR")?;
    Some(format!("PSDGB-{code}-{registration}"))
}
