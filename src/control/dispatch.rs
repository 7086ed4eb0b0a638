//! From the table of routes to one warp filter: who may, which route, what must be there, its handler.

use std::cmp::Ordering;
use std::panic::resume_unwind;
use std::sync::Arc;

use bytes::Bytes;
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::http::uri::Authority;
use warp::http::{HeaderMap, Method};
use warp::path::FullPath;
use warp::reply::{Reply, Response};

use crate::control::access::Guard;
use crate::control::ask::Ask;
use crate::control::body::Syntax;
use crate::control::path::{Template, decoded};
use crate::control::problem::Problem;
use crate::control::reply;
use crate::control::route::{Answering, Route};
use crate::control::{Control, usual_body};
use crate::server::Refusal;

/// Every route by each of its templates, the most literal first.
#[derive(Debug)]
pub struct Dispatch {
    rows: Vec<(Template, Arc<Route>)>,
    guard: Guard,
    control: Arc<Control>,
    /// Held while a large body is read.
    turn: Arc<Semaphore>,
}

/// Bodies beyond so many bytes can take longer to read than a bank may wait.
const LARGE_BODY: usize = 16 * 1024;

/// What is known of a request before its route is.
struct Arrived {
    method: Method,
    path: String,
    query: String,
    headers: HeaderMap,
    body: Bytes,
}

impl Dispatch {
    /// Dispatches to `routes` whom the guard lets in.
    pub fn new(routes: Vec<Route>, guard: Guard, control: Arc<Control>) -> Self {
        let mut rows = Vec::new();
        for route in routes.into_iter().map(Arc::new) {
            for template in Template::all(route.path) {
                rows.push((template, Arc::clone(&route)));
            }
        }
        rows.sort_by(|(one, _), (other, _)| one.by_precision(other));
        Self {
            rows,
            guard,
            control,
            turn: Arc::new(Semaphore::new(1)),
        }
    }

    /// All of it as one filter, which rejects nothing.
    pub fn into_filter(self) -> BoxedFilter<(Response,)> {
        let dispatch = Arc::new(self);
        let query = warp::query::raw().or(warp::any().map(String::new)).unify();
        warp::method()
            .and(warp::path::full())
            .and(query)
            .and(warp::header::headers_cloned())
            .and(warp::body::bytes())
            .then(move |method, path: FullPath, query, headers, body: Bytes| {
                let dispatch = Arc::clone(&dispatch);
                let arrived = Arrived {
                    method,
                    path: path.as_str().to_owned(),
                    query,
                    headers,
                    body,
                };
                async move {
                    let answered = dispatch.answer(arrived).await;
                    answered.unwrap_or_else(Reply::into_response)
                }
            })
            .boxed()
    }

    async fn answer(&self, arrived: Arrived) -> Result<Response, Problem> {
        let host = self.guard.admit(&arrived.path, &arrived.headers)?;
        let (template, route) = self.route(&arrived.method, &arrived.path)?;
        let answered = self.handled(template, route, arrived, host).await;
        if route.is_unstored {
            let response = answered.unwrap_or_else(Reply::into_response);
            return Ok(reply::unstored(response));
        }
        answered
    }

    async fn handled(
        &self,
        template: &Template,
        route: &Route,
        arrived: Arrived,
        host: Authority,
    ) -> Result<Response, Problem> {
        let words = template.matched(&arrived.path).unwrap_or_default();
        let words = words.into_iter();
        let params: Result<Vec<_>, Problem> = words
            .map(|(name, word)| Ok((name, decoded(name, word)?)))
            .collect();
        let ask = Ask {
            params: params?,
            method: arrived.method,
            query: arrived.query,
            headers: arrived.headers,
            host,
            body: arrived.body,
        };
        self.check_size(route, &ask)?;
        check_query(route, &ask)?;
        check_body(route, &ask)?;
        let is_large = ask.body.len() > LARGE_BODY;
        let answer = (route.handler)(Arc::clone(&self.control), ask);
        if is_large {
            self.aside(answer).await
        } else {
            answer.await
        }
    }

    /// Answers on a thread that serves nobody else, one request after the other: the banks go on meanwhile.
    async fn aside(&self, answer: Answering) -> Result<Response, Problem> {
        // Never closed, so there is a turn whenever this resolves.
        let turn = Arc::clone(&self.turn).acquire_owned().await.ok();
        let runtime = Handle::current();
        let answered = spawn_blocking(move || {
            let answered = runtime.block_on(answer);
            drop(turn);
            answered
        });
        match answered.await {
            Ok(answered) => answered,
            // Met here, as if it had been answered on the spot.
            Err(error) => match error.try_into_panic() {
                Ok(payload) => resume_unwind(payload),
                Err(error) => Err(Problem::internal("reading a large body", &error)),
            },
        }
    }

    /// The listener takes what the route with the longest bodies does.
    fn check_size(&self, route: &Route, ask: &Ask) -> Result<(), Problem> {
        let usual = usual_body(self.control.body_limit);
        let limit = usual.max(route.largest_body.unwrap_or_default());
        if ask.body.len() <= limit {
            return Ok(());
        }
        let refusal = Refusal::BodyTooLarge { limit };
        Err(Problem::too_large(refusal.to_string()))
    }

    /// The route of a path and method: 404 where no path is this one, 405 where the method is not.
    fn route(&self, method: &Method, path: &str) -> Result<&(Template, Arc<Route>), Problem> {
        let mut matching = self
            .rows
            .iter()
            .filter(|(template, _)| template.matched(path).is_some())
            .peekable();
        let Some((first, _)) = matching.peek() else {
            return Err(Problem::not_found(format!("nothing lives at {path}"))
                .with_way_out("GET /openapi.json lists what does"));
        };
        // What is less literal is another path.
        let of_path: Vec<&(Template, Arc<Route>)> = matching
            .filter(|(template, _)| template.by_precision(first) == Ordering::Equal)
            .collect();
        let wanted = if *method == Method::HEAD {
            &Method::GET
        } else {
            method
        };
        let found = of_path.iter().find(|(_, route)| route.method == *wanted);
        found.copied().ok_or_else(|| {
            let mut allowed = Vec::new();
            for (_, route) in of_path {
                allowed.push(route.method.as_str());
                if route.method == Method::GET {
                    allowed.push(Method::HEAD.as_str());
                }
            }
            Problem::method_not_allowed(method.as_str(), &allowed.join(", "))
        })
    }
}

/// A query where none is read is a mistake that its sender would not notice.
fn check_query(route: &Route, ask: &Ask) -> Result<(), Problem> {
    let first = form_urlencoded::parse(ask.query.as_bytes()).next();
    match first {
        Some((name, _)) if route.query.is_none() => Err(Problem::field(
            name,
            "an unknown member of the query",
            "none",
        )),
        _ => Ok(()),
    }
}

fn check_body(route: &Route, ask: &Ask) -> Result<(), Problem> {
    let takes_bodies = matches!(ask.method, Method::POST | Method::PUT | Method::PATCH);
    match route.body {
        Some(body) if ask.body.is_empty() && !body.is_required => Ok(()),
        Some(_) if ask.body.is_empty() => {
            let allowed = "JSON or YAML, with its Content-Type";
            Err(Problem::field("body", "nothing", allowed))
        }
        Some(_) => Syntax::of(&ask.headers).map(|_| ()),
        // Of GET and DELETE it has no meaning (RFC 9110 §9.3.1, §9.3.5).
        None if ask.body.is_empty() || !takes_bodies => Ok(()),
        None => {
            let found = format!("{} bytes", ask.body.len());
            Err(Problem::field("body", found, "none"))
        }
    }
}
