//! What requests send of scenarios, for documents that describe such requests: schemas only. How to
//! read them is known to the functions that they name.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};

use super::{ActivationFile, ExpectationFile, ScenarioFile};

macro_rules! bodies {
    ($($(#[$doc:meta])+ $body:ident is $file:ident;)+) => {$(
        $(#[$doc])+
        #[derive(Debug, Clone, Copy)]
        pub struct $body;

        impl JsonSchema for $body {
            fn schema_name() -> Cow<'static, str> {
                stringify!($body).into()
            }

            fn schema_id() -> Cow<'static, str> {
                $file::schema_id()
            }

            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                $file::json_schema(generator)
            }
        }
    )+};
}

bodies! {
    /// A scenario, as [`parse_named`](crate::scenario::parse_named) reads it.
    ScenarioBody is ScenarioFile;
    /// How a scenario is put in force, as [`parse_activation`](crate::scenario::parse_activation) reads it.
    ActivationBody is ActivationFile;
    /// What is expected, as [`parse_expectation`](crate::scenario::parse_expectation) reads it.
    ExpectationBody is ExpectationFile;
}
