//! The kit's folder: what is in it, taking up an earlier kit, replacing it.
//!
//! Each file is replaced at once. `tpp.json` is taken away first and put there last, so a reader
//! that has it has a whole kit, and a kit that was broken off is known for what it is.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use certs_gen::bundle::{self, Mode};
use certs_gen::{Certificate, Key, Kind};

use crate::config::KitConfig;
use crate::directory::Identity;
use crate::directory::tpp::GivenKey;
use crate::domain::ids::KeyId;
use crate::kit::{KitError, KitFile, Origin, TPP_JSON};

/// The file that says that a folder is a kit. It is the first one written.
pub(super) const MARKER: &str = ".gitignore";
/// Its first line is what a kit is known by.
pub(super) const MARKER_TEXT: &str = "# aspsp-emulator kit: private test keys, replaced whenever the emulator's authority changes\n*\n";

/// What is in the folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// Nothing, or no folder.
    Empty,
    /// A kit, whole or broken off.
    Kit,
}

/// Looks before anything is written.
pub(super) fn inspect(dir: &Path) -> Result<State, KitError> {
    let unreadable = |cause| KitError::Unreadable {
        dir: dir.to_owned(),
        cause,
    };
    let mut entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(State::Empty),
        Err(error) => return Err(unreadable(error)),
    };
    if entries.next().is_none() {
        return Ok(State::Empty);
    }
    let marker = fs::read_to_string(dir.join(MARKER)).unwrap_or_default();
    // Copies often lack the hidden file; what a kit says of itself is as good.
    if marker.lines().next() == MARKER_TEXT.lines().next() || origin(dir).is_some() {
        Ok(State::Kit)
    } else {
        Err(KitError::NotAKit(dir.to_owned()))
    }
}

/// What an earlier kit is taken up with.
pub(super) struct Earlier {
    pub(super) identity: Identity,
    pub(super) transport: GivenKey,
    pub(super) signing: GivenKey,
}

/// The identity and keys of a kit of this authority; `None` of any other, or if it is broken.
pub(super) fn earlier_credentials(dir: &Path, state: State, authority: &str) -> Option<Earlier> {
    if state == State::Empty {
        return None;
    }
    let origin = origin(dir)?;
    if origin.authority != authority {
        return None;
    }
    let read = |stem: &str, kind, kid| match credential(dir, stem, kind, kid) {
        Ok(credential) => Some(credential),
        Err(error) => {
            tracing::warn!(stem, %error, "the kit is broken and made anew");
            None
        }
    };
    Some(Earlier {
        transport: read("transport", Kind::ObTransport, origin.transport_kid)?,
        signing: read("signing", Kind::ObSigning, origin.kid)?,
        identity: origin.identity,
    })
}

/// What the folder's `tpp.json` says that it comes from.
fn origin(dir: &Path) -> Option<Origin> {
    let text = fs::read_to_string(dir.join(TPP_JSON)).ok()?;
    serde_json::from_str(&text).ok()
}

fn credential(
    dir: &Path,
    stem: &str,
    kind: Kind,
    kid: KeyId,
) -> Result<GivenKey, Box<dyn std::error::Error>> {
    let read = |extension: &str| fs::read_to_string(dir.join(format!("{stem}.{extension}")));
    let key = Key::from_pem(&read("key")?)?;
    let certificate = Certificate::from_chain_pem(kind, &read("pem")?)?;
    if certificate.public_key_der() != key.public_key_der() {
        return Err("key and certificate do not fit".into());
    }
    Ok(GivenKey::Certified {
        key,
        certificate,
        kid,
    })
}

/// Puts `files` in the place of whatever kit is there; `tpp.json` comes last among them.
pub(super) fn write(config: &KitConfig, files: &[KitFile]) -> Result<(), KitError> {
    let dir = &config.dir;
    fs::create_dir_all(dir).map_err(unwritable(config))?;
    if let Some(marker) = files.iter().find(|file| file.name == MARKER) {
        put(config, marker)?;
    }
    remove_outdated(dir).map_err(unwritable(config))?;
    put_all(config, files)
}

/// Puts each file in the place of the one of its name.
pub(super) fn put_all(config: &KitConfig, files: &[KitFile]) -> Result<(), KitError> {
    files.iter().try_for_each(|file| put(config, file))
}

fn put(config: &KitConfig, file: &KitFile) -> Result<(), KitError> {
    let mode = if file.is_private {
        Mode::Bits(config.key_mode)
    } else {
        Mode::Public
    };
    bundle::write_file(&config.dir.join(&file.name), &file.contents, mode)
        .map_err(unwritable(config))
}

fn unwritable<E: std::fmt::Display>(config: &KitConfig) -> impl Fn(E) -> KitError {
    |cause| KitError::Unwritable {
        dir: config.dir.clone(),
        cause: cause.to_string(),
    }
}

/// Takes away `tpp.json`, and requests for banks that may not exist any more.
fn remove_outdated(dir: &Path) -> std::io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name == TPP_JSON || name.starts_with("registration-") {
            fs::remove_file(&path)?;
        }
    }
    Ok(())
}
