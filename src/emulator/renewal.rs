//! The kits' folders stay fresh while the emulator runs.

use std::sync::Arc;

use futures_util::future::join_all;

use crate::emulator::start::blocking;
use crate::kit::TppFolder;

/// Keeps the folders fresh, for ever.
pub(super) async fn renew_folders(folders: Vec<Arc<TppFolder>>) {
    join_all(folders.into_iter().map(renew)).await;
    // There were none.
    std::future::pending::<()>().await;
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
