//! Secrets in texts that are no JSON and no form, or no longer: cut, broken, or a part of another.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex_lite::{Captures, Regex};

use crate::domain::jws::Jws;
use crate::journal::masking::{MASK, json};

const NAMES: &str = "client_?-?secret|access_?-?token|refresh_?-?token|client_?-?assertion|assertion|id_?-?token|password|private_?-?key|token|secret|api_?-?key|code_?-?verifier";

/// `"name": "value"`, its end missing or not; the quotes escaped or not.
static MEMBER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let pattern =
        format!(r#"(?i)(\\?"(?:registration_?-?)?(?:{NAMES})\\?"\s*:\s*\\?")((?:[^"\\]|\\[^"])*)"#);
    Regex::new(&pattern).ok()
});
/// `name=value` or, in a URL, `code=value`.
static PAIR: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let pattern = format!(
        r#"(?i)((?:\b(?:registration_?-?)?(?:{NAMES})|[?&]code)[ \t]*=[ \t]*)([^&\s"'<>\\]+)"#
    );
    Regex::new(&pattern).ok()
});
/// `name="value"`, its end missing or not; the quotes escaped or not.
static QUOTED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let pattern = format!(
        r#"(?i)(\b(?:registration_?-?)?(?:{NAMES})[ \t]*=[ \t]*)(?:(")(?:[^"\\]|\\.)+|(\\")[^"\\]+)"#
    );
    Regex::new(&pattern).ok()
});
/// A part of `multipart/form-data` (RFC 7578 §4.2), its end missing or not.
static PART: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let pattern = format!(
        r#"(?i)(\bname[ \t]*=[ \t]*"?[ \t]*(?:(?:registration_?-?)?(?:{NAMES})|code)[ \t]*"?[ \t]*(?:;[^\r\n]*)?\r?\n(?:[^\r\n]+\r?\n)*\r?\n)((?s:.)+?)(\r?\n--|$)"#
    );
    Regex::new(&pattern).ok()
});
/// What follows the scheme of credentials (RFC 9110 §11.2, `token68`).
static CREDENTIALS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"(?i)\b((?:Bearer|Basic|DPoP)\s+)[A-Za-z0-9._~+/-]+=*($|[\s,;"'])"#).ok()
});
/// A member of a JWK.
static KEY_MEMBER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"(\\?"(?:d|p|q|dp|dq|qi|k)\\?"\s*:\s*\\?")([A-Za-z0-9_=+/-]+)"#).ok()
});
/// A private key, its end missing or not.
static PEM: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----)((?s:.)*?)(-----END [A-Z0-9 ]*PRIVATE KEY-----|$)",
    )
    .ok()
});
/// A compact JWS.
static JWS: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(eyJ[A-Za-z0-9_-]*)\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*").ok());

/// The text; borrowed if nothing in it is secret.
pub(super) fn masked(text: &str) -> Cow<'_, str> {
    // What each of them needs, so that most texts are not searched at all.
    let mut found = Cow::Borrowed(text);
    if text.contains(':') {
        found = replaced(found, &MEMBER, |parts| format!("{}{MASK}", &parts[1]));
    }
    if text.contains('=') {
        found = replaced(found, &PAIR, |parts| format!("{}{MASK}", &parts[1]));
        found = replaced(found, &QUOTED, |parts| {
            let quote = parts.get(2).or(parts.get(3));
            let quote = quote.map_or("", |quote| quote.as_str());
            format!("{}{quote}{MASK}", &parts[1])
        });
    }
    if text.contains("form-data") {
        found = replaced(found, &PART, |parts| {
            format!("{}{MASK}{}", &parts[1], &parts[3])
        });
    }
    if text.contains("\"kty") || text.contains("\\\"kty") {
        found = replaced(found, &KEY_MEMBER, |parts| format!("{}{MASK}", &parts[1]));
    }
    if text.contains("PRIVATE KEY") {
        found = replaced(found, &PEM, |parts| {
            format!("{}{MASK}{}", &parts[1], &parts[3])
        });
    }
    if text.contains("eyJ") {
        found = replaced(found, &JWS, signed);
    }
    found
}

/// The value of a header field without what follows a scheme in it.
pub(super) fn credentials(value: Cow<'_, str>) -> Cow<'_, str> {
    replaced(value, &CREDENTIALS, |parts| {
        format!("{}{MASK}{}", &parts[1], &parts[2])
    })
}

/// A JWS whole, or without its payload where that has a secret in it.
fn signed(parts: &Captures<'_>) -> String {
    let mut claims = Jws::parse(&parts[0])
        .map(|jws| jws.claims)
        .unwrap_or_default();
    if json::mask_object(&mut claims) {
        return format!("{}.{MASK}.{MASK}", &parts[1]);
    }
    parts[0].to_owned()
}

fn replaced<'t>(
    text: Cow<'t, str>,
    regex: &LazyLock<Option<Regex>>,
    by: impl Fn(&Captures<'_>) -> String,
) -> Cow<'t, str> {
    let Some(regex) = &**regex else {
        return text;
    };
    let replacement = regex.replace_all(&text, |parts: &Captures<'_>| by(parts));
    if *replacement == *text {
        return text;
    }
    Cow::Owned(replacement.into_owned())
}
