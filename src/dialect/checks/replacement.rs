//! What a replacing request may say of the client that it replaces.

use crate::dialect::checks::transport::without_connection;
use crate::dialect::checks::{Check, Outcome, listed};
use crate::dialect::claims::shown;
use crate::dialect::facts::Facts;
use crate::dialect::fault::Fault;
use crate::dialect::policy::PutClientId;
use crate::domain::error::RegistrationError::{InvalidClientMetadata, InvalidRequest};

const REFUSED: Fault = Fault::Registration(InvalidClientMetadata);

/// A replacing request that names a client names the one in the path.
pub static CLIENT_ID_MISMATCH: Check = Check {
    name: "client_id_mismatch",
    source: "RFC 7592 §2.2; switch put_client_id",
    fault: REFUSED,
    run: client_id_mismatch,
};

/// The same, as node oidc-provider answers it.
pub static CLIENT_ID_NOT_THE_PATHS: Check = Check {
    name: "client_id_mismatch",
    source: "RFC 7592 §2.2; switch put_client_id",
    fault: Fault::Registration(InvalidRequest),
    run: client_id_mismatch,
};

fn client_id_mismatch(facts: &Facts<'_>) -> Outcome {
    let (claims, path) = match (facts.claims(), &facts.call.client_id) {
        (None, _) => return Outcome::not_reached(),
        (Some(_), None) => return Outcome::not_checked(),
        (Some(claims), Some(path)) => (claims, path),
    };
    let sent = claims.get("client_id");
    let is_optional = facts.policy.put_client_id == PutClientId::Optional;
    if is_optional && sent.is_none() {
        return Outcome::not_checked();
    }
    let allowed = if is_optional {
        format!("none, or that of the path, '{path}'")
    } else {
        format!("that of the path, '{path}'")
    };
    Outcome::when(
        sent.is_some_and(|id| id == path.as_str()),
        format!("client_id {}", shown(sent)),
        allowed,
    )
}

/// Members of the answer that only the server sets, and that a replacing request must not send.
pub const SERVER_OWNED: [&str; 4] = [
    "registration_access_token",
    "registration_client_uri",
    "client_secret_expires_at",
    "client_id_issued_at",
];

/// A replacing request sends nothing that only the server sets.
pub static SERVER_OWNED_FIELD_SENT: Check = Check {
    name: "server_owned_field_sent",
    source: "RFC 7592 §2.2",
    fault: Fault::Registration(InvalidRequest),
    run: |facts| match (facts.claims(), &facts.call.client_id) {
        (None, _) => Outcome::not_reached(),
        (Some(_), None) => Outcome::not_checked(),
        (Some(claims), Some(_)) => match SERVER_OWNED
            .into_iter()
            .find(|name| claims.contains_key(*name))
        {
            Some(name) => Outcome::failed(name, format!("none of {}", listed(SERVER_OWNED))),
            None => Outcome::met(),
        },
    },
};

/// A replacing request is of the software that the client was registered for.
pub static SOFTWARE_CHANGED: Check = Check {
    name: "software_changed",
    source: "RFC 7592 §2.2: the same client; OB DCR, PUT",
    fault: REFUSED,
    run: |facts| match (facts.managed_client(), facts.software_id()) {
        (Some(client), Some(software)) => {
            let registered = &client.registration.software_id;
            Outcome::judged(
                software == *registered,
                format!("a statement of software '{software}'"),
                || format!("one of software '{registered}', whose client this is"),
            )
        }
        (None, _) => without_connection(facts),
        _ => Outcome::not_reached(),
    },
};

/// A replacing request that sends the client's secret sends the right one.
pub static CLIENT_SECRET_MISMATCH: Check = Check {
    name: "client_secret_mismatch",
    source: "RFC 7592 §2.2; node oidc-provider, registration management",
    fault: Fault::Registration(InvalidRequest),
    run: |facts| match (facts.claims(), facts.managed_client()) {
        (None, _) => Outcome::not_reached(),
        (Some(claims), Some(client)) => {
            let sent = claims.get("client_secret").filter(|sent| !sent.is_null());
            let own = client.secret.as_ref();
            match sent {
                None => Outcome::not_checked(),
                Some(sent) => Outcome::when(
                    sent.as_str()
                        .is_some_and(|sent| own.is_some_and(|own| own.equals(sent))),
                    "a client_secret",
                    "none, or the client's own",
                ),
            }
        }
        (Some(_), None) => Outcome::not_checked(),
    },
};
