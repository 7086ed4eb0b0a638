//! The endpoints that a dialect's table names: their paths, and the methods each offers.

use std::sync::Arc;

use percent_encoding::percent_decode_str;
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::reply::Response;

use crate::dialect::route::{CLIENT_ID, ORG_ID, Route, SOFTWARE_ID};
use crate::dialect::{Dialect, Operation};
use crate::domain::ids::{ClientId, OrgId, SoftwareId};
use crate::http::call::{Asked, Context, asked};
use crate::http::reply::{self, Asker};
use crate::http::{directory, registration, segments};

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

/// Every endpoint of the table, whatever the method.
pub fn routes(context: &Context) -> BoxedFilter<(Response,)> {
    let unmatched = warp::any()
        .and_then(|| async { Err::<Response, _>(warp::reject::not_found()) })
        .boxed();
    paths(context.bank.configured().dialect())
        .into_iter()
        .fold(unmatched, |routes, path| {
            routes.or(endpoint(context.clone(), path)).unify().boxed()
        })
}

/// The paths of the table, each once.
fn paths(dialect: &Dialect) -> Vec<&'static str> {
    let mut paths: Vec<&str> = dialect.routes.iter().map(|route| route.path).collect();
    paths.dedup();
    paths
}

fn endpoint(context: Context, path: &'static str) -> BoxedFilter<(Response,)> {
    segments(&context.bank.configured().base_path)
        .and(named(path))
        .and(warp::path::end())
        .and(asked())
        .then(move |ids, asked| answer(context.clone(), path, ids, asked))
        .boxed()
}

/// Takes the segments of a path, and what its `{…}` stand for.
fn named(path: &'static str) -> BoxedFilter<(PathIds,)> {
    let start = warp::any().map(PathIds::default).boxed();
    path.split('/').fold(start, |filter, segment| {
        if !segment.starts_with('{') {
            return filter.and(warp::path(segment)).boxed();
        }
        filter
            .and(warp::path::param::<String>())
            .map(move |ids: PathIds, value: String| ids.with(segment, &value))
            .boxed()
    })
}

impl PathIds {
    /// What the segments of a path name, if it is one of this form.
    pub fn of(form: &str, segments: &[&str]) -> Option<Self> {
        let form: Vec<&str> = form.split('/').collect();
        if form.len() != segments.len() {
            return None;
        }
        let mut pairs = form.into_iter().zip(segments);
        pairs.try_fold(Self::default(), |ids, (part, segment)| {
            if part.starts_with('{') {
                return Some(ids.with(part, segment));
            }
            (part == *segment).then_some(ids)
        })
    }

    fn with(mut self, segment: &str, value: &str) -> Self {
        let value = percent_decode_str(value).decode_utf8_lossy();
        match segment {
            CLIENT_ID => self.client = Some(ClientId::new(value)),
            ORG_ID => self.org = Some(OrgId::new(value)),
            SOFTWARE_ID => self.software = Some(SoftwareId::new(value)),
            _ => {}
        }
        self
    }
}

async fn answer(context: Context, path: &str, ids: PathIds, asked: Arc<Asked>) -> Response {
    let bank = asked.bank(&context);
    let routes = bank.dialect().routes.iter();
    let offered: Vec<&Route> = routes.filter(|route| route.path == path).collect();
    let found = offered
        .iter()
        .find(|route| asked.method.as_str() == route.method.as_str());
    let Some(route) = found else {
        let methods: Vec<&str> = offered.iter().map(|route| route.method.as_str()).collect();
        return reply::method_not_offered(&bank, &asked.method, &asked.path, &methods);
    };
    let asker = Asker {
        bank: &bank,
        operation: route.operation,
        interaction_id: asked.interaction_id.clone(),
    };
    let call = asked.call(&context.urls, context.body_limit, route.operation, ids);
    match route.operation {
        Operation::Clients => directory::clients(asker, &call).await,
        Operation::Client => directory::client(asker, &call).await,
        Operation::Assertion => directory::assertion(asker, &call, &asked).await,
        Operation::Read => registration::read(asker, &call).await,
        Operation::Update => registration::update(asker, &call).await,
        Operation::Delete => registration::delete(asker, &call).await,
        // The others have paths of their own, so no table names them.
        Operation::Register | Operation::Token | Operation::Discovery | Operation::Jwks => {
            registration::register(asker, &call).await
        }
    }
}
