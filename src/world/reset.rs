//! Back to how a world began, as a whole or in parts.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::clock::ClockError;
use crate::directory::signer::DirectoryError;
use crate::domain::words::{debug_as_display, shown_by_word};
use crate::world::{Deleted, World};

/// A part of a world that can be as it was at the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Clients of all banks with their tokens, and what was used once: gone.
    Clients,
    /// Tokens of all clients, registration access tokens too: gone.
    Tokens,
    /// TPPs that were made since: gone. Those of the kit and the settings: as they were, with their
    /// first keys, statuses, roles and redirect URIs, and nothing revoked.
    Tpps,
    /// Scenarios: those in force from the start, begun anew; the world's own ones gone.
    Scenarios,
    /// Counts, states, times and quotas of the scenarios in force: begun anew.
    Counts,
    /// Exchanges: gone. Their numbers go on.
    Journal,
    /// The clock: as it stood at the start, which is at the system's time unless the emulator was
    /// built otherwise.
    Clock,
}

impl Part {
    /// Every part.
    pub const ALL: [Part; 7] = [
        Part::Clients,
        Part::Tokens,
        Part::Tpps,
        Part::Scenarios,
        Part::Counts,
        Part::Journal,
        Part::Clock,
    ];

    /// The word in a reset.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Part::Clients => "clients",
            Part::Tokens => "tokens",
            Part::Tpps => "tpps",
            Part::Scenarios => "scenarios",
            Part::Counts => "counts",
            Part::Journal => "journal",
            Part::Clock => "clock",
        }
    }
}

shown_by_word!(Part);

/// Why something is not wholly as it was at the start.
#[derive(thiserror::Error)]
pub enum ResetError {
    /// The listeners were not told of the revocations that were taken back.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// The clock could not be set back.
    #[error(transparent)]
    Clock(#[from] ClockError),
    /// The world is deleted; nothing was done.
    #[error(transparent)]
    Deleted(#[from] Deleted),
    /// The emulator has been stopped; nothing was done.
    #[error("the emulator has been stopped; reset before it is")]
    Stopped,
}

debug_as_display!(ResetError);

impl World {
    /// Makes these parts as they were at the start, once every request that is in has been answered
    /// and before any other is let in. Of whatever was sent before, nothing is seen afterwards.
    ///
    /// # Errors
    /// See [`ResetError`]; everything else is done then.
    pub async fn reset(&self, parts: &[Part]) -> Result<(), ResetError> {
        let _alone = self.alone().await;
        let is_wanted = |part| parts.contains(&part);
        // First, so that what begins anew begins at the time that is then.
        let mut clock = Ok(());
        if is_wanted(Part::Clock) {
            clock = self.clock.restore(&self.first_clock);
        }
        let mut directory = Ok(());
        if is_wanted(Part::Tpps) {
            directory = self.directory.reset();
        }
        for bank in &self.banks {
            let bank = bank.configured();
            if is_wanted(Part::Clients) {
                bank.forget_clients().await;
            }
            if is_wanted(Part::Tokens) {
                bank.forget_tokens().await;
            }
        }
        if is_wanted(Part::Scenarios) {
            self.scenarios.restart();
        }
        if is_wanted(Part::Counts) {
            self.scenarios.restart_counts();
        }
        if is_wanted(Part::Journal) {
            self.journal.clear();
        }
        clock?;
        Ok(directory?)
    }
}

#[cfg(test)]
mod tests;
