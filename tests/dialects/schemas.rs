//! JSON Schemas of answers, written from the published descriptions, and what the banks really say.

mod brazilian;
mod british;
mod refusals;
pub mod validation;
