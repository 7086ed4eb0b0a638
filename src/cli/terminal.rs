//! Text of strangers on a terminal.

use std::fmt::Write as _;
use std::io::{self, ErrorKind, Write};

use anyhow::anyhow;

/// The text with every character escaped that a terminal may take for a command, or that hides or
/// turns around what stands beside it.
pub fn harmless(text: &str) -> String {
    let mut harmless = String::with_capacity(text.len());
    for character in text.chars() {
        if is_command(character) {
            harmless.extend(character.escape_default());
        } else {
            harmless.push(character);
        }
    }
    harmless
}

/// A JSON text in which no such character is left. They occur within strings only.
pub fn harmless_json(text: &str) -> String {
    let mut harmless = String::with_capacity(text.len());
    for character in text.chars() {
        // JSON's own line breaks stand between values.
        if is_command(character) && character != '\n' {
            let code = u32::from(character);
            let _ = write!(harmless, "\\u{code:04x}");
        } else {
            harmless.push(character);
        }
    }
    harmless
}

fn is_command(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// Prints a text that ends with a line break.
///
/// # Errors
/// See [`printed`].
pub fn print(text: &str) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    printed(out.write_all(text.as_bytes()).and_then(|()| out.flush()))
}

/// What became of a text for standard output. Whoever closes that has seen enough.
///
/// # Errors
/// It could not be written for another reason, such as a full disk.
pub fn printed(written: io::Result<()>) -> anyhow::Result<()> {
    match written {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(anyhow!("cannot write to standard output: {error}"))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_moves_a_cursor_or_turns_text_around_is_escaped() {
        for (text, expected, json) in [
            ("ação", "ação", "ação"),
            ("a\u{1b}[2J", "a\\u{1b}[2J", "a\\u001b[2J"),
            ("a\u{9b}2J", "a\\u{9b}2J", "a\\u009b2J"),
            ("a\u{202e}b", "a\\u{202e}b", "a\\u202eb"),
            ("a\rb", "a\\rb", "a\\u000db"),
        ] {
            assert_eq!(harmless(text), expected);
            assert_eq!(harmless_json(text), json);
        }
    }
}
