//! From the start to the ready line, and to the end.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::Stdio;

use crate::process::{FREE, Running, command, first_line};

#[test]
fn the_ready_line_holds_the_actual_addresses_and_the_kit() {
    let emulator = Running::start(&[]);
    let members: Vec<&String> = emulator.ready.as_object().unwrap().keys().collect();
    assert_eq!(members, ["event", "mtls", "tls", "control", "kit"]);
    assert_eq!(emulator.ready("event"), "ready");
    assert_eq!(emulator.ready("kit"), "kit");
    for (name, start) in [
        ("mtls", "https://localhost:"),
        ("tls", "https://localhost:"),
        ("control", "http://127.0.0.1:"),
    ] {
        assert!(
            emulator.ready(name).starts_with(start),
            "{}",
            emulator.ready
        );
        TcpStream::connect(emulator.address(name)).unwrap();
    }
    // Ready means that the kit is written.
    assert!(emulator.dir.path().join("kit/tpp.json").exists());
}

#[test]
fn serve_is_the_command_when_none_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let mut process = command(dir.path());
    let process = process
        .arg("serve")
        .args(FREE)
        .args(["--no-kit", "--log-format", "json"]);
    let mut child = process
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let line = first_line(&mut child);
    child.kill().unwrap();
    child.wait().unwrap();
    let ready: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(ready["event"], "ready");
    assert_eq!(ready["kit"], serde_json::Value::Null);
    assert!(!dir.path().join("kit").exists());
}

#[test]
fn the_ready_line_is_all_that_is_printed_and_the_log_is_json_lines() {
    let (_, dir) = Running::start(&["--no-kit"]).terminate();
    let log = fs::read_to_string(dir.path().join("log")).unwrap();
    assert!(log.contains("stopping"), "{log}");
    for line in log.lines() {
        let entry: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(entry["level"].is_string(), "{line}");
    }
}

#[test]
fn people_are_told_the_urls_and_a_curl_line_that_registers() {
    let dir = tempfile::tempdir().unwrap();
    let mut process = command(dir.path());
    let process = process.args(FREE).args(["--quiet", "--kit", "./my-kit"]);
    let mut child = process
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut text = String::new();
    while !text.contains("/register\n") {
        assert_ne!(stdout.read_line(&mut text).unwrap(), 0, "{text}");
    }
    child.kill().unwrap();
    child.wait().unwrap();
    for part in [
        "TEST ONLY",
        "mTLS     https://localhost:",
        "TLS      https://localhost:",
        "control  http://127.0.0.1:",
        "kit      my-kit\n",
        "curl -K my-kit/curl.conf -H 'Content-Type: application/jwt' \\\n",
        "--data-binary @my-kit/registration-uk-ob-3.1.jwt https://localhost:",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let conf = fs::read_to_string(dir.path().join("my-kit/curl.conf")).unwrap();
    assert!(conf.starts_with("cacert = \"my-kit/ca.pem\"\n"), "{conf}");
}

#[test]
fn sigterm_and_sigint_stop_it_with_exit_code_0_even_while_somebody_is_connected() {
    for signal in ["-TERM", "-INT"] {
        let emulator = Running::start(&["--no-kit"]);
        let addresses = ["mtls", "tls", "control"].map(|name| emulator.address(name));
        let connected = addresses.map(|address| TcpStream::connect(address).unwrap());
        let (code, _) = emulator.end_by(signal);
        assert_eq!(code, Some(0), "{signal}");
        for mut stream in connected {
            // Closed, by whichever means.
            let _ = stream.read_to_end(&mut Vec::new());
        }
        for address in addresses {
            assert!(TcpStream::connect(address).is_err());
        }
    }
}

#[test]
fn a_request_in_flight_is_answered_before_the_end() {
    let emulator = Running::start(&["--no-kit"]);
    let mut stream = TcpStream::connect(emulator.address("control")).unwrap();
    stream
        .write_all(b"POST /health HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2\r\nexpect: 100-continue\r\n\r\n")
        .unwrap();
    // It asks for the body: the request has arrived.
    let mut answer = vec![0; "HTTP/1.1 100 Continue\r\n\r\n".len()];
    stream.read_exact(&mut answer).unwrap();
    let finished = std::thread::spawn(move || emulator.terminate().0);
    stream.write_all(b"ok").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 405 "), "{answer}");
    assert_eq!(finished.join().unwrap(), Some(0));
}

#[test]
fn healthcheck_is_0_while_it_is_ready_and_1_after() {
    let emulator = Running::start(&["--no-kit"]);
    let address = emulator.address("control").to_string();
    let check = || {
        let mut process = command(emulator.dir.path());
        process
            .args(["healthcheck", "--control-addr", &address])
            .output()
            .unwrap()
    };
    let healthy = check();
    assert_eq!(healthy.status.code(), Some(0));
    assert!(healthy.stdout.is_empty() && healthy.stderr.is_empty());
    let everywhere = address.replace("127.0.0.1", "0.0.0.0");
    let by_variable = command(emulator.dir.path())
        .arg("healthcheck")
        .env("ASPSP_EMULATOR_CONTROL_ADDR", everywhere)
        .output();
    assert_eq!(by_variable.unwrap().status.code(), Some(0));
    let (code, dir) = emulator.terminate();
    assert_eq!(code, Some(0));
    let gone = command(dir.path())
        .args(["healthcheck", "--control-addr", &address])
        .output()
        .unwrap();
    assert_eq!(gone.status.code(), Some(1));
    let text = String::from_utf8(gone.stderr).unwrap();
    assert!(
        text.starts_with(&format!("error: no emulator at http://{address}: ")),
        "{text}"
    );
    assert_eq!(text.lines().count(), 1);
}

#[test]
fn a_log_that_nobody_takes_stops_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut process = command(dir.path());
    process.args(FREE).arg("--log-format=json");
    process.args(["--authority", "ca"]);
    process.stdout(Stdio::piped());
    // Every write to it fails.
    process.stderr(fs::File::options().write(true).open("/dev/full").unwrap());
    let mut child = process.spawn().unwrap();
    let line = first_line(&mut child);
    assert!(line.starts_with("{\"event\":\"ready\""), "{line}");
    let id = child.id().to_string();
    let sent = std::process::Command::new("kill").arg(id).status().unwrap();
    assert!(sent.success());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
