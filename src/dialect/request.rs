//! A registration request as it arrives: a signed JWT or a JSON object.

use serde_json::Value;

use crate::dialect::RequestForm;
use crate::dialect::policy::Strictness;
use crate::domain::json::{self, JsonError, Object};
use crate::domain::jws::{Jws, JwsError};

/// A registration request that could be read.
#[derive(Debug, Clone)]
pub enum Request {
    /// A compact JWS.
    Signed(Jws),
    /// A JSON object.
    Plain(Object),
}

/// Why a registration request could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// No compact JWS.
    #[error(transparent)]
    Jws(#[from] JwsError),
    /// No JSON object.
    #[error(transparent)]
    Json(#[from] JsonError),
}

impl Request {
    /// What it claims, signed or not.
    #[must_use]
    pub fn claims(&self) -> &Object {
        match self {
            Request::Signed(jws) => &jws.claims,
            Request::Plain(object) => object,
        }
    }

    /// Reads a body; `None` where no request is taken.
    #[must_use]
    pub fn parse(
        form: RequestForm,
        body: &[u8],
        strictness: Strictness,
    ) -> Option<Result<Self, RequestError>> {
        match form {
            RequestForm::SignedJwt => Some(parse_jws(body, strictness).map(Self::Signed)),
            RequestForm::Json => {
                let object = json::parse_object(body).map(without_empty_texts);
                Some(object.map(Self::Plain).map_err(RequestError::from))
            }
            RequestForm::None => None,
        }
    }
}

/// An empty text leaves a member out as null does (node oidc-provider, registration).
fn without_empty_texts(mut body: Object) -> Object {
    for value in body.values_mut() {
        if value == "" {
            *value = Value::Null;
        }
    }
    body
}

/// A compact JWS, one trailing line break forgiven; by lenient banks also inside a JSON string.
fn parse_jws(body: &[u8], strictness: Strictness) -> Result<Jws, RequestError> {
    let text = std::str::from_utf8(body).map_err(|_| JwsError::NotBase64Url("body"))?;
    let line = text.strip_suffix('\n').unwrap_or(text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    let quoted = (strictness == Strictness::Lenient && line.starts_with('"'))
        .then(|| serde_json::from_str::<String>(line).ok())
        .flatten();
    Ok(Jws::parse(quoted.as_deref().unwrap_or(line))?)
}
