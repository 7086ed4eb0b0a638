//! Entries that nobody is behind, so that who lists the directory has something to see.

use std::sync::Arc;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::dialect::registry::{Entry, EntryStatus};
use crate::directory::registry::of_identity;
use crate::directory::{Directory, Identity};
use crate::domain::ecosystem::Ecosystem;
use crate::domain::ids::SoftwareId;
use crate::domain::role::Role;

/// How many entries are invented: every other one is Brazilian.
const INVENTED: u64 = 12;
/// Ordinals of invented identities start here, far from those of TPPs and of banks.
const FIRST_ORDINAL: u64 = u64::MAX / 2;
/// No invented entry changed after this: 2024-07-29T15:51:28.071Z.
const LATEST_CHANGE: i64 = 1_722_268_288_071;
/// Nor longer before it than this: three years, in milliseconds.
const CHANGES: i64 = 3 * 365 * 24 * 60 * 60 * 1000;

impl Directory {
    pub(super) fn invented_entries(&self) -> &[Arc<Entry>] {
        self.invented.get_or_init(|| entries(self.seed))
    }

    pub(super) fn invented_entry(&self, software: &SoftwareId) -> Option<&Arc<Entry>> {
        let mut entries = self.invented_entries().iter();
        entries.find(|entry| entry.software_id == *software)
    }
}

fn entries(seed: u64) -> Vec<Arc<Entry>> {
    let entries = (0..INVENTED).map(|index| Arc::new(invent(seed, index)));
    entries.collect()
}

/// The `index`-th invented entry under `seed`.
fn invent(seed: u64, index: u64) -> Entry {
    let ecosystem = if index.is_multiple_of(2) {
        Ecosystem::Uk
    } else {
        Ecosystem::Brazil
    };
    let identity = Identity::invent(ecosystem, seed, FIRST_ORDINAL + index);
    let mut random = StdRng::seed_from_u64(seed.rotate_left(32) ^ (FIRST_ORDINAL - 1 - index));
    let mut roles: Vec<Role> = Role::ALL.into_iter().collect();
    roles.retain(|role| role.ecosystem() == ecosystem && random.random_bool(0.5));
    if roles.is_empty() {
        roles = Role::usual(ecosystem).to_vec();
    }
    Entry {
        roles,
        // In each ecosystem the last two are of no use.
        status: match index / 2 {
            4 => EntryStatus::Suspended,
            5 => EntryStatus::Inactive,
            _ => EntryStatus::Active,
        },
        updated_at: LATEST_CHANGE - random.random_range(0..CHANGES),
        ..of_identity(&identity)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_dozen_entries_are_invented_from_the_seed_in_both_ecosystems_and_every_status() {
        let invented = entries(1);
        assert_eq!(invented.len(), 12);
        assert_eq!(invented, entries(1));
        assert_ne!(invented, entries(2));
        for ecosystem in [Ecosystem::Uk, Ecosystem::Brazil] {
            let of_it = || invented.iter().filter(|entry| entry.ecosystem == ecosystem);
            assert_eq!(of_it().count(), 6);
            for status in EntryStatus::ALL {
                assert!(of_it().any(|entry| entry.status == status), "{status:?}");
            }
            for entry in of_it() {
                assert!(!entry.roles.is_empty());
                assert!(entry.roles.iter().all(|role| role.ecosystem() == ecosystem));
            }
        }
        let ids: BTreeSet<_> = invented.iter().map(|entry| &entry.software_id).collect();
        let times: BTreeSet<_> = invented.iter().map(|entry| entry.updated_at).collect();
        assert_eq!((ids.len(), times.len()), (12, 12));
        assert!(times.last() <= Some(&LATEST_CHANGE));
    }
}
