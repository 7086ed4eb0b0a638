//! A scenario as it is understood: what its file said, judged, with everything compiled that can be.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::dialect::policy::PolicyChanges;
use crate::scenario::matcher::{Matching, Pointer};
use crate::scenario::template::Template;

/// Rules that belong together, and the switches that are set while they are in force.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// Its name: what activates it, and a part of every draw.
    pub name: String,
    /// What a TPP will see.
    pub description: Option<String>,
    /// Decides draws, in the place of the world's seed.
    pub seed: Option<u64>,
    /// Switches of banks that are set while it is active.
    pub policy: PolicyChanges,
    /// The rules, in the order in which they are tried.
    pub rules: Vec<Rule>,
}

/// One rule.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Its name; its position, from 1, where it has none.
    pub name: String,
    /// Which exchanges it is about.
    pub matching: Matching,
    /// What its calls are counted apart by.
    pub per: Per,
    /// When it applies to them.
    pub gates: Gates,
    /// The state of the scenario after it applied.
    pub next_state: Option<String>,
    /// Whether the bank does its work before the effect.
    pub stage: Stage,
    /// What it does.
    pub effects: Effects,
}

/// The first state of every scenario.
pub const START: &str = "start";

/// What a rule's calls are counted apart by. An exchange without such a key does not match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Per {
    /// Nothing: one count.
    #[default]
    Rule,
    /// The caller's software.
    Software,
    /// The caller's organisation.
    Org,
    /// The client.
    Client,
    /// The bearer token.
    Token,
    /// The client certificate.
    Certificate,
    /// The connection.
    Connection,
}

/// When a rule applies to an exchange that it is about; all must hold.
#[derive(Debug, Clone, Default)]
pub struct Gates {
    /// Which calls.
    pub calls: Option<Calls>,
    /// How likely, from 0 to 1.
    pub chance: Option<f64>,
    /// In which state of the scenario.
    pub state: Option<String>,
    /// From how long after activation on.
    pub after: Option<Duration>,
    /// Until how long after activation, exclusive.
    pub until: Option<Duration>,
    /// How old things are.
    pub ages: Vec<AgeGate>,
}

/// Which calls, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Calls {
    /// From the first to the second, both included; `u64::MAX` for no end.
    Range(u64, u64),
    /// Every so manieth.
    Every(u64),
}

/// How old something is: from the start, inclusive, to the end, exclusive. What has no age does not
/// pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgeGate {
    /// What.
    pub of: Aged,
    /// How old; `Duration::MAX` for no end.
    pub range: Range<Duration>,
}

/// What has an age.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aged {
    /// The client, since it was stored.
    Client,
    /// The bearer token, since it was issued.
    Token,
    /// The key that signed the request, since the directory published it.
    Key,
    /// The client certificate, since it was made.
    Certificate,
    /// The software statement sent, since its `iat`.
    Statement,
}

/// Whether the bank does its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// It does nothing: the effect answers.
    #[default]
    Before,
    /// It does its work, then its answer is lost or replaced.
    After,
}

/// What a rule does.
#[derive(Debug, Clone)]
pub enum Effects {
    /// The same with each call.
    Always(Arc<Effect>),
    /// One after the other, by the number of the call; then the bank answers.
    Sequence(Vec<Step>),
}

/// One of a sequence.
#[derive(Debug, Clone)]
pub enum Step {
    /// The bank answers.
    Pass,
    /// The same, with what stands beside the sequence: a delay, an interaction id.
    PassWith(Arc<Effect>),
    /// This happens.
    Effect(Arc<Effect>),
}

/// What happens to an exchange. With nothing set, only the state moves.
#[derive(Debug, Clone, Default)]
pub struct Effect {
    /// The answer; `None` for the bank's own.
    pub answer: Option<Answer>,
    /// What is wrong with the transport.
    pub fault: Option<Fault>,
    /// How long the answer is held back, in real time.
    pub delay: Option<Delay>,
    /// What becomes of `x-fapi-interaction-id`.
    pub interaction_id: Option<InteractionIdEffect>,
}

/// Who answers, and how.
#[derive(Debug, Clone)]
pub enum Answer {
    /// The scenario.
    Respond(Respond),
    /// The bank, as if this check had failed; the check's stable name.
    Reject(&'static str),
    /// The bank, and its answer is changed.
    Alter(Vec<Edit>),
    /// The bank, until there are too many; then it says so.
    Limit(Limit),
}

/// A scripted answer.
#[derive(Debug, Clone)]
pub struct Respond {
    /// The status, 200 to 599.
    pub status: u16,
    /// Header fields, with lower-case names; `None` leaves out one that would be there.
    pub headers: Vec<(String, Option<Template>)>,
    /// The body; `None` for what the dialect says with this status.
    pub body: Option<Body>,
}

/// A scripted body.
#[derive(Debug, Clone)]
pub enum Body {
    /// Text, sent as `text/plain` unless a header says otherwise.
    Text(String),
    /// JSON, sent as `application/json` unless a header says otherwise.
    Json(serde_json::Value),
    /// A template that makes the text.
    Template(Template),
}

/// One change of the bank's answer.
#[derive(Debug, Clone)]
pub enum Edit {
    /// The value at a JSON Pointer (RFC 6901) becomes this; missing objects on the way are made.
    Set(Pointer, serde_json::Value),
    /// What is at the pointer goes.
    Remove(Pointer),
    /// The status becomes this.
    Status(u16),
    /// The header field, lower-case, becomes this; `None` leaves it out.
    Header(String, Option<Template>),
}

/// How much is too much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// So many calls in a span of time, and so many at once. RFC 6585 §4.
    Quota {
        /// Calls, from 1.
        calls: u32,
        /// In this time.
        every: Duration,
        /// At once, from 1.
        burst: u32,
    },
    /// So many at the same time.
    InFlight(u32),
}

/// What is wrong with the transport.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// The connection is closed without an answer; on HTTP/2 the stream is reset.
    Close,
    /// The connection is reset (TCP RST), on HTTP/2 too.
    Reset,
    /// No answer: until the client goes, or for this long; then as `Close`.
    Stall(Option<Duration>),
    /// So many bytes of the body, then the end of the connection or stream.
    Truncate(usize),
    /// The body so many bytes at a time, with this in between.
    Drip(usize, Duration),
    /// Bytes that are no HTTP.
    Garbage,
    /// A body that is no JSON although it says so.
    MalformedJson,
    /// A `Content-Length` that is not that of the body.
    WrongLength,
    /// A TLS alert (RFC 8446 §6.2) in the handshake.
    Alert(Alert),
}

/// A TLS alert that can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Alert {
    /// Its name in RFC 8446 §6, such as `unknown_ca`.
    pub name: &'static str,
    /// Its number there.
    pub number: u8,
}

/// How long an answer is held back.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Delay {
    /// Always this.
    Fixed(Duration),
    /// Evenly from the first to the second.
    Between(Duration, Duration),
    /// Log-normal, by its median and the value that 99 of 100 do not exceed.
    LogNormal {
        /// The middle.
        median: Duration,
        /// The 99th percentile.
        p99: Duration,
    },
}

/// What becomes of `x-fapi-interaction-id` on the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum InteractionIdEffect {
    /// It is left out.
    Omit,
    /// A fresh one, whatever was sent.
    Replace,
}
