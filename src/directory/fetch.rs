//! Key sets of software of other directories, fetched from their key stores under guards.
//!
//! Only `https`, only from a listed `host:port`, no redirects, no proxy, bounded in time and size.
//! Whoever resolves the name decides about the address: the list is the guard.

use std::collections::HashMap;
use std::error::Error;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{Shared, WeakShared};
use reqwest::{Client, ClientBuilder, Url, redirect, retry};

use crate::domain::jwk::{KeySetEntry, parse_key_set};

/// How long a whole fetch may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// Largest key set, in bytes.
const LARGEST: usize = 64 * 1024;
/// Seconds for which a key set counts without being fetched again.
const LIFE: i64 = 5 * 60;
/// Seconds for which even a key that is not in it is not looked for again.
const LIFE_FOR_UNKNOWN: i64 = 30;

/// The keys of a key set.
pub(super) type KeySet = Arc<[KeySetEntry]>;
type Download = Pin<Box<dyn Future<Output = Result<KeySet, String>> + Send>>;

/// What key sets are fetched with, and from where.
#[derive(Debug, Clone)]
pub struct Fetching {
    client: Client,
    servers: Arc<[String]>,
}

impl Fetching {
    /// Fetches from `servers` (`host:port`) alone. `builder` knows whom to trust in TLS; every
    /// other guard is set here.
    ///
    /// # Errors
    /// The client cannot be built.
    pub fn new(builder: ClientBuilder, servers: Vec<String>) -> Result<Self, reqwest::Error> {
        let client = builder
            .https_only(true)
            .no_proxy()
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .referer(false)
            .timeout(PATIENCE)
            .pool_max_idle_per_host(0)
            .user_agent(concat!("aspsp-emulator/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self {
            client,
            servers: servers.into(),
        })
    }
}

/// Fetches key sets and keeps them for a while.
pub(super) struct KeyFetcher {
    fetching: Option<Fetching>,
    pages: Mutex<HashMap<Url, Page>>,
}

/// What is known of one URL.
#[derive(Default)]
struct Page {
    kept: Option<Kept>,
    /// Shared by all who wait for it; when none of them is left, it is over.
    under_way: Option<WeakShared<Download>>,
}

struct Kept {
    keys: KeySet,
    fetched_at: i64,
}

impl fmt::Debug for KeyFetcher {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("KeyFetcher")
            .field("fetching", &self.fetching)
            .finish_non_exhaustive()
    }
}

impl KeyFetcher {
    pub fn new(fetching: Option<Fetching>) -> Self {
        Self {
            fetching,
            pages: Mutex::default(),
        }
    }

    /// The key set at `url`, as fetched at most [`LIFE`] before `now`; if `kid` is not in it, at
    /// most [`LIFE_FOR_UNKNOWN`] before. Failures are not kept.
    ///
    /// # Errors
    /// It may not or cannot be fetched: a sentence for the caller of the bank.
    pub async fn keys(&self, url: &str, kid: Option<&str>, now: i64) -> Result<KeySet, String> {
        let (url, client) = self.permitted(url)?;
        let download = match self.kept_or_under_way(&url, kid, now, client) {
            Ok(keys) => return Ok(keys),
            Err(download) => download,
        };
        let keys = download.await?;
        self.keep(url, &keys, now);
        Ok(keys)
    }

    /// The URL if it may be asked, and what to ask with.
    fn permitted(&self, text: &str) -> Result<(Url, &Client), String> {
        let url = Url::parse(text)
            .map_err(|error| format!("the URL of the software's key set is none: {error}"))?;
        let refused = |why: String| {
            let shown = shown(&url);
            Err(format!("the key set at {shown} may not be fetched: {why}"))
        };
        if url.scheme() != "https" {
            return refused("only https URLs are".to_owned());
        }
        if !url.username().is_empty() || url.password().is_some() {
            return refused("its URL has user information".to_owned());
        }
        let server = server(&url);
        match &self.fetching {
            Some(fetching) if fetching.serves(&server) => Ok((url, &fetching.client)),
            _ => refused(format!("list {server} in directory.fetch_jwks_from")),
        }
    }

    fn kept_or_under_way(
        &self,
        url: &Url,
        kid: Option<&str>,
        now: i64,
        client: &Client,
    ) -> Result<KeySet, Shared<Download>> {
        let mut pages = self.pages();
        if let Some(page) = pages.get(url) {
            if let Some(kept) = page.kept.as_ref().filter(|kept| kept.serves(kid, now)) {
                return Ok(Arc::clone(&kept.keys));
            }
            if let Some(download) = page.download() {
                return Err(download);
            }
        }
        pages.retain(|_, page| page.is_of_use(now));
        let download: Download = Box::pin(key_set(client.clone(), url.clone()));
        let download = download.shared();
        let page = pages.entry(url.clone()).or_default();
        page.under_way = download.downgrade();
        Err(download)
    }

    fn keep(&self, url: Url, keys: &KeySet, now: i64) {
        let mut pages = self.pages();
        let page = pages.entry(url).or_default();
        let is_newer = |kept: &Kept| kept.fetched_at > now;
        if !page.kept.as_ref().is_some_and(is_newer) {
            page.kept = Some(Kept {
                keys: Arc::clone(keys),
                fetched_at: now,
            });
        }
    }

    /// Every change of a page is one assignment, so a panic elsewhere has left nothing half done.
    fn pages(&self) -> MutexGuard<'_, HashMap<Url, Page>> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Fetching {
    fn serves(&self, server: &str) -> bool {
        let is_it = |listed: &String| listed.eq_ignore_ascii_case(server);
        self.servers.iter().any(is_it)
    }
}

impl Page {
    fn download(&self) -> Option<Shared<Download>> {
        self.under_way.as_ref()?.upgrade()
    }

    fn is_of_use(&self, now: i64) -> bool {
        let is_kept = self.kept.as_ref().is_some_and(|kept| kept.is_fresh(now));
        is_kept || self.download().is_some()
    }
}

impl Kept {
    fn is_fresh(&self, now: i64) -> bool {
        now - self.fetched_at < LIFE
    }

    fn serves(&self, kid: Option<&str>, now: i64) -> bool {
        let holds = |kid| self.keys.iter().any(|entry| entry.kid.as_str() == kid);
        let is_recent = now - self.fetched_at < LIFE_FOR_UNKNOWN;
        self.is_fresh(now) && (is_recent || kid.is_none_or(holds))
    }
}

async fn key_set(client: Client, url: Url) -> Result<KeySet, String> {
    let shown = shown(&url);
    let cause = match download(&client, url).await {
        Ok(body) => match parse_key_set(&body) {
            Ok(keys) => return Ok(keys.into()),
            Err(error) => format!("it is no key set: {error}"),
        },
        Err(cause) => cause,
    };
    tracing::warn!(url = shown, cause, "no key set");
    Err(format!("the key set at {shown} cannot be had: {cause}"))
}

async fn download(client: &Client, url: Url) -> Result<Vec<u8>, String> {
    let asked = client.get(url).header("accept", "application/json, */*");
    let mut answer = asked.send().await.map_err(cause_of)?;
    let status = answer.status();
    if status.is_redirection() {
        return Err(format!(
            "the answer is {status}, and redirects are not followed"
        ));
    }
    if status != reqwest::StatusCode::OK {
        return Err(format!("the answer is {status}"));
    }
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(cause_of)? {
        if body.len() + chunk.len() > LARGEST {
            return Err(format!("it is larger than {LARGEST} bytes"));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// The innermost cause, which is the one that says something.
#[allow(clippy::needless_pass_by_value)] // As `map_err` hands it over.
fn cause_of(error: reqwest::Error) -> String {
    if error.is_timeout() {
        return format!("no whole answer within {PATIENCE:?}");
    }
    let mut cause: &dyn Error = &error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

/// `host:port`, with the port even where it is the usual one.
fn server(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    let port = url.port_or_known_default().unwrap_or_default();
    format!("{host}:{port}")
}

fn shown(url: &Url) -> String {
    format!("{}://{}/...", url.scheme(), server(url))
}
