//! Whose the certificate of the connection is.

use serde_json::Value;

use crate::dialect::checks::transport::without_connection;
use crate::dialect::checks::{Check, Outcome, listed};
use crate::dialect::claims::shown;
use crate::dialect::facts::Facts;
use crate::dialect::fault::Fault;
use crate::dialect::policy::Apply;
use crate::dialect::trust::{Sight, Trust};
use crate::domain::certificate::ClientCertificate;
use crate::domain::client::Registration;
use crate::domain::distinguished_name::{
    COMMON_NAME, ORGANIZATION_IDENTIFIER, ORGANIZATIONAL_UNIT, USER_ID,
};
use crate::domain::error::RegistrationError::{InvalidClientMetadata, InvalidSoftwareStatement};
use crate::domain::ids::SoftwareId;
use crate::domain::json::Object;

/// The certificate of the handshake belongs to the organisation of the statement.
pub static CERTIFICATE_NOT_THE_TPPS: Check = Check {
    name: "certificate_not_the_tpps",
    source: "OB Directory, the TLS certificate is of the same TPP as the SSA",
    fault: Fault::Registration(InvalidSoftwareStatement),
    run: |facts| {
        if facts.policy.certificate_binding == Apply::Ignore {
            return Outcome::not_checked();
        }
        let Some(certificate) = &facts.call.certificate else {
            return without_connection(facts);
        };
        match (facts.statement(), facts.software_id()) {
            (Some(statement), Some(software)) => {
                let is_its = is_of_software(facts, certificate, &statement.claims, &software);
                if !is_its && may_be_stored(facts, certificate) {
                    return Outcome::not_checked();
                }
                Outcome::judged(
                    is_its,
                    format!("a client certificate of {}", certificate.subject),
                    || {
                        format!(
                            "one of software '{software}', organisation {}",
                            shown(statement.claims.get("org_id"))
                        )
                    },
                )
            }
            _ => Outcome::not_reached(),
        }
    },
};

/// Whether the certificate may stand in a key store that is out of sight.
fn may_be_stored(facts: &Facts<'_>, certificate: &ClientCertificate) -> bool {
    !facts.trust.sees(Sight::SoftwareKeys) && is_without_unit(certificate)
}

/// A legacy certificate names its organisation, which must then be the statement's.
fn is_without_unit(certificate: &ClientCertificate) -> bool {
    let mut units = certificate.subject.values(ORGANIZATIONAL_UNIT);
    units.next().is_none()
}

/// The certificate names the statement's software, where it names one at all.
pub static CERTIFICATE_SOFTWARE_MISMATCH: Check = Check {
    name: "certificate_software_mismatch",
    source: "Open Finance Brasil DCR §7.1, item 13: the certificate's UID",
    fault: Fault::Registration(InvalidClientMetadata),
    run: |facts| {
        let (Some(certificate), Some(software)) = (bound_certificate(facts), facts.software_id())
        else {
            return unbound(facts);
        };
        let named: Vec<&str> = certificate.subject.values(USER_ID).collect();
        if named.is_empty() {
            return Outcome::not_checked();
        }
        Outcome::judged(
            named
                .iter()
                .all(|uid| uid.eq_ignore_ascii_case(software.as_str())),
            format!("a client certificate with UID {}", listed(&named)),
            || format!("the statement's software_id, '{software}'"),
        )
    },
};

/// The certificate names the statement's organisation.
pub static CERTIFICATE_ORGANISATION_MISMATCH: Check = Check {
    name: "certificate_organisation_mismatch",
    source: "Open Finance Brasil DCR §7.1, item 14: the certificate's organizationIdentifier or OU",
    fault: Fault::Registration(InvalidClientMetadata),
    run: |facts| {
        let (Some(certificate), Some(org_id)) =
            (bound_certificate(facts), facts.statement_text("org_id"))
        else {
            return unbound(facts);
        };
        Outcome::judged(
            names_brazilian_organisation(certificate, org_id),
            format!("a client certificate of {}", certificate.subject),
            || {
                format!(
                    "one whose organizationIdentifier is 'OFBBR-{org_id}', or whose OU is '{org_id}'"
                )
            },
        )
    },
};

fn bound_certificate<'a>(facts: &'a Facts<'_>) -> Option<&'a ClientCertificate> {
    let is_checked = facts.policy.certificate_binding == Apply::Check;
    facts.call.certificate.as_deref().filter(|_| is_checked)
}

/// Why a rule about certificate and statement was not judged.
fn unbound(facts: &Facts<'_>) -> Outcome {
    let is_ignored = facts.policy.certificate_binding == Apply::Ignore;
    if is_ignored {
        return Outcome::not_checked();
    }
    match facts.call.certificate {
        None => without_connection(facts),
        Some(_) => Outcome::not_reached(),
    }
}

fn names_brazilian_organisation(certificate: &ClientCertificate, org_id: &str) -> bool {
    let subject = &certificate.subject;
    let is_identifier = |value: &str| {
        let named = value.strip_prefix("OFBBR-");
        named.is_some_and(|named| named.eq_ignore_ascii_case(org_id))
    };
    subject.values(ORGANIZATION_IDENTIFIER).any(is_identifier)
        || subject
            .values(ORGANIZATIONAL_UNIT)
            .any(|unit| unit.eq_ignore_ascii_case(org_id))
}

/// Whether a certificate is one of the TPP that owns a client. A registration access token is
/// bound to the TPP rather than to one certificate, so that certificates can be renewed.
#[must_use]
pub fn is_of_owner(
    trust: &dyn Trust,
    certificate: &ClientCertificate,
    client: &Registration,
) -> bool {
    let subject = &certificate.subject;
    let holds = |oid, wanted: &str| {
        subject
            .values(oid)
            .any(|value| value.eq_ignore_ascii_case(wanted))
    };
    let (software, org_id) = (client.software_id.as_str(), client.org_id.as_str());
    let names_other_software =
        subject.values(USER_ID).next().is_some() && !holds(USER_ID, software);
    (names_brazilian_organisation(certificate, org_id) && !names_other_software)
        || (holds(COMMON_NAME, software) && holds(ORGANIZATIONAL_UNIT, org_id))
        || holds(COMMON_NAME, org_id)
        || trust.holds_certificate(&client.software_id, certificate)
}

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
    is_legacy
        || is_obwac
        || registration(statement).is_some_and(|id| holds(ORGANIZATION_IDENTIFIER, &id))
        || (is_without_unit(certificate) && facts.trust.holds_certificate(software, certificate))
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
