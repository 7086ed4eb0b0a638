//! Scalars: addresses, sizes, lengths of time, permission bits.

use std::net::SocketAddr;
use std::time::Duration;

use bytesize::ByteSize;

use crate::config::LimitsConfig;
use crate::config::file::LimitsFile;
use crate::config::load::Judge;
use crate::document::placed::{Placed, Written};
use crate::document::problem::Problem;
use crate::domain::timespan::TimeSpan;

/// An address such as `127.0.0.1:8443`.
pub(super) fn address(text: &Placed<Written>) -> Result<SocketAddr, Problem> {
    let allowed = "an IP address and a port, such as 127.0.0.1:8443 or \"[::1]:0\"";
    text.value.0.parse().map_err(|_| text.refused(allowed))
}

/// Permission bits such as `0600`; at least the owner must be able to read.
pub(super) fn mode(text: &Placed<Written>) -> Result<u32, Problem> {
    let digits = text.value.0.trim_start_matches("0o");
    match u32::from_str_radix(digits, 8) {
        Ok(mode) if mode <= 0o777 && mode & 0o400 != 0 => Ok(mode),
        _ => Err(text.refused("octal permission bits such as 0600, 0644")),
    }
}

/// A length of time from `least` to `most`.
pub(super) fn span(
    text: &Placed<Written>,
    least: TimeSpan,
    most: TimeSpan,
) -> Result<TimeSpan, Problem> {
    match text.value.0.parse::<TimeSpan>() {
        Ok(span) if (least..=most).contains(&span) => Ok(span),
        Ok(_) => Err(text.refused(format!("a length of time from {least} to {most}"))),
        Err(_) => Err(text.refused("a length of time such as 10s, 5m, 1h30m")),
    }
}

/// Shortest and longest patience with a peer.
const PATIENCE: (TimeSpan, TimeSpan) = (
    TimeSpan(Duration::from_millis(1)),
    TimeSpan::seconds(24 * 60 * 60),
);

fn timeout(text: &Placed<Written>) -> Result<Duration, Problem> {
    span(text, PATIENCE.0, PATIENCE.1).map(|span| span.0)
}

/// Largest request body.
const LARGEST_BODY: u64 = 1024 * 1024 * 1024;

fn size(text: &Placed<Written>) -> Result<usize, Problem> {
    match text.value.0.parse::<ByteSize>() {
        Ok(size) if (1..=LARGEST_BODY).contains(&size.as_u64()) => {
            usize::try_from(size.as_u64()).map_err(|_| text.refused("a size that fits in memory"))
        }
        Ok(_) => Err(text.refused("a size from 1B to 1GiB")),
        Err(_) => Err(text.refused("a size such as 65536, 64KiB, 1MiB")),
    }
}

fn count(number: &Placed<u64>, least: u64, most: u64) -> Result<usize, Problem> {
    let value = number.value;
    usize::try_from(value)
        .ok()
        .filter(|_| (least..=most).contains(&value))
        .ok_or_else(|| {
            number.problem(format!(
                "found the number `{value}`; allowed: a whole number from {least} to {most}"
            ))
        })
}

impl Judge {
    pub(super) fn limits(&mut self, limits: &mut LimitsConfig, file: LimitsFile) {
        self.set(&mut limits.body, file.body, |text| size(&text));
        for (target, text) in [
            (&mut limits.header_timeout, file.header_timeout),
            (&mut limits.handshake_timeout, file.handshake_timeout),
            (&mut limits.idle_timeout, file.idle_timeout),
        ] {
            self.set(target, text, |text| timeout(&text));
        }
        for (target, number, least, most) in [
            (&mut limits.connections, file.connections, 1, 1_000_000),
            (&mut limits.journal, file.journal, 0, 10_000_000),
            (&mut limits.clients, file.clients, 1, 1_000_000_000),
            (&mut limits.worlds, file.worlds, 1, 1_000_000),
        ] {
            self.set(target, number, |number| count(&number, least, most));
        }
    }
}
