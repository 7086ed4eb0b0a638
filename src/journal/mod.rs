//! The exchanges of one world: the last ones, in a bounded ring, and what can be told of them.
//!
//! [`Exchange`] is one request and its answer, kept as bytes; [`Journal`] keeps the last of them,
//! bounded in number and bytes. Pure: nothing here knows a socket or a clock.

mod applied;
mod curl;
mod exchange;
mod har;
mod masking;
mod query;
mod read;
#[cfg(test)]
mod sample;
mod scenario_of;
mod seen;
mod size;
mod story;
mod verify;
mod view;

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

pub use self::curl::{CurlFiles, curl};
pub use self::exchange::{
    Answer, Body, Delivered, Delivery, Exchange, FailedHandshake, HANDSHAKE, Headers, Message,
    Timings, Tls,
};
pub use self::har::har;
pub use self::masking::{MASK, Masking};
pub use self::query::Query;
pub use self::read::rfc3339;
pub use self::scenario_of::{has_scenario, scenario_of};
pub use self::story::{StoryView, story, why};
pub use self::verify::{MissedMember, NearMiss, Verification, verify};
pub use self::view::{
    BodyEncoding, CertificateView, ExchangeView, HandshakeView, MessageView, RequestView,
    StatementView, TimingsView, TlsView, TriedView,
};

/// How much a journal keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JournalLimits {
    /// Exchanges; 0 keeps none.
    pub exchanges: usize,
    /// Their estimated bytes, together; the last exchange is kept whatever it takes.
    pub bytes: usize,
    /// Bytes of one body; the rest of a longer one is left out.
    pub body: usize,
}

impl Default for JournalLimits {
    fn default() -> Self {
        Self {
            exchanges: 1_000,
            bytes: 64 * 1024 * 1024,
            body: 256 * 1024,
        }
    }
}

/// What came after an exchange.
#[derive(Debug)]
pub struct News {
    /// The first of those that came, oldest first.
    pub exchanges: Vec<Arc<Exchange>>,
    /// How many came before the last of them, and are not kept any more.
    pub missed: u64,
    /// The number after which more can be asked for.
    pub until: u64,
}

/// The last exchanges of one world.
pub struct Journal {
    limits: JournalLimits,
    ring: Mutex<Ring>,
    last_id: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Ring {
    /// Oldest first, so that their numbers rise.
    exchanges: VecDeque<(Arc<Exchange>, usize)>,
    bytes: usize,
    last_id: u64,
    dropped: u64,
    /// How many of those were dropped since all was forgotten.
    gone: u64,
}

impl fmt::Debug for Journal {
    /// Without the exchanges, which hold secrets.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Journal");
        shown.field("len", &self.len()).finish_non_exhaustive()
    }
}

impl Default for Journal {
    fn default() -> Self {
        Self::new(JournalLimits::default())
    }
}

impl Journal {
    /// An empty one.
    #[must_use]
    pub fn new(limits: JournalLimits) -> Self {
        Self {
            limits,
            ring: Mutex::default(),
            last_id: watch::Sender::new(0),
        }
    }

    /// Numbers an exchange and keeps it, in the place of the oldest ones where there is no room.
    pub fn push(&self, mut exchange: Exchange) -> Arc<Exchange> {
        exchange.request.body.keep(self.limits.body);
        if let Some(answer) = &mut exchange.response {
            answer.body.keep(self.limits.body);
        }
        let size = size::of(&exchange);
        let (exchange, gone) = self.ring().push(exchange, size, self.limits);
        // Freed without the lock.
        drop(gone);
        let id = exchange.id;
        self.last_id.send_if_modified(|last| {
            let is_newer = id > *last;
            *last = id.max(*last);
            is_newer
        });
        exchange
    }

    /// The exchange of this number, if it is still kept.
    #[must_use]
    pub fn exchange(&self, id: u64) -> Option<Arc<Exchange>> {
        let ring = self.ring();
        let (exchange, _) = ring.exchanges.get(ring.index_of(id)?)?;
        Some(Arc::clone(exchange))
    }

    /// Forgets one exchange; whether it was kept.
    pub fn remove(&self, id: u64) -> bool {
        let gone = self.ring().remove(id);
        // Freed without the lock.
        gone.is_some()
    }

    /// Those that are asked for, oldest first.
    #[must_use]
    pub fn query(&self, query: &Query) -> Vec<Arc<Exchange>> {
        let matching = self.after(query.after.unwrap_or(0)).into_iter();
        let matching = matching.filter(|exchange| query.matches(exchange));
        matching.take(query.limit.unwrap_or(usize::MAX)).collect()
    }

    /// All that are kept with a greater number, oldest first.
    #[must_use]
    pub fn after(&self, id: u64) -> Vec<Arc<Exchange>> {
        self.news(id, usize::MAX).exchanges
    }

    /// The first `most` that are kept with a greater number, and how many are not kept any more.
    #[must_use]
    pub fn news(&self, id: u64, most: usize) -> News {
        let ring = self.ring();
        let first = ring.exchanges.partition_point(|(kept, _)| kept.id <= id);
        let rest = ring.exchanges.len() - first;
        let exchanges = ring.exchanges.iter().skip(first).take(most);
        let exchanges: Vec<_> = exchanges
            .map(|(exchange, _)| Arc::clone(exchange))
            .collect();
        let until = match exchanges.last() {
            Some(last) if rest > exchanges.len() => last.id,
            _ => ring.last_id.max(id),
        };
        News {
            missed: (until - id).saturating_sub(exchanges.len() as u64),
            exchanges,
            until,
        }
    }

    /// All that are kept, oldest first, and how many before them had to make room since all was
    /// forgotten.
    #[must_use]
    pub fn whole(&self) -> (Vec<Arc<Exchange>>, u64) {
        let ring = self.ring();
        let exchanges = ring.exchanges.iter();
        let exchanges = exchanges.map(|(exchange, _)| Arc::clone(exchange));
        (exchanges.collect(), ring.gone)
    }

    /// Forgets all; numbers go on.
    pub fn clear(&self) {
        let gone = {
            let mut ring = self.ring();
            ring.bytes = 0;
            ring.gone = 0;
            std::mem::take(&mut ring.exchanges)
        };
        drop(gone);
    }

    /// The number of the last exchange that was ever kept; 0 before the first.
    #[must_use]
    pub fn last_id(&self) -> u64 {
        self.ring().last_id
    }

    /// Tells of new exchanges: the number of the last one.
    #[must_use]
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        self.last_id.subscribe()
    }

    /// How many are kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ring().exchanges.len()
    }

    /// Whether none is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes that those kept take, estimated.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.ring().bytes
    }

    /// How many had to make room for others.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.ring().dropped
    }

    fn ring(&self) -> MutexGuard<'_, Ring> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ring {
    /// The exchange, numbered, and those that made room for it.
    fn push(
        &mut self,
        mut exchange: Exchange,
        size: usize,
        limits: JournalLimits,
    ) -> (Arc<Exchange>, Vec<(Arc<Exchange>, usize)>) {
        self.last_id += 1;
        exchange.id = self.last_id;
        let exchange = Arc::new(exchange);
        self.bytes += size;
        self.exchanges.push_back((Arc::clone(&exchange), size));
        let mut gone = Vec::new();
        while self.exchanges.len() > limits.exchanges
            || (self.bytes > limits.bytes && self.exchanges.len() > 1)
        {
            let Some(oldest) = self.exchanges.pop_front() else {
                break;
            };
            self.bytes -= oldest.1;
            self.dropped += 1;
            self.gone += 1;
            gone.push(oldest);
        }
        (exchange, gone)
    }

    fn index_of(&self, id: u64) -> Option<usize> {
        let kept = &self.exchanges;
        kept.binary_search_by_key(&id, |(kept, _)| kept.id).ok()
    }

    fn remove(&mut self, id: u64) -> Option<Arc<Exchange>> {
        let (exchange, size) = self.exchanges.remove(self.index_of(id)?)?;
        self.bytes -= size;
        Some(exchange)
    }
}

#[cfg(test)]
mod tests;
