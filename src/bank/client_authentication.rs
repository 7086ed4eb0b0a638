//! Who the caller of the token endpoint is (RFC 6749 §2.3, RFC 7523 §2.2, RFC 8705 §2.1).

use serde_json::Value;

use crate::bank::Bank;
use crate::bank::token_request::{Claimed, Form, Proof, claim};
use crate::dialect::call::Call;
use crate::dialect::claims::shown;
use crate::dialect::facts::{Authentication, TokenRequest};
use crate::domain::claims::words;
use crate::domain::client::{AuthMethod, Client};
use crate::domain::jws::{Algorithm, Jws, VerifyingKey};

/// How long a used assertion is remembered at most, in seconds.
const REMEMBERED: i64 = 24 * 60 * 60;
/// How far a client's clock may run ahead, in seconds.
const CLOCK_SKEW: i64 = 60;

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
            scope: words(scope).map(str::to_owned).collect(),
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
            let urls = self.urls.for_host(None);
            return Err(format!(
                "an assertion with aud {}; allowed: {} or {}",
                shown(claim("aud")),
                self.token_endpoint(&urls),
                self.issuer(&urls)
            ));
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
