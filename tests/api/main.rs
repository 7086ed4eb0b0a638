//! The emulator as a TPP meets it: real sockets, mutual TLS, and a client library that is not ours.
//!
//! Every test owns its emulator; all share one authority, so that its keys are made once.

#![allow(clippy::unwrap_used, clippy::expect_used)] // A test that cannot go on has failed.

mod helpers;
mod life_cycle;
