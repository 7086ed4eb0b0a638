//! Test certificates of open banking, from a throw-away authority.
//!
//! For test suites only: both CA subjects say `TEST ONLY`, and PKCS#12 files have a known password.
//!
//! ```
//! use certs_gen::{Authority, CertificateRequest, Key, KeyAlgorithm, Kind, PublicKey, Subject};
//!
//! # fn main() -> Result<(), certs_gen::Error> {
//! let now = time::OffsetDateTime::now_utc();
//! let authority = Authority::generate(now)?;
//! let key = Key::generate(KeyAlgorithm::EcP256)?;
//! let request = CertificateRequest {
//!     kind: Kind::Server,
//!     subject: &Subject::server(["localhost", "127.0.0.1"]),
//!     public_key: PublicKey::Of(&key),
//!     flaw: None,
//! };
//! let certificate = authority.issue(&request, now)?;
//! assert_eq!(certificate.subject_dn(), "CN=localhost,O=aspsp-emulator TEST ONLY,C=GB");
//! # Ok(())
//! # }
//! ```
//!
//! # The map
//!
//! | Module | What belongs there |
//! |---|---|
//! | `authority`, `folder` | root, issuing CA, directory key, revocations; the same in a folder |
//! | `profile`, `row` | **one row per kind of certificate**; the shape of a row |
//! | `flaw` | one arm per fault |
//! | `certificate` | what is asked for, the draft, what comes out |
//! | `dead_end` | certificates that lead to no anchor |
//! | `subject`, `attribute`, `name`, `host` | whose it is; which value goes where; DER and RFC 4514 text |
//! | `extensions`, `qc_statements`, `validity`, `serial`, `tbs`, `oid` | the parts of a certificate |
//! | `ca`, `revocation` | a CA's certificate; the revocation list |
//! | `key`, `csr`, `public_key` | private keys, certificate requests, what a public key is |
//! | [`bundle`], `files`, `armour` | PKCS#12, PEM, files with modes, all at once |
//! | `error`, `once` | every way to fail; a value made on first use |
//!
//! The path of one certificate: a `CertificateRequest` becomes a `Draft` by its kind's row, a flaw
//! may spoil the draft, an attribute list and a subject become a name, `tbs` builds and signs.
//!
//! Invariants: nothing here reads the clock (`now` is always given) or knows TLS, HTTP or tokio;
//! `tbs` is the one place that signs certificates; no private key is ever printed by `Debug`.

mod armour;
mod attribute;
mod authority;
pub mod bundle;
mod ca;
mod certificate;
mod csr;
mod dead_end;
mod error;
mod extensions;
mod files;
mod flaw;
mod folder;
mod host;
mod key;
mod mark;
mod name;
mod oid;
mod once;
mod profile;
mod public_key;
mod qc_statements;
mod revocation;
mod row;
mod serial;
mod subject;
mod tbs;
mod validity;

/// The README's example is compiled and run as a documentation test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}

pub use authority::{Authority, Issuance};
pub use certificate::{Certificate, CertificateRequest, PublicKey};
pub use csr::Csr;
pub use error::Error;
pub use flaw::Flaw;
pub use key::{Key, KeyAlgorithm};
pub use mark::Mark;
pub use profile::Kind;
pub use serial::Serial;
pub use subject::{PspRole, Subject};
pub use validity::BACKDATING;
