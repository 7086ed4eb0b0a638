//! The HTTP and transport steps that all dialects share.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::dialect::call::Carrier;
use crate::dialect::checks::{Check, Outcome, listed};
use crate::dialect::facts::Facts;
use crate::dialect::fault::Fault;

/// Something lives at the path. Answered before the operation is known.
pub static ROUTE_UNKNOWN: Check = Check {
    name: "route_unknown",
    source: "RFC 9110 §15.5.5",
    fault: Fault::RouteUnknown,
    run: arrived,
};

/// The method is offered at the path. Answered before the operation is known.
pub static METHOD_NOT_OFFERED: Check = Check {
    name: "method_not_offered",
    source: "RFC 7592 §2.3; RFC 9110 §15.5.6",
    fault: Fault::MethodNotOffered,
    run: arrived,
};

/// Whatever is judged over a connection has found its operation.
fn arrived(facts: &Facts<'_>) -> Outcome {
    match facts.call.carrier {
        Carrier::Connection => Outcome::passed(facts.call.operation.as_str()),
        Carrier::File => Outcome::not_checked(),
    }
}

/// A client certificate is there.
pub static CERTIFICATE_MISSING: Check = Check {
    name: "certificate_missing",
    source: "OB security profile, mutual TLS on every operation",
    fault: Fault::CertificateRefused,
    run: |facts| match &facts.call.certificate {
        Some(certificate) => Outcome::passed(certificate.subject_text.as_str()),
        None if facts.call.carrier == Carrier::File => Outcome::not_checked(),
        None => Outcome::failed(
            "no client certificate",
            "one that chains to the test authority",
        ),
    },
};

/// The certificate is within its dates on the emulator's clock, not revoked, and not of a TPP that
/// another world made for itself.
pub static CERTIFICATE_UNTRUSTED: Check = Check {
    name: "certificate_untrusted",
    source: "RFC 5280 §6.1.3, validity dates and revocation",
    fault: Fault::CertificateRefused,
    run: certificate_untrusted,
};

fn certificate_untrusted(facts: &Facts<'_>) -> Outcome {
    let Some(certificate) = &facts.call.certificate else {
        return without_connection(facts);
    };
    let serial = format!("the certificate with serial {}", certificate.serial);
    if let Some(owner) = facts.trust.stranger(certificate) {
        let subject = &certificate.subject;
        return Outcome::failed(
            format!("{serial} ({subject}), which belongs to {owner}"),
            "one of a TPP of this world, of the kit or of the settings",
        );
    }
    if facts.trust.is_certificate_revoked(certificate) {
        return Outcome::failed(format!("{serial}, which is revoked"), "one that is not");
    }
    let is_valid = certificate.is_valid_at(facts.now);
    // Whose signature it bears is for the handshake, which a file has not been through.
    if is_valid && facts.call.carrier == Carrier::File {
        return Outcome::not_checked();
    }
    Outcome::judged(is_valid, serial, || {
        format!(
            "one that is valid at {} on the emulator's clock; this is from {} to {}",
            moment(facts.now),
            moment(certificate.not_before),
            moment(certificate.not_after)
        )
    })
}

/// What a check about certificate, token or stored client says where there is none: a file has none
/// to judge.
#[must_use]
pub fn without_connection(facts: &Facts<'_>) -> Outcome {
    match facts.call.carrier {
        Carrier::Connection => Outcome::not_reached(),
        Carrier::File => Outcome::not_checked(),
    }
}

/// A time as people read it (RFC 3339).
fn moment(seconds: i64) -> String {
    let at = OffsetDateTime::from_unix_timestamp(seconds).ok();
    at.and_then(|at| at.format(&Rfc3339).ok())
        .unwrap_or_else(|| seconds.to_string())
}

/// `Accept` can be met with JSON.
pub static NOT_ACCEPTABLE: Check = Check {
    name: "not_acceptable",
    source: "OB read/write profile, 406; RFC 9110 §12.5.1",
    fault: Fault::NotAcceptable,
    run: |facts| match &facts.call.accept {
        None => Outcome::not_checked(),
        Some(accept) => Outcome::when(
            accepts_json(accept),
            format!("Accept: {accept}"),
            "one that application/json meets",
        ),
    },
};

/// Whether a list of media ranges admits `application/json`; a range with `q=0` excludes.
fn accepts_json(accept: &str) -> bool {
    let ranges: Vec<(String, bool)> = accept
        .split(',')
        .filter_map(|range| {
            let mut parts = range.split(';').map(str::trim);
            let media = parts.next().filter(|media| !media.is_empty())?;
            let excluded = parts.any(|parameter| {
                parameter
                    .split_once('=')
                    .filter(|(name, _)| name.trim().eq_ignore_ascii_case("q"))
                    .and_then(|(_, weight)| weight.trim().parse::<f32>().ok())
                    .is_some_and(|weight| weight <= 0.0)
            });
            Some((media.to_ascii_lowercase(), !excluded))
        })
        .collect();
    // The most specific range decides (RFC 9110 §12.5.1); an empty field excludes nothing.
    ["application/json", "application/*", "*/*"]
        .into_iter()
        .find_map(|wanted| ranges.iter().find(|(media, _)| media == wanted))
        .map_or(ranges.is_empty(), |(_, admitted)| *admitted)
}

/// The body is of a media type that the dialect takes.
pub static MEDIA_TYPE_UNSUPPORTED: Check = Check {
    name: "media_type_unsupported",
    source: "OB read/write profile, 415; OB DCR, Content-Type of POST and PUT",
    fault: Fault::UnsupportedMediaType,
    run: |facts| {
        let accepted = &facts.policy.content_types;
        let sent = facts.call.content_type.as_deref();
        if sent.is_none() && facts.call.carrier == Carrier::File {
            return Outcome::not_checked();
        }
        Outcome::judged(
            sent.is_some_and(|sent| accepted.contains(&media_type(sent))),
            sent.map_or_else(
                || "no Content-Type".to_owned(),
                |sent| format!("Content-Type: {sent}"),
            ),
            || listed(accepted),
        )
    },
};

/// The media type without its parameters, in lower case.
#[must_use]
pub fn media_type(content_type: &str) -> String {
    let essence = content_type.split(';').next().unwrap_or_default();
    essence.trim().to_ascii_lowercase()
}

/// The body is within the size limit.
pub static BODY_TOO_LARGE: Check = Check {
    name: "body_too_large",
    source: "RFC 9110 §15.5.14",
    fault: Fault::BodyTooLarge,
    run: |facts| {
        let (length, limit) = (facts.call.body.len(), facts.call.body_limit);
        let allowed = format!("at most {limit} bytes");
        if facts.call.is_body_too_large {
            return Outcome::failed(format!("a body of more than {limit} bytes"), allowed);
        }
        Outcome::when(
            length <= limit,
            format!("a body of {length} bytes"),
            allowed,
        )
    },
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accept_is_read_as_rfc_9110_says() {
        for (accept, expected) in [
            ("*/*", true),
            ("", true),
            ("application/json", true),
            ("Application/JSON; charset=utf-8", true),
            ("text/html, application/*;q=0.1", true),
            ("text/html", false),
            ("text/html, */*;q=0", false),
            ("application/json;q=0, */*", false),
            ("application/jwt", false),
        ] {
            assert_eq!(accepts_json(accept), expected, "{accept}");
        }
    }
}
