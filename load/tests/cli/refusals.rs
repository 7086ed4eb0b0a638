//! What cannot be used is refused before anything is started, and named.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Output;

use super::{emulator, load};

/// What it says; it must fail with this exit code.
#[track_caller]
fn refused(output: &Output, code: i32) -> String {
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{words}");
    words
}

/// An emulator that leaves a trace where it is started.
fn traced(folder: &Path) -> PathBuf {
    let program = folder.join("emulator");
    fs::write(&program, "#!/bin/sh\ntouch \"$0.was-started\"\n").unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    program
}

/// A quick report that is refused before the emulator is started.
#[track_caller]
fn no_report(code: i32, arguments: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let program = traced(folder.path());
    let report = ["report", "--quick", "--emulator", program.to_str().unwrap()];
    let words = refused(&load(&[&report[..], arguments].concat()), code);
    assert!(!words.contains("round 1"), "{words}");
    assert!(!folder.path().join("emulator.was-started").exists());
    words
}

#[test]
fn a_report_that_cannot_be_written_is_not_measured() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let taken = folder.path().join("taken");
    fs::create_dir_all(taken.join("performance.json")).unwrap();
    // Nobody can make a file in /proc, root included.
    for out in [&file, &file.join("below"), &taken, Path::new("/proc")] {
        let out = out.to_str().unwrap();
        let words = no_report(1, &["--out", out]);
        assert!(words.contains(out), "{words}");
    }
}

#[test]
fn a_report_without_notes_is_not_measured() {
    let out = tempfile::tempdir().unwrap();
    let broken = out.path().join("broken.json");
    fs::write(&broken, "[]").unwrap();
    for notes in [broken.as_path(), Path::new("/nowhere/notes.json")] {
        let notes = notes.to_str().unwrap();
        let words = no_report(
            1,
            &["--out", out.path().to_str().unwrap(), "--notes", notes],
        );
        assert!(words.contains(notes), "{words}");
    }
}

#[test]
fn yardsticks_must_be_there() {
    let out = tempfile::tempdir().unwrap();
    let out = ["--out", out.path().to_str().unwrap()];
    let words = no_report(
        2,
        &[&out[..], &["--yardsticks", "/nowhere/yardsticks"]].concat(),
    );
    assert!(words.contains("/nowhere/yardsticks"), "{words}");
}

#[test]
fn steps_of_growth_must_rise() {
    for (option, steps) in [
        ("--clients", "100,10"),
        ("--clients", "10,10"),
        ("--worlds", "5,1"),
    ] {
        let output = load(&["growth", option, steps, "--emulator", "none"]);
        let words = refused(&output, 1);
        assert!(words.contains(option) && words.contains("rise"), "{words}");
    }
}

#[test]
fn a_program_that_is_no_emulator_is_named_with_its_exit_status() {
    let words = refused(&load(&["register", "--emulator", "/bin/true"]), 1);
    let expected = "/bin/true ended with exit status: 0 before it was ready\n";
    assert!(words.ends_with(expected), "{words}");
}

#[test]
fn shared_cpus_are_warned_of() {
    let few = ["bare", "register", "--count", "5", "--connections", "1"];
    let shared = ["--server-cpus", "0", "--client-cpus", "0"];
    let output = load(&[&few[..], &shared].concat());
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{words}");
    assert_eq!(words.matches("share CPU 0;").count(), 1, "{words}");
}

#[test]
fn an_unknown_argument_of_the_emulator_shows_in_its_log() {
    let emulator = emulator();
    let emulator = ["--emulator", emulator.to_str().unwrap()];
    let output = load(&[&["register"], &emulator[..], &["--", "--no-such-flag"]].concat());
    let words = refused(&output, 1);
    assert!(words.contains("exit status: 2"), "{words}");
    assert!(words.contains("--no-such-flag"), "{words}");
}
