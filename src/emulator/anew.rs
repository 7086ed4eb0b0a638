//! A world that begins anew, or goes on from an earlier moment.

use crate::emulator::World;
use crate::emulator::host::Gone;
use crate::world::snapshot::{Snapshot, SnapshotError};
use crate::world::{Part, ResetError};

impl World {
    /// Makes everything as it was at the start: clients and tokens, TPPs, scenarios with their counts,
    /// journal and clock. Requests that are in are answered first.
    ///
    /// # Errors
    /// See [`ResetError`].
    pub async fn reset(&self) -> Result<(), ResetError> {
        self.reset_parts(&Part::ALL).await
    }

    /// The same of these parts alone.
    ///
    /// # Errors
    /// See [`ResetError`].
    ///
    /// ```
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// use aspsp_emulator::{Emulator, Part};
    ///
    /// let emulator = Emulator::builder().start().await?;
    /// emulator.reset_parts(&[Part::Clients, Part::Journal]).await?;
    /// # Ok(())
    /// # }
    /// # tokio::runtime::Runtime::new().unwrap().block_on(example()).unwrap();
    /// ```
    pub async fn reset_parts(&self, parts: &[Part]) -> Result<(), ResetError> {
        self.host().check(self.inner()).map_err(|gone| match gone {
            Gone::Stopped => ResetError::Stopped,
            Gone::Deleted(deleted) => ResetError::Deleted(deleted),
        })?;
        self.inner().reset(parts).await
    }

    /// All of it but its journal, as one value, to be put back with [`World::restore`]; `serde` writes
    /// it. Client secrets and tokens are in it, private keys are not. Requests that are in are answered
    /// first.
    ///
    /// ```
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// use aspsp_emulator::Emulator;
    ///
    /// let emulator = Emulator::builder().start().await?;
    /// let world = emulator.world().await?;
    /// world.activate("throttled-429")?;
    /// let before = world.snapshot().await;
    /// world.deactivate("throttled-429")?;
    /// world.restore(before).await?;
    /// world.deactivate("throttled-429")?; // It was in force again.
    /// # Ok(())
    /// # }
    /// # tokio::runtime::Runtime::new().unwrap().block_on(example()).unwrap();
    /// ```
    pub async fn snapshot(&self) -> Snapshot {
        self.inner().snapshot().await
    }

    /// Puts a snapshot back, of this world or another one of the same authority, in place of all that is
    /// here but the journal. A [`Tpp`] that was made before signs on where its keys are still in one of
    /// the emulator's worlds.
    ///
    /// # Errors
    /// See [`SnapshotError`].
    ///
    /// [`Tpp`]: crate::Tpp
    pub async fn restore(&self, snapshot: Snapshot) -> Result<(), SnapshotError> {
        self.host().worlds.restore(self.inner(), snapshot).await
    }
}
