//! One process for each test, in a folder of its own, ended with the test.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// Free ports for all three listeners.
pub const FREE: [&str; 6] = [
    "--mtls-addr",
    "127.0.0.1:0",
    "--tls-addr",
    "127.0.0.1:0",
    "--control-addr",
    "127.0.0.1:0",
];

/// The command, in this folder, with nothing of this process's own settings.
pub fn command(dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_aspsp-emulator"));
    command.current_dir(dir).env_clear().stdin(Stdio::null());
    command
}

/// The first line that it prints; empty where it ends before. Its output stays open, so that nothing that is
/// printed later fails.
pub fn first_line(child: &mut Child) -> String {
    let mut line = String::new();
    let mut stdout = BufReader::new(child.stdout.as_mut().unwrap());
    stdout.read_line(&mut line).unwrap();
    line
}

/// Runs the command to its end, with these arguments and free ports.
pub fn serve_to_end(dir: &Path, arguments: &[&str]) -> Output {
    command(dir)
        .args(FREE)
        .args(["--quiet"])
        .args(arguments)
        .output()
        .unwrap()
}

/// It ends with code 1 and says exactly this, on standard error.
pub fn assert_error(output: &Output, text: &str) {
    assert_error_of(output, 1, text);
}

/// It ends with this code and says exactly this, on standard error.
pub fn assert_error_of(output: &Output, code: i32, text: &str) {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(stderr, format!("error: {text}\n"));
    assert_eq!(output.status.code(), Some(code));
    assert!(output.stdout.is_empty());
}

/// An emulator that is ready.
pub struct Running {
    pub child: Child,
    pub ready: Value,
    pub dir: TempDir,
}

impl Running {
    /// Starts with free ports, the kit in `./kit` and the log in `log`.
    pub fn start(arguments: &[&str]) -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), |command| {
            command.args(FREE).args(arguments)
        })
    }

    pub fn start_in(dir: TempDir, change: impl FnOnce(&mut Command) -> &mut Command) -> Self {
        let mut command = command(dir.path());
        change(command.arg("--log-format=json"));
        command.stdout(Stdio::piped());
        command.stderr(File::create(dir.path().join("log")).unwrap());
        let mut child = command.spawn().unwrap();
        let line = first_line(&mut child);
        let Ok(ready) = serde_json::from_str(&line) else {
            let _ = child.wait();
            let log = fs::read_to_string(dir.path().join("log")).unwrap();
            panic!("no ready line but {line:?}; {log}");
        };
        Self { child, ready, dir }
    }

    /// A member of the ready line.
    pub fn ready(&self, name: &str) -> &str {
        self.ready[name]
            .as_str()
            .unwrap_or_else(|| panic!("{name}: {}", self.ready))
    }

    /// The address of a URL of the ready line.
    pub fn address(&self, name: &str) -> SocketAddr {
        let (_, port) = self.ready(name).rsplit_once(':').unwrap();
        format!("127.0.0.1:{port}").parse().unwrap()
    }

    /// Sends SIGTERM and waits; exit code and folder.
    pub fn terminate(self) -> (Option<i32>, TempDir) {
        self.end_by("-TERM")
    }

    /// Sends a signal and waits; exit code and folder.
    pub fn end_by(mut self, signal: &str) -> (Option<i32>, TempDir) {
        let process = self.child.id().to_string();
        let sent = Command::new("kill")
            .args([signal, &process])
            .status()
            .unwrap();
        assert!(sent.success());
        let code = self.child.wait().unwrap().code();
        let dir = std::mem::replace(&mut self.dir, tempfile::tempdir().unwrap());
        (code, dir)
    }

    pub fn log(&self) -> String {
        fs::read_to_string(self.dir.path().join("log")).unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
