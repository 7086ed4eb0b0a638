//! A request as rules see it.

use std::sync::Arc;

use aws_lc_rs::digest;
use serde_json::Value;

use crate::bank::{Bank, Caller};
use crate::dialect::Operation;
use crate::dialect::call::Bearer;
use crate::dialect::checks::Check;
use crate::domain::certificate::ClientCertificate;
use crate::domain::client::Client;
use crate::domain::ids::{KeyId, SoftwareId};
use crate::domain::json::{Object, parse_object};
use crate::domain::jws::Jws;
use crate::http::call::Asked;
use crate::scenario::seen::{Born, Seen, SeenCertificate, Sent};
use crate::server::Peer;
use crate::world::World;

/// What is gathered of a request, besides what it says itself.
pub struct Gathered {
    bank: Option<String>,
    operation: Option<&'static str>,
    checks: &'static [&'static [&'static Check]],
    caller: Caller,
    token: Option<String>,
    request: Sent,
    certificate: Option<SeenCertificate>,
    born: Born,
}

/// Looks up how old things are; `caller` is who asks.
pub fn gather(asked: &Asked, bank: Option<&Bank>, caller: Caller) -> Gathered {
    let call = asked.call.as_deref();
    let request = match call {
        Some(call) if call.operation.takes_request() => sent(&asked.body),
        _ => Sent::default(),
    };
    let certificate = call.and_then(|call| call.certificate.as_deref());
    let token = call.and_then(|call| match Bearer::parse(call.authorization.as_deref()) {
        Bearer::Token(token) => Some(token.reveal().to_owned()),
        Bearer::Missing | Bearer::Malformed => None,
    });
    let operation = asked.target.operation;
    let checks = bank.zip(operation);
    Gathered {
        bank: bank.map(|bank| bank.id.clone()),
        operation: operation.map(Operation::as_str),
        checks: checks.map_or(&[], |(bank, operation)| (bank.dialect().checks)(operation)),
        born: born(&asked.world, &caller, &request, certificate),
        certificate: certificate
            .zip(asked.peer.transport_certificate())
            .map(|(read, der)| seen_certificate(read, der)),
        caller,
        token,
        request,
    }
}

impl Gathered {
    /// The registration request.
    pub fn request(&self) -> &Sent {
        &self.request
    }

    /// The stored client.
    pub fn client(&self) -> Option<Arc<Client>> {
        self.caller.client.clone()
    }

    /// The request, for the rules.
    pub fn as_seen<'a>(&'a self, asked: &'a Asked) -> Seen<'a> {
        let text = |bytes| std::str::from_utf8(bytes).unwrap_or_default();
        let headers = asked.headers.iter();
        Seen {
            bank: self.bank.as_deref(),
            operation: self.operation,
            method: asked.method.as_str(),
            path: &asked.path,
            software_id: self.caller.software_id.as_ref().map(ToString::to_string),
            org_id: self.caller.org_id.as_ref().map(ToString::to_string),
            client_id: self.caller.client_id.as_ref().map(ToString::to_string),
            token: self.token.clone(),
            connection: Some(asked.peer.ordinal()),
            headers: headers
                .map(|(name, value)| (name.as_str(), text(value.as_bytes())))
                .collect(),
            request: self.request.clone(),
            certificate: self.certificate.clone(),
            sni: server_name(&asked.peer),
            born: self.born,
            checks: self.checks,
        }
    }
}

fn server_name(peer: &Peer) -> Option<&str> {
    peer.tls.as_ref()?.server_name.as_deref()
}

/// A registration request as far as it can be read.
fn sent(body: &[u8]) -> Sent {
    let (jose, claims) = match std::str::from_utf8(body).map(|text| Jws::parse(text.trim())) {
        Ok(Ok(request)) => (Some(request.header), Some(request.claims)),
        _ => (None, parse_object(body).ok()),
    };
    Sent {
        statement: claims.as_ref().and_then(statement),
        jose,
        claims,
    }
}

fn statement(claims: &Object) -> Option<Object> {
    let text = claims.get("software_statement")?.as_str()?;
    Some(Jws::parse(text).ok()?.claims)
}

/// What scenarios may ask of a certificate.
pub fn seen_certificate(read: &ClientCertificate, der: &[u8]) -> SeenCertificate {
    SeenCertificate {
        subject: read.subject_text.clone(),
        issuer: read.issuer.to_string(),
        serial: read.serial.clone(),
        sha256: fingerprint(der),
    }
}

fn fingerprint(der: &[u8]) -> String {
    let hash = digest::digest(&digest::SHA256, der);
    hash.as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn born(
    world: &World,
    caller: &Caller,
    request: &Sent,
    certificate: Option<&ClientCertificate>,
) -> Born {
    let text = |object: &Option<Object>, name: &str| {
        let value = object.as_ref()?.get(name)?.as_str()?;
        Some(value.to_owned())
    };
    let issued = request
        .statement
        .as_ref()
        .and_then(|claims| claims.get("iat"));
    let software = text(&request.statement, "software_id").map(SoftwareId::new);
    let key = software.zip(text(&request.jose, "kid").map(KeyId::new));
    Born {
        client: caller.client_born,
        token: caller.token_born,
        key: key.and_then(|(software, kid)| world.directory.born_of_key(&software, &kid)),
        certificate: certificate.map(|read| world.directory.born_of_certificate(read)),
        statement: issued
            .and_then(Value::as_i64)
            .map(|seconds| seconds.saturating_mul(1000)),
    }
}
