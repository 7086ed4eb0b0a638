//! What peers may cost, and how much is remembered.

use std::time::Duration;

/// What peers may cost, and how much is remembered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimitsConfig {
    /// Longest request body, in bytes.
    pub body: usize,
    /// From a request's first byte to the end of its head.
    pub header_timeout: Duration,
    /// From accepting a connection to the end of its TLS handshake.
    pub handshake_timeout: Duration,
    /// Without a request.
    pub idle_timeout: Duration,
    /// Open connections of each listener.
    pub connections: usize,
    /// Exchanges that the journal of each world keeps.
    pub journal: usize,
    /// How many clients a bank holds at most.
    pub clients: usize,
    /// Worlds at one time, the default one among them.
    pub worlds: usize,
}

impl Default for LimitsConfig {
    fn default() -> Self {
        Self {
            body: 64 * 1024,
            header_timeout: Duration::from_secs(10),
            handshake_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(60),
            connections: 16_384,
            journal: 1_000,
            clients: 1_000_000,
            worlds: 1_000,
        }
    }
}
