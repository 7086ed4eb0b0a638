//! Whole files in, scenarios or problems out.

mod compiled;
mod refusals;
mod refusals_of_effects;
mod schema;
mod sent;
mod shipped;
mod surprises;
mod warnings;

use std::path::Path;

use super::*;

/// A file that can be used, which the schema must say too.
fn loaded(text: &str) -> Loaded {
    assert!(schema::accepts(text), "schema: {text}");
    parse("given", Path::new("f"), text).unwrap_or_else(|bad| panic!("{text}\n{bad}"))
}

/// The only rule of a file.
fn rule(text: &str) -> Rule {
    let Loaded {
        mut scenario,
        warnings,
    } = loaded(&format!("rules:\n  - {text}\n"));
    let does_nothing = |warning: &Problem| warning.text.contains("has no effect");
    assert!(warnings.iter().all(does_nothing), "{text}\n{warnings:?}");
    assert_eq!(scenario.rules.len(), 1);
    scenario.rules.remove(0)
}

/// `LINE:COLUMN: text` of each problem.
fn problems(text: &str) -> Vec<String> {
    let bad = parse("given", Path::new("f"), text);
    let bad = bad.map(|loaded| panic!("{text}\n{loaded:?}")).unwrap_err();
    let text = bad.to_string();
    text.lines().map(|line| line[2..].to_owned()).collect()
}

/// The whole text of the only problem of each file.
fn refused(cases: &[(&str, &str)]) {
    let mut wrong = Vec::new();
    for (text, expected) in cases {
        let found = problems(text);
        if found != [*expected] {
            wrong.push(format!(
                "{text}\n  expected {expected}\n  but      {found:#?}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
