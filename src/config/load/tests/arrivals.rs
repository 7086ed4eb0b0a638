//! What a file says arrives.

use std::fs;
use std::path::Path;
use std::time::Duration;

use super::{Config, Folder, Loaded, WHOLE, load, loaded, parse, write_named_files};
use crate::config::{BankConfig, SigningConfig};
use crate::dialect::policy::{Duplicates, MaxAge, Strictness};
use crate::domain::ecosystem::Ecosystem;
use crate::domain::role::Role;
use crate::domain::timespan::TimeSpan;

#[test]
fn an_empty_file_changes_nothing() {
    for text in [
        "",
        "# nothing\n",
        "{}",
        "---\n",
        "listen:\nbanks:\nlimits: {}\n",
    ] {
        let (config, built_in) = (loaded(text), Config::default());
        assert_eq!(config.listen, built_in.listen, "{text}");
        assert_eq!(config.kit, built_in.kit, "{text}");
        assert_eq!(config.limits, built_in.limits, "{text}");
        assert_eq!(config.banks.len(), built_in.banks.len(), "{text}");
    }
}

#[test]
fn every_key_arrives_in_the_settings() {
    let dir = tempfile::tempdir().unwrap();
    write_named_files(dir.path());
    let file = dir.path().join("config.yaml");
    fs::write(&file, WHOLE).unwrap();
    let Loaded {
        config, kit_mode, ..
    } = load(&file).unwrap_or_else(|bad| panic!("{bad}"));
    assert_eq!(config.listen.tls.to_string(), "[::1]:0");
    assert_eq!(config.listen.control.port(), 9445);
    assert_eq!(config.hostnames, ["localhost", "aspsp", "10.0.0.1"]);
    assert_eq!(config.authority.unwrap(), dir.path().join("certs"));
    let kit = config.kit.unwrap();
    assert_eq!(kit.dir, dir.path().join("../kit"));
    assert_eq!((kit.key_mode, kit_mode), (0o640, Some(0o640)));
    assert_eq!((config.seed, config.strictness), (7, Strictness::Lenient));
    assert_eq!(config.control.token.as_deref(), Some("letmein"));
    assert!(config.control.open);
    assert_eq!(config.mtls_url.as_deref(), Some("https://mapped.example:1"));
    assert_eq!(config.tls_url.as_deref(), Some("https://mapped.example:2"));
    assert_eq!(config.redirect_uris, ["https://app.example/other"]);
    banks_arrive(&config.banks);
    let limits = config.limits;
    assert_eq!((limits.body, limits.connections), (128 * 1024, 10));
    assert_eq!(limits.header_timeout, Duration::from_secs(5));
    assert_eq!(limits.handshake_timeout, Duration::from_millis(1500));
    assert_eq!(limits.idle_timeout, Duration::from_secs(120));
    assert_eq!((limits.journal, limits.clients, limits.worlds), (0, 5, 2));
    let [own, brazilian] = &config.tpps[..] else {
        panic!("{:?}", config.tpps)
    };
    assert_eq!(own.software_id.as_ref().unwrap().as_str(), "4fyvi");
    assert_eq!(own.org_id.as_ref().unwrap().as_str(), "00158000016i44I");
    assert_eq!(own.roles, [Role::Aisp]);
    assert_eq!(own.redirect_uris, ["https://app.example/cb"]);
    assert!(own.transport_csr.is_some());
    assert!(matches!(&own.signing, Some(SigningConfig::Keys(keys)) if keys.len() == 1));
    assert_eq!(own.kit.as_ref().unwrap(), &dir.path().join("mine"));
    assert_eq!(brazilian.ecosystem, Ecosystem::Brazil);
    let [trusted] = &config.directory.trusted[..] else {
        panic!("{:?}", config.directory)
    };
    assert_eq!(
        (trusted.iss.as_str(), trusted.keys.len()),
        ("OpenBanking Ltd", 1)
    );
    assert_eq!(trusted.client_ca.len(), 1);
    assert_eq!(trusted.software_keys[0].0.as_str(), "SOFTWARE_ID");
    let servers = ["keystore.example:443", "[::1]:8443"];
    assert_eq!(config.directory.fetch_jwks_from, servers);
}

fn banks_arrive(banks: &[BankConfig]) {
    let [own, default, plain] = banks else {
        panic!("{banks:?}")
    };
    assert_eq!(
        (own.id.as_str(), own.base_path.as_str()),
        ("my-bank", "/my/bank")
    );
    assert_eq!(own.strictness, Some(Strictness::Strict));
    assert_eq!(own.policy.duplicates, Some(Duplicates::Reject));
    let half_an_hour = TimeSpan::seconds(1800);
    assert_eq!(own.policy.ssa_max_age, Some(MaxAge(Some(half_an_hour))));
    assert_eq!(own.token_lifetime, TimeSpan::seconds(300));
    assert_eq!(
        (default.base_path.as_str(), default.strictness),
        ("/uk-ob-3.3", None)
    );
    assert_eq!(plain.base_path, "/plain");
    assert_eq!(plain.policy.ssa_max_age, Some(MaxAge(None)));
}

#[test]
fn paths_are_of_the_files_folder_and_short() {
    for (file, named, expected) in [
        ("config.yaml", "./kit", "kit"),
        ("./config.yaml", "kit", "kit"),
        ("conf/config.yaml", "./kit", "conf/kit"),
        ("conf/config.yaml", "../kit", "conf/../kit"),
        ("conf/config.yaml", "/srv/kit", "/srv/kit"),
        ("config.yaml", ".", "."),
    ] {
        let text = format!("authority: {named}");
        let loaded = parse(&text, Folder::of(Path::new(file))).unwrap();
        let authority = loaded.config.authority.unwrap();
        assert_eq!(authority.as_os_str(), expected, "{file} {named}");
    }
}
