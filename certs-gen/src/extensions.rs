//! Certificate extensions as DER (RFC 5280 §4.2).

use aws_lc_rs::digest;
use der::{
    Encode,
    asn1::{Ia5String, ObjectIdentifier, OctetString},
    flagset::FlagSet,
};
use x509_cert::{
    ext::{
        Extension,
        pkix::{
            AuthorityKeyIdentifier, BasicConstraints, KeyUsage, KeyUsages,
            name::{GeneralName, GeneralNames, OtherName},
        },
    },
    spki::SubjectPublicKeyInfoOwned,
};

use crate::{
    error::Error,
    host::Host,
    name::{StringType, directory_string},
    oid,
    profile::Kind,
    row::AlternativeNames,
    subject::Subject,
};

/// Wraps an encoded value as an extension.
pub(crate) fn extension(
    extn_id: ObjectIdentifier,
    critical: bool,
    value: Vec<u8>,
) -> Result<Extension, Error> {
    let extn_value = OctetString::new(value).map_err(Error::encoding("an extension"))?;
    Ok(Extension {
        extn_id,
        critical,
        extn_value,
    })
}

fn encoded(
    extn_id: ObjectIdentifier,
    critical: bool,
    value: &impl Encode,
) -> Result<Extension, Error> {
    let value = value.to_der().map_err(Error::encoding("an extension"))?;
    extension(extn_id, critical, value)
}

/// The leftmost 160 bits of the SHA-256 of the public key (RFC 7093 §2, method 1).
pub(crate) fn key_identifier(spki: &SubjectPublicKeyInfoOwned) -> Vec<u8> {
    let key = spki.subject_public_key.raw_bytes();
    digest::digest(&digest::SHA256, key).as_ref()[..20].to_vec()
}

/// `subjectKeyIdentifier`.
pub(crate) fn subject_key_identifier(id: &[u8]) -> Result<Extension, Error> {
    let id = OctetString::new(id).map_err(Error::encoding("a key identifier"))?;
    encoded(oid::SUBJECT_KEY_IDENTIFIER, false, &id)
}

/// `authorityKeyIdentifier`, by key identifier only.
pub(crate) fn authority_key_identifier(id: &[u8]) -> Result<Extension, Error> {
    let id = OctetString::new(id).map_err(Error::encoding("a key identifier"))?;
    let value = AuthorityKeyIdentifier {
        key_identifier: Some(id),
        ..AuthorityKeyIdentifier::default()
    };
    encoded(oid::AUTHORITY_KEY_IDENTIFIER, false, &value)
}

/// `basicConstraints` of a CA, critical.
pub(crate) fn basic_constraints(path_len_constraint: Option<u8>) -> Result<Extension, Error> {
    let value = BasicConstraints {
        ca: true,
        path_len_constraint,
    };
    encoded(oid::BASIC_CONSTRAINTS, true, &value)
}

/// `keyUsage`, critical.
pub(crate) fn key_usage(usages: &[KeyUsages]) -> Result<Extension, Error> {
    let none = FlagSet::<KeyUsages>::default();
    let flags = usages.iter().fold(none, |flags, usage| flags | *usage);
    encoded(oid::KEY_USAGE, true, &KeyUsage(flags))
}

/// `extKeyUsage`; `None` without purposes, since the sequence must not be empty.
pub(crate) fn extended_key_usage(
    purposes: &[ObjectIdentifier],
    is_critical: bool,
) -> Result<Option<Extension>, Error> {
    if purposes.is_empty() {
        return Ok(None);
    }
    encoded(oid::EXTENDED_KEY_USAGE, is_critical, &purposes.to_vec()).map(Some)
}

/// `subjectAltName`; `None` for kinds without one.
pub(crate) fn subject_alt_name(kind: Kind, subject: &Subject) -> Result<Option<Extension>, Error> {
    let names = match kind.profile().alternative_names {
        AlternativeNames::Absent => return Ok(None),
        AlternativeNames::Hosts => host_names(kind, subject)?,
        AlternativeNames::IcpBrasil => icp_brasil_names(subject)?,
    };
    encoded(oid::SUBJECT_ALT_NAME, false, &names).map(Some)
}

fn host_names(kind: Kind, subject: &Subject) -> Result<GeneralNames, Error> {
    let mut hosts: Vec<&String> = subject.host_names.iter().collect();
    if hosts.is_empty() {
        hosts.extend(&subject.common_name);
    }
    if hosts.is_empty() {
        let field = "host_names";
        return Err(Error::SubjectValueMissing { kind, field });
    }
    hosts
        .into_iter()
        .map(|host| match Host::parse(host)? {
            Host::Dns(name) => Ia5String::new(&name)
                .map(GeneralName::DnsName)
                .map_err(Error::encoding("a host name")),
            Host::Ip(address) => Ok(GeneralName::from(address)),
        })
        .collect()
}

/// The four names of a company certificate, with invented people (ICP-Brasil, DOC-ICP-04, `otherName`).
///
/// `.2` the responsible person's name, `.3` the CNPJ, `.4` that person's date of birth (ddmmyyyy),
/// CPF (11), NIS (11), RG (15) and its issuer, `.7` the company's CEI (12).
fn icp_brasil_names(subject: &Subject) -> Result<GeneralNames, Error> {
    let cnpj = subject.organisation_number.as_deref();
    [
        ("2.16.76.1.3.2", "TEST ONLY PERSON"),
        ("2.16.76.1.3.3", cnpj.unwrap_or("00000000000000")),
        (
            "2.16.76.1.3.4",
            "01011970000000000000000000000000000000000000SSPSP",
        ),
        ("2.16.76.1.3.7", "000000000000"),
    ]
    .into_iter()
    .map(|(type_id, text)| {
        // The four literals above are well-formed.
        let type_id = ObjectIdentifier::new_unwrap(type_id);
        let value = directory_string(StringType::Printable, text)?;
        Ok(GeneralName::OtherName(OtherName { type_id, value }))
    })
    .collect()
}
