//! A body that ends with the server.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame};
use tokio::sync::watch;

use super::body::{AnyBody, BoxError};
use super::drive::stopping;

/// A body until the server stops: then it is over, in good order.
pub(super) struct UntilStop {
    body: AnyBody,
    stop: Pin<Box<dyn Future<Output = ()> + Send>>,
    stopped: bool,
}

impl UntilStop {
    pub(super) fn new(body: AnyBody, stop: watch::Receiver<bool>) -> Self {
        Self {
            body,
            stop: Box::pin(stopping(stop)),
            stopped: false,
        }
    }
}

impl Body for UntilStop {
    type Data = Bytes;
    type Error = BoxError;

    // The size stays unknown: it may end before that.

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if self.stopped || self.stop.as_mut().poll(cx).is_ready() {
            self.stopped = true;
            return Poll::Ready(None);
        }
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.stopped || self.body.is_end_stream()
    }
}
