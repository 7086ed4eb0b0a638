//! `GET {w}/exchanges/stream`: exchanges as they come, as server-sent events.

use std::convert::Infallible;
use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::unfold;
use tokio::sync::watch;
use tokio::time::{Interval, interval};
use warp::http::header::CONTENT_TYPE;
use warp::http::{HeaderValue, Method};
use warp::reply::{Reply, Response};

use super::filter::Filter;
use crate::control::Control;
use crate::control::ask::Ask;
use crate::control::problem::Problem;
use crate::document::tree::shown;
use crate::journal::{Exchange, ExchangeView, Masking, News, Query};
use crate::server::Delivery;
use crate::world::{InUse, World};

/// The media type.
pub const EVENTS: &str = "text/event-stream";
/// What else is to know of the route.
pub const DESCRIPTION: &str = "Each exchange is an event `exchange` with its id and, as `data`, the \
    exchange in one line of JSON as it is when it comes: `delivered` may change after that. They \
    begin with the next one that comes, or after `after` or, before that, the header \
    `Last-Event-ID`. An event `dropped` tells how many came that are not kept any more, whether \
    they are such as are asked for or not. With `limit`, the stream ends after so many; else with \
    the world or the emulator; the world is in use until then. Secrets, tokens and private keys are `***`, unless `secrets=true`.";

/// Longest silence: whoever is gone is found out by writing to them.
const KEEP_ALIVE: Duration = Duration::from_secs(10);
/// Exchanges that are written at once.
const AT_ONCE: usize = 16;

pub async fn stream(control: Arc<Control>, ask: Ask) -> Result<Response, Problem> {
    let world = control.world(&ask)?;
    let filter: Filter = ask.query()?;
    let last_event = last_event_id(&ask)?;
    let mut response = if ask.method == Method::HEAD {
        Response::default()
    } else {
        let tail = Tail::new(control, world, &filter, last_event);
        warp::reply::stream(unfold(tail, Tail::next)).into_response()
    };
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(EVENTS));
    response.extensions_mut().insert(Delivery {
        until_stop: true,
        ..Delivery::default()
    });
    Ok(response)
}

/// What the client heard last, as the browser says it when it comes again.
fn last_event_id(ask: &Ask) -> Result<Option<u64>, Problem> {
    let Some(value) = ask.headers.get("last-event-id") else {
        return Ok(None);
    };
    let text = value.to_str().unwrap_or_default();
    text.parse().map(Some).map_err(|_| {
        let found = format!("`{}`", shown(text));
        Problem::field("Last-Event-ID", found, "the id of an exchange")
    })
}

/// What one client is told.
struct Tail {
    control: Arc<Control>,
    world: Arc<World>,
    _in_use: InUse,
    news: watch::Receiver<u64>,
    query: Query,
    masking: Masking,
    after: u64,
    /// How many more are to be told.
    left: usize,
    /// What is to be told besides, first.
    greeting: Option<String>,
    pulse: Interval,
}

impl Tail {
    fn new(
        control: Arc<Control>,
        world: Arc<World>,
        filter: &Filter,
        last_event: Option<u64>,
    ) -> Self {
        let query = filter.query();
        // What is beyond the last one was heard of another journal.
        let newest = world.journal.last_id();
        let after = last_event.or(query.after).unwrap_or(newest).min(newest);
        Self {
            _in_use: world.in_use(),
            news: world.journal.subscribe(),
            masking: filter.masking(),
            after,
            left: query.limit.unwrap_or(usize::MAX),
            greeting: Some(format!(": exchanges of world {}\n\n", world.name)),
            pulse: interval(KEEP_ALIVE),
            query,
            world,
            control,
        }
    }

    /// The next events; `None` at the end.
    async fn next(mut self) -> Option<(Result<Bytes, Infallible>, Self)> {
        if let Some(greeting) = self.greeting.take() {
            return Some(self.say(greeting));
        }
        while self.left > 0 {
            self.news.mark_unchanged();
            let news = self.world.journal.news(self.after, AT_ONCE);
            self.after = news.until;
            let events = self.events(&news);
            if !events.is_empty() {
                return Some(self.say(events));
            }
            if !news.exchanges.is_empty() {
                continue;
            }
            tokio::select! {
                changed = self.news.changed() => changed.ok()?,
                _ = self.pulse.tick() => {
                    return Some(self.say(": still here\n\n".to_owned()));
                }
                () = self.world.ended() => return None,
                () = self.control.stopping() => return None,
            }
        }
        None
    }

    fn say(mut self, text: String) -> (Result<Bytes, Infallible>, Self) {
        self.pulse.reset();
        (Ok(text.into()), self)
    }

    fn events(&mut self, news: &News) -> String {
        let mut events = String::new();
        if news.missed > 0 {
            let missed = news.missed;
            // Writing into a text does not fail.
            let _ = write!(events, "event: dropped\ndata: {{\"dropped\":{missed}}}\n\n");
        }
        for exchange in &news.exchanges {
            if self.left > 0 && self.query.matches(exchange) {
                self.left -= 1;
                events.push_str(&event(exchange, self.masking));
            }
        }
        events
    }
}

fn event(exchange: &Exchange, masking: Masking) -> String {
    let view = ExchangeView::new(exchange, masking);
    match serde_json::to_string(&view) {
        Ok(data) => format!("id: {}\nevent: exchange\ndata: {data}\n\n", exchange.id),
        Err(error) => {
            tracing::error!(%error, "an exchange cannot be written");
            String::new()
        }
    }
}
