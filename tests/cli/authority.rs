//! What is kept from one start to the next.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::process::{FREE, Running};

fn files(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(dir).unwrap().map(Result::unwrap);
    entries
        .filter(|entry| entry.file_type().unwrap().is_file())
        .map(|entry| {
            let name = entry.file_name().into_string().unwrap();
            (name, fs::read(entry.path()).unwrap())
        })
        .filter(|(name, _)| !name.starts_with('.'))
        .collect()
}

#[test]
fn an_authority_folder_is_made_once_and_kept_and_the_kit_with_it() {
    let first = Running::start(&["--authority", "authority"]);
    let (code, dir) = first.terminate();
    assert_eq!(code, Some(0));
    let made = files(&dir.path().join("authority"));
    let names: Vec<&String> = made.keys().collect();
    assert_eq!(
        names,
        [
            "ca.crl",
            "directory.key",
            "issuing.key",
            "issuing.pem",
            "root.key",
            "root.pem"
        ]
    );
    let kit = files(&dir.path().join("kit"));
    let second = Running::start_in(dir, |command| {
        command.args(FREE).args(["--authority", "authority"])
    });
    let kept = files(&second.dir.path().join("authority"));
    let kit_after = files(&second.dir.path().join("kit"));
    for name in [
        "root.pem",
        "root.key",
        "issuing.pem",
        "issuing.key",
        "directory.key",
    ] {
        assert_eq!(made[name], kept[name], "{name}");
    }
    for name in [
        "ca.pem",
        "transport.pem",
        "transport.key",
        "signing.pem",
        "signing.key",
    ] {
        assert_eq!(kit[name], kit_after[name], "{name}");
    }
    assert_ne!(kit["ssa.jwt"], kit_after["ssa.jwt"]);
}

#[test]
fn without_an_authority_folder_it_is_a_new_one_each_time_and_so_is_the_kit() {
    let (_, dir) = Running::start(&[]).terminate();
    let before = files(&dir.path().join("kit"));
    let again = Running::start_in(dir, |command| command.args(FREE));
    let after = files(&again.dir.path().join("kit"));
    for name in ["ca.pem", "transport.pem", "transport.key", "signing.key"] {
        assert_ne!(before[name], after[name], "{name}");
    }
}

#[cfg(unix)]
#[test]
fn the_authoritys_private_keys_are_for_the_owner() {
    use std::os::unix::fs::PermissionsExt;
    let emulator = Running::start(&["--no-kit", "--authority", "authority"]);
    for (name, expected) in [
        ("root.key", 0o600),
        ("issuing.key", 0o600),
        ("directory.key", 0o600),
        ("root.pem", 0o644),
        ("ca.crl", 0o644),
    ] {
        let path = emulator.dir.path().join("authority").join(name);
        let mode = fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, expected, "{name}");
    }
}
