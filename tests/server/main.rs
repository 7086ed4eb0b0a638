//! The listeners as their peers meet them: real sockets, real TLS, port 0.

#![allow(clippy::unwrap_used, clippy::expect_used)] // A test that cannot go on has failed.

mod connections;
mod delivered;
mod dressing;
mod exchanges;
mod faults_http1;
mod faults_http2;
mod faulty;
mod handshakes;
mod helpers;
mod late_http1;
mod limits;
mod observed;
mod panics;
mod pki;
mod streams;
mod timeouts;
mod tls;
mod unfinished;
