//! What is done from time to time while the emulator runs: kits' folders stay fresh, worlds that are no
//! longer used go.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;

use crate::clock::Clock;
use crate::emulator::start::blocking;
use crate::kit::TppFolder;
use crate::world::Worlds;

/// Keeps the folders fresh, for ever.
pub(super) async fn renew_folders(folders: Vec<Arc<TppFolder>>) {
    join_all(folders.into_iter().map(renew)).await;
    // There were none.
    std::future::pending::<()>().await;
}

/// How often worlds are looked at whose time to live may be over.
const SWEEP_EVERY: Duration = Duration::from_millis(500);

/// Deletes worlds that are no longer used, for ever.
pub(super) async fn sweep_worlds(worlds: Arc<Worlds>) {
    loop {
        tokio::time::sleep(SWEEP_EVERY).await;
        worlds.sweep(Clock::moment()).await;
    }
}

async fn renew(folder: Arc<TppFolder>) {
    loop {
        tokio::time::sleep(folder.renewal()).await;
        let due = Arc::clone(&folder);
        let dir = folder.dir().display();
        match blocking(move || due.renew()).await {
            Ok(Ok(())) => tracing::info!(%dir, "the kit's requests are renewed"),
            Ok(Err(error)) => tracing::error!(%dir, %error, "the kit's requests grow old"),
            Err(error) => tracing::error!(%dir, %error, "the kit's requests grow old"),
        }
    }
}
