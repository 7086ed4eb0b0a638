//! What the emulator can be told, in one typed value: [`Config`].
//!
//! [`load()`] fills it from a config file, whose shape is `file`: `load` judges its values and reads
//! the files that they name.

mod bank;
mod check;
mod file;
mod kit_setting;
mod limits;
mod load;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use certs_gen::Csr;

use crate::dialect::facts::Rules;
use crate::dialect::policy::{PolicyChanges, Strictness};
use crate::dialect::{self, Dialect};
use crate::domain::ecosystem::Ecosystem;
use crate::domain::ids::{OrgId, SoftwareId};
use crate::domain::jwk::KeySetEntry;
use crate::domain::role::Role;
use crate::domain::timespan::TimeSpan;

pub use self::check::{ConfigError, is_base_url};
pub(crate) use self::file::bank_schema;
pub use self::file::schema;
pub use self::limits::LimitsConfig;
#[cfg(feature = "fuzzing")]
pub(crate) use self::load::parse_at;
pub(crate) use self::load::{BankChoice, choose_banks};
pub use self::load::{Loaded, load};
pub use crate::document::problem::{BadFile, Position, Problem};

/// How one emulator is set up. [`Config::default`] is what `serve` does without a flag.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where each listener listens; port 0 takes a free one.
    pub listen: Listen,
    /// Names in the server certificate and in advertised URLs, beyond the loopback ones.
    pub hostnames: Vec<String>,
    /// Advertised base URL of the mutual TLS listener, where that is not its own.
    pub mtls_url: Option<String>,
    /// Advertised base URL of the TLS listener, where that is not its own.
    pub tls_url: Option<String>,
    /// Folder of the authority; `None` for a fresh one in memory.
    pub authority: Option<PathBuf>,
    /// Where the kit goes; `None` for no kit.
    pub kit: Option<KitConfig>,
    /// Redirect URIs that the kit's TPP has beyond its own.
    pub redirect_uris: Vec<String>,
    /// What decides invented names and ids.
    pub seed: u64,
    /// Who may use the control listener.
    pub control: ControlAccess,
    /// What peers may cost, and how much is remembered.
    pub limits: LimitsConfig,
    /// How strict banks are that say nothing of their own.
    pub strictness: Strictness,
    /// The banks; by default one of each dialect.
    pub banks: Vec<BankConfig>,
    /// TPPs with ids and keys of their own.
    pub tpps: Vec<TppConfig>,
    /// Whom the banks believe besides the directory here.
    pub directory: DirectoryConfig,
    /// Scenarios that are in force from the start, in every world.
    pub scenarios: Vec<ScenarioRef>,
    /// Folders whose scenarios can be put in force; they are watched.
    pub scenario_dirs: Vec<PathBuf>,
    /// Whether answers name the rules that made them.
    pub annotate: bool,
}

/// Which scenario.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScenarioRef {
    /// The one with this name: built in, or in a folder of scenarios.
    Named(String),
    /// The one in this file.
    File(PathBuf),
    /// The one that this text of a file says.
    Text(String),
}

impl ScenarioRef {
    /// Reads `NAME|FILE`: what has a `/` or ends as scenario files do is a file.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let is_file = text.contains(['/', '\\'])
            || SCENARIO_ENDINGS.iter().any(|ending| {
                Path::new(text)
                    .extension()
                    .is_some_and(|found| found.eq_ignore_ascii_case(ending))
            });
        if is_file {
            Self::File(PathBuf::from(text))
        } else {
            Self::Named(text.to_owned())
        }
    }
}

/// How the names of scenario files end.
pub const SCENARIO_ENDINGS: [&str; 3] = ["yaml", "yml", "json"];

/// One bank.
///
/// ```
/// use aspsp_emulator::{BankConfig, Emulator, PolicyChanges, Strictness, dialect};
///
/// let policy = PolicyChanges {
///     ssa_single_use: Some(true),
///     ..PolicyChanges::default()
/// };
/// let bank = BankConfig {
///     id: "my-bank".to_owned(),
///     base_path: "/my-bank".to_owned(),
///     strictness: Some(Strictness::Strict),
///     policy,
///     ..BankConfig::of(&dialect::uk_ob_3_3::DIALECT)
/// };
/// let emulator = Emulator::builder().bank(bank).start_blocking().unwrap();
/// assert!(emulator.url("my-bank").ends_with("/my-bank"));
/// ```
#[derive(Debug, Clone)]
pub struct BankConfig {
    /// Its id: letters, digits, `-`, `_` and `.`.
    pub id: String,
    /// The rules it follows.
    pub dialect: &'static Dialect,
    /// Its path on both TLS listeners, such as `/my-bank`.
    pub base_path: String,
    /// How strict it is; `None` for the strictness of all.
    pub strictness: Option<Strictness>,
    /// The switches that differ from those of its dialect.
    pub policy: PolicyChanges,
    /// Life of an access token.
    pub token_lifetime: TimeSpan,
}

/// Life of an access token unless a bank says otherwise.
pub const TOKEN_LIFETIME: TimeSpan = TimeSpan::seconds(300);

impl BankConfig {
    /// The default bank of a dialect.
    #[must_use]
    pub fn of(dialect: &'static Dialect) -> Self {
        Self {
            id: dialect.id.to_owned(),
            dialect,
            base_path: dialect.base_path.to_owned(),
            strictness: None,
            policy: PolicyChanges::default(),
            token_lifetime: TOKEN_LIFETIME,
        }
    }

    /// The rules it follows: the switches of its dialect, changed by its own; `strictness` is that
    /// of banks that say nothing of theirs.
    #[must_use]
    pub fn rules(&self, strictness: Strictness) -> Rules {
        let strictness = self.strictness.unwrap_or(strictness);
        let policy = (self.dialect.policy)(self.dialect, strictness);
        Rules {
            dialect: self.dialect,
            strictness,
            policy: policy.changed(&self.policy),
        }
    }
}

/// A TPP that keeps its private keys to itself. What is left out is invented.
#[derive(Debug, Clone, Default)]
pub struct TppConfig {
    /// Its directory.
    pub ecosystem: Ecosystem,
    /// Its software's id.
    pub software_id: Option<SoftwareId>,
    /// Its organisation's id.
    pub org_id: Option<OrgId>,
    /// Its roles; empty for the usual ones of the ecosystem.
    pub roles: Vec<Role>,
    /// Its redirect URIs; empty for one below its own host.
    pub redirect_uris: Vec<String>,
    /// Where the key of its transport certificate comes from; `None` makes one.
    pub transport_csr: Option<Csr>,
    /// What it signs with; `None` makes a key.
    pub signing: Option<SigningConfig>,
    /// Folder for its kit.
    pub kit: Option<PathBuf>,
}

/// What a TPP of one's own signs with.
#[derive(Debug, Clone)]
pub enum SigningConfig {
    /// A certificate request: the directory certifies the key.
    Csr(Csr),
    /// Keys that the directory publishes as they are.
    Keys(Vec<KeySetEntry>),
}

/// Whom the banks believe besides the directory here.
#[derive(Debug, Clone, Default)]
pub struct DirectoryConfig {
    /// Other directories.
    pub trusted: Vec<TrustedDirectory>,
    /// `host:port` of servers that key sets may be fetched from.
    pub fetch_jwks_from: Vec<String>,
}

/// A directory whose statements are believed.
#[derive(Debug, Clone)]
pub struct TrustedDirectory {
    /// `iss` of its statements.
    pub iss: String,
    /// Which banks believe it.
    pub ecosystem: Ecosystem,
    /// The keys it signs statements with.
    pub keys: Vec<KeySetEntry>,
    /// Its CAs for client certificates, DER.
    pub client_ca: Vec<Vec<u8>>,
    /// Key sets of software, where they are not fetched.
    pub software_keys: Vec<(SoftwareId, Vec<KeySetEntry>)>,
}

/// The addresses of the three listeners.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listen {
    /// Mutual TLS: every bank operation.
    pub mtls: SocketAddr,
    /// TLS without client certificate: discovery and key sets.
    pub tls: SocketAddr,
    /// Plain HTTP: kit and health.
    pub control: SocketAddr,
}

impl Listen {
    /// Three free ports on loopback.
    #[must_use]
    pub fn on_free_ports() -> Self {
        let free = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self {
            mtls: free,
            tls: free,
            control: free,
        }
    }
}

/// Where the kit goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KitConfig {
    /// Its folder.
    pub dir: PathBuf,
    /// Permission bits of its private keys.
    pub key_mode: u32,
}

/// Who may use the control listener.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ControlAccess {
    /// Only callers with this bearer token, but for health and the CA certificate.
    pub token: Option<String>,
    /// Whether everybody may, even off loopback.
    pub open: bool,
}

impl Default for Config {
    fn default() -> Self {
        let on = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        Self {
            listen: Listen {
                mtls: on(8443),
                tls: on(8444),
                control: on(8445),
            },
            hostnames: Vec::new(),
            mtls_url: None,
            tls_url: None,
            authority: None,
            kit: Some(KitConfig {
                dir: PathBuf::from("kit"),
                key_mode: 0o600,
            }),
            redirect_uris: Vec::new(),
            seed: 1,
            control: ControlAccess::default(),
            limits: LimitsConfig::default(),
            strictness: Strictness::default(),
            banks: dialect::ALL
                .iter()
                .map(|dialect| BankConfig::of(dialect))
                .collect(),
            tpps: Vec::new(),
            directory: DirectoryConfig::default(),
            scenarios: Vec::new(),
            scenario_dirs: Vec::new(),
            annotate: false,
        }
    }
}
