//! The answers of rules, and what rules change of the bank's own.

use std::sync::Arc;
use std::sync::OnceLock;
use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;
use warp::http::header::{CONTENT_TYPE, RETRY_AFTER};
use warp::http::{HeaderName, HeaderValue, StatusCode};
use warp::reply::Response;

use crate::bank::Bank;
use crate::domain::client::Client;
use crate::domain::ids::InteractionId;
use crate::domain::json::Object;
use crate::http::call::Asked;
use crate::http::reply;
use crate::http::script::body;
use crate::scenario::Decision;
use crate::scenario::edit::apply;
use crate::scenario::model::{Body, Edit, Fault, InteractionIdEffect, Respond};
use crate::scenario::seen::Sent;
use crate::scenario::template::{Template, TemplateError};
use crate::server::{Delivery, IdOnAnswer, WireFault};

/// What answers are made of.
pub struct Scripted<'a> {
    pub asked: &'a Asked,
    /// The bank that was asked, under the switches of this request.
    pub bank: Option<&'a Bank>,
    /// What was sent as a registration request.
    pub request: &'a Sent,
    /// The stored client, if there is one.
    pub client: Option<Arc<Client>>,
    /// The number of the call.
    pub call: Option<u64>,
    /// What templates see, once one asks.
    pub context: OnceLock<Value>,
}

impl Scripted<'_> {
    /// A scripted answer.
    pub fn respond(&self, respond: &Respond) -> Response {
        self.try_respond(respond)
            .unwrap_or_else(|error| broken(&error))
    }

    fn try_respond(&self, respond: &Respond) -> Result<Response, TemplateError> {
        let mut response = match &respond.body {
            None => self.of_status(respond.status, None),
            Some(content) => {
                let (media_type, bytes) = self.content(content)?;
                let mut response = reply::empty(status(respond.status));
                body::replace(&mut response, bytes);
                let media_type = HeaderValue::from_static(media_type);
                response.headers_mut().insert(CONTENT_TYPE, media_type);
                response
            }
        };
        for (name, value) in &respond.headers {
            self.set_header(&mut response, name, value.as_ref())?;
        }
        Ok(response)
    }

    /// The answer to a failed check.
    pub fn reject(&self, check: &str) -> Response {
        let refusal = self.bank.and_then(|bank| {
            let operation = self.asked.target.operation;
            let check = bank.check_named(operation, check)?;
            Some(bank.reject(operation, check))
        });
        // The engine skips checks that the bank does not have.
        refusal.map_or_else(
            || reply::empty(StatusCode::INTERNAL_SERVER_ERROR),
            |refusal| reply::refusal(&refusal),
        )
    }

    /// 429, with the whole seconds until the next call is let through.
    pub fn exceeded(&self, wait: Option<Duration>) -> Response {
        let seconds = wait.map(|wait| wait.as_secs() + u64::from(wait.subsec_nanos() > 0));
        let mut response = self.of_status(429, seconds);
        if let Some(seconds) = seconds {
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        response
    }

    /// The bank's answer with changes.
    pub async fn alter(&self, response: Response, edits: &[Edit]) -> Response {
        let altered = self.try_alter(response, edits).await;
        altered.unwrap_or_else(|error| broken(&error))
    }

    async fn try_alter(
        &self,
        mut response: Response,
        edits: &[Edit],
    ) -> Result<Response, TemplateError> {
        let bytes = body::read(&mut response).await;
        // What is no JSON has nothing at a pointer; a statement is edited before it is signed.
        let bytes = match serde_json::from_slice::<Value>(&bytes) {
            Ok(mut value) => {
                apply(&mut value, edits);
                Bytes::from(value.to_string())
            }
            Err(_) => bytes,
        };
        body::replace(&mut response, bytes);
        for edit in edits {
            match edit {
                Edit::Status(code) => *response.status_mut() = status(*code),
                Edit::Header(name, value) => {
                    self.set_header(&mut response, name, value.as_ref())?;
                }
                Edit::Set(..) | Edit::Remove(_) => {}
            }
        }
        Ok(response)
    }

    /// What the bank's system says with a status; outside of banks nothing.
    fn of_status(&self, code: u16, retry_after: Option<u64>) -> Response {
        let operation = self.asked.target.operation;
        match self.bank {
            Some(bank) => reply::refusal(&bank.scripted(operation, code, retry_after)),
            None => reply::empty(status(code)),
        }
    }

    fn content(&self, content: &Body) -> Result<(&'static str, Bytes), TemplateError> {
        let text = match content {
            Body::Json(value) => return Ok((JSON, Bytes::from(value.to_string()))),
            Body::Text(text) => text.clone(),
            Body::Template(template) => self.render(template)?,
        };
        let is_json = serde_json::from_str::<Value>(&text)
            .is_ok_and(|value| value.is_object() || value.is_array());
        let media_type = if is_json { JSON } else { TEXT };
        Ok((media_type, Bytes::from(text)))
    }

    /// Sets a header field, or leaves it out, the server's own too.
    fn set_header(
        &self,
        response: &mut Response,
        name: &str,
        value: Option<&Template>,
    ) -> Result<(), TemplateError> {
        let Ok(name) = HeaderName::try_from(name) else {
            return Ok(());
        };
        let headers = response.headers_mut();
        let Some(value) = value else {
            headers.remove(&name);
            delivery(response).omitted.push(name);
            return Ok(());
        };
        let text = self.render(value)?;
        if let Ok(value) = HeaderValue::try_from(&text) {
            headers.insert(name, value);
        } else {
            tracing::error!(%name, text, "a scripted header value that cannot be sent");
        }
        Ok(())
    }

    fn render(&self, template: &Template) -> Result<String, TemplateError> {
        let context = self.context.get_or_init(|| self.make_context());
        template.render(context)
    }

    fn make_context(&self) -> Value {
        let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
        let headers: Object = self
            .asked
            .headers
            .iter()
            .map(|(name, value)| (name.to_string(), text(value.as_bytes()).into()))
            .collect();
        let now = self.asked.world.clock.now();
        let mut context = json!({
            "request": {
                "method": self.asked.method.as_str(),
                "path": self.asked.path,
                "headers": headers,
                "body": text(&self.asked.body),
                "interaction_id": self.asked.interaction_id.as_ref().map(InteractionId::as_str),
            },
            "claims": self.request.claims,
            "statement": self.request.statement,
            "client": self.client.as_deref().map(client),
            "now": now.unix_timestamp(),
            "now_rfc3339": now.format(&Rfc3339).unwrap_or_default(),
            "bank": self.bank.map(|bank| &bank.id),
            "operation": self.asked.target.operation,
            "call": self.call,
        });
        // What is not there is not defined, so that it renders as nothing.
        if let Some(members) = context.as_object_mut() {
            members.retain(|_, value| !value.is_null());
        }
        context
    }
}

const JSON: &str = "application/json";
const TEXT: &str = "text/plain; charset=utf-8";

/// A stored client, without its secret.
fn client(client: &Client) -> Value {
    let mut members = client.registration.metadata.to_object();
    members.insert("client_id".to_owned(), client.id.as_str().into());
    Value::Object(members)
}

/// Scenario files hold statuses from 200 to 599.
fn status(code: u16) -> StatusCode {
    StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// A template that cannot be rendered: the author of the scenario is the one who reads this.
fn broken(error: &TemplateError) -> Response {
    tracing::error!(%error, "a scripted answer cannot be made");
    let mut response = reply::empty(StatusCode::INTERNAL_SERVER_ERROR);
    body::replace(
        &mut response,
        format!("a scripted answer cannot be made: {error}"),
    );
    let media_type = HeaderValue::from_static(TEXT);
    response.headers_mut().insert(CONTENT_TYPE, media_type);
    response
}

fn delivery(response: &mut Response) -> &mut Delivery {
    response.extensions_mut().get_or_insert_default()
}

/// The same answer under a fault of the transport.
pub async fn with_fault(mut response: Response, fault: Option<&Fault>) -> Response {
    let wire = match fault {
        None | Some(Fault::Alert(_)) => return response,
        Some(Fault::MalformedJson) => {
            let bytes = body::read(&mut response).await;
            body::replace(&mut response, body::malformed(&bytes));
            let headers = response.headers_mut();
            headers
                .entry(CONTENT_TYPE)
                .or_insert(HeaderValue::from_static(JSON));
            return response;
        }
        Some(Fault::Close) => WireFault::Close,
        Some(Fault::Reset) => WireFault::Reset,
        Some(Fault::Stall(time)) => WireFault::Stall(*time),
        Some(Fault::Truncate(bytes)) => WireFault::Truncate(*bytes),
        Some(Fault::Drip(bytes, every)) => WireFault::Drip {
            bytes: *bytes,
            every: *every,
        },
        Some(Fault::Garbage) => WireFault::Garbage(Bytes::from_static(GARBAGE)),
        Some(Fault::WrongLength) => WireFault::WrongLength,
    };
    delivery(&mut response).fault = Some(wire);
    response
}

/// No HTTP/1.1 status line, and no frame of HTTP/2 that a client knows.
const GARBAGE: &[u8] = b"\x7f\xfe\x00\xffthese bytes are no HTTP\x00\xff\xfe\x7f\r\n\r\n";

/// Gives the server what it needs to deliver the answer as decided.
pub fn deliver(response: &mut Response, decision: &mut Decision) {
    let (delay, permit) = (decision.delay, decision.permit.take());
    if delay.is_none() && permit.is_none() && decision.interaction_id.is_none() {
        return;
    }
    let delivery = delivery(response);
    delivery.delay = delay.unwrap_or_default();
    delivery.held = permit.map(|permit| Arc::new(permit) as _);
    delivery.interaction_id = match decision.interaction_id {
        None => IdOnAnswer::Own,
        Some(InteractionIdEffect::Omit) => IdOnAnswer::Omitted,
        Some(InteractionIdEffect::Replace) => IdOnAnswer::Replaced,
    };
}
