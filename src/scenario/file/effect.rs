//! The shapes of effects.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::SeqAccess;
use serde::{Deserialize, Deserializer};

use crate::document::placed::{Placed, Written};
use crate::document::shaped::{AnyValue, Given, Keyed, Part, Shape, Shaped, by_shape};
use crate::scenario::file::described;
use crate::scenario::model::InteractionIdEffect;

/// Reads and describes a type by the shapes of its values.
macro_rules! shaped {
    ($name:ident, $schema_name:literal, $allowed:literal,
     { $($shape:ident => $variant:ident,)+ }, $schema:expr) => {
        impl<'de> Shaped<'de> for $name {
            const ALLOWED: &'static str = $allowed;

            fn of<A: SeqAccess<'de>>(
                shape: Shape,
                value: Part<A>,
            ) -> Result<Option<Self>, A::Error> {
                match shape {
                    $(Shape::$shape => value.read().map(|value| Some($name::$variant(value))),)+
                    _ => Ok(None),
                }
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                by_shape(deserializer)
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                $schema_name.into()
            }

            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                let schema: fn(&mut SchemaGenerator) -> Schema = $schema;
                schema(generator)
            }
        }
    };
}

/// What happens to an exchange.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(extend("minProperties" = 1, "not" = described::no_two(&["respond", "reject", "alter"])))]
pub(in crate::scenario) struct EffectFile {
    /// The answer.
    pub respond: Given<Placed<RespondFile>>,
    /// The bank refuses, as if this check had failed.
    #[schemars(schema_with = "described::check")]
    pub reject: Given<Placed<String>>,
    /// The bank answers, and its answer is changed.
    pub alter: Given<Placed<AlterFile>>,
    /// What is wrong with the transport.
    pub fault: Given<Placed<FaultFile>>,
    /// How long the answer is held back.
    pub delay: Given<Placed<DelayFile>>,
    /// What becomes of x-fapi-interaction-id on the answer.
    pub interaction_id: Given<Placed<InteractionIdEffect>>,
}

/// One of a sequence.
#[derive(Debug)]
pub(in crate::scenario) enum StepFile {
    Word(StepWord),
    Effect(Box<EffectFile>),
}

/// The bank answers.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::scenario) enum StepWord {
    Pass,
}

shaped!(StepFile, "Step",
    "pass, or the keys respond, reject, alter, fault, delay, interaction_id",
    { Text => Word, Map => Effect, },
    |generator| json_schema!({
        "description": "An effect, or pass: the bank answers.",
        "anyOf": [{ "const": "pass" }, generator.subschema_for::<EffectFile>()],
    })
);

/// A status, or more.
#[derive(Debug)]
pub(in crate::scenario) enum RespondFile {
    Status(u64),
    Keys(Box<RespondKeys>),
}

shaped!(RespondFile, "Respond",
    "a status, or the keys status, headers, body, template",
    { Number => Status, Map => Keys, },
    |generator| json_schema!({
        "description": "A status, or a status with headers and body.",
        "anyOf": [
            { "type": "integer", "minimum": 200, "maximum": 599 },
            generator.subschema_for::<RespondKeys>(),
        ],
    })
);

/// An answer.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::scenario) struct RespondKeys {
    /// The status.
    #[schemars(range(min = 200, max = 599))]
    pub status: Placed<u64>,
    /// Header fields, by name; values are templates, and null leaves a field out.
    #[serde(default)]
    #[schemars(schema_with = "headers_sent")]
    pub headers: Given<Keyed<Placed<HeaderFile>>>,
    /// The body: a text, or JSON; left out, what the dialect says with this status.
    #[serde(default)]
    pub body: Given<Placed<BodyFile>>,
    /// Whether the body is a template.
    #[serde(default)]
    pub template: Given<Placed<bool>>,
}

fn headers_sent(generator: &mut SchemaGenerator) -> Schema {
    described::keyed::<HeaderFile>(generator, described::HEADER_NAME)
}

/// The value of a header field.
#[derive(Debug)]
pub(in crate::scenario) enum HeaderFile {
    Absent(()),
    Text(Written),
}

shaped!(HeaderFile, "HeaderValue",
    "a text, a number, or null, which leaves the field out",
    { Null => Absent, Text => Text, Number => Text, },
    |_| json_schema!({
        "description": "A template, or null, which leaves the field out.",
        "type": ["string", "number", "null"],
    })
);

/// A body.
#[derive(Debug)]
pub(in crate::scenario) enum BodyFile {
    Text(String),
    Json(serde_json::Value),
}

shaped!(BodyFile, "Body",
    "a text, or a JSON object or list",
    { Text => Text, Map => Json, List => Json, },
    |_| json_schema!({
        "description": "A text, or JSON.",
        "type": ["string", "object", "array"],
    })
);

/// Changes of the bank's answer.
#[derive(Debug)]
pub(in crate::scenario) enum AlterFile {
    One(Box<EditFile>),
    Many(Vec<Placed<EditFile>>),
}

shaped!(AlterFile, "Alter",
    "a list of changes, each with one of the keys set, remove, status, header",
    { Map => One, List => Many, },
    |generator| {
        let one = generator.subschema_for::<EditFile>();
        json_schema!({
            "description": "Changes of the bank's answer.",
            "anyOf": [one, { "type": "array", "items": one, "minItems": 1 }],
        })
    }
);

/// One change: set and to, remove, status, or header and to.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(extend("anyOf" = [
    { "required": ["set", "to"], "maxProperties": 2 },
    { "required": ["remove"], "maxProperties": 1 },
    { "required": ["status"], "maxProperties": 1 },
    { "required": ["header", "to"], "maxProperties": 2 },
]))]
pub(in crate::scenario) struct EditFile {
    /// JSON Pointer (RFC 6901) of a value in the body that becomes another.
    #[schemars(regex(pattern = described::POINTER))]
    pub set: Given<Placed<String>>,
    /// JSON Pointer (RFC 6901) of a value in the body that goes.
    #[schemars(regex(pattern = described::POINTER_WITHIN))]
    pub remove: Given<Placed<String>>,
    /// The status.
    #[schemars(range(min = 200, max = 599))]
    pub status: Given<Placed<u64>>,
    /// The name of a header field.
    #[schemars(regex(pattern = described::HEADER_NAME))]
    pub header: Given<Placed<String>>,
    /// What it becomes; for a header field, null leaves it out.
    pub to: Given<Placed<AnyValue>>,
}

/// How much is too much: calls and every, or `in_flight`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(extend("anyOf" = [
    { "required": ["calls", "every"], "not": { "required": ["in_flight"] } },
    { "required": ["in_flight"], "maxProperties": 1 },
]))]
pub(in crate::scenario) struct LimitFile {
    /// So many calls.
    #[schemars(range(min = 1, max = 4_294_967_295_u64))]
    pub calls: Given<Placed<u64>>,
    /// In this time, such as 1m.
    #[schemars(schema_with = "described::span")]
    pub every: Given<Placed<Written>>,
    /// So many at once; left out, as many as calls.
    #[schemars(range(min = 1, max = 4_294_967_295_u64))]
    pub burst: Given<Placed<u64>>,
    /// So many at the same time.
    #[schemars(range(min = 1, max = 4_294_967_295_u64))]
    pub in_flight: Given<Placed<u64>>,
}

/// What is wrong with the transport.
#[derive(Debug)]
pub(in crate::scenario) enum FaultFile {
    Word(FaultWord),
    Keys(Box<FaultKeys>),
}

shaped!(FaultFile, "Fault",
    "close, reset, stall, garbage, malformed_json, wrong_length, or one of the keys stall, truncate, drip, alert",
    { Text => Word, Map => Keys, },
    |generator| json_schema!({
        "description": "What is wrong with the transport.",
        "anyOf": [
            generator.subschema_for::<FaultWord>(),
            generator.subschema_for::<FaultKeys>(),
        ],
    })
);

/// A fault without a measure.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::scenario) enum FaultWord {
    /// The connection is closed without an answer.
    Close,
    /// The connection is reset (TCP RST).
    Reset,
    /// No answer until the client goes.
    Stall,
    /// Bytes that are no HTTP.
    Garbage,
    /// A body that is no JSON although it says so.
    MalformedJson,
    /// A Content-Length that is not that of the body.
    WrongLength,
}

/// A fault with a measure: one of these.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(extend("minProperties" = 1, "maxProperties" = 1))]
pub(in crate::scenario) struct FaultKeys {
    /// No answer for so long, then the end of the connection.
    #[schemars(schema_with = "described::span")]
    pub stall: Given<Placed<Written>>,
    /// So many bytes of the body, then the end of the connection.
    #[schemars(range(min = 1))]
    pub truncate: Given<Placed<u64>>,
    /// The body bit by bit.
    pub drip: Given<DripFile>,
    /// A TLS alert (RFC 8446 §6.2) in the handshake, such as `unknown_ca`.
    #[schemars(schema_with = "described::alert")]
    pub alert: Given<Placed<String>>,
}

/// A body bit by bit.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::scenario) struct DripFile {
    /// So many bytes at a time.
    #[schemars(range(min = 1))]
    pub bytes: Placed<u64>,
    /// With this in between, such as 1s.
    #[schemars(schema_with = "described::span")]
    pub every: Placed<Written>,
}

/// How long an answer is held back.
#[derive(Debug)]
pub(in crate::scenario) enum DelayFile {
    Fixed(Written),
    Keys(Box<DelayKeys>),
}

shaped!(DelayFile, "Delay",
    "a length of time such as 250ms, or the keys from and to, or median and p99",
    { Text => Fixed, Number => Fixed, Map => Keys, },
    |generator| json_schema!({
        "description": "How long the answer is held back, in real time.",
        "anyOf": [described::span(generator), generator.subschema_for::<DelayKeys>()],
    })
);

/// A delay that differs: from and to, or median and p99.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(extend("maxProperties" = 2, "anyOf" = [
    { "required": ["from", "to"] },
    { "required": ["median", "p99"] },
]))]
pub(in crate::scenario) struct DelayKeys {
    /// The shortest.
    #[schemars(schema_with = "described::span")]
    pub from: Given<Placed<Written>>,
    /// The longest.
    #[schemars(schema_with = "described::span")]
    pub to: Given<Placed<Written>>,
    /// The middle.
    #[schemars(schema_with = "described::span")]
    pub median: Given<Placed<Written>>,
    /// What 99 of 100 do not exceed.
    #[schemars(schema_with = "described::span")]
    pub p99: Given<Placed<Written>>,
}
