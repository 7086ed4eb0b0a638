//! No check of the catalogue without a test.

use std::collections::BTreeSet;

use aspsp_emulator::dialect::{self, Operation};

use crate::helpers::BANK;
use crate::registration_cases::Case;
use crate::{
    registration_auth, registration_certificates, registration_ciba, registration_claim_types,
    registration_jws, registration_jwt_claims, registration_metadata, registration_redirects,
    registration_replace, registration_statement, registration_transport,
};

#[test]
fn every_check_of_a_registration_refuses_something_in_these_tests() {
    let tables: [fn() -> Vec<Case>; 9] = [
        registration_auth::cases,
        registration_certificates::cases,
        registration_ciba::cases,
        registration_claim_types::cases,
        registration_jws::cases,
        registration_jwt_claims::cases,
        registration_metadata::cases,
        registration_redirects::cases,
        registration_statement::cases,
    ];
    let refused: BTreeSet<&str> = tables
        .iter()
        .flat_map(|cases| cases())
        .filter_map(|case| case.check())
        .chain(registration_transport::CHECKS)
        .chain(registration_replace::CHECKS)
        .collect();
    let dialect = dialect::by_id(BANK).unwrap();
    let listed: BTreeSet<&str> = (dialect.checks)(Operation::Register)
        .iter()
        .copied()
        .flatten()
        .map(|check| check.name)
        .collect();
    assert_eq!(refused, listed);
}
