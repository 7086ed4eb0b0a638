//! Answers, compiled.

use std::time::Duration;

use crate::document::placed::{Placed, Written};
use crate::document::problem::{Problem, nearest};
use crate::document::shaped::{Given, Keyed};
use crate::document::tree::shown;
use crate::scenario::file::{AlterFile, BodyFile, HeaderFile, LimitFile, RespondFile, RespondKeys};
use crate::scenario::load::{Judge, catalogue, scalars};
use crate::scenario::matcher::Pointer;
use crate::scenario::model::{Answer, Body, Limit, Respond};
use crate::scenario::template::Template;

/// Header fields that belong to the connection, not to the answer (RFC 9110 §7.6.1), and those that
/// say where it ends.
const HOP_BY_HOP: [&str; 8] = [
    "connection",
    "content-length",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// The name of a header field (RFC 9110 §5.1), in lower case.
pub(super) fn header_name(name: &Placed<String>) -> Result<String, Problem> {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if (1..=256).contains(&name.value.len()) && name.value.bytes().all(is_token) {
        Ok(name.value.to_ascii_lowercase())
    } else {
        Err(name.refused("the name of a header field: letters, digits and `-`"))
    }
}

/// A JSON Pointer.
pub(super) fn pointer(text: &Placed<String>) -> Result<Pointer, Problem> {
    text.value.parse().map_err(|error| {
        let hint = if text.value.is_empty() || text.value.contains('~') {
            String::new()
        } else {
            format!("; did you mean `/{}`?", shown(&text.value))
        };
        text.refused(format!("{error}{hint}"))
    })
}

pub(super) fn sent_name(name: &Placed<String>) -> Result<String, Problem> {
    let lower = header_name(name)?;
    if HOP_BY_HOP.contains(&lower.as_str()) {
        return Err(name.refused(
            "a header field of the answer, not of the connection; for a wrong length: `fault: wrong_length`",
        ));
    }
    Ok(lower)
}

pub(super) fn header_value(text: &Placed<Written>) -> Result<Template, Problem> {
    let value = &text.value.0;
    if value.chars().any(|sign| sign.is_control() && sign != '\t') {
        return Err(
            text.refused("a text without control characters, which no header field can carry")
        );
    }
    template(text.at, value)
}

fn template(at: crate::document::problem::Position, source: &str) -> Result<Template, Problem> {
    Template::parse(source).map_err(|error| {
        Problem::at(
            at,
            format!("found a template that cannot be used ({error}); allowed: minijinja with request, claims, statement, client, now, bank, operation, call"),
        )
    })
}

impl Judge<'_> {
    pub(super) fn respond(&mut self, file: Placed<RespondFile>) -> Respond {
        let keys = match file.value {
            RespondFile::Status(status) => RespondKeys {
                status: Placed {
                    at: file.at,
                    value: status,
                },
                headers: Given::default(),
                body: Given::default(),
                template: Given::default(),
            },
            RespondFile::Keys(keys) => *keys,
        };
        let status = self.keep(scalars::status(&keys.status)).unwrap_or(500);
        if let (204 | 205 | 304, Some(body)) = (status, &keys.body.0) {
            self.refuse(
                body.at,
                format!("found a body; allowed: none with the status {status} (RFC 9110 §15)"),
            );
        }
        Respond {
            status,
            headers: self.headers_sent(keys.headers),
            body: self.body(keys.body.0, keys.template.0.as_ref()),
        }
    }

    fn body(
        &mut self,
        body: Option<Placed<BodyFile>>,
        is_template: Option<&Placed<bool>>,
    ) -> Option<Body> {
        let is_unsaid = is_template.is_none();
        let wanted = is_template.filter(|wanted| wanted.value);
        match (body, wanted) {
            (
                Some(Placed {
                    at,
                    value: BodyFile::Text(text),
                }),
                Some(_),
            ) => self.keep(template(at, &text)).map(Body::Template),
            (
                Some(Placed {
                    at,
                    value: BodyFile::Text(text),
                }),
                None,
            ) => {
                let is_template = Template::parse(&text).is_ok_and(|read| read.plain().is_none());
                if is_unsaid && is_template {
                    self.warn(at, "this text looks like a template, and is sent as it stands; for a template: `template: true`; for the text: `template: false`");
                }
                Some(Body::Text(text))
            }
            (
                Some(Placed {
                    value: BodyFile::Json(value),
                    ..
                }),
                None,
            ) => Some(Body::Json(value)),
            (Some(_), Some(wanted)) => {
                self.refuse(wanted.at, "found `template: true` with a body of keys or a list; allowed: a body that is a text: `body: |` and the template below it");
                None
            }
            (None, Some(wanted)) => {
                self.miss(wanted.at, "found `template: true` without a body; allowed: a body that is a text; headers are templates anyway");
                None
            }
            (None, None) => None,
        }
    }

    fn headers_sent(
        &mut self,
        headers: Given<Keyed<Placed<HeaderFile>>>,
    ) -> Vec<(String, Option<Template>)> {
        let mut sent: Vec<(String, Option<Template>)> = Vec::new();
        for (name, value) in headers.0.unwrap_or_default().0 {
            let lower = self.keep(sent_name(&name));
            let value = match value.value {
                HeaderFile::Absent(()) => Some(None),
                HeaderFile::Text(text) => {
                    let text = Placed {
                        at: value.at,
                        value: text,
                    };
                    self.keep(header_value(&text)).map(Some)
                }
            };
            let (Some(lower), Some(value)) = (lower, value) else {
                continue;
            };
            if sent.iter().any(|(known, _)| *known == lower) {
                let problem =
                    name.refused("a header field that is not there already; capitals do not count");
                self.problems.push(problem);
            }
            sent.push((lower, value));
        }
        sent
    }

    /// The name of a check that a bank has.
    pub(super) fn reject(&mut self, name: &Placed<String>) -> Option<&'static str> {
        let check = catalogue::check(&name.value);
        if check.is_none() {
            let known: Vec<&str> = catalogue::names().collect();
            let hint = match nearest(&name.value, &known) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => "GET /api/checks lists them".to_owned(),
            };
            self.refuse(
                name.at,
                format!(
                    "found the check `{}`; allowed: the name of a check that a bank has; {hint}",
                    shown(&name.value)
                ),
            );
        }
        check
    }

    pub(super) fn limit(&mut self, file: Placed<LimitFile>) -> Option<Limit> {
        let LimitFile {
            calls,
            every,
            burst,
            in_flight,
        } = file.value;
        match (calls.0, every.0, burst.0, in_flight.0) {
            (None, None, None, Some(most)) => self.keep(scalars::count(&most)).map(Limit::InFlight),
            (Some(calls), Some(every), burst, None) => {
                let calls = self.keep(scalars::count(&calls));
                let every = self.keep(scalars::some_span(&every));
                let burst = match burst {
                    Some(burst) => self.keep(scalars::count(&burst)),
                    None => calls,
                };
                let (calls, every, burst) = (calls?, every?, burst?);
                if every / calls == Duration::ZERO {
                    self.refuse(
                        file.at,
                        "found more than one call in each nanosecond; allowed: fewer",
                    );
                }
                Some(Limit::Quota {
                    calls,
                    every,
                    burst,
                })
            }
            (_, _, _, in_flight) => {
                let found = if in_flight.is_some() {
                    "found `in_flight` beside other keys"
                } else {
                    "found not both of `calls` and `every`"
                };
                self.miss(file.at, format!("{found}; allowed: calls and every, with or without burst, or in_flight alone"));
                None
            }
        }
    }

    /// The answer of an effect, of those that end one.
    pub(super) fn answer_of(
        &mut self,
        respond: Option<Placed<RespondFile>>,
        reject: Option<Placed<String>>,
        alter: Option<Placed<AlterFile>>,
        limit: Option<Placed<LimitFile>>,
    ) -> Option<Answer> {
        let mut answers = Vec::new();
        if let Some(file) = respond {
            answers.push(Some(Answer::Respond(self.respond(file))));
        }
        if let Some(name) = reject {
            answers.push(self.reject(&name).map(Answer::Reject));
        }
        if let Some(file) = alter {
            answers.push(Some(Answer::Alter(self.alter(file))));
        }
        if let Some(file) = limit {
            answers.push(self.limit(file).map(Answer::Limit));
        }
        answers.into_iter().flatten().next()
    }
}
