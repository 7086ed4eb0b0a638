//! Requests over real connections, and what is seen of their answers.

use std::fmt;
use std::sync::Arc;

use aspsp_emulator::Tpp;
use reqwest::{Client, ClientBuilder, RequestBuilder};
use rustls::{ClientConfig, RootCertStore};
use serde_json::{Value, json};

use crate::banks::{Bank, Redirects, Who};
use crate::faults::UNDISTURBED;
use crate::step::{Ask, Call, ClientName};
use crate::system::{Caller, System};

const INTERACTION_ID: &str = "x-fapi-interaction-id";
const SCENARIO: &str = "x-emulator-scenario";

/// An answer whose head arrived.
pub struct Seen {
    pub status: u16,
    pub interaction_id: Option<String>,
    /// Whether it says that its body is JSON.
    claims_json: bool,
    /// `None`: it broke off.
    pub body: Option<Vec<u8>>,
}

impl fmt::Debug for Seen {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = self
            .interaction_id
            .as_deref()
            .unwrap_or("no interaction id");
        write!(formatter, "{}, {id}, ", self.status)?;
        match &self.body {
            None => write!(formatter, "a body that breaks off"),
            Some(body) => write!(formatter, "{:?}", String::from_utf8_lossy(body)),
        }
    }
}

impl Seen {
    fn json(&self) -> Value {
        self.body.as_deref().and_then(read).unwrap_or_default()
    }

    /// Whether it says that its body is JSON, has one, and it is none.
    pub fn is_garbled(&self) -> bool {
        let body = self.body.as_deref().unwrap_or_default();
        self.claims_json && !body.is_empty() && read(body).is_none()
    }

    /// A text of its body; empty if it has none of this name.
    pub fn text(&self, name: &str) -> String {
        self.json()[name].as_str().unwrap_or_default().to_owned()
    }

    pub fn redirect_uris(&self) -> Vec<String> {
        texts(&self.json()["redirect_uris"])
    }
}

/// The JSON that these bytes are.
fn read(body: &[u8]) -> Option<Value> {
    serde_json::from_slice(body).ok()
}

/// The texts of a list.
pub fn texts(list: &Value) -> Vec<String> {
    let items = list.as_array().into_iter().flatten();
    items
        .filter_map(|item| item.as_str().map(str::to_owned))
        .collect()
}

/// An HTTP client that presents a TPP's certificate.
pub fn tpp_client(tpp: &Tpp, speaks_http2: bool) -> Client {
    let mut config = tpp.client_config().unwrap();
    let protocol: &[u8] = if speaks_http2 { b"h2" } else { b"http/1.1" };
    config.alpn_protocols = vec![protocol.to_vec()];
    client(config)
}

/// An HTTP client for the control API, which is cleartext.
pub fn control_client() -> Client {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider);
    let config = config.with_safe_default_protocol_versions().unwrap();
    client(
        config
            .with_root_certificates(RootCertStore::empty())
            .with_no_client_auth(),
    )
}

/// One that never asks twice.
fn client(config: ClientConfig) -> Client {
    let builder: ClientBuilder = Client::builder().tls_backend_preconfigured(config);
    builder.retry(reqwest::retry::never()).build().unwrap()
}

/// The interaction id of a request that names itself.
pub fn interaction_id(call: &Call) -> String {
    format!("request-{}", call.number)
}

/// Sends a request, under the scenario that it chooses. `None`: there was no answer.
pub async fn send(system: &System, call: &Call, scenario: Option<&str>) -> Option<Seen> {
    let mut request = request(system, call.bank, call.by, &call.ask);
    if let Some(scenario) = scenario {
        request = request.header(SCENARIO, scenario);
    }
    if !call.is_nameless {
        request = request.header(INTERACTION_ID, interaction_id(call));
    }
    seen(request).await
}

/// The same in peace, whatever is in force, under this interaction id.
pub async fn ask(system: &System, bank: Bank, by: Who, ask: &Ask, id: &str) -> Seen {
    let request = request(system, bank, by, ask).header(INTERACTION_ID, id);
    undisturbed(system, request).await
}

/// A client is read in peace, with a token of which the model knows nothing.
pub async fn read_with(
    system: &System,
    bank: Bank,
    by: Who,
    client: ClientName,
    token: &str,
) -> Seen {
    let get = system
        .caller(bank, by)
        .http
        .get(client_url(system, bank, client));
    undisturbed(system, get.bearer_auth(token)).await
}

/// The answer, which there always is in peace, all of it.
async fn undisturbed(system: &System, request: RequestBuilder) -> Seen {
    match seen(request.header(SCENARIO, UNDISTURBED)).await {
        Some(seen) if seen.interaction_id.is_some() && seen.body.is_some() => seen,
        seen => system.fail(&format!("an answer that nothing disturbed: {seen:?}")),
    }
}

/// What the journal has under an interaction id.
pub async fn journalled(system: &System, id: &str) -> Vec<Value> {
    let url = format!("{}/exchanges?interaction_id={id}", system.control_url());
    let list: Value = system
        .control
        .get(url)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    list["items"].as_array().unwrap().clone()
}

fn client_url(system: &System, bank: Bank, client: ClientName) -> String {
    let (url, id) = (system.world.url(bank.id()), &system.ids[&client]);
    format!("{url}{}/{id}", bank.clients_path())
}

async fn seen(request: RequestBuilder) -> Option<Seen> {
    let answer = request.send().await.ok()?;
    let header = |name: &str| {
        let value = answer.headers().get(name)?;
        Some(value.to_str().unwrap().to_owned())
    };
    let content_type = header("content-type").unwrap_or_default();
    Some(Seen {
        status: answer.status().as_u16(),
        interaction_id: header(INTERACTION_ID),
        claims_json: content_type.starts_with("application/json"),
        body: answer.bytes().await.ok().map(|body| body.to_vec()),
    })
}

fn request(system: &System, bank: Bank, by: Who, ask: &Ask) -> RequestBuilder {
    let Caller { tpp, http } = system.caller(bank, by);
    let url = system.world.url(bank.id());
    let client_url = |client| client_url(system, bank, client);
    let token = |token| &system.tokens[&token];
    match *ask {
        Ask::Register(redirects) => http
            .post(format!("{url}{}", bank.clients_path()))
            .header("content-type", bank.media_type())
            .body(registration(bank, tpp, redirects, None)),
        Ask::Token(client) => {
            let (id, scope) = (&system.ids[&client], bank.scope());
            let form = format!("grant_type=client_credentials&client_id={id}&scope={scope}");
            let post = http.post(format!("{url}/token")).body(form);
            post.header("content-type", "application/x-www-form-urlencoded")
        }
        Ask::Read(client, with) => http.get(client_url(client)).bearer_auth(token(with)),
        Ask::Replace(client, with, redirects) => http
            .put(client_url(client))
            .header("content-type", bank.media_type())
            .body(registration(
                bank,
                tpp,
                redirects,
                Some(&system.ids[&client]),
            ))
            .bearer_auth(token(with)),
        Ask::Delete(client, with) => http.delete(client_url(client)).bearer_auth(token(with)),
    }
}

/// A registration request, for a client that there is not yet, or that is replaced.
fn registration(bank: Bank, tpp: &Tpp, redirects: Redirects, client: Option<&str>) -> String {
    let request = tpp.registration_request(bank.id());
    let request = request.claim("redirect_uris", json!(redirects.uris()));
    if bank != Bank::Brasil {
        return request.sign().unwrap();
    }
    let request = match client {
        Some(id) => request.claim("client_id", id),
        None => request,
    };
    request.to_json().unwrap()
}
