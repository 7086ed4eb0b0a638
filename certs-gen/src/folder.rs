//! An authority in a folder: `root.pem/.key`, `issuing.pem/.key`, `directory.key`, `ca.crl`.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use time::OffsetDateTime;

use crate::{
    authority::Authority,
    ca::Ca,
    error::Error,
    files::{self, FolderLock, Mode, Staged},
    key::{Key, KeyAlgorithm},
    once::Once,
    revocation::Revocations,
};

const ROOT: &str = "root.pem";
const ROOT_KEY: &str = "root.key";
const ISSUING: &str = "issuing.pem";
const ISSUING_KEY: &str = "issuing.key";
const DIRECTORY_KEY: &str = "directory.key";
const CRL: &str = "ca.crl";

/// There as long as the files are given their names, one after the other: what lies beside it once nobody has
/// the lock was begun by a process that was killed, and is no authority.
const UNFINISHED: &str = ".unfinished";

/// All files of an authority.
pub(crate) const FILES: [&str; 6] = [ROOT, ROOT_KEY, ISSUING, ISSUING_KEY, DIRECTORY_KEY, CRL];

/// What a folder holds.
enum Contents {
    /// Nothing, or no such folder; or what a process that was killed has begun.
    Nothing,
    /// All files of an authority.
    Authority,
    /// Some of them; these are missing.
    Part(Vec<&'static str>),
    /// Something else, such as this.
    Others(String),
}

impl Authority {
    /// Loads the authority kept in a folder and checks it: keys fit certificates, the root is
    /// self-signed, the issuing CA is signed by the root, `ca.crl` by the issuing CA.
    ///
    /// # Errors
    /// [`Error::AuthorityAbsent`], [`Error::AuthorityIncomplete`], [`Error::FolderNotEmpty`],
    /// [`Error::AuthorityFile`] and [`Error::File`].
    pub fn open(dir: &Path) -> Result<Self, Error> {
        let _lock = FolderLock::shared(dir);
        match contents(dir)? {
            Contents::Nothing => Err(Error::AuthorityAbsent { dir: dir.into() }),
            other => open_existing(dir, other),
        }
    }

    /// Loads the authority kept in a folder, or makes one (with its RSA directory key) in an empty
    /// or absent folder; `true` if it was made. Hidden files and `lost+found` do not count.
    ///
    /// All files are written under temporary names before the first gets its own, and what a process that
    /// was killed meanwhile has left is made anew. Processes that start together on one folder end up
    /// with the same authority.
    ///
    /// # Errors
    /// As [`Self::open`] and [`Self::generate`].
    pub fn open_or_create(dir: &Path, now: OffsetDateTime) -> Result<(Self, bool), Error> {
        if let Contents::Nothing = contents(dir)? {
            files::make_folder(dir)?;
        } else {
            return Ok((Self::open(dir)?, false));
        }
        let _lock = FolderLock::exclusive(dir);
        match contents(dir)? {
            Contents::Nothing => Ok((create(dir, now)?, true)),
            other => Ok((open_existing(dir, other)?, false)),
        }
    }

    /// Writes `ca.crl` into a folder, after taking over what another process has put there.
    ///
    /// # Errors
    /// [`Error::AuthorityFile`] if the list there is not this authority's, [`Error::File`], and as
    /// [`Self::crl_der`].
    pub fn save_crl(&self, dir: &Path, now: OffsetDateTime) -> Result<(), Error> {
        let _lock = FolderLock::exclusive(dir);
        let path = dir.join(CRL);
        if path.exists() {
            let there = parse(&path, |text| Revocations::from_pem(text, &self.issuing))?;
            self.revocations().merge(there);
        }
        files::write_file(&path, self.crl_pem(now)?.as_bytes(), Mode::Public)
    }

    /// The files in which an authority is kept, for messages.
    #[must_use]
    pub const fn file_names() -> &'static [&'static str] {
        &FILES
    }
}

fn contents(dir: &Path) -> Result<Contents, Error> {
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Contents::Nothing),
        Err(error) => return Err(Error::file("read the folder", dir)(error)),
    };
    let mut names = Vec::new();
    let mut is_unfinished = false;
    for entry in entries {
        let entry = entry.map_err(Error::file("read the folder", dir))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name == UNFINISHED {
            is_unfinished = true;
        } else if !name.starts_with('.') && name != "lost+found" {
            names.push(name);
        }
    }
    if is_unfinished {
        names.retain(|name| !FILES.contains(&name.as_str()));
    }
    names.sort();
    let is_there = |file: &&str| names.iter().any(|name| name == file);
    let missing: Vec<_> = FILES.into_iter().filter(|file| !is_there(file)).collect();
    Ok(match names.into_iter().next() {
        None => Contents::Nothing,
        Some(_) if missing.is_empty() => Contents::Authority,
        Some(found) if missing.len() == FILES.len() => Contents::Others(found),
        Some(_) => Contents::Part(missing),
    })
}

fn open_existing(dir: &Path, contents: Contents) -> Result<Authority, Error> {
    let dir_owned = || PathBuf::from(dir);
    match contents {
        Contents::Authority => load(dir),
        Contents::Nothing => Err(Error::AuthorityAbsent { dir: dir_owned() }),
        Contents::Part(missing) => Err(Error::AuthorityIncomplete {
            dir: dir_owned(),
            missing: missing.join(", "),
        }),
        Contents::Others(found) => Err(Error::FolderNotEmpty {
            dir: dir_owned(),
            found,
        }),
    }
}

fn load(dir: &Path) -> Result<Authority, Error> {
    let key = |name| {
        parse(&dir.join(name), |text| {
            Key::from_pem(text).map_err(|error| format!("is not usable: {error}"))
        })
    };
    let ca = |name, key| parse(&dir.join(name), |text| Ca::from_pem(text, key));
    let wrong = |name, problem: &str| Error::AuthorityFile {
        path: dir.join(name),
        problem: problem.to_owned(),
    };
    let root = ca(ROOT, key(ROOT_KEY)?)?;
    let issuing = ca(ISSUING, key(ISSUING_KEY)?)?;
    let directory_key = key(DIRECTORY_KEY)?;
    if !root.is_signed_by(&root) {
        return Err(wrong(ROOT, "is not self-signed"));
    }
    if !issuing.is_signed_by(&root) {
        return Err(wrong(ISSUING, "is not signed by the root beside it"));
    }
    if directory_key.algorithm() != KeyAlgorithm::Rsa2048 {
        return Err(wrong(DIRECTORY_KEY, "is no RSA key of 2048 bits"));
    }
    let revocations = parse(&dir.join(CRL), |text| Revocations::from_pem(text, &issuing))?;
    let directory_key = Once::of(directory_key);
    Ok(Authority::of(root, issuing, directory_key, revocations))
}

/// Reads a file and parses its text; a complaint becomes an error that names the file.
fn parse<T>(path: &Path, parse: impl FnOnce(&str) -> Result<T, String>) -> Result<T, Error> {
    let bytes = fs::read(path).map_err(Error::file("read", path))?;
    let text = String::from_utf8_lossy(&bytes);
    parse(&text).map_err(|problem| Error::AuthorityFile {
        path: path.to_owned(),
        problem,
    })
}

/// Makes an authority and its files in a folder that is locked and empty, but for what a process that was
/// killed has left.
fn create(dir: &Path, now: OffsetDateTime) -> Result<Authority, Error> {
    remove_begun(dir)
        .and_then(|()| files::remove_left(dir, &FILES))
        .map_err(Error::file("tidy the folder", dir))?;
    let authority = Authority::generate(now)?;
    let files = [
        (ROOT, authority.root.pem.clone(), Mode::Public),
        (ROOT_KEY, authority.root.key.private_pem(), Mode::Private),
        (ISSUING, authority.issuing.pem.clone(), Mode::Public),
        (
            ISSUING_KEY,
            authority.issuing.key.private_pem(),
            Mode::Private,
        ),
        (
            DIRECTORY_KEY,
            authority.directory_key()?.private_pem(),
            Mode::Private,
        ),
        (CRL, authority.crl_pem(now)?, Mode::Public),
    ];
    let staged = files
        .iter()
        .map(|(name, text, mode)| Staged::write(&dir.join(name), text.as_bytes(), *mode))
        .collect::<Result<Vec<_>, _>>()?;
    let unfinished = dir.join(UNFINISHED);
    let finished = fs::write(&unfinished, "")
        .map_err(Error::file("write", &unfinished))
        .and_then(|()| staged.into_iter().try_for_each(Staged::commit))
        .and_then(|()| fs::remove_file(&unfinished).map_err(Error::file("remove", &unfinished)));
    if let Err(error) = finished {
        // The first error counts.
        let _ = remove_begun(dir);
        return Err(error);
    }
    Ok(authority)
}

/// Takes away what stands beside the mark of an authority that is not finished, and the mark last.
fn remove_begun(dir: &Path) -> io::Result<()> {
    if dir.join(UNFINISHED).exists() {
        for name in FILES.into_iter().chain([UNFINISHED]) {
            match fs::remove_file(dir.join(name)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
    }
    Ok(())
}
