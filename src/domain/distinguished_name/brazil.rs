//! Names as Open Finance Brasil writes and compares them (DCR §7.1, `tls_client_auth_subject_dn`).
//!
//! RFC 4514 order; nine types by their short names with readable values, every other as dotted OID
//! with `#` and the hex of the value's BER encoding, whose tag is that of the certificate:
//!
//! ```text
//! CN=tpp.example.com,UID=10120340-…,2.5.4.97=#0c2a4f4642…,L=Sao Paulo,ST=SP,O=Exemplo,C=BR
//! ```

use super::attribute::{Attribute, Encoding};
use super::display::escape;
use super::parse::{is_dotted, parse_hex, parse_with, type_and_value, unescape};
use super::{ATTRIBUTES, DistinguishedName, Mismatch, NameError, NotBrazilian, TypeName};

/// The types that are written by name.
const SHORT_NAMES: [&str; 9] = ["CN", "L", "ST", "O", "OU", "C", "STREET", "DC", "UID"];

/// The short name that this dotted OID must be written by, if any.
pub(super) fn short_name(oid: &str) -> Option<&'static str> {
    let of_type = ATTRIBUTES.iter().filter(|(_, known)| *known == oid);
    let mut names = of_type.map(|(name, _)| *name);
    names.find(|name| SHORT_NAMES.contains(name))
}

impl DistinguishedName {
    /// Reads a string as Open Finance Brasil allows it, in whichever order its components stand.
    ///
    /// # Errors
    /// See [`NameError`].
    pub fn parse_brazilian(text: &str) -> Result<Self, NameError> {
        parse_with(text, parse_component)
    }

    /// Compares a name of [`Self::parse_brazilian`] with the subject of a certificate: the same
    /// attributes in RFC 4514 order, each of the same value but for case and runs of spaces, and
    /// in hex under the same tag (RFC 4517 §4.2.15).
    ///
    /// # Errors
    /// The first difference.
    pub fn is_brazilian_name_of(
        &self,
        certificate_subject: &DistinguishedName,
    ) -> Result<(), Mismatch> {
        if let Some(missing) = certificate_subject.type_beyond(self) {
            return Err(Mismatch::Missing(missing));
        }
        if let Some(surplus) = self.type_beyond(certificate_subject) {
            return Err(Mismatch::Surplus(surplus));
        }
        let mut position = 1;
        for (named, held) in self.rdns().zip(certificate_subject.rdns().rev()) {
            compare(named, held, position)?;
            position += named.len();
        }
        Ok(())
    }

    /// The string that a TPP must send for a certificate of this subject.
    #[must_use]
    pub fn to_brazilian_string(&self) -> String {
        self.rfc4514(|attribute| {
            let is_text = !matches!(attribute.encoding, Encoding::Opaque(_));
            match short_name(&attribute.oid) {
                Some(name) if is_text => format!("{name}={}", escape(&attribute.value)),
                // RFC 4514 §2.4 has no other way to write what is no string.
                Some(name) => format!("{name}=#{}", attribute.hex()),
                None => format!("{}=#{}", attribute.oid, attribute.hex()),
            }
        })
    }

    /// A type that `self` has more often than `other`.
    fn type_beyond(&self, other: &DistinguishedName) -> Option<TypeName> {
        let count = |name: &DistinguishedName, oid: &str| name.values(oid).count();
        let oids = self.attributes.iter().map(|attribute| &attribute.oid);
        oids.into_iter()
            .find(|oid| count(self, oid) > count(other, oid))
            .map(|oid| TypeName(oid.clone()))
    }
}

/// Compares one relative name with that of the certificate; within it the order is free.
fn compare(named: &[Attribute], held: &[Attribute], position: usize) -> Result<(), Mismatch> {
    for (index, attribute) in named.iter().enumerate() {
        let same_type = |held: &&Attribute| held.oid == attribute.oid;
        let of_type = held.iter().find(same_type);
        let Some(of_type) = of_type.filter(|_| named.len() == held.len()) else {
            return Err(order(position + index, attribute, &held[0]));
        };
        // A type may occur twice in one relative name.
        let mut candidates = held.iter().filter(same_type);
        let wanted = candidates.find(|held| held.has_value_of(attribute));
        difference(attribute, wanted.unwrap_or(of_type))?;
    }
    Ok(())
}

fn order(position: usize, found: &Attribute, wanted: &Attribute) -> Mismatch {
    Mismatch::Order {
        position,
        found: TypeName(found.oid.clone()),
        wanted: TypeName(wanted.oid.clone()),
    }
}

fn difference(named: &Attribute, held: &Attribute) -> Result<(), Mismatch> {
    let attribute = || TypeName(held.oid.clone());
    if let (Some(found), Some(wanted)) = (named.encoding.tag(), held.encoding.tag())
        && found != wanted
    {
        return Err(Mismatch::Tag {
            attribute: attribute(),
            found: found.0,
            wanted: wanted.0,
        });
    }
    if named.has_value_of(held) {
        return Ok(());
    }
    Err(Mismatch::Value {
        attribute: attribute(),
        found: named.value.clone(),
        wanted: held.value.clone(),
    })
}

fn parse_component(component: &str) -> Result<(String, String, Encoding), NameError> {
    let (name, value) = type_and_value(component)?;
    if name != name.trim() || has_bare_blank(value) {
        return Err(NotBrazilian::Blank(component.to_owned()).into());
    }
    if is_dotted(name) {
        let (text, encoding) = parse_dotted(name, value)?;
        return Ok((name.to_owned(), text, encoding));
    }
    let known = ATTRIBUTES
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name));
    match known {
        Some((short, oid)) if SHORT_NAMES.contains(short) => {
            let text = parse_readable(short, value)?;
            Ok(((*oid).to_owned(), text, Encoding::Unsaid))
        }
        _ => Err(wrong_type(name, known.map(|(_, oid)| *oid)).into()),
    }
}

fn wrong_type(name: &str, oid: Option<&'static str>) -> NotBrazilian {
    match name.split_at_checked(4) {
        Some((prefix, dotted)) if prefix.eq_ignore_ascii_case("oid.") && is_dotted(dotted) => {
            NotBrazilian::Prefix(dotted.to_owned())
        }
        _ => NotBrazilian::NotAShortName {
            name: name.to_owned(),
            oid,
        },
    }
}

fn parse_dotted(oid: &str, value: &str) -> Result<(String, Encoding), NotBrazilian> {
    let oid = oid.to_owned();
    if let Some(name) = short_name(&oid) {
        return Err(NotBrazilian::HasAShortName { oid, name });
    }
    let value = value.to_owned();
    match value.strip_prefix('#') {
        None => Err(NotBrazilian::ReadableValue { oid, value }),
        Some(hex) => parse_hex(hex).map_err(|cause| NotBrazilian::BadHex { oid, value, cause }),
    }
}

fn parse_readable(name: &'static str, value: &str) -> Result<String, NameError> {
    if value.starts_with('#') {
        let value = value.to_owned();
        return Err(NotBrazilian::HexValue { name, value }.into());
    }
    let bad = || NameError::BadValue(value.to_owned());
    if has_bare_special(value) {
        return Err(bad());
    }
    unescape(value).ok_or_else(bad)
}

/// Whether something stands unescaped that RFC 4514 §3 (`stringchar`) wants escaped.
fn has_bare_special(value: &str) -> bool {
    let mut is_escaped = false;
    value.chars().any(|character| {
        if is_escaped {
            is_escaped = false;
            return false;
        }
        is_escaped = character == '\\';
        "\"+,;<>\0".contains(character)
    })
}

/// Whether the value begins or ends with a blank that is not escaped.
fn has_bare_blank(value: &str) -> bool {
    let is_bare = |head: &str| {
        let backslashes = head.len() - head.trim_end_matches('\\').len();
        backslashes.is_multiple_of(2)
    };
    value.starts_with(' ') || value.strip_suffix(' ').is_some_and(is_bare)
}
