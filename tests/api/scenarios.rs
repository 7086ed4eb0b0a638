//! Banks that fail on demand: scenarios against the running emulator.

mod activation;
mod cases;
mod edges;
mod shipped;
mod simulated;
