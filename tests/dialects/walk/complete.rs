//! No check of any dialect without a request that it refuses.

use std::collections::BTreeSet;

use aspsp_emulator::dialect::{ALL, Dialect, Method, Operation};

use crate::walk::exchanges::paths;
use crate::{brasil, directory, uk};

/// What the walk itself shows, for every operation of a bank.
const OF_THE_WALK: [&str; 2] = ["route_unknown", "method_not_offered"];

/// Every check that refuses something in the tables of a dialect, and for which operation.
fn refused(dialect: &Dialect) -> Vec<(Operation, &'static str)> {
    match dialect.id {
        "open-finance-brasil" => brasil::refused(),
        "raidiam-directory" => directory::refused(),
        id => uk::refused(id),
    }
}

#[test]
fn every_check_of_every_operation_refuses_something_in_these_tables() {
    let mut missing = Vec::new();
    for dialect in ALL {
        let refused: BTreeSet<(&str, &str)> = refused(dialect)
            .into_iter()
            .map(|(operation, check)| (operation.as_str(), check))
            .collect();
        for operation in Operation::ALL.into_iter().filter(|it| dialect.offers(*it)) {
            let checks = (dialect.checks)(operation).iter().copied().flatten();
            for check in checks.map(|check| check.name) {
                let is_shown =
                    OF_THE_WALK.contains(&check) || refused.contains(&(operation.as_str(), check));
                if !is_shown {
                    missing.push(format!("{} {} {check}", dialect.id, operation.as_str()));
                }
            }
        }
    }
    assert!(missing.is_empty(), "never refused:\n{}", missing.join("\n"));
}

#[test]
fn no_table_refuses_by_a_check_that_its_dialect_does_not_list() {
    for dialect in ALL {
        for (operation, check) in refused(dialect) {
            let mut listed = (dialect.checks)(operation).iter().copied().flatten();
            let is_offered = dialect.offers(operation);
            assert!(
                !is_offered || listed.any(|listed| listed.name == check),
                "{} {}: {check}",
                dialect.id,
                operation.as_str()
            );
        }
    }
}

#[test]
fn a_dialect_offers_what_its_publication_does() {
    for dialect in ALL {
        let mut offered: Vec<(String, String)> = Vec::new();
        for route in dialect.routes {
            let path = route
                .path
                .replace("{ClientId}", "{id}")
                .replace("{SoftwareStatementId}", "{id}")
                .replace("{OrganisationId}", "{org}");
            let method = Method::as_str(route.method);
            match offered.iter_mut().find(|(known, _)| *known == path) {
                Some((_, methods)) => *methods = format!("{methods}, {method}"),
                None => offered.push((path, method.to_owned())),
            }
        }
        let expected = paths(dialect.id).iter();
        let expected: Vec<(String, String)> = expected
            .map(|(path, allow)| ((*path).to_owned(), (*allow).to_owned()))
            .collect();
        assert_eq!(offered, expected, "{}", dialect.id);
    }
}
