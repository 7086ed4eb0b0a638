//! Files that are there as a whole or not at all, with the right mode from the first byte.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
    process,
    sync::atomic::{AtomicU64, Ordering},
};

use crate::error::Error;

/// Who may read a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// 0600: private keys and what contains them.
    Private,
    /// 0644: certificates and lists.
    Public,
    /// These permission bits, such as 0o640.
    Bits(u32),
}

impl Mode {
    #[cfg(unix)]
    const fn bits(self) -> u32 {
        match self {
            Self::Private => 0o600,
            Self::Public => 0o644,
            Self::Bits(bits) => bits,
        }
    }
}

/// Writes a file at once: a temporary one beside it, renamed. An older file is replaced.
///
/// # Errors
/// [`Error::File`].
pub fn write_file(path: &Path, contents: &[u8], mode: Mode) -> Result<(), Error> {
    Staged::write(path, contents, mode)?.commit()
}

/// Writes several files: each under a temporary name before the first gets its own, so that a full disk
/// leaves all that was there as it was. Older files are replaced, one after the other.
///
/// # Errors
/// [`Error::File`].
pub fn write_files<'a>(
    files: impl IntoIterator<Item = (PathBuf, &'a [u8], Mode)>,
) -> Result<(), Error> {
    let staged = files
        .into_iter()
        .map(|(path, contents, mode)| Staged::write(&path, contents, mode))
        .collect::<Result<Vec<_>, _>>()?;
    staged.into_iter().try_for_each(Staged::commit)
}

/// Removes the temporary files of these names that a process which was killed has left. The caller holds the
/// folder's lock, or a process that still writes loses them.
pub(crate) fn remove_left(dir: &Path, names: &[&str]) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        let found = path.file_name().unwrap_or_default().to_string_lossy();
        let is_left = |name: &&str| found.starts_with(&format!(".{name}."));
        if found.ends_with(".tmp") && names.iter().any(is_left) {
            fs::remove_file(&path)?;
        }
    }
    Ok(())
}

/// Makes a folder and those above it, if need be.
pub(crate) fn make_folder(dir: &Path) -> Result<(), Error> {
    fs::create_dir_all(dir).map_err(Error::file("make the folder", dir))
}

/// A file written under a temporary name; dropped without [`Staged::commit`], it is removed.
pub(crate) struct Staged {
    temporary: PathBuf,
    target: PathBuf,
    is_committed: bool,
}

impl Staged {
    /// Writes the temporary file `.NAME.PID-N.tmp` beside the target.
    pub(crate) fn write(target: &Path, contents: &[u8], mode: Mode) -> Result<Self, Error> {
        let name = target.file_name().ok_or_else(|| {
            let source = io::Error::from(io::ErrorKind::InvalidInput);
            Error::file("write", target)(source)
        })?;
        let (temporary, file) = create_beside(target, &name.to_string_lossy(), mode)
            .map_err(Error::file("write", target))?;
        let staged = Staged {
            temporary,
            target: target.to_owned(),
            is_committed: false,
        };
        fill(file, contents, mode).map_err(Error::file("write", target))?;
        Ok(staged)
    }

    /// Gives the file its name.
    pub(crate) fn commit(mut self) -> Result<(), Error> {
        fs::rename(&self.temporary, &self.target).map_err(Error::file("write", &self.target))?;
        self.is_committed = true;
        Ok(())
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        if !self.is_committed {
            // Nothing is left to be done if a temporary file cannot be removed.
            let _ = fs::remove_file(&self.temporary);
        }
    }
}

/// A new file with a name of its own. One that is there is somebody else's, or was left by a process
/// that was killed and had the same number: in a container each has number 1.
fn create_beside(target: &Path, name: &str, mode: Mode) -> io::Result<(PathBuf, File)> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    loop {
        let unique = NEXT.fetch_add(1, Ordering::Relaxed);
        let temporary = target.with_file_name(format!(".{name}.{}-{unique}.tmp", process::id()));
        match create(&temporary, mode) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            created => return created.map(|file| (temporary, file)),
        }
    }
}

fn create(path: &Path, mode: Mode) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode.bits());
    options.open(path)
}

fn fill(mut file: File, contents: &[u8], mode: Mode) -> io::Result<()> {
    set_mode(&file, mode)?;
    file.write_all(contents)
}

/// Sets the mode whatever the umask took away.
#[cfg(unix)]
fn set_mode(file: &File, mode: Mode) -> io::Result<()> {
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(mode.bits()))
}

#[cfg(not(unix))]
fn set_mode(_: &File, _: Mode) -> io::Result<()> {
    Ok(())
}

/// Keeps other processes of this program out of a folder until dropped.
///
/// Best effort: where a folder cannot be locked (Windows, some network file systems) it does nothing.
#[derive(Debug)]
pub struct FolderLock {
    _folder: Option<File>,
}

impl FolderLock {
    /// Waits until nobody else reads or writes.
    #[must_use]
    pub fn exclusive(dir: &Path) -> Self {
        Self::take(dir, File::lock)
    }

    /// Waits until nobody writes.
    #[must_use]
    pub fn shared(dir: &Path) -> Self {
        Self::take(dir, File::lock_shared)
    }

    fn take(dir: &Path, lock: fn(&File) -> io::Result<()>) -> Self {
        let folder = File::open(dir).ok();
        let folder = folder.filter(|folder| lock(folder).is_ok());
        Self { _folder: folder }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_older_file_is_replaced_and_nothing_else_is_left() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.pem");
        write_file(&path, b"old", Mode::Public).unwrap();
        write_file(&path, b"new", Mode::Private).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn an_uncommitted_file_goes_away() {
        let dir = tempfile::tempdir().unwrap();
        let staged = Staged::write(&dir.path().join("a.pem"), b"x", Mode::Public).unwrap();
        assert!(!dir.path().join("a.pem").exists());
        drop(staged);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_a_killed_process_of_the_same_number_left_is_no_obstacle() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.pem");
        let next = Staged::write(&path, b"x", Mode::Public).unwrap();
        let stem = next.temporary.to_string_lossy().into_owned();
        let (stem, number) = stem.trim_end_matches(".tmp").rsplit_once('-').unwrap();
        let number: u64 = number.parse().unwrap();
        // Tests beside this one take numbers, too.
        let left: Vec<PathBuf> = (number + 1..number + 100)
            .map(|number| PathBuf::from(format!("{stem}-{number}.tmp")))
            .collect();
        for file in &left {
            fs::write(file, b"left").unwrap();
        }
        write_file(&path, b"new", Mode::Public).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert!(left.iter().all(|file| file.exists()));
    }

    #[cfg(unix)]
    #[test]
    fn modes_are_as_named() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        for (mode, bits) in [(Mode::Private, 0o600), (Mode::Public, 0o644)] {
            let path = dir.path().join(format!("{mode:?}"));
            write_file(&path, b"x", mode).unwrap();
            let found = fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(found & 0o777, bits);
        }
    }

    #[test]
    fn a_path_without_a_name_is_an_error() {
        for path in ["/", "..", ""] {
            assert!(write_file(Path::new(path), b"", Mode::Public).is_err());
        }
    }
}
