//! An end before the end: the load's own by a signal, and the emulator's.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::emulator;

/// A busy machine opens connections by then.
const LIMIT: Duration = Duration::from_secs(60);

/// A load on a server that says its process id once it runs.
struct Run {
    load: Child,
    server: u32,
    temporary: TempDir,
}

/// An emulator that tells its process id to the named pipe beside it.
fn telling(folder: &Path) -> PathBuf {
    let program = folder.join("telling");
    let text = format!(
        "#!/bin/sh\necho $$ >\"{}\"\nexec \"{}\" \"$@\"\n",
        folder.join("pid").display(),
        emulator().display()
    );
    fs::write(&program, text).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let pipe = Command::new("mkfifo").arg(folder.join("pid")).status();
    assert!(pipe.unwrap().success());
    program
}

/// A soak whose server was started, with a temporary folder of its own; `before` is done by the shell that
/// becomes it.
fn started(before: &str) -> Run {
    let folder = tempfile::tempdir().unwrap();
    let program = telling(folder.path());
    let temporary = tempfile::tempdir().unwrap();
    let load = Command::new("sh")
        .args(["-c", &format!("{before}\nexec \"$0\" \"$@\"")])
        .arg(env!("CARGO_BIN_EXE_load"))
        .args(["soak", "--minutes", "1", "--emulator"])
        .arg(program)
        .env("TMPDIR", temporary.path())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Opens when the server opens its end.
    let mut line = String::new();
    let pipe = fs::File::open(folder.path().join("pid")).unwrap();
    BufReader::new(pipe).read_line(&mut line).unwrap();
    Run {
        load,
        server: line.trim().parse().unwrap(),
        temporary,
    }
}

fn signal(name: &str, pid: u32) {
    let killed = Command::new("kill")
        .args(["-s", name, &pid.to_string()])
        .status();
    assert!(killed.unwrap().success());
}

#[test]
fn a_signal_leaves_no_server_and_no_file() {
    for (name, code) in [("INT", 130), ("TERM", 143), ("HUP", 129)] {
        let run = started("");
        assert_eq!(fs::read_dir(run.temporary.path()).unwrap().count(), 1);
        signal(name, run.load.id());
        let output = run.load.wait_with_output().unwrap();
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{words}");
        assert!(words.contains(&format!("ended by SIG{name}")), "{words}");
        let server = PathBuf::from(format!("/proc/{}", run.server));
        assert!(!server.exists(), "SIG{name} leaves the server");
        let left: Vec<_> = fs::read_dir(run.temporary.path()).unwrap().collect();
        assert!(left.is_empty(), "SIG{name} leaves {left:?}");
    }
}

/// Waits until connections are open to it, besides its own few sockets.
fn until_loaded(server: u32) {
    let started = Instant::now();
    let is_socket = |entry: &fs::DirEntry| {
        let link = fs::read_link(entry.path()).unwrap_or_default();
        link.to_string_lossy().starts_with("socket:")
    };
    loop {
        let open = fs::read_dir(format!("/proc/{server}/fd")).unwrap();
        if open.flatten().filter(is_socket).count() > 10 {
            return;
        }
        assert!(started.elapsed() < LIMIT, "no connection comes");
        thread::yield_now();
    }
}

#[test]
fn a_signal_that_was_ignored_from_the_start_stays_so() {
    let run = started("trap '' HUP");
    signal("HUP", run.load.id());
    until_loaded(run.server);
    signal("TERM", run.load.id());
    assert_eq!(
        run.load.wait_with_output().unwrap().status.code(),
        Some(143)
    );
}

#[test]
fn a_soak_notices_that_its_emulator_is_gone() {
    let run = started("");
    until_loaded(run.server);
    signal("KILL", run.server);
    let output = run.load.wait_with_output().unwrap();
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{words}");
    assert!(words.contains("of load: the emulator"), "{words}");
    assert!(words.contains("signal: 9"), "{words}");
    assert_eq!(fs::read_dir(run.temporary.path()).unwrap().count(), 0);
}
