//! What was probably meant, where a problem of a file's shape does not say it.

use crate::document::problem::Problem;
use crate::document::tree::{Node, Tree};

/// The keys of `match`.
const OF_MATCH: [&str; 13] = [
    "bank",
    "operation",
    "method",
    "path",
    "software_id",
    "org_id",
    "client_id",
    "header",
    "jose",
    "claim",
    "statement",
    "certificate",
    "sni",
];
/// The keys of a rule that no other part of a file has.
const OF_RULE: [&str; 16] = [
    "match",
    "calls",
    "per",
    "chance",
    "state",
    "next_state",
    "after",
    "until",
    "age",
    "stage",
    "respond",
    "reject",
    "alter",
    "limit",
    "sequence",
    "fault",
];
/// Keys of `respond` that are easily written beside it.
const OF_RESPOND: [&str; 3] = ["status", "headers", "body"];

/// The problems of a file's shape, with hints.
pub(super) fn with_hints(root: &Node, mut problems: Vec<Problem>) -> Vec<Problem> {
    for problem in &mut problems {
        if let Some(hint) = key_hint(&problem.text).or_else(|| value_hint(root, problem)) {
            // A word that is alike is not meant where the right one has another place.
            let text = problem.text.split("; did you mean").next();
            problem.text = format!("{}; {hint}", text.unwrap_or_default());
        }
    }
    problems
}

/// Where a key belongs that stands elsewhere.
fn key_hint(text: &str) -> Option<String> {
    let (key, rest) = text.strip_prefix("found the key `")?.split_once('`')?;
    let allowed = rest.strip_prefix("; allowed: ")?;
    let is_of_file = allowed.starts_with("name, description,");
    let is_of_rule = allowed.starts_with("name, match,");
    if OF_MATCH.contains(&key) && (is_of_file || is_of_rule) {
        return Some(format!(
            "it belongs into `match`: match: {{ {key}: … }}{}",
            if is_of_file { ", in a rule" } else { "" }
        ));
    }
    if OF_RULE.contains(&key) && is_of_file {
        return Some("it belongs into a rule, below `rules`".to_owned());
    }
    if OF_RULE.contains(&key) && allowed.starts_with("bank, operation,") {
        return Some("it belongs beside `match`, not into it".to_owned());
    }
    if OF_RESPOND.contains(&key) && is_of_rule {
        return Some(format!(
            "it belongs into `respond`: respond: {{ {key}: … }}"
        ));
    }
    let is_of_fault = allowed.starts_with("stall, truncate,");
    let is_word = [
        "close",
        "reset",
        "garbage",
        "malformed_json",
        "wrong_length",
    ]
    .contains(&key);
    (is_of_fault && is_word).then(|| format!("it stands alone: fault: {key}"))
}

/// How a value is written.
fn value_hint(root: &Node, problem: &Problem) -> Option<String> {
    let text = problem.text.as_str();
    let (found, allowed) = text.strip_prefix("found ")?.split_once("; allowed: ")?;
    let word = found.split('`').nth(1).unwrap_or_default();
    if allowed.starts_with("close, reset,") && !found.starts_with("a list") {
        let measured = match word {
            "truncate" => "{ truncate: 100 }",
            "drip" => "{ drip: { bytes: 10, every: 100ms } }",
            "alert" => "{ alert: unknown_ca }",
            _ => return None,
        };
        return Some(format!("it needs a measure: fault: {measured}"));
    }
    let is_status = allowed.starts_with("a status,") || key_of(root, problem)? == "status";
    if is_status && let Some(digits) = found.strip_prefix("the text") {
        let digits = digits.trim_matches([' ', '`']);
        let number = digits.trim_start_matches('0');
        return digits.parse::<u16>().is_ok().then(|| {
            if number == digits {
                format!("write it without quotes: {digits}")
            } else {
                format!("write it without leading zeros: {number}")
            }
        });
    }
    match (key_of(root, problem)?, found) {
        ("calls", "a list") => Some("such as 3, 1..2, 4.., ..3, every 5".to_owned()),
        ("reject", "a list") => Some("the name of one check; make a rule for each".to_owned()),
        ("chance", _) => {
            let percent: f64 = word.strip_suffix('%')?.trim().parse().ok()?;
            let is_share = (0.0..=100.0).contains(&percent);
            is_share.then(|| format!("{word} is {}", percent / 100.0))
        }
        _ => None,
    }
}

/// The key whose value a problem is with.
fn key_of<'n>(node: &'n Node, problem: &Problem) -> Option<&'n str> {
    match &node.tree {
        Tree::List(items) => items.iter().find_map(|item| key_of(item, problem)),
        Tree::Map(entries) => entries.iter().find_map(|(key, value)| {
            if Some(value.at) == problem.at {
                Some(key.name.as_str())
            } else {
                key_of(value, problem)
            }
        }),
        _ => None,
    }
}
