//! What is sent: one kind of work per run.

use std::time::Instant;

use bytes::Bytes;
use hyper::Method;
use serde::Deserialize;

use crate::client::{Answer, Broken, Connection, Message, Target};
use crate::signing::Pool;
use crate::tally::Tally;

/// One kind of work.
#[derive(Debug)]
pub enum Workload {
    /// `POST /uk-ob-3.3/register` with a signed request, on a kept connection.
    Register {
        /// The paths in turn: `/uk-ob-3.3/register`, or those of worlds.
        paths: Vec<String>,
        /// The requests.
        pool: Pool,
    },
    /// A `client_credentials` token, then the client read with it, on a kept connection.
    Token {
        /// The client.
        client_id: String,
    },
    /// The same request each time, on a kept connection.
    Same {
        /// The request.
        message: Message,
        /// The status of a good answer.
        expected: u16,
    },
    /// A new connection with a full handshake, and one small request.
    Connect {
        /// The request.
        message: Message,
        /// The status of a good answer.
        expected: u16,
    },
}

/// The registration of a signed request.
pub fn registration(path: &str, request: Bytes) -> Message {
    Message {
        method: Method::POST,
        path: path.to_owned(),
        headers: vec![("content-type", "application/jose".to_owned())],
        body: request,
    }
}

impl Workload {
    /// How many requests it sends each time.
    pub fn requests_each(&self) -> u64 {
        if matches!(self, Self::Token { .. }) {
            2
        } else {
            1
        }
    }

    /// How many distinct requests it has; `None`: they are all alike.
    pub fn distinct(&self) -> Option<u64> {
        match self {
            Self::Register { pool, .. } => Some(pool.distinct()),
            _ => None,
        }
    }

    /// Does it the `n`-th time, over `kept`, which is opened if need be.
    ///
    /// # Errors
    /// What broke.
    pub async fn once(
        &self,
        n: u64,
        target: &Target,
        kept: &mut Option<Connection>,
        tally: &mut Tally,
    ) -> Result<(), Broken> {
        match self {
            Self::Register { paths, pool } => {
                let turn = usize::try_from(n).unwrap_or_default() % paths.len().max(1);
                let path = paths.get(turn).map_or("", String::as_str);
                let message = registration(path, pool.at(n));
                let connection = open(kept, target).await?;
                timed(connection, &message, 201, tally).await?;
            }
            Self::Token { client_id } => {
                let connection = open(kept, target).await?;
                let answer = timed(connection, &token_request(client_id), 200, tally).await?;
                if let Some(token) = answer.and_then(|answer| access_token(&answer)) {
                    timed(connection, &reading(client_id, &token), 200, tally).await?;
                }
            }
            Self::Same { message, expected } => {
                let connection = open(kept, target).await?;
                timed(connection, message, *expected, tally).await?;
            }
            Self::Connect { message, expected } => {
                let started = Instant::now();
                let answer = target.connect().await?.send(message).await?;
                judge(answer, *expected, started, tally);
            }
        }
        Ok(())
    }
}

/// The connection that is kept.
async fn open<'a>(
    kept: &'a mut Option<Connection>,
    target: &Target,
) -> Result<&'a mut Connection, Broken> {
    if kept.is_none() {
        *kept = Some(target.connect().await?);
    }
    kept.as_mut()
        .ok_or_else(|| Broken("no connection".to_owned()))
}

async fn timed(
    connection: &mut Connection,
    message: &Message,
    expected: u16,
    tally: &mut Tally,
) -> Result<Option<Answer>, Broken> {
    let started = Instant::now();
    let answer = connection.send(message).await?;
    Ok(judge(answer, expected, started, tally))
}

/// Counts an answer; gives it if it is as expected.
fn judge(answer: Answer, expected: u16, started: Instant, tally: &mut Tally) -> Option<Answer> {
    if answer.status == expected {
        tally.succeed(started.elapsed());
        return Some(answer);
    }
    tally.refuse(answer.status, &answer.body);
    None
}

/// A token for the management of its own client.
pub fn token_request(client_id: &str) -> Message {
    Message {
        method: Method::POST,
        path: "/uk-ob-3.3/token".to_owned(),
        headers: vec![(
            "content-type",
            "application/x-www-form-urlencoded".to_owned(),
        )],
        body: format!("grant_type=client_credentials&client_id={client_id}").into(),
    }
}

/// The token of such an answer.
pub fn access_token(answer: &Answer) -> Option<String> {
    #[derive(Deserialize)]
    struct Token {
        access_token: String,
    }
    let token: Token = serde_json::from_slice(&answer.body).ok()?;
    Some(token.access_token)
}

/// Reads a client.
pub fn reading(client_id: &str, token: &str) -> Message {
    managing(Method::GET, client_id, token)
}

/// Reads or deletes a client.
pub fn managing(method: Method, client_id: &str, token: &str) -> Message {
    Message {
        method,
        path: format!("/uk-ob-3.3/register/{client_id}"),
        headers: vec![("authorization", format!("Bearer {token}"))],
        body: Bytes::new(),
    }
}
