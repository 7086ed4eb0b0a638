//! Who the caller of the token endpoint is (RFC 6749 §2.3, RFC 7523 §2.2, RFC 8705 §2.1).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::bank::Bank;
use crate::dialect::facts::{Authentication, Call, TokenRequest};
use crate::domain::client::{AuthMethod, Client};
use crate::domain::ids::ClientId;
use crate::domain::jws::{Algorithm, Jws, VerifyingKey};

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// How long a used assertion is remembered at most, in seconds.
const REMEMBERED: i64 = 24 * 60 * 60;
/// How far a client's clock may run ahead, in seconds.
const CLOCK_SKEW: i64 = 60;

/// The parameters of a token request; each occurs at most once (RFC 6749 §3.2).
#[derive(Debug, Default)]
struct Form {
    grant_type: Option<String>,
    scope: Option<String>,
    client_id: Option<String>,
    client_secret: Option<String>,
    client_assertion: Option<String>,
    client_assertion_type: Option<String>,
}

impl Form {
    fn parse(body: &[u8]) -> Result<Self, String> {
        if std::str::from_utf8(body).is_err() {
            return Err("a body that is not UTF-8".to_owned());
        }
        let mut form = Form::default();
        for (name, value) in form_urlencoded::parse(body) {
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
            if field.replace(value.into_owned()).is_some() {
                return Err(format!("the parameter {name} twice"));
            }
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
enum Proof {
    Secret(AuthMethod, String),
    Assertion(Jws),
    Certificate,
}

/// The client that the caller says it is, with its proof.
struct Claimed {
    client_id: ClientId,
    proof: Proof,
}

impl Bank {
    /// Reads a token request and finds out who sent it.
    pub(super) async fn read_token_request(&self, call: &Call, now: i64) -> TokenRequest {
        let form = match Form::parse(&call.body) {
            Ok(form) => form,
            Err(why) => {
                return TokenRequest {
                    authentication: Authentication::Unreadable(why),
                    grant_type: None,
                    scope: Vec::new(),
                };
            }
        };
        let authentication = match claim(&form, call.authorization.as_deref()) {
            Ok(claimed) => self.authenticate(&claimed, call, now).await,
            Err(refused) => refused,
        };
        let scope = form.scope.as_deref().unwrap_or_default();
        TokenRequest {
            authentication,
            scope: scope.split_ascii_whitespace().map(str::to_owned).collect(),
            grant_type: form.grant_type,
        }
    }

    async fn authenticate(&self, claimed: &Claimed, call: &Call, now: i64) -> Authentication {
        let Some(client) = self.store.client(&claimed.client_id).await else {
            return Authentication::Failed(format!(
                "client {}, which is not registered here",
                claimed.client_id
            ));
        };
        let proven = match &claimed.proof {
            Proof::Secret(method, secret) => check_secret(&client, *method, secret),
            Proof::Certificate => check_certificate(&client, call),
            Proof::Assertion(assertion) => self.check_assertion(&client, assertion, now).await,
        };
        match proven {
            Ok(()) => Authentication::Proven(client),
            Err(why) => Authentication::Failed(why),
        }
    }

    /// RFC 7523 §3: what a client assertion must hold.
    async fn check_assertion(
        &self,
        client: &Client,
        assertion: &Jws,
        now: i64,
    ) -> Result<(), String> {
        let claim = |name: &str| assertion.claims.get(name);
        let algorithm = assertion_algorithm(client, assertion)?;
        for name in ["iss", "sub"] {
            if !claim(name).is_some_and(|value| value == client.id.as_str()) {
                return Err(format!("an assertion whose {name} is not the client_id"));
            }
        }
        if !self.is_audience(claim("aud")) {
            return Err(
                "an assertion whose aud is neither this token endpoint nor the issuer".to_owned(),
            );
        }
        let expires = claim("exp")
            .and_then(Value::as_i64)
            .filter(|expires| *expires > now);
        let Some(expires) = expires else {
            return Err(format!("an assertion without an exp after {now}"));
        };
        for name in ["iat", "nbf"] {
            let is_past =
                |value: &Value| value.as_i64().is_some_and(|time| time <= now + CLOCK_SKEW);
            if !claim(name).is_none_or(is_past) {
                return Err(format!("an assertion whose {name} is in the future"));
            }
        }
        let jti = claim("jti")
            .and_then(Value::as_str)
            .filter(|jti| !jti.is_empty());
        let Some(jti) = jti else {
            return Err("an assertion without a jti".to_owned());
        };
        self.check_assertion_signature(client, assertion, algorithm)?;
        let until = expires.min(now.saturating_add(REMEMBERED));
        if self.store.use_assertion(&client.id, jti, until, now).await {
            Ok(())
        } else {
            Err(format!("an assertion whose jti '{jti}' was used before"))
        }
    }

    fn check_assertion_signature(
        &self,
        client: &Client,
        assertion: &Jws,
        algorithm: Algorithm,
    ) -> Result<(), String> {
        let is_signed = if algorithm == Algorithm::Hs256 {
            let secret = client.secret.as_ref();
            secret.is_some_and(|secret| {
                assertion.verify(&VerifyingKey::secret(secret.reveal()), algorithm)
            })
        } else {
            self.software_keys(client, assertion.kid())?
                .iter()
                .any(|key| assertion.verify(key, algorithm))
        };
        if is_signed {
            Ok(())
        } else {
            Err("an assertion whose signature does not verify".to_owned())
        }
    }

    /// The software's signing key of this `kid`; without one, all of them.
    fn software_keys(
        &self,
        client: &Client,
        kid: Option<&str>,
    ) -> Result<Vec<VerifyingKey>, String> {
        let software = &client.registration.software_id;
        let Some(kid) = kid else {
            let keys = self.trust.signing_keys(software);
            return Ok(keys.iter().map(|key| key.verifying().clone()).collect());
        };
        let key = self.trust.software_key(software, kid);
        match key.filter(|stored| !stored.revoked && stored.key_use.signs()) {
            Some(stored) => Ok(vec![stored.key.verifying().clone()]),
            None => Err(format!(
                "an assertion with kid '{kid}', which is no current signing key of the software"
            )),
        }
    }

    /// Whether `aud` (a string or an array, RFC 7519 §4.1.3) names this token endpoint or issuer.
    fn is_audience(&self, aud: Option<&Value>) -> bool {
        let names_this = |value: &Value| {
            value.as_str().is_some_and(|name| {
                self.urls
                    .all()
                    .any(|urls| name == self.token_endpoint(&urls) || name == self.issuer(&urls))
            })
        };
        match aud {
            Some(Value::Array(names)) => names.iter().any(names_this),
            Some(name) => names_this(name),
            None => false,
        }
    }
}

/// Finds the one mechanism that the caller uses.
fn claim(form: &Form, authorization: Option<&str>) -> Result<Claimed, Authentication> {
    let ambiguous = |why: &str| Err(Authentication::Ambiguous(why.to_owned()));
    let mechanisms = [
        authorization.is_some(),
        form.client_secret.is_some(),
        form.client_assertion.is_some(),
    ];
    if mechanisms.into_iter().filter(|used| *used).count() > 1 {
        return ambiguous("more than one of client_assertion, client_secret and Authorization");
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

fn check_method(client: &Client, used: AuthMethod) -> Result<(), String> {
    let registered = client.registration.auth_method;
    if registered == used {
        Ok(())
    } else {
        Err(format!("{used}, but the client registered {registered}"))
    }
}

fn check_secret(client: &Client, method: AuthMethod, presented: &str) -> Result<(), String> {
    check_method(client, method)?;
    if client
        .secret
        .as_ref()
        .is_some_and(|secret| secret.equals(presented))
    {
        Ok(())
    } else {
        Err("a client_secret that is not the client's".to_owned())
    }
}

fn check_certificate(client: &Client, call: &Call) -> Result<(), String> {
    check_method(client, AuthMethod::TlsClientAuth)?;
    let registered = client.registration.subject_dn.as_ref();
    match (&call.certificate, registered) {
        (Some(certificate), Some(name)) if name.is_part_of(&certificate.subject) => Ok(()),
        (Some(certificate), Some(name)) => Err(format!(
            "a certificate of {}, but the client registered {name}",
            certificate.subject
        )),
        _ => Err("no client certificate".to_owned()),
    }
}

/// The algorithm of the assertion, if it is the registered one. A client of `client_secret_jwt`
/// that registered an asymmetric algorithm, as the official UK tool does, signs with HS256.
fn assertion_algorithm(client: &Client, assertion: &Jws) -> Result<Algorithm, String> {
    let expected = match client.registration.auth_method {
        AuthMethod::ClientSecretJwt => Some(Algorithm::Hs256),
        AuthMethod::PrivateKeyJwt => client.registration.auth_signing_alg,
        other => return Err(format!("an assertion, but the client registered {other}")),
    };
    if assertion.header.contains_key("crit") {
        return Err("an assertion with crit: no extension is understood".to_owned());
    }
    match expected {
        Some(algorithm) if assertion.alg() == Some(algorithm.as_str()) => Ok(algorithm),
        Some(algorithm) => Err(format!("an assertion whose alg is not {algorithm}")),
        None => Err("an assertion, but the client registered no algorithm for it".to_owned()),
    }
}
