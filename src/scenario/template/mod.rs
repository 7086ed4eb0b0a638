//! Texts made of an exchange, by minijinja, bounded in steps and size.
//!
//! Fuel bounds the steps, but one step may make a text of any length. So what joins and repeats
//! texts is counted (see `words`), captures are not to be had, and filters that make long texts of
//! short ones have a bound of their own.

mod environment;
mod words;

use std::fmt;
use std::io::{self, Write};
use std::sync::Arc;

use minijinja::value::Serde;
use minijinja::{Environment, ErrorKind};
use serde_json::Value;

/// What a template can name.
pub const VARIABLES: [&str; 9] = [
    "request",
    "claims",
    "statement",
    "client",
    "now",
    "now_rfc3339",
    "bank",
    "operation",
    "call",
];

/// Longest text that a template makes, in bytes.
pub const LONGEST: usize = 1024 * 1024;
/// Longest source of a template, in bytes.
const LONGEST_SOURCE: usize = 64 * 1024;
/// Steps that a template may take.
const FUEL: u64 = 50_000;
/// The one template of an environment.
const NAME: &str = "template";

/// A compiled template, cheap to clone. Without `{{`, `{%` and `{#` it is the text itself.
#[derive(Clone)]
pub struct Template(Kind);

#[derive(Clone)]
enum Kind {
    Text(Arc<str>),
    Compiled(Arc<Compiled>),
}

struct Compiled {
    source: Box<str>,
    environment: Environment<'static>,
}

/// Why a template made no text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// It took more steps than it may.
    #[error("the template takes more than {FUEL} steps")]
    TooManySteps,
    /// It made more text than it may.
    #[error("the template makes more than {LONGEST} bytes")]
    TooLong,
    /// Something else; where, and what.
    #[error("the template failed: {0}")]
    Failed(String),
}

impl Template {
    /// Compiles a template.
    ///
    /// # Errors
    /// What is wrong with it, and in which of its lines.
    pub fn parse(source: &str) -> Result<Self, String> {
        if !["{{", "{%", "{#"].iter().any(|mark| source.contains(mark)) {
            return Ok(Self(Kind::Text(source.into())));
        }
        if source.len() > LONGEST_SOURCE {
            return Err(format!("it is longer than {LONGEST_SOURCE} bytes"));
        }
        let mut environment = environment::bounded(FUEL);
        environment
            .add_template_owned(NAME, source.to_owned())
            .map_err(|error| told(&error))?;
        words::check(source)?;
        variables(&environment, source)?;
        Ok(Self(Kind::Compiled(Arc::new(Compiled {
            source: source.into(),
            environment,
        }))))
    }

    /// The text, if it is one without any template in it.
    #[must_use]
    pub fn plain(&self) -> Option<&str> {
        match &self.0 {
            Kind::Text(text) => Some(text),
            Kind::Compiled(_) => None,
        }
    }

    /// As it was written.
    #[must_use]
    pub fn source(&self) -> &str {
        match &self.0 {
            Kind::Text(text) => text,
            Kind::Compiled(compiled) => &compiled.source,
        }
    }

    /// Makes the text; the members of `context` are [`VARIABLES`]. What is not there is empty.
    ///
    /// # Errors
    /// [`TemplateError`].
    pub fn render(&self, context: &Value) -> Result<String, TemplateError> {
        let compiled = match &self.0 {
            Kind::Text(text) => return Ok(text.to_string()),
            Kind::Compiled(compiled) => compiled,
        };
        let failed = |error: minijinja::Error| match error.kind() {
            ErrorKind::OutOfFuel => TemplateError::TooManySteps,
            ErrorKind::WriteFailure => TemplateError::TooLong,
            _ if error.detail() == Some(environment::TOO_LONG) => TemplateError::TooLong,
            _ => TemplateError::Failed(told(&error)),
        };
        let template = compiled.environment.get_template(NAME).map_err(failed)?;
        let mut output = Bounded::default();
        let context = minijinja::Value::from(Serde(context));
        match template.render_captured_to(context, &mut output) {
            Ok(_) => String::from_utf8(output.bytes)
                .map_err(|_| TemplateError::Failed("it makes no UTF-8".to_owned())),
            Err(_) if output.is_full => Err(TemplateError::TooLong),
            Err(error) => Err(failed(error)),
        }
    }
}

impl fmt::Debug for Template {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_tuple("Template")
            .field(&self.source())
            .finish()
    }
}

/// Two are equal that were written alike.
impl PartialEq for Template {
    fn eq(&self, other: &Self) -> bool {
        self.source() == other.source()
    }
}

/// Refuses names that no exchange has.
fn variables(environment: &Environment<'_>, source: &str) -> Result<(), String> {
    let template = environment.get_template(NAME);
    let template = template.map_err(|error| told(&error))?;
    let mut unknown: Vec<String> = template
        .undeclared_variables(false)
        .into_iter()
        .filter(|name| !VARIABLES.contains(&name.as_str()) && name != environment::FUNCTION)
        .collect();
    unknown.sort();
    match unknown.first() {
        None => Ok(()),
        Some(name) => Err(words::unknown(
            words::line_of(source, name),
            "variable",
            name,
            &VARIABLES,
        )),
    }
}

/// What minijinja found, and where.
fn told(error: &minijinja::Error) -> String {
    let what = match error.detail() {
        Some(detail) => detail.to_owned(),
        None => error.kind().to_string(),
    };
    match error.line() {
        Some(line) => format!("line {line}: {what}"),
        None => what,
    }
}

/// Output that ends somewhere.
#[derive(Default)]
struct Bounded {
    bytes: Vec<u8>,
    is_full: bool,
}

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.len() > LONGEST - self.bytes.len() {
            self.is_full = true;
            return Err(io::Error::other("too long"));
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
