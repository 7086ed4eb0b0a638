//! The members of the query of exchanges.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

use crate::dialect::Operation;
use crate::document::tree::shown;
use crate::journal::{HANDSHAKE, Masking, Query};

/// Which exchanges, and how they are shown. All that is set must hold.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    /// Id of the bank.
    bank: Option<String>,
    /// What was asked for; `handshake` for one that failed.
    operation: Option<OperationWord>,
    /// The caller's software.
    software_id: Option<String>,
    /// The client.
    client_id: Option<String>,
    /// What names the exchange: `x-fapi-interaction-id`.
    interaction_id: Option<String>,
    /// The status of the answer as it was meant.
    #[schemars(range(min = 0, max = 65535))]
    status: Option<u16>,
    /// The scenario whose rule ended the search for an answer.
    scenario: Option<String>,
    /// Only those with a greater id.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    after: Option<u64>,
    /// At most so many, the first ones.
    #[schemars(range(max = 4_294_967_295_u32))]
    limit: Option<u32>,
    /// Whether secrets, tokens and keys are shown.
    secrets: Option<bool>,
}

/// How one exchange is shown.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Shown {
    /// Whether secrets, tokens and keys are shown.
    secrets: Option<bool>,
}

impl Filter {
    /// Which exchanges.
    pub fn query(&self) -> Query {
        Query {
            bank: self.bank.clone(),
            operation: self.operation.as_ref().map(|word| word.0.clone()),
            software_id: self.software_id.clone(),
            client_id: self.client_id.clone(),
            interaction_id: self.interaction_id.clone(),
            status: self.status,
            scenario: self.scenario.clone(),
            after: self.after,
            limit: self
                .limit
                .map(|limit| usize::try_from(limit).unwrap_or(usize::MAX)),
        }
    }

    /// Whether secrets are shown.
    pub fn masking(&self) -> Masking {
        masking(self.secrets)
    }
}

impl Shown {
    /// Whether secrets are shown.
    pub fn masking(&self) -> Masking {
        masking(self.secrets)
    }
}

fn masking(secrets: Option<bool>) -> Masking {
    match secrets {
        Some(true) => Masking::Revealed,
        _ => Masking::Masked,
    }
}

/// The word of an operation, or of a handshake.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
struct OperationWord(String);

impl OperationWord {
    fn all() -> Vec<&'static str> {
        let operations = Operation::ALL.iter().map(|operation| operation.as_str());
        operations.chain([HANDSHAKE]).collect()
    }
}

impl TryFrom<String> for OperationWord {
    type Error = String;

    fn try_from(word: String) -> Result<Self, String> {
        let all = Self::all();
        if all.contains(&word.as_str()) {
            return Ok(Self(word));
        }
        let (found, allowed) = (shown(&word), all.join(", "));
        Err(format!("found `{found}`; allowed: {allowed}"))
    }
}

impl JsonSchema for OperationWord {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "OperationWord".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "enum": Self::all() })
    }
}
