//! Putting a snapshot back: everything is judged before anything changes.

use std::collections::HashSet;
use std::sync::Arc;

use time::OffsetDateTime;

use crate::bank::Bank;
use crate::clock::{Clock, Setting};
use crate::directory::whole::{ContentsError, HeldKeys, Prepared};
use crate::scenario::progress::ScenarioProgress;
use crate::scenario::{Entry, Origin, parse_named};
use crate::store::Contents;
use crate::world::snapshot::clients::BankSnapshot;
use crate::world::snapshot::{
    ClockSnapshot, OwnScenario, Snapshot, SnapshotError, VERSION, authority_id,
};
use crate::world::{World, Worlds};

/// A snapshot that can be put back.
struct Plan {
    clock: Setting,
    directory: Prepared,
    /// Of every bank of the world.
    banks: Vec<(Arc<Bank>, Contents)>,
    own: Vec<Entry>,
    in_force: Vec<ScenarioProgress>,
}

impl Worlds {
    /// Puts a snapshot into a world, in place of all that is in it but its journal: waits until the
    /// requests that are in are answered, and keeps others waiting meanwhile. Private keys are taken
    /// up where they are still held in one of the worlds.
    ///
    /// # Errors
    /// See [`SnapshotError`].
    pub async fn restore(&self, world: &World, snapshot: Snapshot) -> Result<(), SnapshotError> {
        let _alone = world.alone().await;
        let mut held = HeldKeys::default();
        held.add(&world.directory);
        for other in self.all() {
            held.add(&other.directory);
        }
        let plan = world.plan(snapshot, &held)?;
        world.carry_out(plan).await
    }
}

impl World {
    fn plan(&self, snapshot: Snapshot, held: &HeldKeys) -> Result<Plan, SnapshotError> {
        if snapshot.version != VERSION {
            let found = format!("the number `{}`", snapshot.version);
            return Err(SnapshotError::member("version", found, VERSION.to_string()));
        }
        let here = authority_id(&self.authority);
        if snapshot.authority != here {
            let found = snapshot.authority;
            return Err(SnapshotError::AnotherAuthority { found, here });
        }
        let banks = self.plan_banks(snapshot.banks)?;
        let directory = snapshot.directory.contents()?;
        let directory = self.directory.prepare(directory, held);
        Ok(Plan {
            clock: snapshot.clock.setting()?,
            banks,
            directory: directory.map_err(of_directory)?,
            own: self.plan_own(snapshot.own_scenarios)?,
            in_force: snapshot.in_force,
        })
    }

    /// A bank that is not in the snapshot remembers nothing afterwards.
    fn plan_banks(
        &self,
        snapshots: Vec<BankSnapshot>,
    ) -> Result<Vec<(Arc<Bank>, Contents)>, SnapshotError> {
        let banks = self.banks.iter();
        let mut plans: Vec<(Arc<Bank>, Contents)> = banks
            .map(|slot| (Arc::clone(slot.configured()), Contents::default()))
            .collect();
        let mut seen = HashSet::new();
        for (position, snapshot) in snapshots.into_iter().enumerate() {
            let path = format!("banks.{position}");
            let found = plans.iter_mut().find(|(bank, _)| bank.id == snapshot.id);
            let Some((bank, contents)) = found else {
                return Err(SnapshotError::NoSuchBank {
                    found: snapshot.id,
                    here: ids(&plans),
                });
            };
            if bank.dialect().id != snapshot.dialect {
                return Err(SnapshotError::AnotherDialect {
                    bank: snapshot.id,
                    found: snapshot.dialect,
                    here: bank.dialect().id.to_owned(),
                });
            }
            if !seen.insert(snapshot.id.clone()) {
                return Err(twice(format!("{path}.id"), &snapshot.id));
            }
            check_once(&snapshot, &path)?;
            *contents = snapshot.contents(&path)?;
        }
        Ok(plans)
    }

    fn plan_own(&self, own: Vec<OwnScenario>) -> Result<Vec<Entry>, SnapshotError> {
        let banks = self.scenarios.banks();
        let entry = |own: OwnScenario| {
            let loaded = parse_named(&own.name, &own.text, &banks);
            let loaded = loaded.map_err(|bad| SnapshotError::Scenario {
                name: own.name,
                bad: bad.to_string(),
            })?;
            Ok(Entry {
                scenario: Arc::new(loaded.scenario),
                origin: Origin::World,
                text: own.text.into(),
            })
        };
        own.into_iter().map(entry).collect()
    }

    /// What can fail comes first, and is taken back.
    async fn carry_out(&self, plan: Plan) -> Result<(), SnapshotError> {
        let mut before: Vec<(Arc<Bank>, Contents)> = Vec::with_capacity(plan.banks.len());
        let mut failed = None;
        for (bank, contents) in plan.banks {
            let was = bank.contents().await;
            if let Err(cause) = bank.replace_contents(contents).await {
                let bank = bank.id.clone();
                failed = Some(SnapshotError::Store { bank, cause });
                break;
            }
            before.push((bank, was));
        }
        if failed.is_none() {
            let resumed = self.scenarios.restore(plan.own, plan.in_force);
            failed = resumed.err().map(SnapshotError::Resume);
        }
        if let Some(error) = failed {
            for (bank, was) in before {
                if let Err(cause) = bank.replace_contents(was).await {
                    tracing::error!(bank = %bank.id, %cause, "its clients are not as they were");
                }
            }
            return Err(error);
        }
        // It was tried on another clock.
        if let Err(error) = self.clock.restore(&plan.clock) {
            tracing::error!(%error, "the clock of a snapshot");
        }
        Ok(self.directory.put_back(plan.directory)?)
    }
}

fn ids(plans: &[(Arc<Bank>, Contents)]) -> String {
    let ids: Vec<&str> = plans.iter().map(|(bank, _)| bank.id.as_str()).collect();
    ids.join(", ")
}

fn twice(field: String, found: &str) -> SnapshotError {
    SnapshotError::member(field, format!("`{found}` for a second time"), "each once")
}

/// That no client and no token is there twice.
fn check_once(snapshot: &BankSnapshot, path: &str) -> Result<(), SnapshotError> {
    let (mut ids, mut tokens) = (HashSet::new(), HashSet::new());
    for (position, client) in snapshot.clients.iter().enumerate() {
        let path = format!("{path}.clients.{position}");
        if !ids.insert(client.client_id()) {
            let found = client.client_id().as_str();
            return Err(twice(format!("{path}.client_id"), found));
        }
        if client.tokens().any(|token| !tokens.insert(token)) {
            let found = "a token for a second time";
            return Err(SnapshotError::member(
                format!("{path}.tokens"),
                found,
                "each once",
            ));
        }
    }
    Ok(())
}

fn of_directory(error: ContentsError) -> SnapshotError {
    match error {
        ContentsError::Member {
            position,
            member,
            found,
            allowed,
        } => {
            let field = format!("directory.tpps.{position}.{member}");
            SnapshotError::member(field, found, allowed)
        }
        ContentsError::AnotherIdentity {
            position,
            software,
            member,
            found,
            here,
        } => SnapshotError::AnotherIdentity {
            field: format!("directory.tpps.{position}.{member}"),
            software,
            found,
            here,
        },
    }
}

impl ClockSnapshot {
    /// # Errors
    /// [`SnapshotError::Member`]: no clock can stand so.
    fn setting(&self) -> Result<Setting, SnapshotError> {
        let setting = Setting {
            now: OffsetDateTime::UNIX_EPOCH,
            offset: self.offset.0,
            frozen_at: self.frozen_at.map(|at| at.0),
        };
        let tried = Clock::system().restore(&setting);
        tried.map(|()| setting).map_err(|error| {
            let field = match self.frozen_at {
                Some(_) => "clock.frozen_at",
                None => "clock.offset",
            };
            let text = error.to_string();
            let text = text.strip_prefix("found ").unwrap_or(&text);
            let (found, allowed) = text.split_once("; allowed: ").unwrap_or((text, ""));
            SnapshotError::member(field, found, allowed)
        })
    }
}
