//! Scenario files that change while the emulator runs.

use std::future::pending;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use notify::{Config as WatchConfig, PollWatcher, RecursiveMode, Watcher};
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval};

use super::ScenarioFiles;
use super::shelf::{Change, Look};
use crate::document::problem::BadFile;
use crate::scenario::Library;
use crate::world::{World, Worlds};

/// How often files are looked at. Polling sees what bind mounts and renaming editors do not announce.
const EVERY: Duration = Duration::from_millis(500);

impl ScenarioFiles {
    /// Watches for ever; there may be nothing to watch. What changes, changes in all of these worlds.
    pub async fn watch(mut self, worlds: Arc<Worlds>) {
        if self.files.is_empty() && self.dirs.is_empty() {
            return pending().await;
        }
        let (changed, mut changes) = mpsc::unbounded_channel();
        let watcher = self.watcher(move || {
            // Nobody listens any more when the emulator stops.
            let _ = changed.send(());
        });
        let watcher = match watcher {
            Ok(watcher) => watcher,
            Err(error) => {
                tracing::error!(%error, "scenario files are not watched");
                return pending().await;
            }
        };
        // What changed since the start is no change to the watcher.
        self.look_again(&worlds);
        let mut clock = interval(EVERY);
        clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut has_changed = false;
        loop {
            tokio::select! {
                _ = clock.tick() => {
                    // Somebody who is still writing has a moment to finish.
                    if has_changed {
                        self.look_again(&worlds);
                        has_changed = false;
                    }
                    if let Err(error) = watcher.poll() {
                        tracing::error!(%error, "scenario files cannot be watched");
                    }
                }
                Some(()) = changes.recv() => has_changed = true,
            }
        }
    }

    fn watcher(&self, changed: impl Fn() + Send + 'static) -> notify::Result<PollWatcher> {
        let config = WatchConfig::default()
            .with_manual_polling()
            .with_compare_contents(true);
        let mut watcher = PollWatcher::new(move |_| changed(), config)?;
        for path in self.files.iter().chain(&self.dirs) {
            watcher.watch(path, RecursiveMode::NonRecursive)?;
        }
        Ok(watcher)
    }

    /// Takes over what has changed. What cannot be used is said, and the old rules stay.
    fn look_again(&mut self, worlds: &Worlds) {
        match self.paths() {
            Ok(paths) => {
                let look = self.shelf.look(&paths);
                self.report(&look);
                if !look.changes.is_empty() {
                    take_over(&self.library, &worlds.all(), look.changes);
                }
            }
            Err(error) => tracing::warn!(%error, "the scenarios stay as they were"),
        }
    }

    fn report(&self, look: &Look) {
        for bad in &look.bad {
            for line in bad.to_string().lines() {
                tracing::error!("{line}");
            }
            tracing::error!(file = %bad.file.display(), "{}", self.what_stays(bad));
        }
        for file in look.gone.iter().map(PathBuf::as_path) {
            tracing::warn!(file = %file.display(), "the scenario's file is gone; its rules stay");
        }
    }

    fn what_stays(&self, bad: &BadFile) -> &'static str {
        if self.shelf.has(&bad.file) {
            "the scenario's old rules stay"
        } else {
            "the file is left out"
        }
    }
}

/// Puts changed scenarios in the place of what their files said before.
fn take_over(library: &Library, worlds: &[Arc<World>], changes: Vec<Change>) {
    let before = |change: &Change| change.before.as_ref().map(|before| before.name.clone());
    // Names are freed first: another file may have taken one.
    for change in &changes {
        if let Some(name) = before(change).filter(|name| *name != change.scenario.name) {
            library.remove(&name);
        }
    }
    let mut replaced = Vec::with_capacity(changes.len());
    for change in changes {
        let name = change.scenario.name.clone();
        let before = before(&change);
        let is_new = before.is_none();
        library.put(Arc::clone(&change.scenario), &change.text);
        replaced.push((before.unwrap_or_else(|| name.clone()), change.scenario));
        tracing::info!(
            scenario = name,
            is_new,
            "read; what it counted is forgotten"
        );
    }
    for world in worlds {
        world.scenarios.replace(&replaced);
    }
}
