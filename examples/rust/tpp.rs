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
//! | `TOKEN` | bearer token for `CLIENTS`, if that wants one |

#![allow(clippy::print_stdout, clippy::print_stderr)] // It has nobody else to tell.

use std::collections::HashSet;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, SystemTime};
use std::{env, fs};

use anyhow::{Context, Error, Result, anyhow, ensure};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Certificate, Client, Identity, RequestBuilder, StatusCode, Url};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::time::sleep;
use uuid::Uuid;

const TRIES: usize = 5;
/// For a whole answer, head and body.
const PATIENCE: Duration = Duration::from_secs(30);
/// Who is told to come back later than this is better told so.
const LONGEST_WAIT: Duration = Duration::from_secs(300);

struct Tpp {
    http: Client,
    /// `tpp.json` of the kit.
    me: Value,
    signing_key: EncodingKey,
    statement: String,
    issuer: String,
    registration_endpoint: Url,
    token_endpoint: Url,
    clients: Url,
    /// For `clients`.
    token: Option<String>,
}

/// What `CLIENTS` answers.
#[derive(Deserialize)]
struct Registered {
    items: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    client_id: String,
    software_id: String,
}

/// What became of a registration.
enum Outcome {
    Registered(String),
    Throttled(Duration, Error),
    /// The bank may have registered the client or not.
    Unknown(Error),
}

impl Tpp {
    async fn new(issuer: String, kit: &Path, clients: &str, token: Option<String>) -> Result<Self> {
        let read = |name| fs::read(kit.join(name)).with_context(|| format!("{name} of the kit"));
        let identity = [read("transport.key")?, read("transport.pem")?].concat();
        let http = Client::builder()
            .tls_certs_only(Certificate::from_pem_bundle(&read("ca.pem")?)?)
            .identity(Identity::from_pem(&identity)?)
            .timeout(PATIENCE)
            .build()?;
        let discovery = format!("{issuer}/.well-known/openid-configuration");
        let discovery = Url::parse(&discovery).context("ISSUER")?;
        let bank = call(StatusCode::OK, || http.get(discovery.clone())).await?;
        Ok(Self {
            registration_endpoint: bank.url("registration_endpoint")?,
            token_endpoint: bank.url("token_endpoint")?,
            me: serde_json::from_slice(&read("tpp.json")?).context("tpp.json of the kit")?,
            signing_key: EncodingKey::from_rsa_pem(&read("signing.key")?)?,
            statement: String::from_utf8(read("ssa.jwt")?)?.trim().to_owned(),
            http,
            issuer,
            clients: Url::parse(clients).context("CLIENTS")?,
            token,
        })
    }

    /// Registers a client; its id.
    async fn register(&self) -> Result<String> {
        let before = self.registered().await?;
        let mut last = anyhow!("no try");
        for _ in 0..TRIES {
            let post = self.http.post(self.registration_endpoint.clone());
            let post = post.header(CONTENT_TYPE, "application/jose");
            let pause;
            (pause, last) = match outcome(ask(post.body(self.registration_request()?)).await)? {
                Outcome::Registered(client_id) => return Ok(client_id),
                Outcome::Throttled(wait, error) => {
                    wait_as_told(wait).await;
                    (Duration::ZERO, error)
                }
                Outcome::Unknown(error) => {
                    println!("answer lost: asking who is registered");
                    (Duration::from_secs(1), error)
                }
            };
            // A bank that throttles may have done its work too: a second POST could make a second client.
            if let Some(newcomer) = self.registered().await?.difference(&before).next() {
                return Ok(newcomer.clone());
            }
            sleep(pause).await;
        }
        Err(last.context(format!("not registered after {TRIES} tries")))
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
        header.kid = self.me["kid"].as_str().map(str::to_owned);
        Ok(jsonwebtoken::encode(&header, &claims, &self.signing_key)?)
    }

    /// The ids of this software's clients at the bank.
    async fn registered(&self) -> Result<HashSet<String>> {
        let get = || {
            let get = self.http.get(self.clients.clone());
            match &self.token {
                Some(token) => get.bearer_auth(token),
                None => get,
            }
        };
        let answer = call(StatusCode::OK, get).await?;
        let list: Registered =
            answer.json(r#"{"items": [{"client_id": …, "software_id": …}, …]}"#)?;
        let all = list.items.into_iter();
        let mine = all.filter(|entry| self.me["software_id"] == entry.software_id);
        Ok(mine.map(|entry| entry.client_id).collect())
    }

    async fn token(&self, client_id: &str) -> Result<String> {
        let form = format!("grant_type=client_credentials&client_id={client_id}");
        let post = || {
            let post = self.http.post(self.token_endpoint.clone());
            let post = post.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
            post.body(form.clone())
        };
        call(StatusCode::OK, post).await?.text("access_token")
    }
}

fn outcome(answer: Result<Answer>) -> Result<Outcome> {
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) if was_sent(&error) => return Ok(Outcome::Unknown(error)),
        Err(error) => return Err(error),
    };
    if let Some(wait) = answer.throttled()? {
        return Ok(Outcome::Throttled(wait, answer.unwanted()));
    }
    match answer.status {
        StatusCode::CREATED => {
            let client_id = answer.text("client_id");
            Ok(client_id.map_or_else(Outcome::Unknown, Outcome::Registered))
        }
        status if status.is_client_error() => Err(answer.unwanted()),
        _ => Ok(Outcome::Unknown(answer.unwanted())),
    }
}

/// Whether a request that failed may have reached the bank.
fn was_sent(error: &Error) -> bool {
    let http = error.downcast_ref::<reqwest::Error>();
    http.is_some_and(|error| !error.is_connect() && !error.is_builder())
}

/// Sends a request, and again after so long as the bank says while it says "later". The answer, if it has
/// the status that is wanted.
async fn call(wanted: StatusCode, request: impl Fn() -> RequestBuilder) -> Result<Answer> {
    let mut tries_left = TRIES;
    loop {
        let answer = ask(request()).await?;
        tries_left -= 1;
        match answer.throttled()? {
            Some(wait) if tries_left > 0 => wait_as_told(wait).await,
            _ if answer.status == wanted => return Ok(answer),
            _ => return Err(answer.unwanted()),
        }
    }
}

async fn ask(request: RequestBuilder) -> Result<Answer> {
    // The bank's support desk finds the request by this.
    let id = Uuid::new_v4().to_string();
    let (http, request) = request.header("x-fapi-interaction-id", &id).build_split();
    let request = request.with_context(|| format!("x-fapi-interaction-id {id}"))?;
    let (method, url) = (request.method(), request.url());
    let asked = format!("{method} {url} (x-fapi-interaction-id {id})");
    let answered = async {
        let answer = http.execute(request).await?;
        let retry_after = answer.headers().get(RETRY_AFTER);
        Ok(Answer {
            asked: asked.clone(),
            status: answer.status(),
            // What is no text is as good as nonsense.
            retry_after: retry_after.map(|after| after.to_str().unwrap_or_default().to_owned()),
            body: answer.text().await?,
        })
    };
    let answered: reqwest::Result<Answer> = answered.await;
    answered
        .map_err(reqwest::Error::without_url)
        .with_context(|| asked.clone())
}

struct Answer {
    /// Method, URL and interaction id.
    asked: String,
    status: StatusCode,
    retry_after: Option<String>,
    body: String,
}

impl Answer {
    /// How long to wait, if the bank says "later".
    fn throttled(&self) -> Result<Option<Duration>> {
        let wait = match (self.status, &self.retry_after) {
            (StatusCode::TOO_MANY_REQUESTS, None) => Duration::from_secs(1),
            (StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE, Some(after)) => {
                wait(after)
            }
            _ => return Ok(None),
        };
        ensure!(
            wait <= LONGEST_WAIT,
            "{}: {}, and Retry-After is more than {} s",
            self.asked,
            self.status,
            LONGEST_WAIT.as_secs()
        );
        Ok(Some(wait))
    }

    /// The error that this answer is. There may be a token in the body of a success.
    fn unwanted(&self) -> Error {
        let (asked, status) = (&self.asked, self.status);
        let body = if status.is_success() { "" } else { &self.body };
        anyhow!("{asked}: {status} {body}")
    }

    fn json<T: DeserializeOwned>(&self, expected: &str) -> Result<T> {
        let value = serde_json::from_str(&self.body);
        value.map_err(|_| anyhow!("{}: the answer is not {expected}", self.asked))
    }

    fn text(&self, member: &str) -> Result<String> {
        let found = self.json::<Value>("JSON")?[member]
            .as_str()
            .map(str::to_owned);
        let found = found.filter(|text| !text.is_empty());
        found.with_context(|| format!("{}: the answer has no {member}", self.asked))
    }

    fn url(&self, member: &str) -> Result<Url> {
        let url = Url::parse(&self.text(member)?);
        url.with_context(|| format!("{}: {member}", self.asked))
    }
}

/// `Retry-After` is a number of seconds or a date (RFC 9110, section 10.2.3), both in whole seconds; a
/// second for anything else.
fn wait(after: &str) -> Duration {
    if !after.is_empty() && after.bytes().all(|byte| byte.is_ascii_digit()) {
        // More than fits is more than anybody waits.
        return Duration::from_secs(after.parse().unwrap_or(u64::MAX));
    }
    let until = httpdate::parse_http_date(after).unwrap_or(SystemTime::UNIX_EPOCH);
    let left = until.duration_since(SystemTime::now()).unwrap_or_default();
    Duration::from_secs(left.as_secs() + 1)
}

async fn wait_as_told(wait: Duration) {
    println!("throttled: waiting {} s", wait.as_secs());
    sleep(wait).await;
}

async fn live() -> Result<()> {
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
    let token = env::var("TOKEN").ok().filter(|token| !token.is_empty());
    let tpp = Tpp::new(issuer, Path::new(&kit), &clients, token).await?;

    let client_id = tpp.register().await?;
    println!("registered {client_id}");
    let token = tpp.token(&client_id).await?;
    let url = format!("{}/{client_id}", tpp.registration_endpoint);
    let read = || tpp.http.get(&url).bearer_auth(&token);
    let client = call(StatusCode::OK, read).await?;
    let method = client.text("token_endpoint_auth_method")?;
    println!("read {client_id}: {method}");
    let delete = || tpp.http.delete(&url).bearer_auth(&token);
    call(StatusCode::NO_CONTENT, delete).await?;
    println!("deleted {client_id}");
    Ok(())
}

#[tokio::main]
async fn main() -> ExitCode {
    let Err(error) = live().await else {
        return ExitCode::SUCCESS;
    };
    // What a bank says may have more lines than one.
    let told = format!("{error:#}");
    let words: Vec<&str> = told.split_whitespace().collect();
    eprintln!("error: {}", words.join(" "));
    ExitCode::FAILURE
}
