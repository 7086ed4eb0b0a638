//! An exchange as the matchers of scenarios see it.

use crate::journal::exchange::Exchange;
use crate::journal::read;
use crate::scenario::expectation::Sought;
use crate::scenario::seen::{Seen, SeenCertificate, Sent};

/// What is read of an exchange for the matchers, as far as they look.
#[derive(Default)]
pub(super) struct Facts {
    request: Sent,
    certificate: Option<SeenCertificate>,
}

impl Facts {
    /// What these matchers need.
    pub(super) fn new(exchange: &Exchange, sought: &Sought) -> Self {
        let mut facts = Self::default();
        if sought.looks_into_request() && read::is_registration(exchange) {
            let document = read::document(exchange.request.body.bytes());
            facts.request = Sent {
                jose: document.jose,
                claims: document.claims,
                statement: document.statement.map(|statement| statement.claims),
            };
        }
        if !sought.matching.certificate.is_empty() {
            let certificate = read::certificate(exchange.tls.as_deref());
            facts.certificate = certificate.map(|(certificate, sha256)| SeenCertificate {
                subject: certificate.subject.to_string(),
                issuer: certificate.issuer.to_string(),
                serial: certificate.serial,
                sha256,
            });
        }
        facts
    }

    /// The exchange.
    pub(super) fn seen<'a>(&self, exchange: &'a Exchange) -> Seen<'a> {
        let headers = exchange.request.headers.iter();
        let tls = exchange.tls.as_deref();
        Seen {
            bank: exchange.bank.as_deref(),
            operation: exchange.operation,
            method: &exchange.method,
            path: &exchange.path,
            software_id: exchange.software_id.clone(),
            org_id: exchange.org_id.clone(),
            client_id: exchange.client_id.clone(),
            connection: Some(exchange.connection),
            headers: headers
                .map(|(name, value)| (name, std::str::from_utf8(value).unwrap_or_default()))
                .collect(),
            request: self.request.clone(),
            certificate: self.certificate.clone(),
            sni: tls.and_then(|tls| tls.server_name.as_deref()),
            ..Seen::default()
        }
    }
}
