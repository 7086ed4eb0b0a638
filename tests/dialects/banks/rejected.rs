//! Answers to checks that did not fail, but were asked to.

use aspsp_emulator::dialect::Operation;
use aspsp_emulator::dialect::fault::Refusal;
use serde_json::json;

use super::*;

fn reject(bank: &Bank, operation: Operation, name: &str) -> Refusal {
    bank.reject(
        Some(operation),
        bank.check_named(Some(operation), name).unwrap(),
    )
}

/// Status, `error` and the names of the header fields.
fn shape(refusal: &Refusal) -> (u16, Value, Vec<&str>) {
    let names = refusal.headers.iter().map(|(name, _)| *name).collect();
    let body = refusal.body.as_ref();
    let code = body.map_or(Value::Null, |body| match body.get("errors") {
        Some(_) => json!("errors"),
        None => body["error"].clone(),
    });
    (refusal.status, code, names)
}

#[test]
fn each_bank_rejects_in_its_own_way() {
    let world = world();
    let (uk, brazil) = (bank(&world, UK), bank(&world, BRAZIL));
    let directory = bank(&world, DIRECTORY);
    let challenged = vec!["www-authenticate"];
    let none = Vec::new;
    for (bank, operation, check, expected) in [
        (
            &uk,
            Operation::Register,
            "statement_signature_invalid",
            (400, json!("invalid_software_statement"), none()),
        ),
        (
            &uk,
            Operation::Register,
            "redirect_uri_not_in_statement",
            (400, json!("invalid_redirect_uri"), none()),
        ),
        (
            &uk,
            Operation::Register,
            "not_acceptable",
            (406, Value::Null, none()),
        ),
        (
            &uk,
            Operation::Register,
            "certificate_untrusted",
            (401, json!("invalid_client"), none()),
        ),
        (
            &uk,
            Operation::Read,
            "token_missing",
            (401, Value::Null, challenged.clone()),
        ),
        (
            &uk,
            Operation::Delete,
            "token_of_another_client",
            (403, Value::Null, none()),
        ),
        (
            &uk,
            Operation::Token,
            "client_authentication_failed",
            (401, json!("invalid_client"), none()),
        ),
        (
            &uk,
            Operation::Token,
            "media_type_unsupported",
            (400, json!("invalid_request"), none()),
        ),
        (
            &uk,
            Operation::Register,
            "media_type_unsupported",
            (415, Value::Null, none()),
        ),
        (
            &brazil,
            Operation::Read,
            "token_invalid",
            (401, json!("invalid_token"), challenged.clone()),
        ),
        (
            &brazil,
            Operation::Register,
            "jwks_by_value",
            (400, json!("invalid_client_metadata"), none()),
        ),
        (
            &brazil,
            Operation::Register,
            "method_not_offered",
            (404, json!("invalid_request"), none()),
        ),
        (
            &uk,
            Operation::Read,
            "method_not_offered",
            (405, Value::Null, vec!["allow"]),
        ),
        (
            &directory,
            Operation::Client,
            "client_unknown",
            (404, json!("errors"), none()),
        ),
    ] {
        let refusal = reject(bank, operation, check);
        assert_eq!(shape(&refusal), expected, "{} {check}", bank.id);
    }
}

#[test]
fn a_text_says_that_it_is_scripted_and_by_which_check() {
    let world = world();
    for (id, operation, check) in [
        (UK, Operation::Register, "request_expired"),
        (BRAZIL, Operation::Read, "token_missing"),
        (BRAZIL, Operation::Read, "token_invalid"),
    ] {
        let body = reject(&bank(&world, id), operation, check).body.unwrap();
        let expected = format!("scripted by a scenario ({check})");
        assert_eq!(body["error_description"], expected);
    }
}

#[test]
fn a_bank_rejects_only_by_checks_that_it_has_there() {
    let world = world();
    let uk = bank(&world, UK);
    for (operation, name) in [
        (Operation::Register, "jwks_by_value"),
        (Operation::Read, "request_expired"),
        (Operation::Discovery, "certificate_missing"),
    ] {
        assert!(uk.check_named(Some(operation), name).is_none(), "{name}");
    }
    for operation in [None, Some(Operation::Discovery), Some(Operation::Token)] {
        for name in ["route_unknown", "method_not_offered"] {
            let check = uk.check_named(operation, name).unwrap();
            assert_eq!(check.name, name);
        }
    }
}
