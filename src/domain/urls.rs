//! The URLs a world advertises.

/// The two base URLs under one host name, without a trailing slash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrls {
    /// Base of the mutual TLS listener, such as `https://localhost:8443`.
    pub mtls: String,
    /// Base of the listener that asks for no client certificate.
    pub tls: String,
}

/// The host names that this process answers to and the ports it listens on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Urls {
    /// The host used when a request names none that is known.
    default_host: String,
    known_names: Vec<String>,
    mtls_port: u16,
    tls_port: u16,
    mtls_override: Option<String>,
    tls_override: Option<String>,
}

/// Names that every server certificate carries.
pub const LOOPBACK_NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

impl Urls {
    /// `hostnames` are those of the configuration; the loopback names are always known. The
    /// overrides replace a whole base URL, for mapped ports.
    #[must_use]
    pub fn new(
        hostnames: &[String],
        mtls_port: u16,
        tls_port: u16,
        mtls_override: Option<&str>,
        tls_override: Option<&str>,
    ) -> Self {
        let without_slash = |url: &str| url.trim_end_matches('/').to_owned();
        let mut known_names: Vec<String> =
            hostnames.iter().map(|name| name.to_lowercase()).collect();
        for name in LOOPBACK_NAMES {
            if !known_names.iter().any(|known| known == name) {
                known_names.push(name.to_owned());
            }
        }
        Self {
            default_host: hostnames
                .first()
                .map_or_else(|| "localhost".to_owned(), |name| name.to_lowercase()),
            known_names,
            mtls_port,
            tls_port,
            mtls_override: mtls_override.map(without_slash),
            tls_override: tls_override.map(without_slash),
        }
    }

    /// The names the server certificate holds.
    #[must_use]
    pub fn known_names(&self) -> &[String] {
        &self.known_names
    }

    /// Whether `host` (without port, brackets around IPv6 allowed) is a known name.
    #[must_use]
    pub fn knows(&self, host: &str) -> bool {
        self.known(host).is_some()
    }

    /// The URLs to advertise to a caller that asked `host` (without port).
    #[must_use]
    pub fn for_host(&self, host: Option<&str>) -> BaseUrls {
        let name = host
            .and_then(|host| self.known(host))
            .unwrap_or(&self.default_host);
        let overridden =
            |url: &Option<String>, port| url.clone().unwrap_or_else(|| base(name, port));
        BaseUrls {
            mtls: overridden(&self.mtls_override, self.mtls_port),
            tls: overridden(&self.tls_override, self.tls_port),
        }
    }

    /// The URLs under every known name, and the overrides: all that an `aud` claim may hold.
    pub fn all(&self) -> impl Iterator<Item = BaseUrls> {
        let listening = |name: &String| BaseUrls {
            mtls: base(name, self.mtls_port),
            tls: base(name, self.tls_port),
        };
        std::iter::once(self.for_host(None)).chain(self.known_names.iter().map(listening))
    }

    fn known(&self, host: &str) -> Option<&String> {
        let bare = host
            .trim_start_matches('[')
            .trim_end_matches(']')
            .to_lowercase();
        self.known_names.iter().find(|name| **name == bare)
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
        let urls = Urls::new(&["ASPSP".to_owned()], 1, 2, None, None);
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
        let urls = Urls::new(&[], 1, 2, Some("https://bank.test/"), None);
        let base = urls.for_host(None);
        assert_eq!(base.mtls, "https://bank.test");
        assert_eq!(base.tls, "https://localhost:2");
    }
}
