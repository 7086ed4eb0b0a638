//! The schema says of a file what the loader says, as far as a schema can know.

use std::sync::LazyLock;

use jsonschema::Validator;
use serde_json::Value;

use super::{loaded, problems};
use crate::document::tree::{Node, Tree};
use crate::scenario::{builtin, schema};

/// A document as the schema's judge sees it.
fn json(text: &str) -> Value {
    fn value(node: &Node) -> Value {
        match &node.tree {
            Tree::Null | Tree::Number(_, None) => Value::Null,
            Tree::Bool(value) => (*value).into(),
            Tree::Number(_, Some(value)) => value.clone().into(),
            Tree::Text(text) => text.as_str().into(),
            Tree::List(list) => list.iter().map(value).collect(),
            Tree::Map(map) => map
                .iter()
                .map(|(key, node)| (key.name.clone(), value(node)))
                .collect(),
        }
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    value(&Node::parse(text).unwrap())
}

/// Whether the schema takes a file.
pub(super) fn accepts(text: &str) -> bool {
    static JUDGE: LazyLock<Validator> =
        LazyLock::new(|| jsonschema::draft202012::new(&schema()).unwrap());
    JUDGE.is_valid(&json(text))
}

#[test]
fn the_committed_schema_is_the_programs() {
    let committed = include_str!("../../../../scenarios/schema.json");
    assert_eq!(
        committed,
        format!("{:#}\n", schema()),
        "write it anew: aspsp-emulator schema scenario > scenarios/schema.json"
    );
}

#[test]
fn the_schema_takes_what_the_loader_takes() {
    let schema = schema();
    assert_eq!(
        schema["$schema"],
        "https://json-schema.org/draft/2020-12/schema"
    );
    let judge = jsonschema::draft202012::new(&schema).unwrap();
    for builtin in builtin() {
        let errors = judge
            .iter_errors(&json(builtin.text))
            .map(|error| error.to_string())
            .collect::<Vec<_>>();
        assert_eq!(errors, [""; 0], "{}", builtin.name);
    }
    for good in [
        "policy: { rotate_rat: true }",
        "rules: [{ respond: 503, chance: 0.5, calls: 1 }]",
        "rules: [{ respond: { status: 200, headers: { a: null, b: 5, c: d }, body: { a: [1] } }, calls: every 5, until: 5m }]",
        "rules: [{ match: { claim: { /a: { not: { one_of: [1, x, null] } } }, header: { a: [b, 5] } }, age: { client: ..3s } }]",
        "rules: [{ alter: { set: '', to: null } }, { alter: [{ header: a, to: null }], calls: 1 }]",
        "rules: [{ sequence: [pass, { fault: { stall: 20s } }, { fault: close }] }]",
        "rules: [{ limit: { in_flight: 1 }, delay: { from: 1s, to: 2s } }, { delay: 250ms, interaction_id: omit }]",
        "rules: [{ match: { operation: { starts_with: re }, method: { not: [GET, HEAD] }, bank: { regex: 5.5 }, path: ['*/x', '[/]'], certificate: { serial: 'AB:01', sha256: { one_of: [12, f] } } } }]",
        "rules: [{ match: { sni: { absent: false, regex: a }, claim: { /a~1b: { equals: [1], contains: { a: 1 } }, '': { absent: true } }, jose: { alg: [a, 1.5] } } }]",
        "rules: [{ after: 0, until: ' 1h 30m ', delay: 0, age: { client: 0 .. 1.5s, token: ..3s, key: 1m.. } }]",
        "rules: [{ calls: ' every  5 ' }, { calls: +5 }, { calls: 1 .. 2 }, { calls: ..3 }, { calls: 4.. }]",
        "rules: [{ reject: key_unknown }, { match: { operation: handshake }, fault: { alert: unknown_ca } }]",
        "rules: [{ limit: { calls: 1, every: 1m, burst: 2 }, delay: { median: 1s, p99: 2m } }]",
        "rules: [{ alter: [{ remove: /a }, { status: 201 }, { header: x-a, to: 5 }] }]",
        "policy: {}\nrules: []",
    ] {
        loaded(good);
    }
}

#[test]
fn the_schema_refuses_what_the_loader_refuses() {
    for bad in [
        "nam: a\nrules: []",
        "name: a b\npolicy: {}",
        "name: a.yaml\npolicy: {}",
        "rules: {}",
        "rules: [x]",
        "rules: [{ respnd: 503 }]",
        "rules: [{ respond: 99 }]",
        "rules: [{ respond: '503' }]",
        "rules: [{ respond: { body: x } }]",
        "rules: [{ respond: { status: 200, body: 5 } }]",
        "rules: [{ respond: { status: 200, headers: { a: [] } } }]",
        "rules: [{ chance: 2 }]",
        "rules: [{ calls: [1] }]",
        "rules: [{ per: tpp }]",
        "rules: [{ stage: during }]",
        "rules: [{ match: }]",
        "rules: [{ match: { operation: [] } }]",
        "rules: [{ match: { sni: { is: a } } }]",
        "rules: [{ match: { jose: { x5c: a } } }]",
        "rules: [{ age: { cleint: ..3s } }]",
        "rules: [{ fault: clsoe }]",
        "rules: [{ fault: { truncate: 0 } }]",
        "rules: [{ fault: { drip: { bytes: 1 } } }]",
        "rules: [{ delay: { from: 1s } }]",
        "rules: [{ interaction_id: drop }]",
        "rules: [{ alter: [] }]",
        "rules: [{ alter: { set: a, to: 1 } }]",
        "rules: [{ limit: {} }]",
        "rules: [{ sequence: [{ limit: { in_flight: 1 } }] }]",
        "rules: []",
        "name: a",
        "rules: [{ match: { operation: regster } }]",
        "rules: [{ match: { operation: [read, wirte] } }]",
        "rules: [{ match: { operation: { not: wirte } } }]",
        "rules: [{ match: { operation: { one_of: [wirte] } } }]",
        "rules: [{ match: { operation: { not: { equals: wirte } } } }]",
        "rules: [{ match: { method: get } }]",
        "rules: [{ match: { bank: a b } }]",
        "rules: [{ match: { path: register } }]",
        "rules: [{ match: { path: /w/mine/x } }]",
        "rules: [{ match: { certificate: { serial: xyz } } }]",
        "rules: [{ match: { client_id: [[a]] } }]",
        "rules: [{ match: { header: { 'a b': c } } }]",
        "rules: [{ match: { claim: { iss: c } } }]",
        "rules: [{ match: { statement: { /a~: c } } }]",
        "rules: [{ match: { sni: { absent: true, regex: a } } }]",
        "rules: [{ calls: 0 }]",
        "rules: [{ calls: two }]",
        "rules: [{ calls: .. }]",
        "rules: [{ after: soon }]",
        "rules: [{ after: 30 }]",
        "rules: [{ after: '30' }]",
        "rules: [{ age: { client: 3s } }]",
        "rules: [{ age: { client: .. } }]",
        "rules: [{ age: { client: ..3 } }]",
        "rules: [{ reject: key_unknwon }]",
        "rules: [{ match: { operation: handshake }, fault: { alert: unknwon_ca } }]",
        "rules: [{ respond: 500, reject: key_unknown }]",
        "rules: [{ limit: { in_flight: 1 }, sequence: [pass] }]",
        "rules: [{ sequence: [{ respond: 500, alter: { status: 201 } }] }]",
        "rules: [{ sequence: [] }]",
        "rules: [{ sequence: [{}] }]",
        "rules: [{ respond: { status: 200, headers: { 'a b': c } } }]",
        "rules: [{ alter: { set: /a } }]",
        "rules: [{ alter: { to: 1 } }]",
        "rules: [{ alter: { remove: /a, status: 200 } }]",
        "rules: [{ alter: { remove: '' } }]",
        "rules: [{ alter: { header: a b, to: c } }]",
        "rules: [{ limit: { calls: 1 } }]",
        "rules: [{ limit: { calls: 1, in_flight: 1 } }]",
        "rules: [{ fault: { truncate: 1, stall: 1s } }]",
        "rules: [{ fault: { stall: 20 } }]",
        "rules: [{ delay: fast }]",
        "rules: [{ delay: { from: 2s, p99: 1s } }]",
    ] {
        assert!(!accepts(bad), "schema: {bad}");
        assert!(!problems(bad).is_empty(), "loader: {bad}");
    }
}
