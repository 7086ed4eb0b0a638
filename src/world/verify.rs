//! Whether the exchanges of a world are what somebody expects, now or soon.

use crate::journal::{self, Verification};
use crate::scenario::Expectation;
use crate::world::World;

impl World {
    /// Holds the journal against an expectation; waits until further exchanges change nothing, for as
    /// long as the expectation has time and the world is there. So if there may be too many, it waits
    /// to the end, or until there are.
    pub async fn verify(&self, expectation: &Expectation) -> Verification {
        let judged = || journal::verify(expectation, &self.journal.after(0));
        let Some(within) = expectation.within else {
            return judged();
        };
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
            // What is there counts before time does.
            biased;
            verification = is_settled => verification,
            () = self.ended() => judged(),
            () = tokio::time::sleep(within) => judged(),
        }
    }
}
