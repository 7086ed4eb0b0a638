//! What a bank's id, path and times may be, wherever they come from.

use crate::config::BankConfig;
use crate::config::check::ConfigError;
use crate::domain::timespan::TimeSpan;

/// What an id is, in words.
pub(super) const AN_ID: &str = "1 to 63 letters, digits, `.`, `_` and `-`";

/// What a path is, in words.
pub(super) const A_PATH: &str =
    "a path such as /my-bank: `/` and letters, digits, `-`, `.`, `_`, `~`";

/// Shortest life of an access token.
pub(super) const SHORTEST_LIFE: TimeSpan = TimeSpan::seconds(1);

/// Longest life of an access token: ten years.
pub(super) const LONGEST_LIFE: TimeSpan = TimeSpan::seconds(3_650 * 24 * 60 * 60);

/// Paths that are not the banks'.
const TAKEN: [&str; 2] = ["/directory", "/w"];

impl BankConfig {
    /// Refuses what cannot be, besides these other banks: their ids and paths.
    ///
    /// # Errors
    /// The first thing that cannot be.
    pub fn check<'b>(
        &self,
        others: impl IntoIterator<Item = (&'b str, &'b str)>,
    ) -> Result<(), ConfigError> {
        let refused = |found: &str, allowed: &str| {
            let (id, found, allowed) = (self.id.clone(), found.to_owned(), allowed.to_owned());
            Err(ConfigError::Bank { id, found, allowed })
        };
        let path = self.base_path.as_str();
        if !is_id(&self.id) {
            return refused(&self.id, AN_ID);
        }
        if !is_path(path) {
            return refused(path, A_PATH);
        }
        if let Some(taken) = not_a_banks(path) {
            return refused(path, &format!("a path that is not below or above {taken}"));
        }
        if !(SHORTEST_LIFE..=LONGEST_LIFE).contains(&self.token_lifetime) {
            let allowed = format!("a token's life from {SHORTEST_LIFE} to {LONGEST_LIFE}");
            return refused(&self.token_lifetime.to_string(), &allowed);
        }
        for (other, other_path) in others {
            if other == self.id {
                return refused(other, "an id that no other bank has");
            }
            if overlap(path, other_path) {
                let allowed = format!("a path that is not that of `{other}`, below or above it");
                return refused(path, &allowed);
            }
        }
        Ok(())
    }
}

pub(super) fn is_id(id: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    (1..=63).contains(&id.len()) && id.bytes().all(is_allowed)
}

pub(super) fn is_path(path: &str) -> bool {
    let is_unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    path.strip_prefix('/').is_some_and(|rest| {
        rest.split('/').all(|segment| {
            !matches!(segment, "" | "." | "..") && segment.bytes().all(is_unreserved)
        })
    })
}

/// The path, not a bank's, that this one is, or lies below or above.
pub(super) fn not_a_banks(path: &str) -> Option<&'static str> {
    TAKEN.into_iter().find(|taken| overlap(path, taken))
}

/// Whether one of two paths is the other or lies below it.
pub(super) fn overlap(one: &str, other: &str) -> bool {
    let below = |path: &str, base: &str| {
        path.strip_prefix(base)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    below(one, other) || below(other, one)
}
