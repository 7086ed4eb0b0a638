//! What can be, but is hardly meant.

use std::path::Path;

use super::loaded;
use crate::scenario::{Banks, KnownBank, parse_for};

fn warnings(text: &str) -> Vec<String> {
    let place = |problem: crate::document::problem::Problem| {
        let at = problem.at.unwrap();
        format!("{}:{}: {}", at.line, at.column, problem.text)
    };
    loaded(text).warnings.into_iter().map(place).collect()
}

#[test]
fn what_never_happens_is_warned_of() {
    for (text, expected) in [
        (
            "rules: [{ match: { bank: uk-ob-3.9 }, respond: 500 }]",
            "1:26: no default bank has this id; they are uk-ob-3.1, uk-ob-3.2, uk-ob-3.3, uk-ob-3.4, virgin-money, open-finance-brasil, raidiam-directory; right if your config file names the bank",
        ),
        (
            "rules: [{ chance: 0, respond: 500 }]",
            "1:19: a rule with `chance: 0` never applies",
        ),
        (
            "rules: [{ state: down, respond: 500 }]",
            "1:18: no rule leads to the state `down` by `next_state`; this rule never applies",
        ),
        (
            "rules: [{ respond: 500 }, { match: { operation: read }, respond: 501 }]",
            "1:27: the rule `1` in line 1 ends the search for all that this one matches; this rule never applies",
        ),
        (
            "rules: [{ match: { operation: [read, update] }, fault: close }, { match: { operation: update, method: PUT }, respond: 501, calls: 1 }]",
            "1:65: the rule `1` in line 1 ends the search for all that this one matches; this rule never applies",
        ),
        (
            "rules: [{ match: { sni: { regex: a } }, fault: close }, { match: { sni: { regex: a } }, respond: 501 }]",
            "1:57: the rule `1` in line 1 ends the search for all that this one matches; this rule never applies",
        ),
        (
            "rules: [{ match: { bank: uk-ob-3.1, operation: update }, respond: 500 }]",
            "1:18: no default bank with this id offers this operation; this rule never applies",
        ),
        (
            "rules: [{ match: { bank: [uk-ob-3.3, uk-ob-33] }, respond: 500 }]",
            "1:38: no default bank has this id; they are uk-ob-3.1, uk-ob-3.2, uk-ob-3.3, uk-ob-3.4, virgin-money, open-finance-brasil, raidiam-directory; right if your config file names the bank",
        ),
        (
            "rules: [{ match: { bank: { starts_with: nobody } }, respond: 500 }]",
            "1:26: no default bank has this id; they are uk-ob-3.1, uk-ob-3.2, uk-ob-3.3, uk-ob-3.4, virgin-money, open-finance-brasil, raidiam-directory; right if your config file names the bank",
        ),
        (
            "rules: [{ match: { path: '/x?a=1' }, respond: 500 }]",
            "1:26: a path is compared without its query, and `?` stands for one character; write the path alone",
        ),
        (
            "rules: [{ respond: { status: 200, body: '{{ call }}' } }]",
            "1:41: this text looks like a template, and is sent as it stands; for a template: `template: true`; for the text: `template: false`",
        ),
        (
            "rules: [{ match: { operation: { starts_with: foo } }, respond: 500 }]",
            "1:31: no operation is so; this rule never applies",
        ),
        (
            "rules: [{ match: { operation: register, method: GET }, respond: 500 }]",
            "1:18: no bank offers this operation with this method, only with POST; this rule never applies",
        ),
        (
            "rules: [{ match: { bank: uk-ob-3.3, path: [/uk-ob-3.4/*, /uk-ob-3.2] }, respond: 500 }]",
            "1:18: found the path of another bank than `bank` names; this rule never applies",
        ),
        (
            "rules: [{ match: { operation: token, claim: { /iss: a } }, respond: 500 }]",
            "1:18: found the matcher `claim`, but only register and update have a registration request; this rule never applies",
        ),
        (
            "rules: [{ match: { operation: [read, jwks], jose: { kid: { not: { absent: true } } } }, respond: 500 }]",
            "1:18: found the matcher `jose`, but only register and update have a registration request; this rule never applies",
        ),
        (
            "rules: [{ match: { operation: delete, statement: { /iss: { absent: false } } }, respond: 500 }]",
            "1:18: found the matcher `statement`, but only register and update have a registration request; this rule never applies",
        ),
        (
            "rules: [{ match: { operation: read }, age: { key: ..3s }, respond: 500 }]",
            "1:9: found the age of the `key`, but only register and update have a registration request; this rule never applies",
        ),
        (
            "rules: [{ sequence: [{ respond: 500 }, pass, { fault: close }], calls: 1..2 }]",
            "1:72: a sequence goes by the number of the call, so that with these calls its steps 3 never happen",
        ),
        (
            "rules: [{ sequence: [{ respond: 500 }, pass, { fault: close }], calls: every 2 }]",
            "1:72: a sequence goes by the number of the call, so that with these calls its steps 1, 3 never happen",
        ),
        (
            "rules: [{ match: { operation: jwks }, per: client, calls: 1, respond: 500 }]",
            "1:44: requests of this operation have no client and no token; this rule hardly ever applies",
        ),
        (
            "rules: [{ match: { operation: [register, discovery] }, age: { token: ..3s }, respond: 500 }]",
            "1:9: found the age of a client or token, but requests of this operation have none; this rule hardly ever applies",
        ),
        (
            "rules: [{ match: { operation: read } }]",
            "1:9: this rule has no effect and no `next_state`; it does nothing",
        ),
        (
            "rules: [{ delay: 1s, stage: after }]",
            "1:29: `stage: after` does nothing without an answer or a fault; the bank works and answers anyway",
        ),
        (
            "rules: [{ delay: 0s }]",
            "1:18: a delay of nothing does nothing",
        ),
        (
            "policy: {}",
            "1:1: found no rule and no switch; this scenario does nothing",
        ),
        (
            "rules: [{ match: { software_id: { one_of: [a, b], not: [a, b, c] } }, respond: 500 }]",
            "1:33: found a value under `not` that is wanted beside it; this rule never applies",
        ),
        (
            "rules: [{ sequence: [{ respond: 500 }, pass], calls: 3.. }]",
            "1:54: the sequence has 2 steps, so that these calls are beyond its end; this rule never does anything",
        ),
    ] {
        assert_eq!(warnings(text), [expected], "{text}");
    }
}

#[test]
fn what_may_happen_is_not_warned_of() {
    for text in [
        "rules: [{ match: { bank: { not: uk-ob-3.1 } }, respond: 500 }]",
        "rules: [{ state: down, respond: 500 }, { next_state: down, calls: 3 }]",
        "rules: [{ calls: 1, respond: 500 }, { respond: 501 }]",
        "rules: [{ delay: 1s }, { respond: 501 }]",
        "rules: [{ reject: key_unknown }, { respond: 501 }]",
        "rules: [{ per: token, respond: 500 }, { respond: 501 }]",
        "rules: [{ match: { operation: read }, respond: 500 }, { match: { operation: [read, update] }, respond: 501 }]",
        "rules: [{ respond: 500 }, { match: { operation: handshake }, fault: close }]",
        "rules: [{ match: { claim: { /a: 1 } }, respond: 500 }, { match: { claim: { /a: '1' } }, respond: 501 }]",
        "rules: [{ match: { path: '/x?' }, respond: 500 }, { match: { operation: { absent: true } }, respond: 501 }]",
        "rules: [{ respond: { status: 200, body: '{\"a\": {{', template: false } }]",
        "rules: [{ respond: { status: 200, body: '{\"a\": {\"b\": {}}}' } }]",
        "rules: [{ match: { operation: jwks, method: HEAD }, respond: 500 }]",
        "rules: [{ match: { method: OPTIONS }, respond: 500 }]",
        "rules: [{ match: { operation: { not: register }, method: PATCH }, respond: 500 }]",
        "rules: [{ match: { bank: { absent: true }, path: /directory/** }, respond: 404 }]",
        "rules: [{ match: { bank: uk-ob-3.3, path: [/uk-ob-3.3/register, /*/jwks] }, respond: 404 }]",
        "rules: [{ match: { operation: token, claim: { /iss: { not: a } } }, respond: 500 }]",
        "rules: [{ match: { operation: [token, update], claim: { /iss: a } }, respond: 500 }]",
        "rules: [{ match: { operation: token }, reject: method_not_offered }]",
        "rules: [{ match: { sni: { one_of: [a, b], not: a } }, respond: 500 }]",
        "rules: [{ match: { operation: [register, token] }, per: client, respond: 500 }]",
        "rules: [{ sequence: [pass] }]",
        "rules: [{ sequence: [{ respond: 500 }, pass], calls: ..5 }]",
        "rules: [{ sequence: [{ respond: 500 }, pass], stage: after }]",
        "rules: [{ state: start, next_state: down }]",
        "policy: { rotate_rat: true }",
        "rules: [{ match: { header: { a: b } }, respond: 500 }, { match: { header: { c: b } }, respond: 501 }]",
    ] {
        assert_eq!(warnings(text), [""; 0], "{text}");
    }
}

#[test]
fn banks_of_a_config_file_are_those_that_there_are() {
    let banks = Banks::new([KnownBank {
        id: "mine".to_owned(),
        base_path: "/here".to_owned(),
        dialect: &crate::dialect::open_finance_brasil::DIALECT,
    }]);
    for (text, expected) in [
        ("rules: [{ match: { bank: mine }, respond: 500 }]", None),
        (
            "rules: [{ match: { bank: uk-ob-3.3 }, respond: 500 }]",
            Some("no bank has this id; there are: mine"),
        ),
        (
            "rules: [{ match: { operation: assertion }, respond: 500 }]",
            Some("no bank offers this operation; this rule never applies"),
        ),
    ] {
        let loaded = parse_for("given", Path::new("f"), text, &banks).unwrap();
        let found: Vec<String> = loaded.warnings.into_iter().map(|one| one.text).collect();
        assert_eq!(found, Vec::from_iter(expected), "{text}");
    }
}

#[test]
fn warnings_that_are_not_told_are_counted() {
    let many = format!("rules:\n{}", "- { chance: 0, respond: 500 }\n".repeat(150));
    let found = warnings(&many);
    assert_eq!(found.len(), 101);
    assert_eq!(found[100], "101:13: and 50 more warnings");
}
