//! The servers under test: each a process of its own, on the server's CPUs.

pub mod bare;
pub mod emulator;
pub mod process;
pub mod running;
