//! The shape of a scenario file. The comments here are the descriptions of its JSON Schema.
//!
//! What only a reader of the values can tell (ranges, names, what goes together) is for `load`.

mod bodies;
mod described;
mod effect;
mod expectation;
mod matching;

use schemars::{JsonSchema, SchemaGenerator, generate::SchemaSettings};
use serde::Deserialize;
use serde_json::Value;

pub use self::bodies::{ActivationBody, ExpectationBody, ScenarioBody};
pub(super) use self::effect::{
    AlterFile, BodyFile, DelayFile, DelayKeys, DripFile, EditFile, EffectFile, FaultFile,
    FaultKeys, FaultWord, HeaderFile, LimitFile, RespondFile, RespondKeys, StepFile,
};
pub(super) use self::expectation::{ExpectationFile, SoughtFile, TimesFile};
pub(super) use self::matching::{
    ActivationFile, AlternativesFile, CertificateFile, JoseFile, MatchFile, MatcherFile,
    MatcherKeys,
};
use crate::dialect::policy::PolicyChanges;
use crate::document::placed::{Placed, Written};
use crate::document::shaped::Given;
use crate::scenario::model::{InteractionIdEffect, Per, Stage};

/// The JSON Schema (draft 2020-12) of a scenario file.
#[must_use]
pub fn schema() -> Value {
    let generator: SchemaGenerator = SchemaSettings::draft2020_12().into_generator();
    generator.into_root_schema_for::<ScenarioFile>().to_value()
}

/// Rules by which a bank misbehaves. They are tried from the top; the first with an answer or a
/// fault that applies to an exchange decides what becomes of it.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(
    title = "Scenario file of aspsp-emulator",
    extend("anyOf" = [
        { "required": ["policy"] },
        { "required": ["rules"], "properties": { "rules": { "minItems": 1 } } },
    ]),
)]
pub(super) struct ScenarioFile {
    /// Its name; left out, that of the file without its ending.
    #[schemars(
        regex(pattern = r"^[A-Za-z0-9._-]{1,100}$"),
        extend("not" = { "pattern": r".\.(yaml|yml|json)$" })
    )]
    pub name: Given<Placed<String>>,
    /// What a TPP will see.
    pub description: Given<String>,
    /// Decides draws, in the place of the world's seed.
    pub seed: Given<u64>,
    /// Switches of banks that are set while the scenario is active.
    pub policy: Given<PolicyChanges>,
    /// The rules, in the order in which they are tried.
    #[schemars(length(max = 10_000))]
    pub rules: Given<Placed<Vec<Placed<RuleFile>>>>,
}

/// One rule: which exchanges it is about, when it applies to them, and what it does then.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(extend("not" = described::no_two(&["respond", "reject", "alter", "limit", "sequence"])))]
pub(super) struct RuleFile {
    /// Its name; left out, its position, from 1.
    #[schemars(regex(pattern = r"^[A-Za-z0-9._-]{1,100}$"))]
    pub name: Given<Placed<String>>,
    /// Which exchanges it is about; left out, every one.
    #[serde(rename = "match")]
    pub matching: Given<Placed<MatchFile>>,
    /// Which of those exchanges, counted from 1: 3, 1..2, 4.., every 5.
    #[schemars(schema_with = "described::calls")]
    pub calls: Given<Placed<Written>>,
    /// What calls and limits are counted apart by.
    pub per: Given<Placed<Per>>,
    /// How likely it applies, from 0 to 1.
    #[schemars(range(min = 0, max = 1))]
    pub chance: Given<Placed<f64>>,
    /// In which state of the scenario it applies; the first state is start.
    #[schemars(regex(pattern = r"^[A-Za-z0-9._-]{1,100}$"))]
    pub state: Given<Placed<String>>,
    /// The state of the scenario after it applied.
    #[schemars(regex(pattern = r"^[A-Za-z0-9._-]{1,100}$"))]
    pub next_state: Given<Placed<String>>,
    /// From how long after activation on it applies, such as 30s.
    #[schemars(schema_with = "described::span")]
    pub after: Given<Placed<Written>>,
    /// Until how long after activation it applies, exclusive, such as 2m.
    #[schemars(schema_with = "described::span")]
    pub until: Given<Placed<Written>>,
    /// How old things must be.
    pub age: Given<AgeFile>,
    /// Whether the bank does its work before the effect.
    pub stage: Given<Placed<Stage>>,
    /// The answer.
    pub respond: Given<Placed<RespondFile>>,
    /// The bank refuses, as if this check had failed.
    #[schemars(schema_with = "described::check")]
    pub reject: Given<Placed<String>>,
    /// The bank answers, and its answer is changed.
    pub alter: Given<Placed<AlterFile>>,
    /// The bank answers, until there are too many calls.
    pub limit: Given<Placed<LimitFile>>,
    /// One effect after the other, by the number of the call; then the bank answers.
    #[schemars(length(min = 1))]
    pub sequence: Given<Placed<Vec<Placed<StepFile>>>>,
    /// What is wrong with the transport.
    pub fault: Given<Placed<FaultFile>>,
    /// How long the answer is held back.
    pub delay: Given<Placed<DelayFile>>,
    /// What becomes of x-fapi-interaction-id on the answer.
    pub interaction_id: Given<Placed<InteractionIdEffect>>,
}

/// How old things must be: ..3s, 60s.., 3s..60s; from the start, inclusive, to the end, exclusive.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct AgeFile {
    /// The client, since it was stored.
    #[schemars(schema_with = "described::age")]
    pub client: Given<Placed<Written>>,
    /// The bearer token, since it was issued.
    #[schemars(schema_with = "described::age")]
    pub token: Given<Placed<Written>>,
    /// The key that signed the request, since the directory published it.
    #[schemars(schema_with = "described::age")]
    pub key: Given<Placed<Written>>,
    /// The client certificate, since it was made.
    #[schemars(schema_with = "described::age")]
    pub certificate: Given<Placed<Written>>,
    /// The software statement sent, since its iat.
    #[schemars(schema_with = "described::age")]
    pub statement: Given<Placed<Written>>,
}
