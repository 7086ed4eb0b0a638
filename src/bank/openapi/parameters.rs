//! What an operation reads besides its body: the ids of its path, header fields, a query.

use serde_json::{Value, json};

use crate::bank::Bank;
use crate::dialect::Operation;
use crate::dialect::checks::directory::{CLIENT_ID_MALFORMED, LONGEST_ID, QUERY_MALFORMED};
use crate::dialect::checks::fapi::{self, FAPI_HEADER_MALFORMED};
use crate::dialect::query::ClientQuery;

/// The header field that every answer has.
pub(super) const INTERACTION_ID: &str = "x-fapi-interaction-id";

impl Bank {
    pub(super) fn parameters(&self, operation: Operation, path: &str) -> Vec<Value> {
        let placeholders = path.split('/').filter_map(placeholder);
        let mut parameters: Vec<Value> = placeholders
            .map(|name| {
                json!({
                    "name": name,
                    "in": "path",
                    "required": true,
                    "schema": self.id_schema(operation),
                })
            })
            .collect();
        // Others than the first are looked at by operations that judge them only.
        let judged = self.has_check(operation, FAPI_HEADER_MALFORMED.name);
        let headers = fapi::FIELDS
            .iter()
            .filter(|field| judged || field.name == INTERACTION_ID);
        parameters.extend(headers.map(|field| {
            json!({
                "name": field.name,
                "in": "header",
                "description": field.allowed,
                "schema": { "type": "string" },
            })
        }));
        if self.has_check(operation, QUERY_MALFORMED.name) {
            let query = ClientQuery::parameters().into_iter();
            parameters
                .extend(query.map(
                    |(name, schema)| json!({ "name": name, "in": "query", "schema": schema }),
                ));
        }
        parameters
    }

    fn id_schema(&self, operation: Operation) -> Value {
        if self.has_check(operation, CLIENT_ID_MALFORMED.name) {
            json!({
                "type": "string",
                "minLength": 1,
                "maxLength": LONGEST_ID,
                "pattern": "^[^<>]*$",
            })
        } else {
            json!({ "type": "string", "minLength": 1 })
        }
    }
}

/// What a segment such as `{ClientId}` stands for.
fn placeholder(segment: &str) -> Option<&str> {
    segment.strip_prefix('{')?.strip_suffix('}')
}
