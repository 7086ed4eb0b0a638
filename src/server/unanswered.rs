//! Exchanges that end without an answer, and the requests that are given up since the server stops.

use std::future::pending;
use std::time::Duration;

use h2::Reason;
use thiserror::Error;
use tokio::sync::watch;
use tokio::time::sleep;

use super::activity::ActiveExchange;
use super::drive::stopping;
use super::end::{Ending, Way};
use super::fault::StreamBroken;

/// How long a peer may still send after the stop: enough for what is in the socket already.
pub(super) const GRACE: Duration = Duration::from_millis(20);

/// Why a stream of HTTP/2 ends without an answer. HTTP/1.1 ends its connection instead.
#[derive(Debug, Error)]
pub(super) enum Unanswered {
    #[error(transparent)]
    Broken(#[from] StreamBroken),
    #[error("the server stopped before the request had arrived")]
    GivenUp(#[source] h2::Error),
}

/// Resolves when a request that is still on its way has met the stop.
pub(super) async fn given_up(stop: &watch::Receiver<bool>) {
    stopping(stop.clone()).await;
    sleep(GRACE).await;
}

/// Ends the stream of HTTP/2 with `REFUSED_STREAM`, since nothing was done with the request (RFC 9113
/// §8.7), or the connection of HTTP/1.1: then this does not return, and is dropped with the protocol.
pub(super) async fn give_up(exchange: ActiveExchange, http2: bool) -> Unanswered {
    tracing::debug!("a request had not arrived when the server stopped");
    if http2 {
        return Unanswered::GivenUp(Reason::REFUSED_STREAM.into());
    }
    exchange.connection().end(Ending {
        way: Way::Close,
        held: None,
    });
    pending().await
}
