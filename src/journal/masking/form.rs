//! Secrets in forms and URLs (`application/x-www-form-urlencoded`).

use crate::journal::masking::{MASK, is_secret};

/// Whether a text can be a form.
pub(super) fn is_one(text: &str) -> bool {
    let is_of_forms = |byte: u8| byte.is_ascii_graphic() && !b"<>\"{}".contains(&byte);
    text.contains('=') && text.trim_end().bytes().all(is_of_forms)
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
        Some((name, value)) if !value.is_empty() && is_secret(name.trim()) => {
            format!("{written}={MASK}")
        }
        _ => pair.to_owned(),
    }
}
