//! Whether the exchanges of a world are what somebody expects, now or soon.

use crate::domain::words::debug_as_display;
use crate::journal::{self, Verification};
use crate::scenario::Expectation;
use crate::world::World;

/// The world was deleted before somebody wanted something of it, or while they waited.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[error("the world `{name}` was deleted meanwhile")]
pub struct Deleted {
    /// Its name.
    pub name: String,
}

debug_as_display!(Deleted);

impl From<&World> for Deleted {
    fn from(world: &World) -> Self {
        let name = world.name.to_string();
        Self { name }
    }
}

impl World {
    /// Holds the journal against an expectation; waits until further exchanges change nothing, for as
    /// long as the expectation has time. So if there may be too many, it waits to the end, or until
    /// there are. The world is in use meanwhile.
    ///
    /// # Errors
    /// [`Deleted`] where the world is, before that is known.
    pub async fn verify(&self, expectation: &Expectation) -> Result<Verification, Deleted> {
        if self.has_ended() {
            return Err(Deleted::from(self));
        }
        let judged = || journal::verify(expectation, &self.journal);
        let Some(within) = expectation.within else {
            return Ok(judged());
        };
        let _in_use = self.in_use();
        let is_settled = async {
            let mut news = self.journal.subscribe();
            loop {
                let verification = judged();
                let Verification { count, ok, .. } = verification;
                // The sender lives as long as the world.
                if expectation.is_settled(count, ok) || news.changed().await.is_err() {
                    return verification;
                }
            }
        };
        tokio::select! {
            // What is there counts before the end of the world and time do.
            biased;
            verification = is_settled => Ok(verification),
            () = self.ended() => Err(Deleted::from(self)),
            () = tokio::time::sleep(within) => Ok(judged()),
        }
    }
}
