//! One exchange's whole story: who asked what, which checks it met, which rules were tried, what was
//! answered and delivered, and why. A page of about 40 lines of at most 100 characters.

mod document;
mod judged;
mod page;
mod why;

use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;

use self::page::Page;
pub use self::why::why;
use crate::domain::ids::InteractionId;
use crate::journal::applied::applied;
use crate::journal::exchange::{Answer, Delivered, Exchange, Message};
use crate::journal::masking::{self, Masking, Shown};
use crate::journal::read::{media_type, rfc3339};
use crate::journal::view::{CertificateView, ExchangeView};
use crate::scenario::model::Fault;

/// An exchange and why it came out so.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct StoryView {
    /// The exchange.
    #[serde(flatten)]
    pub exchange: ExchangeView,
    /// Why it came out so, and the next step.
    pub why: String,
}

impl StoryView {
    /// The story of an exchange, for programs.
    #[must_use]
    pub fn new(exchange: &Exchange, masking: Masking) -> Self {
        Self {
            exchange: ExchangeView::new(exchange, masking),
            why: why(exchange, masking),
        }
    }
}

/// The story of an exchange, for people; ends with a line break. Nothing in it moves a terminal's cursor.
#[must_use]
pub fn story(exchange: &Exchange, masking: Masking) -> String {
    let story = Story { exchange, masking };
    let mut page = Page::default();
    page.line(&story.title());
    story.asked(&mut page);
    story.caller(&mut page);
    story.document(&mut page);
    story.checks(&mut page);
    story.rules(&mut page);
    story.answer(&mut page);
    page.line(&format!("why: {}", why(exchange, masking)));
    page.text()
}

struct Story<'e> {
    exchange: &'e Exchange,
    masking: Masking,
}

impl Story<'_> {
    fn title(&self) -> String {
        let exchange = self.exchange;
        let name = exchange.interaction_id.as_ref().map(InteractionId::as_str);
        let name = name.map_or(String::new(), |name| format!(" ({name})"));
        let at = rfc3339(exchange.at_ms);
        format!(
            "exchange {}{name} of world {} at {at}",
            exchange.id, exchange.world
        )
    }

    fn asked(&self, page: &mut Page) {
        let exchange = self.exchange;
        let operation = exchange.operation.unwrap_or("no operation");
        let bank = exchange.bank.as_deref().unwrap_or("no bank");
        if let Some(failed) = &exchange.handshake {
            page.fact(
                "handshake",
                &format!("failed: {}; {}", failed.cause, failed.detail),
                4,
            );
            return;
        }
        let url = match self.masking {
            Masking::Masked => masking::url(&exchange.url),
            Masking::Revealed => exchange.url.clone(),
        };
        page.fact("asked", &format!("{} {url}", exchange.method), 3);
        let Message { headers, body } = &exchange.request;
        let media_type = media_type(headers).unwrap_or_else(|| "no media type".to_owned());
        let (version, length) = (exchange.http_version, body.length());
        let text = format!("{operation} at {bank}; {version}, {media_type}, {length} bytes");
        page.fact("", &text, 2);
    }

    fn caller(&self, page: &mut Page) {
        let exchange = self.exchange;
        let parties = [
            ("software", &exchange.software_id),
            ("organisation", &exchange.org_id),
            ("client", &exchange.client_id),
        ];
        let named = parties
            .iter()
            .filter_map(|(word, id)| Some((word, id.as_ref()?)));
        let named: Vec<String> = named.map(|(word, id)| format!("{word} {id}")).collect();
        let caller = if named.is_empty() {
            "nobody known".to_owned()
        } else {
            named.join(", ")
        };
        page.fact("by", &caller, 2);
        let tls = exchange.tls.as_deref();
        match tls.and_then(CertificateView::of) {
            Some(certificate) => {
                let CertificateView {
                    subject,
                    serial,
                    not_before,
                    not_after,
                    ..
                } = certificate;
                page.fact(
                    "certificate",
                    &format!("{subject}; serial {serial}; valid from {not_before} to {not_after}"),
                    3,
                );
            }
            None => page.fact("certificate", "none", 1),
        }
        if let Some(tls) = tls {
            let mut facts = vec![tls.version.to_owned(), tls.cipher_suite.clone()];
            facts.extend(
                tls.server_name
                    .iter()
                    .map(|name| format!("host name {name}")),
            );
            facts.extend(tls.alpn.clone());
            let (listener, number) = (exchange.listener, exchange.connection);
            facts.push(format!(
                "{listener} connection {number} from {}",
                exchange.peer_address
            ));
            page.fact("tls", &facts.join(", "), 2);
        }
    }

    fn answer(&self, page: &mut Page) {
        let exchange = self.exchange;
        let Some(Answer {
            status,
            headers,
            body,
        }) = &exchange.response
        else {
            if !exchange.is_handshake() {
                page.fact("answer", "none", 1);
            }
            return;
        };
        let media_type = media_type(headers).unwrap_or_else(|| "no media type".to_owned());
        page.fact(
            "answer",
            &format!("{status}, {media_type}, {} bytes", body.length()),
            1,
        );
        if body.length() > 0 {
            let body = masking::body(body, headers, self.masking);
            page.fact("", &preview(body), 4);
        }
        let delivered = delivered(exchange);
        let work = millis(exchange.timings.work_micros);
        let delay = match exchange.timings.delay_ms {
            0 => String::new(),
            delay => format!(", {delay} ms of scripted delay"),
        };
        page.fact(
            "delivered",
            &format!("{delivered}; {work} of work{delay}"),
            1,
        );
    }
}

/// How much of the answer was handed over, and when that ended.
fn delivered(exchange: &Exchange) -> String {
    let part = match exchange.delivered() {
        Delivered::Complete => "all of it",
        Delivered::Partial => "a part of it",
        Delivered::None => "nothing of it",
    };
    if let Some(micros) = exchange.delivery.after_micros() {
        return format!("{part} after {}", millis(micros));
    }
    let applied = exchange.trail.iter().find_map(applied);
    match applied.and_then(|(_, effect)| effect.fault.as_ref()) {
        Some(Fault::Close | Fault::Reset | Fault::Garbage) => {
            "nothing of it; the connection was ended on purpose".to_owned()
        }
        Some(Fault::Truncate(_)) => {
            "a part of it at most; the connection is ended on purpose".to_owned()
        }
        _ => format!("{part}; not at its end yet"),
    }
}

fn preview(body: Shown) -> String {
    match body {
        Shown::Text(text) => text,
        Shown::Binary(bytes) => format!("{} bytes that are no text", bytes.len()),
    }
}

fn millis(micros: u64) -> String {
    format!(
        "{:.1} ms",
        Duration::from_micros(micros).as_secs_f64() * 1_000.0
    )
}

#[cfg(test)]
mod tests;
