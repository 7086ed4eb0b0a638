//! What the emulator can be told, in one typed value.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use url::Url;

use crate::domain::uri::objection;

/// How one emulator is set up. [`Config::default`] is what `serve` does without a flag.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    /// How many clients a bank holds at most.
    pub client_limit: usize,
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
            client_limit: 1_000_000,
        }
    }
}

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
    /// An empty control token.
    #[error(
        "an empty control token keeps nobody out: set --control-token to a text, or --control-open"
    )]
    EmptyToken,
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
        let urls = [&self.mtls_url, &self.tls_url];
        match urls.into_iter().flatten().find(|url| !is_base_url(url)) {
            Some(url) => Err(ConfigError::BaseUrl(url.clone())),
            None => Ok(()),
        }
    }
}

fn is_host_name(name: &str) -> bool {
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

fn is_base_url(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| {
        url.scheme() == "https" && url.has_host() && url.path() == "/" && url.query().is_none()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

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
        ] {
            assert_eq!(is_base_url(url), expected, "{url}");
        }
    }
}
