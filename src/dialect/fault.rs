//! What can be wrong with a call, and the shape of the answer to it.

use serde_json::Value;

use crate::domain::error::{RegistrationError, TokenError};

/// What was wrong, in terms every dialect has an answer for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// No client certificate, or one that is expired, revoked or of no trusted issuer.
    CertificateRefused,
    /// Nothing lives at this path.
    RouteUnknown,
    /// The path is known, the method is not offered there.
    MethodNotOffered,
    /// `Accept` excludes what would be answered.
    NotAcceptable,
    /// The body is of a media type that is not taken.
    UnsupportedMediaType,
    /// The body is larger than allowed.
    BodyTooLarge,
    /// The body did not arrive in time.
    BodyTimeout,
    /// The request target is longer than allowed.
    TargetTooLong,
    /// The header fields are larger than allowed.
    HeadersTooLarge,
    /// The body broke off.
    BodyUnreadable,
    /// A malformed `x-fapi-…` header field.
    FapiHeaderMalformed,
    /// The query of the URL is malformed.
    QueryMalformed,
    /// The id in the path cannot be one.
    IdMalformed,
    /// No Authorization header (RFC 6750 §3: no error code then).
    TokenMissing,
    /// An Authorization header that holds no bearer token.
    TokenMalformed,
    /// An access token that is unknown, expired, revoked, of the wrong kind or bound to another
    /// certificate.
    TokenInvalid,
    /// A valid token without the scope that is needed.
    ScopeInsufficient,
    /// A valid token of another client than the one in the path, which exists.
    WrongClient,
    /// The client in the path does not exist.
    ClientUnknown,
    /// The client may not be managed.
    NotManageable,
    /// What is asked belongs to somebody else.
    NotTheCallers,
    /// The registration request is refused.
    Registration(RegistrationError),
    /// The token request is refused.
    Token(TokenError),
    /// The token request is refused, and the client tried HTTP Basic: RFC 6749 §5.2 wants a
    /// challenge.
    TokenChallenge,
    /// The bank holds as many clients as it may.
    Full,
    /// The emulator itself failed.
    Internal,
}

impl Fault {
    /// What a check with this fault may be answered with besides, where its outcome says so.
    #[must_use]
    pub fn others(self) -> &'static [Fault] {
        match self {
            Fault::Registration(RegistrationError::InvalidClientMetadata) => {
                &[Fault::Registration(RegistrationError::InvalidRedirectUri)]
            }
            Fault::Token(TokenError::InvalidClient) => &[Fault::TokenChallenge],
            _ => &[],
        }
    }
}

/// An answer that refuses, without HTTP types.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The status code.
    pub status: u16,
    /// Header fields beyond those of the body, with lower-case names.
    pub headers: Vec<(&'static str, String)>,
    /// The JSON body; `None` for an empty one.
    pub body: Option<Value>,
}

impl Refusal {
    /// An empty body.
    #[must_use]
    pub fn empty(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: None,
        }
    }

    /// `{"error": …, "error_description": …}` (RFC 7591 §3.2.2, RFC 6749 §5.2).
    #[must_use]
    pub fn error(status: u16, error: &str, description: &str) -> Self {
        let body = serde_json::json!({
            "error": error,
            "error_description": describable(description),
        });
        Self {
            status,
            headers: Vec::new(),
            body: Some(body),
        }
    }

    /// The same with one more header field.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }
}

/// Longest `error_description` of the UK schema.
pub const DESCRIPTION_LIMIT: usize = 500;

/// The text within what RFC 6749 §5.2 allows in an `error_description` (printable ASCII without
/// `"` and `\`), and within the UK schema's 500 characters.
#[must_use]
pub fn describable(text: &str) -> String {
    let mut description: String = text
        .chars()
        .map(|character| match character {
            '"' => '\'',
            '\\' => '?',
            ' '..='~' => character,
            _ => '?',
        })
        .take(DESCRIPTION_LIMIT + 1)
        .collect();
    if description.len() > DESCRIPTION_LIMIT {
        description.truncate(DESCRIPTION_LIMIT - 3);
        description.push_str("...");
    }
    description
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_keeps_to_the_characters_and_length_of_the_schema() {
        assert_eq!(describable("a \"b\"\\\n\u{e9}"), "a 'b'???");
        assert_eq!(describable(&"x".repeat(500)).len(), 500);
        assert_eq!(describable(&"x".repeat(501)).len(), 500);
        assert!(describable(&"x".repeat(501)).ends_with("x..."));
    }
}
