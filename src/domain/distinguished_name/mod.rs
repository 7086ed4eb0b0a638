//! Distinguished names: read from certificates and from strings, compared as sets of attributes.
//!
//! Clients write one certificate's subject in many spellings: RFC 4514 order or encoding order,
//! names or dotted OIDs (with or without `OID.`), readable values or `#hex` BER. RFC 8705 §2.1.2
//! asks for RFC 4514; UK banks accept a part of the name, Brazilian ones take one spelling only.

mod attribute;
mod brazil;
mod display;
mod error;
mod parse;

use x509_parser::x509::X509Name;

use self::attribute::Attribute;
pub use self::error::{Mismatch, NameError, NotBrazilian, TypeName};

/// Attribute names that are understood, with their OIDs (RFC 4514 §3, RFC 4519, X.520).
const ATTRIBUTES: &[(&str, &str)] = &[
    ("CN", "2.5.4.3"),
    ("SURNAME", "2.5.4.4"),
    ("serialNumber", "2.5.4.5"),
    ("C", "2.5.4.6"),
    ("L", "2.5.4.7"),
    ("ST", "2.5.4.8"),
    ("STREET", "2.5.4.9"),
    ("O", "2.5.4.10"),
    ("OU", "2.5.4.11"),
    ("businessCategory", "2.5.4.15"),
    ("organizationIdentifier", "2.5.4.97"),
    ("UID", "0.9.2342.19200300.100.1.1"),
    ("DC", "0.9.2342.19200300.100.1.25"),
    ("emailAddress", "1.2.840.113549.1.9.1"),
    ("JURISDICTIONC", "1.3.6.1.4.1.311.60.2.1.3"),
    ("JURISDICTIONCOUNTRYNAME", "1.3.6.1.4.1.311.60.2.1.3"),
];

/// OID of `commonName`.
pub const COMMON_NAME: &str = "2.5.4.3";
/// OID of `organizationalUnitName`.
pub const ORGANIZATIONAL_UNIT: &str = "2.5.4.11";
/// OID of `organizationIdentifier` (ETSI EN 319 412-1 §5.1.4).
pub const ORGANIZATION_IDENTIFIER: &str = "2.5.4.97";
/// OID of `userId` (RFC 4519 §2.39).
pub const USER_ID: &str = "0.9.2342.19200300.100.1.1";

/// A name: a sequence of attributes, some of which may share a relative name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DistinguishedName {
    /// In encoding order for a certificate's name, in written order for a string's.
    attributes: Vec<Attribute>,
}

impl DistinguishedName {
    /// The name as a certificate holds it.
    #[must_use]
    pub fn from_x509(name: &X509Name<'_>) -> Self {
        let mut attributes = Vec::new();
        for rdn in name.iter_rdn() {
            for (index, held) in rdn.iter().enumerate() {
                let (value, encoding) = attribute::read(held.attr_value());
                attributes.push(Attribute {
                    oid: held.attr_type().to_id_string(),
                    value,
                    encoding,
                    is_joined: index > 0,
                });
            }
        }
        Self { attributes }
    }

    /// Whether every attribute of `self` is matched by an attribute of `other` of its own.
    #[must_use]
    pub fn is_part_of(&self, other: &DistinguishedName) -> bool {
        are_part_of(&self.attributes, &other.attributes)
    }

    /// Whether `self`, in any spelling, is the whole `subject` of a certificate, in RFC 4514 order
    /// or in that of the encoding (RFC 4517 §4.2.15).
    #[must_use]
    pub fn is_whole_name_of(&self, subject: &DistinguishedName) -> bool {
        let equal = |(named, held): (&[Attribute], &[Attribute])| {
            named.len() == held.len() && are_part_of(named, held)
        };
        self.rdns().count() == subject.rdns().count()
            && (self.rdns().zip(subject.rdns().rev()).all(equal)
                || self.rdns().zip(subject.rdns()).all(equal))
    }

    /// The values of the attribute with this dotted OID.
    pub fn values<'a>(&'a self, oid: &'a str) -> impl Iterator<Item = &'a str> {
        self.attributes
            .iter()
            .filter(move |attribute| attribute.oid == oid)
            .map(|attribute| attribute.value.as_str())
    }

    /// The relative names, each a set of attributes; nearly always of one.
    fn rdns(&self) -> impl DoubleEndedIterator<Item = &[Attribute]> {
        self.attributes.chunk_by(|_, next| next.is_joined)
    }
}

/// Whether each of `wanted` is matched by one of `held` of its own.
fn are_part_of(wanted: &[Attribute], held: &[Attribute]) -> bool {
    let mut rest: Vec<&Attribute> = held.iter().collect();
    wanted.iter().all(|wanted| {
        let found = rest.iter().position(|held| wanted.matches(held));
        found.map(|index| rest.swap_remove(index)).is_some()
    })
}

#[cfg(test)]
mod brazil_tests;
#[cfg(test)]
mod tests;
