//! What a caller can ask of a bank, and where.

use crate::domain::words::shown_by_word;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a caller can ask of a bank.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// Create a client.
    Register,
    /// Read a client.
    Read,
    /// Replace a client.
    Update,
    /// Delete a client.
    Delete,
    /// Issue an access token.
    Token,
    /// The discovery document.
    Discovery,
    /// The bank's own keys.
    Jwks,
    /// List the directory's clients.
    Clients,
    /// Read one of the directory's clients.
    Client,
    /// A software statement.
    Assertion,
}

impl Operation {
    /// Every operation.
    pub const ALL: [Operation; 10] = [
        Operation::Register,
        Operation::Read,
        Operation::Update,
        Operation::Delete,
        Operation::Token,
        Operation::Discovery,
        Operation::Jwks,
        Operation::Clients,
        Operation::Client,
        Operation::Assertion,
    ];

    /// The word in settings and reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Operation::Register => "register",
            Operation::Read => "read",
            Operation::Update => "update",
            Operation::Delete => "delete",
            Operation::Token => "token",
            Operation::Discovery => "discovery",
            Operation::Jwks => "jwks",
            Operation::Clients => "clients",
            Operation::Client => "client",
            Operation::Assertion => "assertion",
        }
    }

    /// Whether a registration request comes with it.
    #[must_use]
    pub fn takes_request(self) -> bool {
        matches!(self, Operation::Register | Operation::Update)
    }
}

shown_by_word!(Operation);

/// A method of HTTP (RFC 9110 §9.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// GET.
    Get,
    /// POST.
    Post,
    /// PUT.
    Put,
    /// DELETE.
    Delete,
}

impl Method {
    /// The method's name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Delete => "DELETE",
        }
    }
}

/// Where an operation lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    /// The operation.
    pub operation: Operation,
    /// Its method.
    pub method: Method,
    /// Its path below the base path; `{…}` stands for one segment.
    pub path: &'static str,
}

/// A segment of a path that stands for the client id.
pub const CLIENT_ID: &str = "{ClientId}";
/// A segment of a path that stands for an organisation's id.
pub const ORG_ID: &str = "{OrganisationId}";
/// A segment of a path that stands for a software's id.
pub const SOFTWARE_ID: &str = "{SoftwareStatementId}";

const fn route(operation: Operation, method: Method, path: &'static str) -> Route {
    Route {
        operation,
        method,
        path,
    }
}

/// `POST`, on a collection.
#[must_use]
pub const fn register(path: &'static str) -> Route {
    route(Operation::Register, Method::Post, path)
}

/// `GET`, on an item of a collection.
#[must_use]
pub const fn read(path: &'static str) -> Route {
    route(Operation::Read, Method::Get, path)
}

/// `PUT`, on an item of a collection.
#[must_use]
pub const fn update(path: &'static str) -> Route {
    route(Operation::Update, Method::Put, path)
}

/// `DELETE`, on an item of a collection.
#[must_use]
pub const fn delete(path: &'static str) -> Route {
    route(Operation::Delete, Method::Delete, path)
}

/// `GET`, for what a directory publishes.
#[must_use]
pub const fn get(operation: Operation, path: &'static str) -> Route {
    route(operation, Method::Get, path)
}
