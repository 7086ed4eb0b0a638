//! Documents in YAML, or JSON, which YAML includes: everything in them knows its place, and all that
//! is wrong with one is found at once.
//!
//! `tree` is the YAML with places, `reader` makes typed values of it by serde, `placed` and `shaped`
//! are what such values can know of themselves, `problem` says what is wrong. What a document means
//! is its reader's matter.

pub mod placed;
pub mod problem;
pub mod reader;
pub mod shaped;
pub mod tree;
