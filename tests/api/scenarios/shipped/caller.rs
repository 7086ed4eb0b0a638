//! A TPP at one bank, and what it asks.

use aspsp_emulator::emulator::tpp::{RequestBuilder, Tpp};
use reqwest::{Client, ClientBuilder, Method, RequestBuilder as HttpRequest};

use super::answer::{Answer, Outcome};
use super::ground::{BRAZIL, DIRECTORY, SENT_ID};
use crate::connections::{HTTP1, HTTP2};
use crate::helpers::{BANK, FORM, INTERACTION_ID, JOSE};

/// A client that is registered, and the token that manages it.
#[derive(Debug, Clone)]
pub struct Registered {
    pub id: String,
    pub token: String,
}

/// A TPP at one bank.
#[derive(Clone)]
pub struct Caller {
    pub tpp: Tpp,
    pub http: Client,
    pub bank: &'static str,
    /// URL of the bank on the mutual TLS listener.
    pub base: String,
    /// The scenario that its requests name.
    pub scenario: Option<&'static str>,
}

impl Caller {
    /// The same TPP, whose requests name no scenario.
    pub fn plain(&self) -> Self {
        Self {
            scenario: None,
            ..self.clone()
        }
    }

    /// The same TPP, whose requests name this scenario.
    pub fn naming(&self, scenario: &'static str) -> Self {
        Self {
            scenario: Some(scenario),
            ..self.clone()
        }
    }

    /// The same TPP over HTTP/1.1, with a connection for each request.
    pub fn over_http1(&self) -> Self {
        self.over(HTTP1, |http| http.http1_only().pool_max_idle_per_host(0))
    }

    /// The same TPP over HTTP/2, with one connection for all requests.
    pub fn over_http2(&self) -> Self {
        self.over(HTTP2, ClientBuilder::http2_prior_knowledge)
    }

    fn over(&self, alpn: &str, how: impl FnOnce(ClientBuilder) -> ClientBuilder) -> Self {
        let mut config = self.tpp.client_config().unwrap();
        config.alpn_protocols = vec![alpn.as_bytes().to_vec()];
        let builder = Client::builder().tls_backend_preconfigured(config);
        Self {
            http: how(builder).build().unwrap(),
            ..self.clone()
        }
    }

    fn is_brazilian(&self) -> bool {
        self.bank == BRAZIL
    }

    /// Path of the registration endpoint below that of the bank.
    fn collection(&self) -> &'static str {
        if self.is_brazilian() {
            "/reg"
        } else {
            "/register"
        }
    }

    fn request(&self, method: Method, path: &str) -> HttpRequest {
        let request = self
            .http
            .request(method, format!("{}{path}", self.base))
            .header(INTERACTION_ID, SENT_ID);
        match self.scenario {
            Some(name) => request.header("x-emulator-scenario", name),
            None => request,
        }
    }

    async fn send(&self, request: HttpRequest) -> Outcome {
        Answer::read(request.send().await?).await
    }

    pub async fn try_get(&self, path: &str) -> Outcome {
        self.send(self.request(Method::GET, path)).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.try_get(path).await.unwrap()
    }

    pub async fn get_with_token(&self, path: &str, token: &str) -> Answer {
        let request = self.request(Method::GET, path).bearer_auth(token);
        self.send(request).await.unwrap()
    }

    /// An ordinary registration request, as this bank takes it; the directory takes none, so it gets one
    /// that is for a bank.
    pub fn body(&self) -> String {
        let bank = if self.bank == DIRECTORY {
            BANK
        } else {
            self.bank
        };
        self.written(self.tpp.registration_request(bank))
    }

    fn written(&self, request: RequestBuilder) -> String {
        let body = if self.is_brazilian() {
            request.to_json()
        } else {
            request.sign()
        };
        body.unwrap()
    }

    pub fn media_type(&self) -> &'static str {
        if self.is_brazilian() {
            "application/json"
        } else {
            JOSE
        }
    }

    pub async fn try_register(&self) -> Outcome {
        let request = self
            .request(Method::POST, self.collection())
            .header("content-type", self.media_type())
            .body(self.body());
        self.send(request).await
    }

    pub async fn register(&self) -> Answer {
        self.try_register().await.unwrap()
    }

    /// Registers a client that must be accepted, with the token that manages it at this bank.
    pub async fn registered(&self) -> Registered {
        let answer = self.register().await;
        assert_eq!(answer.status, 201, "{answer:?}");
        let id = answer.text("client_id");
        let token = if self.is_brazilian() {
            answer.text("registration_access_token")
        } else {
            self.access_token(&id).await
        };
        Registered { id, token }
    }

    /// A token of the grant `client_credentials`.
    pub async fn token(&self, client_id: &str) -> Answer {
        self.token_of(format!(
            "grant_type=client_credentials&client_id={client_id}"
        ))
        .await
    }

    async fn token_of(&self, form: String) -> Answer {
        let request = self
            .request(Method::POST, "/token")
            .header("content-type", FORM)
            .body(form);
        self.send(request).await.unwrap()
    }

    pub async fn access_token(&self, client_id: &str) -> String {
        let answer = self.token(client_id).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.text("access_token")
    }

    fn manage(&self, method: Method, client: &Registered) -> HttpRequest {
        let path = format!("{}/{}", self.collection(), client.id);
        self.request(method, &path).bearer_auth(&client.token)
    }

    pub async fn read(&self, client: &Registered) -> Answer {
        self.send(self.manage(Method::GET, client)).await.unwrap()
    }

    pub async fn delete(&self, client: &Registered) -> Answer {
        let request = self.manage(Method::DELETE, client);
        self.send(request).await.unwrap()
    }

    /// Replaces the client by one with fewer scopes.
    pub async fn try_replace(&self, client: &Registered) -> Outcome {
        let scope = if self.is_brazilian() {
            "openid consents"
        } else {
            "openid accounts"
        };
        let request = self.tpp.registration_request(self.bank);
        let request = request
            .claim("client_id", client.id.as_str())
            .claim("scope", scope);
        let request = self
            .manage(Method::PUT, client)
            .header("content-type", self.media_type())
            .body(self.written(request));
        self.send(request).await
    }

    pub async fn replace(&self, client: &Registered) -> Answer {
        self.try_replace(client).await.unwrap()
    }

    pub fn can_read(&self) -> bool {
        ![DIRECTORY, "virgin-money"].contains(&self.bank)
    }

    pub fn can_replace(&self) -> bool {
        self.can_read() && self.bank != "uk-ob-3.1"
    }
}

/// A token that reads the directory.
pub async fn directory_token(caller: &Caller) -> String {
    let form = format!(
        "grant_type=client_credentials&client_id={}&scope=directory:software",
        caller.tpp.software_id()
    );
    caller.token_of(form).await.text("access_token")
}

/// What a TPP reads of the directory, with a token of its own.
pub async fn read_directory(caller: &Caller) -> Answer {
    let token = directory_token(caller).await;
    caller.get_with_token("/clients", &token).await
}
