//! Certificates of an authority of the load's own, which the emulator is given with `--authority`.
//!
//! The client's key is an EC one, so that the load, which signs once in each handshake, costs less than
//! the server.

use std::path::{Path, PathBuf};

use anyhow::Result;
use certs_gen::{Authority, CertificateRequest, Key, KeyAlgorithm, Kind, PublicKey, Subject};
use tempfile::TempDir;
use time::OffsetDateTime;

use crate::tls::Identity;

/// An authority in a folder, and a client's certificate of it.
#[derive(Debug)]
pub struct Pki {
    folder: TempDir,
    /// The client.
    pub client: Identity,
}

impl Pki {
    /// A new one.
    ///
    /// # Errors
    /// The disk's, or the library's.
    pub fn new() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let (authority, _) = Authority::open_or_create(folder.path(), now())?;
        let (chain, key) = issue(&authority, Kind::Obwac)?;
        Ok(Self {
            client: Identity {
                ca: authority.ca_pem(),
                chain,
                key,
            },
            folder,
        })
    }

    /// The folder, as `--authority` takes it.
    pub fn authority(&self) -> PathBuf {
        self.folder.path().to_owned()
    }
}

/// A server's certificates, of the authority in `folder`.
///
/// # Errors
/// As for [`Pki::new`].
pub fn server(folder: &Path) -> Result<Identity> {
    let authority = Authority::open(folder)?;
    let (chain, key) = issue(&authority, Kind::Server)?;
    Ok(Identity {
        ca: authority.ca_pem(),
        chain,
        key,
    })
}

/// Chain and key, as PEM.
fn issue(authority: &Authority, kind: Kind) -> Result<(String, String)> {
    let key = Key::generate(KeyAlgorithm::EcP256)?;
    let request = CertificateRequest {
        kind,
        subject: &Subject::example(kind),
        public_key: PublicKey::Of(&key),
        flaw: None,
    };
    let certificate = authority.issue(&request, now())?;
    Ok((certificate.chain_pem(), key.private_pem()))
}

fn now() -> OffsetDateTime {
    OffsetDateTime::now_utc()
}
