//! The flags of `serve`, and the settings that they and a config file make together.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::builder::BoolishValueParser;
use clap::parser::ValueSource;
use clap::{ArgAction, ArgMatches, Args};

use crate::cli::address::address;
use crate::cli::logging::LogArgs;
use crate::config::{self, BadFile, Config, KitConfig, ScenarioRef};
use crate::dialect::policy::Strictness;

/// Flags of `serve`.
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// Config file (YAML); what flags and environment variables say wins over it
    #[arg(long, value_name = "FILE", env = "ASPSP_EMULATOR_CONFIG")]
    config: Option<PathBuf>,
    /// Where the mutual TLS listener listens: every bank operation; port 0 takes a free one
    #[arg(
        long,
        value_name = "ADDRESS", value_parser = address,
        default_value = "127.0.0.1:8443",
        env = "ASPSP_EMULATOR_MTLS_ADDR"
    )]
    mtls_addr: SocketAddr,
    /// Where the TLS listener listens that asks for no client certificate: discovery, key sets
    #[arg(
        long,
        value_name = "ADDRESS", value_parser = address,
        default_value = "127.0.0.1:8444",
        env = "ASPSP_EMULATOR_TLS_ADDR"
    )]
    tls_addr: SocketAddr,
    /// Where the control listener listens, in plain HTTP: kit, API, health
    #[arg(
        long,
        value_name = "ADDRESS", value_parser = address,
        default_value = "127.0.0.1:8445",
        env = "ASPSP_EMULATOR_CONTROL_ADDR"
    )]
    control_addr: SocketAddr,
    /// A name or IP address for the server certificate; the first is advertised (repeatable)
    #[arg(long, value_name = "NAME", action = ArgAction::Append, value_delimiter = ',', env = "ASPSP_EMULATOR_HOSTNAME")]
    hostname: Vec<String>,
    /// Base URL to advertise for the mutual TLS listener, for mapped ports
    #[arg(long, value_name = "URL", env = "ASPSP_EMULATOR_MTLS_URL")]
    mtls_url: Option<String>,
    /// Base URL to advertise for the TLS listener, for mapped ports
    #[arg(long, value_name = "URL", env = "ASPSP_EMULATOR_TLS_URL")]
    tls_url: Option<String>,
    /// Keep the test authority in this folder; made if empty or absent. Else it is new each start
    #[arg(long, value_name = "DIR", env = "ASPSP_EMULATOR_AUTHORITY")]
    authority: Option<PathBuf>,
    /// Folder for the kit: certificates, keys and requests of a ready-made TPP
    #[arg(
        long,
        value_name = "DIR",
        default_value = "./kit",
        env = "ASPSP_EMULATOR_KIT"
    )]
    kit: PathBuf,
    /// Make no kit
    #[arg(long, value_parser = BoolishValueParser::new(), env = "ASPSP_EMULATOR_NO_KIT")]
    no_kit: bool,
    /// Permission bits of the kit's private keys, in octal
    #[arg(long, value_name = "MODE", default_value = "0600", value_parser = octal, env = "ASPSP_EMULATOR_KIT_MODE")]
    kit_mode: u32,
    /// A further redirect URI of the kit's TPPs (repeatable)
    #[arg(long, value_name = "URL", action = ArgAction::Append, value_delimiter = ',', env = "ASPSP_EMULATOR_REDIRECT_URI")]
    redirect_uri: Vec<String>,
    /// How strict banks are that say nothing of their own: lenient, conformance or strict
    #[arg(long, value_name = "LEVEL", default_value = "conformance", value_parser = strictness, env = "ASPSP_EMULATOR_STRICTNESS")]
    strictness: Strictness,
    /// Decides invented names and ids, and what scenarios leave to chance
    #[arg(
        long,
        value_name = "N",
        default_value_t = 1,
        env = "ASPSP_EMULATOR_SEED"
    )]
    seed: u64,
    /// A scenario that is in force from the start, by its name or file (repeatable)
    #[arg(long, value_name = "NAME|FILE", action = ArgAction::Append, value_delimiter = ',', value_parser = scenario, env = "ASPSP_EMULATOR_SCENARIO")]
    scenario: Vec<ScenarioRef>,
    /// A folder of scenarios that requests and tests can choose; it is watched (repeatable)
    #[arg(long, value_name = "DIR", action = ArgAction::Append, value_delimiter = ',', env = "ASPSP_EMULATOR_SCENARIO_DIR")]
    scenario_dir: Vec<PathBuf>,
    /// Let answers name the rules that made them: x-emulator-rule: SCENARIO/RULE#CALL
    #[arg(long, value_parser = BoolishValueParser::new(), env = "ASPSP_EMULATOR_ANNOTATE")]
    annotate: bool,
    /// Token that callers of the control listener must have (health and CA certificate excepted)
    #[arg(
        long,
        value_name = "TOKEN",
        env = "ASPSP_EMULATOR_CONTROL_TOKEN",
        hide_env_values = true
    )]
    control_token: Option<String>,
    /// Let everybody use the control listener, even where it does not listen on loopback
    #[arg(long, value_parser = BoolishValueParser::new(), env = "ASPSP_EMULATOR_CONTROL_OPEN")]
    control_open: bool,
    #[command(flatten)]
    pub log: LogArgs,
}

/// Permission bits such as `0600`; at least the owner must be able to read.
fn octal(text: &str) -> Result<u32, String> {
    match u32::from_str_radix(text, 8) {
        Ok(mode) if mode <= 0o777 && mode & 0o400 != 0 => Ok(mode),
        _ => Err("write octal permission bits such as 0600 or 0644".to_owned()),
    }
}

/// A scenario's name or file.
fn scenario(text: &str) -> Result<ScenarioRef, String> {
    if text.is_empty() {
        return Err("write the name of a scenario, or its file".to_owned());
    }
    Ok(ScenarioRef::parse(text))
}

/// The strictness with this name.
fn strictness(name: &str) -> Result<Strictness, String> {
    let named = Strictness::ALL
        .into_iter()
        .find(|level| level.as_str() == name);
    named.ok_or_else(|| "write lenient, conformance or strict".to_owned())
}

impl ServeArgs {
    /// The settings: a flag before its environment variable, before the file, before what is
    /// built in. A list that is given takes the place of the file's.
    pub fn config(&self, matches: &ArgMatches) -> Result<Config, BadFile> {
        let loaded = match &self.config {
            Some(file) => Some(config::load(file)?),
            None => None,
        };
        let kit_mode = loaded.as_ref().and_then(|loaded| loaded.kit_mode);
        let mut config = loaded.map_or_else(Config::default, |loaded| loaded.config);
        let said = Said(matches);
        said.set("mtls_addr", &mut config.listen.mtls, &self.mtls_addr);
        said.set("tls_addr", &mut config.listen.tls, &self.tls_addr);
        said.set(
            "control_addr",
            &mut config.listen.control,
            &self.control_addr,
        );
        said.set("hostname", &mut config.hostnames, &self.hostname);
        said.set("mtls_url", &mut config.mtls_url, &self.mtls_url);
        said.set("tls_url", &mut config.tls_url, &self.tls_url);
        said.set("authority", &mut config.authority, &self.authority);
        said.set(
            "redirect_uri",
            &mut config.redirect_uris,
            &self.redirect_uri,
        );
        said.set("seed", &mut config.seed, &self.seed);
        said.set("strictness", &mut config.strictness, &self.strictness);
        said.set("scenario", &mut config.scenarios, &self.scenario);
        said.set(
            "scenario_dir",
            &mut config.scenario_dirs,
            &self.scenario_dir,
        );
        said.set("annotate", &mut config.annotate, &self.annotate);
        let control = &mut config.control;
        said.set("control_token", &mut control.token, &self.control_token);
        said.set("control_open", &mut control.open, &self.control_open);
        config.kit = self.kit(&said, config.kit, kit_mode);
        Ok(config)
    }

    fn kit(
        &self,
        said: &Said<'_>,
        file: Option<KitConfig>,
        file_mode: Option<u32>,
    ) -> Option<KitConfig> {
        let is_overruled = said.is_flag("kit") && !said.is_flag("no_kit");
        let is_wanted = if said.has("no_kit") && !is_overruled {
            !self.no_kit
        } else {
            said.has("kit") || file.is_some()
        };
        let mut dir = file.map_or_else(|| without_dot(&self.kit), |kit| kit.dir);
        said.set("kit", &mut dir, &without_dot(&self.kit));
        let mut key_mode = file_mode.unwrap_or(self.kit_mode);
        said.set("kit_mode", &mut key_mode, &self.kit_mode);
        is_wanted.then_some(KitConfig { dir, key_mode })
    }
}

/// What was said by a flag or an environment variable.
struct Said<'a>(&'a ArgMatches);

impl Said<'_> {
    fn is_flag(&self, flag: &str) -> bool {
        self.0.value_source(flag) == Some(ValueSource::CommandLine)
    }

    fn has(&self, flag: &str) -> bool {
        matches!(
            self.0.value_source(flag),
            Some(ValueSource::CommandLine | ValueSource::EnvVariable)
        )
    }

    /// Puts a flag's value in the place of the file's, if it was said.
    fn set<T: Clone>(&self, flag: &str, target: &mut T, value: &T) {
        if self.has(flag) {
            target.clone_from(value);
        }
    }
}

/// `kit` for `./kit`, as people type it; `.` stays.
fn without_dot(path: &std::path::Path) -> PathBuf {
    match path.strip_prefix(".") {
        Ok(rest) if !rest.as_os_str().is_empty() => rest.to_owned(),
        _ => path.to_owned(),
    }
}
