//! Requests in flight, and changes of a world as a whole.

use tokio::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};

/// Lets requests in side by side, and changes of the whole world one at a time, alone.
#[derive(Debug, Default)]
pub struct Gate(RwLock<()>);

/// A request that is in.
pub type Here<'a> = RwLockReadGuard<'a, ()>;

/// A change of the whole world.
pub type Alone<'a> = RwLockWriteGuard<'a, ()>;

impl Gate {
    pub(super) async fn enter(&self) -> Here<'_> {
        self.0.read().await
    }

    pub(super) async fn alone(&self) -> Alone<'_> {
        self.0.write().await
    }
}
