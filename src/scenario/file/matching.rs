//! The shape of `match`.

use schemars::JsonSchema;
use serde::de::SeqAccess;
use serde::{Deserialize, Deserializer};

use crate::document::placed::{Placed, Written};
use crate::document::shaped::{AnyValue, Given, Keyed, Part, Shape, Shaped, by_shape};
use crate::scenario::file::described::{
    self, AnyText, BankId, HexDigits, MatcherOf, MethodWord, OperationWord, PathPattern,
};

/// How a scenario is put in force.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::scenario) struct ActivationFile {
    /// And-ed to the match of every rule: a scenario for one TPP, say.
    #[serde(rename = "match")]
    pub matching: Given<MatchFile>,
}

/// Which exchanges a rule is about: all must hold.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::scenario) struct MatchFile {
    /// The bank's id.
    #[schemars(with = "MatcherOf<BankId>")]
    pub bank: Given<Placed<MatcherFile>>,
    /// register, read, update, delete, token, discovery, jwks, clients, client, assertion, or
    /// handshake.
    #[schemars(with = "MatcherOf<OperationWord>")]
    pub operation: Given<Placed<MatcherFile>>,
    /// The method, in capitals.
    #[schemars(with = "MatcherOf<MethodWord>")]
    pub method: Given<Placed<MatcherFile>>,
    /// The path, without query and without /w/WORLD; * and ** stand for anything.
    #[schemars(with = "MatcherOf<PathPattern>")]
    pub path: Given<Placed<MatcherFile>>,
    /// The caller's software.
    #[schemars(with = "MatcherOf<AnyText>")]
    pub software_id: Given<Placed<MatcherFile>>,
    /// The caller's organisation.
    #[schemars(with = "MatcherOf<AnyText>")]
    pub org_id: Given<Placed<MatcherFile>>,
    /// The client of path or credentials.
    #[schemars(with = "MatcherOf<AnyText>")]
    pub client_id: Given<Placed<MatcherFile>>,
    /// Header fields, by name.
    #[schemars(schema_with = "described::headers")]
    pub header: Given<Keyed<Placed<MatcherFile>>>,
    /// The JOSE header of the request.
    pub jose: Given<JoseFile>,
    /// Claims of the request, or members of its JSON body, by JSON Pointer (RFC 6901).
    #[schemars(schema_with = "described::claims")]
    pub claim: Given<Keyed<Placed<MatcherFile>>>,
    /// Claims of the software statement sent, by JSON Pointer (RFC 6901).
    #[schemars(schema_with = "described::claims")]
    pub statement: Given<Keyed<Placed<MatcherFile>>>,
    /// The client certificate.
    pub certificate: Given<CertificateFile>,
    /// The host name that was asked for in the handshake.
    #[schemars(with = "MatcherOf<AnyText>")]
    pub sni: Given<Placed<MatcherFile>>,
}

/// The JOSE header of a request.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::scenario) struct JoseFile {
    /// The key.
    #[schemars(with = "MatcherOf<AnyText>")]
    pub kid: Given<Placed<MatcherFile>>,
    /// The algorithm.
    #[schemars(with = "MatcherOf<AnyText>")]
    pub alg: Given<Placed<MatcherFile>>,
    /// The type.
    #[schemars(with = "MatcherOf<AnyText>")]
    pub typ: Given<Placed<MatcherFile>>,
}

/// A client certificate.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::scenario) struct CertificateFile {
    /// Its subject (RFC 4514).
    #[schemars(with = "MatcherOf<AnyText>")]
    pub subject: Given<Placed<MatcherFile>>,
    /// Its issuer (RFC 4514).
    #[schemars(with = "MatcherOf<AnyText>")]
    pub issuer: Given<Placed<MatcherFile>>,
    /// Its serial number, in hexadecimal digits.
    #[schemars(with = "MatcherOf<HexDigits>")]
    pub serial: Given<Placed<MatcherFile>>,
    /// Its SHA-256 fingerprint, in hexadecimal digits.
    #[schemars(with = "MatcherOf<HexDigits>")]
    pub sha256: Given<Placed<MatcherFile>>,
}

/// What a value must be.
#[derive(Debug, Clone)]
pub(in crate::scenario) enum MatcherFile {
    /// This.
    Value(AnyValue),
    /// One of these.
    OneOf(AlternativesFile),
    /// All of these.
    Keys(Box<MatcherKeys>),
}

/// One of these.
pub(in crate::scenario) type AlternativesFile = Vec<Placed<AnyValue>>;

/// What a value must be: all of these.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::scenario) struct MatcherKeys {
    /// This.
    pub equals: Given<Placed<AnyValue>>,
    /// One of these.
    pub one_of: Given<Placed<AlternativesFile>>,
    /// A text with this in it, or a list with this item.
    pub contains: Given<Placed<AnyValue>>,
    /// A text that begins so.
    pub starts_with: Given<Placed<Written>>,
    /// A text in which this regular expression is found.
    pub regex: Given<Placed<Written>>,
    /// Not there (true), or there (false).
    pub absent: Given<Placed<bool>>,
    /// Not that.
    pub not: Given<Placed<MatcherFile>>,
}

impl<'de> Shaped<'de> for MatcherFile {
    const ALLOWED: &'static str = "a value, a list of values, or the keys equals, one_of, contains, starts_with, regex, absent, not";

    fn of<A: SeqAccess<'de>>(shape: Shape, value: Part<A>) -> Result<Option<Self>, A::Error> {
        Ok(Some(match shape {
            Shape::Null => return Ok(None),
            Shape::Bool | Shape::Number | Shape::Text => MatcherFile::Value(value.read()?),
            Shape::List => MatcherFile::OneOf(value.read()?),
            Shape::Map => MatcherFile::Keys(value.read()?),
        }))
    }
}

impl<'de> Deserialize<'de> for MatcherFile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        by_shape(deserializer)
    }
}
