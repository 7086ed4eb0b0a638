//! A name as a string.

use std::fmt;

use super::attribute::{Attribute, Encoding};
use super::{ATTRIBUTES, DistinguishedName};

/// The name in RFC 4514 order: the reverse of the encoding.
impl fmt::Display for DistinguishedName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.rfc4514(|attribute| {
            let name = type_name(attribute);
            format!("{name}={}", escape(&attribute.value))
        }))
    }
}

fn type_name(attribute: &Attribute) -> &str {
    let mut known = ATTRIBUTES.iter();
    let known = known.find(|(_, oid)| *oid == attribute.oid);
    known.map_or(attribute.oid.as_str(), |(name, _)| name)
}

impl DistinguishedName {
    /// The text that [`DistinguishedName::parse`] reads as this very name: in its order, and in hex
    /// what has an encoding of its own.
    #[must_use]
    pub fn to_exact_string(&self) -> String {
        let mut text = String::new();
        for (index, attribute) in self.attributes.iter().enumerate() {
            if index > 0 {
                text.push(if attribute.is_joined { '+' } else { ',' });
            }
            let value = match attribute.encoding {
                Encoding::Unsaid => escape(&attribute.value),
                _ => format!("#{}", attribute.hex()),
            };
            text.push_str(type_name(attribute));
            text.push('=');
            text.push_str(&value);
        }
        text
    }

    /// The reverse of the encoding, each attribute written as `text` says.
    pub(super) fn rfc4514(&self, text: impl Fn(&Attribute) -> String) -> String {
        let rdn = |attributes: &[Attribute]| -> String {
            let parts: Vec<String> = attributes.iter().map(&text).collect();
            parts.join("+")
        };
        let rdns: Vec<String> = self.rdns().rev().map(rdn).collect();
        rdns.join(",")
    }
}

/// Escapes what RFC 4514 §2.4 says must be, and at the edges every blank that a reader would pass over.
pub(super) fn escape(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    let last = value.chars().count().saturating_sub(1);
    for (index, character) in value.chars().enumerate() {
        let at_edge = index == 0 || index == last;
        match character {
            '\0' => escaped.push_str("\\00"),
            ' ' if at_edge => escaped.push_str("\\ "),
            blank if at_edge && blank.is_whitespace() => escape_hex(blank, &mut escaped),
            '#' if index == 0 => escaped.push_str("\\#"),
            '"' | '+' | ',' | ';' | '<' | '>' | '\\' => escaped.extend(['\\', character]),
            _ => escaped.push(character),
        }
    }
    escaped
}

fn escape_hex(character: char, escaped: &mut String) {
    let mut bytes = [0; 4];
    let bytes = character.encode_utf8(&mut bytes).bytes();
    escaped.extend(bytes.map(|byte| format!("\\{byte:02x}")));
}
