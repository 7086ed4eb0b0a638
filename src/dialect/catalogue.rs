//! All checks of all dialects, by name.

use std::sync::LazyLock;

use crate::dialect::checks::Check;
use crate::dialect::checks::transport::{METHOD_NOT_OFFERED, ROUTE_UNKNOWN};
use crate::dialect::{ALL, Dialect, Operation};

/// Every check of every dialect, one row for each name, in the order in which they judge.
#[must_use]
pub fn all_checks() -> &'static [&'static Check] {
    static CHECKS: LazyLock<Vec<&'static Check>> = LazyLock::new(catalogue);
    &CHECKS
}

fn catalogue() -> Vec<&'static Check> {
    let rows = ALL.iter().flat_map(|dialect| {
        let of_operation = |operation| (dialect.checks)(operation).iter().copied().flatten();
        Operation::ALL.into_iter().flat_map(of_operation)
    });
    let mut checks: Vec<&'static Check> = Vec::new();
    for check in rows {
        if !checks.iter().any(|known| known.name == check.name) {
            checks.push(check);
        }
    }
    checks
}

/// The name as the catalogue has it; `None` if no check of any dialect is called so.
#[must_use]
pub fn check_name(name: &str) -> Option<&'static str> {
    let known = all_checks().iter();
    known.map(|check| check.name).find(|known| *known == name)
}

impl Dialect {
    /// The check of this name that an operation has; those that are answered before the operation is
    /// known belong to every one, and to paths that are none.
    #[must_use]
    pub fn check_named(&self, operation: Option<Operation>, name: &str) -> Option<&'static Check> {
        let own = operation.map(self.checks).unwrap_or_default();
        let before = [&ROUTE_UNKNOWN, &METHOD_NOT_OFFERED];
        let mut rows = own.iter().copied().flatten().copied().chain(before);
        rows.find(|check| check.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::{open_finance_brasil, uk_ob_3_4};

    #[test]
    fn each_name_of_the_catalogue_is_there_once() {
        let names: Vec<&str> = all_checks().iter().map(|check| check.name).collect();
        for expected in ["route_unknown", "ciba_claims_wrong", "query_malformed"] {
            let found = names.iter().filter(|name| **name == expected);
            assert_eq!(found.count(), 1, "{expected}");
        }
        assert_eq!(check_name("jwks_by_value"), Some("jwks_by_value"));
        assert_eq!(check_name("jwks_by_nobody"), None);
    }

    #[test]
    fn a_check_is_found_at_the_operations_that_have_it() {
        let uk = &uk_ob_3_4::DIALECT;
        let found = |operation, name| {
            let check = uk.check_named(operation, name);
            check.map(|check| check.name)
        };
        let register = Some(Operation::Register);
        assert_eq!(
            found(register, "ciba_claims_wrong"),
            Some("ciba_claims_wrong")
        );
        assert_eq!(found(Some(Operation::Read), "ciba_claims_wrong"), None);
        assert_eq!(found(register, "jwks_by_value"), None);
        for operation in [None, Some(Operation::Jwks), register] {
            assert_eq!(
                found(operation, "method_not_offered"),
                Some("method_not_offered")
            );
            assert_eq!(found(operation, "nothing"), None);
        }
        let brazil = open_finance_brasil::DIALECT.check_named(register, "jwks_by_value");
        assert_eq!(brazil.map(|check| check.name), Some("jwks_by_value"));
    }
}
