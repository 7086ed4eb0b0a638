//! What may be used once, as long as that is remembered.

use std::collections::HashMap;

use crate::store::Once;

/// Keys with the second until which each is remembered, since the epoch.
#[derive(Debug)]
pub(super) struct Used {
    until: HashMap<String, i64>,
    /// How many are kept before those that have run out are looked for.
    swept_at: usize,
}

const FIRST_SWEEP: usize = 64;

impl Used {
    pub(super) fn new() -> Self {
        Self {
            until: HashMap::new(),
            swept_at: FIRST_SWEEP,
        }
    }

    /// All that is remembered, in the order of the keys.
    pub(super) fn notes(&self) -> Vec<Once> {
        let notes = self.until.iter().map(|(key, until)| Once {
            key: key.clone(),
            until: *until,
        });
        let mut notes: Vec<Once> = notes.collect();
        notes.sort_unstable_by(|one, other| one.key.cmp(&other.key));
        notes
    }

    pub(super) fn holds(&self, key: &str, now: i64) -> bool {
        self.until.get(key).is_some_and(|until| *until > now)
    }

    /// Notes a use; whether it was the first.
    pub(super) fn note(&mut self, key: &str, until: i64, now: i64) -> bool {
        if self.until.len() >= self.swept_at {
            self.until.retain(|_, until| *until > now);
            self.swept_at = FIRST_SWEEP.max(self.until.len() * 2);
        }
        let is_first = !self.holds(key, now);
        if is_first {
            self.until.insert(key.to_owned(), until);
        }
        is_first
    }

    pub(super) fn forget(&mut self, key: &str) {
        self.until.remove(key);
    }
}

impl FromIterator<Once> for Used {
    fn from_iter<Notes: IntoIterator<Item = Once>>(notes: Notes) -> Self {
        let notes = notes.into_iter().map(|once| (once.key, once.until));
        let until: HashMap<String, i64> = notes.collect();
        Self {
            swept_at: FIRST_SWEEP.max(until.len() * 2),
            until,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_run_out_is_not_kept() {
        let mut used = Used::new();
        for count in 0..1_000 {
            assert!(used.note(&format!("n{count}"), 30, 30));
        }
        assert!(used.until.len() <= FIRST_SWEEP + 1);
    }
}
