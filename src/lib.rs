//! A small stand-in for banks (ASPSPs) when a third-party provider (TPP) registers its software
//! with them: mutual TLS with a test authority of its own, and Dynamic Client Registration as the
//! real systems do it. For tests only.
//!
//! # As a library
//!
//! [`Emulator::builder`] starts one on free ports, without files; [`Emulator::world`] makes a [`World`],
//! isolated from all others and deleted when it is dropped. The emulator itself is its default world.
//! [`World::tpp`] makes a TPP with certificates, keys and software statement; [`World::activate`] and
//! [`EmulatorBuilder::scenario`] make banks fail; [`World::clock`] moves time; [`World::explain`] says
//! why a bank would refuse a request, [`World::exchanges`] what was asked, and [`World::verify`] whether
//! that is what a test expects. [`World::snapshot`], [`World::restore`] and [`World::reset_parts`] bring
//! back what was. A panic in the emulator fails the test that used it, when it is dropped. The guide is
//! `docs/library.md`: one emulator for 200 tests, own clients, tests without async.
//!
//! ```
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use aspsp_emulator::{Emulator, Operation, exactly, matching, operation};
//!
//! let emulator = Emulator::builder().start().await?;
//! let world = emulator.world().await?;
//! world.activate("throttled-429")?;
//! // … drive your own client against world.url("uk-ob-3.3") …
//! let throttled = operation(Operation::Register).status(429);
//! world.verify(throttled, exactly(0)).await?;
//! world.verify(matching("{bank: uk-ob-3.3, status: {one_of: [400, 401]}}"), exactly(0)).await?;
//! # Ok(())
//! # }
//! # tokio::runtime::Runtime::new().unwrap().block_on(example()).unwrap();
//! ```
//!
//! [`EmulatorBuilder::scenario`]: emulator::EmulatorBuilder::scenario
//!
//! # The map
//!
//! One direction only: each row may use what stands below it.
//!
//! | Module | What belongs there |
//! |---|---|
//! | `fuzzing` | what fuzz targets call of the inside (feature `fuzzing`) |
//! | [`cli`] | flags to a command; the only printing and exit codes |
//! | `testcontainers` | the container image, for tests (feature `testcontainers`) |
//! | [`offline`], [`remote`] | a bank that judges files; a running emulator as another process sees it |
//! | [`emulator`] | builds the parts, binds the listeners, stops them; worlds, TPPs and expectations for tests |
//! | [`server`], `http`, `control` | connections and limits; the banks' endpoints; the control endpoints |
//! | [`kit`] | the files of a ready-made TPP |
//! | [`world`] | one ecosystem's parts, joined; all worlds of one emulator |
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
//! and gives it an interaction id; it tells an observer ([`server::Observer`]) of every connection and of
//! handshakes that fail. `http` gives the request its world, by path or by the certificate's maker
//! ([`world::Worlds`]), enters that ([`world::World::enter`]), so that nobody changes it as a whole
//! meanwhile, and finds bank and operation. Where scenarios are in force, it shows the request to the
//! rules ([`scenario::Engine`]), whose decision comes before or after what follows. The route makes a
//! [`dialect::call::Call`] of it. [`bank::Bank`] gathers the facts, runs the dialect's checks over them
//! ([`dialect::judgement`]) and, if none failed, changes the store in one step. `http` turns the ruling
//! into a response, counts it ([`metrics`]) and keeps request, checks, decision and answer as a
//! [`journal::Exchange`] in the journal of the world. `server` delivers the answer, whole or as the
//! decision wants it ([`server::Delivery`]), and tells the exchange how much of it was delivered.
//!
//! # Invariants
//!
//! - Every answer of the TLS listeners carries `x-fapi-interaction-id`, unless a scenario says otherwise.
//! - The same requests in the same order meet the same fate, whatever the threads; no scenario sleeps.
//! - Nothing is stored unless every check passed; each change of the store is one atomic step.
//! - A token never outlives its client, nothing of a world outlives the world.
//! - An exchange is in the journal of its world before its answer is delivered.
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
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod http;
pub mod journal;
pub mod kit;
pub mod metrics;
pub mod offline;
pub mod remote;
pub mod scenario;
pub mod server;
pub mod store;
#[cfg(feature = "testcontainers")]
pub mod testcontainers;
pub mod world;

/// The README's example is compiled and run as a documentation test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}

/// The guide's, too.
#[cfg(doctest)]
#[doc = include_str!("../docs/library.md")]
mod guide {}

pub use certs_gen::{self, Authority, Flaw, Key, KeyAlgorithm, Kind};

pub use crate::bank::{Explanation, Submission};
pub use crate::clock::Clock;
pub use crate::config::{BankConfig, Config, Listen, TrustedDirectory};
pub use crate::dialect::Operation;
pub use crate::dialect::policy::{PolicyChanges, Strictness};
pub use crate::directory::tpp::{OrgStatus, SoftwareStatus};
pub use crate::domain::client::{AuthMethod, Client, ClientStatus};
pub use crate::domain::ecosystem::Ecosystem;
pub use crate::domain::ids::{ClientId, KeyId, OrgId, SoftwareId};
pub use crate::domain::jwk::KeySetEntry;
pub use crate::domain::jws::{Algorithm, SigningKey};
pub use crate::domain::own_key_set::parse_own_key_set;
pub use crate::domain::role::Role;
pub use crate::domain::signing::Edits;
pub use crate::emulator::matching::{
    Match, at_least, at_most, exactly, handshake, matching, operation,
};
pub use crate::emulator::tpp::{RequestBuilder, Tpp, TppError};
pub use crate::emulator::tpp_builder::TppBuilder;
pub use crate::emulator::verify::{Verify, VerifyError};
pub use crate::emulator::{
    ActivateError, Addresses, CreateWorldError, Emulator, EmulatorBuilder, ExplainError, Panicked,
    StartError, UnknownBank, World, WorldBuilder,
};
pub use crate::journal::ExchangeView;
pub use crate::scenario::expectation::Times;
pub use crate::server::Limits;
pub use crate::world::snapshot::{Snapshot, SnapshotError};
pub use crate::world::{Part, ResetError};
