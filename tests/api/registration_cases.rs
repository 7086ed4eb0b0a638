//! Tables of registration requests: how each differs from an ordinary one, and what a bank answers.

use std::fmt;
use std::sync::Arc;

use aspsp_emulator::clock::Clock;
use aspsp_emulator::domain::client::Client;
use aspsp_emulator::domain::signing::Edits;
use aspsp_emulator::emulator::tpp::RequestBuilder;
use aspsp_emulator::emulator::tpp_builder::TppBuilder;
use reqwest::{Response, StatusCode};
use serde_json::Value;

use crate::helpers::{BANK, INTERACTION_ID, TestBank, TestTpp, json};

/// The longest `error_description` of the UK schema.
const DESCRIPTION_LIMIT: usize = 500;
/// The redirect URI of the TPPs here.
pub const REDIRECT_URI: &str = "https://app.example/cb";

/// How a bank must answer a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// 201.
    Accepted,
    /// 400 with this RFC 7591 error, by this check.
    Refused(&'static str, &'static str),
}

pub use Expected::Accepted;

impl fmt::Display for Expected {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Expected::Accepted => formatter.write_str("201"),
            Expected::Refused(error, check) => write!(formatter, "400 {error} ({check})"),
        }
    }
}

pub const fn metadata(check: &'static str) -> Expected {
    Expected::Refused("invalid_client_metadata", check)
}

pub const fn redirect_uri(check: &'static str) -> Expected {
    Expected::Refused("invalid_redirect_uri", check)
}

pub const fn statement(check: &'static str) -> Expected {
    Expected::Refused("invalid_software_statement", check)
}

pub const fn unapproved(check: &'static str) -> Expected {
    Expected::Refused("unapproved_software_statement", check)
}

/// Who a request is made by, and when.
pub struct Parties<'a> {
    /// Who sends it.
    pub tpp: &'a TestTpp,
    /// Somebody else.
    pub other: &'a TestTpp,
    /// The emulator's time; it stands still.
    pub now: i64,
}

impl Parties<'_> {
    /// The statement of who sends it, changed before the directory signs it.
    pub fn statement(&self, edit: impl FnOnce(&mut Edits)) -> String {
        let mut edits = Edits::default();
        edit(&mut edits);
        self.tpp.tpp.edited_statement(&edits).unwrap()
    }

    /// An ordinary request with this statement.
    pub fn request_with(&self, statement: String) -> RequestBuilder {
        self.tpp.request().claim("software_statement", statement)
    }
}

type Body = Box<dyn Fn(&Parties<'_>) -> Vec<u8>>;
type Making = Box<dyn FnOnce(TppBuilder) -> TppBuilder>;

/// One row of a table.
pub struct Case {
    name: String,
    expected: Expected,
    tpp: Option<Making>,
    body: Body,
}

impl Case {
    /// The same by a TPP made for it.
    pub fn by(mut self, tpp: impl FnOnce(TppBuilder) -> TppBuilder + 'static) -> Self {
        self.tpp = Some(Box::new(tpp));
        self
    }
}

/// A request whose body is made from scratch.
pub fn body<T: Into<Vec<u8>>>(
    name: impl Into<String>,
    expected: Expected,
    body: impl Fn(&Parties<'_>) -> T + 'static,
) -> Case {
    Case {
        name: name.into(),
        expected,
        tpp: None,
        body: Box::new(move |parties| body(parties).into()),
    }
}

/// A request that somebody builds.
pub fn built(
    name: impl Into<String>,
    expected: Expected,
    build: impl Fn(&Parties<'_>) -> RequestBuilder + 'static,
) -> Case {
    body(name, expected, move |parties| {
        build(parties).sign().unwrap()
    })
}

/// An ordinary request with changes.
pub fn changed(
    name: impl Into<String>,
    expected: Expected,
    change: impl Fn(RequestBuilder) -> RequestBuilder + 'static,
) -> Case {
    built(name, expected, move |parties| change(parties.tpp.request()))
}

/// An ordinary request in which one claim has another value.
pub fn claim(name: &'static str, value: impl Into<Value>, expected: Expected) -> Case {
    let value = value.into();
    let shown: String = value.to_string().chars().take(80).collect();
    changed(format!("{name} {shown}"), expected, move |request| {
        request.claim(name, value.clone())
    })
}

/// An ordinary request without a claim.
pub fn without(name: &'static str, expected: Expected) -> Case {
    changed(format!("without {name}"), expected, move |request| {
        request.without(name)
    })
}

/// A bank whose clock stands still.
pub async fn still_bank() -> TestBank {
    let now = Clock::system().now();
    TestBank::start_with(|builder| builder.clock(Clock::fixed(now))).await
}

/// Sends each request to one bank and compares the answer, and what the bank stored.
pub async fn check(cases: Vec<Case>) {
    let bank = still_bank().await;
    let (tpp, other) = (bank.tpp().await, bank.tpp().await);
    let mut wrong = Vec::new();
    for case in cases {
        let own = match case.tpp {
            Some(change) => Some(
                bank.tpp_with(|tpp| change(tpp.redirect_uri(REDIRECT_URI)))
                    .await,
            ),
            None => None,
        };
        let tpp = own.as_ref().unwrap_or(&tpp);
        let parties = Parties {
            tpp,
            other: &other,
            now: bank.emulator.clock().unix(),
        };
        let body = (case.body)(&parties);
        let before = bank.emulator.clients(BANK).await.unwrap();
        let answer = tpp.post(body).await;
        let name = &case.name;
        let found = outcome(name, answer).await;
        if found == case.expected.to_string() {
            let is_accepted = case.expected == Accepted;
            assert_stored(&bank, &before, usize::from(is_accepted), name).await;
        } else {
            wrong.push(format!("{name}: {found}, not {}", case.expected));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// An answer in the words of [`Expected`].
async fn outcome(name: &str, answer: Response) -> String {
    match answer.status() {
        StatusCode::CREATED => Accepted.to_string(),
        StatusCode::BAD_REQUEST => {
            let refusal = refusal(name, answer).await;
            format!("400 {} ({})", refusal.error, refusal.check())
        }
        other => other.to_string(),
    }
}

/// The bank holds the very same clients as before.
pub async fn assert_unchanged(bank: &TestBank, before: &[Arc<Client>], name: &str) {
    assert_stored(bank, before, 0, name).await;
}

/// The bank holds the very same clients as before, and so many more.
pub async fn assert_stored(bank: &TestBank, before: &[Arc<Client>], more: usize, name: &str) {
    let after = bank.emulator.clients(BANK).await.unwrap();
    assert_eq!(after.len(), before.len() + more, "{name}");
    let is_kept = |held: &Arc<Client>| after.iter().any(|client| Arc::ptr_eq(held, client));
    assert!(before.iter().all(is_kept), "{name}");
}

/// A refused registration, as RFC 7591 §3.2.2 has it.
#[derive(Debug)]
pub struct Refusal {
    pub error: String,
    pub description: String,
}

impl Refusal {
    /// The check that the description names.
    pub fn check(&self) -> &str {
        let named = self.description.strip_suffix(')');
        named
            .and_then(|text| text.rsplit_once(" ("))
            .map_or("no check named", |(_, check)| check)
    }
}

/// The answer is a 400 of the UK's shape: two members, and a description of its characters.
pub async fn refusal(name: &str, answer: Response) -> Refusal {
    let status = answer.status();
    let headers = answer.headers().clone();
    let body = json(answer).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{name}: {body}");
    assert!(headers.contains_key(INTERACTION_ID), "{name}");
    for (header, value) in [
        ("content-type", "application/json"),
        ("cache-control", "no-store"),
        ("pragma", "no-cache"),
    ] {
        assert_eq!(headers[header], value, "{name}");
    }
    let members: Vec<&String> = body.as_object().unwrap().keys().collect();
    assert_eq!(members, ["error", "error_description"], "{name}");
    let text = |member: &str| body[member].as_str().unwrap().to_owned();
    let refusal = Refusal {
        error: text("error"),
        description: text("error_description"),
    };
    assert_description(name, &refusal.description);
    refusal
}

/// 1 to 500 characters of RFC 6749 §5.2.
fn assert_description(name: &str, description: &str) {
    let length = description.chars().count();
    assert!(
        (1..=DESCRIPTION_LIMIT).contains(&length),
        "{name}: {length}"
    );
    let is_allowed =
        |character: char| (' '..='~').contains(&character) && !"\"\\".contains(character);
    assert!(
        description.chars().all(is_allowed),
        "{name}: {description:?}"
    );
}
