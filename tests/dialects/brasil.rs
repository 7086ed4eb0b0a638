//! Open Finance Brasil, against its published rules (sources S1, the DCR profile, RFC 7591 and 7592,
//! and the engine that its banks run).

mod answers;
mod binding;
mod cases;
mod life_cycle;
mod management;
mod metadata;
mod names;
mod requests;
mod statement_forms;
mod statements;
mod tokens;

use aspsp_emulator::dialect::Operation;
use aspsp_emulator::dialect::open_finance_brasil::DIALECT;
use aspsp_emulator::domain::ecosystem::Ecosystem;
use aspsp_emulator::domain::ids::ClientId;
use aspsp_emulator::domain::signing::Edits;
use aspsp_emulator::emulator::tpp::RequestBuilder;
use reqwest::Method;
use serde_json::Value;

use crate::br_helpers::{Answer, Caller, Ground, JSON, Refused, assert_covers, bearer};

pub const BANK: &str = "open-finance-brasil";

/// The operations that have checks.
const OPERATIONS: [Operation; 5] = [
    Operation::Register,
    Operation::Read,
    Operation::Update,
    Operation::Delete,
    Operation::Token,
];

/// Every operation with every check that a test here sees refuse it.
pub fn refused() -> Vec<Refused> {
    let tables = cases::all();
    let of_tables = tables.iter().flat_map(cases::Case::refused);
    let others = [
        binding::REFUSED,
        life_cycle::REFUSED,
        management::REFUSED,
        requests::REFUSED,
        statements::REFUSED,
        tokens::REFUSED,
    ];
    of_tables
        .chain(others.into_iter().flatten().copied())
        .collect()
}

#[test]
fn every_check_of_a_brazilian_bank_is_seen_to_refuse() {
    assert_covers(&DIALECT, &OPERATIONS, &refused());
}

pub async fn tpp(ground: &Ground) -> Caller {
    ground.tpp(BANK, Ecosystem::Brazil).await
}

/// A client that is registered.
pub struct Registered {
    pub id: String,
    pub token: String,
    pub body: Value,
}

impl Registered {
    pub fn path(&self) -> String {
        format!("/reg/{}", self.id)
    }

    pub fn client_id(&self) -> ClientId {
        ClientId::new(self.id.as_str())
    }
}

/// An ordinary request of `tls_client_auth`.
pub fn request(tpp: &Caller) -> RequestBuilder {
    tpp.tpp.registration_request(&tpp.bank)
}

/// The TPP's statement, changed before the directory signs it.
pub fn statement(tpp: &Caller, edit: impl FnOnce(&mut Edits)) -> String {
    let mut edits = Edits::default();
    edit(&mut edits);
    tpp.tpp.edited_statement(&edits).unwrap()
}

pub async fn post(tpp: &Caller, body: impl Into<Vec<u8>>) -> Answer {
    let headers = [("content-type", JSON)];
    tpp.send(Method::POST, "/reg", &headers, body).await
}

/// Registers with this request, which must be accepted.
pub async fn register(tpp: &Caller, request: RequestBuilder) -> Registered {
    registered(&post(tpp, request.to_json().unwrap()).await)
}

pub fn registered(answer: &Answer) -> Registered {
    answer.assert_json(201, "register");
    Registered {
        id: answer.text("client_id"),
        token: answer.text("registration_access_token"),
        body: answer.json(),
    }
}

/// Calls a client's own URL with its registration access token.
pub async fn manage(
    tpp: &Caller,
    method: Method,
    client: &Registered,
    body: impl Into<Vec<u8>>,
) -> Answer {
    let token = bearer(&client.token);
    let headers = [("content-type", JSON), ("authorization", token.as_str())];
    tpp.send(method, &client.path(), &headers, body).await
}

pub async fn read(tpp: &Caller, client: &Registered) -> Answer {
    tpp.get(&client.path(), &client.token).await
}

/// An ordinary replacing request.
pub fn replacement(tpp: &Caller, client: &Registered) -> RequestBuilder {
    request(tpp).claim("client_id", client.id.as_str())
}

pub async fn replace(tpp: &Caller, client: &Registered, request: RequestBuilder) -> Answer {
    manage(tpp, Method::PUT, client, request.to_json().unwrap()).await
}

/// 401 as the engine answers a token that does not count.
pub fn assert_invalid_token(ground: &Ground, answer: &Answer, name: &str) {
    let (error, description) = answer.error(401, name);
    assert_eq!(
        (error.as_str(), description.as_str()),
        ("invalid_token", "invalid token provided"),
        "{name}"
    );
    let issuer = ground.emulator.issuer(BANK);
    let expected = format!(
        "Bearer realm=\"{issuer}\", error=\"invalid_token\", error_description=\"invalid token provided\""
    );
    assert_eq!(answer.header("www-authenticate"), expected, "{name}");
}

/// The members that only the server sets.
const SERVER_OWNED: [&str; 4] = [
    "registration_access_token",
    "registration_client_uri",
    "client_secret_expires_at",
    "client_id_issued_at",
];

/// A body that repeats an answer, as RFC 7592 §2.2 wants it.
pub fn repeated(body: &Value) -> Value {
    let mut body = body.clone();
    for name in SERVER_OWNED {
        body.as_object_mut().unwrap().remove(name);
    }
    body
}
