//! The documents of a request: what is signed and claimed, times as ages.

use std::cmp::Ordering;
use std::time::Duration;

use serde_json::Value;

use super::page::Page;
use super::{Story, preview};
use crate::domain::json::Object;
use crate::domain::timespan::TimeSpan;
use crate::journal::masking;
use crate::journal::read::{self, Document};

/// Claims of a request that decide most refusals.
const OF_REQUEST: [&str; 9] = [
    "iss",
    "aud",
    "jti",
    "iat",
    "nbf",
    "exp",
    "client_id",
    "token_endpoint_auth_method",
    "scope",
];
/// Claims of a statement that do.
const OF_STATEMENT: [&str; 6] = ["iss", "software_id", "org_id", "jti", "iat", "exp"];

impl Story<'_> {
    pub(super) fn document(&self, page: &mut Page) {
        let message = &self.exchange.request;
        let Document {
            jose,
            claims,
            statement,
        } = read::document(message.body.bytes());
        if let Some(jose) = &jose {
            page.fact("signed", &self.members(jose, &["alg", "kid", "typ"]), 2);
        }
        match &claims {
            Some(claims) => {
                page.fact("claims", &self.members(claims, &OF_REQUEST), 4);
                let redirects = claims.get("redirect_uris").map(compact);
                page.fact(
                    "redirects",
                    &redirects.unwrap_or_else(|| "none".to_owned()),
                    3,
                );
            }
            None if message.body.length() > 0 => {
                let body = masking::body(&message.body, &message.headers, self.masking);
                page.fact("body", &preview(body), 3);
            }
            None => {}
        }
        if let Some(statement) = statement {
            let signed = self.members(&statement.header, &["alg", "kid"]);
            let claims = self.members(&statement.claims, &OF_STATEMENT);
            page.fact("statement", &format!("{claims}; signed with {signed}"), 3);
        }
    }

    /// These members, times as ages.
    fn members(&self, object: &Object, names: &[&str]) -> String {
        let object = masking::object(object, self.masking);
        let found = names
            .iter()
            .filter_map(|name| Some((name, object.get(*name)?)));
        let found = found.map(|(name, value)| match value.as_i64() {
            Some(seconds) if ["iat", "nbf", "exp"].contains(name) => {
                format!("{name} {}", self.age(seconds))
            }
            _ => format!("{name} {}", compact(value)),
        });
        let found: Vec<String> = found.collect();
        if found.is_empty() {
            return "none of those that matter".to_owned();
        }
        found.join(", ")
    }

    /// Seconds since the epoch, seen from the exchange.
    fn age(&self, seconds: i64) -> String {
        let now = self.exchange.at_ms.div_euclid(1_000);
        let span = TimeSpan(Duration::from_secs(now.abs_diff(seconds)));
        match now.cmp(&seconds) {
            Ordering::Equal => "now".to_owned(),
            Ordering::Less => format!("in {span}"),
            Ordering::Greater => format!("{span} ago"),
        }
    }
}

/// A value without the quotes of a text.
fn compact(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(compact).collect::<Vec<String>>().join(" "),
        other => other.to_string(),
    }
}
