//! The shape of a config file. The comments here are the descriptions of its JSON Schema.
//!
//! What only a reader of the values can tell (files, ids, paths) is for `load`.

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, generate::SchemaSettings};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::config::kit_setting::KitSetting;
use crate::dialect;
use crate::dialect::policy::{PolicyChanges, Strictness};
use crate::document::placed::{Placed, Written};
use crate::domain::ecosystem::Ecosystem;
use crate::domain::role::Role;

/// The JSON Schema (draft 2020-12) of a config file.
#[must_use]
pub fn schema() -> Value {
    let generator: SchemaGenerator = SchemaSettings::draft2020_12().into_generator();
    generator.into_root_schema_for::<ConfigFile>().to_value()
}

/// The schema of one bank.
pub(crate) fn bank_schema(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<BankFile>()
}

/// Settings of `aspsp-emulator`. All of them are optional; a flag or an environment variable wins
/// over the file. Paths are relative to the folder of this file.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(title = "Config file of aspsp-emulator")]
pub(super) struct ConfigFile {
    /// Where each listener listens.
    pub listen: Option<ListenFile>,
    /// Names and IP addresses for the server certificate; the first is advertised.
    pub hostnames: Option<Vec<Placed<String>>>,
    /// Base URL to advertise for the mutual TLS listener, for mapped ports.
    pub mtls_url: Option<Placed<String>>,
    /// Base URL to advertise for the TLS listener, for mapped ports.
    pub tls_url: Option<Placed<String>>,
    /// Folder of the test authority; made if empty or absent. Without it, it is new on each start.
    #[schemars(length(min = 1))]
    pub authority: Option<Placed<String>>,
    /// Folder for the kit, or false for no kit.
    pub kit: Option<Placed<KitSetting>>,
    /// Permission bits of the kit's private keys, in octal, such as 0600.
    pub kit_mode: Option<Placed<Written>>,
    /// Further redirect URIs of the kit's TPP.
    pub redirect_uris: Option<Vec<Placed<String>>>,
    /// Decides invented names and ids.
    pub seed: Option<u64>,
    /// Token that callers of the control listener must have.
    #[schemars(length(min = 1))]
    pub control_token: Option<Placed<String>>,
    /// Whether everybody may use the control listener, even where it does not listen on loopback.
    pub control_open: Option<bool>,
    /// How strict banks are that say nothing of their own.
    pub strictness: Option<Strictness>,
    /// The banks; left out, one of each dialect.
    #[schemars(length(min = 1))]
    pub banks: Option<Placed<Vec<Placed<BankFile>>>>,
    /// TPPs with ids and keys of their own.
    pub tpps: Option<Vec<Placed<TppFile>>>,
    /// Whom the banks believe besides the emulator's own directory.
    pub directory: Option<DirectoryFile>,
    /// Scenarios that are in force from the start: names, or files such as ./mine.yaml.
    pub scenarios: Option<Vec<Placed<String>>>,
    /// Folders whose scenarios can be put in force; they are watched.
    pub scenario_dirs: Option<Vec<Placed<String>>>,
    /// Whether answers name the rules that made them, in x-emulator-rule.
    pub annotate: Option<bool>,
    /// What peers may cost, and how much is remembered.
    pub limits: Option<LimitsFile>,
}

/// Addresses such as 127.0.0.1:8443; port 0 takes a free one.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ListenFile {
    /// Mutual TLS: every bank operation.
    #[schemars(with = "Option<String>")]
    pub mtls: Option<Placed<Written>>,
    /// TLS without a client certificate: discovery and key sets.
    #[schemars(with = "Option<String>")]
    pub tls: Option<Placed<Written>>,
    /// Plain HTTP: kit and health.
    #[schemars(with = "Option<String>")]
    pub control: Option<Placed<Written>>,
}

/// One bank.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct BankFile {
    /// Its id.
    #[schemars(regex(pattern = r"^[A-Za-z0-9._-]{1,63}$"))]
    pub id: Placed<String>,
    /// The rules it follows.
    #[schemars(extend("enum" = dialects()))]
    pub dialect: Placed<String>,
    /// Its path on both TLS listeners; left out, its id.
    #[schemars(regex(pattern = r"^(/[A-Za-z0-9._~-]+)+$"))]
    pub base_path: Option<Placed<String>>,
    /// How strict it is.
    pub strictness: Option<Strictness>,
    /// The switches that differ from those of its dialect.
    pub policy: Option<PolicyChanges>,
    /// Life of an access token, such as 5m.
    #[schemars(with = "Option<String>")]
    pub token_lifetime: Option<Placed<Written>>,
}

/// The ids of all dialects, as they are listed in the schema.
fn dialects() -> Value {
    json!(
        dialect::ALL
            .iter()
            .map(|dialect| dialect.id)
            .collect::<Vec<_>>()
    )
}

/// A TPP that keeps its private keys to itself. What is left out is invented.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct TppFile {
    /// Its directory; uk if left out.
    pub ecosystem: Option<Ecosystem>,
    /// Its software's id: up to 22 letters and digits in the UK, a UUID in Brazil.
    pub software_id: Option<Placed<String>>,
    /// Its organisation's id: up to 18 letters and digits in the UK, a UUID in Brazil.
    pub org_id: Option<Placed<String>>,
    /// Its roles; left out, the usual ones of its ecosystem.
    pub roles: Option<Vec<Placed<Role>>>,
    /// Its redirect URIs.
    pub redirect_uris: Option<Vec<Placed<String>>>,
    /// Its transport certificate.
    pub transport: Option<TransportFile>,
    /// What it signs with.
    pub signing: Option<Placed<SigningFile>>,
    /// Folder for its kit.
    pub kit: Option<Placed<String>>,
}

/// A transport certificate.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct TransportFile {
    /// A certificate request (PKCS#10, PEM) for the key that it certifies.
    pub csr_file: Option<Placed<String>>,
}

/// What a TPP signs with: one of both.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(extend("maxProperties" = 1))]
pub(super) struct SigningFile {
    /// A certificate request (PKCS#10, PEM): the directory certifies its key.
    pub csr_file: Option<Placed<String>>,
    /// A key set (JWKS): the directory publishes its keys as they are.
    pub jwks_file: Option<Placed<String>>,
}

/// Whom the banks believe besides the emulator's own directory.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct DirectoryFile {
    /// Other directories.
    pub trusted: Option<Vec<Placed<TrustedFile>>>,
    /// Servers, as host:port, that key sets may be fetched from; from no other.
    pub fetch_jwks_from: Option<Vec<Placed<String>>>,
}

/// A directory whose statements are believed.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TrustedFile {
    /// The claim iss of its statements.
    #[schemars(length(min = 1))]
    pub iss: Placed<String>,
    /// The key set (JWKS) that it signs statements with.
    pub jwks_file: Placed<String>,
    /// Its CAs for client certificates (PEM).
    pub client_ca: Option<Placed<String>>,
    /// Key sets (JWKS files) by software id, for software whose keys are not fetched.
    pub software_jwks: Option<BTreeMap<String, Placed<String>>>,
    /// Which banks believe it; uk if left out.
    pub ecosystem: Option<Ecosystem>,
}

/// What peers may cost, and how much is remembered.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct LimitsFile {
    /// Longest request body, such as 64KiB.
    pub body: Option<Placed<Written>>,
    /// How long the head of a request may take, such as 10s.
    #[schemars(with = "Option<String>")]
    pub header_timeout: Option<Placed<Written>>,
    /// How long a TLS handshake may take.
    #[schemars(with = "Option<String>")]
    pub handshake_timeout: Option<Placed<Written>>,
    /// How long a connection may be without a request.
    #[schemars(with = "Option<String>")]
    pub idle_timeout: Option<Placed<Written>>,
    /// Open connections of each listener.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub connections: Option<Placed<u64>>,
    /// Exchanges that are remembered.
    #[schemars(range(max = 10_000_000))]
    pub journal: Option<Placed<u64>>,
    /// Clients that a bank holds.
    #[schemars(range(min = 1, max = 1_000_000_000))]
    pub clients: Option<Placed<u64>>,
    /// Worlds at one time.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub worlds: Option<Placed<u64>>,
}
