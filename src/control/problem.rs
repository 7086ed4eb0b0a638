//! Errors of the control listener (RFC 9457).

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;
use warp::http::header::{ALLOW, WWW_AUTHENTICATE};
use warp::http::{HeaderName, HeaderValue, StatusCode};
use warp::reply::{Reply, Response};

use crate::control::reply;
use crate::document::problem::{BadFile, Problem as Wrong};
use crate::document::tree::{Node, shown};

/// Media type of a problem document.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// Why a request is not answered as it was meant to be. A handler returns it with `?`.
#[derive(Debug, Clone)]
pub struct Problem(Box<Parts>);

#[derive(Debug, Clone)]
struct Parts {
    status: StatusCode,
    document: ProblemDocument,
    header: Option<(HeaderName, HeaderValue)>,
}

/// What is wrong (RFC 9457 §3), with the member that is.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "Problem")]
pub struct ProblemDocument {
    /// Always `about:blank`: the status says what kind it is.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The phrase of the status.
    title: &'static str,
    /// The status.
    #[schemars(range(min = 400, max = 599))]
    status: u16,
    /// What is wrong, and what to do.
    detail: String,
    /// The member that is wrong, such as `times.exactly`.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    /// What was found there.
    #[serde(skip_serializing_if = "Option::is_none")]
    found: Option<String>,
    /// What is allowed there.
    #[serde(skip_serializing_if = "Option::is_none")]
    allowed: Option<String>,
    /// Line of the body, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    /// Column in that line, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<u64>,
    /// Everything that is wrong with a scenario or an expectation, from its top; the members above
    /// tell the first of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    problems: Vec<Finding>,
}

/// Something that is wrong with a text, or hardly meant so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Finding {
    /// Its line, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// Its column in that line, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<u64>,
    /// The member that it is, such as `rules.0.match.bank`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What was found there.
    pub found: String,
    /// What is allowed there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed: Option<String>,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl Finding {
    /// What was found in `text`.
    pub fn all(found: &[Wrong], text: &str) -> Vec<Self> {
        let root = Node::parse(text).ok();
        let finding = |wrong: &Wrong| {
            let path = wrong.at.zip(root.as_ref());
            let path = path.and_then(|(at, root)| root.path_to(at));
            let told = wrong.told();
            Self {
                line: wrong.at.map(|at| at.line),
                column: wrong.at.map(|at| at.column),
                field: path.filter(|path| !path.is_empty()),
                found: told.found.to_owned(),
                allowed: told.allowed.map(str::to_owned),
                hint: told.hint.map(str::to_owned),
            }
        };
        found.iter().map(finding).collect()
    }
}

impl Problem {
    /// A problem of this status; `detail` says what was found, what is allowed, the next step.
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        let document = ProblemDocument {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or_default(),
            status: status.as_u16(),
            detail: detail.into(),
            field: None,
            found: None,
            allowed: None,
            line: None,
            column: None,
            problems: Vec::new(),
        };
        Self(Box::new(Parts {
            status,
            document,
            header: None,
        }))
    }

    /// A problem of this status with one member of the request.
    pub fn of_field(
        status: StatusCode,
        field: impl Into<String>,
        found: impl Into<String>,
        allowed: impl Into<String>,
    ) -> Self {
        let (field, found, allowed) = (field.into(), found.into(), allowed.into());
        let detail = format!("`{field}`: found {found}; allowed: {allowed}");
        let mut problem = Self::new(status, detail);
        problem.0.document.field = Some(field);
        problem.0.document.found = Some(found);
        problem.0.document.allowed = Some(allowed);
        problem
    }

    /// 400: a member of the request cannot be.
    pub fn field(
        field: impl Into<String>,
        found: impl Into<String>,
        allowed: impl Into<String>,
    ) -> Self {
        Self::of_field(StatusCode::BAD_REQUEST, field, found, allowed)
    }

    /// 400: a body with a reader of its own says what cannot be; `text` is that body.
    pub fn of_text(bad: &BadFile, text: &str) -> Self {
        let problems = Finding::all(&bad.problems, text);
        let mut problem = Self::new(StatusCode::BAD_REQUEST, bad.to_string());
        let document = &mut problem.0.document;
        if let Some(first) = problems.first() {
            let field = first.field.clone();
            document.field = Some(field.unwrap_or_else(|| "body".to_owned()));
            document.found = Some(first.found.clone());
            document.allowed.clone_from(&first.allowed);
            document.line = first.line;
            document.column = first.column;
        }
        document.problems = problems;
        problem
    }

    /// 404: there is no `field` with this name; there are `known`.
    pub fn unknown<Name: fmt::Display>(
        field: &str,
        name: &str,
        known: impl IntoIterator<Item = Name>,
    ) -> Self {
        let known: Vec<String> = known.into_iter().map(|name| name.to_string()).collect();
        let allowed = if known.is_empty() {
            "none: there is none yet".to_owned()
        } else {
            known.join(", ")
        };
        let found = format!("`{}`", shown(name));
        Self::of_field(StatusCode::NOT_FOUND, field, found, allowed)
    }

    /// 404: nothing is there.
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, detail)
    }

    /// 409: it cannot be as things stand.
    pub fn conflict(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, detail)
    }

    /// 413: more than is taken.
    pub fn too_large(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, detail)
    }

    /// 415: neither JSON nor YAML.
    pub fn unsupported_media_type(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail)
    }

    /// 500: `what` failed here. The caller is told no cause, the log is.
    pub fn internal(what: &str, cause: &dyn fmt::Display) -> Self {
        tracing::error!(%cause, "{what} failed");
        let detail = format!("{what} failed; the log says why");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, detail)
    }

    /// 405, with the methods that are allowed.
    pub fn method_not_allowed(method: &str, allowed: &str) -> Self {
        let detail = format!("{method} is not offered here; allowed: {allowed}");
        Self::new(StatusCode::METHOD_NOT_ALLOWED, detail).with_header(ALLOW, allowed)
    }

    /// 401, with the challenge of RFC 6750 §3.
    pub fn unauthorized() -> Self {
        let detail = "the control token is needed: Authorization: Bearer TOKEN";
        let problem = Self::new(StatusCode::UNAUTHORIZED, detail);
        problem.with_header(WWW_AUTHENTICATE, "Bearer realm=\"control\"")
    }

    /// The same, at this place of the body, counted from 1.
    #[must_use]
    pub fn at(mut self, line: u64, column: u64) -> Self {
        let place = format!(" (line {line}, column {column})");
        self.0.document.detail.push_str(&place);
        self.0.document.line = Some(line);
        self.0.document.column = Some(column);
        self
    }

    /// The same, with what to do next at the end of its detail.
    #[must_use]
    pub fn with_way_out(mut self, way_out: &str) -> Self {
        self.0.document.detail.push_str("; ");
        self.0.document.detail.push_str(way_out);
        self
    }

    /// Its status.
    #[cfg(test)]
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// What it tells.
    #[must_use]
    pub fn document(&self) -> &ProblemDocument {
        &self.0.document
    }

    /// Its detail.
    #[cfg(test)]
    pub fn detail(&self) -> &str {
        &self.0.document.detail
    }

    fn with_header(mut self, name: HeaderName, value: &str) -> Self {
        self.0.header = HeaderValue::from_str(value).ok().map(|value| (name, value));
        self
    }
}

impl Reply for Problem {
    fn into_response(self) -> Response {
        let Parts {
            status,
            document,
            header,
        } = *self.0;
        let mut response = reply::problem(status, &document);
        response.headers_mut().extend(header);
        response
    }
}

#[cfg(test)]
mod tests {
    use warp::http::header::CONTENT_TYPE;

    use super::*;

    #[test]
    fn a_problem_tells_field_found_allowed_and_the_way_out() {
        let problem = Problem::unknown("bank", "x", ["a", "b"])
            .at(2, 3)
            .with_way_out("GET /api/banks lists them");
        assert_eq!(problem.status(), StatusCode::NOT_FOUND);
        let document = serde_json::to_value(&problem.0.document).unwrap();
        assert_eq!(
            document,
            serde_json::json!({
                "type": "about:blank",
                "title": "Not Found",
                "status": 404,
                "detail": "`bank`: found `x`; allowed: a, b (line 2, column 3); GET /api/banks lists them",
                "field": "bank",
                "found": "`x`",
                "allowed": "a, b",
                "line": 2,
                "column": 3,
            })
        );
    }

    #[test]
    fn a_problem_of_no_field_has_no_members_for_it() {
        let response = Problem::conflict("busy").into_response();
        assert_eq!(response.status(), StatusCode::CONFLICT);
        assert_eq!(response.headers()[CONTENT_TYPE], PROBLEM_JSON);
        let problem = Problem::conflict("busy");
        let document = serde_json::to_value(&problem.0.document).unwrap();
        assert_eq!(document.as_object().unwrap().len(), 4, "{document}");
    }
}
