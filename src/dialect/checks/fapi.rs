//! The header fields of the FAPI profiles: all optional, some of a published form.

use std::net::IpAddr;

use crate::dialect::checks::{Check, Outcome};
use crate::dialect::claims::quoted;
use crate::dialect::facts::Facts;
use crate::dialect::fault::Fault;
use crate::dialect::policy::Apply;
use crate::domain::ids::InteractionId;

/// Each `x-fapi-…` header field that is sent is of its published form.
pub static FAPI_HEADER_MALFORMED: Check = Check {
    name: "fapi_header_malformed",
    source: "Raidiam Connect, GET /clients/{ClientId}, header parameters; FAPI 1.0 Baseline §6.2.2",
    fault: Fault::FapiHeaderMalformed,
    run: fapi_header_malformed,
};

/// Its name, what was sent, whether that is of its form, and what that form is.
type Field<'a> = (
    &'static str,
    &'a Option<String>,
    fn(&str) -> bool,
    &'static str,
);

fn fapi_header_malformed(facts: &Facts<'_>) -> Outcome {
    let sent = &facts.call.fapi;
    if facts.policy.fapi_headers == Apply::Ignore {
        return Outcome::not_checked();
    }
    let fields: [Field<'_>; 4] = [
        (
            "x-fapi-interaction-id",
            &sent.interaction_id,
            |id| InteractionId::parse(id).is_some(),
            "1 to 100 of 0-9, A-Z, a-z and -, not - first",
        ),
        (
            "x-fapi-auth-date",
            &sent.auth_date,
            is_auth_date,
            "a date such as Sun, 10 Sep 2017 19:43:31 UTC",
        ),
        (
            "x-fapi-customer-ip-address",
            &sent.customer_ip_address,
            |address| address.parse::<IpAddr>().is_ok(),
            "an IPv4 or IPv6 address",
        ),
        (
            "x-customer-user-agent",
            &sent.customer_user_agent,
            |agent| !agent.chars().any(char::is_control),
            "a text without control characters",
        ),
    ];
    let broken = fields
        .into_iter()
        .find_map(|(name, value, is_met, allowed)| {
            let value = value.as_deref().filter(|value| !is_met(value))?;
            Some((name, value, allowed))
        });
    match broken {
        Some((name, value, allowed)) => {
            Outcome::failed(format!("{name}: {}", quoted(value)), allowed)
        }
        None => Outcome::met(),
    }
}

/// The published pattern of `x-fapi-auth-date`: day, date, time, zone GMT or UTC.
fn is_auth_date(date: &str) -> bool {
    const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let is_digits = |text: &str, length: usize| {
        text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    let is_time = |text: &str| {
        let parts: Vec<&str> = text.split(':').collect();
        parts.len() == 3 && parts.iter().all(|part| is_digits(part, 2))
    };
    let Some((day, rest)) = date.split_once(", ") else {
        return false;
    };
    let parts: Vec<&str> = rest.split(' ').collect();
    let [number, month, year, time, zone] = parts[..] else {
        return false;
    };
    DAYS.contains(&day)
        && is_digits(number, 2)
        && MONTHS.contains(&month)
        && is_digits(year, 4)
        && is_time(time)
        && ["GMT", "UTC"].contains(&zone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_auth_date_is_of_the_published_pattern() {
        for (date, expected) in [
            ("Sun, 10 Sep 2017 19:43:31 UTC", true),
            ("Mon, 01 Jan 2024 00:00:00 GMT", true),
            ("Sun, 99 Sep 2017 99:99:99 UTC", true),
            ("Sun, 1 Sep 2017 19:43:31 UTC", false),
            ("Sun, 10 Sep 2017 19:43:31 CET", false),
            ("Sun 10 Sep 2017 19:43:31 UTC", false),
            ("Sunday, 10 Sep 2017 19:43:31 UTC", false),
            ("Sun, 10 Sep 2017 19:43 UTC", false),
            ("2017-09-10T19:43:31Z", false),
            ("", false),
        ] {
            assert_eq!(is_auth_date(date), expected, "{date}");
        }
    }
}
