//! The header fields of the FAPI profiles: all optional, some of a published form.

use std::net::IpAddr;

use crate::dialect::call::FapiFields;
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

/// One header field.
pub struct Field {
    /// Its name, in lower case.
    pub name: &'static str,
    /// Its published form, in words.
    pub allowed: &'static str,
    sent: fn(&FapiFields) -> Option<&str>,
    is_met: fn(&str) -> bool,
}

/// Every header field that is judged.
pub const FIELDS: [Field; 4] = [
    Field {
        name: "x-fapi-interaction-id",
        allowed: "1 to 100 of 0-9, A-Z, a-z and -, not - first",
        sent: |fields| fields.interaction_id.as_deref(),
        is_met: |id| InteractionId::parse(id).is_some(),
    },
    Field {
        name: "x-fapi-auth-date",
        allowed: "a date such as Sun, 10 Sep 2017 19:43:31 UTC",
        sent: |fields| fields.auth_date.as_deref(),
        is_met: is_auth_date,
    },
    Field {
        name: "x-fapi-customer-ip-address",
        allowed: "an IPv4 or IPv6 address",
        sent: |fields| fields.customer_ip_address.as_deref(),
        is_met: |address| address.parse::<IpAddr>().is_ok(),
    },
    Field {
        name: "x-customer-user-agent",
        allowed: "a text without control characters",
        sent: |fields| fields.customer_user_agent.as_deref(),
        is_met: |agent| !agent.chars().any(char::is_control),
    },
];

fn fapi_header_malformed(facts: &Facts<'_>) -> Outcome {
    let sent = &facts.call.fapi;
    if facts.policy.fapi_headers == Apply::Ignore {
        return Outcome::not_checked();
    }
    let broken = FIELDS.iter().find_map(|field| {
        let value = (field.sent)(sent).filter(|value| !(field.is_met)(value))?;
        Some((field, value))
    });
    match broken {
        Some((field, value)) => {
            Outcome::failed(format!("{}: {}", field.name, quoted(value)), field.allowed)
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
