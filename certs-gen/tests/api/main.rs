//! Black-box tests of the library and the program, by public API only.
#![allow(clippy::unwrap_used, missing_docs)]

mod authority;
mod bundle;
mod cli;
mod csr;
mod dead_ends;
mod flaws;
mod folder;
mod helpers;
mod kinds;
mod subjects;
