//! Answers, read whole, and the shapes that docs/statuses.md names.

use reqwest::Response;
use reqwest::header::HeaderMap;
use serde_json::Value;

use super::ground::{BRAZIL, SENT_ID};
use crate::helpers::INTERACTION_ID;

/// An answer, or what became of the connection.
pub type Outcome = Result<Answer, reqwest::Error>;

/// An answer, read whole.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    pub async fn read(response: Response) -> Outcome {
        Ok(Self {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: response.text().await?,
        })
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let value = self.headers.get(name)?;
        Some(value.to_str().unwrap())
    }

    /// The rules that had a part in it, where the emulator annotates.
    pub fn rules(&self) -> Vec<&str> {
        let values = self.headers.get_all("x-emulator-rule").iter();
        values.map(|value| value.to_str().unwrap()).collect()
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body)
            .unwrap_or_else(|error| panic!("{error} in {:?}", self.body))
    }

    /// A member of the body that is a string.
    pub fn text(&self, member: &str) -> String {
        let body = self.json();
        let value = body[member].as_str();
        value
            .unwrap_or_else(|| panic!("no {member} in {body}"))
            .to_owned()
    }

    /// Of this status, with the interaction id of the request.
    #[track_caller]
    pub fn assert_status(&self, status: u16, case: &str) {
        assert_eq!(self.status, status, "{case}: {self:?}");
        let ids: Vec<_> = self.headers.get_all(INTERACTION_ID).iter().collect();
        assert_eq!(ids, [SENT_ID], "{case}");
    }

    /// Without a body, and so without a type of it.
    #[track_caller]
    pub fn assert_empty(&self, status: u16, case: &str) {
        self.assert_status(status, case);
        assert_eq!(self.body, "", "{case}");
        assert_eq!(self.header("content-type"), None, "{case}");
    }

    /// JSON of `error` and `error_description`, and of nothing else, that nobody keeps.
    #[track_caller]
    pub fn assert_error(&self, status: u16, error: &str, case: &str) {
        self.assert_status(status, case);
        assert_eq!(self.header("content-type"), Some("application/json"));
        assert_eq!(self.header("cache-control"), Some("no-store"), "{case}");
        assert_eq!(self.header("pragma"), Some("no-cache"), "{case}");
        let body = self.json();
        let members: Vec<_> = body.as_object().unwrap().keys().collect();
        assert_eq!(members, ["error", "error_description"], "{case}: {body}");
        assert_eq!(body["error"], error, "{case}: {body}");
        let description = self.text("error_description");
        assert!((1..=500).contains(&description.len()), "{case}: {body}");
    }

    /// The same, and it says that a scenario is behind it.
    #[track_caller]
    pub fn assert_scripted_error(&self, status: u16, error: &str, case: &str) {
        self.assert_error(status, error, case);
        let description = self.text("error_description");
        let is_told = description.contains("scripted by a scenario");
        assert!(is_told, "{case}: {description}");
    }

    /// 401 for a token that does not count, as this bank says it.
    #[track_caller]
    pub fn assert_token_refused(&self, bank: &str) {
        let challenge = self.header("www-authenticate").expect("a challenge");
        let mut parts = challenge.split(", ");
        let realm = parts.next().unwrap();
        // In Brazil its issuer identifier, elsewhere what the bank likes.
        let start = if bank == BRAZIL { "https://" } else { "" };
        let start = format!("Bearer realm=\"{start}");
        assert!(realm.starts_with(&start), "{challenge}");
        assert!(realm.ends_with(&format!("{bank}\"")), "{challenge}");
        assert_eq!(parts.next(), Some("error=\"invalid_token\""), "{challenge}");
        if bank == BRAZIL {
            self.assert_error(401, "invalid_token", bank);
            let description = self.text("error_description");
            let description = format!("error_description=\"{description}\"");
            assert_eq!(parts.next(), Some(description.as_str()), "{challenge}");
        } else {
            self.assert_empty(401, bank);
        }
    }
}
