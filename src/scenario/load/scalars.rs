//! Scalars: names, lengths of time, statuses, counts.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use crate::document::placed::{Placed, Written};
use crate::document::problem::Problem;
use crate::domain::timespan::TimeSpan;

/// What a name is.
pub(super) const NAME: &str = "1 to 100 letters, digits, `.`, `_` and `-`";

/// Whether this can be the name of a scenario, a rule or a state.
pub(super) fn is_name(text: &str) -> bool {
    let is_of_names = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    (1..=100).contains(&text.len()) && text.bytes().all(is_of_names)
}

pub(super) fn name(text: &Placed<String>) -> Result<String, Problem> {
    if is_name(&text.value) {
        Ok(text.value.clone())
    } else {
        Err(text.refused(NAME))
    }
}

/// What the name of a scenario is, in the place of this one.
pub(super) fn scenario_names(text: &str) -> String {
    if ends_like_a_file(text) {
        format!("{NAME}, without the ending of a file, which `--scenario` would look for")
    } else {
        NAME.to_owned()
    }
}

/// Whether this can be the name of a scenario.
pub(super) fn is_scenario_name(text: &str) -> bool {
    is_name(text) && !ends_like_a_file(text)
}

pub(super) fn scenario_name(text: &Placed<String>) -> Result<String, Problem> {
    if is_scenario_name(&text.value) {
        Ok(text.value.clone())
    } else {
        Err(text.refused(scenario_names(&text.value)))
    }
}

fn ends_like_a_file(name: &str) -> bool {
    let ending = Path::new(name).extension();
    ending.is_some_and(|ending| {
        ["yaml", "yml", "json"]
            .iter()
            .any(|known| ending.eq_ignore_ascii_case(known))
    })
}

/// Longest length of time in a scenario.
const LONGEST: TimeSpan = TimeSpan::seconds(3650 * 24 * 60 * 60);

/// A length of time.
pub(super) fn span(text: &Placed<Written>) -> Result<Duration, Problem> {
    part(text, &text.value.0)
}

/// A length of time of more than nothing.
pub(super) fn some_span(text: &Placed<Written>) -> Result<Duration, Problem> {
    match span(text)? {
        Duration::ZERO => Err(text.refused("a length of time of more than nothing")),
        span => Ok(span),
    }
}

/// A length of time that is a part of this text.
pub(super) fn part(text: &Placed<Written>, part: &str) -> Result<Duration, Problem> {
    match part.trim().parse::<TimeSpan>() {
        Ok(span) if span <= LONGEST => Ok(span.0),
        Ok(_) => Err(text.refused("a length of time of at most 3650 days")),
        Err(_) => {
            let hint = match part.trim().parse::<u64>() {
                // Longer delays are rather milliseconds.
                Ok(number) if number >= 100 => format!("; with its unit: {number}ms, {number}s"),
                Ok(number) => format!("; with its unit: {number}s"),
                Err(_) => String::new(),
            };
            Err(text.refused(format!(
                "a length of time such as 250ms, 30s, 2m, 1h30m{hint}"
            )))
        }
    }
}

/// A status that ends an exchange (RFC 9110 §15).
pub(super) fn status(number: &Placed<u64>) -> Result<u16, Problem> {
    let value = number.value;
    let hint = match value {
        100..=199 => "; 1xx is no final answer",
        _ => "",
    };
    u16::try_from(value)
        .ok()
        .filter(|status| (200..=599).contains(status))
        .ok_or_else(|| {
            number.problem(format!(
                "found the status `{value}`; allowed: 200 to 599{hint}"
            ))
        })
}

/// A whole number from 1 to the greatest of its type, which is named.
fn counted<T: TryFrom<u64>>(number: &Placed<u64>, most: impl fmt::Display) -> Result<T, Problem> {
    let value = number.value;
    let fits = T::try_from(value).ok().filter(|_| value > 0);
    fits.ok_or_else(|| {
        number.problem(format!(
            "found the number `{value}`; allowed: a whole number from 1 to {most}"
        ))
    })
}

/// A number of calls.
pub(super) fn count(number: &Placed<u64>) -> Result<u32, Problem> {
    counted(number, u32::MAX)
}

/// A number of bytes.
pub(super) fn bytes(number: &Placed<u64>) -> Result<usize, Problem> {
    counted(number, usize::MAX)
}
