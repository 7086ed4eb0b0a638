//! Distinguished names: DER out (RFC 5280 §4.1.2.4), RFC 4514 text out.

use std::fmt::Write as _;

use der::{
    Encode, Tag,
    asn1::{Any, ObjectIdentifier, PrintableString},
};
use x509_cert::{
    attr::AttributeTypeAndValue,
    name::{RdnSequence, RelativeDistinguishedName},
};

use crate::error::Error;

/// An attribute type: its short name in RFC 4514 text, if it has one, and its upper bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AttributeType {
    /// Object identifier.
    pub oid: ObjectIdentifier,
    /// Characters that fit (RFC 5280 appendix A, `ub-…`).
    pub limit: usize,
    /// `CN`; `None` is written as dotted OID and `#hex` of the BER value.
    pub short: Option<&'static str>,
}

impl AttributeType {
    const fn short(short: &'static str, oid: &str, limit: usize) -> Self {
        Self {
            oid: ObjectIdentifier::new_unwrap(oid),
            limit,
            short: Some(short),
        }
    }

    const fn dotted(oid: &str, limit: usize) -> Self {
        Self {
            oid: ObjectIdentifier::new_unwrap(oid),
            limit,
            short: None,
        }
    }
}

/// `commonName`.
pub(crate) const CN: AttributeType = AttributeType::short("CN", "2.5.4.3", 64);
/// `countryName`.
pub(crate) const C: AttributeType = AttributeType::short("C", "2.5.4.6", 2);
/// `localityName`.
pub(crate) const L: AttributeType = AttributeType::short("L", "2.5.4.7", 128);
/// `stateOrProvinceName`.
pub(crate) const ST: AttributeType = AttributeType::short("ST", "2.5.4.8", 128);
/// `organizationName`.
pub(crate) const O: AttributeType = AttributeType::short("O", "2.5.4.10", 64);
/// `organizationalUnitName`.
pub(crate) const OU: AttributeType = AttributeType::short("OU", "2.5.4.11", 64);
/// `userId` (RFC 4519 §2.39).
pub(crate) const UID: AttributeType = AttributeType::short("UID", "0.9.2342.19200300.100.1.1", 256);
const STREET: AttributeType = AttributeType::short("STREET", "2.5.4.9", 128);
const DC: AttributeType = AttributeType::short("DC", "0.9.2342.19200300.100.1.25", 63);
/// `serialNumber`, the number of an organisation in its register.
pub(crate) const SERIAL_NUMBER: AttributeType = AttributeType::dotted("2.5.4.5", 64);
/// `businessCategory` (CA/Browser Forum EV guidelines).
pub(crate) const BUSINESS_CATEGORY: AttributeType = AttributeType::dotted("2.5.4.15", 128);
/// `organizationIdentifier` (ETSI EN 319 412-1 §5.1.4).
pub(crate) const ORGANIZATION_IDENTIFIER: AttributeType = AttributeType::dotted("2.5.4.97", 256);
/// `jurisdictionCountryName` (CA/Browser Forum EV guidelines).
pub(crate) const JURISDICTION_COUNTRY: AttributeType =
    AttributeType::dotted("1.3.6.1.4.1.311.60.2.1.3", 2);

/// The types with a short name in Open Finance Brasil's DN rule, which RFC 4514 §3 allows.
const SHORT_NAMES: [AttributeType; 9] = [CN, L, ST, O, OU, C, STREET, DC, UID];

/// How a value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StringType {
    /// `PrintableString`, or `UTF8String` for a value outside its alphabet.
    Printable,
    /// `UTF8String`.
    Utf8,
}

/// Encodes one text; never fails for a text of reasonable length.
pub(crate) fn directory_string(string: StringType, text: &str) -> Result<Any, Error> {
    let is_printable = string == StringType::Printable && PrintableString::new(text).is_ok();
    let tag = if is_printable {
        Tag::PrintableString
    } else {
        Tag::Utf8String
    };
    Any::new(tag, text.as_bytes()).map_err(Error::encoding("a name"))
}

/// Builds a name of single-valued RDNs, in encoding order.
pub(crate) fn rdn_sequence(
    values: impl IntoIterator<Item = (AttributeType, StringType, String)>,
) -> Result<RdnSequence, Error> {
    let mut name = RdnSequence::default();
    for (kind, string, text) in values {
        let value = directory_string(string, &text)?;
        let attribute = AttributeTypeAndValue {
            oid: kind.oid,
            value,
        };
        let rdn = RelativeDistinguishedName::try_from(vec![attribute]);
        name.push(rdn.map_err(Error::encoding("a name"))?);
    }
    Ok(name)
}

/// The text form of RFC 4514: the reverse of the encoding order, readable values for the nine types
/// with short names, else dotted OID and `#hex` of the value's whole BER encoding.
///
/// ```text
/// CN=0015800001HQQrZAAX,2.5.4.97=#0c1450…,O=Example TPP Limited,C=GB
/// ```
pub(crate) fn rfc4514(name: &RdnSequence) -> Result<String, Error> {
    let mut rdns = Vec::with_capacity(name.len());
    for rdn in name.iter() {
        let parts: Vec<String> = rdn.iter().map(attribute_text).collect::<Result<_, _>>()?;
        rdns.push(parts.join("+"));
    }
    rdns.reverse();
    Ok(rdns.join(","))
}

fn attribute_text(attribute: &AttributeTypeAndValue) -> Result<String, Error> {
    let known = SHORT_NAMES.iter().find(|kind| kind.oid == attribute.oid);
    let text = std::str::from_utf8(attribute.value.value()).ok();
    if let (Some(short), Some(text)) = (known.and_then(|kind| kind.short), text) {
        return Ok(format!("{short}={}", escaped(text)));
    }
    let ber = attribute
        .value
        .to_der()
        .map_err(Error::encoding("a name"))?;
    let hex = ber.iter().fold(String::new(), |mut hex, octet| {
        // Writing to a String does not fail.
        let _ = write!(hex, "{octet:02x}");
        hex
    });
    Ok(format!("{}=#{hex}", attribute.oid))
}

/// Escapes a value as RFC 4514 §2.4 demands, and no more.
fn escaped(text: &str) -> String {
    let last = text.chars().count().saturating_sub(1);
    let mut out = String::with_capacity(text.len());
    for (at, letter) in text.chars().enumerate() {
        let is_edge_blank = letter == ' ' && (at == 0 || at == last);
        match letter {
            '\0' => out.push_str("\\00"),
            '"' | '+' | ',' | ';' | '<' | '>' | '\\' => out.extend(['\\', letter]),
            '#' if at == 0 => out.push_str("\\#"),
            ' ' if is_edge_blank => out.push_str("\\ "),
            _ => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_the_reverse_of_the_encoding() {
        let name = rdn_sequence([
            (C, StringType::Printable, "GB".to_owned()),
            (O, StringType::Utf8, "A, B + Söhne".to_owned()),
            (
                ORGANIZATION_IDENTIFIER,
                StringType::Utf8,
                "PSDGB-FCA-1".to_owned(),
            ),
            (OU, StringType::Utf8, "one".to_owned()),
            (OU, StringType::Utf8, "two".to_owned()),
        ]);
        assert_eq!(
            rfc4514(&name.unwrap()).unwrap(),
            "OU=two,OU=one,2.5.4.97=#0c0b50534447422d4643412d31,O=A\\, B \\+ Söhne,C=GB"
        );
    }

    #[test]
    fn values_are_escaped_where_rfc_4514_says_so() {
        for (value, text) in [
            ("", ""),
            (" ", "\\ "),
            ("#1 # 2 ", "\\#1 # 2\\ "),
            ("a\\b\"c;d<e>f=g", "a\\\\b\\\"c\\;d\\<e\\>f=g"),
            ("a\0b", "a\\00b"),
        ] {
            assert_eq!(escaped(value), text);
        }
    }

    #[test]
    fn what_printable_string_cannot_hold_becomes_utf8() {
        for (text, tag) in [
            ("Example (UK) 1", Tag::PrintableString),
            ("A&B", Tag::Utf8String),
            ("Pão", Tag::Utf8String),
            ("a@b", Tag::Utf8String),
            ("*", Tag::Utf8String),
        ] {
            let value = directory_string(StringType::Printable, text).unwrap();
            assert_eq!(der::Tagged::tag(&value), tag, "{text}");
        }
    }
}
