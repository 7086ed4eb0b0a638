//! A string as a name.

use x509_parser::der_parser::asn1_rs::{Any, FromDer as _};

use super::attribute::{self, Attribute, Encoding};
use super::{ATTRIBUTES, DistinguishedName, NameError};

impl DistinguishedName {
    /// Reads a string of RFC 4514 §3, in whichever order its components stand.
    ///
    /// # Errors
    /// See [`NameError`].
    pub fn parse(text: &str) -> Result<Self, NameError> {
        parse_with(text, |component| {
            let (name, value) = type_and_value(component)?;
            let (value, encoding) = parse_value(value)?;
            Ok((parse_type(name.trim())?, value, encoding))
        })
    }
}

/// Reads every component with `parse_component`: its OID, its value and the value's encoding.
pub(super) fn parse_with(
    text: &str,
    parse_component: impl Fn(&str) -> Result<(String, String, Encoding), NameError>,
) -> Result<DistinguishedName, NameError> {
    if text.trim().is_empty() {
        return Err(NameError::Empty);
    }
    let attribute = |(is_joined, component)| {
        let (oid, value, encoding) = parse_component(component)?;
        Ok(Attribute {
            oid,
            value,
            encoding,
            is_joined,
        })
    };
    let attributes = components(text).into_iter().map(attribute);
    Ok(DistinguishedName {
        attributes: attributes.collect::<Result<_, NameError>>()?,
    })
}

pub(super) fn type_and_value(component: &str) -> Result<(&str, &str), NameError> {
    component
        .split_once('=')
        .ok_or_else(|| NameError::NoValue(component.trim().to_owned()))
}

/// Splits at `,` and `+` that are neither escaped nor quoted; with each part, whether a `+` stands
/// before it.
fn components(text: &str) -> Vec<(bool, &str)> {
    let (mut parts, mut start, mut escaped, mut quoted) = (Vec::new(), 0, false, false);
    let mut is_joined = false;
    for (at, character) in text.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => quoted = !quoted,
            ',' | '+' if !quoted => {
                parts.push((is_joined, &text[start..at]));
                (start, is_joined) = (at + 1, character == '+');
            }
            _ => {}
        }
    }
    parts.push((is_joined, &text[start..]));
    parts
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
    if is_dotted(dotted) {
        Ok(dotted.to_owned())
    } else {
        Err(NameError::UnknownAttribute(name.to_owned()))
    }
}

pub(super) fn is_dotted(text: &str) -> bool {
    let is_arc = |arc: &str| !arc.is_empty() && arc.bytes().all(|byte| byte.is_ascii_digit());
    text.contains('.') && text.split('.').all(is_arc)
}

fn parse_value(value: &str) -> Result<(String, Encoding), NameError> {
    let bad = || NameError::BadValue(value.trim().to_owned());
    let trimmed = value.trim_start();
    if let Some(hex) = trimmed.trim_end().strip_prefix('#') {
        return parse_hex(hex).map_err(|_| bad());
    }
    if let Some(quoted) = trimmed.trim_end().strip_prefix('"') {
        let text = unescape(quoted.strip_suffix('"').ok_or_else(bad)?);
        return Ok((text.ok_or_else(bad)?, Encoding::Unsaid));
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
    Ok((unescape(kept).ok_or_else(bad)?, Encoding::Unsaid))
}

/// The value whose BER encoding this is, or what is wrong with it.
pub(super) fn parse_hex(hex: &str) -> Result<(String, Encoding), &'static str> {
    if !hex.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return Err("not hex");
    }
    let ber = decode_hex(hex).ok_or("an odd number of hex digits")?;
    match Any::from_der(&ber) {
        Ok(([], value)) => Ok(attribute::read(&value)),
        Ok(_) => Err("longer than its length octets say"),
        Err(_) => Err("not one whole BER value (its length octets promise more)"),
    }
}

/// Undoes `\,` and `\C3\A9` escapes (RFC 4514 §2.4).
pub(super) fn unescape(text: &str) -> Option<String> {
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
