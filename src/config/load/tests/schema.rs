//! The schema says of a file what the loader says, as far as a schema can know.

use super::{Node, Tree, WHOLE, loaded, problems};
use crate::config::file::schema;

/// A document as the schema's judge sees it.
fn json(text: &str) -> serde_json::Value {
    fn value(node: &Node) -> serde_json::Value {
        match &node.tree {
            Tree::Null => serde_json::Value::Null,
            Tree::Bool(value) => (*value).into(),
            Tree::Number(_, Some(value)) => value.clone().into(),
            Tree::Number(text, None) => text.parse::<f64>().unwrap_or(-1.5).into(),
            Tree::Text(text) => text.as_str().into(),
            Tree::List(list) => list.iter().map(value).collect(),
            Tree::Map(map) => map
                .iter()
                .map(|(key, node)| (key.name.clone(), value(node)))
                .collect(),
        }
    }
    value(&Node::parse(text).unwrap())
}

#[test]
fn schema_and_loader_agree() {
    let schema = schema();
    let judge = jsonschema::draft202012::new(&schema).unwrap();
    let errors: Vec<String> = judge
        .iter_errors(&json(WHOLE))
        .map(|error| error.to_string())
        .collect();
    assert_eq!(errors, [""; 0]);
    for good in [
        "{}",
        "seed: 7",
        "kit: false",
        "kit: ./k",
        "kit_mode: 0644",
        "limits: { body: 65536, idle_timeout: 5s }",
        "listen: { mtls: 127.0.0.1:0 }",
        "banks:",
        "banks: [{ id: a, dialect: uk-ob-3.3, policy: { bad_auth_status: { missing: 400, malformed: 401 }, allowed_algs: [PS256] } }]",
        "tpps: [{ ecosystem: brasil, roles: [PAGTO] }]",
    ] {
        assert!(judge.is_valid(&json(good)), "schema: {good}");
        loaded(good);
    }
    for bad in [
        "lisen: {}",
        "seed: x",
        "seed: -1",
        "seed: 1.5",
        "hostnames: a",
        "hostnames: [1]",
        "control_open: yes",
        "control_token: 429",
        "control_token: ''",
        "kit: true",
        "strictness: hard",
        "scenarios: [1]",
        "scenario_dirs: a",
        "annotate: 1",
        "banks: []",
        "banks: [{}]",
        "banks: [{ id: a }]",
        "banks: [{ id: 'a b', dialect: uk-ob-3.3 }]",
        "banks: [{ id: a, dialect: uk-ob-9 }]",
        "banks: [{ id: a, dialect: uk-ob-3.3, base_path: a/ }]",
        "banks: [{ id: a, dialect: uk-ob-3.3, policy: { aud: some } }]",
        "banks: [{ id: a, dialect: uk-ob-3.3, policy: { audience: any } }]",
        "banks: [{ id: a, dialect: uk-ob-3.3, policy: { bad_auth_status: { missing: 402, malformed: 401 } } }]",
        "banks: [{ id: a, dialect: uk-ob-3.3, token_lifetime: 300 }]",
        "tpps: [{ roles: [AIS] }]",
        "tpps: [{ ecosystem: fr }]",
        "tpps: [{ signing: { csr_file: a, jwks_file: b } }]",
        "tpps: [{ transport: { key: a } }]",
        "directory: { trusted: [{ iss: a }] }",
        "directory: { trusted: [{ iss: '', jwks_file: a }] }",
        "limits: { connections: 0 }",
        "limits: { body: [] }",
        "limits: { journal: 10000001 }",
        "listen: 1",
    ] {
        assert!(!judge.is_valid(&json(bad)), "schema: {bad}");
        assert!(!problems(bad).is_empty(), "loader: {bad}");
    }
}
