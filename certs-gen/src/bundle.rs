//! Certificates and keys in the forms that clients load: PEM files and PKCS#12 (RFC 7292).

use std::path::{Path, PathBuf};

use p12_keystore::{KeyStore, KeyStoreEntry, PrivateKey, PrivateKeyChain};

pub use crate::files::{FolderLock, Mode, write_file, write_files};
use crate::{
    authority::Authority, certificate::Certificate, error::Error, files::make_folder, key::Key,
};

/// The password of every PKCS#12 file that `certs-gen` and the emulator write.
pub const PASSWORD: &str = "test-only";

/// Rounds of key derivation: OpenSSL's default; a known password gains nothing from more.
const ITERATIONS: u32 = 2048;

/// Where [`write()`] put a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// `STEM.pem`, 0644: leaf, then issuing CA.
    pub chain: PathBuf,
    /// `STEM.key`, 0600: PKCS#8; none for a certificate request.
    pub key: Option<PathBuf>,
    /// `STEM.p12`, 0600, password [`PASSWORD`]; none for a certificate request.
    pub pkcs12: Option<PathBuf>,
}

/// Key, leaf and issuing CA as PKCS#12: PBES2 with AES-256, MAC with SHA-256, which OpenSSL 3 and
/// Java 8u301 and later read.
///
/// # Errors
/// [`Error::KeyDoesNotFit`] for another certificate's key, [`Error::Encoding`] for an alias or
/// password outside the basic multilingual plane.
pub fn pkcs12(
    key: &Key,
    certificate: &Certificate,
    password: &str,
    alias: &str,
) -> Result<Vec<u8>, Error> {
    const WHAT: &str = "PKCS#12";
    if key.public_key_der() != certificate.public_key_der() {
        return Err(Error::KeyDoesNotFit);
    }
    let private = PrivateKey::from_der(key.private_der()).map_err(Error::encoding(WHAT))?;
    let chain = [
        stored(certificate.der())?,
        stored(certificate.issuing_der())?,
    ];
    let local_key_id = certificate.serial().as_bytes();
    let chain = PrivateKeyChain::new(local_key_id, private, chain);
    let mut store = KeyStore::new();
    store.add_entry(alias, KeyStoreEntry::PrivateKeyChain(chain));
    written(&store, password)
}

/// Root and issuing CA as a PKCS#12 trust store with the aliases `root` and `issuing`, which Java's
/// `KeyStore` lists as trusted certificates.
///
/// # Errors
/// [`Error::Encoding`] for a password outside the basic multilingual plane.
pub fn truststore(authority: &Authority, password: &str) -> Result<Vec<u8>, Error> {
    let mut store = KeyStore::new();
    for (alias, der) in [
        ("root", authority.root_der()),
        ("issuing", authority.issuing_der()),
    ] {
        store.add_entry(alias, KeyStoreEntry::Certificate(stored(der)?));
    }
    written(&store, password)
}

/// Writes `STEM.pem` and, with a key, `STEM.key` and `STEM.p12` (alias: the stem) into a folder,
/// which is made if need be. Each file is replaced at once; other files are left alone.
///
/// # Errors
/// [`Error::File`] and those of [`pkcs12`].
pub fn write(
    dir: &Path,
    stem: &str,
    certificate: &Certificate,
    key: Option<&Key>,
) -> Result<Written, Error> {
    let path = |extension: &str| dir.join(format!("{stem}.{extension}"));
    let store = key
        .map(|key| pkcs12(key, certificate, PASSWORD, stem))
        .transpose()?;
    make_folder(dir)?;
    let file = |extension, contents: &[u8], mode| {
        let path = path(extension);
        write_file(&path, contents, mode).map(|()| path)
    };
    let key = key.map(|key| file("key", key.private_pem().as_bytes(), Mode::Private));
    let pkcs12 = store.map(|store| file("p12", &store, Mode::Private));
    Ok(Written {
        key: key.transpose()?,
        pkcs12: pkcs12.transpose()?,
        chain: file("pem", certificate.chain_pem().as_bytes(), Mode::Public)?,
    })
}

fn stored(der: &[u8]) -> Result<p12_keystore::Certificate, Error> {
    p12_keystore::Certificate::from_der(der).map_err(Error::encoding("PKCS#12"))
}

fn written(store: &KeyStore, password: &str) -> Result<Vec<u8>, Error> {
    store
        .writer(password)
        .encryption_iterations(ITERATIONS)
        .mac_iterations(ITERATIONS)
        .write()
        .map_err(Error::encoding("PKCS#12"))
}
