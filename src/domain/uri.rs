//! URIs as they stand: nothing that a parser would have to repair.

use std::net::IpAddr;

use url::{Host, Url};

/// Longest redirect URI, in characters.
const LONGEST: usize = 256;

/// What is wrong with a redirect URI, if anything (OB DCR, claim `redirect_uris`; RFC 6749 §3.1.2).
#[must_use]
pub fn objection(uri: &str) -> Option<&'static str> {
    if uri.chars().count() > LONGEST {
        return Some("too long");
    }
    let url = match parse(uri) {
        Ok(url) => url,
        Err(objection) => return Some(objection),
    };
    if url.scheme() != "https" {
        return Some("not https");
    }
    // The URL parser repairs `https:host`, which has no host (RFC 3986 §3).
    if !has_authority(uri) {
        return Some("no host");
    }
    if url.fragment().is_some() {
        return Some("a fragment");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Some("user information");
    }
    match url.host() {
        None => Some("no host"),
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            (name == "localhost" || name.ends_with(".localhost")).then_some("localhost")
        }
        Some(Host::Ipv4(address)) => is_here(address.into()).then_some("a loopback address"),
        Some(Host::Ipv6(address)) => {
            is_here(address.to_canonical()).then_some("a loopback address")
        }
    }
}

/// What is wrong with a redirect URI of a web client, if anything; unlike [`objection`] this lets
/// pass http and this machine's own names (`OpenID` Connect Registration §2).
#[must_use]
pub fn web_objection(uri: &str) -> Option<&'static str> {
    if uri.chars().count() >= LONGEST {
        return Some("too long");
    }
    match parse(uri) {
        Err(objection) => Some(objection),
        Ok(url) if !["http", "https"].contains(&url.scheme()) => Some("neither http nor https"),
        Ok(_) if !has_authority(uri) => Some("no host"),
        Ok(url) => url.fragment().map(|_| "a fragment"),
    }
}

/// The host of an absolute URI, in lower case.
#[must_use]
pub fn host(uri: &str) -> Option<String> {
    Some(Url::parse(uri).ok()?.host_str()?.to_ascii_lowercase())
}

fn parse(uri: &str) -> Result<Url, &'static str> {
    if !uri.bytes().all(is_uri_character) || !is_percent_encoded(uri) {
        return Err("a character that no URI holds");
    }
    Url::parse(uri).map_err(|_| "not an absolute URI")
}

/// Whether an address is this machine's own.
fn is_here(address: IpAddr) -> bool {
    address.is_loopback() || address.is_unspecified()
}

/// Whether each `%` is followed by two hex digits (RFC 3986 §2.1).
fn is_percent_encoded(uri: &str) -> bool {
    let is_octet = |rest: &str| {
        let digits = rest.as_bytes().get(..2);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    };
    uri.split('%').skip(1).all(is_octet)
}

/// Whether a byte may stand in a URI (RFC 3986 §2), where the URL parser drops or escapes others.
fn is_uri_character(byte: u8) -> bool {
    byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte)
}

fn has_authority(uri: &str) -> bool {
    uri.split_once(':').is_some_and(|(_, rest)| {
        rest.strip_prefix("//")
            .is_some_and(|rest| !rest.starts_with('/'))
    })
}

/// Whether a text is an absolute https URI as it stands.
#[must_use]
pub fn is_https(text: &str) -> bool {
    text.bytes().all(is_uri_character)
        && has_authority(text)
        && Url::parse(text).is_ok_and(|url| url.scheme() == "https" && url.has_host())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_uri_is_https_to_somewhere_else() {
        for (uri, expected) in [
            ("https://app.example/cb?x=1", None),
            ("https://localhost.example/cb", None),
            ("http://app.example/cb", Some("not https")),
            ("https://app.example/cb#x", Some("a fragment")),
            ("https://app.example/cb#", Some("a fragment")),
            ("https://localhost/cb", Some("localhost")),
            ("https://LOCALHOST./cb", Some("localhost")),
            ("https://a.localhost:8443/cb", Some("localhost")),
            ("https://127.0.0.1/cb", Some("a loopback address")),
            ("https://127.1/cb", Some("a loopback address")),
            ("https://[::1]/cb", Some("a loopback address")),
            ("https://[::ffff:127.0.0.1]/cb", Some("a loopback address")),
            ("https://0.0.0.0/cb", Some("a loopback address")),
            (
                "https://app.example/%zz",
                Some("a character that no URI holds"),
            ),
            ("https://app.example/%7Ea", None),
            ("https://user@app.example/cb", Some("user information")),
            ("/cb", Some("not an absolute URI")),
            ("", Some("not an absolute URI")),
            ("app.example:cb", Some("not https")),
            ("https:app.example/cb", Some("no host")),
            ("https:///app.example/cb", Some("no host")),
            (
                "https://app.example/\u{e9}",
                Some("a character that no URI holds"),
            ),
            (
                "https://app.example/cb\n",
                Some("a character that no URI holds"),
            ),
        ] {
            assert_eq!(objection(uri), expected, "{uri}");
        }
        assert_eq!(
            objection(&format!("https://a.example/{}", "x".repeat(256))),
            Some("too long")
        );
    }
}
