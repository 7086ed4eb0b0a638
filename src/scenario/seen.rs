//! One exchange, as scenarios see it.

use crate::dialect::checks::Check;
use crate::dialect::checks::transport::{METHOD_NOT_OFFERED, ROUTE_UNKNOWN};
use crate::domain::json::Object;
use crate::scenario::model::Aged;

/// The word of TLS handshakes among the operations.
pub const HANDSHAKE: &str = "handshake";

/// One exchange. Times are milliseconds of the world's clock since the epoch.
#[derive(Default)]
pub struct Seen<'a> {
    /// The bank's id; `None` for what belongs to no bank.
    pub bank: Option<&'a str>,
    /// The operation's word; `None` where path and method name none.
    pub operation: Option<&'a str>,
    /// The method; empty for a handshake.
    pub method: &'a str,
    /// The path, without query; empty for a handshake.
    pub path: &'a str,
    /// The caller's software.
    pub software_id: Option<String>,
    /// The caller's organisation.
    pub org_id: Option<String>,
    /// The client.
    pub client_id: Option<String>,
    /// The bearer token.
    pub token: Option<String>,
    /// Which connection, unique in this process.
    pub connection: Option<u64>,
    /// Header fields in their order; lower-case names.
    pub headers: Vec<(&'a str, &'a str)>,
    /// The registration request.
    pub request: Sent,
    /// The client certificate.
    pub certificate: Option<SeenCertificate>,
    /// The host name that was asked for in the handshake.
    pub sni: Option<&'a str>,
    /// When things came to be.
    pub born: Born,
    /// The checks that the bank has for this operation.
    pub checks: &'static [&'static [&'static Check]],
}

/// A registration request, as far as it can be read, believed or not.
#[derive(Clone, Default)]
pub struct Sent {
    /// Its JOSE header, where it is signed.
    pub jose: Option<Object>,
    /// Its claims, or the members of a JSON body.
    pub claims: Option<Object>,
    /// The claims of the software statement in it.
    pub statement: Option<Object>,
}

/// A client certificate.
#[derive(Debug, Clone, Default)]
pub struct SeenCertificate {
    /// Its subject (RFC 4514).
    pub subject: String,
    /// Its issuer (RFC 4514).
    pub issuer: String,
    /// Its serial number, in lower-case hexadecimal digits.
    pub serial: String,
    /// Its SHA-256 fingerprint, in lower-case hexadecimal digits.
    pub sha256: String,
}

/// When things came to be, where they are known.
#[derive(Debug, Clone, Copy, Default)]
pub struct Born {
    /// The client was stored.
    pub client: Option<i64>,
    /// The token was issued.
    pub token: Option<i64>,
    /// The key that signed the request was published.
    pub key: Option<i64>,
    /// The certificate was made.
    pub certificate: Option<i64>,
    /// The statement was issued.
    pub statement: Option<i64>,
}

impl Seen<'_> {
    /// Whether the bank may answer as if this check had failed. Those of the way to an operation are
    /// everywhere below a bank.
    #[must_use]
    pub fn has_check(&self, name: &str) -> bool {
        let mut checks = self.checks.iter().copied().flatten();
        let is_on_the_way = [ROUTE_UNKNOWN.name, METHOD_NOT_OFFERED.name].contains(&name);
        (self.bank.is_some() && is_on_the_way) || checks.any(|check| check.name == name)
    }
}

impl Born {
    /// When that came to be.
    #[must_use]
    pub fn of(&self, aged: Aged) -> Option<i64> {
        match aged {
            Aged::Client => self.client,
            Aged::Token => self.token,
            Aged::Key => self.key,
            Aged::Certificate => self.certificate,
            Aged::Statement => self.statement,
        }
    }
}
