//! A TPP in Rust: registers a client at a bank, gets a token, reads the client and deletes it. It waits
//! when it is throttled, and does not register twice when an answer is lost.
//!
//! Crates: reqwest, jsonwebtoken (with `aws_lc_rs` and `use_pem`), rustls, serde, `serde_json`, httpdate,
//! uuid, anyhow, tokio.
//!
//! | Variable | |
//! |---|---|
//! | `ISSUER` | the bank, as it calls itself; its discovery document is below |
//! | `KIT` | folder with certificate, keys, ids and software statement of the TPP, and the CA to trust |
//! | `CLIENTS` | who is registered there, as the bank's developer portal or its support desk would tell |

#![allow(clippy::print_stdout)] // It has nobody else to tell.

use std::collections::HashSet;
use std::path::Path;
use std::time::{Duration, SystemTime};
use std::{env, fs};

use anyhow::{Context, Error, Result, bail, ensure};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Certificate, Client, Identity, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use tokio::time::sleep;
use uuid::Uuid;

const TRIES: usize = 5;

struct Tpp {
    http: Client,
    /// `tpp.json` of the kit.
    me: Value,
    signing_key: EncodingKey,
    statement: String,
    issuer: String,
    /// The discovery document.
    bank: Value,
    clients: String,
}

impl Tpp {
    async fn new(issuer: String, kit: &Path, clients: String) -> Result<Self> {
        let read = |name| fs::read(kit.join(name)).with_context(|| format!("{name} of the kit"));
        let identity = [read("transport.key")?, read("transport.pem")?].concat();
        let http = Client::builder()
            .tls_certs_only(Certificate::from_pem_bundle(&read("ca.pem")?)?)
            .identity(Identity::from_pem(&identity)?)
            .timeout(Duration::from_secs(30))
            .build()?;
        let discovery = format!("{issuer}/.well-known/openid-configuration");
        Ok(Self {
            bank: call(StatusCode::OK, || Ok(http.get(&discovery))).await?,
            me: serde_json::from_slice(&read("tpp.json")?)?,
            signing_key: EncodingKey::from_rsa_pem(&read("signing.key")?)?,
            statement: String::from_utf8(read("ssa.jwt")?)?.trim().to_owned(),
            http,
            issuer,
            clients,
        })
    }

    /// Registers a client; its id.
    async fn register(&self) -> Result<String> {
        let endpoint = text(&self.bank, "registration_endpoint")?;
        let before = self.registered().await?;
        for _ in 0..TRIES {
            let post = || {
                let post = self.http.post(&endpoint);
                let post = post.header(CONTENT_TYPE, "application/jose");
                Ok(post.body(self.registration_request()?))
            };
            match call(StatusCode::CREATED, post).await {
                Ok(client) => return text(&client, "client_id"),
                // Whether the bank registered it is unknown: a second POST could make a second client.
                Err(error) if is_lost(&error) => {
                    println!("answer lost: asking who is registered");
                }
                Err(error) => return Err(error),
            }
            if let Some(newcomer) = self.registered().await?.difference(&before).next() {
                return Ok(newcomer.clone());
            }
            sleep(Duration::from_secs(1)).await;
        }
        bail!("no answer to {TRIES} registrations");
    }

    fn registration_request(&self) -> Result<String> {
        let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
        let claims = json!({
            "iss": self.me["software_id"],
            "aud": self.issuer,
            "iat": since_1970.as_secs(),
            "exp": since_1970.as_secs() + 300,
            "jti": Uuid::new_v4().to_string(),
            "software_id": self.me["software_id"],
            "software_statement": self.statement,
            "redirect_uris": self.me["redirect_uris"],
            "token_endpoint_auth_method": "tls_client_auth",
            "tls_client_auth_subject_dn": self.me["subject_dn"],
            "grant_types": ["client_credentials", "authorization_code", "refresh_token"],
            "response_types": ["code id_token"],
            "application_type": "web",
            "scope": "openid accounts",
            "id_token_signed_response_alg": "PS256",
            "request_object_signing_alg": "PS256",
        });
        let mut header = Header::new(Algorithm::PS256);
        header.kid = Some(text(&self.me, "kid")?);
        Ok(jsonwebtoken::encode(&header, &claims, &self.signing_key)?)
    }

    /// The ids of this software's clients at the bank.
    async fn registered(&self) -> Result<HashSet<String>> {
        let list = call(StatusCode::OK, || Ok(self.http.get(&self.clients))).await?;
        let all = list["items"].as_array().into_iter().flatten();
        let mine = all.filter(|client| client["software_id"] == self.me["software_id"]);
        mine.map(|client| text(client, "client_id")).collect()
    }

    async fn token(&self, client_id: &str) -> Result<String> {
        let endpoint = text(&self.bank, "token_endpoint")?;
        let form = format!("grant_type=client_credentials&client_id={client_id}");
        let post = || {
            let post = self.http.post(&endpoint).body(form.clone());
            Ok(post.header(CONTENT_TYPE, "application/x-www-form-urlencoded"))
        };
        text(&call(StatusCode::OK, post).await?, "access_token")
    }

    fn url(&self, client_id: &str) -> Result<String> {
        let endpoint = text(&self.bank, "registration_endpoint")?;
        Ok(format!("{endpoint}/{client_id}"))
    }
}

/// Sends a request, and again after so long as the bank says while it says "later". What it answers, if
/// that has the status that is wanted.
async fn call(wanted: StatusCode, request: impl Fn() -> Result<RequestBuilder>) -> Result<Value> {
    const LATER: [StatusCode; 2] = [
        StatusCode::TOO_MANY_REQUESTS,
        StatusCode::SERVICE_UNAVAILABLE,
    ];
    let mut tries_left = TRIES;
    loop {
        // The bank's support desk finds the request by this.
        let id = Uuid::new_v4().to_string();
        let its_id = || format!("x-fapi-interaction-id {id}");
        let request = request()?.header("x-fapi-interaction-id", &id);
        let answer = request.send().await.with_context(its_id)?;
        let (url, status) = (answer.url().clone(), answer.status());
        tries_left -= 1;
        if let Some(after) = answer.headers().get(RETRY_AFTER)
            && LATER.contains(&status)
            && tries_left > 0
        {
            let wait = wait(after.to_str()?)?;
            println!("throttled: waiting {} s", wait.as_secs());
            sleep(wait).await;
            continue;
        }
        let body = answer.text().await.with_context(its_id)?;
        ensure!(status == wanted, "{url}: {status} {body} ({})", its_id());
        return match body.as_str() {
            "" => Ok(Value::Null),
            body => serde_json::from_str(body).with_context(its_id),
        };
    }
}

/// Whether a request was sent whose answer never came.
fn is_lost(error: &Error) -> bool {
    let http = error.downcast_ref::<reqwest::Error>();
    http.is_some_and(|error| !error.is_connect() && !error.is_builder())
}

/// `Retry-After` is a number of seconds or a date (RFC 9110, section 10.2.3), both in whole seconds.
fn wait(after: &str) -> Result<Duration> {
    if let Ok(seconds) = after.parse() {
        return Ok(Duration::from_secs(seconds));
    }
    let until = httpdate::parse_http_date(after).context("Retry-After")?;
    let left = until.duration_since(SystemTime::now()).unwrap_or_default();
    Ok(Duration::from_secs(left.as_secs() + 1))
}

fn text(object: &Value, member: &str) -> Result<String> {
    let found = object[member].as_str();
    let found = found.with_context(|| format!("no {member} in {object}"));
    found.map(str::to_owned)
}

#[tokio::main]
async fn main() -> Result<()> {
    // reqwest asks for a choice; with its feature `rustls` it makes one itself.
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    provider
        .install_default()
        .ok()
        .context("a provider was there")?;

    let setting = |name, default: &str| env::var(name).unwrap_or_else(|_| default.to_owned());
    let issuer = setting("ISSUER", "https://localhost:8444/uk-ob-3.3");
    let kit = setting("KIT", "kit");
    let clients = setting(
        "CLIENTS",
        "http://localhost:8445/api/banks/uk-ob-3.3/clients",
    );
    let tpp = Tpp::new(issuer, Path::new(&kit), clients).await?;

    let client_id = tpp.register().await?;
    println!("registered {client_id}");
    let token = tpp.token(&client_id).await?;
    let url = tpp.url(&client_id)?;
    let read = || Ok(tpp.http.get(&url).bearer_auth(&token));
    let client = call(StatusCode::OK, read).await?;
    println!(
        "read {client_id}: {}",
        text(&client, "token_endpoint_auth_method")?
    );
    let delete = || Ok(tpp.http.delete(&url).bearer_auth(&token));
    call(StatusCode::NO_CONTENT, delete).await?;
    println!("deleted {client_id}");
    Ok(())
}
