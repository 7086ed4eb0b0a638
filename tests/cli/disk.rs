//! Killed at any moment, or on a full disk: what is left is whole, and the next start goes on from it.
//!
//! `disk/changes.c` counts what the program changes on disk, ends it before a change, or says that the disk
//! is full; it is loaded before the C library of GNU. It needs the C compiler that the build needs too.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use tempfile::TempDir;

use crate::process::{FREE, Running, command, first_line};

const AUTHORITY: [&str; 2] = ["--authority", "authority"];
/// Part of the paths of all that is in the kit.
const KIT: &str = "kit/";
const SIGKILL: i32 = 9;

/// The library of `disk/changes.c`, and its folder.
static CHANGES: LazyLock<(TempDir, PathBuf)> = LazyLock::new(|| {
    let dir = tempfile::tempdir().unwrap();
    let library = dir.path().join("changes.so");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/disk/changes.c");
    let built = Command::new("cc")
        .args(["-shared", "-fPIC", "-Wall", "-Werror", "-o"])
        .args([&library, &source])
        .arg("-ldl")
        .status();
    assert!(built.unwrap().success());
    (dir, library)
});

/// The emulator in this folder, with what changes below `below` under control.
fn watched(dir: &Path, below: &str, setting: (&str, usize)) -> Command {
    let mut command = command(dir);
    command
        .args(FREE)
        .args(["--log-format=json", "--quiet"])
        .env("LD_PRELOAD", &CHANGES.1)
        .env("CHANGES_BELOW", below)
        .env(setting.0, setting.1.to_string());
    command
}

/// Starts it and kills it before its change of this number; `false` if it was ready without so many.
fn is_killed_at(change: usize, dir: &Path, below: &str, arguments: &[&str]) -> bool {
    let mut child = watched(dir, below, ("CHANGES_KILL_AT", change))
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let line = first_line(&mut child);
    if line.is_empty() {
        assert_eq!(child.wait().unwrap().signal(), Some(SIGKILL));
        return true;
    }
    child.kill().unwrap();
    child.wait().unwrap();
    false
}

/// What it says on a disk with room for so many bytes below `below`; `None` if that is enough.
fn error_with_room(room: usize, dir: &Path, below: &str, arguments: &[&str]) -> Option<String> {
    let mut child = watched(dir, below, ("CHANGES_ROOM", room))
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let line = first_line(&mut child);
    if !line.is_empty() {
        child.kill().unwrap();
        child.wait().unwrap();
        return None;
    }
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    Some(String::from_utf8(output.stderr).unwrap())
}

/// Every file below a folder, hidden ones too, by its path there.
fn files(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![dir.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let contents = fs::read(&path).unwrap();
                files.insert(path.strip_prefix(dir).unwrap().to_owned(), contents);
            }
        }
    }
    files
}

fn copy(from: &Path, to: &Path) {
    for (name, contents) in files(from) {
        let file = to.join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, contents).unwrap();
    }
}

/// A folder with an authority and a kit of it.
fn used() -> TempDir {
    let (code, dir) = Running::start(&AUTHORITY).terminate();
    assert_eq!(code, Some(0));
    fs::remove_file(dir.path().join("log")).unwrap();
    dir
}

fn start_in(dir: TempDir, arguments: &[&str]) -> Running {
    Running::start_in(dir, |command| command.args(FREE).args(arguments))
}

/// The kit registers a client, and nothing that was left half written lies around.
fn assert_usable(running: &Running, banks: &[&str]) {
    for (file, _) in files(running.dir.path()) {
        assert!(
            file.extension().is_none_or(|end| end != "tmp"),
            "{}",
            file.display()
        );
    }
    for bank in banks {
        let control = running.address("control").to_string();
        let mut attempt = command(running.dir.path());
        attempt.args(["try", "--bank", bank, "--control-addr", &control]);
        let output = attempt.output().unwrap();
        assert!(output.status.success(), "{output:?}");
    }
}

/// Guards: the mark `.unfinished` of `certs-gen`, without which the kills between two files' names leave a part of
/// an authority, which no start takes; and the sweep of temporary files.
#[test]
fn killed_while_it_makes_its_authority_it_makes_one_at_the_next_start() {
    let arguments = ["--no-kit", AUTHORITY[0], AUTHORITY[1]];
    let mut change = 1;
    loop {
        let dir = tempfile::tempdir().unwrap();
        if !is_killed_at(change, dir.path(), "authority", &arguments) {
            break;
        }
        let running = start_in(dir, &arguments);
        assert_usable(&running, &[]);
        assert_eq!(files(&running.dir.path().join("authority")).len(), 6);
        change += 1;
    }
    // Made, given its mode, filled and named: six files.
    assert!(change > 24, "only {change} changes");
}

/// Guards: the kit's marker as its first file, what is overlooked in a folder that has not even that, and the sweep
/// of temporary files.
#[test]
fn killed_while_it_writes_its_first_kit_it_writes_one_at_the_next_start() {
    let authority = used();
    // Each of the first ones, in which the folder is not marked as a kit yet; then here and there.
    let mut changes = (1..=8).chain((20..).step_by(25));
    let mut killed = 0;
    loop {
        let dir = tempfile::tempdir().unwrap();
        copy(
            &authority.path().join("authority"),
            &dir.path().join("authority"),
        );
        if !is_killed_at(changes.next().unwrap(), dir.path(), KIT, &AUTHORITY) {
            break;
        }
        killed += 1;
        let running = start_in(dir, &AUTHORITY);
        assert_usable(&running, &["uk-ob-3.3", "open-finance-brasil"]);
    }
    assert!(killed > 12, "only {killed} kills");
}

/// Guard: a kit that is taken up again keeps its `tpp.json` while it is written. Without it, the next start makes a
/// TPP of another name, with other keys.
#[test]
fn killed_while_it_writes_a_kit_again_it_keeps_the_kits_keys() {
    let before = used();
    let mut change = 1;
    loop {
        let dir = tempfile::tempdir().unwrap();
        copy(before.path(), dir.path());
        let is_killed = is_killed_at(change, dir.path(), KIT, &AUTHORITY);
        let running = start_in(dir, &AUTHORITY);
        assert_usable(&running, &[]);
        for key in ["transport.key", "signing.key"] {
            for folder in ["kit", "kit/brasil"] {
                let file = Path::new(folder).join(key);
                let kept = fs::read(running.dir.path().join(&file)).unwrap();
                let was = fs::read(before.path().join(&file)).unwrap();
                let file = file.display();
                assert!(kept == was, "{file} after the kill at change {change}");
            }
        }
        if !is_killed {
            break;
        }
        change += 11;
    }
    assert!(change > 100, "only {change} changes");
}

/// Guard: all files of an authority are written before the first gets its name, and removed where one cannot be.
#[test]
fn a_full_disk_while_the_authority_is_made_is_one_error_and_leaves_nothing() {
    let arguments = ["--no-kit", AUTHORITY[0], AUTHORITY[1]];
    let mut room = 0;
    let dir = tempfile::tempdir().unwrap();
    while let Some(error) = error_with_room(room, dir.path(), "authority", &arguments) {
        let start = "error: cannot write authority/";
        let end = ": No space left on device (os error 28); make room there\n";
        assert!(error.starts_with(start) && error.ends_with(end), "{error}");
        assert_eq!(error.lines().count(), 1);
        assert!(files(dir.path()).is_empty(), "{:?}", files(dir.path()));
        room += 700;
    }
    assert!(room > 3000, "{room} bytes were enough");
}

/// Guard: all files of a kit are written before the first gets its name.
#[test]
fn a_full_disk_while_the_kit_is_made_is_one_error_and_leaves_no_part_of_a_kit() {
    let authority = used();
    let kit = files(&authority.path().join("kit"));
    let whole: usize = kit.values().map(Vec::len).sum();
    for room in [0, 50, 500, whole / 4, whole / 2, whole - 500] {
        let dir = tempfile::tempdir().unwrap();
        copy(
            &authority.path().join("authority"),
            &dir.path().join("authority"),
        );
        let error = error_with_room(room, dir.path(), KIT, &AUTHORITY).unwrap();
        assert_full(&error);
        // The folders and the marks that they are a kit's.
        for (file, _) in files(&dir.path().join("kit")) {
            assert_eq!(file.file_name().unwrap(), ".gitignore", "{room}");
        }
        let running = start_in(dir, &AUTHORITY);
        assert_usable(&running, &["uk-ob-3.3", "open-finance-brasil"]);
    }
}

/// Guards: the same, and that a kit which is taken up again keeps its `tpp.json` while it is written.
#[test]
fn a_full_disk_while_a_kit_is_written_again_leaves_the_kit_as_it_was() {
    let dir = used();
    let before = files(&dir.path().join("kit"));
    let whole: usize = before.values().map(Vec::len).sum();
    for room in [0, 500, whole / 2, whole - 500] {
        let error = error_with_room(room, dir.path(), KIT, &AUTHORITY).unwrap();
        assert_full(&error);
        let after = files(&dir.path().join("kit"));
        assert!(after.keys().eq(before.keys()), "{room}");
        for (file, contents) in after {
            assert!(before[&file] == contents, "{}, {room}", file.display());
        }
    }
}

fn assert_full(error: &str) {
    let start = "error: the kit cannot be written to kit";
    assert!(error.starts_with(start), "{error}");
    let full = ": No space left on device (os error 28); make room there): choose another folder with --kit DIR, or start with --no-kit\n";
    assert!(error.ends_with(full), "{error}");
    assert_eq!(error.lines().count(), 1);
}
