//! Every status that a source documents, as each system answers it. Written from the sources:
//! OB DCR (statuses of each operation, `OBRegistrationError1`), the OB read/write profile, RFC 6749
//! §5.2, RFC 6750 §3, Raidiam Connect's pages on `GET /reg/:ClientId` and `GET /clients/:ClientId`,
//! and node oidc-provider.

use aspsp_emulator::dialect::Operation::{
    self, Assertion, Client, Clients, Delete, Discovery, Jwks, Read, Register, Token, Update,
};
use aspsp_emulator::dialect::fault::Refusal;
use serde_json::{from_value, json};

use super::*;

const TEXT: &str = "scripted by a scenario";
/// What `error` is one of in the UK (OB DCR, 400).
const UK_ERRORS: [&str; 4] = [
    "invalid_redirect_uri",
    "invalid_client_metadata",
    "invalid_software_statement",
    "unapproved_software_statement",
];
const UK_BANKS: [&str; 5] = [
    "uk-ob-3.1",
    "uk-ob-3.2",
    "uk-ob-3.3",
    "uk-ob-3.4",
    "virgin-money",
];

fn error(code: &str) -> Value {
    json!({ "error": code, "error_description": TEXT })
}

fn errors() -> Value {
    json!({ "errors": [TEXT] })
}

/// The answer is this body, with these header fields and no others.
fn answers(
    bank: &Bank,
    status: u16,
    operations: &[Option<Operation>],
    body: Option<&Value>,
    headers: &[(&'static str, &str)],
) {
    for operation in operations {
        let refusal = bank.scripted(*operation, status, None);
        let owned = headers
            .iter()
            .map(|(name, value)| (*name, (*value).to_owned()));
        let expected = Refusal {
            status,
            headers: owned.collect(),
            body: body.cloned(),
        };
        assert_eq!(refusal, expected, "{} {operation:?}", bank.id);
    }
}

const AGAIN: [(&str, &str); 1] = [("retry-after", "1")];
const REGISTRATION: [Option<Operation>; 4] =
    [Some(Register), Some(Read), Some(Update), Some(Delete)];
const READING: [Option<Operation>; 3] = [Some(Clients), Some(Client), Some(Assertion)];
const OTHERS: [Option<Operation>; 3] = [Some(Discovery), Some(Jwks), None];

#[test]
fn uk_open_banking_and_virgin_money() {
    let world = world();
    for id in UK_BANKS {
        let bank = bank(&world, id);
        // 400: error and error_description, and nothing else.
        let metadata = error("invalid_client_metadata");
        answers(&bank, 400, &REGISTRATION, Some(&metadata), &[]);
        assert!(UK_ERRORS.contains(&metadata["error"].as_str().unwrap()));
        answers(&bank, 400, &OTHERS, None, &[]);
        // 401: no body, and `^Bearer .*`.
        let challenge = format!("Bearer realm=\"{id}\", error=\"invalid_token\"");
        let challenge = [("www-authenticate", challenge.as_str())];
        for operations in [&REGISTRATION[..], &OTHERS] {
            answers(&bank, 401, operations, None, &challenge);
            for status in [403, 404, 406, 415, 500, 502, 504] {
                answers(&bank, status, operations, None, &[]);
            }
            for status in [429, 503] {
                answers(&bank, status, operations, None, &AGAIN);
            }
        }
        of_token_endpoint(&bank);
        for status in [403, 404, 500] {
            answers(&bank, status, &[Some(Token)], None, &[]);
        }
        answers(&bank, 503, &[Some(Token)], None, &AGAIN);
    }
}

/// RFC 6749 §5.2; a challenge is for those who sent an Authorization header.
fn of_token_endpoint(bank: &Bank) {
    let token = [Some(Token)];
    answers(bank, 400, &token, Some(&error("invalid_request")), &[]);
    answers(bank, 401, &token, Some(&error("invalid_client")), &[]);
    for status in [406, 502, 504] {
        answers(bank, status, &token, None, &[]);
    }
    answers(bank, 429, &token, None, &AGAIN);
}

#[test]
fn open_finance_brasil() {
    let world = world();
    let bank = bank(&world, BRAZIL);
    let invalid_request = error("invalid_request");
    let invalid_request = Some(&invalid_request);
    let metadata = error("invalid_client_metadata");
    answers(
        &bank,
        400,
        &[Some(Register), Some(Update)],
        Some(&metadata),
        &[],
    );
    answers(
        &bank,
        400,
        &[Some(Read), Some(Delete)],
        invalid_request,
        &[],
    );
    answers(&bank, 400, &OTHERS, invalid_request, &[]);
    let issuer = bank.issuer(&world.urls.for_host(None));
    let challenge =
        format!("Bearer realm=\"{issuer}\", error=\"invalid_token\", error_description=\"{TEXT}\"");
    let challenge = [("www-authenticate", challenge.as_str())];
    let invalid_token = error("invalid_token");
    answers(&bank, 401, &REGISTRATION, Some(&invalid_token), &challenge);
    answers(&bank, 403, &REGISTRATION, invalid_request, &[]);
    // The page of Raidiam Connect: errors for a client that is not there, else no bodies.
    let of_client = [Some(Read), Some(Update), Some(Delete)];
    answers(&bank, 404, &of_client, Some(&errors()), &[]);
    for status in [500, 502, 504] {
        answers(&bank, status, &[Some(Read)], None, &[]);
    }
    answers(&bank, 429, &REGISTRATION, None, &AGAIN);
    answers(&bank, 503, &[Some(Read)], None, &AGAIN);
    // The engine: unknown routes and its own failures are JSON.
    let engine = [Some(Register), Some(Token), Some(Discovery), None];
    answers(&bank, 404, &engine, invalid_request, &[]);
    let server_error = error("server_error");
    answers(&bank, 500, &engine, Some(&server_error), &[]);
    answers(&bank, 503, &engine, Some(&server_error), &AGAIN);
    for status in [406, 502, 504] {
        answers(&bank, status, &engine, None, &[]);
    }
    of_token_endpoint(&bank);
}

#[test]
fn raidiam_directory() {
    let world = world();
    let bank = bank(&world, DIRECTORY);
    for status in [400, 404] {
        for operations in [&READING[..], &OTHERS] {
            answers(&bank, status, operations, Some(&errors()), &[]);
        }
    }
    let challenge = "Bearer realm=\"raidiam-directory\", error=\"invalid_token\"";
    let challenge = [("www-authenticate", challenge)];
    answers(&bank, 401, &READING, None, &challenge);
    for status in [403, 406, 500, 502, 504] {
        answers(&bank, status, &READING, None, &[]);
    }
    for status in [429, 503] {
        answers(&bank, status, &READING, None, &AGAIN);
    }
    of_token_endpoint(&bank);
}

#[test]
fn a_401_has_a_body_where_the_switch_says_so() {
    let world = world();
    for (id, body, is_there) in [(UK, "json", true), (BRAZIL, "empty", false)] {
        let changes = from_value(json!({ "unauthorized_body": body })).unwrap();
        let bank = bank(&world, id).with_policy([&changes]);
        let refusal = bank.scripted(Some(Read), 401, None);
        let expected = is_there.then(|| error("invalid_token"));
        assert_eq!(refusal.body, expected, "{id}");
        assert_eq!(refusal.headers[0].0, "www-authenticate");
    }
}

#[test]
fn a_status_is_the_one_that_was_asked_for_whatever_the_switches_say() {
    let world = world();
    for (switch, value) in [
        ("unknown_client", json!("unauthorized")),
        ("unknown_client", json!("not_found")),
        ("wrong_method", json!("forbidden")),
        (
            "bad_auth_status",
            json!({ "missing": 400, "malformed": 400 }),
        ),
    ] {
        let changes = from_value(json!({ switch: value })).unwrap();
        for bank in world.banks() {
            let bank = bank.with_policy([&changes]);
            for status in 200..600 {
                let every = Operation::ALL.into_iter().map(Some).chain([None]);
                for operation in every {
                    let refusal = bank.scripted(operation, status, None);
                    assert_eq!(refusal.status, status);
                }
            }
        }
    }
}

#[test]
fn a_limit_says_itself_when_to_come_again() {
    let world = world();
    for bank in world.banks() {
        for status in [429, 503] {
            let refusal = bank.scripted(Some(Token), status, Some(17));
            let expected = vec![("retry-after", "17".to_owned())];
            assert_eq!(refusal.headers, expected, "{}", bank.id);
        }
    }
}

#[test]
fn any_other_status_has_an_empty_body() {
    let world = world();
    for bank in world.banks() {
        for status in [200, 201, 204, 302, 402, 408, 413, 415, 418, 501, 599] {
            let refusal = bank.scripted(Some(Register), status, None);
            assert_eq!(refusal, Refusal::empty(status), "{}", bank.id);
        }
    }
}

#[test]
fn a_405_names_the_other_methods_at_the_path() {
    let world = world();
    for (id, operation, methods) in [
        ("uk-ob-3.1", Some(Delete), "GET"),
        (UK, Some(Delete), "GET, PUT"),
        (UK, Some(Read), "PUT, DELETE"),
        (UK, Some(Register), ""),
        (UK, Some(Token), ""),
        (UK, None, ""),
        ("virgin-money", Some(Delete), ""),
        (BRAZIL, Some(Delete), "GET, PUT"),
        (DIRECTORY, Some(Clients), ""),
    ] {
        let bank = bank(&world, id);
        answers(&bank, 405, &[operation], None, &[("allow", methods)]);
    }
}
