//! What fuzz targets share: an emulator whose listeners are called, its TPPs, and what must be true of
//! its answers.
//!
//! Inputs are texts, so that a corpus can be read and written by people; each target's first lines say
//! of what form. Everything that could differ from run to run is fixed, but for keys and ids that are
//! made at random.

pub mod answer;
pub mod ecosystem;
pub mod edits;
pub mod life;
pub mod place;
pub mod script;

/// The input as text, without what is behind its first `most` bytes; `None` if it is none.
#[must_use]
pub fn text(data: &[u8], most: usize) -> Option<&str> {
    std::str::from_utf8(data.get(..most).unwrap_or(data)).ok()
}
