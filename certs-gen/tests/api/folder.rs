//! The authority in a folder.

use std::{fs, path::Path, thread};

use certs_gen::{Authority, Error, Flaw, Kind};
use tempfile::TempDir;

use crate::helpers::{issue, now};

const FILES: [&str; 6] = [
    "ca.crl",
    "directory.key",
    "issuing.key",
    "issuing.pem",
    "root.key",
    "root.pem",
];

fn made() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let (_, is_new) = Authority::open_or_create(dir.path(), now()).unwrap();
    assert!(is_new);
    dir
}

fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn replace(dir: &Path, file: &str, contents: &str) -> String {
    fs::write(dir.join(file), contents).unwrap();
    Authority::open(dir).unwrap_err().to_string()
}

#[test]
fn a_made_authority_is_kept() {
    let dir = made();
    assert_eq!(names(dir.path()), FILES);
    let before: Vec<_> = FILES
        .map(|file| fs::read(dir.path().join(file)).unwrap())
        .into();
    let opened = Authority::open(dir.path()).unwrap();
    let (again, is_new) = Authority::open_or_create(dir.path(), now()).unwrap();
    assert!(!is_new);
    assert_eq!(opened.root_der(), again.root_der());
    assert_eq!(opened.issuing_pem(), again.issuing_pem());
    let after: Vec<_> = FILES
        .map(|file| fs::read(dir.path().join(file)).unwrap())
        .into();
    assert_eq!(before, after);
}

#[cfg(unix)]
#[test]
fn keys_are_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let dir = made();
    for file in FILES {
        let mode = fs::metadata(dir.path().join(file))
            .unwrap()
            .permissions()
            .mode();
        let expected = if file.contains(".key") { 0o600 } else { 0o644 };
        assert_eq!(mode & 0o777, expected, "{file}");
    }
}

#[test]
fn absent_folders_are_made_and_hidden_files_do_not_count() {
    let dir = tempfile::tempdir().unwrap();
    let deep = dir.path().join("a/b");
    assert!(Authority::open_or_create(&deep, now()).unwrap().1);
    let hidden = dir.path().join("hidden");
    fs::create_dir_all(hidden.join("lost+found")).unwrap();
    fs::write(hidden.join(".gitignore"), "*").unwrap();
    assert!(Authority::open_or_create(&hidden, now()).unwrap().1);
}

#[test]
fn opening_nothing_says_how_to_make_one() {
    let dir = tempfile::tempdir().unwrap();
    for path in [dir.path().to_owned(), dir.path().join("absent")] {
        let error = Authority::open(&path).unwrap_err().to_string();
        let path = path.display();
        assert_eq!(
            error,
            format!("{path} holds no authority; make one with `certs-gen authority --out {path}`")
        );
    }
}

#[test]
fn a_part_of_an_authority_is_refused_and_left_alone() {
    for missing in FILES {
        let dir = made();
        fs::remove_file(dir.path().join(missing)).unwrap();
        let before = names(dir.path());
        let Err(Error::AuthorityIncomplete { missing: named, .. }) =
            Authority::open_or_create(dir.path(), now())
        else {
            panic!("a folder without {missing} was taken");
        };
        assert_eq!(named, missing);
        assert_eq!(names(dir.path()), before);
    }
}

/// The guard is the mark `.unfinished`: without it these are parts of an authority, or one that nobody
/// has finished.
#[test]
fn what_a_killed_process_has_begun_is_made_anew() {
    let begun = made();
    for files in 0..=FILES.len() {
        let dir = tempfile::tempdir().unwrap();
        for file in &FILES[..files] {
            fs::copy(begun.path().join(file), dir.path().join(file)).unwrap();
        }
        fs::write(dir.path().join(".unfinished"), "").unwrap();
        fs::write(dir.path().join(".root.key.1-0.tmp"), "half").unwrap();
        let absent = Authority::open(dir.path());
        assert!(matches!(absent, Err(Error::AuthorityAbsent { .. })));
        let (authority, is_new) = Authority::open_or_create(dir.path(), now()).unwrap();
        assert!(is_new);
        assert_eq!(names(dir.path()), FILES);
        let opened = Authority::open(dir.path()).unwrap();
        assert_eq!(opened.root_der(), authority.root_der());
        let old = fs::read_to_string(begun.path().join("root.pem")).unwrap();
        assert_ne!(authority.root_pem(), old);
    }
}

#[test]
fn what_lies_beside_a_killed_process_work_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    for name in [".unfinished", "root.pem", "thesis.txt"] {
        fs::write(dir.path().join(name), "x").unwrap();
    }
    let error = Authority::open_or_create(dir.path(), now()).unwrap_err();
    assert!(matches!(error, Error::FolderNotEmpty { found, .. } if found == "thesis.txt"));
    assert_eq!(names(dir.path()), [".unfinished", "root.pem", "thesis.txt"]);
}

#[test]
fn a_folder_of_something_else_is_refused_and_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("thesis.txt"), "x").unwrap();
    let error = Authority::open_or_create(dir.path(), now()).unwrap_err();
    assert!(matches!(error, Error::FolderNotEmpty { found, .. } if found == "thesis.txt"));
    assert_eq!(names(dir.path()), ["thesis.txt"]);
    let file = dir.path().join("thesis.txt");
    assert!(matches!(
        Authority::open_or_create(&file, now()),
        Err(Error::File { .. })
    ));
}

#[test]
fn files_that_do_not_fit_are_named_with_what_is_wrong() {
    let (one, other) = (made(), made());
    let of_other = |file: &str| fs::read_to_string(other.path().join(file)).unwrap();
    let hint = "; put the right file back or choose an empty folder for a new authority";
    for (file, contents, problem) in [
        ("root.pem", "x".to_owned(), "holds no PEM certificate"),
        (
            "root.pem",
            of_other("root.pem"),
            "does not fit the private key beside it",
        ),
        (
            "issuing.key",
            of_other("issuing.key"),
            "does not fit the private key beside it",
        ),
        (
            "ca.crl",
            of_other("ca.crl"),
            "is not signed by the issuing CA beside it",
        ),
        (
            "ca.crl",
            of_other("root.pem"),
            "holds no PEM revocation list",
        ),
        (
            "directory.key",
            of_other("root.key"),
            "is no RSA key of 2048 bits",
        ),
        (
            "root.key",
            String::new(),
            "is not usable: the key is not PEM",
        ),
    ] {
        let path = one.path().join(file);
        let good = fs::read_to_string(&path).unwrap();
        let error = replace(one.path(), file, &contents);
        let shown = if file == "issuing.key" {
            "issuing.pem"
        } else {
            file
        };
        let start = format!("{} {problem}", one.path().join(shown).display());
        assert!(error.starts_with(&start), "{error}");
        assert!(error.ends_with(hint), "{error}");
        fs::write(&path, good).unwrap();
    }
}

#[test]
fn an_issuing_ca_of_another_root_is_refused() {
    let (one, other) = (made(), made());
    let of_other = |file: &str| fs::read_to_string(other.path().join(file)).unwrap();
    fs::write(one.path().join("issuing.pem"), of_other("issuing.pem")).unwrap();
    let error = replace(one.path(), "issuing.key", &of_other("issuing.key"));
    assert!(
        error.contains("issuing.pem is not signed by the root beside it"),
        "{error}"
    );
}

#[test]
fn starters_at_the_same_time_share_one_authority() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("ca");
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let path = path.clone();
            thread::spawn(move || Authority::open_or_create(&path, now()).unwrap())
        })
        .collect();
    let made: Vec<_> = threads.into_iter().map(|t| t.join().unwrap()).collect();
    assert_eq!(made.iter().filter(|(_, is_new)| *is_new).count(), 1);
    assert!(
        made.iter()
            .all(|(one, _)| one.root_der() == made[0].0.root_der())
    );
    assert_eq!(names(&path), FILES);
}

#[test]
fn revocations_of_two_processes_both_stay() {
    let dir = made();
    let one = Authority::open(dir.path()).unwrap();
    let other = Authority::open(dir.path()).unwrap();
    let first = issue(&one, Kind::Obwac, Some(Flaw::Revoked));
    let second = issue(&other, Kind::Obwac, Some(Flaw::Revoked));
    one.save_crl(dir.path(), now()).unwrap();
    other.save_crl(dir.path(), now()).unwrap();
    let third = Authority::open(dir.path()).unwrap();
    assert!(third.is_revoked(first.serial()) && third.is_revoked(second.serial()));
    assert!(other.is_revoked(first.serial()));
}
