//! The URLs a world advertises.

use std::sync::{Arc, PoisonError, RwLock};

/// The two base URLs under one host name, without a trailing slash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrls {
    /// Base of the mutual TLS listener, such as `https://localhost:8443`.
    pub mtls: String,
    /// Base of the listener that asks for no client certificate.
    pub tls: String,
}

impl BaseUrls {
    fn below(self, prefix: &str) -> Self {
        Self {
            mtls: self.mtls + prefix,
            tls: self.tls + prefix,
        }
    }
}

/// The host names that this process answers to, the ports it listens on, and the path that a world's
/// URLs begin with.
#[derive(Debug, Clone)]
pub struct Urls {
    shared: Arc<Shared>,
    /// `/w/` and the world's name; empty for the world that needs none.
    prefix: String,
}

/// What the URLs of all worlds have in common.
#[derive(Debug)]
struct Shared {
    /// The host used when a request names none that is known.
    default_host: String,
    known_names: Vec<String>,
    mtls_port: u16,
    tls_port: u16,
    overrides: RwLock<Overrides>,
}

/// Base URLs in the place of those that the listeners give, for mapped ports.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overrides {
    /// Of the mutual TLS listener.
    pub mtls: Option<String>,
    /// Of the listener that asks for no client certificate.
    pub tls: Option<String>,
}

/// Names that every server certificate carries.
pub const LOOPBACK_NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

impl Urls {
    /// `hostnames` are those of the configuration; the loopback names are always known.
    #[must_use]
    pub fn new(hostnames: &[String], mtls_port: u16, tls_port: u16, overrides: Overrides) -> Self {
        let mut known_names: Vec<String> =
            hostnames.iter().map(|name| name.to_lowercase()).collect();
        for name in LOOPBACK_NAMES {
            if !known_names.iter().any(|known| known == name) {
                known_names.push(name.to_owned());
            }
        }
        let urls = Self {
            shared: Arc::new(Shared {
                default_host: hostnames
                    .first()
                    .map_or_else(|| "localhost".to_owned(), |name| name.to_lowercase()),
                known_names,
                mtls_port,
                tls_port,
                overrides: RwLock::default(),
            }),
            prefix: String::new(),
        };
        urls.set_overrides(overrides);
        urls
    }

    /// Those of another world, under `/w/{name}`. Overrides are shared.
    #[must_use]
    pub fn of_world(&self, name: &str) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            prefix: format!("/w/{name}"),
        }
    }

    /// What stands in the place of the listeners' URLs.
    #[must_use]
    pub fn overrides(&self) -> Overrides {
        let overrides = self.shared.overrides.read();
        overrides.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Puts other URLs in the place of the listeners', for all worlds.
    pub fn set_overrides(&self, overrides: Overrides) {
        self.change_overrides(|held| *held = overrides);
    }

    /// Changes what stands in the place of the listeners' URLs, for all worlds, in one step; what
    /// stands there then.
    pub fn change_overrides(&self, change: impl FnOnce(&mut Overrides)) -> Overrides {
        let held = self.shared.overrides.write();
        let mut held = held.unwrap_or_else(PoisonError::into_inner);
        change(&mut held);
        let without_slash = |url: &String| url.trim_end_matches('/').to_owned();
        held.mtls = held.mtls.as_ref().map(without_slash);
        held.tls = held.tls.as_ref().map(without_slash);
        held.clone()
    }

    /// The names the server certificate holds.
    #[must_use]
    pub fn known_names(&self) -> &[String] {
        &self.shared.known_names
    }

    /// Whether `host` (without port, brackets around IPv6 allowed) is a known name.
    #[must_use]
    pub fn knows(&self, host: &str) -> bool {
        self.known(host).is_some()
    }

    /// The URLs to advertise to a caller that asked `host` (without port).
    #[must_use]
    pub fn for_host(&self, host: Option<&str>) -> BaseUrls {
        self.advertised(host).below(&self.prefix)
    }

    /// The URLs under every known name, and the overrides: all that an `aud` claim may hold. A world's
    /// may be named without its prefix: a client is known there by its certificate, too.
    pub fn all(&self) -> impl Iterator<Item = BaseUrls> {
        let listening = |name: &String| BaseUrls {
            mtls: base(name, self.shared.mtls_port),
            tls: base(name, self.shared.tls_port),
        };
        let plain = std::iter::once(self.advertised(None))
            .chain(self.shared.known_names.iter().map(listening));
        let prefix = (!self.prefix.is_empty()).then_some(self.prefix.as_str());
        plain.flat_map(move |plain| {
            let prefixed = prefix.map(|prefix| plain.clone().below(prefix));
            [prefixed, Some(plain)].into_iter().flatten()
        })
    }

    /// The URLs to advertise to a caller that names no host, without the world's prefix.
    #[must_use]
    pub fn plain(&self) -> BaseUrls {
        self.advertised(None)
    }

    fn advertised(&self, host: Option<&str>) -> BaseUrls {
        let shared = &self.shared;
        let name = host
            .and_then(|host| self.known(host))
            .unwrap_or(&shared.default_host);
        let overrides = self.overrides();
        BaseUrls {
            mtls: overrides
                .mtls
                .unwrap_or_else(|| base(name, shared.mtls_port)),
            tls: overrides.tls.unwrap_or_else(|| base(name, shared.tls_port)),
        }
    }

    fn known(&self, host: &str) -> Option<&String> {
        let bare = host
            .trim_start_matches('[')
            .trim_end_matches(']')
            .to_lowercase();
        self.shared.known_names.iter().find(|name| **name == bare)
    }
}

/// `https://name:port`, with brackets around an IPv6 address.
fn base(name: &str, port: u16) -> String {
    if name.contains(':') {
        format!("https://[{name}]:{port}")
    } else {
        format!("https://{name}:{port}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_host_is_advertised_and_an_unknown_one_is_not() {
        let urls = Urls::new(&["ASPSP".to_owned()], 1, 2, Overrides::default());
        for (host, expected) in [
            (Some("localhost"), "https://localhost:1"),
            (Some("[::1]"), "https://[::1]:1"),
            (Some("aspsp"), "https://aspsp:1"),
            (Some("evil.example"), "https://aspsp:1"),
            (None, "https://aspsp:1"),
        ] {
            assert_eq!(urls.for_host(host).mtls, expected);
        }
    }

    #[test]
    fn an_override_replaces_the_whole_base() {
        let overrides = Overrides {
            mtls: Some("https://bank.test/".to_owned()),
            tls: None,
        };
        let urls = Urls::new(&[], 1, 2, overrides);
        let base = urls.for_host(None);
        assert_eq!(base.mtls, "https://bank.test");
        assert_eq!(base.tls, "https://localhost:2");
    }

    #[test]
    fn a_worlds_urls_lie_below_its_prefix_and_follow_the_same_overrides() {
        let urls = Urls::new(&[], 1, 2, Overrides::default());
        let world = urls.of_world("a");
        assert_eq!(world.for_host(None).mtls, "https://localhost:1/w/a");
        let named = |name: &str| world.all().any(|base| base.tls == name);
        assert!(named("https://localhost:2/w/a") && named("https://localhost:2"));
        assert!(urls.all().all(|base| !base.tls.contains("/w/")));
        urls.set_overrides(Overrides {
            mtls: None,
            tls: Some("https://bank.test".to_owned()),
        });
        assert_eq!(world.for_host(None).tls, "https://bank.test/w/a");
    }
}
