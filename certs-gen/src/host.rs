//! Host names as subject alternative names carry them (RFC 5280 §4.2.1.6).

use std::net::IpAddr;

use crate::error::Error;

/// A host of a subject alternative name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Host {
    /// A DNS name, ASCII.
    Dns(String),
    /// An IP address.
    Ip(IpAddr),
}

impl Host {
    /// Reads an IP address, or a DNS name of 1 to 253 letters, digits, `-`, `_`, `.`, maybe after `*.`.
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        if let Ok(address) = text.parse() {
            return Ok(Self::Ip(address));
        }
        let labels = text.strip_prefix("*.").unwrap_or(text);
        let is_label = |label: &str| {
            (1..=63).contains(&label.len())
                && label
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        };
        if text.len() <= 253 && labels.split('.').all(is_label) {
            Ok(Self::Dns(text.to_owned()))
        } else {
            Err(Error::HostNameInvalid(text.to_owned()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_names_or_addresses() {
        for good in ["localhost", "a_b.example", "*.example", "bank-1.test"] {
            assert_eq!(Host::parse(good).unwrap(), Host::Dns(good.to_owned()));
        }
        for good in ["127.0.0.1", "::1", "2001:db8::1"] {
            assert!(matches!(Host::parse(good).unwrap(), Host::Ip(_)), "{good}");
        }
        let long = format!("{}.x", "a".repeat(64));
        for bad in [
            "",
            "a..b",
            "a b",
            "münchen.de",
            "[::1]",
            "a:443",
            ".a",
            "*.",
            &long,
        ] {
            assert!(
                matches!(Host::parse(bad), Err(Error::HostNameInvalid(_))),
                "{bad}"
            );
        }
    }
}
