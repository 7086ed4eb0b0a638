//! The kit's folder: what is in it, taking up an earlier kit, replacing it.
//!
//! Each file is replaced at once, and only when all of them have been written. A kit of other keys
//! loses its `tpp.json` before that, and the new one is put there last: a reader that has it has a whole kit,
//! and a kit that was broken off is known for what it is. One that is taken up again stays whole throughout.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use certs_gen::bundle::{self, FolderLock, Mode};
use certs_gen::{Certificate, Key, Kind};

use crate::directory::Identity;
use crate::directory::credential::GivenKey;
use crate::domain::ids::KeyId;
use crate::kit::files::{KitFile, Origin, TPP_JSON};
use crate::kit::{KitError, Owner};

/// Where a TPP's files go.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// The folder, as it was named.
    pub(super) dir: PathBuf,
    /// Permission bits of private keys.
    pub(super) key_mode: u32,
    /// Whose files they are.
    pub(super) owner: Owner,
}

/// The file that says that a folder is a kit. It is the first one written.
pub(super) const MARKER: &str = ".gitignore";
/// Its first line is what a kit is known by.
pub(super) const MARKER_TEXT: &str = "# aspsp-emulator kit: private test keys, replaced whenever the emulator's authority changes\n*\n";

/// What an earlier kit of the same authority left.
pub(super) struct Earlier {
    pub(super) identity: Identity,
    pub(super) transport: Option<Certified>,
    pub(super) signing: Option<Certified>,
}

/// A certificate of an earlier kit.
pub(super) struct Certified {
    /// Its private key, unless the TPP kept it.
    pub(super) key: Option<Key>,
    pub(super) certificate: Certificate,
    pub(super) kid: KeyId,
}

impl From<Certified> for GivenKey {
    fn from(certified: Certified) -> Self {
        GivenKey::Certified {
            key: certified.key,
            certificate: certified.certificate,
            kid: certified.kid,
        }
    }
}

/// Makes the folder if it is not there, and keeps other emulators that make or take up a kit out of it. What
/// cannot be made is said by what comes after.
pub(super) fn lock(place: &Place) -> FolderLock {
    let _ = fs::create_dir_all(&place.dir);
    FolderLock::exclusive(&place.dir)
}

/// Looks before anything is written: what a kit of this authority left in the folder; `None` where
/// there is none, or one of another authority.
pub(super) fn earlier(place: &Place, authority: &str) -> Result<Option<Earlier>, KitError> {
    let dir = &place.dir;
    if is_empty(place)? {
        return Ok(None);
    }
    let origin = origin(dir);
    let marker = fs::read_to_string(dir.join(MARKER)).unwrap_or_default();
    // Copies often lack the hidden file; what a kit says of itself is as good.
    if marker.lines().next() != MARKER_TEXT.lines().next() && origin.is_none() {
        return Err(KitError::NotAKit {
            dir: dir.clone(),
            owner: place.owner,
        });
    }
    let Some(origin) = origin.filter(|origin| origin.authority == authority) else {
        tracing::info!(dir = %dir.display(), "a kit of another authority is replaced");
        return Ok(None);
    };
    let ecosystem = origin.identity.ecosystem;
    let read = |stem: &str, kind, kid| match certified(dir, stem, kind, kid) {
        Ok(certified) => certified,
        Err(error) => {
            tracing::warn!(stem, %error, "nothing to take up again");
            None
        }
    };
    Ok(Some(Earlier {
        transport: read("transport", ecosystem.usual_kinds().0, origin.transport_kid),
        signing: read("signing", ecosystem.usual_kinds().1, origin.kid),
        identity: origin.identity,
    }))
}

/// Whether there is nothing in the folder, or no folder. A volume may be a file system's root, with
/// what every such root has; and an emulator may have been killed before it had marked the folder.
fn is_empty(place: &Place) -> Result<bool, KitError> {
    match fs::read_dir(&place.dir) {
        Ok(mut entries) => {
            let is_nothing = |name: &str| name == "lost+found" || is_half_written(name, MARKER);
            Ok(entries.all(|entry| {
                entry.is_ok_and(|entry| is_nothing(&entry.file_name().to_string_lossy()))
            }))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(true),
        Err(cause) => Err(KitError::Unreadable {
            dir: place.dir.clone(),
            cause,
            owner: place.owner,
        }),
    }
}

/// What the folder's `tpp.json` says that it comes from.
pub(super) fn origin(dir: &Path) -> Option<Origin> {
    let text = fs::read_to_string(dir.join(TPP_JSON)).ok()?;
    serde_json::from_str(&text).ok()
}

fn certified(
    dir: &Path,
    stem: &str,
    kind: Kind,
    kid: KeyId,
) -> Result<Option<Certified>, Box<dyn std::error::Error>> {
    let read = |extension| read_if_there(&dir.join(format!("{stem}.{extension}")));
    let Some(chain) = read("pem")? else {
        return Ok(None);
    };
    let certificate = Certificate::from_chain_pem(kind, &chain)?;
    let key = read("key")?.map(|pem| Key::from_pem(&pem)).transpose()?;
    let is_another = |key: &Key| certificate.public_key_der() != key.public_key_der();
    if key.as_ref().is_some_and(is_another) {
        return Err("key and certificate do not fit".into());
    }
    Ok(Some(Certified {
        key,
        certificate,
        kid,
    }))
}

fn read_if_there(path: &Path) -> std::io::Result<Option<String>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Takes the place of whatever kit is there, to make room for files of these names. Unless it
/// `keeps_on`, the kit is a whole one no more: its `tpp.json` is gone.
pub(super) fn begin(place: &Place, names: &[String], keeps_on: bool) -> Result<(), KitError> {
    fs::create_dir_all(&place.dir).map_err(unwritable(place))?;
    let marker = place.dir.join(MARKER);
    bundle::write_file(&marker, MARKER_TEXT.as_bytes(), Mode::Public).map_err(unwritable(place))?;
    remove_outdated(&place.dir, names, keeps_on).map_err(unwritable(place))
}

/// Puts each file in the place of the one of its name, in this order, once all of all folders are
/// written. An error names the last folder.
pub(super) fn put_all(folders: &[(&Place, Vec<KitFile>)]) -> Result<(), KitError> {
    let Some((named, _)) = folders.last() else {
        return Ok(());
    };
    let files = folders.iter().flat_map(|(place, files)| {
        files.iter().map(|file| {
            let mode = if file.is_private {
                Mode::Bits(place.key_mode)
            } else {
                Mode::Public
            };
            (place.dir.join(&file.name), file.contents.as_slice(), mode)
        })
    });
    bundle::write_files(files).map_err(unwritable(named))
}

fn unwritable<E: std::fmt::Display>(place: &Place) -> impl Fn(E) -> KitError {
    |cause| KitError::Unwritable {
        dir: place.dir.clone(),
        cause: cause.to_string(),
        owner: place.owner,
    }
}

/// Files that a TPP has only if its private key is here.
const OF_SOME: [&str; 4] = [
    "transport.key",
    "transport.p12",
    "signing.key",
    "signing.pem",
];

/// Takes away `tpp.json` unless the kit `keeps_on`, requests for banks that do not exist any more, keys that
/// the TPP does not have any more, and what an emulator that was killed left half written.
fn remove_outdated(dir: &Path, names: &[String], keeps_on: bool) -> std::io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let is_of_some = OF_SOME.contains(&&*name) || name.starts_with("registration-");
        let is_left = is_of_some && names.iter().all(|new| *new != name);
        let is_replaced = name == TPP_JSON && !keeps_on;
        if is_replaced || is_left || is_half_written(&name, "") {
            fs::remove_file(&path)?;
        }
    }
    Ok(())
}

/// Whether it is the temporary file of one whose name begins like this.
fn is_half_written(name: &str, of: &str) -> bool {
    name.strip_prefix('.')
        .and_then(|rest| rest.strip_suffix(".tmp"))
        .is_some_and(|rest| rest.starts_with(of))
}
