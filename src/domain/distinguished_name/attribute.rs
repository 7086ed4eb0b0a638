//! One attribute of a name: its type, its value, and how the value is encoded.

use x509_parser::der_parser::asn1_rs::{Any, Tag, ToDer as _};

/// One attribute: its OID in dotted form, and its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Attribute {
    pub oid: String,
    /// The text of a string; of anything else `#` and its DER in hex.
    pub value: String,
    pub encoding: Encoding,
    /// Whether it belongs to the same relative name as the attribute before it.
    pub is_joined: bool,
}

/// How a value is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    /// Not known: it was written as text.
    Unsaid,
    /// A string type.
    Text(Tag),
    /// Something else, or a string that is none.
    Opaque(Tag),
}

impl Encoding {
    pub fn tag(self) -> Option<Tag> {
        match self {
            Encoding::Unsaid => None,
            Encoding::Text(tag) | Encoding::Opaque(tag) => Some(tag),
        }
    }
}

impl Attribute {
    /// Same type and, with case and runs of spaces folded, the same value (RFC 4517 §4.2.11).
    pub fn matches(&self, other: &Attribute) -> bool {
        self.oid == other.oid && self.has_value_of(other)
    }

    pub fn has_value_of(&self, other: &Attribute) -> bool {
        fold(&self.value) == fold(&other.value)
    }

    /// The hex of the value's DER; a text of unknown encoding becomes a `UTF8String`.
    pub fn hex(&self) -> String {
        match self.encoding {
            Encoding::Opaque(_) => self.value.trim_start_matches('#').to_owned(),
            Encoding::Text(tag) => encode(tag, &self.value),
            Encoding::Unsaid => encode(Tag::Utf8String, &self.value),
        }
    }
}

fn fold(value: &str) -> String {
    let words: Vec<&str> = value.split_whitespace().collect();
    words.join(" ").to_lowercase()
}

/// The text and encoding of a value (RFC 5280 appendix A, `DirectoryString` and `IA5String`).
pub(super) fn read(value: &Any<'_>) -> (String, Encoding) {
    if let Some(text) = decode(value.tag(), value.data) {
        return (text, Encoding::Text(value.tag()));
    }
    let der = value.to_der_vec().unwrap_or_default();
    (format!("#{}", to_hex(&der)), Encoding::Opaque(value.tag()))
}

fn decode(tag: Tag, content: &[u8]) -> Option<String> {
    match tag {
        Tag::Utf8String
        | Tag::PrintableString
        | Tag::Ia5String
        | Tag::T61String
        | Tag::NumericString
        | Tag::VisibleString => std::str::from_utf8(content).ok().map(str::to_owned),
        Tag::BmpString => {
            let (units, []) = content.as_chunks::<2>() else {
                return None;
            };
            let units = units.iter().map(|unit| u16::from_be_bytes(*unit));
            char::decode_utf16(units).collect::<Result<_, _>>().ok()
        }
        Tag::UniversalString => {
            let (units, []) = content.as_chunks::<4>() else {
                return None;
            };
            let units = units.iter().map(|unit| u32::from_be_bytes(*unit));
            units.map(char::from_u32).collect()
        }
        _ => None,
    }
}

fn encode(tag: Tag, text: &str) -> String {
    let content: Vec<u8> = match tag {
        Tag::BmpString => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        Tag::UniversalString => text
            .chars()
            .flat_map(|letter| u32::from(letter).to_be_bytes())
            .collect(),
        _ => text.as_bytes().to_vec(),
    };
    let der = Any::from_tag_and_data(tag, &content).to_der_vec();
    // Only a tag of more than one octet could fail, and no string type has one.
    to_hex(&der.unwrap_or_default())
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
