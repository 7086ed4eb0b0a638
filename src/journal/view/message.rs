//! Requests and answers.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::domain::json::Object;
use crate::journal::exchange::{Body, Exchange, Headers, Message};
use crate::journal::masking::{self, Masking, Shown};
use crate::journal::read;

/// What was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "ExchangeRequest")]
pub struct RequestView {
    /// Header fields and body.
    #[serde(flatten)]
    pub message: MessageView,
    /// The JOSE header of a signed body.
    pub jose: Option<Object>,
    /// The claims of a signed body, or the members of a JSON object.
    pub claims: Option<Object>,
    /// The software statement among them.
    pub statement: Option<StatementView>,
}

/// A software statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "ExchangeStatement")]
pub struct StatementView {
    /// Its JOSE header.
    pub jose: Object,
    /// Its claims.
    pub claims: Object,
}

/// Header fields and a body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "ExchangeMessage")]
pub struct MessageView {
    /// Header fields by lower-case name; several of one name are joined by a comma.
    #[schemars(with = "std::collections::BTreeMap<String, String>")]
    pub headers: Object,
    /// The body; null if there is none.
    pub body: Option<String>,
    /// How it stands there.
    pub body_encoding: BodyEncoding,
    /// How long it was, in bytes.
    pub body_length: usize,
    /// Whether only its beginning is kept.
    pub is_body_cut: bool,
}

/// How a body stands in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BodyEncoding {
    /// As it is.
    Text,
    /// In base64 (RFC 4648 §4), since it is no UTF-8.
    Base64,
}

impl RequestView {
    pub(super) fn new(request: &Message, masking: Masking) -> Self {
        let document = read::document(request.body.bytes());
        let shown = |object: &Object| masking::object(object, masking);
        Self {
            message: MessageView::new(&request.headers, &request.body, masking),
            jose: document.jose.as_ref().map(shown),
            claims: document.claims.as_ref().map(shown),
            statement: document.statement.map(|statement| StatementView {
                jose: shown(&statement.header),
                claims: shown(&statement.claims),
            }),
        }
    }
}

impl MessageView {
    pub(super) fn of_answer(exchange: &Exchange, masking: Masking) -> Option<Self> {
        let answer = exchange.response.as_ref()?;
        Some(Self::new(&answer.headers, &answer.body, masking))
    }

    fn new(headers: &Headers, body: &Body, masking: Masking) -> Self {
        let (text, body_encoding) = shown(masking::body(body, headers, masking));
        Self {
            headers: joined(masking::headers(headers, masking)),
            body: Some(text).filter(|text| !text.is_empty()),
            body_encoding,
            body_length: body.length(),
            is_body_cut: body.is_cut(),
        }
    }
}

/// A body as text.
pub(in crate::journal) fn shown(body: Shown) -> (String, BodyEncoding) {
    match body {
        Shown::Text(text) => (text, BodyEncoding::Text),
        Shown::Binary(bytes) => (STANDARD.encode(bytes), BodyEncoding::Base64),
    }
}

fn joined(fields: Vec<(String, String)>) -> Object {
    let mut headers = Object::new();
    for (name, value) in fields {
        let entry = headers.entry(name).or_insert(Value::Null);
        *entry = match entry.as_str() {
            Some(first) => format!("{first}, {value}").into(),
            None => value.into(),
        };
    }
    headers
}
