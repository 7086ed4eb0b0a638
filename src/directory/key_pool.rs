//! RSA keys, made ahead of need on threads of their own.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use certs_gen::{Error, Key, KeyAlgorithm};

/// A pool of RSA 2048 keys. One takes from 35 to 270 ms to make, too long for a request to wait
/// if it need not.
///
/// Nothing is made before [`KeyPool::prepare`] or the first [`KeyPool::take`] asks for it.
#[derive(Debug, Clone)]
pub struct KeyPool(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    ready: VecDeque<Key>,
    /// How many keys are kept ready.
    reserve: usize,
    /// Whether a key that was given is given again, after the others.
    is_lasting: bool,
    /// Threads at work; each makes keys until the reserve is full.
    makers: usize,
}

/// Threads that make keys at the same time.
const MAKERS: usize = 2;

impl KeyPool {
    /// A pool that keeps `reserve` keys ready once it has been asked for one.
    #[must_use]
    pub fn new(reserve: usize) -> Self {
        Self(Arc::new(Mutex::new(State {
            ready: VecDeque::new(),
            reserve,
            is_lasting: false,
            makers: 0,
        })))
    }

    /// A pool that gives these keys in turn, again and again; without any, it makes them.
    #[cfg(feature = "fuzzing")]
    #[must_use]
    pub fn of(keys: Vec<Key>) -> Self {
        let pool = Self::new(0);
        let mut state = pool.state();
        (state.ready, state.is_lasting) = (keys.into(), true);
        drop(state);
        pool
    }

    /// A key: one that is ready, or one made now. Blocks; not for an async task.
    ///
    /// # Errors
    /// The system's random source failed.
    pub fn take(&self) -> Result<Key, Error> {
        let ready = {
            let mut state = self.state();
            let ready = state.ready.pop_front();
            if state.is_lasting {
                state.ready.extend(ready.clone());
            }
            ready
        };
        self.prepare();
        match ready {
            Some(key) => Ok(key),
            None => Key::generate(KeyAlgorithm::Rsa2048),
        }
    }

    /// Starts to fill the reserve, and returns at once.
    pub fn prepare(&self) {
        let mut state = self.state();
        let wanted = state.reserve.saturating_sub(state.ready.len()).min(MAKERS);
        while state.makers < wanted {
            let pool = self.clone();
            let made = thread::Builder::new()
                .name("rsa-keys".to_owned())
                .spawn(move || pool.fill());
            match made {
                Ok(_) => state.makers += 1,
                // Without a thread the keys are made when they are asked for.
                Err(error) => {
                    tracing::warn!(%error, "no thread for the key pool");
                    return;
                }
            }
        }
    }

    fn fill(&self) {
        loop {
            let made = Key::generate(KeyAlgorithm::Rsa2048);
            let mut state = self.state();
            match made {
                Ok(key) => state.ready.push_back(key),
                Err(error) => tracing::error!(%error, "the key pool makes no keys"),
            }
            // The last holder is gone: nobody is left to ask.
            let is_orphan = Arc::strong_count(&self.0) <= state.makers;
            if state.ready.len() >= state.reserve || is_orphan || state.ready.is_empty() {
                state.makers -= 1;
                return;
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_given_once_and_fits_the_algorithm() {
        let pool = KeyPool::new(1);
        let (one, other) = (pool.take().unwrap(), pool.take().unwrap());
        assert_eq!(one.algorithm(), KeyAlgorithm::Rsa2048);
        assert_ne!(one.public_key_der(), other.public_key_der());
    }

    #[test]
    fn without_a_reserve_no_thread_is_started() {
        let pool = KeyPool::new(0);
        pool.prepare();
        assert_eq!(pool.state().makers, 0);
    }
}
