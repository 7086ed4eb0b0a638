//! All that a bank remembers, taken out and put back.

use crate::bank::Bank;
use crate::store::{Contents, StoreError};

impl Bank {
    /// All that it remembers, at one moment.
    pub async fn contents(&self) -> Contents {
        self.store.export().await
    }

    /// Remembers this and nothing else; or, with an error, what it did before. No client and no token
    /// is given twice.
    ///
    /// # Errors
    /// [`StoreError::Full`].
    pub async fn replace_contents(&self, contents: Contents) -> Result<(), StoreError> {
        self.store.import(contents).await
    }
}
