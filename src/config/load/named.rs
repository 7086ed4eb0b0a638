//! The files that a config file names, relative to its folder.

use std::path::{Component, Path, PathBuf};

use certs_gen::{Csr, Kind};
use x509_parser::pem::Pem;

use crate::config::load::read_file;
use crate::document::placed::Placed;
use crate::document::problem::Problem;
use crate::domain::jwk::{KeySetEntry, parse_key_set};
use crate::domain::own_key_set::{OwnKeySetError, parse_own_key_set};

/// The folder of a config file.
#[derive(Debug, Clone, Default)]
pub(super) struct Folder(PathBuf);

impl Folder {
    /// The folder that this file lies in.
    pub fn of(file: &Path) -> Self {
        Self(file.parent().unwrap_or(Path::new("")).to_owned())
    }

    /// A path that the file names, as short as it can be written.
    pub fn path(&self, named: &Placed<String>) -> Result<PathBuf, Problem> {
        if named.value.is_empty() {
            return Err(named.problem("found an empty text; allowed: a path"));
        }
        let joined = self.0.join(&named.value);
        let parts = joined.components();
        let short: PathBuf = parts.filter(|part| *part != Component::CurDir).collect();
        Ok(if short.as_os_str().is_empty() {
            PathBuf::from(".")
        } else {
            short
        })
    }

    fn bytes(&self, named: &Placed<String>) -> Result<Vec<u8>, Problem> {
        let path = self.path(named)?;
        read_file(&path).map_err(|cause| {
            let path = path.display();
            named.refused(format!(
                "a file that can be read, relative to the folder of this one; {path} cannot ({cause})"
            ))
        })
    }

    /// A certificate request, PEM.
    pub fn request(&self, named: &Placed<String>, kind: Kind) -> Result<Csr, Problem> {
        let bytes = self.bytes(named)?;
        let csr = Csr::from_pem(&String::from_utf8_lossy(&bytes)).map_err(|cause| {
            named.refused(format!(
                "a certificate request (PKCS#10) in PEM; this file is none: {cause}"
            ))
        })?;
        csr.check_key_for(kind)
            .map_err(|cause| named.refused(format!("a request for another key: {cause}")))?;
        Ok(csr)
    }

    /// A key set to be published: of public keys, of which one signs.
    pub fn own_key_set(&self, named: &Placed<String>) -> Result<Vec<KeySetEntry>, Problem> {
        parse_own_key_set(&self.bytes(named)?).map_err(|cause| {
            let allowed = OwnKeySetError::ALLOWED;
            named.refused(format!("{allowed}; this file is none: {cause}"))
        })
    }

    /// A key set; at least one of its keys must be of use.
    pub fn key_set(&self, named: &Placed<String>) -> Result<Vec<KeySetEntry>, Problem> {
        let refused = |cause: &dyn std::fmt::Display| {
            named.refused(format!("a key set (JWKS); this file is none: {cause}"))
        };
        let keys = parse_key_set(&self.bytes(named)?).map_err(|cause| refused(&cause))?;
        if keys.iter().any(|entry| entry.key_use.signs()) {
            Ok(keys)
        } else {
            Err(refused(&"no RSA or EC P-256 key in it signs"))
        }
    }

    /// CA certificates, DER out of PEM.
    pub fn certificates(&self, named: &Placed<String>) -> Result<Vec<Vec<u8>>, Problem> {
        let refused = |cause: &dyn std::fmt::Display| {
            named.refused(format!("certificates in PEM; this file has none: {cause}"))
        };
        let bytes = self.bytes(named)?;
        let mut certificates = Vec::new();
        for block in Pem::iter_from_buffer(&bytes) {
            let block = block.map_err(|cause| refused(&cause))?;
            if block.label == "CERTIFICATE" {
                block.parse_x509().map_err(|cause| refused(&cause))?;
                certificates.push(block.contents);
            }
        }
        if certificates.is_empty() {
            return Err(refused(&"no `-----BEGIN CERTIFICATE-----`"));
        }
        Ok(certificates)
    }
}
