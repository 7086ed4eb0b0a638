//! What rules have counted, by the key of `per`.

use std::cell::OnceCell;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};

use super::quota::{Quota, Steady};
use crate::scenario::model::{Limit, Per};
use crate::scenario::seen::Seen;

/// How many keys a rule counts apart; then it forgets the one that came first. Tokens and
/// connections come without end.
pub const KEYS: usize = 100_000;

/// What calls are counted apart by: a hash, since callers choose how long their names are.
pub type Key = [u8; 32];

/// The keys of one exchange, each made when it is first asked for.
pub struct Keys<'a> {
    seen: &'a Seen<'a>,
    made: [OnceCell<Option<Key>>; 7],
}

impl<'a> Keys<'a> {
    pub fn new(seen: &'a Seen<'a>) -> Self {
        let made = Default::default();
        Self { seen, made }
    }

    /// The key; `None` if the exchange has none.
    pub fn of(&self, per: Per) -> Option<Key> {
        *self.made[per as usize].get_or_init(|| self.make(per))
    }

    fn make(&self, per: Per) -> Option<Key> {
        let seen = self.seen;
        match per {
            // One count for all.
            Per::Rule => None,
            Per::Software => seen.software_id.as_deref().map(hash),
            Per::Org => seen.org_id.as_deref().map(hash),
            Per::Client => seen.client_id.as_deref().map(hash),
            Per::Token => seen.token.as_deref().map(hash),
            Per::Certificate => seen
                .certificate
                .as_ref()
                .map(|certificate| hash(&certificate.sha256)),
            Per::Connection => seen.connection.map(|number| hash(&number.to_string())),
        }
    }
}

fn hash(text: &str) -> Key {
    let mut key = Key::default();
    key.copy_from_slice(digest(&SHA256, text.as_bytes()).as_ref());
    key
}

/// What one rule has counted.
#[derive(Debug, Default)]
pub struct Counts {
    /// Of rules that count nothing apart.
    whole: Count,
    by_key: HashMap<Key, Count>,
    keys: VecDeque<Key>,
}

impl Counts {
    /// What was counted for this key; without one, for all.
    pub fn of(&mut self, key: Option<Key>) -> &mut Count {
        let Some(key) = key else {
            return &mut self.whole;
        };
        if !self.by_key.contains_key(&key) {
            if self.keys.len() >= KEYS
                && let Some(oldest) = self.keys.pop_front()
            {
                self.by_key.remove(&oldest);
            }
            self.keys.push_back(key);
        }
        self.by_key.entry(key).or_default()
    }

    /// The calls that were counted without a key.
    pub fn whole(&self) -> u64 {
        self.whole.calls
    }

    /// The calls of each key that is remembered, the oldest first.
    pub fn by_key(&self) -> impl Iterator<Item = (&Key, u64)> {
        let calls = |key| self.by_key.get(key).map_or(0, |count| count.calls);
        self.keys.iter().map(move |key| (key, calls(key)))
    }
}

/// What one rule has counted for one key.
#[derive(Debug, Default)]
pub struct Count {
    /// The exchanges that matched.
    pub calls: u64,
    in_flight: Option<Arc<()>>,
    quota: Option<(Limit, Quota)>,
}

impl Count {
    /// Counts an exchange against a limit; a place is held for as long as what is returned lives.
    ///
    /// # Errors
    /// When to come again, where that is known, if there are too many.
    pub fn admit(
        &mut self,
        limit: Limit,
        time: &Steady,
    ) -> Result<Option<Arc<()>>, Option<Duration>> {
        match limit {
            Limit::InFlight(places) => {
                let place = self.in_flight.get_or_insert_default();
                // One of them is this count's own.
                let taken = Arc::strong_count(place) - 1;
                let is_free = u32::try_from(taken).is_ok_and(|taken| taken < places);
                if is_free {
                    Ok(Some(Arc::clone(place)))
                } else {
                    Err(None)
                }
            }
            Limit::Quota {
                calls,
                every,
                burst,
            } => {
                // Steps of one sequence may have limits of their own.
                if self.quota.as_ref().is_none_or(|(of, _)| *of != limit) {
                    self.quota = Some((limit, Quota::new(calls, every, burst, time)));
                }
                let taken = self
                    .quota
                    .as_ref()
                    .map_or(Ok(()), |(_, quota)| quota.take());
                taken.map(|()| None).map_err(Some)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_that_came_first_is_forgotten_first() {
        let mut counts = Counts::default();
        let key = |number: usize| Some(hash(&number.to_string()));
        for number in 0..KEYS {
            counts.of(key(number)).calls += 1;
        }
        counts.of(key(0)).calls += 1;
        assert_eq!(counts.of(key(0)).calls, 2);
        counts.of(key(KEYS)).calls += 1;
        assert_eq!((counts.by_key.len(), counts.keys.len()), (KEYS, KEYS));
        assert_eq!(counts.of(key(1)).calls, 1);
        assert_eq!(counts.of(key(0)).calls, 0);
    }

    #[test]
    fn an_exchange_has_the_keys_that_it_has() {
        let seen = Seen {
            software_id: Some("a".to_owned()),
            org_id: Some("a".to_owned()),
            connection: Some(1),
            ..Seen::default()
        };
        let keys = Keys::new(&seen);
        for (per, expected) in [
            (Per::Rule, false),
            (Per::Software, true),
            (Per::Org, true),
            (Per::Client, false),
            (Per::Token, false),
            (Per::Certificate, false),
            (Per::Connection, true),
        ] {
            assert_eq!(keys.of(per).is_some(), expected, "{per:?}");
        }
    }
}
