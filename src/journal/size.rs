//! How much memory an exchange takes, estimated.

use std::mem::size_of;

use crate::dialect::judgement::CheckResult;
use crate::journal::exchange::{Body, Exchange, Headers};

/// What the allocator adds to each piece.
const OVERHEAD: usize = 16;

/// The bytes that an exchange takes. What it shares with others counts as its own.
pub(super) fn of(exchange: &Exchange) -> usize {
    let texts = [
        exchange.method.capacity(),
        exchange.path.capacity(),
        exchange.url.capacity(),
        exchange.peer_address.capacity(),
        optional(exchange.bank.as_ref()),
        optional(exchange.software_id.as_ref()),
        optional(exchange.org_id.as_ref()),
        optional(exchange.client_id.as_ref()),
    ];
    let texts: usize = texts.iter().map(|length| length + OVERHEAD).sum();
    let checks = exchange.checks.iter().map(check);
    let tls = exchange
        .tls
        .as_ref()
        .and_then(|tls| tls.certificate.as_ref());
    let response = exchange.response.as_ref();
    size_of::<Exchange>()
        + texts
        + exchange.trail.heap_size()
        + checks.sum::<usize>()
        + tls.map_or(0, |certificate| certificate.len() + OVERHEAD)
        + headers(&exchange.request.headers)
        + body(&exchange.request.body)
        + response.map_or(0, |answer| headers(&answer.headers) + body(&answer.body))
        + exchange
            .handshake
            .as_ref()
            .map_or(0, |failed| failed.detail.capacity())
}

fn optional(text: Option<&String>) -> usize {
    text.map_or(0, String::capacity)
}

fn check(result: &CheckResult) -> usize {
    let texts = optional(result.seen.as_ref()) + optional(result.allowed.as_ref());
    size_of::<CheckResult>() + texts + 2 * OVERHEAD
}

fn headers(headers: &Headers) -> usize {
    let field = |(name, value): (&str, &[u8])| name.len() + value.len() + 16;
    headers.iter().map(field).sum::<usize>() + 2 * OVERHEAD
}

fn body(body: &Body) -> usize {
    body.bytes().len() + 2 * OVERHEAD
}
