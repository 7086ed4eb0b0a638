//! What a request is aimed at, by its method and path alone.

use std::sync::Arc;

use percent_encoding::percent_decode_str;

use crate::bank::Bank;
use crate::dialect::Operation;
use crate::dialect::route::{CLIENT_ID, ORG_ID, SOFTWARE_ID};
use crate::domain::ids::{ClientId, OrgId, SoftwareId};
use crate::server::ListenerKind;
use crate::world::World;

/// What a request is aimed at.
#[derive(Debug, Clone, Default)]
pub struct Target {
    /// The bank that its path lies under.
    pub bank: Option<Arc<Bank>>,
    /// What it asks of that, where method and path name it.
    pub operation: Option<Operation>,
    /// What its path names besides.
    pub ids: PathIds,
    /// The methods that its path is offered for; none where the bank has no such path.
    pub offered: Vec<&'static str>,
}

/// What a path names.
#[derive(Debug, Clone, Default)]
pub struct PathIds {
    /// A client.
    pub client: Option<ClientId>,
    /// An organisation.
    pub org: Option<OrgId>,
    /// A software.
    pub software: Option<SoftwareId>,
}

/// The target of a request at this listener; `path` is that within the world.
#[must_use]
pub fn target(world: &World, listener: ListenerKind, method: &str, path: &str) -> Target {
    let Some((bank, rest)) = owner(world, path) else {
        return Target::default();
    };
    let segments = segments(rest);
    let mut target = Target::default();
    for door in doors(&bank, listener) {
        let Some(ids) = PathIds::of(door.path, &segments) else {
            continue;
        };
        target.offered.push(door.method);
        if door.method == method {
            target.operation = Some(door.operation);
            target.ids = ids;
        }
    }
    target.bank = Some(bank);
    target
}

/// The bank that a path lies under, and the rest of the path.
fn owner<'p>(world: &World, path: &'p str) -> Option<(Arc<Bank>, &'p str)> {
    world.banks.iter().find_map(|slot| {
        let rest = path.strip_prefix(&slot.configured().base_path)?;
        (rest.is_empty() || rest.starts_with('/')).then(|| (slot.current(), rest))
    })
}

/// A path below a bank's base path, and a method that it is offered for.
struct Door {
    path: &'static str,
    method: &'static str,
    operation: Operation,
}

const fn door(path: &'static str, method: &'static str, operation: Operation) -> Door {
    Door {
        path,
        method,
        operation,
    }
}

/// What every bank offers on both listeners.
const PUBLIC: [Door; 4] = {
    const DISCOVERY: &str = ".well-known/openid-configuration";
    [
        door(DISCOVERY, "GET", Operation::Discovery),
        door(DISCOVERY, "HEAD", Operation::Discovery),
        door("jwks", "GET", Operation::Jwks),
        door("jwks", "HEAD", Operation::Jwks),
    ]
};

/// Everything that a bank offers on a listener.
fn doors(bank: &Bank, listener: ListenerKind) -> impl Iterator<Item = Door> {
    let for_clients = listener == ListenerKind::Mtls;
    let token = for_clients.then(|| door("token", "POST", Operation::Token));
    let table = if for_clients {
        bank.dialect().routes
    } else {
        &[]
    };
    let of_dialect = table
        .iter()
        .map(|route| door(route.path, route.method.as_str(), route.operation));
    PUBLIC.into_iter().chain(token).chain(of_dialect)
}

/// The segments of a path; a slash at its end is no further segment.
fn segments(path: &str) -> Vec<&str> {
    let inner = path.strip_prefix('/').unwrap_or(path);
    let inner = inner.strip_suffix('/').unwrap_or(inner);
    if inner.is_empty() {
        return Vec::new();
    }
    inner.split('/').collect()
}

impl PathIds {
    /// What the segments of a path name, if it is one of this form.
    fn of(form: &str, segments: &[&str]) -> Option<Self> {
        let parts = form.split('/');
        if parts.clone().count() != segments.len() {
            return None;
        }
        parts
            .zip(segments)
            .try_fold(Self::default(), |ids, (part, segment)| {
                if part.starts_with('{') {
                    return (!segment.is_empty()).then(|| ids.with(part, segment));
                }
                (part == *segment).then_some(ids)
            })
    }

    fn with(mut self, part: &str, segment: &str) -> Self {
        let value = percent_decode_str(segment).decode_utf8_lossy();
        match part {
            CLIENT_ID => self.client = Some(ClientId::new(value)),
            ORG_ID => self.org = Some(OrgId::new(value)),
            SOFTWARE_ID => self.software = Some(SoftwareId::new(value)),
            _ => {}
        }
        self
    }
}
