//! What a request's head may be, judged before anything else is done with it.

use warp::http::request::Parts;
use warp::http::{HeaderMap, HeaderName, HeaderValue};

use super::application::Refusal;

/// Longest request target (path and query), in bytes.
const MAX_TARGET: usize = 8 * 1024;
/// Largest header section, in bytes: names, values, and [`LINE_OVERHEAD`] for each line.
const MAX_HEADER_BYTES: usize = 32 * 1024;
/// `: ` and the line end, as HTTP/1.1 would write them.
const LINE_OVERHEAD: usize = 4;
/// Most header lines.
const MAX_HEADER_LINES: usize = 100;

/// Checks the request target and the header section, in this order.
pub(super) fn check(head: &Parts) -> Result<(), Refusal> {
    check_target(head)?;
    check_headers(&head.headers)
}

fn check_target(head: &Parts) -> Result<(), Refusal> {
    let length = head
        .uri
        .path_and_query()
        .map_or(0, |target| target.as_str().len());
    if length > MAX_TARGET {
        return Err(Refusal::UriTooLong {
            length,
            limit: MAX_TARGET,
        });
    }
    Ok(())
}

fn check_headers(headers: &HeaderMap) -> Result<(), Refusal> {
    let size = |(name, value): (&HeaderName, &HeaderValue)| {
        name.as_str().len() + value.len() + LINE_OVERHEAD
    };
    let (lines, bytes) = (headers.len(), headers.iter().map(size).sum());
    if lines > MAX_HEADER_LINES || bytes > MAX_HEADER_BYTES {
        return Err(Refusal::HeadersTooLarge {
            lines,
            bytes,
            max_lines: MAX_HEADER_LINES,
            max_bytes: MAX_HEADER_BYTES,
        });
    }
    Ok(())
}
