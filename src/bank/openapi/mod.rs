//! What a bank answers on its base path, as an `OpenAPI` 3.1 document.
//!
//! Everything is made from the dialect's tables and the bank's switches: routes, claims, checks and
//! refusals. A scenario may answer otherwise; that is not described.

mod claims;
mod parameters;
mod refusals;
mod request;
mod sample;
mod success;

use serde_json::{Value, json};

use crate::bank::Bank;
use crate::dialect::checks::management::TOKEN_MISSING;
use crate::dialect::checks::transport::{CERTIFICATE_MISSING, METHOD_NOT_OFFERED, ROUTE_UNKNOWN};
use crate::dialect::{Method, Operation, RequestForm};
use crate::domain::client::AuthMethod;
use crate::domain::json::{self, Object};
use crate::domain::urls::BaseUrls;

/// Names of schemas among the components.
const REQUEST: &str = "RegistrationRequest";
const CLIENT: &str = "Client";

/// One operation, at one method of one path.
struct Endpoint {
    operation: Operation,
    method: &'static str,
    path: String,
}

impl Bank {
    /// The `OpenAPI` 3.1 document of this bank, for a caller that knows the emulator by `urls`: a JSON
    /// object whose paths are relative to the bank's base path on the mutual TLS listener. Every
    /// status that the bank gives without a scenario is described, with its body and header fields.
    #[must_use]
    pub fn openapi(&self, urls: &BaseUrls) -> Value {
        let server = |base: &str| json!({ "url": self.under(base, "") });
        let mut paths = Object::new();
        for endpoint in self.endpoints() {
            let is_public = !self.has_check(endpoint.operation, CERTIFICATE_MISSING.name);
            let described = self.described(&endpoint, urls);
            let path = paths.entry(endpoint.path).or_insert_with(|| json!({}));
            if is_public {
                path["servers"] = json!([server(&urls.mtls), server(&urls.tls)]);
            }
            path[endpoint.method.to_ascii_lowercase()] = described;
        }
        json!({
            "openapi": "3.1.0",
            "info": {
                "title": self.id,
                "version": env!("CARGO_PKG_VERSION"),
                "description": format!(
                    "TEST ONLY. What the emulated bank `{}` answers by the rules of `{}` ({}).",
                    self.id, self.dialect().id, self.rules.strictness.as_str()
                ),
            },
            "servers": [server(&urls.mtls)],
            "paths": paths,
            "components": self.components(),
        })
    }

    fn endpoints(&self) -> Vec<Endpoint> {
        let endpoint = |operation, method, path: &str| Endpoint {
            operation,
            method,
            path: format!("/{path}"),
        };
        let discovery = ".well-known/openid-configuration";
        let routes = self.dialect().routes.iter();
        routes
            .map(|route| endpoint(route.operation, route.method.as_str(), route.path))
            .chain([
                endpoint(Operation::Token, Method::Post.as_str(), "token"),
                endpoint(Operation::Discovery, Method::Get.as_str(), discovery),
                endpoint(Operation::Discovery, HEAD, discovery),
                endpoint(Operation::Jwks, Method::Get.as_str(), "jwks"),
                endpoint(Operation::Jwks, HEAD, "jwks"),
            ])
            .collect()
    }

    fn described(&self, endpoint: &Endpoint, urls: &BaseUrls) -> Value {
        let operation = endpoint.operation;
        let is_head = endpoint.method == HEAD;
        let id = operation.as_str();
        let mut responses = Object::new();
        let (status, success) = self.success(operation, urls);
        responses.insert(status.to_string(), success);
        responses.extend(self.refused_responses(operation));
        if is_head {
            // RFC 9110 §9.3.2: the header fields only.
            for response in responses.values_mut().filter_map(Value::as_object_mut) {
                response.remove("content");
            }
        }
        let mut described = json!({
            "operationId": if is_head { format!("{id}_head") } else { id.to_owned() },
            "summary": summary(operation),
            "parameters": self.parameters(operation, &endpoint.path),
            "security": self.security(operation),
        });
        if let Some(body) = self.request_body(operation) {
            described["requestBody"] = body;
        }
        described["responses"] = responses.into();
        described
    }

    /// Any one of these suffices; each is a set of schemes that are all needed.
    fn security(&self, operation: Operation) -> Value {
        if !self.has_check(operation, CERTIFICATE_MISSING.name) {
            return json!([]);
        }
        if self.has_check(operation, TOKEN_MISSING.name) {
            return json!([{ "mutualTLS": [], "bearer": [] }]);
        }
        if operation == Operation::Token && self.takes_basic() {
            return json!([{ "mutualTLS": [] }, { "mutualTLS": [], "basic": [] }]);
        }
        json!([{ "mutualTLS": [] }])
    }

    fn takes_basic(&self) -> bool {
        let methods = &self.rules.policy.auth_methods;
        methods.contains(&AuthMethod::ClientSecretBasic)
    }

    fn has_check(&self, operation: Operation, name: &str) -> bool {
        let mut checks = (self.dialect().checks)(operation).iter().copied().flatten();
        checks.any(|check| check.name == name)
    }

    fn components(&self) -> Value {
        let mut schemas = Object::new();
        if self.dialect().request != RequestForm::None {
            schemas.insert(REQUEST.to_owned(), self.request_claims_schema());
            schemas.insert(CLIENT.to_owned(), self.client_schema());
        }
        if let Some(listed) = self.listed_schema() {
            schemas.insert(CLIENT.to_owned(), listed);
        }
        let mut schemes = json!({
            "mutualTLS": { "type": "mutualTLS" },
            "bearer": { "type": "http", "scheme": "bearer" },
        });
        if self.takes_basic() {
            schemes["basic"] = json!({ "type": "http", "scheme": "basic" });
        }
        json!({
            "schemas": schemas,
            // What is said of a path or a method that this document does not have.
            "responses": {
                "RouteUnknown": self.refused_response(&ROUTE_UNKNOWN),
                "MethodNotOffered": self.refused_response(&METHOD_NOT_OFFERED),
            },
            "securitySchemes": schemes,
            "headers": {
                parameters::INTERACTION_ID: {
                    "description": "As sent if it has this form, else a fresh UUID.",
                    "required": true,
                    "schema": { "type": "string", "pattern": "^[a-zA-Z0-9][a-zA-Z0-9-]{0,99}$" },
                },
            },
        })
    }
}

const HEAD: &str = "HEAD";

/// A reference to a schema among the components.
fn schema_ref(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// The header fields of every answer.
fn common_headers() -> Object {
    let id = parameters::INTERACTION_ID;
    json::members(json!({ id: { "$ref": format!("#/components/headers/{id}") } }))
}

fn summary(operation: Operation) -> &'static str {
    match operation {
        Operation::Register => "Creates a client",
        Operation::Read => "Reads a client",
        Operation::Update => "Replaces a client",
        Operation::Delete => "Deletes a client and its tokens",
        Operation::Token => "Issues an access token",
        Operation::Discovery => "The discovery document",
        Operation::Jwks => "The bank's own public keys",
        Operation::Clients => "Lists clients",
        Operation::Client => "Reads a listed client",
        Operation::Assertion => "Signs a software statement",
    }
}
