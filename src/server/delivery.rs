//! How an answer is delivered: late, in part, or not at all; and how much of it was.

use std::any::Any;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use warp::http::HeaderName;

/// How an answer is delivered, in the extensions of the routes' response. Without one: at once, whole.
///
/// It changes nothing about the framing being the server's: a `Content-Length` or `Transfer-Encoding` of
/// the routes is replaced by what is true, but for the length in the answer to HEAD.
#[derive(Clone, Default)]
pub struct Delivery {
    /// How long it is held back, in real time; the stop of the server ends that early.
    pub delay: Duration,
    /// What is wrong with the transport.
    pub fault: Option<WireFault>,
    /// What becomes of `x-fapi-interaction-id`.
    pub interaction_id: IdOnAnswer,
    /// Header fields that are left out although the server would add them. Without `content-length`, the
    /// body is chunked on HTTP/1.1, ends with the connection on HTTP/1.0, and is framed as ever on
    /// HTTP/2; [`WireFault::WrongLength`] states one all the same.
    pub omitted: Vec<HeaderName>,
    /// Dropped when the answer has been handed to the wire, or never will be.
    pub held: Option<Held>,
    /// Told how much of the answer has been handed over.
    pub watch: Option<Arc<dyn DeliveryWatch>>,
    /// The body ends in good order when the server stops: for streams that have no end of their own. Its
    /// length is stated nowhere.
    pub until_stop: bool,
}

/// How much of an answer has been handed to the protocol that sends it.
///
/// That is as much as a server can know: what the peer made of it, it does not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Delivered {
    /// Nothing: closed, reset, silent, or garbage in its place; or the peer went before.
    #[default]
    None,
    /// The head, perhaps some of the body; or what is no well-formed answer, such as one that states a
    /// wrong length.
    Partial,
    /// All of it.
    Complete,
}

impl Delivered {
    /// `none`, `partial` or `complete`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Partial => "partial",
            Self::Complete => "complete",
        }
    }
}

/// Follows the delivery of one answer.
///
/// Told of each change from [`Delivered::None`] on, before the peer can have read the part that makes it.
pub trait DeliveryWatch: Send + Sync {
    /// So much has been handed over by now.
    fn delivered(&self, how: Delivered);
}

/// Something whose life is that of an exchange: a place in a limit, say.
pub type Held = Arc<dyn Any + Send + Sync>;

impl fmt::Debug for Delivery {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Delivery")
            .field("delay", &self.delay)
            .field("fault", &self.fault)
            .field("interaction_id", &self.interaction_id)
            .field("omitted", &self.omitted)
            .field("until_stop", &self.until_stop)
            .finish_non_exhaustive()
    }
}

/// What becomes of `x-fapi-interaction-id` on an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IdOnAnswer {
    /// That of the exchange, unless the answer has one already.
    #[default]
    Own,
    /// None.
    Omitted,
    /// A fresh one that nobody knows.
    Replaced,
}

/// What is wrong with the transport of one answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WireFault {
    /// The connection ends in good order (TLS `close_notify`, FIN) without the answer; on HTTP/2 the
    /// stream is reset (`RST_STREAM`, `INTERNAL_ERROR`).
    Close,
    /// The TCP connection is reset (RST), on HTTP/2 too.
    Reset,
    /// Silence: until the peer goes or the server stops, or for this long; then as `Close`.
    Stall(Option<Duration>),
    /// The head, at most so many bytes of the body and never all of them, then the end of the
    /// connection or stream. Without a body, as `Close`.
    Truncate(usize),
    /// The body in pieces. On HTTP/2 each is a frame, and a client may take very many small ones for an
    /// attack and end the connection.
    Drip {
        /// Bytes of a piece, from 1.
        bytes: usize,
        /// Time between two pieces; the stop of the server ends it early.
        every: Duration,
    },
    /// These bytes in the place of HTTP, then the end of the connection, on HTTP/2 too.
    Garbage(Bytes),
    /// A `Content-Length` beyond the body, then the end of the connection or stream. Where the answer has
    /// no body anyway (HEAD, 204, 304), only the field is wrong.
    WrongLength,
}
