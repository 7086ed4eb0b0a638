//! Scenarios: rules by which a correct bank misbehaves, as files say, and the same way every time.
//!
//! Pure: nothing here sleeps, opens a socket or reads a clock. [`load`] reads a file into a
//! [`Scenario`]; [`Engine`] decides what becomes of one exchange, [`Seen`], as a [`Decision`]. Who asks
//! carries it out.

mod banks;
pub mod builtin;
pub mod decision;
pub mod edit;
pub mod engine;
pub mod expectation;
mod file;
pub mod library;
mod load;
pub mod matcher;
mod matching;
mod missed;
pub mod model;
mod narrowed;
mod pointer;
pub mod seen;
pub mod template;
pub mod trail;

pub use self::banks::{Banks, KnownBank};
pub use self::builtin::{Builtin, builtin, builtin_named, builtin_names};
pub use self::decision::Decision;
pub use self::engine::Engine;
pub use self::engine::progress;
pub use self::expectation::Expectation;
pub use self::file::{ActivationBody, ExpectationBody, ScenarioBody, schema};
pub use self::library::{Entry, Library, Origin};
pub use self::load::{
    Loaded, load, looks_like_one, parse, parse_activation, parse_expectation, parse_for,
    parse_match_value, parse_named, parse_sought, read,
};
pub use self::missed::Miss;
pub use self::model::Scenario;
pub use self::narrowed::Narrowed;
pub use self::pointer::NotAPointer;
pub use self::seen::Seen;
pub use self::template::{Template, TemplateError};
