//! Failure cases as tables: a scenario, the requests, and what each of them meets.

#![allow(clippy::too_many_lines)] // A table is as long as it is.

mod answers;
mod concurrent;
mod faults;
mod forms;
mod gates;
mod handshakes;
mod matchers;
mod order;
mod party;
mod row;
mod stages;
mod table;
