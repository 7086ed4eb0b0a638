//! Tables of requests that are refused, each sent to create a client and to replace one.

use aspsp_emulator::dialect::Operation;
use aspsp_emulator::dialect::open_finance_brasil::DIALECT;
use aspsp_emulator::dialect::policy::Strictness;
use aspsp_emulator::domain::ecosystem::Ecosystem;
use aspsp_emulator::domain::signing::Edits;
use aspsp_emulator::emulator::tpp::RequestBuilder;
use aspsp_emulator::emulator::tpp_builder::TppBuilder;
use reqwest::Method;
use serde_json::{Value, json};

use super::{BANK, Registered, binding, metadata, names, requests, statements};
use super::{post, read, register, request, statement};
use crate::br_helpers::{Answer, Caller, Ground, JSON, Refused, bank, bearer};

/// The same bank at its strictest.
pub const STRICT: &str = "strict";
/// The same bank, with header fields checked.
pub const FAPI: &str = "fapi";

const BOTH: &[Operation] = &[Operation::Register, Operation::Update];
pub const UPDATE: &[Operation] = &[Operation::Update];

/// Who a request is made by.
pub struct Parties<'a> {
    /// Who sends it.
    pub tpp: &'a Caller,
    /// Somebody else in Brazil.
    pub other: &'a Caller,
    /// A TPP of the UK.
    pub british: &'a Caller,
    /// A Brazilian TPP of a directory that nobody knows.
    pub foreign: &'a Caller,
    /// The client that is replaced.
    pub client_id: Option<&'a str>,
    /// The emulator's time; it stands still.
    pub now: i64,
}

impl Parties<'_> {
    /// An ordinary request.
    pub fn request(&self) -> RequestBuilder {
        match self.client_id {
            Some(id) => request(self.tpp).claim("client_id", id),
            None => request(self.tpp),
        }
    }

    /// An ordinary request with another statement of its own.
    pub fn with_statement(&self, edit: impl FnOnce(&mut Edits)) -> RequestBuilder {
        let statement = statement(self.tpp, edit);
        self.request().claim("software_statement", statement)
    }
}

type Body = Box<dyn Fn(&Parties<'_>) -> Vec<u8>>;

/// One row of a table.
pub struct Case {
    name: String,
    error: &'static str,
    check: &'static str,
    bank: &'static str,
    operations: &'static [Operation],
    headers: Vec<(&'static str, &'static str)>,
    body: Body,
}

impl Case {
    /// The operations that the check is seen to refuse.
    pub fn refused(&self) -> impl Iterator<Item = Refused> + use<> {
        let check = self.check;
        self.operations
            .iter()
            .map(move |operation| (*operation, check))
    }

    /// The same at another bank.
    pub fn at(mut self, bank: &'static str) -> Self {
        self.bank = bank;
        self
    }

    /// The same as these operations only.
    pub fn only(mut self, operations: &'static [Operation]) -> Self {
        self.operations = operations;
        self
    }

    /// The same with a further header field, or another `content-type`.
    pub fn header(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.retain(|(known, _)| *known != name);
        self.headers.push((name, value));
        self
    }

    /// The same without a `content-type`.
    pub fn untyped(mut self) -> Self {
        self.headers.clear();
        self
    }
}

/// A body that is refused with 400, this error, by this check.
pub fn body<T: Into<Vec<u8>>>(
    name: impl Into<String>,
    (error, check): (&'static str, &'static str),
    body: impl Fn(&Parties<'_>) -> T + 'static,
) -> Case {
    Case {
        name: name.into(),
        error,
        check,
        bank: BANK,
        operations: BOTH,
        headers: vec![("content-type", JSON)],
        body: Box::new(move |parties| body(parties).into()),
    }
}

/// The same for a request that somebody builds.
pub fn built(
    name: impl Into<String>,
    refusal: (&'static str, &'static str),
    build: impl Fn(&Parties<'_>) -> RequestBuilder + 'static,
) -> Case {
    body(name, refusal, move |parties| {
        build(parties).to_json().unwrap()
    })
}

/// The same for an ordinary request in which one member has another value.
pub fn with(
    member: &'static str,
    value: impl Into<Value>,
    refusal: (&'static str, &'static str),
) -> Case {
    let value = value.into();
    let shown: String = value.to_string().chars().take(80).collect();
    built(format!("{member} {shown}"), refusal, move |parties| {
        parties.request().claim(member, value.clone())
    })
}

/// Every table.
pub fn all() -> Vec<Case> {
    [
        binding::cases(),
        metadata::cases(),
        names::cases(),
        requests::cases(),
        statements::cases(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// One emulator with everybody whom the rows name.
struct Stage {
    ground: Ground,
    tpp: Caller,
    other: Caller,
    british: Caller,
    foreign: Caller,
}

impl Stage {
    async fn set() -> Self {
        let banks = vec![
            bank(&DIALECT, BANK, Strictness::Conformance, json!({})),
            bank(&DIALECT, STRICT, Strictness::Strict, json!({})),
            bank(
                &DIALECT,
                FAPI,
                Strictness::Conformance,
                json!({ "fapi_headers": "check" }),
            ),
        ];
        let ground = Ground::with_banks(banks).await;
        Self {
            tpp: ground.tpp(BANK, Ecosystem::Brazil).await,
            other: ground.tpp(BANK, Ecosystem::Brazil).await,
            british: ground.tpp(BANK, Ecosystem::Uk).await,
            foreign: ground
                .tpp_with(BANK, Ecosystem::Brazil, TppBuilder::foreign)
                .await,
            ground,
        }
    }

    fn parties<'a>(&'a self, tpp: &'a Caller, client_id: Option<&'a str>) -> Parties<'a> {
        Parties {
            tpp,
            other: &self.other,
            british: &self.british,
            foreign: &self.foreign,
            client_id,
            now: self.ground.emulator.clock().unix(),
        }
    }

    async fn count(&self, bank: &str) -> usize {
        self.ground.emulator.clients(bank).await.unwrap().len()
    }
}

/// Sends each request; the bank refuses it as the row says, and nothing is stored or changed.
pub async fn check(cases: Vec<Case>) {
    let stage = Stage::set().await;
    let mut wrong = Vec::new();
    for case in cases {
        let tpp = Caller {
            base: stage.ground.emulator.url(case.bank),
            bank: case.bank.to_owned(),
            ..stage.tpp.clone()
        };
        for operation in case.operations {
            let answer = match operation {
                Operation::Register => create(&stage, &tpp, &case).await,
                _ => change(&stage, &tpp, &case).await,
            };
            let name = format!("{} ({operation:?})", case.name);
            wrong.extend(difference(&name, &case, &answer));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

async fn create(stage: &Stage, tpp: &Caller, case: &Case) -> Answer {
    let body = (case.body)(&stage.parties(tpp, None));
    let before = stage.count(case.bank).await;
    let answer = tpp.send(Method::POST, "/reg", &case.headers, body).await;
    let is_stored = stage.count(case.bank).await > before;
    assert_eq!(is_stored, answer.status == 201, "{}", case.name);
    answer
}

async fn change(stage: &Stage, tpp: &Caller, case: &Case) -> Answer {
    let client = register(tpp, request(tpp)).await;
    let body = (case.body)(&stage.parties(tpp, Some(&client.id)));
    let answer = put(tpp, &client, &case.headers, body).await;
    let after = read(tpp, &client).await.json();
    for (name, value) in after.as_object().unwrap() {
        assert_eq!(&client.body[name], value, "{}", case.name);
    }
    let token = bearer(&client.token);
    let headers = [("authorization", token.as_str())];
    let deleted = tpp.send(Method::DELETE, &client.path(), &headers, "").await;
    deleted.assert_empty(204, &case.name);
    answer
}

async fn put(tpp: &Caller, client: &Registered, headers: &[(&str, &str)], body: Vec<u8>) -> Answer {
    let token = bearer(&client.token);
    let mut headers = headers.to_vec();
    headers.push(("authorization", token.as_str()));
    tpp.send(Method::PUT, &client.path(), &headers, body).await
}

/// How an answer differs from what the row says.
fn difference(name: &str, case: &Case, answer: &Answer) -> Option<String> {
    let expected = format!("400 {} ({})", case.error, case.check);
    let found = if answer.status == 400 {
        let (error, description) = answer.error(400, name);
        let check = description.rsplit_once(" (").map_or("", |(_, check)| check);
        format!("400 {error} ({check}")
    } else {
        format!(
            "{} {}",
            answer.status,
            String::from_utf8_lossy(&answer.body)
        )
    };
    (found != expected).then(|| format!("{name}: {found}, not {expected}"))
}

/// Sends an ordinary request with changes; it must be accepted, and the client is what this says.
pub async fn accepted(tpp: &Caller, name: &str, request: RequestBuilder) -> Value {
    let answer = post(tpp, request.to_json().unwrap()).await;
    answer.assert_json(201, name);
    answer.json()
}
