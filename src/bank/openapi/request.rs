//! What an operation takes as its body.

use serde_json::{Value, json};

use crate::bank::Bank;
use crate::bank::openapi::{REQUEST, schema_ref};
use crate::bank::token_request::ASSERTION_TYPE;
use crate::dialect::policy::PutClientId;
use crate::dialect::{Operation, RequestForm};
use crate::domain::client::AuthMethod;
use crate::domain::json::Object;

/// Three base64url parts (RFC 7515 §3.1).
const COMPACT_JWS: &str = r"^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$";

impl Bank {
    pub(super) fn request_body(&self, operation: Operation) -> Option<Value> {
        let content = match operation {
            Operation::Register | Operation::Update => self.registration_content(operation)?,
            Operation::Token => {
                let form = json!({ "schema": self.form_schema() });
                Object::from_iter([("application/x-www-form-urlencoded".to_owned(), form)])
            }
            _ => return None,
        };
        Some(json!({ "required": true, "content": content }))
    }

    /// Under each media type that is taken, the published one first.
    fn registration_content(&self, operation: Operation) -> Option<Object> {
        let dialect = self.dialect();
        let claims = self.claims_schema(operation);
        let schema = match dialect.request {
            RequestForm::SignedJwt => compact_jws(Some(claims)),
            RequestForm::Json => claims,
            RequestForm::None => return None,
        };
        let taken = &self.rules.policy.content_types;
        let own = taken
            .iter()
            .filter(|kind| dialect.request_media_type == Some(kind.as_str()));
        let others = taken
            .iter()
            .filter(|kind| dialect.request_media_type != Some(kind.as_str()));
        let content = own.chain(others);
        Some(
            content
                .map(|kind| (kind.clone(), json!({ "schema": schema })))
                .collect(),
        )
    }

    fn claims_schema(&self, operation: Operation) -> Value {
        let claims = schema_ref(REQUEST);
        let is_named = self.rules.policy.put_client_id == PutClientId::Required;
        if operation == Operation::Update && is_named {
            return json!({ "allOf": [claims, { "required": ["client_id"] }] });
        }
        claims
    }

    /// A token request (RFC 6749 §4.4.2, RFC 7521 §4.2).
    fn form_schema(&self) -> Value {
        let methods = &self.rules.policy.auth_methods;
        let text = || json!({ "type": "string", "minLength": 1 });
        let scopes = self.dialect().values.scopes.iter();
        let scopes: Vec<&str> = scopes.map(|(value, _)| *value).collect();
        let mut properties = json!({
            "grant_type": { "type": "string", "enum": ["client_credentials"] },
            "scope": {
                "type": "string",
                "description": format!("Some of: {}", scopes.join(" ")),
            },
            "client_id": text(),
        });
        if methods.contains(&AuthMethod::ClientSecretPost) {
            properties["client_secret"] = text();
        }
        if methods.iter().any(|method| method.uses_assertion()) {
            properties["client_assertion_type"] =
                json!({ "type": "string", "enum": [ASSERTION_TYPE] });
            properties["client_assertion"] = compact_jws(None);
        }
        json!({ "type": "object", "properties": properties, "required": ["grant_type"] })
    }
}

/// A compact JWS; with the schema of its claims, where there is one.
pub(super) fn compact_jws(claims: Option<Value>) -> Value {
    let mut schema = json!({
        "type": "string",
        "contentMediaType": "application/jwt",
        "pattern": COMPACT_JWS,
    });
    if let Some(claims) = claims {
        schema["x-claims"] = claims;
    }
    schema
}
