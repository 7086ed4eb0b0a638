//! Who the caller of the token endpoint is (RFC 6749 §2.3, RFC 7523 §2.2, RFC 8705 §2.1).

use serde_json::Value;

use crate::bank::Bank;
use crate::bank::token_request::{Claimed, Form, Proof, claim};
use crate::dialect::call::Call;
use crate::dialect::checks::certificate::is_of_owner;
use crate::dialect::claims::shown;
use crate::dialect::facts::{Authentication, Facts, OnceUsed, TokenRequest};
use crate::dialect::policy::Strictness;
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
                    once: None,
                };
            }
        };
        let (authentication, once) = match claim(&form, call.authorization.as_deref()) {
            Ok(claimed) => self.authenticate(&claimed, call, now).await,
            Err(refused) => (refused, None),
        };
        let scope = form.scope.as_deref().unwrap_or_default();
        TokenRequest {
            authentication,
            scope: words(scope).map(str::to_owned).collect(),
            grant_type: form.grant_type,
            once,
        }
    }

    async fn authenticate(
        &self,
        claimed: &Claimed,
        call: &Call,
        now: i64,
    ) -> (Authentication, Option<OnceUsed>) {
        let Some(client) = self.known_client(&claimed.client_id).await else {
            let why = format!("client {}, which is not registered here", claimed.client_id);
            return (Authentication::Failed(why), None);
        };
        let proven = match &claimed.proof {
            Proof::Secret(method, secret) => check_secret(&client, *method, secret).map(|()| None),
            Proof::Certificate => self.check_certificate(&client, call).map(|()| None),
            Proof::Assertion(assertion) => {
                let checked = self.check_assertion(&client, assertion, now).await;
                checked.map(Some)
            }
        };
        match proven {
            Ok(once) => (Authentication::Proven(client), once),
            Err(why) => (Authentication::Failed(why), None),
        }
    }

    /// Remembers what a caller proved itself with, whatever else its request holds. `false` if
    /// another request with the same assertion was faster: then the facts say so.
    pub(super) async fn settle_caller(&self, facts: &mut Facts<'_>) -> bool {
        let Some(request) = &mut facts.token else {
            return true;
        };
        let Authentication::Proven(client) = &request.authentication else {
            return true;
        };
        self.keep_listed(client).await;
        let Some(OnceUsed { jti, until }) = &request.once else {
            return true;
        };
        let store = &self.store;
        let is_first = store.use_assertion(&client.id, jti, *until, facts.now);
        if is_first.await {
            return true;
        }
        request.authentication = Authentication::Failed(used_before(jti));
        false
    }

    /// RFC 7523 §3: what a client assertion must hold.
    async fn check_assertion(
        &self,
        client: &Client,
        assertion: &Jws,
        now: i64,
    ) -> Result<OnceUsed, String> {
        let claim = |name: &str| assertion.claims.get(name);
        let algorithm = self.assertion_algorithm(client, assertion)?;
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
        let earliest = now.saturating_sub(self.dialect().assertion_tolerance);
        let expires = claim("exp")
            .and_then(Value::as_i64)
            .filter(|expires| *expires > earliest);
        let Some(expires) = expires else {
            return Err(format!("an assertion without an exp after {earliest}"));
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
        let until = expires
            .saturating_add(self.dialect().assertion_tolerance)
            .min(now.saturating_add(REMEMBERED));
        if self.store.was_assertion_used(&client.id, jti, now).await {
            return Err(used_before(jti));
        }
        Ok(OnceUsed {
            jti: jti.to_owned(),
            until,
        })
    }

    fn check_certificate(&self, client: &Client, call: &Call) -> Result<(), String> {
        check_method(client, AuthMethod::TlsClientAuth)?;
        let Some(certificate) = &call.certificate else {
            return Err("no client certificate".to_owned());
        };
        let registered = client.registration.subject_dn.as_ref();
        let is_theirs = match registered {
            Some(name) => name.is_part_of(&certificate.subject),
            None => is_of_owner(self.trust.as_ref(), certificate, &client.registration),
        };
        if is_theirs {
            return Ok(());
        }
        let wanted = match registered {
            Some(name) => format!("registered {name}"),
            None => format!("is software '{}'", client.registration.software_id),
        };
        let subject = &certificate.subject;
        Err(format!(
            "a certificate of {subject}, but the client {wanted}"
        ))
    }

    /// The algorithm of the assertion, if it is the registered one. A client of
    /// `client_secret_jwt` that registered an asymmetric algorithm, as the official UK tool does,
    /// signs with HS256.
    fn assertion_algorithm(&self, client: &Client, assertion: &Jws) -> Result<Algorithm, String> {
        let methods = &client.registration.auth_methods;
        let allowed = if methods.contains(&AuthMethod::ClientSecretJwt) {
            vec![Algorithm::Hs256]
        } else if methods.contains(&AuthMethod::PrivateKeyJwt) {
            match client.registration.auth_signing_alg {
                Some(registered) => vec![registered],
                None => self.rules.policy.allowed_algs.clone(),
            }
        } else {
            let registered = names(methods);
            return Err(format!(
                "an assertion, but the client registered {registered}"
            ));
        };
        if assertion.header.contains_key("crit") {
            return Err("an assertion with crit: no extension is understood".to_owned());
        }
        let named = allowed
            .iter()
            .find(|algorithm| assertion.alg() == Some(algorithm.as_str()));
        named.copied().ok_or_else(|| {
            let names: Vec<&str> = allowed.iter().map(|alg| alg.as_str()).collect();
            format!("an assertion whose alg is not {}", names.join(" or "))
        })
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
                let is_strict = self.rules.strictness == Strictness::Strict;
                self.urls.all().any(|urls| {
                    name == self.token_endpoint(&urls) || (!is_strict && name == self.issuer(&urls))
                })
            })
        };
        match aud {
            Some(Value::Array(names)) => names.iter().any(names_this),
            Some(name) => names_this(name),
            None => false,
        }
    }
}

/// Why an assertion does not count a second time.
fn used_before(jti: &str) -> String {
    format!("an assertion whose jti '{jti}' was used before")
}

fn check_method(client: &Client, used: AuthMethod) -> Result<(), String> {
    let registered = &client.registration.auth_methods;
    if registered.contains(&used) {
        Ok(())
    } else {
        Err(format!(
            "{used}, but the client registered {}",
            names(registered)
        ))
    }
}

fn names(methods: &[AuthMethod]) -> String {
    let names: Vec<&str> = methods.iter().map(|method| method.as_str()).collect();
    names.join(" or ")
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
