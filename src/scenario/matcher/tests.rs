use serde_json::json;

use super::*;
use crate::domain::json::members;
use crate::scenario::seen::{HANDSHAKE, Seen};

fn literal(value: Value) -> Literal {
    let written = match &value {
        Value::Array(_) | Value::Object(_) => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    };
    Literal { written, value }
}

fn equals(value: Value) -> Matcher {
    Matcher::Equals(literal(value))
}

fn one_of(values: &[&str]) -> Matcher {
    Matcher::OneOf(values.iter().map(|value| literal(json!(value))).collect())
}

fn contains(value: Value) -> Matcher {
    Matcher::Contains(literal(value))
}

fn regex(text: &str) -> Matcher {
    Matcher::Regex(Regex::new(text).unwrap())
}

fn glob(text: &str) -> Matcher {
    Matcher::Glob(glob::Pattern::new(text).unwrap())
}

fn not(matcher: Matcher) -> Matcher {
    Matcher::Not(Box::new(matcher))
}

fn pointer(tokens: &[&str]) -> Pointer {
    Pointer(tokens.iter().map(|token| (*token).to_owned()).collect())
}

#[test]
fn texts_are_compared_as_they_are_written() {
    for (matcher, text, expected) in [
        (equals(json!("a")), "a", true),
        (equals(json!("a")), "A", false),
        (equals(json!(5)), "5", true),
        (equals(json!(true)), "true", true),
        (equals(json!(["a"])), "a", false),
        (one_of(&["a", "b"]), "b", true),
        (one_of(&[]), "b", false),
        (contains(json!("bc")), "abcd", true),
        (contains(json!("x")), "abcd", false),
        (Matcher::StartsWith("ab".into()), "abcd", true),
        (Matcher::StartsWith("bc".into()), "abcd", false),
        (regex("b.d"), "abcd", true),
        (regex("^b"), "abcd", false),
        (glob("/*/register"), "/uk-ob-3.3/register", true),
        (glob("/*/register"), "/a/b/register", false),
        (glob("/**/register"), "/a/b/register", true),
        (glob("/*/Register"), "/a/register", false),
        (not(equals(json!("a"))), "b", true),
        (not(equals(json!("a"))), "a", false),
        (Matcher::Absent(true), "a", false),
        (Matcher::Absent(false), "a", true),
        (Matcher::All(vec![regex("a"), not(regex("b"))]), "ac", true),
        (Matcher::All(vec![regex("a"), not(regex("b"))]), "ab", false),
        (Matcher::All(vec![]), "", true),
    ] {
        assert_eq!(
            matcher.holds(Subject::Text(text)),
            expected,
            "{matcher:?} {text}"
        );
    }
}

#[test]
fn what_is_missing_is_absent_and_nothing_else() {
    for (matcher, expected) in [
        (equals(json!("")), false),
        (equals(Value::Null), false),
        (regex(""), false),
        (glob("*"), false),
        (Matcher::Absent(true), true),
        (Matcher::Absent(false), false),
        (not(equals(json!("a"))), true),
        (Matcher::All(vec![]), true),
    ] {
        for subject in [Subject::Missing, Subject::Header(&[("b", "x")], "a")] {
            assert_eq!(matcher.holds(subject), expected, "{matcher:?}");
        }
    }
}

#[test]
fn json_is_compared_by_type_and_value() {
    for (matcher, value, expected) in [
        (equals(json!(5)), json!(5), true),
        (equals(json!(5)), json!(5.0), true),
        (equals(json!(5)), json!("5"), false),
        (equals(json!("5")), json!(5), false),
        (
            equals(json!(9_007_199_254_740_993_u64)),
            json!(9_007_199_254_740_992_u64),
            false,
        ),
        (equals(json!(true)), json!(true), true),
        (equals(json!(null)), json!(null), true),
        (equals(json!({"a": [1, 2.0]})), json!({"a": [1.0, 2]}), true),
        (equals(json!({"a": 1})), json!({"a": 1, "b": 2}), false),
        (equals(json!([1, 2])), json!([1]), false),
        (one_of(&["a", "b"]), json!("b"), true),
        (one_of(&["1"]), json!(1), false),
        (contains(json!("b")), json!("abc"), true),
        (contains(json!("b")), json!(["a", "b"]), true),
        (contains(json!("b")), json!(["abc"]), false),
        (contains(json!(1)), json!([1.0]), true),
        (contains(json!("a")), json!({"a": 1}), false),
        (Matcher::StartsWith("1".into()), json!(12), false),
        (regex("^a"), json!("ab"), true),
        (regex("1"), json!(1), false),
        (Matcher::Absent(true), json!(null), false),
        (not(equals(json!(5))), json!("5"), true),
    ] {
        assert_eq!(
            matcher.holds(Subject::Json(&value)),
            expected,
            "{matcher:?} {value}"
        );
    }
}

#[test]
fn a_header_of_several_lines_is_any_of_them_and_all_of_them_joined() {
    let fields = [("accept", "a"), ("other", "x"), ("accept", "b")];
    for (matcher, expected) in [
        (equals(json!("a")), true),
        (equals(json!("b")), true),
        (equals(json!("a, b")), true),
        (equals(json!("x")), false),
        (regex("^a, b$"), true),
        (not(equals(json!("b"))), false),
        (not(equals(json!("x"))), true),
        (
            Matcher::All(vec![equals(json!("a")), equals(json!("b"))]),
            true,
        ),
        (Matcher::Absent(false), true),
    ] {
        let found = matcher.holds(Subject::Header(&fields, "accept"));
        assert_eq!(found, expected, "{matcher:?}");
    }
}

#[test]
fn names_are_the_same_in_upper_and_lower_case() {
    for matcher in [
        equals(json!("Bank.Example")),
        one_of(&["x", "BANK.example"]),
        contains(json!("K.E")),
        Matcher::StartsWith("BANK".into()),
        regex(r"^bank\.example$"),
        regex("^bAnk"),
        glob("*.EXAMPLE"),
    ] {
        assert!(matcher.holds(Subject::Name("bAnk.example")), "{matcher:?}");
        assert!(!matcher.holds(Subject::Name("other")), "{matcher:?}");
        assert!(!not(matcher).holds(Subject::Name("bAnk.example")));
    }
}

/// An exchange for which every matcher of [`everything`] holds.
fn seen() -> Seen<'static> {
    let mut seen = Seen {
        bank: Some("uk-ob-3.3"),
        operation: Some("register"),
        method: "POST",
        path: "/uk-ob-3.3/register",
        software_id: Some("software".to_owned()),
        org_id: Some("org".to_owned()),
        client_id: Some("client".to_owned()),
        headers: vec![("x-a", "1")],
        certificate: Some(SeenCertificate {
            serial: "0a".to_owned(),
            ..SeenCertificate::default()
        }),
        sni: Some("localhost"),
        ..Seen::default()
    };
    seen.request.jose = Some(members(json!({"alg": "PS256"})));
    seen.request.claims = Some(members(json!({"aud": "bank"})));
    seen.request.statement = Some(members(json!({"iss": "directory"})));
    seen
}

fn everything() -> Matching {
    let text = |value: &str| Some(equals(json!(value)));
    Matching {
        bank: text("uk-ob-3.3"),
        operation: text("register"),
        method: text("POST"),
        path: Some(glob("/*/register")),
        software_id: text("software"),
        org_id: text("org"),
        client_id: text("client"),
        header: vec![("x-a".to_owned(), equals(json!(1)))],
        jose: vec![("alg".to_owned(), equals(json!("PS256")))],
        claim: vec![(pointer(&["aud"]), equals(json!("bank")))],
        statement: vec![(pointer(&["iss"]), equals(json!("directory")))],
        certificate: vec![(CertificateField::Serial, equals(json!("0A")))],
        sni: text("LOCALHOST"),
    }
}

type Change = fn(&mut Seen<'static>);

#[test]
fn each_matcher_can_miss_and_says_so() {
    assert_eq!(everything().missed(&seen()), None);
    assert_eq!(Matching::default().missed(&seen()), None);
    assert_eq!(Matching::default().missed(&Seen::default()), None);
    let changes: [(&str, Change); 13] = [
        ("bank", |seen| seen.bank = None),
        ("operation", |seen| seen.operation = None),
        ("method", |seen| seen.method = "post"),
        ("path", |seen| seen.path = "/register"),
        ("software_id", |seen| seen.software_id = None),
        ("org_id", |seen| seen.org_id = None),
        ("client_id", |seen| seen.client_id = None),
        ("header", |seen| seen.headers.clear()),
        ("jose", |seen| seen.request.jose = None),
        ("claim", |seen| seen.request.claims = None),
        ("statement", |seen| seen.request.statement = None),
        ("certificate", |seen| seen.certificate = None),
        ("sni", |seen| seen.sni = None),
    ];
    for (word, change) in changes {
        let mut other = seen();
        change(&mut other);
        assert_eq!(everything().missed(&other), Some(word));
    }
    // The first of several, in the order of the language.
    for from in 0..changes.len() {
        let mut other = seen();
        changes[from..]
            .iter()
            .for_each(|(_, change)| change(&mut other));
        assert_eq!(everything().missed(&other), Some(changes[from].0));
    }
}

#[test]
fn a_handshake_is_for_rules_whose_operation_says_so() {
    let handshake = Seen {
        operation: Some(HANDSHAKE),
        ..Seen::default()
    };
    for (operation, expected) in [
        (None, Some("operation")),
        (Some(equals(json!("handshake"))), None),
        (Some(one_of(&["register", "handshake"])), None),
        (Some(equals(json!("register"))), Some("operation")),
        (Some(not(equals(json!("register")))), Some("operation")),
        (Some(Matcher::Absent(false)), Some("operation")),
    ] {
        let matching = Matching {
            operation,
            ..Matching::default()
        };
        assert_eq!(matching.missed(&handshake), expected, "{matching:?}");
    }
}
