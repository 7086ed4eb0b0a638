//! What a directory asks of those who read it.

use crate::dialect::checks::{Check, Outcome, listed};
use crate::dialect::claims::quoted;
use crate::dialect::facts::{Facts, Lookup};
use crate::dialect::fault::Fault;
use crate::dialect::registry::EntryStatus;

/// The scope that reads the directory.
pub const SCOPE: &str = "directory:software";

/// Longest client id, in characters.
pub const LONGEST_ID: usize = 255;

/// The token carries the directory's scope.
pub static TOKEN_SCOPE_INSUFFICIENT: Check = Check {
    name: "token_scope_insufficient",
    source: "Raidiam Connect, scope directory:software; RFC 6750 §3.1",
    fault: Fault::ScopeInsufficient,
    run: |facts| {
        let grant = facts
            .management
            .as_ref()
            .and_then(|management| management.grant.as_ref());
        match grant {
            None => Outcome::not_reached(),
            Some(grant) => Outcome::judged(
                grant.scope.iter().any(|value| value == SCOPE),
                format!("a token with scope {}", listed(&grant.scope)),
                || format!("one with scope '{SCOPE}'"),
            ),
        }
    },
};

/// The caller's own software is active.
pub static CALLER_NOT_ACTIVE: Check = Check {
    name: "client_not_manageable",
    source: "Raidiam Connect, 403; client status",
    fault: Fault::NotManageable,
    run: |facts| match lookup(facts).and_then(|lookup| lookup.caller.as_ref()) {
        None => Outcome::not_reached(),
        Some(caller) => Outcome::when(
            caller.status == EntryStatus::Active,
            format!(
                "software '{}', {}",
                caller.software_id,
                caller.status.as_str()
            ),
            "software that is Active",
        ),
    },
};

/// The id in the path can be one.
pub static CLIENT_ID_MALFORMED: Check = Check {
    name: "client_id_malformed",
    source: "Raidiam Connect, GET /clients/{ClientId}, path parameter",
    fault: Fault::IdMalformed,
    run: |facts| match &facts.call.client_id {
        None => Outcome::not_checked(),
        Some(id) => {
            let id = id.as_str();
            Outcome::judged(
                id.chars().count() <= LONGEST_ID
                    && !id.chars().any(|found| found == '<' || found == '>'),
                format!("ClientId {}", quoted(id)),
                || format!("at most {LONGEST_ID} characters, none of < and >"),
            )
        }
    },
};

/// The query of a list can be understood.
pub static QUERY_MALFORMED: Check = Check {
    name: "query_malformed",
    source: "Raidiam Connect, GET /clients, query parameters",
    fault: Fault::QueryMalformed,
    run: |facts| match lookup(facts).and_then(|lookup| lookup.query.as_ref()) {
        None => Outcome::not_reached(),
        Some(Ok(_)) => Outcome::met(),
        Some(Err(problem)) => Outcome::failed(problem.found.clone(), problem.allowed),
    },
};

/// The client in the path is listed.
pub static ENTRY_UNKNOWN: Check = Check {
    name: "client_unknown",
    source: "Raidiam Connect, GET /clients/{ClientId}, 404",
    fault: Fault::ClientUnknown,
    run: |facts| match (
        lookup(facts),
        &facts.call.client_id,
        &facts.call.software_id,
    ) {
        (Some(lookup), Some(id), _) => Outcome::when(
            lookup.entry.is_some(),
            format!("ClientId {}", quoted(id.as_str())),
            "a client that is listed here",
        ),
        (Some(lookup), None, Some(software)) => Outcome::when(
            lookup.entry.is_some(),
            format!("software {}", quoted(software.as_str())),
            "software of this organisation that is listed here",
        ),
        _ => Outcome::not_reached(),
    },
};

/// A statement is handed to its own software only.
pub static STATEMENT_OF_ANOTHER: Check = Check {
    name: "statement_of_another_client",
    source: "Raidiam Connect, software statements: those of the caller",
    fault: Fault::NotTheCallers,
    run: |facts| {
        let found = lookup(facts)
            .and_then(|lookup| Some((lookup.entry.as_ref()?, lookup.caller.as_ref()?)));
        match found {
            None => Outcome::not_reached(),
            Some((entry, caller)) => Outcome::judged(
                entry.org_id == caller.org_id,
                format!(
                    "software '{}' of organisation '{}'",
                    entry.software_id, entry.org_id
                ),
                || format!("software of the caller's organisation, '{}'", caller.org_id),
            ),
        }
    },
};

fn lookup<'a>(facts: &'a Facts<'_>) -> Option<&'a Lookup> {
    facts.lookup.as_ref()
}
