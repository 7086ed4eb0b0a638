//! The bytes of an answer's body.

use bytes::Bytes;
use http_body_util::BodyExt;
use warp::http::StatusCode;
use warp::http::header::CONTENT_LENGTH;
use warp::reply::Response;

/// The whole body of an answer of the routes, which is in memory.
pub async fn read(response: &mut Response) -> Bytes {
    let body = std::mem::take(response.body_mut());
    match body.collect().await {
        Ok(collected) => collected.to_bytes(),
        Err(error) => {
            tracing::error!(%error, "the body of an answer");
            Bytes::new()
        }
    }
}

/// Puts a body in the place of another.
pub fn replace(response: &mut Response, body: impl Into<Bytes>) {
    *response.body_mut() = body.into().into();
    response.headers_mut().remove(CONTENT_LENGTH);
}

/// Takes the body away where a status has none (RFC 9110 §15.3.5, §15.3.6, §15.4.5).
pub fn fit_to_status(response: &mut Response) {
    let has_none = [
        StatusCode::NO_CONTENT,
        StatusCode::RESET_CONTENT,
        StatusCode::NOT_MODIFIED,
    ];
    if has_none.contains(&response.status()) {
        replace(response, Bytes::new());
    }
}

/// The same JSON, broken: without its end, and with a comma too many.
pub fn malformed(body: &[u8]) -> Vec<u8> {
    let cut = body.len().saturating_sub(1);
    let mut broken = body.get(..cut).unwrap_or_default().to_vec();
    broken.extend_from_slice(if broken.is_empty() { b"{," } else { b"," });
    broken
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::malformed;

    #[test]
    fn broken_json_cannot_be_read() {
        for body in [
            "",
            "{}",
            "[]",
            "1",
            "null",
            r#"{"a":1}"#,
            "\"text\"",
            "no json",
        ] {
            let broken = malformed(body.as_bytes());
            let read = serde_json::from_slice::<Value>(&broken);
            assert!(
                read.is_err(),
                "{body}: {}",
                String::from_utf8_lossy(&broken)
            );
        }
    }
}
