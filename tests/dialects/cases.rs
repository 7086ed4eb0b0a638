//! Tables of registration requests: how each differs from an ordinary one, at which bank, and what
//! that bank answers to POST and to PUT.

use std::fmt;

use aspsp_emulator::config::BankConfig;
use aspsp_emulator::dialect::policy::{PolicyChanges, Strictness};
use aspsp_emulator::dialect::{Dialect, Operation};
use aspsp_emulator::domain::signing::Edits;
use aspsp_emulator::emulator::tpp::RequestBuilder;
use aspsp_emulator::emulator::tpp_builder::TppBuilder;
use serde_json::Value;

use crate::helpers::Caller;

/// How a bank must answer a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// 201, or 200 to PUT.
    Accepted,
    /// 400 with this RFC 7591 error, by this check.
    Refused(&'static str, &'static str),
    /// This status without a body, by this check.
    Bare(u16, &'static str),
}

pub use Expected::Accepted;

impl fmt::Display for Expected {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Expected::Accepted => formatter.write_str("accepted"),
            Expected::Refused(error, check) => write!(formatter, "400 {error} ({check})"),
            Expected::Bare(status, _) => write!(formatter, "{status} without a body"),
        }
    }
}

pub const fn metadata(check: &'static str) -> Expected {
    Expected::Refused("invalid_client_metadata", check)
}

pub const fn redirect_uri(check: &'static str) -> Expected {
    Expected::Refused("invalid_redirect_uri", check)
}

pub const fn statement(check: &'static str) -> Expected {
    Expected::Refused("invalid_software_statement", check)
}

pub const fn unapproved(check: &'static str) -> Expected {
    Expected::Refused("unapproved_software_statement", check)
}

/// How a bank is set up.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Setup {
    pub strictness: Strictness,
    pub policy: PolicyChanges,
}

impl Setup {
    /// The dialect's own bank, but for these switches.
    pub fn switched(policy: Value) -> Self {
        Self {
            strictness: Strictness::default(),
            policy: serde_json::from_value(policy).unwrap(),
        }
    }

    /// A bank of this dialect that is set up so.
    pub fn bank(&self, dialect: &'static Dialect, id: &str) -> BankConfig {
        BankConfig {
            id: id.to_owned(),
            base_path: format!("/{id}"),
            strictness: Some(self.strictness),
            policy: self.policy.clone(),
            ..BankConfig::of(dialect)
        }
    }
}

/// Who a request is made by, for which bank, and when.
pub struct Parties<'a> {
    /// Who sends it.
    pub tpp: &'a Caller,
    /// Somebody else.
    pub other: &'a Caller,
    /// The bank's id.
    pub bank: &'a str,
    /// The bank's URL, and its issuer identifier.
    pub urls: [String; 2],
    /// The emulator's time; it stands still.
    pub now: i64,
    /// The request that was accepted just before, where the case has such a one.
    pub earlier: Option<String>,
}

impl Parties<'_> {
    /// An ordinary request.
    pub fn request(&self) -> RequestBuilder {
        self.tpp.request(self.bank)
    }

    /// The statement of who sends it, changed before the directory signs it.
    pub fn statement(&self, edit: impl FnOnce(&mut Edits)) -> String {
        let mut edits = Edits::default();
        edit(&mut edits);
        self.tpp.tpp.edited_statement(&edits).unwrap()
    }

    /// An ordinary request with this statement.
    pub fn request_with(&self, statement: String) -> RequestBuilder {
        self.request().claim("software_statement", statement)
    }
}

type Body = Box<dyn Fn(&Parties<'_>) -> Vec<u8>>;
type Making = Box<dyn Fn(TppBuilder) -> TppBuilder>;

/// One row of a table.
pub struct Case {
    pub name: String,
    pub expected: Expected,
    pub setup: Setup,
    pub headers: Vec<(&'static str, &'static str)>,
    pub tpp: Option<Making>,
    pub earlier: Option<Body>,
    pub body: Body,
    /// Members of the answer; `None` for one that must not be there.
    pub shows: Vec<(&'static str, Option<Value>)>,
    pub only: Option<Operation>,
}

impl Case {
    /// The check that refuses it.
    pub fn check(&self) -> Option<&'static str> {
        match self.expected {
            Expected::Accepted => None,
            Expected::Refused(_, check) | Expected::Bare(_, check) => Some(check),
        }
    }

    /// Whether it is one for this operation.
    pub fn is_for(&self, operation: Operation) -> bool {
        self.only.is_none_or(|only| only == operation)
    }

    /// The same at a bank of this strictness.
    pub fn at(mut self, strictness: Strictness) -> Self {
        self.setup.strictness = strictness;
        self
    }

    /// The same at a strict bank.
    pub fn strict(self) -> Self {
        self.at(Strictness::Strict)
    }

    /// The same at a lenient bank.
    pub fn lenient(self) -> Self {
        self.at(Strictness::Lenient)
    }

    /// The same at a bank with these switches.
    pub fn switched(mut self, policy: Value) -> Self {
        self.setup.policy = serde_json::from_value(policy).unwrap();
        self
    }

    /// The same by a TPP made for it, whose ordinary request is accepted.
    pub fn by(mut self, tpp: impl Fn(TppBuilder) -> TppBuilder + 'static) -> Self {
        self.tpp = Some(Box::new(tpp));
        self
    }

    /// The same after this request was accepted.
    pub fn after(mut self, earlier: impl Fn(&Parties<'_>) -> RequestBuilder + 'static) -> Self {
        self.earlier = Some(Box::new(move |parties| {
            earlier(parties).sign().unwrap().into_bytes()
        }));
        self
    }

    /// The same after an ordinary request was accepted.
    pub fn after_another(self) -> Self {
        self.after(|parties| parties.tpp.request(parties.bank))
    }

    /// The same with a header field.
    pub fn with_header(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.push((name, value));
        self
    }

    /// And the answer has this member.
    pub fn shows(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.shows.push((name, Some(value.into())));
        self
    }

    /// And the answer does not have this member.
    pub fn lacks(mut self, name: &'static str) -> Self {
        self.shows.push((name, None));
        self
    }

    /// The same for one operation only.
    pub fn only(mut self, operation: Operation) -> Self {
        self.only = Some(operation);
        self
    }
}

/// A request whose body is made from scratch.
pub fn body<T: Into<Vec<u8>>>(
    name: impl Into<String>,
    expected: Expected,
    body: impl Fn(&Parties<'_>) -> T + 'static,
) -> Case {
    Case {
        name: name.into(),
        expected,
        setup: Setup::default(),
        headers: Vec::new(),
        tpp: None,
        earlier: None,
        body: Box::new(move |parties| body(parties).into()),
        shows: Vec::new(),
        only: None,
    }
}

/// A request that somebody builds.
pub fn built(
    name: impl Into<String>,
    expected: Expected,
    build: impl Fn(&Parties<'_>) -> RequestBuilder + 'static,
) -> Case {
    body(name, expected, move |parties| {
        build(parties).sign().unwrap()
    })
}

/// An ordinary request with changes.
pub fn changed(
    name: impl Into<String>,
    expected: Expected,
    change: impl Fn(RequestBuilder) -> RequestBuilder + 'static,
) -> Case {
    built(name, expected, move |parties| change(parties.request()))
}

/// An ordinary request.
pub fn ordinary(name: impl Into<String>, expected: Expected) -> Case {
    changed(name, expected, |request| request)
}

/// An ordinary request in which one claim has another value.
pub fn claim(name: &'static str, value: impl Into<Value>, expected: Expected) -> Case {
    let value = value.into();
    let shown: String = value.to_string().chars().take(80).collect();
    changed(format!("{name} {shown}"), expected, move |request| {
        request.claim(name, value.clone())
    })
}

/// An ordinary request without a claim.
pub fn without(name: &'static str, expected: Expected) -> Case {
    changed(format!("without {name}"), expected, move |request| {
        request.without(name)
    })
}

/// An ordinary request with a statement that the directory signs after a change.
pub fn stated(
    name: impl Into<String>,
    expected: Expected,
    edit: impl Fn(&mut Edits, i64) + 'static,
) -> Case {
    built(name, expected, move |parties| {
        let statement = parties.statement(|edits| edit(edits, parties.now));
        parties.request_with(statement)
    })
}
