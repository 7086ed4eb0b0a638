//! The listeners as their peers meet them: real sockets, real TLS, port 0.

#![allow(clippy::unwrap_used, clippy::expect_used)] // A test that cannot go on has failed.

mod connections;
mod exchanges;
mod helpers;
mod limits;
mod pki;
mod timeouts;
mod tls;
