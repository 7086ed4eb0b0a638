//! Secrets in forms and URLs (`application/x-www-form-urlencoded`).

use crate::journal::masking::{MASK, is_secret};

/// An authorization code (RFC 6749 §4.1.2); in JSON it is any code.
const CODE: &str = "code";

/// Whether a text can be a form, well written or not.
pub(super) fn is_one(text: &str) -> bool {
    let is_other = text.trim_start().starts_with(['{', '[', '<']);
    !is_other && text.contains('=') && !text.trim_end().contains(char::is_control)
}

/// A form; what is no secret stays as it is written.
pub(super) fn masked(form: &str) -> String {
    let pairs: Vec<String> = form.split('&').map(pair).collect();
    pairs.join("&")
}

/// A URL, in its query and fragment.
pub(in crate::journal) fn url(url: &str) -> String {
    let masked_after = |url: &str, mark: char| match url.split_once(mark) {
        Some((before, after)) => format!("{before}{mark}{}", masked(after)),
        None => url.to_owned(),
    };
    match url.split_once('#') {
        Some((before, fragment)) => {
            format!("{}#{}", masked_after(before, '?'), masked(fragment))
        }
        None => masked_after(url, '?'),
    }
}

fn pair(pair: &str) -> String {
    let name = form_urlencoded::parse(pair.as_bytes()).next();
    let written = pair.split('=').next().unwrap_or(pair);
    match name {
        Some((name, value)) if !value.is_empty() && is_secret_field(name.trim()) => {
            format!("{written}={MASK}")
        }
        _ => pair.to_owned(),
    }
}

fn is_secret_field(name: &str) -> bool {
    name.eq_ignore_ascii_case(CODE) || is_secret(name)
}
