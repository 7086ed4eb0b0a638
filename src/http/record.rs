//! What is kept of a request and its answer: an exchange in the journal of its world, and numbers.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use httpdate::fmt_http_date;
use warp::http::header::DATE;
use warp::http::request::Parts;
use warp::http::{HeaderMap, HeaderName, HeaderValue, Version};
use warp::reply::Response;

use crate::bank::Caller;
use crate::clock::Clock;
use crate::dialect::Operation;
use crate::domain::ids::InteractionId;
use crate::http::call::{Asked, host};
use crate::http::script::{Unanswered, body};
use crate::http::target::Target;
use crate::journal::{Answer, Delivered, Exchange, Headers, Message, Timings};
use crate::metrics::Metrics;
use crate::scenario::Decision;
use crate::server::{self, Delivery, DeliveryWatch, IdOnAnswer, ListenerKind, Peer};
use crate::world::{InUse, World};

const INTERACTION_ID: HeaderName = HeaderName::from_static("x-fapi-interaction-id");

/// When a request arrived.
#[derive(Debug, Clone, Copy)]
pub struct Arrival {
    at: Instant,
    /// On the system's clock: milliseconds since the epoch.
    unix_millis: i64,
}

impl Arrival {
    /// Now.
    pub fn now() -> Self {
        Self {
            at: Clock::moment(),
            unix_millis: Clock::system().unix_millis(),
        }
    }
}

/// A request on its way into the journal.
pub struct Record {
    exchange: Exchange,
    arrival: Arrival,
    in_use: InUse,
}

impl Record {
    /// What its head says. `path` is that within its world, which is in use until the answer is
    /// delivered.
    pub fn new(world: &World, path: &str, peer: &Peer, head: &Parts, arrival: Arrival) -> Self {
        let exchange = Exchange {
            at_ms: world.clock.unix_millis(),
            received_at_ms: arrival.unix_millis,
            world: Arc::clone(&world.name),
            listener: peer.listener.as_str(),
            method: head.method.as_str().to_owned(),
            path: path.to_owned(),
            url: url(world, peer, head),
            http_version: version(head.version),
            interaction_id: head.extensions.get().cloned(),
            connection: peer.ordinal(),
            peer_address: peer.address.to_string(),
            tls: peer.tls.clone(),
            request: Message {
                headers: headers(&head.headers),
                ..Message::default()
            },
            ..Exchange::default()
        };
        Self {
            exchange,
            arrival,
            in_use: world.in_use(),
        }
    }

    /// What it asks for, and who asks.
    pub fn of(&mut self, asked: &Asked, caller: Caller) {
        let exchange = &mut self.exchange;
        exchange.bank = asked.target.bank.as_ref().map(|bank| bank.id.clone());
        exchange.operation = asked.target.operation.map(Operation::as_str);
        exchange.software_id = caller.software_id.map(|id| id.to_string());
        exchange.org_id = caller.org_id.map(|id| id.to_string());
        exchange.client_id = caller.client_id.map(|id| id.to_string());
        exchange.request.body = asked.body.clone().into();
    }

    /// What the bank's checks said, and what rules decided.
    pub fn judged(&mut self, asked: &Asked, decision: Option<Decision>) {
        let exchange = &mut self.exchange;
        let judged = asked.take_judged();
        exchange.checks = judged.checks;
        exchange.refused_by = judged.refused_by;
        if let Some(id) = asked.registered.get() {
            exchange.client_id = Some(id.clone());
        }
        if let Some(decision) = decision {
            exchange.trail = decision.trail;
            exchange.applied = decision.applied;
        }
    }

    /// What it was aimed at, and the limit of the server that refused it.
    pub fn refused(&mut self, target: &Target, by: &'static str) {
        self.exchange.bank = target.bank.as_ref().map(|bank| bank.id.clone());
        self.exchange.operation = target.operation.map(Operation::as_str);
        self.refused_by(by);
    }

    /// What refused it, where that is no check.
    pub fn refused_by(&mut self, by: &'static str) {
        self.exchange.refused_by = Some(by);
    }

    /// Dresses the answer and keeps the exchange.
    pub fn keep(mut self, world: &World, metrics: &Metrics, response: &mut Response) {
        self.dress(world, response);
        // The bodies of answers are in memory.
        let body = body::read(response).now_or_never().unwrap_or_default();
        body::replace(response, body.clone());
        let delay = delivery(response).delay;
        self.exchange.timings = Timings {
            work_micros: micros(self.arrival.at.elapsed()),
            delay_ms: u64::try_from(delay.as_millis()).unwrap_or(u64::MAX),
        };
        let is_answered = response.extensions().get::<Unanswered>().is_none();
        self.exchange.response = is_answered.then(|| Answer {
            status: response.status().as_u16(),
            headers: headers(response.headers()),
            body: body.into(),
        });
        self.push(world, metrics, response);
    }

    fn push(self, world: &World, metrics: &Metrics, response: &mut Response) {
        let Self {
            exchange,
            arrival,
            in_use,
        } = self;
        count(metrics, &exchange);
        let exchange = world.journal.push(exchange);
        log(&exchange);
        delivery(response).watch = Some(Arc::new(Watch {
            exchange,
            arrival,
            _in_use: in_use,
        }));
    }

    /// The date by the world's clock, and the interaction id that scenarios leave; without the fields
    /// that are to be left out, which the server will leave out, too.
    fn dress(&self, world: &World, response: &mut Response) {
        let delivery = std::mem::take(delivery(response));
        let headers = response.headers_mut();
        if let Some(date) = http_date(world) {
            headers.entry(DATE).or_insert(date);
        }
        let own = self.exchange.interaction_id.as_ref();
        let on_answer = match delivery.interaction_id {
            IdOnAnswer::Omitted => {
                headers.remove(INTERACTION_ID);
                IdOnAnswer::Omitted
            }
            IdOnAnswer::Replaced => {
                name(headers, &InteractionId::fresh());
                IdOnAnswer::Own
            }
            IdOnAnswer::Own => {
                if let Some(id) = own.filter(|_| !headers.contains_key(INTERACTION_ID)) {
                    name(headers, id);
                }
                IdOnAnswer::Own
            }
        };
        for omitted in &delivery.omitted {
            headers.remove(omitted);
        }
        response.extensions_mut().insert(Delivery {
            interaction_id: on_answer,
            ..delivery
        });
    }
}

fn name(headers: &mut HeaderMap, id: &InteractionId) {
    if let Ok(value) = HeaderValue::from_str(id.as_str()) {
        headers.insert(INTERACTION_ID, value);
    }
}

/// Follows the delivery of an answer into the journal.
struct Watch {
    exchange: Arc<Exchange>,
    arrival: Arrival,
    _in_use: InUse,
}

impl DeliveryWatch for Watch {
    fn delivered(&self, how: server::Delivered) {
        let delivered = match how {
            server::Delivered::None => Delivered::None,
            server::Delivered::Partial => Delivered::Partial,
            server::Delivered::Complete => Delivered::Complete,
        };
        let after = micros(self.arrival.at.elapsed());
        self.exchange.set_delivered(delivered, after);
    }
}

fn count(metrics: &Metrics, exchange: &Exchange) {
    let timings = exchange.timings;
    let applied = exchange.applied.as_ref();
    metrics.request(
        exchange.bank.as_deref().unwrap_or_default(),
        exchange.operation.unwrap_or_default(),
        exchange.status(),
        applied.map_or("", |applied| applied.scenario.as_str()),
        Duration::from_micros(timings.work_micros) + Duration::from_millis(timings.delay_ms),
    );
}

fn log(exchange: &Exchange) {
    let applied = exchange.applied.as_ref();
    tracing::info!(
        interaction_id = exchange.interaction_id.as_ref().map(InteractionId::as_str),
        world = %exchange.world,
        exchange = exchange.id,
        bank = exchange.bank,
        operation = exchange.operation,
        path = exchange.path,
        status = exchange.status(),
        refused_by = exchange.refused_by,
        scenario = applied.map(|applied| applied.scenario.as_str()),
        "answered"
    );
}

fn delivery(response: &mut Response) -> &mut Delivery {
    response.extensions_mut().get_or_insert_default()
}

/// Whole microseconds.
pub fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// The world's time, where the format has words for it (RFC 9110 §5.6.7).
fn http_date(world: &World) -> Option<HeaderValue> {
    let now = world.clock.now();
    (1970..10_000).contains(&now.year()).then_some(())?;
    HeaderValue::from_str(&fmt_http_date(now.into())).ok()
}

fn headers(headers: &HeaderMap) -> Headers {
    let fields = headers.iter();
    fields
        .map(|(name, value)| (name.as_str(), value.as_bytes()))
        .collect()
}

/// The URL that was asked for.
fn url(world: &World, peer: &Peer, head: &Parts) -> String {
    let target = head
        .uri
        .path_and_query()
        .map_or("/", |target| target.as_str());
    if let Some(host) = host(head) {
        return format!("https://{host}{target}");
    }
    let base = world.urls.plain();
    let base = match peer.listener {
        ListenerKind::Mtls => base.mtls,
        ListenerKind::Tls | ListenerKind::Control => base.tls,
    };
    format!("{base}{target}")
}

fn version(version: Version) -> &'static str {
    match version {
        Version::HTTP_10 => "HTTP/1.0",
        Version::HTTP_2 => "HTTP/2",
        _ => "HTTP/1.1",
    }
}
