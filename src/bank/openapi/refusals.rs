//! What an operation answers that is refused: by its checks, by a limit of the server, or because
//! the emulator could not do it. Each answer is the dialect's own.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::bank::Bank;
use crate::bank::openapi::common_headers;
use crate::bank::openapi::sample::object_like;
use crate::dialect::Operation;
use crate::dialect::checks::Check;
use crate::dialect::fault::{DESCRIPTION_LIMIT, Fault, Refusal};
use crate::domain::json::Object;

/// What may happen to any request, whatever it asks for.
const ANYWHERE: [(Fault, &str); 4] = [
    (Fault::HeadersTooLarge, "header fields over the limit"),
    (Fault::TargetTooLong, "a request target over the limit"),
    (Fault::BodyTimeout, "a body that comes too slowly"),
    (Fault::BodyUnreadable, "a body that breaks off"),
];
/// What may happen to a request that was judged.
const INTERNAL: (Fault, &str) = (Fault::Internal, "the emulator itself failed");
/// What may happen to one that is to be kept.
const FULL: (Fault, &str) = (Fault::Full, "as many clients as there may be");

/// Everything that is answered with one status.
#[derive(Default)]
struct Refused {
    causes: Vec<&'static str>,
    refusals: Vec<Refusal>,
    is_method: bool,
}

impl Bank {
    /// The response of each status that refuses, by status.
    pub(super) fn refused_responses(&self, operation: Operation) -> Object {
        let mut by_status: BTreeMap<u16, Refused> = BTreeMap::new();
        for (fault, cause) in self.causes(operation) {
            let refusal = self.refusal(fault, "");
            let refused = by_status.entry(refusal.status).or_default();
            refused.add(fault, cause, refusal);
        }
        by_status
            .into_iter()
            .map(|(status, refused)| (status.to_string(), refused.response(status)))
            .collect()
    }

    /// The response of one check.
    pub(super) fn refused_response(&self, check: &'static Check) -> Value {
        let refusal = self.refusal(check.fault, "");
        let status = refusal.status;
        let mut refused = Refused::default();
        refused.add(check.fault, check.name, refusal);
        refused.response(status)
    }

    /// Every fault that may be answered, with the name of its check or what happened.
    fn causes(&self, operation: Operation) -> Vec<(Fault, &'static str)> {
        let checks = (self.dialect().checks)(operation).iter().copied().flatten();
        let mut causes: Vec<(Fault, &'static str)> = checks
            .flat_map(|check| {
                let others = check.fault.others().iter().copied();
                let faults = std::iter::once(check.fault).chain(others);
                faults.map(|fault| (fault, check.name))
            })
            .collect();
        if !causes.is_empty() {
            causes.push(INTERNAL);
        }
        if operation == Operation::Register {
            causes.push(FULL);
        }
        causes.extend(ANYWHERE);
        causes
    }
}

impl Refused {
    fn add(&mut self, fault: Fault, cause: &'static str, refusal: Refusal) {
        if !self.causes.contains(&cause) {
            self.causes.push(cause);
        }
        self.is_method |= fault == Fault::MethodNotOffered;
        self.refusals.push(refusal);
    }

    fn response(&self, status: u16) -> Value {
        let mut response = json!({
            "description": format!("Refused: {}", self.causes.join(", ")),
            "headers": self.headers(status),
        });
        let schemas = self.schemas();
        if !schemas.is_empty() {
            let schema = match &schemas[..] {
                [only] => only.clone(),
                several => json!({ "anyOf": several }),
            };
            response["content"] = json!({ "application/json": { "schema": schema } });
            // OpenAPI has no word for a body that is not always there.
            if self.refusals.iter().any(|refusal| refusal.body.is_none()) {
                response["x-may-be-empty"] = true.into();
            }
        }
        response
    }

    /// Those of all refusals; required where each of them has it.
    fn headers(&self, status: u16) -> Object {
        let mut headers = common_headers();
        let all = self.refusals.iter().flat_map(|refusal| &refusal.headers);
        for (name, _) in all {
            let has = |refusal: &Refusal| refusal.headers.iter().any(|(known, _)| known == name);
            headers.insert(
                (*name).to_owned(),
                text_header(self.refusals.iter().all(has)),
            );
        }
        if self.is_method && status == 405 {
            headers.insert("allow".to_owned(), text_header(true));
        }
        headers
    }

    /// The schemas of the bodies, each once; those that differ by their `error` only are one.
    fn schemas(&self) -> Vec<Value> {
        let mut codes: Vec<&Value> = Vec::new();
        let mut schemas: Vec<Value> = Vec::new();
        for body in self
            .refusals
            .iter()
            .filter_map(|refusal| refusal.body.as_ref())
        {
            let code = body.get("error");
            if let Some(code) = code.filter(|code| !codes.contains(code)) {
                codes.push(code);
            }
            let schema = schema_of(body);
            if !schemas.contains(&schema) {
                schemas.push(schema);
            }
        }
        for schema in &mut schemas {
            if let Some(error) = schema["properties"].get_mut("error") {
                *error = json!({ "enum": codes });
            }
        }
        schemas
    }
}

fn text_header(required: bool) -> Value {
    json!({ "required": required, "schema": { "type": "string" } })
}

/// The schema of a body that refuses: its members, whatever their texts.
fn schema_of(body: &Value) -> Value {
    match body {
        Value::Object(members) => object_like(members, schema_of),
        Value::Array(_) => json!({ "type": "array", "minItems": 1, "items": text() }),
        _ => text(),
    }
}

/// What [`describable`](crate::dialect::fault::describable) lets through.
fn text() -> Value {
    json!({
        "type": "string",
        "maxLength": DESCRIPTION_LIMIT,
        "pattern": r"^[ !#-\[\]-~]*$",
    })
}
