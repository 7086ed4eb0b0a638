//! What a bank's own system says with a status that somebody else chose.
//!
//! Each status stands for a fault that the system answers with it, so a new dialect needs nothing
//! of its own: its refusals say it. `docs/statuses.md` shows what comes of that, with its sources.

use crate::dialect::fault::{Fault, Refusal};
use crate::dialect::policy::{Policy, UnknownClient};
use crate::dialect::refusals::Asked;
use crate::dialect::{Dialect, Operation};
use crate::domain::error::{RegistrationError, TokenError};

/// What `error_description` says of an answer that a scenario asked for.
pub const DESCRIPTION: &str = "scripted by a scenario";

/// Seconds that `Retry-After` names unless it is said otherwise: a test need not wait for long.
pub const RETRY_AFTER: u64 = 1;

/// A status that somebody chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scripted {
    /// What was asked; `None` for a path of the bank that is no operation.
    pub operation: Option<Operation>,
    /// The status, 200 to 599.
    pub status: u16,
    /// Seconds for `Retry-After`; `None` for [`RETRY_AFTER`] with 429 and 503, and for none with
    /// any other status.
    pub retry_after: Option<u64>,
}

impl Dialect {
    /// The answer with this status as the system gives it; an empty body with those that nothing is
    /// known of.
    #[must_use]
    pub fn scripted(&self, scripted: Scripted, asked: &Asked<'_>) -> Refusal {
        let status = scripted.status;
        let said = scripted.fault().map(|fault| {
            // 404 is asked for, whatever the bank says of clients that are not there.
            let policy = Policy {
                unknown_client: UnknownClient::NotFound,
                ..asked.policy.clone()
            };
            let asked = Asked {
                policy: &policy,
                is_scripted: true,
                ..*asked
            };
            (self.refusal)(fault, &asked)
        });
        let refusal = said
            .filter(|refusal| refusal.status == status)
            .unwrap_or_else(|| Refusal::empty(status));
        let refusal = self.with_allow(refusal, scripted.operation);
        match scripted.seconds() {
            Some(seconds) => refusal.with_header("retry-after", seconds.to_string()),
            None => refusal,
        }
    }

    /// With 405, `Allow` too, as if the method of the operation were not offered.
    #[must_use]
    pub fn with_allow(&self, refusal: Refusal, operation: Option<Operation>) -> Refusal {
        match refusal.status {
            405 => refusal.with_header("allow", self.others_at(operation)),
            _ => refusal,
        }
    }

    /// The methods at the path of an operation besides its own (RFC 9110 §10.2.1); may be empty.
    fn others_at(&self, operation: Option<Operation>) -> String {
        let own = operation.and_then(|operation| self.route(operation));
        let others = self
            .routes
            .iter()
            .filter(|route| own.is_some_and(|own| own.path == route.path && own != *route));
        let methods: Vec<&str> = others.map(|route| route.method.as_str()).collect();
        methods.join(", ")
    }
}

impl Scripted {
    /// The fault that this operation answers with the status, where there is such a one.
    fn fault(self) -> Option<Fault> {
        match self.status {
            400 => Some(self.bad_request()),
            401 if self.operation == Some(Operation::Token) => {
                Some(Fault::Token(TokenError::InvalidClient))
            }
            401 => Some(Fault::TokenInvalid),
            403 => Some(Fault::NotManageable),
            404 if self.is_about_an_item() => Some(Fault::ClientUnknown),
            404 => Some(Fault::RouteUnknown),
            406 => Some(Fault::NotAcceptable),
            // Raidiam's page on reading a client has these two without a body; 502 and 504 are of
            // what stands before the bank.
            500 | 503 if self.operation == Some(Operation::Read) => None,
            500 => Some(Fault::Internal),
            503 => Some(Fault::Full),
            _ => None,
        }
    }

    fn bad_request(self) -> Fault {
        match self.operation {
            Some(Operation::Register | Operation::Update) => {
                Fault::Registration(RegistrationError::InvalidClientMetadata)
            }
            Some(Operation::Token) => Fault::Token(TokenError::InvalidRequest),
            Some(
                Operation::Read
                | Operation::Delete
                | Operation::Clients
                | Operation::Client
                | Operation::Assertion,
            ) => Fault::FapiHeaderMalformed,
            Some(Operation::Discovery | Operation::Jwks) | None => Fault::BodyUnreadable,
        }
    }

    /// Whether the path names something that may not be there.
    fn is_about_an_item(self) -> bool {
        matches!(
            self.operation,
            Some(
                Operation::Read
                    | Operation::Update
                    | Operation::Delete
                    | Operation::Client
                    | Operation::Assertion
            )
        )
    }

    fn seconds(self) -> Option<u64> {
        let usual = matches!(self.status, 429 | 503).then_some(RETRY_AFTER);
        self.retry_after.or(usual)
    }
}
