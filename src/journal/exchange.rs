//! One request and its answer, as they are kept: bytes as they came, read only when somebody asks.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

use bytes::Bytes;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::dialect::judgement::CheckResult;
use crate::domain::ids::InteractionId;
use crate::scenario::decision::Applied;
use crate::scenario::trail::Trail;

pub use crate::domain::tls::Tls;
pub use crate::scenario::seen::HANDSHAKE;

/// One request and its answer, or a handshake that failed. Times are milliseconds since the epoch.
#[derive(Debug, Default)]
pub struct Exchange {
    /// Its number in its world, from 1, never given twice; the journal sets it.
    pub id: u64,
    /// When it arrived, on the world's clock.
    pub at_ms: i64,
    /// When it arrived, on the system's clock.
    pub received_at_ms: i64,
    /// The name of its world.
    pub world: Arc<str>,
    /// The listener: `mtls` or `tls`.
    pub listener: &'static str,
    /// The bank's id; `None` for what belongs to no bank.
    pub bank: Option<String>,
    /// The operation's word, [`HANDSHAKE`] for one that failed; `None` where path and method name none.
    pub operation: Option<&'static str>,
    /// The method; empty for a handshake.
    pub method: String,
    /// The path without query and without `/w/{world}`; empty for a handshake.
    pub path: String,
    /// The absolute URL as it was asked for; empty for a handshake.
    pub url: String,
    /// `HTTP/1.0`, `HTTP/1.1` or `HTTP/2`; empty for a handshake.
    pub http_version: &'static str,
    /// What names it across caller and bank.
    pub interaction_id: Option<InteractionId>,
    /// The caller's software.
    pub software_id: Option<String>,
    /// The caller's organisation.
    pub org_id: Option<String>,
    /// The client.
    pub client_id: Option<String>,
    /// The rules that were tried, in order.
    pub trail: Trail,
    /// The rule that ended the search.
    pub applied: Option<Applied>,
    /// Which connection, unique in this process.
    pub connection: u64,
    /// Where the connection came from: address and port.
    pub peer_address: String,
    /// What the TLS handshake settled.
    pub tls: Option<Arc<Tls>>,
    /// What was asked.
    pub request: Message,
    /// The answer as it was meant; how much of it arrived is `delivery`. `None` where none was.
    pub response: Option<Answer>,
    /// What became of each check.
    pub checks: Vec<CheckResult>,
    /// The check whose failure answered, or the limit that did, such as `body_too_large`.
    pub refused_by: Option<&'static str>,
    /// Why the handshake failed.
    pub handshake: Option<FailedHandshake>,
    /// How long things took.
    pub timings: Timings,
    /// How the answer was delivered.
    pub delivery: Delivery,
}

/// Header fields and a body.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Message {
    /// The header fields.
    pub headers: Headers,
    /// The body.
    pub body: Body,
}

/// An answer, as it was meant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The header fields.
    pub headers: Headers,
    /// The body.
    pub body: Body,
}

/// Header fields in their order, names in lower case. One piece of memory for all of them, since there
/// are many in a journal.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Headers {
    /// Name, value, name, value …
    bytes: Box<[u8]>,
    /// Where each name and its value end.
    ends: Box<[(usize, usize)]>,
}

/// A body, or its beginning.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Body {
    bytes: Bytes,
    length: usize,
}

/// Why a handshake failed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FailedHandshake {
    /// What was wrong, in a word or two of `snake_case`, such as `certificate_expired`.
    pub cause: &'static str,
    /// What to do about it.
    pub hint: &'static str,
    /// What the TLS library says.
    pub detail: String,
}

/// How long things took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Timings {
    /// From the arrived request to the answer in hand, without scripted delay; microseconds.
    pub work_micros: u64,
    /// Scripted delay, milliseconds.
    pub delay_ms: u64,
}

/// How much of an answer was handed to the network.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Delivered {
    /// Nothing, or nothing yet.
    #[default]
    None,
    /// A part of it.
    Partial,
    /// All of it.
    Complete,
}

/// How an answer was delivered; known after the exchange is recorded.
#[derive(Debug, Default)]
pub struct Delivery {
    delivered: AtomicU8,
    /// Microseconds since arrival and one more; 0 before.
    ended: AtomicU64,
}

impl Exchange {
    /// Notes how the answer was delivered, and how long after the request's arrival that ended
    /// (microseconds).
    pub fn set_delivered(&self, delivered: Delivered, after_micros: u64) {
        let ended = after_micros.saturating_add(1);
        self.delivery.ended.store(ended, Ordering::Relaxed);
        let word = delivered as u8;
        self.delivery.delivered.store(word, Ordering::Release);
    }

    /// How much of the answer was delivered.
    #[must_use]
    pub fn delivered(&self) -> Delivered {
        self.delivery.delivered()
    }

    /// The status of the answer as it was meant.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.response.as_ref().map(|answer| answer.status)
    }

    /// Whether it is a handshake that failed.
    #[must_use]
    pub fn is_handshake(&self) -> bool {
        self.operation == Some(HANDSHAKE)
    }
}

impl Delivery {
    /// How much was delivered.
    #[must_use]
    pub fn delivered(&self) -> Delivered {
        let word = self.delivered.load(Ordering::Acquire);
        [Delivered::Complete, Delivered::Partial]
            .into_iter()
            .find(|delivered| *delivered as u8 == word)
            .unwrap_or_default()
    }

    /// Microseconds from the request's arrival to the end of the delivery; `None` before that.
    #[must_use]
    pub fn after_micros(&self) -> Option<u64> {
        self.ended.load(Ordering::Relaxed).checked_sub(1)
    }
}

impl fmt::Debug for Headers {
    /// Without values, which may be secret.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.iter().map(|(name, _)| name);
        formatter.debug_list().entries(names).finish()
    }
}

impl fmt::Debug for Body {
    /// Without the bytes, which may be secret.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Body({} bytes)", self.length)
    }
}

impl Headers {
    /// Each field; names in lower case.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        let begins = self.ends.iter().map(|(_, end)| *end);
        let begins = std::iter::once(0).chain(begins);
        begins.zip(&self.ends).map(|(begin, (middle, end))| {
            let name = std::str::from_utf8(&self.bytes[begin..*middle]);
            // It was text before it was put here.
            (name.unwrap_or_default(), &self.bytes[*middle..*end])
        })
    }

    /// The first field of this lower-case name, where it is text.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        let (_, value) = self.iter().find(|(found, _)| *found == name)?;
        std::str::from_utf8(value).ok()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }
}

impl<'a> FromIterator<(&'a str, &'a [u8])> for Headers {
    fn from_iter<I: IntoIterator<Item = (&'a str, &'a [u8])>>(fields: I) -> Self {
        /// Most heads have less: bytes, and fields.
        const ROOM: (usize, usize) = (512, 16);
        let mut bytes = Vec::with_capacity(ROOM.0);
        let mut ends = Vec::with_capacity(ROOM.1);
        for (name, value) in fields {
            bytes.extend_from_slice(name.as_bytes());
            let middle = bytes.len();
            bytes.extend_from_slice(value);
            ends.push((middle, bytes.len()));
        }
        Self {
            bytes: bytes.into(),
            ends: ends.into(),
        }
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Self {
            length: bytes.len(),
            bytes,
        }
    }
}

impl Body {
    /// The bytes that are kept.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// How long it was, in bytes.
    #[must_use]
    pub fn length(&self) -> usize {
        self.length
    }

    /// Whether only its beginning is kept.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.bytes.len() < self.length
    }

    /// Bytes of its own, at most so many: what came from the network is a part of a larger buffer.
    pub(super) fn keep(&mut self, most: usize) {
        let kept = self.bytes.get(..most).unwrap_or(&self.bytes);
        self.bytes = Bytes::copy_from_slice(kept);
    }
}
