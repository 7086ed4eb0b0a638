//! Why a text is not a name, or not that of a certificate.

use std::fmt;

/// Why a string is not a distinguished name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing in it.
    #[error("an empty distinguished name")]
    Empty,
    /// A component without `=`.
    #[error("`{0}` has no `=`: a component is written TYPE=value")]
    NoValue(String),
    /// An attribute type that is neither a known name nor a dotted OID.
    #[error("`{0}` is no known attribute name and no dotted OID")]
    UnknownAttribute(String),
    /// A `\` or `#` that does not introduce what RFC 4514 §2.4 allows.
    #[error("`{0}` is not escaped as RFC 4514 section 2.4 asks")]
    BadValue(String),
    /// A name, but not written as Open Finance Brasil wants it.
    #[error(transparent)]
    NotBrazilian(#[from] NotBrazilian),
}

/// What Open Finance Brasil does not allow in the string of a name (DCR §7.1).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotBrazilian {
    /// A name that is not among the nine.
    #[error(
        "`{name}` is not one of the short names {SHORT_NAMES}: write {} and `=#` with the hex of the value's BER encoding",
        .oid.unwrap_or("the dotted OID")
    )]
    NotAShortName {
        /// As written.
        name: String,
        /// Its OID, where the name is known.
        oid: Option<&'static str>,
    },
    /// A dotted OID behind `OID.`.
    #[error("`OID.{0}` has the prefix `OID.`: write {0} without it")]
    Prefix(String),
    /// A dotted OID whose value is not in hex.
    #[error(
        "the value of {oid} is written as text, `{value}`: write {oid}=# and the hex of the value's BER encoding, with the tag that the certificate has"
    )]
    ReadableValue {
        /// The attribute type.
        oid: String,
        /// As written.
        value: String,
    },
    /// A dotted OID where there is a short name.
    #[error("{oid} has a short name: write {name}= and the value as text")]
    HasAShortName {
        /// As written.
        oid: String,
        /// The short name.
        name: &'static str,
    },
    /// A short name whose value is in hex.
    #[error("the value of {name} is written in hex, `{value}`: write it as text")]
    HexValue {
        /// The attribute's short name.
        name: &'static str,
        /// As written.
        value: String,
    },
    /// What follows `#` is not one BER value.
    #[error(
        "`{value}` of {oid} is {cause}: write `#` and the hex of the tag, the length and the content of one BER value"
    )]
    BadHex {
        /// The attribute type.
        oid: String,
        /// As written.
        value: String,
        /// What is wrong.
        cause: &'static str,
    },
    /// A blank that belongs to nothing.
    #[error(
        "`{0}` has a blank around its type or value: RFC 4514 has none there (one in a value is escaped, `\\ `)"
    )]
    Blank(String),
}

/// The attribute types that Open Finance Brasil writes by name, in words.
const SHORT_NAMES: &str = "CN, L, ST, O, OU, C, STREET, DC, UID";

/// How a string is not the name of a certificate as Open Finance Brasil compares them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    /// An attribute of the certificate is not in the string.
    #[error("{0} is missing: every attribute of the certificate's subject must be named")]
    Missing(TypeName),
    /// The string has an attribute that the certificate has not.
    #[error("{0} is not in the certificate's subject, or not that often")]
    Surplus(TypeName),
    /// The attributes stand in another order.
    #[error(
        "the order is wrong: attribute {position} is {found}, and {wanted} belongs there; RFC 4514 order is the reverse of the order in the certificate"
    )]
    Order {
        /// Its place, from 1.
        position: usize,
        /// What stands there.
        found: TypeName,
        /// What belongs there.
        wanted: TypeName,
    },
    /// A `#hex` value has another tag than the certificate has.
    #[error(
        "the tag of {attribute} is {found:02x}, and the certificate encodes the value with {wanted:02x}: keep the certificate's tag"
    )]
    Tag {
        /// Which attribute.
        attribute: TypeName,
        /// The tag in the string.
        found: u32,
        /// The tag in the certificate.
        wanted: u32,
    },
    /// An attribute has another value.
    #[error("the value of {attribute} is `{found}`, and the certificate has `{wanted}`")]
    Value {
        /// Which attribute.
        attribute: TypeName,
        /// The value in the string.
        found: String,
        /// The value in the certificate.
        wanted: String,
    },
}

/// An attribute type as people read it: `CN`, or `2.5.4.5 (serialNumber)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeName(pub(super) String);

impl fmt::Display for TypeName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let oid = self.0.as_str();
        if let Some(short) = super::brazil::short_name(oid) {
            return formatter.write_str(short);
        }
        match super::ATTRIBUTES.iter().find(|(_, known)| *known == oid) {
            Some((name, _)) => write!(formatter, "{oid} ({name})"),
            None => formatter.write_str(oid),
        }
    }
}
