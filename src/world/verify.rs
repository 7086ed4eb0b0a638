//! Whether the exchanges of a world are what somebody expects, now or soon.

use crate::journal::{self, Verification};
use crate::scenario::Expectation;
use crate::world::World;

/// The world was deleted while somebody waited for something in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the world `{name}` was deleted meanwhile")]
pub struct Deleted {
    /// Its name.
    pub name: String,
}

impl World {
    /// Holds the journal against an expectation; waits until further exchanges change nothing, for as
    /// long as the expectation has time. So if there may be too many, it waits to the end, or until
    /// there are. The world is in use meanwhile.
    ///
    /// # Errors
    /// [`Deleted`] where the world is, before that is known.
    pub async fn verify(&self, expectation: &Expectation) -> Result<Verification, Deleted> {
        let judged = || journal::verify(expectation, &self.journal.after(0));
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
            () = self.ended() => Err(Deleted { name: self.name.to_string() }),
            () = tokio::time::sleep(within) => Ok(judged()),
        }
    }
}
