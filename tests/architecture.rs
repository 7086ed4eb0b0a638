//! The one direction of imports, read from the sources:
//! `main → cli → emulator → {server, http, control} → kit → world → {bank, directory} → {dialect,
//! store, clock} → domain`.

#![allow(clippy::unwrap_used)] // A test that cannot go on has failed.

#[path = "architecture/packages.rs"]
mod packages;
#[path = "architecture/paths.rs"]
mod paths;
#[path = "architecture/rules.rs"]
mod rules;
#[path = "architecture/sources.rs"]
mod sources;

use crate::paths::{names_crate, paths, words};
use crate::rules::{MAY_USE, MUST_NOT_NAME};
use crate::sources::{Source, all_sources};

/// Every import of a source that goes against the direction.
fn forbidden_imports(source: &Source) -> Vec<String> {
    let modules: Vec<&str> = MAY_USE.iter().map(|(module, _)| *module).collect();
    let may_use = MAY_USE
        .iter()
        .find(|(module, _)| *module == source.top())
        .map_or(&[][..], |(_, allowed)| *allowed);
    let is_forbidden = |name: &String| {
        let is_module = modules.contains(&name.as_str()) || name == "*";
        is_module && name != source.top() && !may_use.contains(&name.as_str())
    };
    let used = paths(&source.text, &source.module);
    used.into_iter()
        .filter_map(|path| path.into_iter().next())
        .filter(is_forbidden)
        .map(|name| format!("{} must not use crate::{name}", source.file))
        .collect()
}

/// Every package that a source must not name, but does.
fn forbidden_packages(source: &Source) -> Vec<String> {
    let named = words(&source.text);
    let mut forbidden: Vec<&str> = MUST_NOT_NAME
        .iter()
        .filter(|(module, _)| *module == source.top())
        .flat_map(|(_, packages)| packages.iter().copied())
        .collect();
    if source.file != "domain/jws.rs" {
        forbidden.push("jsonwebtoken");
    }
    forbidden
        .into_iter()
        .filter(|package| names_crate(&named, package))
        .map(|package| format!("{} must not name {package}", source.file))
        .collect()
}

/// Every way to ask the system for the time, outside of `clock.rs`. The server's limits on peers
/// are real time, and tokio's `Instant` counts that.
fn clock_readings(source: &Source) -> Vec<String> {
    if source.file == "clock.rs" {
        return Vec::new();
    }
    let named = words(&source.text);
    let is_server = source.top() == "server";
    let reads = |window: &[String]| match (window[0].as_str(), window[2].as_str()) {
        ("SystemTime" | "Utc" | "Local", "now") | (_, "now_utc" | "now_local") => true,
        ("Instant", "now") | ("time", "Instant") => !is_server,
        _ => false,
    };
    let hits = named
        .windows(3)
        .filter(|window| window[1] == "::" && reads(window));
    let std_instant = names_path(&named, &["std", "time", "Instant"]);
    hits.map(<[String]>::concat)
        .chain(std_instant.then(|| "std::time::Instant".to_owned()))
        .map(|reading| format!("{} must not read the time by {reading}", source.file))
        .collect()
}

fn names_path(named: &[String], path: &[&str]) -> bool {
    let wanted: Vec<&str> = path.iter().flat_map(|part| ["::", part]).skip(1).collect();
    named.windows(wanted.len()).any(|window| {
        window
            .iter()
            .zip(&wanted)
            .all(|(seen, wanted)| seen == wanted)
    })
}

fn assert_none(violations: impl Iterator<Item = String>) {
    let violations: Vec<String> = violations.collect();
    assert!(violations.is_empty(), "\n{}", violations.join("\n"));
}

#[test]
fn every_import_goes_in_the_one_direction() {
    assert_none(all_sources().iter().flat_map(forbidden_imports));
}

#[test]
fn no_module_names_a_package_that_belongs_elsewhere() {
    assert_none(all_sources().iter().flat_map(forbidden_packages));
}

#[test]
fn only_the_clock_reads_the_systems_time() {
    assert_none(all_sources().iter().flat_map(clock_readings));
}

#[test]
fn every_module_has_its_place_in_the_direction() {
    for source in all_sources() {
        let has_place = MAY_USE.iter().any(|(module, _)| *module == source.top());
        assert!(has_place, "{} has no row in MAY_USE", source.file);
    }
    for (index, (module, allowed)) in MAY_USE.iter().enumerate() {
        let above: Vec<&str> = MAY_USE[..index].iter().map(|(module, _)| *module).collect();
        // `http` and `control` stand beside `server`.
        let upward = allowed
            .iter()
            .find(|name| **name != "server" && above.contains(name));
        assert_eq!(upward, None, "{module}");
    }
}

#[test]
fn a_forbidden_import_is_caught_however_it_is_written() {
    for (file, text) in [
        ("domain/ids.rs", "use crate::store::Store;"),
        (
            "domain/ids.rs",
            "use crate::{domain::json, store::{self, Store}};",
        ),
        ("domain/ids.rs", "use super::super::store;"),
        ("domain/mod.rs", "use super::{clock::Clock};"),
        ("domain/ids.rs", "fn f() -> crate::clock::Clock { todo!() }"),
        ("domain/ids.rs", "use crate::*;"),
        ("domain/ids.rs", "pub(crate) use crate :: bank :: Bank ;"),
        ("store/memory.rs", "use crate::clock::Clock;"),
        ("bank/mod.rs", "use crate::directory::Directory;"),
        ("server/mod.rs", "use crate::dialect::ALL;"),
        (
            "server/tls.rs",
            "use crate::{\n    domain::ids::InteractionId,\n    world::World,\n};",
        ),
        ("world.rs", "use super::kit::Kit;"),
        ("main.rs", "use aspsp_emulator::emulator::Emulator;"),
        ("http/token.rs", "use crate::kit::Kit;"),
    ] {
        let found = forbidden_imports(&Source::new(file, text));
        assert!(!found.is_empty(), "{file}: {text}");
    }
}

#[test]
fn what_is_allowed_or_only_talked_about_is_not_caught() {
    for (file, text) in [
        (
            "bank/mod.rs",
            "use crate::{bank::ruling, dialect::{Dialect, facts}, store::Store};",
        ),
        (
            "domain/ids.rs",
            "use super::json::Object; // crate::bank\n/// See [`crate::bank::Bank`].\nfn f() {}",
        ),
        (
            "domain/ids.rs",
            "/* use crate::bank; /* nested */ */ const TEXT: &str = \"crate::bank\";",
        ),
        (
            "domain/ids.rs",
            "const TEXT: &str = r#\"use crate::bank \" \"#; pub(crate) fn f<'a>(c: &'a char) -> bool { *c == '\"' }",
        ),
        (
            "clock.rs",
            "mod tests { use super::*; use super::Setting; }",
        ),
        ("main.rs", "fn main() { aspsp_emulator::cli::run() }"),
    ] {
        let source = Source::new(file, text);
        assert_eq!(forbidden_imports(&source), [""; 0], "{file}");
    }
}

#[test]
fn a_forbidden_package_or_clock_is_caught() {
    for (file, text) in [
        ("http/token.rs", "use dashmap::DashMap;"),
        ("http/token.rs", "use {rustls::ServerConfig, bytes::Bytes};"),
        ("control/ca.rs", "fn f(x: &rustls::ServerConfig) {}"),
        ("bank/mod.rs", "use jsonwebtoken::decode;"),
        ("domain/jwk.rs", "extern crate jsonwebtoken;"),
        ("world.rs", "use ::warp::Filter;"),
    ] {
        assert_eq!(
            forbidden_packages(&Source::new(file, text)).len(),
            1,
            "{file}: {text}"
        );
    }
    for (file, text) in [
        ("bank/mod.rs", "let now = std::time::SystemTime::now();"),
        ("server/exchange.rs", "let now = SystemTime::now();"),
        (
            "emulator/tls.rs",
            "let now = time::OffsetDateTime::now_utc();",
        ),
        ("kit/mod.rs", "let begin = Instant::now();"),
        (
            "server/drive.rs",
            "fn f() -> std::time::Instant { todo!() }",
        ),
    ] {
        assert!(
            !clock_readings(&Source::new(file, text)).is_empty(),
            "{file}: {text}"
        );
    }
    let allowed = Source::new(
        "server/drive.rs",
        "use tokio::time::Instant; fn f() { Instant::now(); }",
    );
    assert_eq!(clock_readings(&allowed), [""; 0]);
    let response = Source::new(
        "http/token.rs",
        "use crate::http::reply; let rustls_like = warp::http::x;",
    );
    assert_eq!(forbidden_packages(&response), [""; 0]);
}
