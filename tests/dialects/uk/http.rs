//! What is judged before the request itself: `Accept`, `Content-Type`, the size, FAPI headers.

use serde_json::json;

use crate::cases::{Accepted, Case, Expected, body, metadata, ordinary};
use crate::uk::Version;

pub fn cases(version: &'static Version) -> Vec<Case> {
    [media_types(version), accepts(), sizes(), fapi()]
        .into_iter()
        .flatten()
        .collect()
}

fn typed(media_type: &'static str, expected: Expected) -> Case {
    ordinary(format!("as {media_type}"), expected).with_header("content-type", media_type)
}

/// Both of the signed ones; strict banks take the version's own, lenient ones what wraps it, too.
fn media_types(version: &'static Version) -> Vec<Case> {
    let unsupported = Expected::Bare(415, "media_type_unsupported");
    let mut cases = Vec::new();
    for signed in ["application/jose", "application/jwt"] {
        let strict = if version.media_type == signed {
            Accepted
        } else {
            unsupported
        };
        cases.extend([
            typed(signed, Accepted),
            typed(signed, Accepted).lenient(),
            typed(signed, strict).strict(),
        ]);
    }
    for wrapping in ["application/json", "text/plain"] {
        cases.extend([
            typed(wrapping, unsupported),
            typed(wrapping, Accepted).lenient(),
            typed(wrapping, unsupported).strict(),
        ]);
    }
    for never in ["application/x-www-form-urlencoded", "application/jose+json"] {
        cases.extend([
            typed(never, unsupported),
            typed(never, unsupported).lenient(),
        ]);
    }
    cases.push(
        body("quoted, as JSON", Accepted, |parties| {
            format!("\"{}\"", parties.request().sign().unwrap())
        })
        .with_header("content-type", "application/json")
        .lenient(),
    );
    cases
}

fn accepts() -> Vec<Case> {
    let excluded = Expected::Bare(406, "not_acceptable");
    [
        ("application/json", Accepted),
        ("*/*", Accepted),
        ("text/html", excluded),
        ("application/jwt", excluded),
    ]
    .map(|(accept, expected)| {
        ordinary(format!("Accept: {accept}"), expected).with_header("accept", accept)
    })
    .into()
}

fn sizes() -> Vec<Case> {
    const LIMIT: usize = 64 * 1024;
    vec![
        body("64 KiB", metadata("request_not_a_jws"), |_| {
            "a".repeat(LIMIT)
        }),
        body("a byte more", Expected::Bare(413, "body_too_large"), |_| {
            "a".repeat(LIMIT + 1)
        }),
    ]
}

/// Malformed ones are passed over, unless the switch says otherwise.
fn fapi() -> Vec<Case> {
    let refused = metadata("fapi_header_malformed");
    let checked = || json!({"fapi_headers": "check"});
    let mut cases = Vec::new();
    for (name, good, bad) in [
        (
            "x-fapi-auth-date",
            "Sun, 10 Sep 2017 19:43:31 UTC",
            "yesterday",
        ),
        ("x-fapi-customer-ip-address", "2001:db8::1", "here"),
        ("x-fapi-interaction-id", "a-1", "-a"),
    ] {
        let with = |value, expected| ordinary(name, expected).with_header(name, value);
        cases.extend([
            with(bad, Accepted),
            with(bad, Accepted).strict(),
            with(bad, refused).switched(checked()),
            with(good, Accepted).switched(checked()),
        ]);
    }
    cases
}
