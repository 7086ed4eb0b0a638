//! Hostile peers against the whole emulator, on loopback: each costs a bounded amount and meets its end, and
//! a well-behaved TPP beside them is served all the while. Each test names the guard that it holds; what a
//! guard does on its own is shown in `tests/server`.
//!
//! Memory is that of a process of its own, as the system tells it: those tests are for Linux.

#![allow(clippy::unwrap_used, clippy::expect_used)] // A test that cannot go on has failed.

#[allow(dead_code)]
#[path = "../api/helpers.rs"]
mod helpers;
#[allow(dead_code)]
#[path = "../api/key_server.rs"]
mod key_server;
#[path = "../shared/keys.rs"]
mod keys;
#[allow(dead_code)]
#[path = "../api/outside_parties.rs"]
mod outside_parties;
#[cfg(target_os = "linux")]
#[allow(dead_code)]
#[path = "../cli/process.rs"]
mod process;

mod chains;
mod control_bodies;
mod documents;
mod frames;
mod ground;
mod handshakes;
mod heads;
mod key_sets;
#[cfg(target_os = "linux")]
mod memory;
mod neighbour;
#[cfg(target_os = "linux")]
mod program;
mod resets;
mod slots;
mod slow;
#[cfg(target_os = "linux")]
mod ten_thousand;
mod unread;
