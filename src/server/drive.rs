//! Runs a connection's protocol until it ends by itself, by a deadline, or by the stop.

use std::future::pending;
use std::pin::{Pin, pin};

use tokio::sync::watch;
use tokio::time::{Instant, Sleep, sleep_until};

use super::Limits;
use super::activity::{Activity, Expiry};

/// Runs `connection` to its end, or until an exchange asks for another one, and drops what is left of it.
/// `end_gracefully` tells it that no more requests are taken.
pub(super) async fn drive<C>(
    connection: C,
    end_gracefully: fn(Pin<&mut C>),
    activity: &Activity,
    limits: &Limits,
    stop: watch::Receiver<bool>,
) where
    C: Future<Output = hyper::Result<()>>,
{
    let mut connection = pin!(connection);
    let mut stop = pin!(stopping(stop));
    let mut course = Course {
        activity,
        limits,
        told_at: None,
    };
    let mut alarm = Alarm::at(Instant::now());
    loop {
        alarm.bring_forward(course.deadline());
        let due = tokio::select! {
            biased;
            // First, so that an answer which the stop sets free says that it is the last.
            () = &mut stop, if course.told_at.is_none() => Due::End,
            ended = connection.as_mut() => {
                if let Err(cause) = ended {
                    tracing::debug!(%cause, "connection broke");
                }
                return;
            }
            () = activity.moved() => Due::Nothing,
            now = alarm.rings() => course.due(now),
        };
        if activity.is_ending() {
            return;
        }
        match due {
            Due::Nothing => {}
            Due::End => {
                end_gracefully(connection.as_mut());
                course.told_at = Some(Instant::now());
            }
            Due::Drop(expiry) => {
                tracing::debug!(?expiry, "connection dropped");
                return;
            }
        }
    }
}

/// Returns when the server is told to stop, or nobody is left who could tell it.
pub(super) async fn stopping(mut stop: watch::Receiver<bool>) {
    // An error means that the sender is gone: a stop as well.
    let _ = stop.wait_for(|stopping| *stopping).await;
}

/// Where a connection stands.
struct Course<'a> {
    activity: &'a Activity,
    limits: &'a Limits,
    /// When it was told to end, if it was: what is in flight may still finish then.
    told_at: Option<Instant>,
}

/// What must be done now.
enum Due {
    Nothing,
    /// Tell the peer that no more requests are taken, and finish what is in flight.
    End,
    /// Close without further ado, for the reason known before the end began, if any.
    Drop(Option<Expiry>),
}

impl Course<'_> {
    fn deadline(&self) -> Option<Instant> {
        match self.told_at {
            Some(told_at) => Some(self.closing_deadline(told_at)),
            None => self.activity.deadline(self.limits).map(|(at, _)| at),
        }
    }

    fn due(&self, now: Instant) -> Due {
        match (self.told_at, self.activity.deadline(self.limits)) {
            (Some(told_at), _) if self.closing_deadline(told_at) <= now => Due::Drop(None),
            (None, Some((at, Expiry::Idle))) if at <= now => Due::End,
            (None, Some((at, expiry))) if at <= now => Due::Drop(Some(expiry)),
            _ => Due::Nothing,
        }
    }

    fn closing_deadline(&self, told_at: Instant) -> Instant {
        self.activity.closing_deadline(told_at, self.limits.drain)
    }
}

/// A timer that is only ever brought forward: deadlines mostly move away, and a ring too early costs
/// less than moving the timer with each request.
struct Alarm {
    sleep: Pin<Box<Sleep>>,
    armed: bool,
}

impl Alarm {
    fn at(at: Instant) -> Self {
        Self {
            sleep: Box::pin(sleep_until(at)),
            armed: false,
        }
    }

    fn bring_forward(&mut self, at: Option<Instant>) {
        if let Some(at) = at
            && (!self.armed || at < self.sleep.deadline())
        {
            self.sleep.as_mut().reset(at);
            self.armed = true;
        }
    }

    /// The time at which it rang.
    async fn rings(&mut self) -> Instant {
        if !self.armed {
            pending::<()>().await;
        }
        self.sleep.as_mut().await;
        self.armed = false;
        Instant::now()
    }
}
