//! The registration request that a kit holds for a bank.

use crate::bank::Bank;
use crate::dialect::RequestForm;
use crate::domain::ecosystem::Ecosystem;

/// A file with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RequestFile {
    /// Whose request it is.
    pub(super) ecosystem: Ecosystem,
    /// Its name in the kit's folder.
    pub(super) name: String,
    /// Whether it is a JWT that the TPP signs; else it is a JSON object.
    pub(super) is_signed: bool,
}

/// What a shell needs to send a request of the kit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadyRequest {
    /// The path of `curl.conf`.
    pub curl_conf: String,
    /// The path of the request.
    pub file: String,
    /// Its media type.
    pub media_type: &'static str,
    /// Where it goes.
    pub url: String,
}

/// The file for a bank; `None` for a bank that registers nobody.
pub(super) fn request_file(bank: &Bank) -> Option<RequestFile> {
    let dialect = bank.dialect();
    let (is_signed, extension) = match dialect.request {
        RequestForm::SignedJwt => (true, "jwt"),
        RequestForm::Json => (false, "json"),
        RequestForm::None => return None,
    };
    Some(RequestFile {
        ecosystem: dialect.ecosystem,
        name: format!("registration-{}.{extension}", bank.id),
        is_signed,
    })
}
