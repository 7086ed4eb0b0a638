//! What is done all at once, each kind by workers of its own.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};
use bytes::Bytes;
use hyper::Method;
use serde::Deserialize;

use crate::client::{Answer, Connection, Http, Message, Target};
use crate::control::Control;
use crate::modes::{REGISTER, small};
use crate::signing::Pool;
use crate::tally::Tally;
use crate::tls::Identity;
use crate::workload::{access_token, managing, reading, registration, token_request};

/// One kind of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Register, token, read, delete, on a kept connection.
    Life(Http),
    /// Requests that a bank refuses.
    Refused,
    /// A new connection for a small request.
    NewConnection,
    /// A world comes, is asked for faults by header, and goes.
    Worlds,
}

/// Each kind, and how many do it at once.
pub const KINDS: [(Kind, u32); 5] = [
    (Kind::Life(Http::One), 3),
    (Kind::Life(Http::Two), 3),
    (Kind::Refused, 1),
    (Kind::NewConnection, 1),
    (Kind::Worlds, 2),
];

/// Built-in scenarios that answer at once, each asked twice: the first is to go wrong, the second may not.
const FAULTS: [&str; 8] = [
    "throttled-429",
    "lost-response",
    "connection-reset",
    "broken-json",
    "gateway-html",
    "forbidden-403",
    "missing-interaction-id",
    "wrong-interaction-id",
];

impl fmt::Display for Kind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Kind::Life(http) => write!(out, "lives over HTTP/{http}"),
            Kind::Refused => out.write_str("refused requests"),
            Kind::NewConnection => out.write_str("new connections"),
            Kind::Worlds => out.write_str("worlds with faults"),
        }
    }
}

/// The emulator, and what is sent there.
#[derive(Debug)]
pub struct Place {
    /// The mTLS listener.
    pub mtls: SocketAddr,
    /// The control listener.
    pub control: SocketAddr,
    /// Who asks.
    pub identity: Identity,
    /// Registration requests.
    pub pool: Pool,
    /// The next one's number.
    pub next: AtomicU64,
}

impl Place {
    fn target(&self, http: Http) -> Result<Target> {
        Target::new(self.mtls, Some(self.identity.client(http)?), http)
    }

    fn number(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }
}

/// One worker.
pub struct Worker {
    kind: Kind,
    place: Arc<Place>,
    target: Option<Target>,
    kept: Option<Connection>,
    control: Option<Control>,
    /// What came of it.
    pub tally: Tally,
}

impl Worker {
    /// Not connected yet.
    pub fn new(kind: Kind, place: Arc<Place>) -> Self {
        Self {
            kind,
            place,
            target: None,
            kept: None,
            control: None,
            tally: Tally::default(),
        }
    }

    /// Does its work once; what goes wrong is counted, and the next time begins with a new connection.
    pub async fn once(&mut self) {
        let done = match self.kind {
            Kind::Life(http) => self.life(http).await,
            Kind::Refused => self.refused().await,
            Kind::NewConnection => self.new_connection().await,
            Kind::Worlds => self.world().await,
        };
        if let Err(error) = done {
            self.tally.fail(&format!("{error:#}"));
            (self.kept, self.control) = (None, None);
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    fn target(&mut self, http: Http) -> Result<Target> {
        if self.target.is_none() {
            self.target = Some(self.place.target(http)?);
        }
        self.target.clone().ok_or_else(|| anyhow!("no target"))
    }

    /// Sends on the kept connection; another status than `expected` is an error.
    async fn ask(&mut self, http: Http, message: &Message, expected: u16) -> Result<Answer> {
        let target = self.target(http)?;
        let connection = match &mut self.kept {
            Some(connection) => connection,
            kept => kept.insert(target.connect().await.map_err(|it| anyhow!(it.0))?),
        };
        let started = Instant::now();
        let answer = connection.send(message).await.map_err(|it| anyhow!(it.0))?;
        if answer.status != expected {
            return Err(anyhow!(
                "{} {}: status {}",
                message.method,
                self.kind,
                answer.status
            ));
        }
        self.tally.succeed(started.elapsed());
        Ok(answer)
    }

    async fn life(&mut self, http: Http) -> Result<()> {
        #[derive(Deserialize)]
        struct Client {
            client_id: String,
        }
        let request = self.place.pool.at(self.place.number());
        let answer = self
            .ask(http, &registration(REGISTER, request), 201)
            .await?;
        let Client { client_id } = serde_json::from_slice(&answer.body)?;
        let answer = self.ask(http, &token_request(&client_id), 200).await?;
        let token = access_token(&answer).ok_or_else(|| anyhow!("no access_token"))?;
        self.ask(http, &reading(&client_id, &token), 200).await?;
        let deletion = managing(Method::DELETE, &client_id, &token);
        self.ask(http, &deletion, 204).await?;
        self.ask(http, &reading(&client_id, &token), 401).await?;
        Ok(())
    }

    async fn refused(&mut self) -> Result<()> {
        let not_a_jws = registration(REGISTER, Bytes::from_static(b"not.a.jws"));
        self.ask(Http::One, &not_a_jws, 400).await?;
        let nobody = reading("nobody", "no-token");
        self.ask(Http::One, &nobody, 401).await?;
        let nowhere = Message {
            path: "/uk-ob-3.3/nowhere".to_owned(),
            ..small()
        };
        self.ask(Http::One, &nowhere, 404).await?;
        Ok(())
    }

    async fn new_connection(&mut self) -> Result<()> {
        self.kept = None;
        self.ask(Http::One, &small(), 200).await?;
        Ok(())
    }

    async fn world(&mut self) -> Result<()> {
        let number = self.place.number();
        let name = format!("soak-{number}");
        let control = match &mut self.control {
            Some(control) => control,
            kept => kept.insert(Control::at(self.place.control).await?),
        };
        control.make_world(&name).await?;
        let target = self.target(Http::One)?;
        for fault in FAULTS {
            for n in 0..2 {
                let request = self.place.pool.at(number + n);
                let mut message = registration(&format!("/w/{name}{REGISTER}"), request);
                let header = ("x-emulator-scenario", fault.to_owned());
                message.headers.push(header);
                let started = Instant::now();
                let mut connection = target.connect().await.map_err(|it| anyhow!(it.0))?;
                // Whatever comes: that is what was asked for.
                let _ = connection.send(&message).await;
                self.tally.succeed(started.elapsed());
            }
        }
        if let Some(control) = &mut self.control {
            control.delete_world(&name).await?;
        }
        Ok(())
    }
}
