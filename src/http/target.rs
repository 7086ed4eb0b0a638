//! What a request is aimed at, by its method and path alone.

use std::sync::Arc;

use crate::bank::Bank;
use crate::dialect::Operation;
use crate::http::endpoint::PathIds;
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
}

/// The target of a request at this listener.
#[must_use]
pub fn target(world: &World, listener: ListenerKind, method: &str, path: &str) -> Target {
    let Some((bank, rest)) = owner(world, path) else {
        return Target::default();
    };
    let segments: Vec<&str> = rest.split('/').filter(|part| !part.is_empty()).collect();
    let named = public(method, &segments).map(|operation| (operation, PathIds::default()));
    let named = named.or_else(|| match listener {
        ListenerKind::Mtls => offered(&bank, method, &segments),
        ListenerKind::Tls | ListenerKind::Control => None,
    });
    let (operation, ids) = named.unzip();
    Target {
        bank: Some(bank),
        operation,
        ids: ids.unwrap_or_default(),
    }
}

/// The bank that a path lies under, and the rest of the path.
pub fn owner<'p>(world: &World, path: &'p str) -> Option<(Arc<Bank>, &'p str)> {
    world.banks.iter().find_map(|slot| {
        let rest = path.strip_prefix(&slot.configured().base_path)?;
        (rest.is_empty() || rest.starts_with('/')).then(|| (slot.current(), rest))
    })
}

/// What every bank offers on both listeners.
fn public(method: &str, segments: &[&str]) -> Option<Operation> {
    let operation = match segments {
        [".well-known", "openid-configuration"] => Operation::Discovery,
        ["jwks"] => Operation::Jwks,
        _ => return None,
    };
    ["GET", "HEAD"].contains(&method).then_some(operation)
}

/// What the bank's dialect offers to those with a client certificate.
fn offered(bank: &Bank, method: &str, segments: &[&str]) -> Option<(Operation, PathIds)> {
    if (method, segments) == ("POST", &["token"]) {
        return Some((Operation::Token, PathIds::default()));
    }
    let mut routes = bank.dialect().routes.iter();
    routes.find_map(|route| {
        let ids = PathIds::of(route.path, segments)?;
        (route.method.as_str() == method).then_some((route.operation, ids))
    })
}
