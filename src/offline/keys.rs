//! Key sets in files.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::bank::Submission;
use crate::config::TrustedDirectory;
use crate::dialect::Dialect;
use crate::dialect::policy::Strictness;
use crate::dialect::request::Request;
use crate::domain::ecosystem::Ecosystem;
use crate::domain::ids::SoftwareId;
use crate::domain::jwk::{KeySetEntry, KeySetError, parse_key_set};
use crate::domain::jws::Jws;

/// The keys that signatures are verified with, as far as they are at hand.
#[derive(Debug, Clone, Default)]
pub struct Keys {
    /// Those that the directory signs statements with.
    pub directory: Option<Vec<KeySetEntry>>,
    /// Those of the statement's software.
    pub software: Option<SoftwareKeys>,
}

/// The current keys of a software.
#[derive(Debug, Clone)]
pub struct SoftwareKeys {
    /// Whose they are; `None` for whichever software a statement speaks of.
    pub of: Option<SoftwareId>,
    /// The keys.
    pub keys: Vec<KeySetEntry>,
}

/// A file that no keys could be read from.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// It cannot be read.
    #[error("cannot read {} ({cause}); check the path and its permissions", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        cause: std::io::Error,
    },
    /// It holds no key set.
    #[error("{} is no JSON Web Key Set: {cause}", path.display())]
    NoKeySet {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        cause: KeySetError,
    },
    /// It does not describe a TPP.
    #[error("{} is no kit's: {cause}", path.display())]
    NoTpp {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        cause: serde_json::Error,
    },
    /// The kit is a TPP's of another ecosystem.
    #[error("{} is of a TPP of ecosystem `{}`, the bank is of `{}`", path.display(), found.as_str(), wanted.as_str())]
    OtherEcosystem {
        /// The file.
        path: PathBuf,
        /// Its TPP's ecosystem.
        found: Ecosystem,
        /// The bank's.
        wanted: Ecosystem,
    },
}

/// What is read of `tpp.json`.
#[derive(Debug, Deserialize)]
struct TppFile {
    ecosystem: Ecosystem,
    software_id: SoftwareId,
}

impl Keys {
    /// The keys of these files, each a key set.
    ///
    /// # Errors
    /// See [`KeyFileError`].
    pub fn of_files(
        directory: Option<&Path>,
        software: Option<&Path>,
    ) -> Result<Self, KeyFileError> {
        let software = software.map(key_set).transpose()?;
        Ok(Self {
            directory: directory.map(key_set).transpose()?,
            software: software.map(|keys| SoftwareKeys { of: None, keys }),
        })
    }

    /// The same, with the keys of the trusted directory that the request's statement is of, where
    /// others are not at hand.
    pub(super) fn or_those_of(
        mut self,
        trusted: &[TrustedDirectory],
        dialect: &Dialect,
        submission: &Submission,
    ) -> Self {
        let statement = statement(dialect, submission);
        let claim = |name: &str| statement.as_ref()?.claims.get(name)?.as_str();
        let issuer = claim("iss");
        let Some(directory) = trusted.iter().find(|one| Some(one.iss.as_str()) == issuer) else {
            return self;
        };
        self.directory
            .get_or_insert_default()
            .extend(directory.keys.iter().cloned());
        let software = claim("software_id").map(SoftwareId::new);
        let mut known = directory.software_keys.iter();
        if self.software.is_none()
            && let Some((of, keys)) = known.find(|(of, _)| Some(of) == software.as_ref())
        {
            self.software = Some(SoftwareKeys {
                of: Some(of.clone()),
                keys: keys.clone(),
            });
        }
        self
    }

    /// The keys of a kit, or of its half `brasil` for a Brazilian bank.
    ///
    /// # Errors
    /// See [`KeyFileError`].
    pub fn of_kit(dir: &Path, ecosystem: Ecosystem) -> Result<Self, KeyFileError> {
        let half = dir.join("brasil");
        let has_half = ecosystem == Ecosystem::Brazil && half.is_dir();
        let dir = if has_half { half.as_path() } else { dir };
        let path = dir.join("tpp.json");
        let tpp: TppFile = match serde_json::from_slice(&read(&path)?) {
            Ok(tpp) => tpp,
            Err(cause) => return Err(KeyFileError::NoTpp { path, cause }),
        };
        if tpp.ecosystem != ecosystem {
            return Err(KeyFileError::OtherEcosystem {
                path,
                found: tpp.ecosystem,
                wanted: ecosystem,
            });
        }
        Ok(Self {
            directory: Some(key_set(&dir.join("directory.jwks"))?),
            software: Some(SoftwareKeys {
                of: Some(tpp.software_id),
                keys: key_set(&dir.join("software.jwks"))?,
            }),
        })
    }
}

/// The statement inside a request, believed or not.
fn statement(dialect: &Dialect, submission: &Submission) -> Option<Jws> {
    let request = Request::parse(dialect.request, &submission.body, Strictness::Lenient)?.ok()?;
    let statement = request.claims().get("software_statement")?.as_str()?;
    Jws::parse(statement).ok()
}

fn read(path: &Path) -> Result<Vec<u8>, KeyFileError> {
    fs::read(path).map_err(|cause| KeyFileError::Unreadable {
        path: path.to_owned(),
        cause,
    })
}

fn key_set(path: &Path) -> Result<Vec<KeySetEntry>, KeyFileError> {
    parse_key_set(&read(path)?).map_err(|cause| KeyFileError::NoKeySet {
        path: path.to_owned(),
        cause,
    })
}
