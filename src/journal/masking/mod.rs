//! Secrets, keys and tokens are not shown unless somebody asks for them.
//!
//! Masked, by [`MASK`] in their place:
//!
//! - credentials of header fields whose name has `authorization` in it (the scheme stays), and after
//!   `Bearer`, `Basic` and `DPoP` in others; values of cookies; whole fields whose name has `secret`,
//!   `token`, `password` or `api-key` in it;
//! - `client_secret`, `secret`, `access_token`, `refresh_token`, `registration_access_token`, `token`,
//!   `client_assertion`, `assertion`, `id_token`, `code_verifier`, `password`, `api_key` and
//!   `private_key`, however capitals, `_` and `-` stand in the name: as members of JSON at any depth,
//!   fields of a form (multipart too), parameters of a URL, and where a body is neither but has them in it;
//! - `code` in forms and URLs, where it is an authorization code;
//! - the private members `d`, `p`, `q`, `dp`, `dq`, `qi`, `oth` and `k` of a JWK (RFC 7518 §6);
//! - private keys in PEM;
//! - the whole body where it is compressed, since nobody reads it.
//!
//! A compact JWS that is a request or a software statement is no secret and stays whole, unless one
//! of its claims is; then its payload and signature are masked. What is masked keeps its form: JSON stays JSON.

mod form;
mod json;
mod text;

use std::borrow::Cow;

use crate::domain::json::Object;
use crate::journal::exchange::{Body, Headers};

pub(super) use self::form::url;

/// What stands in the place of a secret.
pub const MASK: &str = "***";

/// Whether secrets are shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Masking {
    /// They are not.
    #[default]
    Masked,
    /// They are.
    Revealed,
}

/// A body as it can be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shown {
    /// As text.
    Text(String),
    /// It is none.
    Binary(Vec<u8>),
}

const SECRETS: [&str; 13] = [
    "clientsecret",
    "accesstoken",
    "refreshtoken",
    "registrationaccesstoken",
    "clientassertion",
    "assertion",
    "idtoken",
    "password",
    "privatekey",
    "secret",
    "token",
    "apikey",
    "codeverifier",
];

/// Parts of names of header fields that carry a secret.
const SECRET_FIELDS: [&str; 5] = ["secret", "token", "password", "api-key", "apikey"];

/// Whether the value of this name is a secret.
fn is_secret(name: &str) -> bool {
    let mut plain = name.to_ascii_lowercase();
    plain.retain(|sign| sign != '_' && sign != '-');
    SECRETS.contains(&plain.as_str())
}

/// A text that may have secrets in it.
pub(super) fn text(text: &str, masking: Masking) -> String {
    match masking {
        Masking::Revealed => text.to_owned(),
        Masking::Masked => text::masked(text).into_owned(),
    }
}

/// The members of a document.
pub(super) fn object(object: &Object, masking: Masking) -> Object {
    let mut object = object.clone();
    if masking == Masking::Masked {
        json::mask_object(&mut object);
    }
    object
}

/// The fields of a head, each as text.
pub(super) fn headers(headers: &Headers, masking: Masking) -> Vec<(String, String)> {
    let shown = |(name, value): (&str, &[u8])| {
        let value = String::from_utf8_lossy(value);
        let value = match masking {
            Masking::Revealed => value,
            Masking::Masked => header(name, &value).into(),
        };
        (name.to_owned(), value.into_owned())
    };
    headers.iter().map(shown).collect()
}

/// What was found at a member of a matcher, such as `header.authorization` or `claim/client_secret`.
pub(super) fn member(member: &str, found: &str) -> String {
    if found == "nothing" {
        return found.to_owned();
    }
    if let Some(name) = member.strip_prefix("header.") {
        let value = found.trim_matches('`');
        return format!("`{}`", header(name, value));
    }
    if member.split('/').skip(1).any(is_secret) {
        MASK.to_owned()
    } else {
        text(found, Masking::Masked)
    }
}

fn header(name: &str, value: &str) -> String {
    match name {
        _ if name.contains("authorization") => match value.trim().split_once(' ') {
            Some((scheme, _)) => format!("{scheme} {MASK}"),
            None => MASK.to_owned(),
        },
        _ if SECRET_FIELDS.iter().any(|part| name.contains(part)) => MASK.to_owned(),
        "cookie" => {
            let cookies: Vec<String> = value.split(';').map(cookie).collect();
            cookies.join("; ")
        }
        "set-cookie" => match value.split_once(';') {
            Some((first, attributes)) => format!("{};{attributes}", cookie(first)),
            None => cookie(value),
        },
        "location" | "referer" | "content-location" => url(value),
        // Its scheme is followed by what the server asks for.
        "www-authenticate" | "proxy-authenticate" => text::masked(value).into_owned(),
        _ => text::credentials(text::masked(value)).into_owned(),
    }
}

fn cookie(pair: &str) -> String {
    match pair.trim().split_once('=') {
        Some((name, _)) => format!("{name}={MASK}"),
        None => MASK.to_owned(),
    }
}

/// A body, by what it is rather than by what its header says.
pub(super) fn body(body: &Body, headers: &Headers, masking: Masking) -> Shown {
    let bytes = body.bytes();
    let is_compressed = headers
        .text("content-encoding")
        .is_some_and(|coding| !coding.eq_ignore_ascii_case("identity"));
    match (masking, std::str::from_utf8(bytes)) {
        (Masking::Revealed, Ok(text)) => Shown::Text(text.to_owned()),
        (Masking::Revealed, Err(_)) => Shown::Binary(bytes.to_vec()),
        (Masking::Masked, _) if is_compressed && !bytes.is_empty() => Shown::Text(MASK.to_owned()),
        (Masking::Masked, Ok(text)) => Shown::Text(masked_body(text)),
        (Masking::Masked, Err(_)) => match masked_body(&String::from_utf8_lossy(bytes)) {
            masked if masked.contains(MASK) => Shown::Text(masked),
            _ => Shown::Binary(bytes.to_vec()),
        },
    }
}

fn masked_body(body: &str) -> String {
    if let Some(masked) = json::masked(body) {
        return masked;
    }
    let masked = if form::is_one(body) {
        form::masked(body).into()
    } else {
        Cow::Borrowed(body)
    };
    text::masked(&masked).into_owned()
}

#[cfg(test)]
mod tests;
