//! One row of a case: what is done, and what must come of it.

use std::fmt;
use std::time::Duration;

use reqwest::header::HeaderMap;
use serde_json::Value;

use crate::helpers::INTERACTION_ID;
use crate::scenarios::cases::party::{Call, Got, ID, Who};

/// What an answer must be besides its status.
pub struct Check {
    label: String,
    holds: Box<dyn Fn(&Got) -> bool>,
}

fn check(label: impl Into<String>, holds: impl Fn(&Got) -> bool + 'static) -> Check {
    Check {
        label: label.into(),
        holds: Box::new(holds),
    }
}

/// The answer has this header field.
pub fn header(name: &'static str, value: &'static str) -> Check {
    check(format!("{name}: {value}"), move |got| {
        got.header(name) == Some(value)
    })
}

/// The answer does not have this header field.
pub fn no_header(name: &'static str) -> Check {
    check(format!("no {name}"), move |got| got.header(name).is_none())
}

/// The body is this text.
pub fn text(expected: impl Into<String>) -> Check {
    let expected = expected.into();
    check(format!("body {expected:?}"), move |got| {
        got.text() == expected
    })
}

/// The body holds this text.
pub fn says(part: &'static str) -> Check {
    check(format!("{part:?} in the body"), move |got| {
        got.text().contains(part)
    })
}

/// The JSON body is this.
pub fn json(expected: Value) -> Check {
    check(format!("body {expected}"), move |got| {
        got.json().as_ref() == Some(&expected)
    })
}

/// The JSON body has this value there.
pub fn at(pointer: &'static str, expected: impl Into<Value>) -> Check {
    let expected = expected.into();
    check(format!("{pointer}: {expected}"), move |got| {
        got.json()
            .is_some_and(|body| body.pointer(pointer) == Some(&expected))
    })
}

/// The JSON body has nothing there.
pub fn nothing_at(pointer: &'static str) -> Check {
    check(format!("nothing at {pointer}"), move |got| {
        got.json()
            .is_some_and(|body| body.pointer(pointer).is_none())
    })
}

/// The body says that it is JSON, and no parser reads it.
pub fn broken_json() -> Check {
    check("broken JSON", |got| {
        got.header("content-type") == Some("application/json")
            && !got.body.is_empty()
            && got.json().is_none()
    })
}

/// It took at least so long.
pub fn took(least: Duration) -> Check {
    check(format!("at least {least:?}"), move |got| {
        got.elapsed >= least
    })
}

/// What an answer says of the exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Id {
    Echoed,
    Omitted,
    Fresh,
    /// As the rule set it.
    Set(&'static str),
}

/// An answer, read from a bare HTTP/1.1 connection until that ends.
pub struct Wire {
    /// Everything that came.
    pub bytes: Vec<u8>,
    /// How the connection ended.
    pub end: std::io::Result<usize>,
}

impl Wire {
    /// Status, head and body, if it is HTTP.
    pub fn parse(&self) -> Option<(u16, HeaderMap, &[u8])> {
        let end = self.bytes.windows(4).position(|it| it == b"\r\n\r\n")?;
        let head = std::str::from_utf8(&self.bytes[..end]).ok()?;
        let mut lines = head.split("\r\n");
        let status = lines.next()?.strip_prefix("HTTP/1.1 ")?.get(..3)?;
        let fields = lines.filter_map(|line| {
            let (name, value) = line.split_once(": ")?;
            let name: reqwest::header::HeaderName = name.parse().ok()?;
            Some((name, value.parse().ok()?))
        });
        let fields: HeaderMap = fields.collect();
        Some((status.parse().ok()?, fields, &self.bytes[end + 4..]))
    }
}

impl fmt::Display for Wire {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = String::from_utf8_lossy(&self.bytes);
        write!(formatter, "{text:?}, then {:?}", self.end)
    }
}

/// What must be true of the bytes.
pub struct OnWire {
    pub label: String,
    pub holds: Box<dyn Fn(&Wire) -> bool>,
}

/// What a client meets in a handshake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meets {
    /// It is done.
    Success,
    /// The connection ends.
    Close,
    /// The connection is reset.
    Reset,
    /// This TLS alert.
    Alert(rustls::AlertDescription),
}

/// One row.
pub enum Row {
    /// A request that is answered.
    Answer {
        call: Call,
        statuses: Vec<u16>,
        id: Id,
        checks: Vec<Check>,
    },
    /// A request whose answer is looked at byte by byte.
    Wire(Call, OnWire),
    /// A connection is asked for, and used for nothing.
    Handshake(Who, &'static str, Meets),
    /// The emulator's clock moves on.
    Advance(Duration),
    /// Somebody has a client and a token there.
    Ready(Who, &'static str),
    /// So many clients are stored there.
    Stored(&'static str, usize),
}

impl Call {
    /// The answer has this status.
    pub fn gets(self, status: u16) -> Row {
        self.series(&[status])
    }

    /// The same request again and again.
    pub fn series(self, statuses: &[u16]) -> Row {
        Row::Answer {
            call: self,
            statuses: statuses.to_vec(),
            id: Id::Echoed,
            checks: Vec::new(),
        }
    }

    /// What comes on a bare HTTP/1.1 connection.
    pub fn on_wire(self, label: impl Into<String>, holds: impl Fn(&Wire) -> bool + 'static) -> Row {
        let holds = Box::new(holds);
        let label = label.into();
        Row::Wire(self, OnWire { label, holds })
    }

    /// The connection is closed in good order without a byte.
    pub fn meets_a_close(self) -> Row {
        self.on_wire("a close", |wire| wire.bytes.is_empty() && wire.end.is_ok())
    }

    /// The connection is reset without a byte.
    pub fn meets_a_reset(self) -> Row {
        self.on_wire("a reset", |wire| {
            let kind = wire.end.as_ref().map_err(std::io::Error::kind).err();
            wire.bytes.is_empty() && kind == Some(std::io::ErrorKind::ConnectionReset)
        })
    }
}

impl Row {
    /// And this is true of the answer.
    pub fn and(mut self, check: Check) -> Self {
        match &mut self {
            Row::Answer { checks, .. } => checks.push(check),
            _ => panic!("no answer to check"),
        }
        self
    }

    pub fn with_id(mut self, expected: Id) -> Self {
        match &mut self {
            Row::Answer { id, .. } => *id = expected,
            _ => panic!("no answer with an id"),
        }
        self
    }
}

pub fn ready(who: Who) -> Row {
    Row::Ready(who, crate::helpers::BANK)
}

pub fn ready_at(who: Who, bank: &'static str) -> Row {
    Row::Ready(who, bank)
}

pub fn advance(seconds: u64) -> Row {
    Row::Advance(Duration::from_secs(seconds))
}

/// So many clients are stored at `uk-ob-3.3`.
pub fn stored(count: usize) -> Row {
    Row::Stored(crate::helpers::BANK, count)
}

pub fn shakes_hands(who: Who, meets: Meets) -> Row {
    Row::Handshake(who, "localhost", meets)
}

/// What is wrong with an answer, if anything is.
pub fn judge(got: &Got, status: u16, id: Id, checks: &[Check]) -> Result<(), String> {
    let found = || format!("{} {:?} {}", got.status, got.headers, got.text());
    if got.status != status {
        return Err(format!("not {status}: {}", found()));
    }
    let told = got.header(INTERACTION_ID);
    let is_right = match id {
        Id::Echoed => told == Some(ID),
        Id::Omitted => told.is_none(),
        Id::Set(expected) => told == Some(expected),
        Id::Fresh => told.is_some_and(|told| told != ID && uuid::Uuid::try_parse(told).is_ok()),
    };
    if !is_right {
        return Err(format!("the interaction id is not {id:?}: {told:?}"));
    }
    for check in checks {
        if !(check.holds)(got) {
            return Err(format!("not {}: {}", check.label, found()));
        }
    }
    Ok(())
}
