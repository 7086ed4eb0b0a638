//! Distinguished names: read from certificates and from strings, compared as sets of attributes.
//!
//! Clients write one certificate's subject in many spellings: RFC 4514 order or encoding order,
//! names or dotted OIDs (with or without `OID.`), readable values or `#hex` BER. RFC 8705 §2.1.2
//! asks for RFC 4514; UK banks accept a part of the name.

use std::fmt;

use x509_parser::der_parser::asn1_rs::{Any, FromDer as _, Tag};
use x509_parser::x509::X509Name;

/// Attribute short names that are understood, with their OIDs (RFC 4514 §3, RFC 4519, X.520).
const ATTRIBUTES: &[(&str, &str)] = &[
    ("CN", "2.5.4.3"),
    ("SURNAME", "2.5.4.4"),
    ("SERIALNUMBER", "2.5.4.5"),
    ("C", "2.5.4.6"),
    ("L", "2.5.4.7"),
    ("ST", "2.5.4.8"),
    ("STREET", "2.5.4.9"),
    ("O", "2.5.4.10"),
    ("OU", "2.5.4.11"),
    ("BUSINESSCATEGORY", "2.5.4.15"),
    ("ORGANIZATIONIDENTIFIER", "2.5.4.97"),
    ("UID", "0.9.2342.19200300.100.1.1"),
    ("DC", "0.9.2342.19200300.100.1.25"),
    ("EMAILADDRESS", "1.2.840.113549.1.9.1"),
    ("JURISDICTIONC", "1.3.6.1.4.1.311.60.2.1.3"),
    ("JURISDICTIONCOUNTRYNAME", "1.3.6.1.4.1.311.60.2.1.3"),
];

/// OID of `commonName`.
pub const COMMON_NAME: &str = "2.5.4.3";
/// OID of `organizationalUnitName`.
pub const ORGANIZATIONAL_UNIT: &str = "2.5.4.11";
/// OID of `organizationIdentifier` (ETSI EN 319 412-1 §5.1.4).
pub const ORGANIZATION_IDENTIFIER: &str = "2.5.4.97";

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
}

/// One attribute: its OID in dotted form, and its value.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Attribute {
    oid: String,
    value: String,
}

impl Attribute {
    /// Same type and, with case and runs of spaces folded, the same value (RFC 4517 §4.2.11).
    fn matches(&self, other: &Attribute) -> bool {
        self.oid == other.oid && fold(&self.value) == fold(&other.value)
    }
}

/// A name as a set of attributes; the order is kept for display only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DistinguishedName {
    /// In encoding order for a certificate's name, in written order for a string's.
    attributes: Vec<Attribute>,
}

impl DistinguishedName {
    /// The name as a certificate holds it.
    #[must_use]
    pub fn from_x509(name: &X509Name<'_>) -> Self {
        let attributes = name
            .iter_attributes()
            .map(|attribute| Attribute {
                oid: attribute.attr_type().to_id_string(),
                value: text_of(attribute.attr_value()),
            })
            .collect();
        Self { attributes }
    }

    /// Reads a string of RFC 4514 §3, in whichever order its components stand.
    ///
    /// # Errors
    /// See [`NameError`].
    pub fn parse(text: &str) -> Result<Self, NameError> {
        if text.trim().is_empty() {
            return Err(NameError::Empty);
        }
        let attributes = components(text)
            .into_iter()
            .map(parse_component)
            .collect::<Result<_, _>>()?;
        Ok(Self { attributes })
    }

    /// Whether every attribute of `self` is matched by an attribute of `other` of its own.
    #[must_use]
    pub fn is_part_of(&self, other: &DistinguishedName) -> bool {
        let mut rest: Vec<&Attribute> = other.attributes.iter().collect();
        self.attributes.iter().all(|wanted| {
            let found = rest.iter().position(|held| wanted.matches(held));
            found.map(|index| rest.swap_remove(index)).is_some()
        })
    }

    /// The values of the attribute with this dotted OID.
    pub fn values<'a>(&'a self, oid: &'a str) -> impl Iterator<Item = &'a str> {
        self.attributes
            .iter()
            .filter(move |attribute| attribute.oid == oid)
            .map(|attribute| attribute.value.as_str())
    }
}

/// The name in RFC 4514 order: the reverse of the encoding.
impl fmt::Display for DistinguishedName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, attribute) in self.attributes.iter().rev().enumerate() {
            if index > 0 {
                formatter.write_str(",")?;
            }
            let name = ATTRIBUTES
                .iter()
                .find(|(_, oid)| *oid == attribute.oid)
                .map_or(attribute.oid.as_str(), |(name, _)| name);
            write!(formatter, "{name}={}", escape(&attribute.value))?;
        }
        Ok(())
    }
}

/// The text of a string-typed attribute value; of any other, `#` and its DER in hex.
fn text_of(value: &Any<'_>) -> String {
    let is_text = [
        Tag::Utf8String,
        Tag::PrintableString,
        Tag::Ia5String,
        Tag::T61String,
    ]
    .contains(&value.tag());
    match std::str::from_utf8(value.data) {
        Ok(text) if is_text => text.to_owned(),
        _ => value
            .data
            .iter()
            .fold("#".to_owned(), |hex, byte| format!("{hex}{byte:02x}")),
    }
}

/// Splits at `,` and `+` that are neither escaped nor quoted.
fn components(text: &str) -> Vec<&str> {
    let (mut parts, mut start, mut escaped, mut quoted) = (Vec::new(), 0, false, false);
    for (at, character) in text.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => quoted = !quoted,
            ',' | '+' if !quoted => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

fn parse_component(component: &str) -> Result<Attribute, NameError> {
    let (name, value) = component
        .split_once('=')
        .ok_or_else(|| NameError::NoValue(component.trim().to_owned()))?;
    Ok(Attribute {
        oid: parse_type(name.trim())?,
        value: parse_value(value)?,
    })
}

fn parse_type(name: &str) -> Result<String, NameError> {
    if let Some((_, oid)) = ATTRIBUTES
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name))
    {
        return Ok((*oid).to_owned());
    }
    let dotted = match name.get(..4) {
        Some(prefix) if prefix.eq_ignore_ascii_case("oid.") => &name[4..],
        _ => name,
    };
    let is_arc = |arc: &str| !arc.is_empty() && arc.bytes().all(|byte| byte.is_ascii_digit());
    if dotted.contains('.') && dotted.split('.').all(is_arc) {
        Ok(dotted.to_owned())
    } else {
        Err(NameError::UnknownAttribute(name.to_owned()))
    }
}

fn parse_value(value: &str) -> Result<String, NameError> {
    let bad = || NameError::BadValue(value.trim().to_owned());
    let trimmed = value.trim_start();
    if let Some(hex) = trimmed.trim_end().strip_prefix('#') {
        let der = decode_hex(hex).ok_or_else(bad)?;
        return match Any::from_der(&der) {
            Ok(([], value)) => Ok(text_of(&value)),
            _ => Err(bad()),
        };
    }
    if let Some(quoted) = trimmed.trim_end().strip_prefix('"') {
        return unescape(quoted.strip_suffix('"').ok_or_else(bad)?).ok_or_else(bad);
    }
    // A trailing space counts only when it is escaped.
    let end = trimmed.trim_end();
    let space = trimmed[end.len()..]
        .chars()
        .next()
        .map_or(0, char::len_utf8);
    let kept = if end.ends_with('\\') {
        &trimmed[..end.len() + space]
    } else {
        end
    };
    unescape(kept).ok_or_else(bad)
}

/// Undoes `\,` and `\C3\A9` escapes (RFC 4514 §2.4).
fn unescape(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [byte, tail @ ..] = rest {
        rest = tail;
        if *byte != b'\\' {
            bytes.push(*byte);
            continue;
        }
        match rest {
            [high, low, tail @ ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                bytes.extend(decode_hex(&format!(
                    "{}{}",
                    char::from(*high),
                    char::from(*low)
                ))?);
                rest = tail;
            }
            [special, tail @ ..] if b" \"#+,;<=>\\".contains(special) => {
                bytes.push(*special);
                rest = tail;
            }
            _ => return None,
        }
    }
    String::from_utf8(bytes).ok()
}

fn decode_hex(hex: &str) -> Option<Vec<u8>> {
    let nibbles: Vec<u8> = hex
        .chars()
        .map(|digit| {
            digit
                .to_digit(16)
                .and_then(|digit| u8::try_from(digit).ok())
        })
        .collect::<Option<_>>()?;
    nibbles.len().is_multiple_of(2).then(|| {
        nibbles
            .chunks(2)
            .map(|pair| pair[0] << 4 | pair[1])
            .collect()
    })
}

fn escape(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    let last = value.chars().count().saturating_sub(1);
    for (index, character) in value.chars().enumerate() {
        let at_edge =
            (character == ' ' && (index == 0 || index == last)) || (character == '#' && index == 0);
        if at_edge || "\"+,;<>\\".contains(character) {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

fn fold(value: &str) -> String {
    let words: Vec<&str> = value.split_whitespace().collect();
    words.join(" ").to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `C=GB, O=Acme Ltd, 2.5.4.97=PSDGB-FCA-1, CN=0015800001HQQrZAAX` in encoding order.
    fn held() -> DistinguishedName {
        DistinguishedName {
            attributes: [
                ("2.5.4.6", "GB"),
                ("2.5.4.10", "Acme Ltd"),
                ("2.5.4.97", "PSDGB-FCA-1"),
                ("2.5.4.3", "0015800001HQQrZAAX"),
            ]
            .map(|(oid, value)| Attribute {
                oid: oid.to_owned(),
                value: value.to_owned(),
            })
            .into(),
        }
    }

    #[test]
    fn every_known_spelling_of_one_name_matches() {
        for text in [
            "CN=0015800001HQQrZAAX,organizationIdentifier=PSDGB-FCA-1,O=Acme Ltd,C=GB",
            "CN=0015800001HQQrZAAX,2.5.4.97=PSDGB-FCA-1,O=Acme Ltd,C=GB",
            "CN=0015800001HQQrZAAX,2.5.4.97=#130b50534447422d4643412d31,O=Acme Ltd,C=GB",
            "CN=0015800001HQQrZAAX,O=Acme Ltd,C=GB,2.5.4.97=#0C0B50534447422D4643412D31",
            "CN=0015800001HQQrZAAX,O=Acme Ltd,C=GB",
            "C=GB, O=Acme Ltd, OID.2.5.4.97=PSDGB-FCA-1, CN=0015800001HQQrZAAX",
            "cn=0015800001hqqrzaax,o=acme   ltd,c=gb",
            r"CN=0015800001HQQrZAAX,O=Ac\6De Ltd,C=GB",
            "CN=0015800001HQQrZAAX+O=\"Acme Ltd\",C=GB",
        ] {
            let name = DistinguishedName::parse(text).unwrap();
            assert!(name.is_part_of(&held()), "{text}");
        }
    }

    #[test]
    fn another_name_does_not_match() {
        for text in [
            "CN=other,C=GB",
            "OU=x",
            "CN=0015800001HQQrZAAX,CN=0015800001HQQrZAAX",
        ] {
            let name = DistinguishedName::parse(text).unwrap();
            assert!(!name.is_part_of(&held()), "{text}");
        }
    }

    #[test]
    fn what_is_no_name_is_refused_with_its_reason() {
        for (text, expected) in [
            ("", NameError::Empty),
            ("  ", NameError::Empty),
            ("CN", NameError::NoValue("CN".into())),
            ("CN=a,,C=GB", NameError::NoValue(String::new())),
            ("XX=a", NameError::UnknownAttribute("XX".into())),
            ("2.=a", NameError::UnknownAttribute("2.".into())),
            ("CN=#zz", NameError::BadValue("#zz".into())),
            ("CN=#0c05aa", NameError::BadValue("#0c05aa".into())),
            (r"CN=a\", NameError::BadValue(r"a\".into())),
            (r"CN=\ff", NameError::BadValue(r"\ff".into())),
            ("CN=a\\\u{a0}", NameError::BadValue("a\\".into())),
        ] {
            assert_eq!(DistinguishedName::parse(text), Err(expected), "{text}");
        }
    }

    #[test]
    fn a_name_is_shown_as_it_can_be_read_again() {
        let mut name = held();
        name.attributes[1].value = r#" Acme, "Sons" #1\ "#.to_owned();
        let shown = name.to_string();
        assert!(
            DistinguishedName::parse(&shown).unwrap().is_part_of(&name),
            "{shown}"
        );
        assert!(shown.starts_with("CN=0015800001HQQrZAAX,ORGANIZATIONIDENTIFIER="));
    }
}
