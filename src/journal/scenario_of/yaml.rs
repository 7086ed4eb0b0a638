//! Texts as YAML.

use std::fmt::Write;

/// A text as a YAML scalar that is nothing but this text.
pub(super) fn scalar(text: &str) -> String {
    let is_plain = |sign: char| {
        !sign.is_control() && !matches!(sign, '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}')
    };
    let is_of_bmp = |sign: char| !matches!(sign, '\u{fffe}' | '\u{ffff}');
    if text.chars().all(|sign| is_plain(sign) && is_of_bmp(sign)) {
        return format!("'{}'", text.replace('\'', "''"));
    }
    let mut quoted = String::from("\"");
    for sign in text.chars() {
        match sign {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            sign if is_plain(sign) && is_of_bmp(sign) => quoted.push(sign),
            // Writing into a text does not fail.
            sign if u32::from(sign) < 0x100 => {
                let _ = write!(quoted, "\\x{:02X}", u32::from(sign));
            }
            sign => {
                let _ = write!(quoted, "\\U{:08X}", u32::from(sign));
            }
        }
    }
    quoted.push('"');
    quoted
}
