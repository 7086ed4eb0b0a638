//! Every form of a matcher, held against a header field.

use crate::scenarios::cases::party::discovery;
use crate::scenarios::cases::row::Row;
use crate::scenarios::cases::table::{Case, case, play};

/// The matcher, the values that it takes, and those that it does not; `None` for no header field.
type Form = (
    &'static str,
    &'static [Option<&'static str>],
    &'static [Option<&'static str>],
);

const FORMS: [Form; 16] = [
    (
        "gold",
        &[Some("gold")],
        &[Some("Gold"), Some("golden"), None],
    ),
    ("5", &[Some("5")], &[Some("05"), Some("5.0"), None]),
    ("007", &[Some("007")], &[Some("7")]),
    ("1.50", &[Some("1.50")], &[Some("1.5")]),
    ("true", &[Some("true")], &[Some("True"), Some("yes")]),
    ("on", &[Some("on")], &[Some("true")]),
    (
        "[gold, silver, 5]",
        &[Some("gold"), Some("silver"), Some("5")],
        &[Some("iron"), None],
    ),
    ("{ equals: gold }", &[Some("gold")], &[Some("silver"), None]),
    (
        "{ one_of: [gold, silver] }",
        &[Some("gold"), Some("silver")],
        &[Some("iron"), None],
    ),
    (
        "{ contains: old }",
        &[Some("gold"), Some("old")],
        &[Some("silver"), None],
    ),
    (
        "{ starts_with: go }",
        &[Some("gold"), Some("go")],
        &[Some("ergo"), None],
    ),
    (
        r#"{ regex: "^g.+d$" }"#,
        &[Some("gold"), Some("gild")],
        &[Some("old"), Some("gd"), None],
    ),
    (
        "{ regex: l }",
        &[Some("gold"), Some("silver")],
        &[Some("iron"), None],
    ),
    ("{ absent: true }", &[None], &[Some("gold"), Some("")]),
    ("{ absent: false }", &[Some("gold"), Some("")], &[None]),
    ("{ not: gold }", &[Some("silver"), None], &[Some("gold")]),
];

fn row(value: Option<&'static str>, status: u16) -> Row {
    match value {
        Some(value) => discovery().header("x-form", value).gets(status),
        None => discovery().gets(status),
    }
}

fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = FORMS
        .iter()
        .map(|(form, yes, no)| {
            let scenario =
                format!("rules: [{{ match: {{ header: {{ x-form: {form} }} }}, respond: 503 }}]");
            let mut rows: Vec<Row> = yes.iter().map(|value| row(*value, 503)).collect();
            rows.extend(no.iter().map(|value| row(*value, 200)));
            case(*form, scenario, rows)
        })
        .collect();
    cases.push(case(
        "all of several keys",
        r"
        rules:
          - match: { header: { x-form: { starts_with: g, contains: l, not: [gold, gild] } } }
            respond: 503
        ",
        vec![
            row(Some("gulden"), 503),
            row(Some("gold"), 200),
            row(Some("gun"), 200),
            row(Some("old"), 200),
            row(None, 200),
        ],
    ));
    cases.push(case(
        "several lines of one field, each for itself and joined",
        r#"
        rules:
          - match: { header: { x-form: [gold, "silver, iron"] } }
            respond: 503
        "#,
        vec![
            discovery()
                .header("x-form", "tin")
                .header("x-form", "gold")
                .gets(503),
            discovery()
                .header("x-form", "silver")
                .header("x-form", "iron")
                .gets(503),
            discovery()
                .header("x-form", "iron")
                .header("x-form", "silver")
                .gets(200),
        ],
    ));
    cases
}

#[tokio::test]
async fn a_matcher_says_what_a_value_must_be() {
    play(cases()).await;
}
