//! The schemas of all types, each once.
//!
//! A type may be written otherwise than it is read: a member that may be left out of a body is
//! always in an answer. So there are two generators, and what they see differently has two names.

use std::collections::BTreeSet;

use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::Value;

use crate::control::route::SchemaOf;
use crate::domain::json::Object;

/// Where the schemas stand in the document.
const PLACE: &str = "#/components/schemas/";
/// Where they stand as [`PLACE`] has it until it is known which have two names.
const PLACE_OF_BODIES: &str = "#/components/bodies/";

/// Makes the schemas of bodies and answers.
pub struct Schemas {
    bodies: SchemaGenerator,
    answers: SchemaGenerator,
}

impl Schemas {
    pub fn new() -> Self {
        let settings = |place: &'static str| {
            SchemaSettings::draft2020_12().with(|settings| {
                settings.definitions_path = place.into();
                settings.meta_schema = None;
            })
        };
        Self {
            bodies: settings("/components/bodies")
                .for_deserialize()
                .into_generator(),
            answers: settings("/components/schemas")
                .for_serialize()
                .into_generator(),
        }
    }

    /// The schema of what is read.
    pub fn of_body(&mut self, schema: SchemaOf) -> Value {
        schema(&mut self.bodies).to_value()
    }

    /// The schema of what is written.
    pub fn of_answer(&mut self, schema: SchemaOf) -> Value {
        schema(&mut self.answers).to_value()
    }

    /// All schemas that others refer to, by their names. References in `document` are settled.
    pub fn definitions(mut self, document: &mut Value) -> Object {
        let mut definitions = self.answers.take_definitions(true);
        let bodies = self.bodies.take_definitions(true);
        let twofold = twofold(&bodies, &definitions);
        settle(document, &twofold);
        for (name, mut schema) in bodies {
            settle(&mut schema, &twofold);
            definitions.insert(body_name(&name, &twofold), schema);
        }
        definitions.sort_keys();
        definitions
    }
}

/// The names of bodies that mean something else, or lead to it, among the answers.
fn twofold(bodies: &Object, answers: &Object) -> BTreeSet<String> {
    let mut twofold = BTreeSet::new();
    loop {
        let before = twofold.len();
        for (name, schema) in bodies {
            let mut settled = schema.clone();
            settle(&mut settled, &twofold);
            if answers.get(name).is_some_and(|other| *other != settled) {
                twofold.insert(name.clone());
            }
        }
        if twofold.len() == before {
            return twofold;
        }
    }
}

fn body_name(name: &str, twofold: &BTreeSet<String>) -> String {
    if twofold.contains(name) {
        format!("{name}ToSend")
    } else {
        name.to_owned()
    }
}

/// Makes every reference to a body's schema one to where it stands at last.
fn settle(value: &mut Value, twofold: &BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match member {
                    Value::String(reference) if name == "$ref" => {
                        if let Some(name) = reference.strip_prefix(PLACE_OF_BODIES) {
                            *reference = format!("{PLACE}{}", body_name(name, twofold));
                        }
                    }
                    member => settle(member, twofold),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| settle(item, twofold)),
        _ => {}
    }
}
