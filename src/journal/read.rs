//! What the bytes of an exchange say, as far as it can be read; believed or not.

use aws_lc_rs::digest;
use time::OffsetDateTime;
use time::macros::format_description;

use crate::dialect::Operation;
use crate::domain::certificate::ClientCertificate;
use crate::domain::json::{Object, parse_object};
use crate::domain::jws::Jws;
use crate::journal::exchange::{Exchange, Headers, Tls};

/// A registration request, or another signed or JSON document.
#[derive(Debug, Clone, Default)]
pub(super) struct Document {
    /// Its JOSE header, where it is signed.
    pub(super) jose: Option<Object>,
    /// Its claims, or the members of a JSON object.
    pub(super) claims: Option<Object>,
    /// The software statement in it.
    pub(super) statement: Option<Jws>,
}

/// A document of a body.
pub(super) fn document(body: &[u8]) -> Document {
    let (jose, claims) = match std::str::from_utf8(body).map(jws) {
        Ok(Some(request)) => (Some(request.header), Some(request.claims)),
        _ => (None, parse_object(body).ok()),
    };
    let statement = claims.as_ref().and_then(statement);
    Document {
        jose,
        claims,
        statement,
    }
}

/// A compact JWS, alone in a text; some banks take it in quotes.
pub(super) fn jws(text: &str) -> Option<Jws> {
    let text = text.trim();
    let inner = text
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'));
    Jws::parse(inner.unwrap_or(text)).ok()
}

fn statement(claims: &Object) -> Option<Jws> {
    Jws::parse(claims.get("software_statement")?.as_str()?).ok()
}

/// Whether the exchange is of an operation that comes with a registration request.
pub(super) fn is_registration(exchange: &Exchange) -> bool {
    let mut operations = Operation::ALL.into_iter();
    operations.any(|operation| {
        operation.takes_request() && exchange.operation == Some(operation.as_str())
    })
}

/// The client certificate, and its SHA-256 fingerprint in lower-case hexadecimal digits.
pub(super) fn certificate(tls: Option<&Tls>) -> Option<(ClientCertificate, String)> {
    let der = tls?.certificate.as_ref()?;
    let read = ClientCertificate::from_der(der).ok()?;
    let hash = digest::digest(&digest::SHA256, der);
    let hex = hash.as_ref().iter().map(|byte| format!("{byte:02x}"));
    Some((read, hex.collect()))
}

/// A time, milliseconds since the epoch, as RFC 3339 has it, in UTC with milliseconds; empty beyond the calendar.
#[must_use]
pub fn rfc3339(millis: i64) -> String {
    let form =
        format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");
    let nanos = i128::from(millis) * 1_000_000;
    let time = OffsetDateTime::from_unix_timestamp_nanos(nanos).ok();
    time.and_then(|time| time.format(form).ok())
        .unwrap_or_default()
}

/// The same of seconds.
pub(super) fn rfc3339_of_seconds(seconds: i64) -> String {
    rfc3339(seconds.saturating_mul(1000))
}

/// The media type of a message, without parameters, in lower case.
pub(super) fn media_type(headers: &Headers) -> Option<String> {
    let value = headers.text("content-type")?;
    let essence = value.split(';').next().unwrap_or(value);
    Some(essence.trim().to_ascii_lowercase())
}

/// The query of a URL, without its `?`.
pub(super) fn query(url: &str) -> Option<&str> {
    let url = url.split('#').next().unwrap_or(url);
    Some(url.split_once('?')?.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_milliseconds_and_end_with_the_calendar() {
        assert_eq!(rfc3339(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(rfc3339(1_700_000_000_123), "2023-11-14T22:13:20.123Z");
        assert_eq!(rfc3339(i64::MAX), "");
        assert_eq!(rfc3339_of_seconds(i64::MIN), "");
    }

    #[test]
    fn a_body_is_a_signed_document_or_a_json_object_or_neither() {
        let signed = b"eyJhbGciOiJub25lIn0.eyJpc3MiOiJhIn0.";
        let document_of = |body: &[u8]| {
            let document = document(body);
            (document.jose.is_some(), document.claims.is_some())
        };
        assert_eq!(document_of(signed), (true, true));
        assert_eq!(
            document_of(b"\"eyJhbGciOiJub25lIn0.eyJpc3MiOiJhIn0.\"\n"),
            (true, true)
        );
        assert_eq!(document_of(b"{\"a\":1}"), (false, true));
        for neither in [&b"[1]"[..], b"", b"a=b", b"\xff"] {
            assert_eq!(document_of(neither), (false, false), "{neither:?}");
        }
    }
}
