//! Sends a table of cases to the banks they are about.

use std::collections::HashMap;
use std::sync::Arc;

use aspsp_emulator::dialect::{self, Operation};
use reqwest::Response;
use serde_json::Value;

use crate::cases::{Case, Expected, Parties, Setup};
use crate::helpers::{Caller, INTERACTION_ID, World, bearer, json};
use crate::openapi::claims;

/// The longest `error_description` of the UK schema.
const DESCRIPTION_LIMIT: usize = 500;

/// The banks of one table, its TPPs and their clients.
struct Run {
    dialect: &'static str,
    media_type: &'static str,
    operation: Operation,
    world: World,
    tpp: Caller,
    other: Caller,
    /// A client and its token, for each TPP at each bank.
    clients: HashMap<(String, String), (String, String)>,
}

/// Sends each request to its bank by this operation, and compares the answer and what the bank
/// stored.
pub async fn check(
    dialect: &'static str,
    media_type: &'static str,
    operation: Operation,
    cases: Vec<Case>,
) {
    let (mut run, setups) = start(dialect, media_type, operation, &cases).await;
    let mut wrong = Vec::new();
    for case in cases.iter().filter(|case| case.is_for(operation)) {
        let index = setups.iter().position(|setup| *setup == case.setup);
        let bank = format!("{dialect}-{}", index.unwrap());
        if let Err(found) = run.case(case, &bank).await {
            let level = case.setup.strictness.as_str();
            wrong.push(format!("{dialect}, {level}: {}: {found}", case.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

async fn start(
    id: &'static str,
    media_type: &'static str,
    operation: Operation,
    cases: &[Case],
) -> (Run, Vec<Setup>) {
    let dialect = dialect::by_id(id).unwrap();
    let mut setups: Vec<Setup> = Vec::new();
    for case in cases {
        if !setups.contains(&case.setup) {
            setups.push(case.setup.clone());
        }
    }
    let banks = setups.iter().enumerate();
    let banks = banks.map(|(index, setup)| setup.bank(dialect, &format!("{id}-{index}")));
    let world = World::start(banks).await;
    let (tpp, other) = (
        world.tpp(dialect.ecosystem).await,
        world.tpp(dialect.ecosystem).await,
    );
    let run = Run {
        dialect: id,
        media_type,
        operation,
        world,
        tpp,
        other,
        clients: HashMap::new(),
    };
    (run, setups)
}

impl Run {
    /// One case; what was wrong with the answer.
    async fn case(&mut self, case: &Case, bank: &str) -> Result<(), String> {
        let ecosystem = dialect::by_id(self.dialect).unwrap().ecosystem;
        let own = match &case.tpp {
            Some(change) => Some(
                self.world
                    .tpp_with(|tpp| change(tpp.ecosystem(ecosystem)))
                    .await,
            ),
            None => None,
        };
        let url = self.world.emulator.url(bank);
        let client = match self.operation {
            Operation::Update => Some(self.client(own.as_ref(), bank, &url).await),
            _ => None,
        };
        let mut parties = Parties {
            tpp: own.as_ref().unwrap_or(&self.tpp),
            other: &self.other,
            bank,
            urls: [url.clone(), self.world.emulator.issuer(bank)],
            now: self.world.emulator.clock().unix(),
            earlier: None,
        };
        if let Some(earlier) = &case.earlier {
            let body = earlier(&parties);
            let headers = [("content-type", self.media_type)];
            let url = format!("{url}/register");
            let answer = parties.tpp.send("POST", &url, &headers, body.clone()).await;
            assert_eq!(answer.status(), 201, "{}: before it", case.name);
            parties.earlier = Some(String::from_utf8(body).unwrap());
        }
        let body = (case.body)(&parties);
        self.assert_claims_documented(case, &url, &body);
        let before = self.world.emulator.clients(bank).await.unwrap();
        let answer = self.send(case, &parties, client.as_ref(), body).await;
        let judged = judge(case, self.operation, answer).await;
        let after = self.world.emulator.clients(bank).await.unwrap();
        judged?;
        let is_new = case.expected == Expected::Accepted && self.operation == Operation::Register;
        if after.len() != before.len() + usize::from(is_new) {
            return Err(format!("{} clients became {}", before.len(), after.len()));
        }
        let is_kept = |held| after.iter().any(|client| Arc::ptr_eq(held, client));
        let is_same = before.iter().all(is_kept);
        if case.expected != Expected::Accepted && !is_same {
            return Err("a client was changed".to_owned());
        }
        Ok(())
    }

    /// The claims of an accepted request are as the bank documents them, those of a malformed one are
    /// not.
    fn assert_claims_documented(&self, case: &Case, url: &str, body: &[u8]) {
        let Some(claims) = std::str::from_utf8(body).ok().and_then(claims) else {
            return;
        };
        let wrong = self.world.documents.claim_faults(url, &claims);
        let name = &case.name;
        match case.expected {
            Expected::Accepted => assert!(wrong.is_empty(), "{url} {name}: {wrong:?}"),
            Expected::Refused(_, "claim_malformed") => assert!(!wrong.is_empty(), "{url} {name}"),
            _ => {}
        }
    }

    async fn send(
        &self,
        case: &Case,
        parties: &Parties<'_>,
        client: Option<&(String, String)>,
        body: Vec<u8>,
    ) -> Response {
        let mut headers: Vec<(&str, &str)> = case.headers.clone();
        if !headers.iter().any(|(name, _)| *name == "content-type") {
            headers.push(("content-type", self.media_type));
        }
        let url = format!("{}/register", parties.urls[0]);
        let Some((id, token)) = client else {
            return parties.tpp.send("POST", &url, &headers, body).await;
        };
        let token = bearer(token);
        headers.push(("authorization", &token));
        parties
            .tpp
            .send("PUT", &format!("{url}/{id}"), &headers, body)
            .await
    }

    /// The client of a TPP at a bank, made by its ordinary request, and a token to manage it with.
    async fn client(&mut self, own: Option<&Caller>, bank: &str, url: &str) -> (String, String) {
        let tpp = own.unwrap_or(&self.tpp);
        let key = (tpp.tpp.software_id().to_string(), bank.to_owned());
        if let Some(held) = self.clients.get(&key) {
            return held.clone();
        }
        let body = tpp.request(bank).sign().unwrap();
        let headers = [("content-type", self.media_type)];
        let register = format!("{url}/register");
        let client = json(tpp.send("POST", &register, &headers, body).await).await;
        let id = client["client_id"].as_str();
        let id = id.unwrap_or_else(|| panic!("{bank}: {client}")).to_owned();
        let token = tpp.token(url, &id, "").await;
        self.clients.insert(key, (id.clone(), token.clone()));
        (id, token)
    }
}

/// What is wrong with the answer, if anything is.
async fn judge(case: &Case, operation: Operation, answer: Response) -> Result<(), String> {
    let accepted = match operation {
        Operation::Register => 201,
        _ => 200,
    };
    let status = answer.status().as_u16();
    let headers = answer.headers().clone();
    if !headers.contains_key(INTERACTION_ID) {
        return Err("no interaction id".to_owned());
    }
    let text = answer.text().await.unwrap();
    let body: Option<Value> = serde_json::from_str(&text).ok();
    if let Some(body) = &body {
        for (name, value) in [
            ("content-type", "application/json"),
            ("cache-control", "no-store"),
            ("pragma", "no-cache"),
        ] {
            if headers.get(name).is_none_or(|found| found != value) {
                return Err(format!("{name} is not {value}: {body}"));
            }
        }
    }
    match (case.expected, &body) {
        (Expected::Accepted, Some(body)) if status == accepted => shown(case, body),
        (Expected::Refused(error, check), Some(body)) if status == 400 => {
            refused(body, error, check)
        }
        (Expected::Bare(expected, _), None) if status == expected && text.is_empty() => Ok(()),
        (expected, _) => Err(format!("{status} {text}, not {expected}")),
    }
}

/// Exactly two members, and a description that ends with the check's name.
fn refused(body: &Value, error: &str, check: &str) -> Result<(), String> {
    let members: Vec<&String> = body.as_object().unwrap().keys().collect();
    let description = body["error_description"].as_str().unwrap_or_default();
    let length = description.chars().count();
    let is_allowed =
        |character: char| (' '..='~').contains(&character) && !"\"\\".contains(character);
    if members == ["error", "error_description"]
        && body["error"] == error
        && description.ends_with(&format!(" ({check})"))
        && (1..=DESCRIPTION_LIMIT).contains(&length)
        && description.chars().all(is_allowed)
    {
        Ok(())
    } else {
        Err(format!("{body}, not {error} ({check})"))
    }
}

fn shown(case: &Case, body: &Value) -> Result<(), String> {
    for (name, value) in &case.shows {
        if body.get(name) != value.as_ref() {
            return Err(format!("{name} is not {value:?} in {body}"));
        }
    }
    Ok(())
}
