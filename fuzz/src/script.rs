//! Requests to the control API, as an input writes them.
//!
//! ```text
//! POST /api/tpps/{tpp}/statements
//! {"flaw": "expired"}
//! ===
//! PUT /api/scenarios/a?activate=true yaml
//! rules: [{ respond: 503 }]
//! ===
//! PUT /api/snapshot
//! {snapshot}
//! /clock/offset "1h"
//! ```
//!
//! A line between two requests is `===`. Bodies are JSON unless the first line ends with ` yaml`. `{tpp}`,
//! `{client}`, `{serial}`, `{kid}` and `{exchange}` stand for what is there in the default world at the start,
//! `{snapshot}` for a snapshot of it, and lines behind that for values to be put into it.

use aspsp_emulator::world::Part;
use bytes::Bytes;
use serde_json::{Value, json};
use warp::http::{Method, Request, StatusCode, Uri};

use crate::answer::Answer;
use crate::ecosystem::Stage;

/// Requests of an input that are made.
const MOST: usize = 6;
/// The bank that has a client from the start.
const BANK: &str = "uk-ob-3.3";

/// One request.
#[derive(Debug)]
pub struct Line<'a> {
    method: Method,
    target: &'a str,
    is_yaml: bool,
    body: &'a str,
}

/// Reads the requests; `None` if one cannot be sent, or has no end.
#[must_use]
pub fn parse(text: &str) -> Option<Vec<Line<'_>>> {
    let requests = text.split("\n===\n").take(MOST);
    requests.map(request).collect()
}

fn request(text: &str) -> Option<Line<'_>> {
    let (first, body) = text.split_once('\n').unwrap_or((text, ""));
    let (first, is_yaml) = match first.strip_suffix(" yaml") {
        Some(first) => (first, true),
        None => (first, false),
    };
    let (method, target) = first.split_once(' ')?;
    // Streams have no end.
    let is_answered = target.starts_with('/') && !target.contains("stream");
    is_answered.then_some(Line {
        method: method.parse().ok()?,
        target,
        is_yaml,
        body,
    })
}

/// Plays scripts, each from the same start.
pub struct Player {
    stage: Stage,
    document: Value,
    /// The default world at the start.
    snapshot: Value,
    words: Vec<(&'static str, String)>,
}

impl Default for Player {
    fn default() -> Self {
        Self::new()
    }
}

impl Player {
    /// With a client at one bank.
    ///
    /// # Panics
    /// The emulator does not do what it should.
    #[must_use]
    pub fn new() -> Self {
        let stage = Stage::for_more_tpps();
        let mut player = Self {
            stage,
            document: Value::Null,
            snapshot: Value::Null,
            words: Vec::new(),
        };
        let tpp = &player.stage.tpps[0];
        let id = tpp.identity.software_id.to_string();
        let transport = tpp.transport();
        let serial = transport.certificate.serial().to_string();
        let kid = tpp.kid().to_string();
        let made = player.ask(
            "POST",
            &format!("/api/tpps/{id}/requests"),
            &json!({ "bank": BANK }).to_string(),
        );
        let made = made.json();
        let word = |name: &str| made[name].as_str().expect("a text").to_owned();
        let url: Uri = word("url").parse().expect("a URL");
        let request = Request::post(url.path()).header("content-type", word("content_type"));
        let request = request
            .body(Bytes::from(word("request")))
            .expect("a request");
        let posted = player.stage.wait(player.stage.ask_bank(tpp, request));
        assert_eq!(posted.status, StatusCode::CREATED, "{posted:?}");
        let client = posted.json()["client_id"].as_str().map(str::to_owned);
        player.words = vec![
            ("{tpp}", id),
            ("{serial}", serial),
            ("{kid}", kid),
            ("{client}", client.expect("a client_id")),
        ];
        player.document = player.ask("GET", "/openapi.json", "").json();
        player.snapshot = player.ask("GET", "/api/snapshot", "").json();
        player
    }

    /// Makes the requests, and brings the start back.
    ///
    /// # Panics
    /// An answer is not what it should be.
    pub fn play(&self, lines: &[Line<'_>]) {
        for line in lines {
            let target = self.named(line.target);
            let body = match line.body.strip_prefix("{snapshot}") {
                Some(changes) => changed(&self.snapshot, changes),
                None => self.named(line.body),
            };
            let kind = if line.is_yaml {
                "application/yaml"
            } else {
                "application/json"
            };
            let request = Request::builder()
                .method(line.method.clone())
                .uri(&target)
                .header("host", "localhost:8445")
                .header("content-type", kind)
                .body(Bytes::from(body));
            // Not every text can stand in a request line.
            if let Ok(request) = request {
                let path = request.uri().path().to_owned();
                let answer = self.answered(request);
                self.check(&line.method, &path, &answer);
            }
        }
        self.check_snapshot();
        self.start_anew();
    }

    fn named(&self, text: &str) -> String {
        let last = self.stage.world().journal.last_id().to_string();
        let mut named = text.replace("{exchange}", &last);
        for (word, value) in &self.words {
            named = named.replace(word, value);
        }
        named
    }

    fn answered(&self, request: Request<Bytes>) -> Answer {
        let emulator = &self.stage.emulator;
        self.stage
            .wait(async { Answer::read(emulator.ask_control(request).await).await })
    }

    fn ask(&self, method: &str, target: &str, body: &str) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(target)
            .header("host", "localhost:8445")
            .header("content-type", "application/json")
            .body(Bytes::copy_from_slice(body.as_bytes()));
        let answer = self.answered(request.expect("a request"));
        assert!(answer.status.is_success(), "{method} {target}: {answer:?}");
        answer
    }

    /// An answer is no failure of the emulator, well formed, and one that the document has.
    fn check(&self, method: &Method, path: &str, answer: &Answer) {
        let status = answer.status;
        assert!(!status.is_server_error(), "{method} {path}: {answer:?}");
        if status.is_client_error() && *method != Method::HEAD {
            assert_eq!(answer.header("content-type"), "application/problem+json");
            let problem = answer.json();
            assert_eq!(problem["status"], status.as_u16(), "{answer:?}");
            let detail = problem["detail"].as_str();
            assert!(
                detail.is_some_and(|detail| !detail.is_empty()),
                "{answer:?}"
            );
        } else if answer.header("content-type").contains("json") && *method != Method::HEAD {
            let _ = answer.json();
        }
        if status == StatusCode::NO_CONTENT {
            assert!(answer.body.is_empty(), "{answer:?}");
        }
        if let Some(documented) = self.documented(method, path) {
            let code = status.as_str();
            assert!(
                documented.get(code).is_some(),
                "{code} is not documented of {method} {path}: {answer:?}"
            );
        }
    }

    /// The documented answers of the most literal path that is this one.
    fn documented(&self, method: &Method, path: &str) -> Option<&Value> {
        let name = match *method {
            Method::HEAD => "get".to_owned(),
            _ => method.as_str().to_lowercase(),
        };
        let paths = self.document["paths"].as_object()?;
        let matching = paths.iter().filter(|(template, _)| is_of(path, template));
        let (_, of_path) = matching.min_by_key(|(template, _)| template.matches('{').count())?;
        of_path.get(&name)?.get("responses")
    }

    /// A snapshot of the default world can be put back, and nothing has changed then.
    fn check_snapshot(&self) {
        let before = self.ask("GET", "/api/snapshot", "").json();
        self.ask("PUT", "/api/snapshot", &before.to_string());
        let after = self.ask("GET", "/api/snapshot", "").json();
        let lasting = |mut snapshot: Value| {
            snapshot["taken_at"] = Value::Null;
            // Real time goes on.
            snapshot["clock"]["offset"] = Value::Null;
            snapshot
        };
        assert_eq!(lasting(after), lasting(before));
    }

    fn start_anew(&self) {
        let stage = &self.stage;
        stage.wait(async {
            let worlds = stage.emulator.worlds();
            for world in worlds.all().iter().skip(1) {
                worlds.delete(&world.name).await;
            }
            stage.world().reset(&Part::ALL).await.expect("a reset");
        });
        self.ask(
            "PUT",
            "/api/urls",
            &json!({ "mtls": null, "tls": null }).to_string(),
        );
        self.ask("PUT", "/api/snapshot", &self.snapshot.to_string());
    }
}

/// Whether a path is one of a template such as `/api/tpps/{software_id}`.
fn is_of(path: &str, template: &str) -> bool {
    let words = path.split('/');
    let parts: Vec<&str> = template.split('/').collect();
    let is_same = |(word, part): (&str, &&str)| part.starts_with('{') || word == *part;
    words.clone().count() == parts.len() && words.zip(&parts).all(is_same)
}

/// The snapshot with other values: a pointer and a JSON value on each line.
fn changed(snapshot: &Value, changes: &str) -> String {
    let mut snapshot = snapshot.clone();
    for line in changes.lines() {
        let Some((pointer, value)) = line.split_once(' ') else {
            continue;
        };
        if let (Some(place), Ok(value)) =
            (snapshot.pointer_mut(pointer), serde_json::from_str(value))
        {
            *place = value;
        }
    }
    snapshot.to_string()
}
