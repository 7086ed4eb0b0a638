//! What happens on one connection, and until when something else must happen.
//!
//! hyper bounds neither the wait for the first byte nor an idle HTTP/2 connection, so one watch serves
//! both protocols: the wire (`wire`) and the exchanges report here, the connection asks for the deadline.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, oneshot};
use tokio::time::Instant;

use super::Limits;
use super::end::Ending;
use super::unanswered::GRACE;

/// A closing peer that is silent for so long has nothing more to say.
pub(super) const QUIET: Duration = Duration::from_millis(500);

/// The watch over one connection.
#[derive(Debug)]
pub(super) struct Activity {
    /// Whether bytes outside an exchange are the beginning of a request (HTTP/1.1) or may be mere
    /// housekeeping (HTTP/2: settings, pings, window updates).
    heads_show: bool,
    state: Mutex<State>,
    moved: Notify,
}

#[derive(Debug)]
struct State {
    exchanges: usize,
    /// The end of the handshake or of the last exchange.
    idle_since: Instant,
    /// The first byte of a head that is not complete yet.
    head_since: Option<Instant>,
    /// The peer takes none of our bytes since then.
    stalled_since: Option<Instant>,
    /// Exchanges with a piece of their answer that no window of HTTP/2 has room for.
    held_up: usize,
    /// The peer has made room for none of these since then.
    held_up_since: Option<Instant>,
    /// The last byte in either direction, or the end of the last exchange.
    last_sign: Instant,
    /// A request body was left unread, so the peer may still be sending when we close.
    body_left: bool,
    /// All was said, and the peer may finish what it is sending since then.
    lingering_since: Option<Instant>,
    /// Those who wait until all that was handed over has gone out.
    flush_awaited: Vec<oneshot::Sender<()>>,
    /// An exchange wants the connection to end, in a way that the protocol knows nothing of.
    ending: Option<Ending>,
}

/// Why a deadline is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expiry {
    /// No request for too long: the connection may end in good order.
    Idle,
    /// A head that takes too long.
    SlowHead,
    /// A peer that does not read.
    Stalled,
}

/// An exchange in flight; dropped when its answer has been handed to the wire or will never be.
#[derive(Debug)]
pub(super) struct ActiveExchange {
    connection: Arc<Activity>,
    held_up: bool,
}

impl Activity {
    /// Starts the watch, at the end of the handshake.
    pub(super) fn new(heads_show: bool) -> Arc<Self> {
        let now = Instant::now();
        let state = State {
            exchanges: 0,
            idle_since: now,
            head_since: None,
            stalled_since: None,
            held_up: 0,
            held_up_since: None,
            last_sign: now,
            body_left: false,
            lingering_since: None,
            flush_awaited: Vec::new(),
            ending: None,
        };
        Arc::new(Self {
            heads_show,
            state: Mutex::new(state),
            moved: Notify::new(),
        })
    }

    /// A request's head is complete.
    pub(super) fn begin(self: &Arc<Self>) -> ActiveExchange {
        let mut state = self.state();
        state.exchanges += 1;
        state.head_since = None;
        ActiveExchange {
            connection: Arc::clone(self),
            held_up: false,
        }
    }

    /// Bytes came in.
    pub(super) fn received(&self) {
        let mut state = self.state();
        state.last_sign = Instant::now();
        if self.heads_show && state.exchanges == 0 && state.head_since.is_none() {
            state.head_since = Some(state.last_sign);
            self.moved.notify_one();
        }
    }

    /// Bytes went out.
    pub(super) fn sent(&self) {
        let mut state = self.state();
        state.last_sign = Instant::now();
        state.stalled_since = None;
    }

    /// Nothing is left to go out.
    pub(super) fn flushed(&self) {
        let mut state = self.state();
        for waiting in state.flush_awaited.drain(..) {
            // One that no longer waits needs no word.
            let _ = waiting.send(());
        }
        if state.stalled_since.take().is_some() {
            state.last_sign = Instant::now();
            self.moved.notify_one();
        }
    }

    /// Bytes could not go out.
    pub(super) fn blocked(&self) {
        let mut state = self.state();
        if state.stalled_since.is_none() {
            state.stalled_since = Some(Instant::now());
            self.moved.notify_one();
        }
    }

    /// A deadline may have come nearer. Keeps one notice for a caller that is not waiting yet.
    pub(super) async fn moved(&self) {
        self.moved.notified().await;
    }

    /// Until when something must happen, and what it means if it does not. `None`: an exchange is in
    /// flight, which has limits of its own, and the peer takes what it is sent.
    pub(super) fn deadline(&self, limits: &Limits) -> Option<(Instant, Expiry)> {
        let state = self.state();
        if let Some(since) = state.stalled_since {
            return Some((since + limits.idle_timeout, Expiry::Stalled));
        }
        if state.exchanges > 0 {
            let since = state.held_up_since?;
            return Some((since + limits.idle_timeout, Expiry::Stalled));
        }
        Some(match state.head_since {
            Some(since) => (since + limits.header_timeout, Expiry::SlowHead),
            None => (state.idle_since + limits.idle_timeout, Expiry::Idle),
        })
    }

    /// The same for a connection that was told to end: what is in flight has the time to `drain`. Without
    /// that it ends once it is quiet, soon where all was said, and before a head that drips on is whole.
    pub(super) fn closing_deadline(&self, told_at: Instant, drain: Duration) -> Instant {
        let state = self.state();
        let latest = told_at + drain;
        if state.exchanges > 0 || state.stalled_since.is_some() {
            return latest;
        }
        let quiet_at = latest.min(state.last_sign + QUIET);
        match (state.lingering_since, state.head_since) {
            (Some(since), _) => quiet_at.min(since + GRACE),
            (None, Some(since)) => quiet_at.min(since.max(told_at) + QUIET),
            (None, None) => quiet_at,
        }
    }

    /// All was said, and what the peer still sends is thrown away from now on.
    pub(super) fn linger(&self) {
        self.state().lingering_since = Some(Instant::now());
        self.moved.notify_one();
    }

    /// Whether the peer may still be sending a body that nobody reads.
    pub(super) fn body_left(&self) -> bool {
        self.state().body_left
    }

    /// Resolves when next nothing is left to go out. HTTP/1.1 flushes after it has asked for an answer or
    /// a piece of its body, so that what it was given before is out then.
    pub(super) fn next_flush(&self) -> oneshot::Receiver<()> {
        let (flushed, waits) = oneshot::channel();
        self.state().flush_awaited.push(flushed);
        waits
    }

    /// Asks for the end of the connection. The first to ask has its way.
    pub(super) fn end(&self, ending: Ending) {
        self.state().ending.get_or_insert(ending);
        self.moved.notify_one();
    }

    /// Whether an exchange asked for the end of the connection.
    pub(super) fn is_ending(&self) -> bool {
        self.state().ending.is_some()
    }

    /// How the connection is to end, if an exchange asked for it.
    pub(super) fn take_ending(&self) -> Option<Ending> {
        self.state().ending.take()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ActiveExchange {
    /// The watch over its connection.
    pub(super) fn connection(&self) -> &Arc<Activity> {
        &self.connection
    }

    /// The answer goes out although the request's body was not read to its end.
    pub(super) fn leave_body(&self) {
        self.connection.state().body_left = true;
    }

    /// A piece of the answer is handed over. Until more is asked for, the peer has not taken it: with
    /// HTTP/2 that can last, since a peer that reads all its bytes may still leave a stream no window.
    pub(super) fn hand_piece(&mut self) {
        // HTTP/1.1 has no window but that of TCP, which the wire watches.
        if self.connection.heads_show || self.held_up {
            return;
        }
        self.held_up = true;
        let mut state = self.connection.state();
        state.held_up += 1;
        if state.held_up_since.is_none() {
            state.held_up_since = Some(Instant::now());
            self.connection.moved.notify_one();
        }
    }

    /// The piece handed over was taken.
    pub(super) fn piece_taken(&mut self) {
        if self.held_up {
            self.held_up = false;
            self.connection.state().let_go();
        }
    }
}

impl State {
    /// One exchange is held up no more. What the peer took of one is a sign for all.
    fn let_go(&mut self) {
        self.held_up -= 1;
        self.held_up_since = (self.held_up > 0).then(Instant::now);
    }
}

impl Drop for ActiveExchange {
    fn drop(&mut self) {
        let mut state = self.connection.state();
        if self.held_up {
            state.let_go();
        }
        state.exchanges -= 1;
        state.idle_since = Instant::now();
        state.last_sign = state.idle_since;
        self.connection.moved.notify_one();
    }
}
