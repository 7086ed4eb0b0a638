//! Faults and delays, compiled.

use std::time::Duration;

use crate::document::placed::Placed;
use crate::document::problem::{Problem, not_one_of};
use crate::document::tree::shown;
use crate::scenario::file::{DelayFile, DelayKeys, DripFile, FaultFile, FaultKeys, FaultWord};
use crate::scenario::load::{Judge, scalars};
use crate::scenario::model::{Alert, Delay, Fault};

/// The alerts of RFC 8446 §6.2.
const ALERTS: [(&str, u8); 25] = [
    ("unexpected_message", 10),
    ("bad_record_mac", 20),
    ("record_overflow", 22),
    ("handshake_failure", 40),
    ("bad_certificate", 42),
    ("unsupported_certificate", 43),
    ("certificate_revoked", 44),
    ("certificate_expired", 45),
    ("certificate_unknown", 46),
    ("illegal_parameter", 47),
    ("unknown_ca", 48),
    ("access_denied", 49),
    ("decode_error", 50),
    ("decrypt_error", 51),
    ("protocol_version", 70),
    ("insufficient_security", 71),
    ("internal_error", 80),
    ("inappropriate_fallback", 86),
    ("missing_extension", 109),
    ("unsupported_extension", 110),
    ("unrecognized_name", 112),
    ("bad_certificate_status_response", 113),
    ("unknown_psk_identity", 115),
    ("certificate_required", 116),
    ("no_application_protocol", 120),
];

impl Judge<'_> {
    pub(super) fn fault(&mut self, file: &Placed<FaultFile>) -> Option<Fault> {
        let keys = match &file.value {
            FaultFile::Word(word) => return Some(of_word(*word)),
            FaultFile::Keys(keys) => keys,
        };
        let FaultKeys {
            stall,
            truncate,
            drip,
            alert,
        } = &**keys;
        match (&stall.0, &truncate.0, &drip.0, &alert.0) {
            (Some(span), None, None, None) => {
                let span = self.keep(scalars::some_span(span))?;
                Some(Fault::Stall(Some(span)))
            }
            (None, Some(bytes), None, None) => {
                self.keep(scalars::bytes(bytes)).map(Fault::Truncate)
            }
            (None, None, Some(drip), None) => self.drip(drip),
            (None, None, None, Some(name)) => self.keep(alert_of(name)).map(Fault::Alert),
            _ => {
                self.miss(
                    file.at,
                    "found none or more than one fault; allowed: one of stall, truncate, drip, alert",
                );
                None
            }
        }
    }

    fn drip(&mut self, drip: &DripFile) -> Option<Fault> {
        let bytes = self.keep(scalars::bytes(&drip.bytes));
        let every = self.keep(scalars::some_span(&drip.every));
        Some(Fault::Drip(bytes?, every?))
    }

    pub(super) fn delay(&mut self, file: Placed<DelayFile>) -> Option<Delay> {
        let at = file.at;
        let keys = match file.value {
            DelayFile::Fixed(value) => {
                let span = scalars::span(&Placed { at, value });
                let span = self.keep(span);
                if span == Some(Duration::ZERO) {
                    self.warn(at, "a delay of nothing does nothing");
                }
                return span.map(Delay::Fixed);
            }
            DelayFile::Keys(keys) => *keys,
        };
        let DelayKeys {
            from,
            to,
            median,
            p99,
        } = keys;
        match (from.0, to.0, median.0, p99.0) {
            (Some(from), Some(to), None, None) => {
                let start = self.keep(scalars::span(&from));
                let end = self.keep(scalars::span(&to));
                let (start, end) = (start?, end?);
                if start > end {
                    let problem =
                        to.refused("a length of time that is not shorter than that of `from`");
                    self.problems.push(problem);
                }
                Some(Delay::Between(start, end))
            }
            (None, None, Some(median), Some(p99)) => {
                let middle = self.keep(scalars::some_span(&median));
                let late = self.keep(scalars::some_span(&p99));
                let (middle, late) = (middle?, late?);
                if late < middle {
                    let problem =
                        p99.refused("a length of time that is not shorter than that of `median`");
                    self.problems.push(problem);
                }
                Some(Delay::LogNormal {
                    median: middle,
                    p99: late,
                })
            }
            _ => {
                self.miss(
                    at,
                    "found other keys together; allowed: from and to, or median and p99",
                );
                None
            }
        }
    }
}

fn of_word(word: FaultWord) -> Fault {
    match word {
        FaultWord::Close => Fault::Close,
        FaultWord::Reset => Fault::Reset,
        FaultWord::Stall => Fault::Stall(None),
        FaultWord::Garbage => Fault::Garbage,
        FaultWord::MalformedJson => Fault::MalformedJson,
        FaultWord::WrongLength => Fault::WrongLength,
    }
}

/// The names of the alerts.
pub(in crate::scenario) fn alert_names() -> Vec<&'static str> {
    ALERTS.iter().map(|(name, _)| *name).collect()
}

fn alert_of(name: &Placed<String>) -> Result<Alert, Problem> {
    let word = name.value.as_str();
    if let Some((name, number)) = ALERTS.iter().find(|(known, _)| *known == word) {
        return Ok(Alert {
            name,
            number: *number,
        });
    }
    let names = alert_names();
    let found = format!("the alert `{}`", shown(word));
    Err(name.problem(not_one_of(&found, word, &names)))
}
