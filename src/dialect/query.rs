//! The query of a directory's list of clients (Raidiam Connect, `GET /clients`).

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::dialect::registry::{Entry, EntryStatus};

/// Entries of one page, unless the caller says otherwise.
const PAGE_SIZE: usize = 20;
/// Most entries of one page.
const LARGEST_PAGE: usize = 1_000;

/// Which clients, and which page of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientQuery {
    /// Which page, from 0.
    pub page: usize,
    /// Entries of one page.
    pub size: usize,
    /// Not changed before this: milliseconds since the epoch.
    pub start: i64,
    /// Not changed after this; `None`: up to the present.
    pub end: Option<i64>,
    /// With this role.
    pub role: Option<String>,
    /// With this status.
    pub status: Option<EntryStatus>,
    /// With this in the name, whatever the case.
    pub name: Option<String>,
}

/// What is wrong with a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryProblem {
    /// The parameter as sent.
    pub found: String,
    /// What it may be.
    pub allowed: &'static str,
}

impl Default for ClientQuery {
    fn default() -> Self {
        Self {
            page: 0,
            size: PAGE_SIZE,
            start: 0,
            end: None,
            role: None,
            status: None,
            name: None,
        }
    }
}

impl ClientQuery {
    /// The parameters that [`ClientQuery::parse`] knows, each with the JSON Schema of its values.
    #[must_use]
    pub fn parameters() -> Vec<(&'static str, Value)> {
        let text = || json!({ "type": "string" });
        let instant = || json!({ "type": "string", "format": "date-time" });
        let number = |least: usize| json!({ "type": "integer", "minimum": least });
        let statuses = EntryStatus::ALL.map(EntryStatus::as_str);
        let mut size = number(1);
        size["maximum"] = LARGEST_PAGE.into();
        size["default"] = PAGE_SIZE.into();
        vec![
            ("page", number(0)),
            ("size", size),
            ("startDate", instant()),
            ("endDate", instant()),
            ("status", json!({ "type": "string", "enum": statuses })),
            ("role", text()),
            ("name", text()),
        ]
    }

    /// Reads a query; parameters that are not known are passed over.
    ///
    /// # Errors
    /// The first parameter that cannot be understood.
    pub fn parse(query: &str) -> Result<Self, QueryProblem> {
        let mut read = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let problem = |allowed| QueryProblem {
                found: format!("{name}={value}"),
                allowed,
            };
            match &*name {
                "page" => read.page = number(&value, 0).ok_or_else(|| problem("a whole number"))?,
                "size" => {
                    read.size = number(&value, 1)
                        .filter(|size| *size <= LARGEST_PAGE)
                        .ok_or_else(|| problem("a whole number from 1 to 1000"))?;
                }
                "startDate" => {
                    read.start = instant(&value).ok_or_else(|| problem(RFC_3339))?;
                }
                "endDate" => {
                    read.end = Some(instant(&value).ok_or_else(|| problem(RFC_3339))?);
                }
                "status" => {
                    let known = EntryStatus::ALL
                        .into_iter()
                        .find(|status| status.as_str() == value);
                    read.status =
                        Some(known.ok_or_else(|| problem("Active, Suspended or Inactive"))?);
                }
                "role" => read.role = Some(value.into_owned()),
                "name" => read.name = Some(value.to_lowercase()),
                _ => {}
            }
        }
        Ok(read)
    }

    /// Whether an entry is among those asked for at `now`, in milliseconds since the epoch.
    #[must_use]
    pub fn admits(&self, entry: &Entry, now: i64) -> bool {
        let has_role = |wanted: &String| entry.roles.iter().any(|role| role.as_str() == wanted);
        (self.start..=self.end.unwrap_or(now)).contains(&entry.updated_at)
            && self.role.as_ref().is_none_or(has_role)
            && self.status.is_none_or(|status| entry.status == status)
            && self
                .name
                .as_ref()
                .is_none_or(|part| entry.name.to_lowercase().contains(part))
    }
}

const RFC_3339: &str = "a date and time of RFC 3339, such as 2024-07-29T15:51:28.071Z";

fn number(text: &str, least: usize) -> Option<usize> {
    text.parse().ok().filter(|number| *number >= least)
}

fn instant(text: &str) -> Option<i64> {
    let read = OffsetDateTime::parse(text, &Rfc3339).ok()?;
    i64::try_from(read.unix_timestamp_nanos() / 1_000_000).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_understood_is_named() {
        for (query, found) in [
            ("page=-1", "page=-1"),
            ("size=0", "size=0"),
            ("size=1001", "size=1001"),
            ("startDate=yesterday", "startDate=yesterday"),
            ("status=active", "status=active"),
        ] {
            assert_eq!(ClientQuery::parse(query).unwrap_err().found, found);
        }
        let query = "page=2&size=5&status=Active&name=AcMe&x=y&startDate=1970-01-01T00:00:01Z";
        let read = ClientQuery::parse(query).unwrap();
        assert_eq!((read.page, read.size, read.start), (2, 5, 1_000));
        assert_eq!(read.name.as_deref(), Some("acme"));
    }
}
