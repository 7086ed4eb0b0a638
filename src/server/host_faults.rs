//! TLS faults that a client meets by the host name it asks for (SNI, RFC 6066 §3): `expired.localhost`.

use std::fmt;
use std::net::IpAddr;
use std::panic::resume_unwind;
use std::sync::Arc;

use rustls::server::ResolvesServerCert;
use tokio::sync::OnceCell;

use super::handshake::{HandshakeCause, HandshakeFault};
use super::tls::{ServerIdentity, certificate};

/// What a client meets under such a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostFault {
    /// A server certificate that must be refused.
    Certificate(CertificateFault),
    /// Nothing newer than TLS 1.2; the certificate is good.
    Tls12Only,
    /// No client certificate is asked for, on the mutual TLS listener either; all else is good.
    NoClientCertificateRequest,
    /// The handshake ends after the `ClientHello`.
    Handshake(HandshakeFault),
}

impl HostFault {
    /// Whether a handshake that failed for this `cause` failed because of it.
    pub(super) fn explains(self, cause: HandshakeCause) -> bool {
        use HandshakeCause::{CaNotTrusted, ClientAlert, PeerGone, ProtocolMismatch};
        match self {
            Self::Certificate(_) => matches!(cause, CaNotTrusted | ClientAlert | PeerGone),
            Self::Tls12Only => matches!(cause, ProtocolMismatch | ClientAlert | PeerGone),
            Self::NoClientCertificateRequest => false,
            Self::Handshake(_) => true,
        }
    }
}

/// What is wrong with a server certificate, or with what is sent along with it; all else is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificateFault {
    /// Its validity is over.
    Expired,
    /// Its validity has not begun.
    NotYetValid,
    /// It is for another host.
    WrongHost,
    /// It is its own issuer.
    SelfSigned,
    /// Its chain ends in a root that nobody trusts; the root is sent, too.
    UntrustedRoot,
    /// Its issuer, below the right root, is not sent, and no client has it.
    MissingIntermediate,
}

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub struct HostFaultRow {
    /// What stands before the host name and a dot.
    pub label: &'static str,
    /// What is done.
    pub fault: HostFault,
    /// What the client meets.
    pub meets: &'static str,
    /// What curl with OpenSSL 3.0 says at `localhost`, after its exit code in parentheses.
    pub curl: &'static str,
}

/// Every such name.
pub const HOST_FAULTS: [HostFaultRow; 11] = [
    HostFaultRow {
        label: "expired",
        fault: HostFault::Certificate(CertificateFault::Expired),
        meets: "a certificate that expired a day ago",
        curl: "(60) SSL certificate problem: certificate has expired",
    },
    HostFaultRow {
        label: "not-yet-valid",
        fault: HostFault::Certificate(CertificateFault::NotYetValid),
        meets: "a certificate that begins thirty days after it was first asked for",
        curl: "(60) SSL certificate problem: certificate is not yet valid",
    },
    HostFaultRow {
        label: "wrong-host",
        fault: HostFault::Certificate(CertificateFault::WrongHost),
        meets: "a certificate for `another-host.invalid` only",
        curl: "(60) SSL: no alternative certificate subject name matches target host name 'wrong-host.localhost'",
    },
    HostFaultRow {
        label: "self-signed",
        fault: HostFault::Certificate(CertificateFault::SelfSigned),
        meets: "a certificate that is its own issuer",
        curl: "(60) SSL certificate problem: self-signed certificate",
    },
    HostFaultRow {
        label: "untrusted-root",
        fault: HostFault::Certificate(CertificateFault::UntrustedRoot),
        meets: "a whole chain of another root CA, sent with that root",
        curl: "(60) SSL certificate problem: self-signed certificate in certificate chain",
    },
    HostFaultRow {
        label: "missing-intermediate",
        fault: HostFault::Certificate(CertificateFault::MissingIntermediate),
        meets: "a certificate alone, of an issuing CA below the right root that is not in `ca.pem`",
        curl: "(60) SSL certificate problem: unable to get local issuer certificate",
    },
    HostFaultRow {
        label: "tls12-only",
        fault: HostFault::Tls12Only,
        meets: "TLS 1.2 and nothing newer",
        curl: "nothing; with `--tlsv1.3` (35) tlsv1 alert protocol version",
    },
    HostFaultRow {
        label: "no-client-cert-request",
        fault: HostFault::NoClientCertificateRequest,
        meets: "no request for a client certificate; the bank then refuses what needs one",
        curl: "nothing, with or without `--cert`",
    },
    HostFaultRow {
        label: "handshake-stall",
        fault: HostFault::Handshake(HandshakeFault::Stall(None)),
        meets: "silence after its `ClientHello`, until it goes",
        curl: "with `--max-time 2` (28) Connection timed out after 2001 milliseconds",
    },
    HostFaultRow {
        label: "handshake-reset",
        fault: HostFault::Handshake(HandshakeFault::Reset),
        meets: "a TCP reset (RST) after its `ClientHello`",
        curl: "(35) Recv failure: Connection reset by peer",
    },
    HostFaultRow {
        label: "handshake-alert",
        fault: HostFault::Handshake(HandshakeFault::Alert(HANDSHAKE_FAILURE)),
        meets: "the fatal alert `handshake_failure` (40) after its `ClientHello`",
        curl: "(35) sslv3 alert handshake failure",
    },
];

/// RFC 8446 §6.2.
const HANDSHAKE_FAILURE: u8 = 40;
/// The longest DNS name (RFC 1035 §2.3.4), as text.
const LONGEST_NAME: usize = 253;

type MakeIdentity = dyn Fn(CertificateFault) -> Result<ServerIdentity, String> + Send + Sync;
type Certificate = Arc<dyn ResolvesServerCert>;

/// The hosts in front of which the names are known, and the certificates behind them: at most one for
/// each [`CertificateFault`], made when first asked for.
pub struct HostFaults {
    hosts: Vec<String>,
    make: Arc<MakeIdentity>,
    made: [OnceCell<Certificate>; 6],
}

impl HostFaults {
    /// Knows the names in front of `hosts` (lower case; addresses are passed over).
    ///
    /// `make` may block. What it makes is for all the `hosts`, with an EC P-256 key; a client that
    /// takes nothing but RSA is refused with `handshake_failure`.
    #[must_use]
    pub fn new(
        hosts: &[String],
        make: impl Fn(CertificateFault) -> Result<ServerIdentity, String> + Send + Sync + 'static,
    ) -> Self {
        Self {
            hosts: hosts.iter().filter(|host| is_dns(host)).cloned().collect(),
            make: Arc::new(make),
            made: Default::default(),
        }
    }

    /// All names in front of `hosts`, for the good certificate: clients refuse `*.localhost`.
    pub fn names(hosts: &[String]) -> impl Iterator<Item = String> {
        let hosts = hosts.iter().filter(|host| is_dns(host));
        hosts
            .flat_map(|host| HOST_FAULTS.map(|row| format!("{}.{host}", row.label)))
            .filter(|name| name.len() <= LONGEST_NAME)
    }

    /// What a client meets that asks for `name` (lower case).
    pub(super) fn of(&self, name: &str) -> Option<HostFault> {
        let (label, host) = name.split_once('.')?;
        let row = HOST_FAULTS.iter().find(|row| row.label == label)?;
        let is_known = self.hosts.iter().any(|known| known == host);
        is_known.then_some(row.fault)
    }

    /// The certificate with this fault.
    pub(super) async fn certificate(&self, fault: CertificateFault) -> Result<Certificate, String> {
        let made = self.made[fault as usize].get_or_try_init(|| self.make(fault));
        made.await.cloned()
    }

    async fn make(&self, fault: CertificateFault) -> Result<Certificate, String> {
        let make = Arc::clone(&self.make);
        let made = tokio::task::spawn_blocking(move || make(fault)).await;
        let identity = made.map_err(|error| match error.try_into_panic() {
            Ok(panic) => resume_unwind(panic),
            Err(error) => error.to_string(),
        })??;
        certificate(&identity).map_err(|error| error.to_string())
    }
}

fn is_dns(host: &str) -> bool {
    host.parse::<IpAddr>().is_err()
}

impl fmt::Debug for HostFaults {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("HostFaults")
            .field("hosts", &self.hosts)
            .finish_non_exhaustive()
    }
}
