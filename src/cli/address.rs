//! Addresses as people type them.

use std::net::{Ipv4Addr, SocketAddr};

/// `127.0.0.1:8443`, `[::1]:8443`, or `localhost:8443` for the first of them.
pub fn address(text: &str) -> Result<SocketAddr, String> {
    let here = text.strip_prefix("localhost:").map(str::parse);
    match here {
        Some(Ok(port)) => Ok(SocketAddr::from((Ipv4Addr::LOCALHOST, port))),
        _ => text
            .parse()
            .map_err(|_| "write an IP address and a port, such as 127.0.0.1:8443".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_an_ip_or_localhost_with_a_port() {
        assert_eq!(address("localhost:1"), address("127.0.0.1:1"));
        assert!(address("[::1]:0").is_ok());
        for text in ["localhost", "8443", "bank.example:1", "localhost:x", ""] {
            assert!(address(text).is_err(), "{text}");
        }
    }
}
