//! What a template can use: the filters, tests and functions of minijinja that do no harm.

use minijinja::value::Kwargs;
use minijinja::{
    Environment, Error, ErrorKind, UndefinedBehavior, Value, filters, functions, tests,
};

use crate::scenario::template::LONGEST;

/// Every filter.
pub(super) const FILTERS: [&str; 24] = [
    "abs", "bool", "count", "d", "default", "first", "float", "int", "items", "join", "last",
    "length", "list", "lower", "max", "min", "replace", "round", "sort", "split", "string",
    "tojson", "trim", "upper",
];

/// Every test.
pub(super) const TESTS: [&str; 14] = [
    "defined",
    "undefined",
    "none",
    "boolean",
    "number",
    "string",
    "sequence",
    "mapping",
    "true",
    "false",
    "startingwith",
    "endingwith",
    "in",
    "eq",
];

/// The one function.
pub(super) const FUNCTION: &str = "range";

/// Detail of the error of a filter whose text would be longer than it may.
pub(super) const TOO_LONG: &str = "the text becomes too long";

/// An environment with so many steps.
pub(super) fn bounded(fuel: u64) -> Environment<'static> {
    let mut environment = Environment::empty();
    environment.set_fuel(Some(fuel));
    environment.set_undefined_behavior(UndefinedBehavior::Chainable);
    environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
    environment.add_function(FUNCTION, functions::range);
    add_filters(&mut environment);
    add_tests(&mut environment);
    environment
}

fn add_filters(environment: &mut Environment<'static>) {
    environment.add_filter("abs", filters::abs);
    environment.add_filter("bool", filters::bool);
    environment.add_filter("count", filters::length);
    environment.add_filter("d", filters::default);
    environment.add_filter("default", filters::default);
    environment.add_filter("first", filters::first);
    environment.add_filter("float", filters::float);
    environment.add_filter("int", filters::int);
    environment.add_filter("items", filters::items);
    environment.add_filter("join", join);
    environment.add_filter("last", filters::last);
    environment.add_filter("length", filters::length);
    environment.add_filter("list", filters::list);
    environment.add_filter("lower", filters::lower);
    environment.add_filter("max", filters::max);
    environment.add_filter("min", filters::min);
    environment.add_filter("replace", replace);
    environment.add_filter("round", filters::round);
    environment.add_filter("sort", filters::sort);
    environment.add_filter("split", filters::split);
    environment.add_filter("string", filters::string);
    environment.add_filter("tojson", tojson);
    environment.add_filter("trim", filters::trim);
    environment.add_filter("upper", filters::upper);
}

fn add_tests(environment: &mut Environment<'static>) {
    environment.add_test("defined", tests::is_defined);
    environment.add_test("undefined", tests::is_undefined);
    environment.add_test("none", tests::is_none);
    environment.add_test("boolean", tests::is_boolean);
    environment.add_test("number", tests::is_number);
    environment.add_test("string", tests::is_string);
    environment.add_test("sequence", tests::is_sequence);
    environment.add_test("mapping", tests::is_mapping);
    environment.add_test("true", tests::is_true);
    environment.add_test("false", tests::is_false);
    environment.add_test("startingwith", tests::is_startingwith);
    environment.add_test("endingwith", tests::is_endingwith);
    environment.add_test("in", tests::is_in);
    environment.add_test("eq", tests::is_eq);
}

fn too_long() -> Error {
    Error::new(ErrorKind::InvalidOperation, TOO_LONG)
}

/// A value as compact JSON.
fn tojson(value: &Value, _: Kwargs) -> Result<String, Error> {
    let text = serde_json::to_string(value)
        .map_err(|error| Error::new(ErrorKind::BadSerialization, error.to_string()))?;
    if text.len() > LONGEST {
        return Err(too_long());
    }
    Ok(text)
}

/// The items of a list in one text.
fn join(list: &Value, between: Option<String>) -> Result<String, Error> {
    let between = between.unwrap_or_default();
    let mut text = String::new();
    for (index, item) in list.try_iter()?.enumerate() {
        if index > 0 {
            text.push_str(&between);
        }
        text.push_str(&item.to_string());
        if text.len() > LONGEST {
            return Err(too_long());
        }
    }
    Ok(text)
}

/// A text with all occurrences of one in it replaced.
fn replace(text: &str, from: &str, to: &str) -> Result<String, Error> {
    let found = text.matches(from).count();
    if text.len().saturating_add(found.saturating_mul(to.len())) > LONGEST {
        return Err(too_long());
    }
    Ok(text.replace(from, to))
}
