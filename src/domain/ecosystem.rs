//! The two ecosystems whose directories vouch for TPPs here.

use certs_gen::Kind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::words::shown_by_word;

/// Which directory stands behind a TPP, and which one a bank believes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Ecosystem {
    /// UK Open Banking: base62 ids, legacy or eIDAS certificates.
    #[default]
    Uk,
    /// Open Finance Brasil: UUIDs, BRCAC and BRSEAL certificates.
    #[serde(rename = "brasil", alias = "brazil")]
    Brazil,
}

impl Ecosystem {
    /// The kinds of the certificates that its TPPs have unless they say otherwise: for transport,
    /// and for signing.
    #[must_use]
    pub fn usual_kinds(self) -> (Kind, Kind) {
        match self {
            Ecosystem::Uk => (Kind::ObTransport, Kind::ObSigning),
            Ecosystem::Brazil => (Kind::Brcac, Kind::Brseal),
        }
    }

    /// Every kind of certificate that its TPPs may have.
    #[must_use]
    pub fn kinds(self) -> &'static [Kind] {
        match self {
            Ecosystem::Uk => &[
                Kind::ObTransport,
                Kind::ObSigning,
                Kind::Obwac,
                Kind::Obseal,
                Kind::Qwac,
                Kind::Qseal,
            ],
            Ecosystem::Brazil => &[Kind::Brcac, Kind::Brseal],
        }
    }

    /// The word in settings and files.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Ecosystem::Uk => "uk",
            Ecosystem::Brazil => "brasil",
        }
    }
}

shown_by_word!(Ecosystem);

/// Whether certificates of this kind are for the TLS handshake, rather than for signing.
#[must_use]
pub fn is_for_transport(kind: Kind) -> bool {
    match kind {
        Kind::Server | Kind::ObTransport | Kind::Obwac | Kind::Qwac | Kind::Brcac => true,
        Kind::ObSigning | Kind::Obseal | Kind::Qseal | Kind::Brseal => false,
    }
}
