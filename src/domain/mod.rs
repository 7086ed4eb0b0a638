//! The words of the field as types: identifiers, keys, signed objects, names, clients.
//!
//! Nothing here knows HTTP, a dialect, a store or a clock; time comes in as seconds since the
//! epoch, which is the unit of every time claim of RFC 7519.

pub mod certificate;
pub mod claims;
pub mod client;
pub mod distinguished_name;
pub mod ecosystem;
pub mod error;
pub mod ids;
pub mod json;
pub mod jwk;
pub mod jws;
pub mod own_key_set;
pub mod redirect_uri;
pub mod role;
pub mod signing;
pub mod timespan;
pub mod tls;
pub mod token;
pub mod uri;
pub mod urls;
pub(crate) mod words;
