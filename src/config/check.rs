//! What no setting may be, wherever it comes from.

use std::net::SocketAddr;

use url::Url;

use crate::config::{Config, DirectoryConfig, TrustedDirectory};
use crate::domain::uri::objection;

/// A setting that cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The control listener is reachable from elsewhere and nobody is kept out.
    #[error(
        "the control listener would be reachable from elsewhere at {0}: set --control-token TOKEN, or --control-open to let everybody in"
    )]
    ControlUnguarded(SocketAddr),
    /// A redirect URI that no bank would take.
    #[error(
        "`{uri}` is no redirect URI ({objection}): write an absolute https URI of at most 256 characters, without fragment, to another host than this"
    )]
    RedirectUri {
        /// The URI.
        uri: String,
        /// What is wrong with it.
        objection: &'static str,
    },
    /// A host name that cannot stand in a certificate.
    #[error("`{0}` is no host name: write a DNS name or an IP address, without scheme and port")]
    Hostname(String),
    /// A base URL that cannot be advertised.
    #[error("`{0}` is no base URL: write https://HOST or https://HOST:PORT")]
    BaseUrl(String),
    /// A bank that cannot be.
    #[error("bank `{id}`: found `{found}`; allowed: {allowed}")]
    Bank {
        /// Its id.
        id: String,
        /// What is wrong.
        found: String,
        /// What is right.
        allowed: String,
    },
    /// A server that key sets cannot be fetched from.
    #[error("`{0}` is no server for key sets: write HOST:PORT, without scheme and path")]
    KeyServer(String),
    /// Another directory that is named by nothing, or as one before it.
    #[error("`{0}` is no name for one more directory: write an `iss` that no other one has")]
    Issuer(String),
    /// An empty control token.
    #[error(
        "an empty control token keeps nobody out: set --control-token to a text, or --control-open"
    )]
    EmptyToken,
    /// A control token that no header can carry.
    #[error(
        "a control token that no Authorization header can carry: use letters, digits and signs of ASCII, without spaces"
    )]
    UnsendableToken,
}

impl Config {
    /// Refuses what cannot be; nothing is clamped.
    ///
    /// # Errors
    /// The first setting that cannot be.
    pub fn check(&self) -> Result<(), ConfigError> {
        let control = self.listen.control;
        if self.control.token.as_deref().is_some_and(str::is_empty) {
            return Err(ConfigError::EmptyToken);
        }
        let is_sendable = |token: &String| token.bytes().all(|byte| byte.is_ascii_graphic());
        if !self.control.token.as_ref().is_none_or(is_sendable) {
            return Err(ConfigError::UnsendableToken);
        }
        if !control.ip().is_loopback() && self.control.token.is_none() && !self.control.open {
            return Err(ConfigError::ControlUnguarded(control));
        }
        for uri in &self.redirect_uris {
            if let Some(objection) = objection(uri) {
                let uri = uri.clone();
                return Err(ConfigError::RedirectUri { uri, objection });
            }
        }
        if let Some(name) = self.hostnames.iter().find(|name| !is_host_name(name)) {
            return Err(ConfigError::Hostname(name.clone()));
        }
        for (index, bank) in self.banks.iter().enumerate() {
            let before = self.banks.iter().take(index);
            bank.check(before.map(|other| (other.id.as_str(), other.base_path.as_str())))?;
        }
        self.directory.check()?;
        let urls = [&self.mtls_url, &self.tls_url];
        match urls.into_iter().flatten().find(|url| !is_base_url(url)) {
            Some(url) => Err(ConfigError::BaseUrl(url.clone())),
            None => Ok(()),
        }
    }
}

impl DirectoryConfig {
    fn check(&self) -> Result<(), ConfigError> {
        let mut servers = self.fetch_jwks_from.iter();
        if let Some(server) = servers.find(|server| !is_host_and_port(server)) {
            return Err(ConfigError::KeyServer(server.clone()));
        }
        for (index, TrustedDirectory { iss, .. }) in self.trusted.iter().enumerate() {
            let mut before = self.trusted.iter().take(index);
            if iss.is_empty() || before.any(|other| other.iss == *iss) {
                return Err(ConfigError::Issuer(iss.clone()));
            }
        }
        Ok(())
    }
}

/// Whether a text is `HOST:PORT`.
pub(super) fn is_host_and_port(server: &str) -> bool {
    server.rsplit_once(':').is_some_and(|(host, port)| {
        let bare = host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'));
        let is_host = match bare {
            Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
            None => is_host_name(host) && !host.contains(':'),
        };
        is_host && port.parse::<u16>().is_ok_and(|port| port > 0)
    })
}

pub(super) fn is_host_name(name: &str) -> bool {
    let is_address = name.parse::<std::net::IpAddr>().is_ok();
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    is_address || (name.len() <= 253 && name.split('.').all(is_label))
}

/// Whether a text is `https://HOST` or `https://HOST:PORT`.
#[must_use]
pub fn is_base_url(text: &str) -> bool {
    // The parser forgives what would be advertised as it is written.
    let is_plain = |rest: &&str| !rest.starts_with('/') && !rest.contains(['\\', '@', '#', '?']);
    let authority = text.strip_prefix("https://").filter(is_plain);
    let is_written = authority.is_some() && !text.contains(|c: char| c.is_whitespace());
    is_written && Url::parse(text).is_ok_and(|url| url.has_host() && url.path() == "/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ControlAccess;

    #[test]
    fn the_built_in_settings_can_be() {
        assert_eq!(Config::default().check(), Ok(()));
    }

    #[test]
    fn a_control_listener_off_loopback_needs_a_guard() {
        let mut config = Config::default();
        config.listen.control = "0.0.0.0:8445".parse().unwrap();
        assert!(matches!(
            config.check(),
            Err(ConfigError::ControlUnguarded(_))
        ));
        config.control.token = Some("t".to_owned());
        assert_eq!(config.check(), Ok(()));
        config.control = ControlAccess {
            token: None,
            open: true,
        };
        assert_eq!(config.check(), Ok(()));
        config.control.token = Some(String::new());
        assert_eq!(config.check(), Err(ConfigError::EmptyToken));
        for token in ["a b", "é", "a\nb"] {
            config.control.token = Some(token.to_owned());
            assert_eq!(config.check(), Err(ConfigError::UnsendableToken));
        }
    }

    #[test]
    fn a_redirect_uri_is_one_that_a_bank_takes() {
        let with = |uri: &str| Config {
            redirect_uris: vec![uri.to_owned()],
            ..Config::default()
        };
        assert_eq!(with("https://app.example/cb").check(), Ok(()));
        let refused = with("http://app.example/cb").check();
        assert!(matches!(refused, Err(ConfigError::RedirectUri { .. })));
    }

    #[test]
    fn names_and_urls_are_what_they_should_be() {
        for (name, expected) in [
            ("aspsp", true),
            ("a.b-c.example", true),
            ("10.0.0.1", true),
            ("::1", true),
            ("", false),
            ("a b", false),
            ("https://a", false),
            ("a:8443", false),
            ("-a", false),
        ] {
            assert_eq!(is_host_name(name), expected, "{name}");
        }
        for (url, expected) in [
            ("https://bank.test", true),
            ("https://bank.test:9/", true),
            ("http://bank.test", false),
            ("https://bank.test/x", false),
            ("bank.test", false),
            ("https:bank.test", false),
            (" https://bank.test", false),
            ("https://me@bank.test", false),
            ("https://bank.test/#x", false),
            ("https://bank.test/?", false),
            ("https:///bank.test", false),
            ("https://bank.test\\", false),
        ] {
            assert_eq!(is_base_url(url), expected, "{url}");
        }
    }
}
