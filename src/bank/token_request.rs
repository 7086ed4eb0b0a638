//! A token request's form, and the one way in which its sender says who it is.

use std::collections::HashSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::dialect::facts::Authentication;
use crate::domain::client::AuthMethod;
use crate::domain::ids::ClientId;
use crate::domain::jws::Jws;

/// What `client_assertion_type` must be (RFC 7523 §2.2).
pub(super) const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The parameters of a token request; each occurs at most once (RFC 6749 §3.2). Not `Debug`: there
/// are secrets among them.
#[derive(Default)]
pub(super) struct Form {
    pub(super) grant_type: Option<String>,
    pub(super) scope: Option<String>,
    client_id: Option<String>,
    client_secret: Option<String>,
    client_assertion: Option<String>,
    client_assertion_type: Option<String>,
}

impl Form {
    /// Reads a form; the error says what is wrong with it.
    pub(super) fn parse(body: &[u8]) -> Result<Self, String> {
        if std::str::from_utf8(body).is_err() {
            return Err("a body that is not UTF-8".to_owned());
        }
        let mut form = Form::default();
        let mut names = HashSet::new();
        for (name, value) in form_urlencoded::parse(body) {
            if !names.insert(name.clone()) {
                return Err(format!("the parameter {name} twice"));
            }
            let field = match &*name {
                "grant_type" => &mut form.grant_type,
                "scope" => &mut form.scope,
                "client_id" => &mut form.client_id,
                "client_secret" => &mut form.client_secret,
                "client_assertion" => &mut form.client_assertion,
                "client_assertion_type" => &mut form.client_assertion_type,
                // RFC 6749 §3.2: unrecognised parameters are ignored.
                _ => continue,
            };
            *field = Some(value.into_owned());
        }
        // RFC 6749 §3.2: a parameter without a value is one that was left out.
        let left_out = |field: Option<String>| field.filter(|value| !value.is_empty());
        Ok(Form {
            grant_type: left_out(form.grant_type),
            scope: left_out(form.scope),
            client_id: left_out(form.client_id),
            client_secret: left_out(form.client_secret),
            client_assertion: left_out(form.client_assertion),
            client_assertion_type: left_out(form.client_assertion_type),
        })
    }
}

/// How the caller tries to prove who it is.
pub(super) enum Proof {
    Secret(AuthMethod, String),
    Assertion(Jws),
    Certificate,
}

/// The client that the caller says it is, with its proof.
pub(super) struct Claimed {
    pub(super) client_id: ClientId,
    pub(super) proof: Proof,
}

/// Finds the one mechanism that the caller uses.
pub(super) fn claim(form: &Form, authorization: Option<&str>) -> Result<Claimed, Authentication> {
    let ambiguous = |why: &str| Err(Authentication::Ambiguous(why.to_owned()));
    let mechanisms = [
        authorization.is_some(),
        form.client_secret.is_some(),
        form.client_assertion.is_some(),
    ];
    if mechanisms.into_iter().filter(|used| *used).count() > 1 {
        return ambiguous("more than one of client_assertion, client_secret and Authorization");
    }
    if form.client_assertion.is_none() && form.client_assertion_type.is_some() {
        return Err(Authentication::Failed(
            "a client_assertion_type without a client_assertion".to_owned(),
        ));
    }
    let claimed = if let Some(header) = authorization {
        let Some((id, secret)) = parse_basic(header) else {
            return ambiguous(
                "an Authorization header that is not HTTP Basic with an id and a secret",
            );
        };
        Claimed {
            client_id: ClientId::new(id),
            proof: Proof::Secret(AuthMethod::ClientSecretBasic, secret),
        }
    } else if let Some(assertion) = &form.client_assertion {
        claim_by_assertion(assertion, form.client_assertion_type.as_deref())?
    } else {
        let Some(id) = &form.client_id else {
            return Err(Authentication::Failed("no client_id".to_owned()));
        };
        let proof = form
            .client_secret
            .as_ref()
            .map_or(Proof::Certificate, |secret| {
                Proof::Secret(AuthMethod::ClientSecretPost, secret.clone())
            });
        Claimed {
            client_id: ClientId::new(id.as_str()),
            proof,
        }
    };
    match &form.client_id {
        Some(id) if *id != claimed.client_id.as_str() => Err(Authentication::Failed(
            "a client_id that is not the client of the credentials".to_owned(),
        )),
        _ => Ok(claimed),
    }
}

/// The client that a token request names, whatever it proves: of `client_id`, else of HTTP Basic,
/// else of an assertion.
pub(super) fn named_client(form: &Form, authorization: Option<&str>) -> Option<ClientId> {
    let of_basic = || authorization.and_then(parse_basic).map(|(id, _)| id);
    let of_assertion = || {
        let assertion = Jws::parse(form.client_assertion.as_deref()?).ok()?;
        let subject = assertion.claims.get("sub")?.as_str()?;
        Some(subject.to_owned())
    };
    let named = form.client_id.clone().or_else(of_basic);
    named.or_else(of_assertion).map(ClientId::new)
}

fn claim_by_assertion(assertion: &str, kind: Option<&str>) -> Result<Claimed, Authentication> {
    if kind != Some(ASSERTION_TYPE) {
        return Err(Authentication::Failed(format!(
            "a client_assertion_type other than {ASSERTION_TYPE}"
        )));
    }
    let assertion = Jws::parse(assertion).map_err(|error| {
        Authentication::Failed(format!("a client_assertion that is no JWT: {error}"))
    })?;
    match assertion.claims.get("sub").and_then(Value::as_str) {
        Some(subject) => Ok(Claimed {
            client_id: ClientId::new(subject),
            proof: Proof::Assertion(assertion),
        }),
        None => Err(Authentication::Failed(
            "a client_assertion without a sub".to_owned(),
        )),
    }
}

/// `Basic base64(id:secret)`; either part may be form-encoded, as RFC 6749 §2.3.1 asks and many
/// clients do not: neither ids nor secrets hold a character that reads differently.
fn parse_basic(header: &str) -> Option<(String, String)> {
    let (scheme, credentials) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(credentials.trim()).ok()?).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    Some((form_decode(id), form_decode(secret)))
}

fn form_decode(text: &str) -> String {
    form_urlencoded::parse(text.as_bytes())
        .next()
        .map(|(decoded, _)| decoded.into_owned())
        .unwrap_or_default()
}
