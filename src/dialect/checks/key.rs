//! The key that a request is signed with, in the key store of the software it speaks of.

use crate::dialect::checks::{Check, Outcome};
use crate::dialect::claims::shown;
use crate::dialect::fault::Fault;
use crate::dialect::trust::Sight;
use crate::domain::error::RegistrationError::InvalidClientMetadata;

const STORED: &str = "the kid of a key in the software's key store";
const REFUSED: Fault = Fault::Registration(InvalidClientMetadata);

/// The key is in the software's key store. Judged only under a trusted statement, since only
/// such a one says which store that is.
pub static KEY_UNKNOWN: Check = Check {
    name: "key_unknown",
    source: "OB DCR, JOSE header kid; OB Directory, key stores",
    fault: REFUSED,
    run: |facts| {
        let (Some(jws), true) = (facts.request(), facts.is_statement_trusted()) else {
            return Outcome::not_reached();
        };
        if !facts.trust.sees(Sight::SoftwareKeys) {
            return Outcome::not_checked();
        }
        let seen = format!("kid {}", shown(jws.header.get("kid")));
        match (&facts.memory.keys_missing, facts.request_key()) {
            (_, Some(_)) => Outcome::passed(seen),
            (Some(why), None) => Outcome::failed(format!("{seen}, and {why}"), STORED),
            (None, None) => Outcome::failed(seen, STORED),
        }
    },
};

/// The key is a signing key, and current.
pub static KEY_NOT_FOR_SIGNING: Check = Check {
    name: "key_not_for_signing",
    source: "OB Directory, use and the revoked key store",
    fault: REFUSED,
    run: |facts| {
        if !facts.trust.sees(Sight::SoftwareKeys) && facts.is_statement_trusted() {
            return Outcome::not_checked();
        }
        let (Some(stored), true) = (facts.request_key(), facts.is_statement_trusted()) else {
            return Outcome::not_reached();
        };
        let state = if stored.revoked { "revoked" } else { "current" };
        Outcome::when(
            stored.key_use.signs() && !stored.revoked,
            format!("a {state} key with use '{}'", stored.key_use.as_str()),
            "a current key with use 'sig'",
        )
    },
};
