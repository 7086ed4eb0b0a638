//! What an operation answers that is done.

use serde_json::{Value, json};

use crate::bank::Bank;
use crate::bank::directory::{Assertion, page};
use crate::bank::openapi::request::compact_jws;
use crate::bank::openapi::sample::schema_like;
use crate::bank::openapi::{CLIENT, common_headers, schema_ref};
use crate::dialect::Operation;
use crate::dialect::query::ClientQuery;
use crate::dialect::registry::{Entry, EntryStatus};
use crate::domain::ecosystem::Ecosystem;
use crate::domain::ids::{OrgId, SoftwareId};
use crate::domain::json::Object;
use crate::domain::role::Role;
use crate::domain::urls::BaseUrls;

const JSON: &str = "application/json";

impl Bank {
    /// Status and response.
    pub(super) fn success(&self, operation: Operation, urls: &BaseUrls) -> (u16, Value) {
        let json = |schema: Value| Some(json!({ JSON: { "schema": schema } }));
        let (status, description, content) = match operation {
            Operation::Register => (201, "The client, created", json(schema_ref(CLIENT))),
            Operation::Read | Operation::Client => (200, "The client", json(schema_ref(CLIENT))),
            Operation::Update => (200, "The client, replaced", json(schema_ref(CLIENT))),
            Operation::Delete => (204, "The client is deleted", None),
            Operation::Token => (200, "An access token", json(self.token_schema())),
            Operation::Discovery => {
                let document = schema_like(&self.discovery(urls).into());
                (200, "The discovery document", json(document))
            }
            Operation::Jwks => (200, "The key set", json(schema_like(&self.jwks()))),
            Operation::Clients => (200, "A page of clients", json(page_schema())),
            Operation::Assertion => (200, "The statement", Some(statements())),
        };
        let mut response = json!({ "description": description, "headers": common_headers() });
        if let Some(content) = content {
            response["content"] = content;
        }
        (status, response)
    }

    /// RFC 6749 §5.1.
    fn token_schema(&self) -> Value {
        json!({
            "type": "object",
            "properties": {
                "access_token": { "type": "string", "minLength": 1 },
                "token_type": { "const": "Bearer" },
                "expires_in": { "const": self.token_lifetime },
                "scope": { "type": "string", "minLength": 1 },
            },
            "required": ["access_token", "token_type", "expires_in"],
            "additionalProperties": false,
        })
    }

    /// A client as a directory lists it; `None` where none is listed.
    pub(super) fn listed_schema(&self) -> Option<Value> {
        let listing = self.dialect().listing?;
        let client = (listing.client)(&entry(), "https://example.com/a.jwks");
        Some(schema_like(&client.into()))
    }
}

fn page_schema() -> Value {
    let mut schema = schema_like(&page(&ClientQuery::default(), 1, &[Object::new()]));
    schema["properties"]["content"]["items"] = schema_ref(CLIENT);
    schema
}

/// A compact JWS under the media type of each ecosystem.
fn statements() -> Value {
    [Ecosystem::Uk, Ecosystem::Brazil]
        .into_iter()
        .map(|ecosystem| {
            let media_type = Assertion::media_type_of(ecosystem);
            (
                media_type.to_owned(),
                json!({ "schema": compact_jws(None) }),
            )
        })
        .collect::<Object>()
        .into()
}

/// An entry with something in every field.
fn entry() -> Entry {
    let text = || "a".to_owned();
    Entry {
        ecosystem: Ecosystem::Uk,
        software_id: SoftwareId::new("a"),
        org_id: OrgId::new("a"),
        name: text(),
        description: text(),
        version: text(),
        host: "example.com".to_owned(),
        redirect_uris: vec![text()],
        roles: vec![Role::Aisp],
        status: EntryStatus::Active,
        updated_at: 0,
    }
}
