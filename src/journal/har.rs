//! Exchanges as an HTTP archive (HAR 1.2), which browsers and many tools open.
//!
//! Times are those of the system's clock. A handshake that failed is an entry with the method
//! `CONNECT`, the status 0 and a comment that says why; so is a request that got no answer, with its
//! own method. What is no part of HAR begins with `_`, as HAR wants it.

use serde_json::{Value, json};

use crate::domain::ids::InteractionId;
use crate::journal::exchange::{Delivered, Exchange, Headers};
use crate::journal::masking::{self, Masking, Shown};
use crate::journal::read::{self, rfc3339};
use crate::journal::view::{BodyEncoding, shown};

/// The archive of these exchanges, oldest first.
pub fn har<'e>(exchanges: impl IntoIterator<Item = &'e Exchange>, masking: Masking) -> Value {
    let entries = exchanges
        .into_iter()
        .map(|exchange| entry(exchange, masking));
    json!({
        "log": {
            "version": "1.2",
            "creator": { "name": env!("CARGO_PKG_NAME"), "version": env!("CARGO_PKG_VERSION") },
            "entries": entries.collect::<Vec<Value>>(),
        }
    })
}

fn entry(exchange: &Exchange, masking: Masking) -> Value {
    let timings = exchange.timings;
    let wait = millis(
        timings
            .work_micros
            .saturating_add(timings.delay_ms.saturating_mul(1_000)),
    );
    let whole = exchange
        .delivery
        .after_micros()
        .map_or(wait, millis)
        .max(wait);
    json!({
        "startedDateTime": rfc3339(exchange.received_at_ms),
        "time": whole,
        "request": request(exchange, masking),
        "response": response(exchange, masking),
        "cache": {},
        "timings": { "send": 0, "wait": wait, "receive": whole - wait },
        "connection": exchange.connection.to_string(),
        "comment": comment(exchange),
        "_exchange": exchange.id,
        "_world": &*exchange.world,
        "_bank": exchange.bank,
        "_operation": exchange.operation,
        "_delivered": exchange.delivered(),
        "_interactionId": exchange.interaction_id.as_ref().map(InteractionId::as_str),
    })
}

/// Milliseconds of microseconds.
fn millis(micros: u64) -> f64 {
    std::time::Duration::from_micros(micros).as_secs_f64() * 1_000.0
}

fn request(exchange: &Exchange, masking: Masking) -> Value {
    if exchange.is_handshake() {
        let tls = exchange.tls.as_deref();
        let name = tls.and_then(|tls| tls.server_name.as_deref());
        return json!({
            "method": "CONNECT",
            "url": format!("https://{}/", name.unwrap_or("localhost")),
            "httpVersion": "",
            "cookies": [], "headers": [], "queryString": [],
            "headersSize": -1, "bodySize": 0,
        });
    }
    let message = &exchange.request;
    let url = match masking {
        Masking::Masked => masking::url(&exchange.url),
        Masking::Revealed => exchange.url.clone(),
    };
    let query = read::query(&url).unwrap_or_default();
    let query = form_urlencoded::parse(query.as_bytes()).map(|(name, value)| pair(&name, &value));
    let headers = masking::headers(&message.headers, masking);
    let mut request = json!({
        "method": exchange.method,
        "url": url,
        "httpVersion": exchange.http_version,
        "cookies": cookies(&headers, "cookie"),
        "queryString": query.collect::<Vec<Value>>(),
        "headers": pairs(&headers),
        "headersSize": -1,
        "bodySize": message.body.length(),
    });
    if message.body.length() > 0 {
        let body = masking::body(&message.body, &message.headers, masking);
        request["postData"] = content(&message.headers, body, "postData");
    }
    request
}

fn response(exchange: &Exchange, masking: Masking) -> Value {
    let Some(answer) = &exchange.response else {
        return json!({
            "status": 0, "statusText": "", "httpVersion": "",
            "cookies": [], "headers": [],
            "content": { "size": 0, "mimeType": "" },
            "redirectURL": "", "headersSize": -1, "bodySize": -1,
        });
    };
    let headers = masking::headers(&answer.headers, masking);
    let body = masking::body(&answer.body, &answer.headers, masking);
    let mut content = content(&answer.headers, body, "content");
    content["size"] = answer.body.length().into();
    let location = headers.iter().find(|(name, _)| name == "location");
    json!({
        "status": answer.status,
        "statusText": "",
        "httpVersion": exchange.http_version,
        "cookies": cookies(&headers, "set-cookie"),
        "redirectURL": location.map_or("", |(_, value)| value),
        "headers": pairs(&headers),
        "content": content,
        "headersSize": -1,
        "bodySize": answer.body.length(),
    })
}

/// A body; only that of an answer can say its encoding.
fn content(headers: &Headers, body: Shown, kind: &str) -> Value {
    let (text, encoding) = shown(body);
    let media_type = headers.text("content-type").unwrap_or_default();
    let mut content = json!({ "mimeType": media_type, "text": text });
    if encoding == BodyEncoding::Base64 {
        let member = if kind == "content" {
            "encoding"
        } else {
            "_encoding"
        };
        content[member] = "base64".into();
    }
    content
}

fn pairs(fields: &[(String, String)]) -> Vec<Value> {
    fields
        .iter()
        .map(|(name, value)| pair(name, value))
        .collect()
}

fn pair(name: &str, value: &str) -> Value {
    json!({ "name": name, "value": value })
}

/// The cookies of the fields of this name; the attributes of those that are set stay in the headers.
fn cookies(fields: &[(String, String)], field: &str) -> Vec<Value> {
    let fields = fields.iter().filter(|(name, _)| name == field);
    let parts = fields.flat_map(|(_, value)| {
        let many = if field == "cookie" { usize::MAX } else { 1 };
        value.split(';').take(many)
    });
    let pairs = parts.filter_map(|part| part.trim().split_once('='));
    pairs.map(|(name, value)| pair(name, value)).collect()
}

fn comment(exchange: &Exchange) -> String {
    let mut parts = Vec::new();
    if let Some(failed) = &exchange.handshake {
        parts.push(format!(
            "the TLS handshake failed: {}; {}",
            failed.cause, failed.hint
        ));
    } else if exchange.response.is_none() {
        parts.push("no answer".to_owned());
    } else if exchange.delivered() != Delivered::Complete {
        parts.push("the answer as it was meant; not all of it was delivered".to_owned());
    }
    if let Some(applied) = &exchange.applied {
        let (scenario, rule) = (&applied.scenario, &applied.rule);
        parts.push(format!(
            "by scenario {scenario}, rule {rule}, call {}",
            applied.call
        ));
    }
    parts.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::sample;

    /// What HAR 1.2 wants of each entry.
    fn assert_is_entry(entry: &Value) {
        for pointer in [
            "/startedDateTime",
            "/request/method",
            "/request/url",
            "/request/httpVersion",
            "/response/statusText",
            "/response/httpVersion",
            "/response/redirectURL",
            "/response/content/mimeType",
        ] {
            assert!(
                entry.pointer(pointer).is_some_and(Value::is_string),
                "{pointer}: {entry}"
            );
        }
        for pointer in [
            "/time",
            "/timings/send",
            "/timings/wait",
            "/timings/receive",
            "/request/headersSize",
            "/request/bodySize",
            "/response/status",
            "/response/headersSize",
            "/response/bodySize",
            "/response/content/size",
        ] {
            assert!(
                entry.pointer(pointer).is_some_and(Value::is_number),
                "{pointer}: {entry}"
            );
        }
        for pointer in [
            "/request/cookies",
            "/request/headers",
            "/request/queryString",
            "/response/cookies",
            "/response/headers",
        ] {
            assert!(
                entry.pointer(pointer).is_some_and(Value::is_array),
                "{pointer}: {entry}"
            );
        }
        assert!(entry["cache"].is_object());
        assert!(url::Url::parse(entry["request"]["url"].as_str().unwrap()).is_ok());
    }

    #[test]
    fn an_archive_holds_requests_answers_and_failed_handshakes() {
        let mut unanswered = sample::registered();
        unanswered.response = None;
        let exchanges = [sample::registered(), unanswered, sample::handshake()];
        let archive = har(&exchanges, Masking::Masked);
        assert_eq!(archive["log"]["version"], "1.2");
        assert!(archive["log"]["creator"]["name"].is_string());
        let entries = archive["log"]["entries"].as_array().unwrap();
        assert_eq!(entries.len(), 3);
        for entry in entries {
            assert_is_entry(entry);
        }
        assert_eq!(entries[0]["response"]["status"], 201);
        assert_eq!(
            entries[0]["request"]["postData"]["mimeType"],
            "application/jose"
        );
        assert_eq!(entries[1]["response"]["status"], 0);
        assert_eq!(entries[2]["request"]["method"], "CONNECT");
        assert!(
            entries[2]["comment"]
                .as_str()
                .unwrap()
                .contains("certificate_expired")
        );
        assert!(!archive.to_string().contains("s3cret"));
    }

    #[test]
    fn times_add_up() {
        let mut exchange = sample::registered();
        exchange.timings.delay_ms = 10;
        exchange.set_delivered(Delivered::Complete, 12_000);
        let archive = har([&exchange], Masking::Masked);
        let entry = &archive["log"]["entries"][0];
        let number = |pointer| entry.pointer(pointer).and_then(Value::as_f64).unwrap();
        assert!((number("/timings/wait") - 11.234).abs() < 1e-9);
        assert!((number("/time") - 12.0).abs() < 1e-9);
        assert!((number("/timings/receive") - 0.766).abs() < 1e-9);
    }

    #[test]
    fn cookies_and_the_query_are_told_apart_and_masked() {
        let mut exchange = sample::registered();
        exchange.url = "https://localhost:8443/a?b=c%20d&access_token=s3cret".to_owned();
        exchange.request.headers = sample::head(&[("cookie", "a=s3cret; b=s3cret")]);
        let masked = har([&exchange], Masking::Masked);
        let request = &masked["log"]["entries"][0]["request"];
        assert_eq!(request["queryString"][0], pair("b", "c d"));
        assert_eq!(request["queryString"][1], pair("access_token", "***"));
        assert_eq!(
            request["cookies"],
            json!([pair("a", "***"), pair("b", "***")])
        );
        let revealed = har([&exchange], Masking::Revealed);
        assert_eq!(
            revealed["log"]["entries"][0]["request"]["cookies"][1],
            pair("b", "s3cret")
        );
    }
}
