//! The control listener, as the load needs it.

use std::net::SocketAddr;

use anyhow::{Context, Result, anyhow, ensure};
use hyper::Method;
use serde_json::Value;

use crate::client::{Answer, Connection, Http, Message, Target};
use crate::server::emulator::Emulator;

/// A kept connection to it.
pub struct Control(Connection);

impl Control {
    /// To this emulator's.
    ///
    /// # Errors
    /// It cannot be reached.
    pub async fn of(emulator: &Emulator) -> Result<Self> {
        Self::at(emulator.control).await
    }

    /// At this address.
    ///
    /// # Errors
    /// It cannot be reached.
    pub async fn at(address: SocketAddr) -> Result<Self> {
        let target = Target::new(address, None, Http::One)?;
        let connection = target.connect().await;
        Ok(Self(connection.map_err(|broken| anyhow!(broken.0))?))
    }

    /// Makes a world.
    ///
    /// # Errors
    /// It is refused.
    pub async fn make_world(&mut self, name: &str) -> Result<()> {
        let body = serde_json::json!({ "name": name });
        self.ask(Method::POST, "/api/worlds", &body, 201).await?;
        Ok(())
    }

    /// Deletes a world.
    ///
    /// # Errors
    /// It is refused.
    pub async fn delete_world(&mut self, name: &str) -> Result<()> {
        let path = format!("/api/worlds/{name}");
        self.ask(Method::DELETE, &path, &Value::Null, 204).await?;
        Ok(())
    }

    /// Sends one request.
    ///
    /// # Errors
    /// No answer, or one with another status than `expected`.
    pub async fn ask(
        &mut self,
        method: Method,
        path: &str,
        body: &Value,
        expected: u16,
    ) -> Result<Answer> {
        let mut message = Message {
            method,
            path: path.to_owned(),
            headers: Vec::new(),
            body: bytes::Bytes::new(),
        };
        if !body.is_null() {
            let json = "application/json".to_owned();
            message.headers.push(("content-type", json));
            message.body = body.to_string().into();
        }
        let answer = self.0.send(&message).await;
        let answer = answer
            .map_err(|broken| anyhow!(broken.0))
            .with_context(|| path.to_owned())?;
        ensure!(
            answer.status == expected,
            "{path}: status {}: {}",
            answer.status,
            String::from_utf8_lossy(&answer.body)
        );
        Ok(answer)
    }
}
