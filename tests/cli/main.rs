//! The command as people and scripts run it: ready line, exit codes, whole error texts.

#![allow(clippy::unwrap_used, clippy::expect_used)] // A test that cannot go on has failed.

mod attempt;
mod authority;
mod config;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod disk;
mod explain;
mod explain_exchanges;
mod explain_files;
mod flags;
mod pages;
mod process;
mod ready;
mod refusals;
mod scenarios;
mod secrets;
mod simulate;
mod stop;
mod unread_log;
