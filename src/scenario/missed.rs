//! Why an exchange is not one that was sought: every matcher that does not hold, in words.

use std::fmt;

use crate::document::tree::shown;
use crate::domain::json::Object;
use crate::scenario::expectation::{Became, Sought};
use crate::scenario::matcher::{CertificateField, Literal, Matcher, Matching, Pointer, Subject};
use crate::scenario::seen::Seen;

/// A matcher that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Miss {
    /// What it looks at, such as `operation`, `header.accept` or `claim/iss`.
    pub member: String,
    /// What is there.
    pub found: String,
    /// What should be.
    pub allowed: String,
}

impl fmt::Display for Miss {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            member,
            found,
            allowed,
        } = self;
        write!(formatter, "{member}: found {found}; allowed: {allowed}")
    }
}

impl Sought {
    /// Every matcher that does not hold; none if the exchange is one of those sought.
    #[must_use]
    pub fn misses(&self, seen: &Seen<'_>, became: &Became<'_>) -> Vec<Miss> {
        let mut misses = Misses(Vec::new());
        misses.of_matching(&self.matching, seen);
        let status = became.status.map(|status| status.to_string());
        for (member, matcher, found) in [
            ("status", &self.status, status.as_deref()),
            ("scenario", &self.scenario, became.scenario),
            ("rule", &self.rule, became.rule),
            (
                "interaction_id",
                &self.interaction_id,
                became.interaction_id,
            ),
        ] {
            misses.of_text(member, matcher.as_ref(), found);
        }
        misses.0
    }

    /// Whether a matcher looks into the registration request.
    #[must_use]
    pub fn looks_into_request(&self) -> bool {
        let Matching {
            jose,
            claim,
            statement,
            ..
        } = &self.matching;
        !(jose.is_empty() && claim.is_empty() && statement.is_empty())
    }
}

struct Misses(Vec<Miss>);

impl Misses {
    fn of_matching(&mut self, matching: &Matching, seen: &Seen<'_>) {
        self.of_text("bank", matching.bank.as_ref(), seen.bank);
        if matching.misses_operation(seen) {
            let matcher = matching.operation.as_ref();
            let allowed = matcher.map_or("any operation of HTTP".to_owned(), |matcher| {
                in_words(matcher, false)
            });
            self.push("operation".to_owned(), text(seen.operation), allowed);
        }
        let some = |text: &'_ str| (!text.is_empty()).then(|| text.to_owned());
        for (member, matcher, found) in [
            ("method", &matching.method, some(seen.method)),
            ("path", &matching.path, some(seen.path)),
            (
                "software_id",
                &matching.software_id,
                seen.software_id.clone(),
            ),
            ("org_id", &matching.org_id, seen.org_id.clone()),
            ("client_id", &matching.client_id, seen.client_id.clone()),
        ] {
            self.of_text(member, matcher.as_ref(), found.as_deref());
        }
        for (name, matcher) in &matching.header {
            let lines = seen.headers.iter().filter(|(found, _)| found == name);
            let lines: Vec<&str> = lines.map(|(_, value)| *value).collect();
            let subject = Subject::Header(&seen.headers, name);
            let found = (!lines.is_empty()).then(|| lines.join(", "));
            self.of(
                format!("header.{name}"),
                matcher,
                subject,
                text(found.as_deref()),
            );
        }
        let request = &seen.request;
        for (name, matcher) in &matching.jose {
            let pointer = Pointer(vec![name.clone()]);
            self.of_json("jose", &pointer, matcher, request.jose.as_ref());
        }
        for (pointer, matcher) in &matching.claim {
            self.of_json("claim", pointer, matcher, request.claims.as_ref());
        }
        for (pointer, matcher) in &matching.statement {
            self.of_json("statement", pointer, matcher, request.statement.as_ref());
        }
        self.of_connection(matching, seen);
    }

    fn of_connection(&mut self, matching: &Matching, seen: &Seen<'_>) {
        let certificate = seen.certificate.as_ref();
        for (field, matcher) in &matching.certificate {
            let (word, found) = match field {
                CertificateField::Subject => ("subject", certificate.map(|found| &found.subject)),
                CertificateField::Issuer => ("issuer", certificate.map(|found| &found.issuer)),
                CertificateField::Serial => ("serial", certificate.map(|found| &found.serial)),
                CertificateField::Sha256 => ("sha256", certificate.map(|found| &found.sha256)),
            };
            let subject = Subject::certificate(certificate, *field);
            let found = text(found.map(String::as_str));
            self.of(format!("certificate.{word}"), matcher, subject, found);
        }
        if let Some(matcher) = &matching.sni {
            let subject = seen.sni.map_or(Subject::Missing, Subject::Name);
            self.of("sni".to_owned(), matcher, subject, text(seen.sni));
        }
    }

    fn of_text(&mut self, member: &str, matcher: Option<&Matcher>, found: Option<&str>) {
        if let Some(matcher) = matcher {
            let subject = found.map_or(Subject::Missing, Subject::Text);
            self.of(member.to_owned(), matcher, subject, text(found));
        }
    }

    fn of_json(
        &mut self,
        document: &str,
        pointer: &Pointer,
        matcher: &Matcher,
        members: Option<&Object>,
    ) {
        let value = members.and_then(|members| pointer.find_in(members));
        if !matcher.holds(Subject::json(value)) {
            let found = value.map_or("nothing".to_owned(), |value| quoted(&value.to_string()));
            let tokens: String = pointer.0.iter().map(|token| format!("/{token}")).collect();
            self.push(
                format!("{document}{tokens}"),
                found,
                in_words(matcher, true),
            );
        }
    }

    fn of(&mut self, member: String, matcher: &Matcher, subject: Subject<'_>, found: String) {
        if !matcher.holds(subject) {
            self.push(member, found, in_words(matcher, false));
        }
    }

    fn push(&mut self, member: String, found: String, allowed: String) {
        self.0.push(Miss {
            member,
            found,
            allowed,
        });
    }
}

fn text(found: Option<&str>) -> String {
    found.map_or("nothing".to_owned(), quoted)
}

fn quoted(text: &str) -> String {
    format!("`{}`", shown(text))
}

/// What a matcher wants; typed as JSON has it, or as it is written.
fn in_words(matcher: &Matcher, is_typed: bool) -> String {
    let value = |literal: &Literal| match &literal.written {
        Some(written) if !is_typed => quoted(written),
        _ => quoted(&literal.value.to_string()),
    };
    match matcher {
        Matcher::All(all) => {
            let all: Vec<String> = all.iter().map(|one| in_words(one, is_typed)).collect();
            all.join(" and ")
        }
        Matcher::Equals(literal) => value(literal),
        Matcher::OneOf(literals) => {
            let literals: Vec<String> = literals.iter().map(value).collect();
            format!("one of {}", literals.join(", "))
        }
        Matcher::Contains(literal) => format!("what contains {}", value(literal)),
        Matcher::StartsWith(start) => format!("what begins with {}", quoted(start)),
        Matcher::Regex(regex) => format!("what {} is found in", quoted(regex.as_str())),
        Matcher::Glob(pattern) => format!("a path like {}", quoted(pattern.as_str())),
        Matcher::Absent(true) => "nothing".to_owned(),
        Matcher::Absent(false) => "anything".to_owned(),
        Matcher::Not(matcher) => format!("not {}", in_words(matcher, is_typed)),
    }
}
