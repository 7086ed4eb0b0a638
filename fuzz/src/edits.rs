//! Changes to an ordinary JWT, as an input writes them: two lines with a JSON object each.
//!
//! ```text
//! {"scope": "openid", "iat": null, "-jti": 0}
//! {"alg": "none"}
//! ```
//!
//! The first is for the claims, where a name that begins with `-` leaves the claim out; the second for
//! the header, where `null` does. Either line may be empty.

use aspsp_emulator::domain::json::{Object, parse_object};
use aspsp_emulator::domain::signing::Edits;

/// Reads both lines; `None` if one is no object.
#[must_use]
pub fn parse(lines: &str) -> Option<Edits> {
    let (claims, header) = lines.split_once('\n').unwrap_or((lines, ""));
    let mut edits = Edits {
        header: object(header)?,
        ..Edits::default()
    };
    for (name, value) in object(claims)? {
        match name.strip_prefix('-') {
            Some(left_out) => edits.removed_claims.push(left_out.to_owned()),
            None => {
                edits.claims.insert(name, value);
            }
        }
    }
    Some(edits)
}

fn object(line: &str) -> Option<Object> {
    if line.trim().is_empty() {
        return Some(Object::new());
    }
    parse_object(line.as_bytes()).ok()
}
