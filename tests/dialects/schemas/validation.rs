//! The schemas, and values held against them.

use jsonschema::Validator;
use serde_json::{Value, json};

/// Every schema by the name of its file.
macro_rules! schemas {
    ($($name:literal,)+) => {
        const SCHEMAS: &[(&str, &str)] =
            &[$(($name, include_str!(concat!($name, ".json"))),)+];
    };
}

schemas! {
    "bearer-error",
    "errors-array",
    "open-finance-brasil",
    "raidiam-directory-client",
    "raidiam-directory-page",
    "registration-error",
    "registration-error-brasil",
    "token",
    "token-error",
    "uk-ob-3.1",
    "uk-ob-3.2",
    "uk-ob-3.3",
    "uk-ob-3.4",
    "virgin-money",
}

pub fn validator(name: &str) -> Validator {
    let (_, text) = SCHEMAS.iter().find(|(known, _)| *known == name).unwrap();
    compiled(&serde_json::from_str(text).unwrap())
}

pub fn compiled(schema: &Value) -> Validator {
    let options = jsonschema::draft202012::options().should_validate_formats(true);
    options.build(schema).unwrap()
}

/// What is wrong with a value by a schema, one line for each fault.
pub fn faults(validator: &Validator, value: &Value) -> Vec<String> {
    let errors = validator.iter_errors(value);
    errors
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect()
}

/// The value is as this schema has it.
pub fn assert_valid(schema: &str, name: &str, value: &Value) {
    let faults = faults(&validator(schema), value);
    assert!(
        faults.is_empty(),
        "{schema}, {name}: {faults:#?}\n{value:#}"
    );
}

#[test]
pub fn every_schema_is_one_and_refuses_what_is_nothing() {
    for (name, text) in SCHEMAS {
        let schema: Value = serde_json::from_str(text).unwrap();
        assert!(jsonschema::draft202012::meta::is_valid(&schema), "{name}");
        let validator = validator(name);
        for nothing in [json!({}), json!([]), json!(null), json!("")] {
            assert!(!validator.is_valid(&nothing), "{name}: {nothing}");
        }
    }
}

/// A schema notices when a required member is missing or any member is of another type.
pub fn assert_bites(schema: &str, valid: &Value) {
    let text = SCHEMAS
        .iter()
        .find(|(known, _)| *known == schema)
        .unwrap()
        .1;
    let rules: Value = serde_json::from_str(text).unwrap();
    let validator = validator(schema);
    for name in rules["required"].as_array().unwrap() {
        let mut broken = valid.clone();
        broken
            .as_object_mut()
            .unwrap()
            .remove(name.as_str().unwrap());
        assert!(!validator.is_valid(&broken), "{schema} without {name}");
    }
    for name in rules["properties"].as_object().unwrap().keys() {
        let mut broken = valid.clone();
        broken[name] = json!({ "of": "another type" });
        assert!(
            !validator.is_valid(&broken),
            "{schema} with an object as {name}"
        );
    }
}
