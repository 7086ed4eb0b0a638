//! A small stand-in for banks (ASPSPs) when a third-party provider (TPP) registers its software
//! with them: mutual TLS with a test authority of its own, and Dynamic Client Registration as the
//! real systems do it. For tests only.
//!
//! # As a library
//!
//! [`Emulator::builder`] starts one on free ports, without files; [`Emulator::tpp`] makes a TPP with
//! certificates, keys and software statement; [`Emulator::explain`] says why a bank would refuse a
//! request; [`EmulatorBuilder::scenario`] makes banks fail.
//!
//! [`EmulatorBuilder::scenario`]: emulator::EmulatorBuilder::scenario
//!
//! # The map
//!
//! One direction only: each row may use what stands below it.
//!
//! | Module | What belongs there |
//! |---|---|
//! | [`cli`] | flags to a command; the only printing and exit codes |
//! | [`offline`], [`remote`] | a bank that judges files; a running emulator as another process sees it |
//! | [`emulator`] | builds the parts, binds the listeners, stops them; TPPs for tests |
//! | [`server`], `http`, `control` | connections and limits; the banks' endpoints; the control endpoints |
//! | [`kit`] | the files of a ready-made TPP |
//! | [`world`] | one ecosystem's parts, joined |
//! | [`bank`], [`directory`] | use cases of a bank; TPPs, their keys, software statements |
//! | [`journal`] | the last exchanges of a world, and what can be told of them |
//! | [`scenario`] | files of rules by which banks fail, and what they decide about an exchange |
//! | [`dialect`], [`store`], [`clock`], [`metrics`] | what one real system accepts and answers, as tables; what is remembered; time; what is counted for Prometheus |
//! | [`domain`] | the field's words as types |
//!
//! [`config`] is one typed value that a config file and the command line fill; it knows
//! [`dialect`] and [`domain`] only. It is read by `document`: YAML in which everything knows its place.
//!
//! # The path of one request
//!
//! `server` accepts the connection, verifies the client certificate, bounds and reads the request,
//! and gives it an interaction id. Where scenarios are in force, `http` shows it to the rules
//! ([`scenario::Engine`]), whose decision comes before or after what follows. `http` finds the route and
//! makes a [`dialect::call::Call`] of it. [`bank::Bank`] gathers the facts, runs the dialect's checks over them ([`dialect::judgement`])
//! and, if none failed, changes the store in one step. `http` turns the ruling into a response,
//! `server` dresses it and delivers it, whole or as the decision wants it ([`server::Delivery`]).
//!
//! # Invariants
//!
//! - Every answer of the TLS listeners carries `x-fapi-interaction-id`, unless a scenario says otherwise.
//! - The same requests in the same order meet the same fate, whatever the threads; no scenario sleeps.
//! - Nothing is stored unless every check passed; each change of the store is one atomic step.
//! - A token never outlives its client.
//! - Only [`clock`] reads the system clock, only [`domain::jws`] verifies signatures.

pub mod bank;
pub mod cli;
pub mod clock;
pub mod config;
mod control;
pub mod dialect;
pub mod directory;
mod document;
pub mod domain;
pub mod emulator;
mod http;
pub mod journal;
pub mod kit;
pub mod metrics;
pub mod offline;
pub mod remote;
pub mod scenario;
pub mod server;
pub mod store;
pub mod world;

/// The README's example is compiled and run as a documentation test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}

pub use crate::bank::{Explanation, Submission};
pub use crate::domain::role::Role;
pub use crate::emulator::Emulator;
