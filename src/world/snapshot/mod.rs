//! A world as one document, taken and put back.
//!
//! Not in it: the journal, quotas and places in flight, and private keys. Client secrets and tokens
//! are: it is a secret itself.

mod clients;
mod moment;
mod restore;
mod tpps;

use certs_gen::Authority;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use self::clients::BankSnapshot;
use self::moment::Moment;
use self::tpps::DirectorySnapshot;
use crate::clock::{Clock, Setting};
use crate::directory::signer::DirectoryError;
use crate::domain::ids::SoftwareId;
use crate::domain::timespan::SignedTimeSpan;
use crate::domain::words::debug_as_display;
use crate::scenario::progress::{ResumeError, ScenarioProgress};
use crate::store::StoreError;
use crate::world::World;

/// The version of the documents that are written and read here.
pub const VERSION: u64 = 1;

/// A world at one moment.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Snapshot {
    /// The version of this form.
    #[schemars(schema_with = "only_version")]
    pub version: u64,
    /// When it was taken, in real time.
    taken_at: Moment,
    /// SHA-256 of the certificate of the issuing CA, in hexadecimal digits.
    authority: String,
    /// The name of the world that it was taken of.
    world: String,
    /// The seed of that world. It is not put back: a world keeps the seed that it was made with, and
    /// its later draws go by that.
    seed: u64,
    /// How its clock stood.
    clock: ClockSnapshot,
    /// What its directory knew.
    directory: DirectorySnapshot,
    /// What its banks remembered.
    banks: Vec<BankSnapshot>,
    /// The scenarios that it was given.
    own_scenarios: Vec<OwnScenario>,
    /// The scenarios in force, in the order in which they are tried, with what they have done.
    in_force: Vec<ScenarioProgress>,
}

/// How a clock stood.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ClockSnapshot {
    /// How far it was ahead of the system's time, such as `1h30m` or `-5m`.
    #[schemars(extend("examples" = ["1h30m", "-5m"]))]
    offset: SignedTimeSpan,
    /// Where it stood still; null if it ran.
    frozen_at: Option<Moment>,
}

/// A scenario that a world was given.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct OwnScenario {
    /// Its name.
    name: String,
    /// Its text, YAML or JSON.
    text: String,
}

fn only_version(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "const": VERSION })
}

/// Why a snapshot cannot be put back. Nothing has changed then, but for [`SnapshotError::Directory`].
#[derive(thiserror::Error)]
pub enum SnapshotError {
    /// A member cannot be.
    #[error("`{field}`: found {found}; allowed: {allowed}")]
    Member {
        /// The member, with its path.
        field: String,
        /// What is there.
        found: String,
        /// What may be.
        allowed: String,
    },
    /// A scenario of the world's own cannot be used here.
    #[error("`own_scenarios`: the scenario `{name}` cannot be used: {bad}")]
    Scenario {
        /// Its name.
        name: String,
        /// What is wrong with it, with line and column.
        bad: String,
    },
    /// Its certificates are of another authority.
    #[error(
        "`authority`: found `{found}`; allowed: `{here}`, whose certificates are accepted here; start the emulator with the authority that the snapshot was taken with (--authority DIR)"
    )]
    AnotherAuthority {
        /// The one in the snapshot.
        found: String,
        /// The one here.
        here: String,
    },
    /// The world has no bank of this id.
    #[error(
        "`banks`: found `{found}`; allowed: {here}; put the snapshot into a world with the banks that it was taken of"
    )]
    NoSuchBank {
        /// The id.
        found: String,
        /// The ids that there are.
        here: String,
    },
    /// The bank follows other rules here.
    #[error(
        "`banks`: found the bank `{bank}` of the dialect `{found}`; allowed: `{here}`, as it is here; put the snapshot into a world whose bank has that dialect"
    )]
    AnotherDialect {
        /// The bank's id.
        bank: String,
        /// The dialect in the snapshot.
        found: String,
        /// The dialect here.
        here: String,
    },
    /// Another TPP than the one of the kit or the settings that has this software here.
    #[error(
        "`{field}`: found `{found}`; allowed: `{here}`; the TPP `{software}` is of the kit or the settings here, and stays who it is"
    )]
    AnotherIdentity {
        /// The member, with its path.
        field: String,
        /// The software.
        software: SoftwareId,
        /// What is there.
        found: String,
        /// What it is here.
        here: String,
    },
    /// A scenario that was in force cannot go on.
    #[error("`in_force`: {0}")]
    Resume(#[from] ResumeError),
    /// A bank cannot remember that much.
    #[error(
        "the clients of the bank `{bank}` have no place: {cause}; raise `limits.clients` of the settings"
    )]
    Store {
        /// The bank's id.
        bank: String,
        /// Why.
        cause: StoreError,
    },
    /// The listener did not take the new revocation list; all else is as in the snapshot.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
}

debug_as_display!(SnapshotError);

impl SnapshotError {
    fn member(
        field: impl Into<String>,
        found: impl Into<String>,
        allowed: impl Into<String>,
    ) -> Self {
        Self::Member {
            field: field.into(),
            found: found.into(),
            allowed: allowed.into(),
        }
    }
}

/// What an authority is known by: SHA-256 of its issuing CA's certificate, in hexadecimal digits.
#[must_use]
pub fn authority_id(authority: &Authority) -> String {
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, authority.issuing_der());
    let octets = hash.as_ref().iter();
    octets.map(|octet| format!("{octet:02x}")).collect()
}

impl World {
    /// All of it at one moment: waits until the requests that are in are answered, and keeps others
    /// waiting meanwhile.
    pub async fn snapshot(&self) -> Snapshot {
        let _alone = self.alone().await;
        let mut banks = Vec::with_capacity(self.banks.len());
        for slot in &self.banks {
            banks.push(BankSnapshot::of(slot.configured()).await);
        }
        let own = self.scenarios.library().own().into_iter();
        let own = own.map(|entry| OwnScenario {
            name: entry.scenario.name.clone(),
            text: entry.text.to_string(),
        });
        Snapshot {
            version: VERSION,
            taken_at: Moment(Clock::system().now()),
            authority: authority_id(&self.authority),
            world: self.name.to_string(),
            seed: self.seed,
            clock: ClockSnapshot::of(&self.clock.setting()),
            directory: self.directory.contents().into(),
            banks,
            own_scenarios: own.collect(),
            in_force: self.scenarios.progress(),
        }
    }
}

impl ClockSnapshot {
    fn of(setting: &Setting) -> Self {
        // A calendar is short enough for that.
        let millis = i64::try_from(setting.offset.whole_milliseconds()).unwrap_or_default();
        Self {
            offset: SignedTimeSpan(time::Duration::milliseconds(millis)),
            frozen_at: setting.frozen_at.map(Moment),
        }
    }
}
