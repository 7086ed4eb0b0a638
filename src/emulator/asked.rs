//! What a world was asked, for a test to look at and to print.

use crate::emulator::World;
use crate::journal::{ExchangeView, Masking, story};

impl World {
    /// What was asked and answered, oldest first, as far as the journal has it. Secrets are masked.
    ///
    /// ```
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// use aspsp_emulator::Emulator;
    ///
    /// let emulator = Emulator::builder().start().await?;
    /// // … drive your own client …
    /// for exchange in emulator.exchanges() {
    ///     assert_ne!(exchange.status, Some(500), "{:?}", exchange.path);
    /// }
    /// # Ok(())
    /// # }
    /// # tokio::runtime::Runtime::new().unwrap().block_on(example()).unwrap();
    /// ```
    #[must_use]
    pub fn exchanges(&self) -> Vec<ExchangeView> {
        let exchanges = self.inner().journal.after(0);
        let exchanges = exchanges.iter();
        exchanges
            .map(|exchange| ExchangeView::new(exchange, Masking::Masked))
            .collect()
    }

    /// The same for people: the whole story of each exchange on a page, as the command `explain` tells
    /// it, with every check that it met. For what a test prints when it fails.
    #[must_use]
    pub fn stories(&self) -> Vec<String> {
        let exchanges = self.inner().journal.after(0);
        let exchanges = exchanges.iter();
        exchanges
            .map(|exchange| story(exchange, Masking::Masked))
            .collect()
    }
}
