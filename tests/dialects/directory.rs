//! Raidiam's directory, against its published description (source S3).

mod assertions;
mod callers;
mod headers;
mod items;
mod lists;
mod tokens;

use aspsp_emulator::dialect::Operation;
use aspsp_emulator::dialect::raidiam_directory::DIALECT;
use aspsp_emulator::domain::ecosystem::Ecosystem;
use reqwest::Method;

use crate::br_helpers::{Answer, Caller, Ground, Refused, assert_covers, bearer};

pub const BANK: &str = "raidiam-directory";
pub const SCOPE: &str = "directory:software";

/// The operations that have checks.
const OPERATIONS: [Operation; 4] = [
    Operation::Clients,
    Operation::Client,
    Operation::Assertion,
    Operation::Token,
];

/// Every operation with every check that a test here sees refuse it.
pub fn refused() -> Vec<Refused> {
    let found = [
        assertions::REFUSED,
        callers::REFUSED,
        headers::REFUSED,
        items::REFUSED,
        lists::REFUSED,
        tokens::REFUSED,
    ];
    found.into_iter().flatten().copied().collect()
}

#[test]
fn every_check_of_the_directory_is_seen_to_refuse() {
    assert_covers(&DIALECT, &OPERATIONS, &refused());
}

/// A TPP that reads the directory.
pub struct Reader {
    pub caller: Caller,
    pub token: String,
}

impl Reader {
    pub async fn get(&self, path: &str) -> Answer {
        self.caller.get(path, &self.token).await
    }

    /// GETs a path with further header fields.
    pub async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let token = bearer(&self.token);
        let mut headers = headers.to_vec();
        headers.push(("authorization", token.as_str()));
        self.caller.send(Method::GET, path, &headers, "").await
    }

    pub fn id(&self) -> String {
        self.caller.tpp.software_id().to_string()
    }

    pub fn item(&self) -> String {
        format!("/clients/{}", self.id())
    }

    /// The path of its own statement.
    pub fn assertion(&self) -> String {
        assertion_of(&self.caller)
    }

    /// One path of each operation that reads.
    pub fn paths(&self) -> [String; 3] {
        ["/clients".to_owned(), self.item(), self.assertion()]
    }
}

pub fn assertion_of(caller: &Caller) -> String {
    let (org, software) = (caller.tpp.org_id(), caller.tpp.software_id());
    format!("/organisations/{org}/softwarestatements/{software}/assertion")
}

pub async fn reader(ground: &Ground, ecosystem: Ecosystem) -> Reader {
    let caller = ground.tpp(BANK, ecosystem).await;
    let token = token(&caller, SCOPE).await;
    Reader { caller, token }
}

/// A token by certificate.
pub async fn token(caller: &Caller, scope: &str) -> String {
    let id = caller.tpp.software_id().to_string();
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", id.as_str()),
        ("scope", scope),
    ];
    caller.token_request(&form).await.text("access_token")
}
