//! The client information response (RFC 7591 §3.2.1, RFC 7592 §3).

use crate::dialect::{Issued, Operation};
use crate::domain::client::{Client, Metadata};
use crate::domain::json::Object;

/// Members of the answer that only the server sets (RFC 7591 §3.2.1, RFC 7592 §3); none of them is ever
/// registered.
pub const SERVER_OWNED: [&str; 6] = [
    "client_id",
    "client_secret",
    "client_id_issued_at",
    "client_secret_expires_at",
    "registration_client_uri",
    "registration_access_token",
];

/// What the server says of a client: what it added, then what was registered.
#[derive(Debug, Clone, Default)]
pub struct ClientInformation {
    added: Object,
    registered: Metadata,
}

/// That of `client`. The statement itself is left out of a client that is read, where the switches say
/// so.
#[must_use]
pub fn client_information(client: &Client, issued: &Issued<'_>) -> ClientInformation {
    let mut added = Object::new();
    added.insert("client_id".to_owned(), client.id.as_str().into());
    added.insert("client_id_issued_at".to_owned(), client.created_at.into());
    if let Some(secret) = &client.secret {
        added.insert("client_secret".to_owned(), secret.reveal().into());
        // 0: it never expires (RFC 7591 §3.2.1).
        added.insert("client_secret_expires_at".to_owned(), 0.into());
    }
    if let Some(token) = issued.access_token {
        let uri = issued.registration_client_uri.as_str();
        added.insert("registration_client_uri".to_owned(), uri.into());
        added.insert("registration_access_token".to_owned(), token.into());
    }
    let registered = &client.registration.metadata;
    let is_cut = issued.operation == Operation::Read && !issued.policy.echo_software_statement;
    ClientInformation {
        added,
        registered: if is_cut {
            registered.without("software_statement")
        } else {
            registered.clone()
        },
    }
}

impl ClientInformation {
    /// The id of the client.
    #[must_use]
    pub fn client_id(&self) -> Option<&str> {
        self.added.get("client_id")?.as_str()
    }

    /// The JSON object, as text. What was registered is text already, and goes in as it is.
    #[must_use]
    pub fn to_json(&self) -> String {
        // An object of JSON values has a text.
        let added = serde_json::to_string(&self.added).unwrap_or_default();
        let registered = self.registered.as_str();
        match (inner(&added), inner(registered)) {
            ("", _) => registered.to_owned(),
            (_, "") => added,
            (added, registered) => format!("{{{added},{registered}}}"),
        }
    }
}

/// The members of an object, as its text has them.
fn inner(object: &str) -> &str {
    let inner = object.strip_prefix('{');
    inner
        .and_then(|inner| inner.strip_suffix('}'))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::json::members;

    fn information(added: serde_json::Value, registered: serde_json::Value) -> String {
        let information = ClientInformation {
            added: members(added),
            registered: Metadata::of(&members(registered)),
        };
        information.to_json()
    }

    #[test]
    fn the_members_of_both_are_one_object() {
        let cases = [
            (json!({"a": 1}), json!({"b": "}"}), r#"{"a":1,"b":"}"}"#),
            (json!({"a": 1}), json!({}), r#"{"a":1}"#),
            (json!({}), json!({"b": {}}), r#"{"b":{}}"#),
            (json!({}), json!({}), "{}"),
        ];
        for (added, registered, expected) in cases {
            assert_eq!(information(added, registered), expected);
        }
    }
}
