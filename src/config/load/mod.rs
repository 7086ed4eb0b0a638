//! A config file, judged: its values, the files that it names, and how they go together.

mod banks;
mod named;
mod parties;
mod values;

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

pub use self::banks::{BankChoice, choose_banks};
use crate::config::check::{is_base_url, is_host_name};
use crate::config::file::ConfigFile;
use crate::config::kit_setting::KitSetting;
use crate::config::load::named::Folder;
use crate::config::{Config, KitConfig, ScenarioRef};
use crate::document::placed::Placed;
use crate::document::problem::{BadFile, Position, Problem};
use crate::document::reader;
use crate::document::tree::{Node, Tree};
use crate::domain::uri::objection;

/// What a config file says.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The settings; what the file does not name is as built in.
    pub config: Config,
    /// Permission bits of a kit's private keys, which are of use even if the file wants no kit.
    pub kit_mode: Option<u32>,
    /// Where the file says where the control listener listens.
    pub control_at: Option<Position>,
}

/// Largest config file, and largest file that one may name, in bytes.
const LARGEST: u64 = 4 * 1024 * 1024;

/// Reads a config file and the files that it names, relative to its folder.
///
/// # Errors
/// [`BadFile`], with everything that is wrong.
pub fn load(path: &Path) -> Result<Loaded, BadFile> {
    let bad = |problem| BadFile::new(path, vec![problem]);
    let bytes = read_file(path).map_err(|cause| {
        bad(Problem::whole(format!(
            "the file cannot be read ({cause}); check the path and its permissions"
        )))
    })?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        bad(Problem::whole(format!(
            "the file is not UTF-8 (byte {valid} is the first that is not); save it as UTF-8"
        )))
    })?;
    parse_at(path, &text)
}

/// Reads the text of the config file that lies at this path.
///
/// # Errors
/// [`BadFile`], with everything that is wrong.
pub fn parse_at(path: &Path, text: &str) -> Result<Loaded, BadFile> {
    parse(text, Folder::of(path)).map_err(|problems| BadFile::new(path, problems))
}

/// Reads the text of a config file that lies in this folder.
fn parse(text: &str, folder: Folder) -> Result<Loaded, Vec<Problem>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let root = Node::parse(text).map_err(|problem| vec![problem])?;
    if let Some(problem) = scenario(&root) {
        return Err(vec![problem]);
    }
    let (file, problems) = match root.tree {
        Tree::Null => (ConfigFile::default(), Vec::new()),
        _ => reader::read(&root),
    };
    let mut judge = Judge { folder, problems };
    let loaded = judge.settings(file);
    if judge.problems.is_empty() {
        Ok(loaded)
    } else {
        Err(judge.problems)
    }
}

fn read_file(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut file = File::open(path)?.take(LARGEST + 1);
    file.read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > LARGEST) {
        return Err(io::Error::other("larger than 4 MiB"));
    }
    Ok(bytes)
}

/// The problem with a scenario file, if it is one.
fn scenario(root: &Node) -> Option<Problem> {
    let Tree::Map(entries) = &root.tree else {
        return None;
    };
    let (rules, _) = entries.iter().find(|(key, _)| key.name == "rules")?;
    Some(Problem::at(
        rules.at,
        "found the key `rules`, which makes this a scenario; allowed: a config file; name this file in `scenarios` there, or after --scenario",
    ))
}

/// Collects what is wrong while it makes settings of a file.
#[derive(Default)]
struct Judge {
    folder: Folder,
    problems: Vec<Problem>,
}

impl Judge {
    /// The value, or a note of what is wrong with it.
    fn keep<T>(&mut self, judged: Result<T, Problem>) -> Option<T> {
        judged.map_err(|problem| self.problems.push(problem)).ok()
    }

    /// Puts a setting that the file has, and that can be, in the place of what is built in.
    fn set<S, T>(
        &mut self,
        target: &mut T,
        setting: Option<S>,
        judge: impl FnOnce(S) -> Result<T, Problem>,
    ) {
        if let Some(value) = setting.and_then(|setting| self.keep(judge(setting))) {
            *target = value;
        }
    }

    /// The items of a list that can be.
    fn each<S, T>(
        &mut self,
        list: Option<Vec<S>>,
        judge: impl Fn(S) -> Result<T, Problem>,
    ) -> Vec<T> {
        let list = list.into_iter().flatten();
        list.filter_map(|item| self.keep(judge(item))).collect()
    }

    fn settings(&mut self, file: ConfigFile) -> Loaded {
        let mut config = Config::default();
        let listen = file.listen.unwrap_or_default();
        let control_at = listen.control.as_ref().map(|address| address.at);
        self.set(&mut config.listen.mtls, listen.mtls, |text| {
            values::address(&text)
        });
        self.set(&mut config.listen.tls, listen.tls, |text| {
            values::address(&text)
        });
        self.set(&mut config.listen.control, listen.control, |text| {
            values::address(&text)
        });
        config.hostnames = self.each(file.hostnames, host_name);
        self.set(&mut config.mtls_url, file.mtls_url, base_url);
        self.set(&mut config.tls_url, file.tls_url, base_url);
        self.set(&mut config.control.token, file.control_token, token);
        config.control.open = file.control_open.unwrap_or_default();
        config.redirect_uris = self.each(file.redirect_uris, redirect_uri);
        config.seed = file.seed.unwrap_or(config.seed);
        config.strictness = file.strictness.unwrap_or_default();
        self.limits(&mut config.limits, file.limits.unwrap_or_default());
        if let Some(authority) = file.authority {
            config.authority = self.keep(self.folder.path(&authority));
        }
        let mut kit_mode = None;
        self.set(&mut kit_mode, file.kit_mode, |mode| {
            values::mode(&mode).map(Some)
        });
        self.kit(&mut config.kit, file.kit, kit_mode);
        let folder = self.folder.clone();
        config.scenarios = self.each(file.scenarios, |text| scenario_ref(&folder, &text));
        config.scenario_dirs = self.each(file.scenario_dirs, |dir| folder.path(&dir));
        config.annotate = file.annotate.unwrap_or_default();
        if let Some(banks) = file.banks {
            config.banks = self.banks(banks);
        }
        config.tpps = self.tpps(file.tpps.unwrap_or_default(), config.kit.as_ref());
        config.directory = self.directory(file.directory.unwrap_or_default());
        Loaded {
            config,
            kit_mode,
            control_at,
        }
    }

    fn kit(
        &mut self,
        kit: &mut Option<KitConfig>,
        setting: Option<Placed<KitSetting>>,
        key_mode: Option<u32>,
    ) {
        if let (Some(kit), Some(mode)) = (kit.as_mut(), key_mode) {
            kit.key_mode = mode;
        }
        let Some(Placed { at, value }) = setting else {
            return;
        };
        match value {
            KitSetting::None => *kit = None,
            KitSetting::Folder(dir) => {
                let dir = self.folder.path(&Placed { at, value: dir });
                if let (Some(kit), Some(dir)) = (kit.as_mut(), self.keep(dir)) {
                    kit.dir = dir;
                }
            }
        }
    }
}

/// A scenario's name, or its file in the folder of this one.
fn scenario_ref(folder: &Folder, text: &Placed<String>) -> Result<ScenarioRef, Problem> {
    match ScenarioRef::parse(&text.value) {
        ScenarioRef::File(_) => folder.path(text).map(ScenarioRef::File),
        ScenarioRef::Named(name) if name.is_empty() => Err(text.refused("a name or a file")),
        named => Ok(named),
    }
}

fn host_name(name: Placed<String>) -> Result<String, Problem> {
    if is_host_name(&name.value) {
        Ok(name.value)
    } else {
        Err(name.refused("a DNS name or an IP address, without scheme and port"))
    }
}

fn base_url(url: Placed<String>) -> Result<Option<String>, Problem> {
    if is_base_url(&url.value) {
        Ok(Some(url.value))
    } else {
        Err(url.refused("https://HOST, https://HOST:PORT"))
    }
}

fn token(token: Placed<String>) -> Result<Option<String>, Problem> {
    if token.value.is_empty() {
        return Err(token
            .problem("found an empty text; allowed: a token; leave `control_token` out for none"));
    }
    Ok(Some(token.value))
}

fn redirect_uri(uri: Placed<String>) -> Result<String, Problem> {
    match objection(&uri.value) {
        None => Ok(uri.value),
        Some(objection) => Err(uri.refused(format!(
            "an absolute https URI of at most 256 characters, without fragment, to another host than this; no bank takes this one ({objection})"
        ))),
    }
}

#[cfg(test)]
mod tests;
