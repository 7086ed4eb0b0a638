//! `explain INTERACTION-ID`: the story of an exchange, from a control listener that answers as the
//! contract says, and what is said where there is none.

use std::collections::HashMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener};
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value, json};

use crate::process::{Running, assert_error_of, command};

const ID: &str = "c770aef3-6784-41f7-8e0e-ff5f97bddb3a";

/// A control listener with these answers by target, 404 for all others; what it was asked.
struct Control {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Control {
    fn start(answers: HashMap<String, String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::<Mutex<Vec<String>>>::default();
        let noted = Arc::clone(&asked);
        // It ends with the process.
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let lines = BufReader::new(stream.try_clone().unwrap()).lines();
                let head: Vec<String> = lines
                    .map(Result::unwrap)
                    .take_while(|line| !line.is_empty())
                    .collect();
                let target = head[0].split(' ').nth(1).unwrap().to_owned();
                let accepts = |kind: &str| {
                    let mut head = head.iter();
                    head.any(|line| line.eq_ignore_ascii_case(&format!("accept: {kind}")))
                };
                let form = if accepts("text/plain") { "text " } else { "" };
                let body = answers.get(&format!("{form}{target}"));
                let status = body.map_or("404 Not Found", |_| "200 OK");
                let body = body.map_or(r#"{"detail":"gone"}"#, String::as_str);
                let length = body.len();
                noted.lock().unwrap().push(head.join("\n"));
                write!(
                    stream,
                    "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
                )
                .unwrap();
            }
        });
        Self { address, asked }
    }

    fn explain(&self, arguments: &[&str]) -> Output {
        let dir = tempfile::tempdir().unwrap();
        let mut command = command(dir.path());
        let address = self.address.to_string();
        let control = ["--control-addr", &address];
        command.arg("explain").args(control).args(arguments);
        command.output().unwrap()
    }
}

fn found(exchanges: &[(u64, &str)]) -> String {
    let items = exchanges.iter();
    let items = items.map(|(id, received_at)| json!({ "id": id, "received_at": received_at }));
    json!({ "items": items.collect::<Vec<_>>() }).to_string()
}

/// Two exchanges in the default world, one in another between them in time, and a world that has none;
/// one that is listed and gone.
fn three() -> Control {
    let worlds = ["default", "a", "b", "gone"].map(|name| json!({ "name": name }));
    let mut answers = HashMap::from([
        (
            "/api/worlds".to_owned(),
            json!({ "items": worlds }).to_string(),
        ),
        (
            format!("/api/exchanges?interaction_id={ID}"),
            found(&[
                (1, "2026-01-01T00:00:01.000Z"),
                (4, "2026-01-01T00:00:03.000Z"),
            ]),
        ),
        (
            format!("/api/worlds/a/exchanges?interaction_id={ID}"),
            found(&[
                (7, "2026-01-01T00:00:02.000Z"),
                (8, "2026-01-01T00:00:09.000Z"),
            ]),
        ),
        (
            format!("/api/worlds/b/exchanges?interaction_id={ID}"),
            found(&[]),
        ),
    ]);
    for (path, id) in [("/api", 1), ("/api", 4), ("/api/worlds/a", 7)] {
        let path = format!("{path}/exchanges/{id}/explain");
        answers.insert(
            format!("text {path}"),
            format!("exchange {id}\n  \u{1b}[2Jwhy\n"),
        );
        answers.insert(path, json!({ "id": id, "why": "\u{1b}[2J" }).to_string());
    }
    Control::start(answers)
}

#[test]
fn the_stories_of_all_worlds_are_told_the_newest_last() {
    let control = three();
    let output = control.explain(&[ID, "--control-token", "secret"]);
    let text = String::from_utf8(output.stdout).unwrap();
    let story = |id: u64| format!("exchange {id}\n  \\u{{1b}}[2Jwhy\n");
    assert_eq!(text, [story(1), story(7), story(4)].join("\n"));
    assert_eq!(output.status.code(), Some(0));
    let asked = control.asked.lock().unwrap();
    let has_token = |head: &String| head.contains("authorization: Bearer secret");
    assert!(
        asked.len() == 9 && asked.iter().all(has_token),
        "{asked:#?}"
    );
}

#[test]
fn the_stories_are_told_as_json() {
    let output = three().explain(&[ID, "--json"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(!output.stdout.contains(&0x1b));
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    let ids = [1, 7, 4].map(|id| json!({ "id": id, "why": "\u{1b}[2J" }));
    assert_eq!(told, json!({ "items": ids }));
}

#[test]
fn an_id_that_no_exchange_has_is_said_with_what_to_look_at() {
    let control = three();
    let unknown = control.explain(&["unknown"]);
    let says = |hint: &str| {
        format!(
            "no exchange of the emulator at {} has the interaction id unknown: look at the x-fapi-interaction-id of the answer, since a bank answers with one of its own where it cannot echo the request's; journals keep the last exchanges only, 1000 of each world unless `limits: {{ journal: N }}` says otherwise{hint}",
            control.address
        )
    };
    assert_error_of(&unknown, 1, &says(""));
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("unknown"), "a.b.c").unwrap();
    let mut command = command(dir.path());
    command.args(["explain", "unknown", "--control-addr"]);
    let output = command.arg(control.address.to_string()).output().unwrap();
    let hint = "; there is a file unknown, too: to explain the request in it, name the bank, --bank ID unknown";
    assert_error_of(&output, 1, &says(hint));
}

#[test]
fn what_is_neither_an_id_nor_of_a_bank_is_told_both_forms() {
    let dir = tempfile::tempdir().unwrap();
    let explain = |arguments: &[&str]| {
        let mut command = command(dir.path());
        command.arg("explain").args(arguments).output().unwrap()
    };
    for subject in ["request.jwt", "-", "./id"] {
        let says = format!(
            "{subject} is no interaction id, which is 1 to 100 letters, digits and hyphens: to explain an exchange of the running emulator, give the x-fapi-interaction-id of its answer; to explain a request in a file, name the bank too, --bank ID FILE"
        );
        assert_error_of(&explain(&[subject]), 2, &says);
    }
    let nobody = explain(&[ID, "--control-addr", "127.0.0.1:1"]);
    assert_error_of(
        &nobody,
        2,
        "no emulator answers at http://127.0.0.1:1 (Connection refused (os error 111)): start one with `aspsp-emulator`, or name its address with --control-addr",
    );
    for flags in [
        ["--kit", "kit"],
        ["--operation", "update"],
        ["--now", "2026-01-01T00:00:00Z"],
        ["--certificate", "c.pem"],
    ] {
        let output = explain(&[&[ID][..], &flags].concat());
        let errors = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert!(errors.contains("--bank <ID>"), "{flags:?}: {errors}");
    }
}

/// What a shell says to this, in the emulator's folder.
fn shell(running: &Running, line: &str) -> String {
    let mut shell = Command::new("sh");
    let output = shell
        .args(["-c", line])
        .current_dir(running.dir.path())
        .output();
    String::from_utf8(output.unwrap().stdout).unwrap()
}

#[test]
fn a_running_emulator_tells_what_became_of_a_request_in_whichever_world_it_was() {
    let running = Running::start(&[]);
    let control = running.address("control").to_string();
    let made = shell(
        &running,
        &format!(
            "curl -s -X POST http://{control}/api/worlds -H 'content-type: application/json' -d '{{\"name\":\"mine\"}}'"
        ),
    );
    assert!(made.contains(r#""name":"mine""#), "{made}");
    let explain = |arguments: &[&str]| {
        let mut command = command(running.dir.path());
        let control = ["explain", "--control-addr", &control];
        command.args(control).args(arguments).output().unwrap()
    };
    for (prefix, id) in [("", "asked-of-default"), ("/w/mine", "asked-of-mine")] {
        let url = format!("{}{prefix}/uk-ob-3.3/register", running.ready("mtls"));
        let answer = shell(
            &running,
            &format!(
                "curl -si -K kit/curl.conf -H 'x-fapi-interaction-id: {id}' -H 'content-type: application/jose' -d no-jws {url}"
            ),
        );
        assert!(answer.contains(" 400"), "{answer}");
        let output = explain(&[id]);
        let text = String::from_utf8(output.stdout).unwrap();
        let errors = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(0), "{text}{errors}");
        assert!(
            text.contains(id) && text.contains("request_not_a_jws"),
            "{text}"
        );
        let json = explain(&[id, "--json"]);
        let told: Value = serde_json::from_slice(&json.stdout).unwrap();
        let items = told["items"].as_array().unwrap();
        assert_eq!(items.len(), 1);
        assert_eq!(items[0]["refused_by"], "request_not_a_jws", "{told}");
        let world = if prefix.is_empty() { "default" } else { "mine" };
        assert_eq!(items[0]["world"], world);
    }
    assert_eq!(explain(&["asked-of-nobody"]).status.code(), Some(1));
}
