//! What banks have: their operations and their checks.

use crate::dialect::checks::Check;
use crate::dialect::{ALL, Dialect, Operation};

/// The operation of a TLS handshake, which no bank offers.
pub(super) const HANDSHAKE: &str = "handshake";

/// Every word of `operation`.
pub(in crate::scenario) fn operations() -> Vec<&'static str> {
    let words = Operation::ALL.into_iter().map(Operation::as_str);
    words.chain([HANDSHAKE]).collect()
}

/// The stable name of this check, if a bank has one.
pub(super) fn check(name: &str) -> Option<&'static str> {
    names().find(|known| *known == name)
}

/// The stable names of all checks, some of them more than once.
pub(in crate::scenario) fn names() -> impl Iterator<Item = &'static str> {
    ALL.iter().flat_map(|dialect| {
        let offered = Operation::ALL.into_iter();
        let offered = offered.filter(|operation| dialect.offers(*operation));
        offered.flat_map(|operation| checks(dialect, operation).map(|check| check.name))
    })
}

/// The checks of one operation.
pub(super) fn checks(
    dialect: &Dialect,
    operation: Operation,
) -> impl Iterator<Item = &'static Check> + use<> {
    (dialect.checks)(operation)
        .iter()
        .copied()
        .flatten()
        .copied()
}
