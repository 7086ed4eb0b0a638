//! Every dialect as its publication has it: tables of requests for each, and one walk through all.
//!
//! The tables say what the specifications say; they are not read from the code under test.

#![allow(clippy::unwrap_used, clippy::expect_used)] // A test that cannot go on has failed.

#[path = "../shared/keys.rs"]
mod keys;

mod banks;
mod br_helpers;
mod brasil;
mod cases;
mod directory;
mod documents;
mod helpers;
mod openapi;
mod policy;
mod raw;
mod run;
mod schemas;
mod scripted;
mod toy;
mod uk;
mod walk;
