//! Callers that are made up.

use crate::config::BankConfig;
use crate::dialect::Operation;
use crate::dialect::checks::Check;
use crate::dialect::route::{CLIENT_ID, ORG_ID, SOFTWARE_ID};
use crate::scenario::Seen;
use crate::scenario::seen::{Born, HANDSHAKE, SeenCertificate};

/// A software that asks for something. It sends neither headers nor body; its client, token, key,
/// certificate and statement were made when the simulation began, at time 0.
pub struct Caller<'a> {
    /// Its number, from 1.
    pub number: u64,
    /// The word of what it asks.
    pub operation: &'static str,
    /// Its software's id.
    pub software: String,
    asked: Option<Operation>,
    bank: &'a BankConfig,
    method: &'static str,
    path: String,
}

impl<'a> Caller<'a> {
    /// The software with this number; it asks for an operation, or shakes hands.
    pub fn new(number: u64, asked: Option<Operation>, bank: &'a BankConfig) -> Self {
        let (method, below) = asked.map_or(("", String::new()), |asked| place(asked, bank, number));
        Self {
            number,
            operation: asked.map_or(HANDSHAKE, Operation::as_str),
            software: named("tpp", number),
            asked,
            bank,
            method,
            path: asked.map_or(String::new(), |_| format!("{}/{below}", bank.base_path)),
        }
    }

    /// What scenarios see of it.
    pub fn seen(&self) -> Seen<'_> {
        let number = self.number;
        let has_client = self.asked.is_some_and(has_client);
        let certificate = SeenCertificate {
            subject: format!("CN={}", self.software),
            issuer: "CN=simulated".to_owned(),
            serial: format!("{number:x}"),
            sha256: format!("{number:064x}"),
        };
        Seen {
            bank: self.asked.is_some().then_some(self.bank.id.as_str()),
            operation: Some(self.operation),
            method: self.method,
            path: &self.path,
            software_id: Some(self.software.clone()),
            org_id: Some(named("org", number)),
            client_id: has_client.then(|| named("client", number)),
            token: (has_client && self.asked != Some(Operation::Token))
                .then(|| named("token", number)),
            connection: Some(number),
            certificate: Some(certificate),
            sni: Some("localhost"),
            born: Born {
                client: has_client.then_some(0),
                token: has_client.then_some(0),
                key: Some(0),
                certificate: Some(0),
                statement: Some(0),
            },
            checks: self.asked.map_or(NO_CHECKS, self.bank.dialect.checks),
            ..Seen::default()
        }
    }
}

const NO_CHECKS: &[&[&Check]] = &[];

fn named(kind: &str, number: u64) -> String {
    format!("{kind}-{number}")
}

/// Whether a client asks for it: by credentials or by a token.
fn has_client(operation: Operation) -> bool {
    !matches!(
        operation,
        Operation::Register | Operation::Discovery | Operation::Jwks
    )
}

/// Method, and path below that of the bank.
fn place(operation: Operation, bank: &BankConfig, number: u64) -> (&'static str, String) {
    match (bank.dialect.route(operation), operation) {
        (Some(route), _) => {
            let path = route.path.replace(CLIENT_ID, &named("client", number));
            let path = path.replace(ORG_ID, &named("org", number));
            (
                route.method.as_str(),
                path.replace(SOFTWARE_ID, &named("tpp", number)),
            )
        }
        (None, Operation::Token) => ("POST", "token".to_owned()),
        (None, Operation::Discovery) => ("GET", ".well-known/openid-configuration".to_owned()),
        (None, _) => ("GET", operation.as_str().to_owned()),
    }
}
