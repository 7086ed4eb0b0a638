//! Serial numbers (RFC 5280 §4.1.2.2).

use std::{fmt, str::FromStr};

use crate::error::Error;

/// The longest serial number that a conforming CA may issue, in octets.
const MAX_OCTETS: usize = 20;

/// A certificate's serial number: positive, big-endian, at most 20 octets, no leading zero octet.
///
/// Written and read as hex: `4f1c…`, lower-case out, either case and leading zeros in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Serial(Vec<u8>);

impl Serial {
    /// A random serial number of 20 octets, its first two bits fixed to `01`: positive and never short.
    pub(crate) fn random() -> Result<Self, Error> {
        let mut octets = [0; MAX_OCTETS];
        aws_lc_rs::rand::fill(&mut octets).map_err(Error::signing("a random serial number"))?;
        octets[0] = (octets[0] & 0x3f) | 0x40;
        Ok(Self(octets.to_vec()))
    }

    /// Reads the contents of a DER INTEGER or any other big-endian octets; `None` if zero or too long.
    #[must_use]
    pub fn from_bytes(octets: &[u8]) -> Option<Self> {
        let first = octets.iter().position(|octet| *octet != 0)?;
        let octets = &octets[first..];
        (octets.len() <= MAX_OCTETS).then(|| Self(octets.to_vec()))
    }

    /// The number, big-endian, without a leading zero octet.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}

impl FromStr for Serial {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let invalid = || Error::SerialInvalid(text.to_owned());
        if !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(invalid());
        }
        let digits = text.trim_start_matches('0');
        let even = format!("{}{digits}", if digits.len() % 2 == 1 { "0" } else { "" });
        let octets = (0..even.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&even[at..at + 2], 16))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|_| invalid())?;
        Self::from_bytes(&octets).ok_or_else(invalid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_serials_are_positive_20_octets_and_differ() {
        let one = Serial::random().unwrap();
        let other = Serial::random().unwrap();
        assert_ne!(one, other);
        assert_eq!(one.as_bytes().len(), 20);
        assert_eq!(one.as_bytes()[0] & 0xc0, 0x40);
    }

    #[test]
    fn text_and_number_go_back_and_forth() {
        for (text, shown) in [
            ("0a", "0a"),
            ("A", "0a"),
            ("000FF00", "ff00"),
            ("1234abcd", "1234abcd"),
        ] {
            assert_eq!(text.parse::<Serial>().unwrap().to_string(), shown, "{text}");
        }
    }

    #[test]
    fn what_is_no_serial_number_is_refused() {
        let long = "1".repeat(42);
        for text in ["", "0", "0000", "xy", "+1", "é", "0é", long.as_str()] {
            assert!(
                matches!(text.parse::<Serial>(), Err(Error::SerialInvalid(_))),
                "{text}"
            );
        }
    }
}
