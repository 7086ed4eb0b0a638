//! Who calls, and what is sent.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aspsp_emulator::domain::ecosystem::Ecosystem;
use aspsp_emulator::domain::signing::Edits;
use aspsp_emulator::emulator::tpp::RequestBuilder;
use certs_gen::{CertificateRequest, Key, KeyAlgorithm, Kind, PublicKey, Subject};
use reqwest::header::HeaderMap;
use reqwest::{Client, Method};
use rustls::ClientConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::connections::{HOST, HTTP1, HTTP2, Identity, client, identity_of, tls_config};
use crate::helpers::{FORM, INTERACTION_ID, TestBank, TestTpp, authority};

/// The interaction id that every request is sent with.
pub const ID: &str = "case-1";
pub const BRAZIL: &str = "open-finance-brasil";
pub const DIRECTORY: &str = "raidiam-directory";
/// The ids of TPP A.
pub const SOFTWARE_A: &str = "softwareA";
pub const ORG_A: &str = "0015800001HQQrZAAA";
const ORG_B: &str = "0015800001HQQrZBBB";

/// Who calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Who {
    A,
    B,
    /// Another software of A's organisation.
    Colleague,
    Brazilian,
    /// A certificate of the authority for a software that the directory does not know.
    Stranger,
}

/// One who calls, with what it was given by each bank.
pub struct Party {
    pub tpp: Option<TestTpp>,
    http: Client,
    given: HashMap<&'static str, Given>,
}

/// What a bank gave.
#[derive(Debug, Clone, Default)]
struct Given {
    client_id: Option<String>,
    token: Option<String>,
}

/// Changes a registration request.
pub type Change = fn(RequestBuilder) -> RequestBuilder;

/// One request.
#[derive(Clone)]
pub struct Call {
    pub who: Who,
    pub operation: &'static str,
    pub bank: &'static str,
    headers: Vec<(&'static str, String)>,
    change: Option<Change>,
    statement: Option<(&'static str, Value)>,
    statement_age: i64,
    client_id: Option<&'static str>,
    host: &'static str,
    new_connection: bool,
    method: Option<&'static str>,
}

/// A request by TPP A at `uk-ob-3.3`.
fn call(operation: &'static str) -> Call {
    Call {
        who: Who::A,
        operation,
        bank: crate::helpers::BANK,
        headers: Vec::new(),
        change: None,
        statement: None,
        statement_age: 0,
        client_id: None,
        host: "localhost",
        new_connection: false,
        method: None,
    }
}

pub fn register() -> Call {
    call("register")
}

pub fn read() -> Call {
    call("read")
}

pub fn update() -> Call {
    call("update")
}

pub fn delete() -> Call {
    call("delete")
}

pub fn token() -> Call {
    call("token")
}

pub fn discovery() -> Call {
    call("discovery")
}

pub fn jwks() -> Call {
    call("jwks")
}

/// A request at the directory.
pub fn at_directory(operation: &'static str) -> Call {
    call(operation).at(DIRECTORY)
}

impl Call {
    pub fn by(self, who: Who) -> Self {
        Self { who, ..self }
    }

    pub fn at(self, bank: &'static str) -> Self {
        Self { bank, ..self }
    }

    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// A registration request that differs from an ordinary one.
    pub fn changed(self, change: Change) -> Self {
        Self {
            change: Some(change),
            ..self
        }
    }

    /// One claim of the software statement is another.
    pub fn stating(self, name: &'static str, value: impl Into<Value>) -> Self {
        Self {
            statement: Some((name, value.into())),
            ..self
        }
    }

    /// The software statement was issued so many seconds ago.
    pub fn with_statement_of_age(self, seconds: i64) -> Self {
        Self {
            statement_age: seconds,
            ..self
        }
    }

    pub fn about(self, client_id: &'static str) -> Self {
        Self {
            client_id: Some(client_id),
            ..self
        }
    }

    /// Asks for this host name in the handshake.
    pub fn at_host(self, host: &'static str) -> Self {
        Self { host, ..self }
    }

    pub fn on_a_new_connection(self) -> Self {
        Self {
            new_connection: true,
            ..self
        }
    }

    pub fn by_method(self, method: &'static str) -> Self {
        Self {
            method: Some(method),
            ..self
        }
    }
}

/// A request as it is sent.
pub struct Sent {
    pub method: &'static str,
    pub path: String,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
}

/// An answer.
#[derive(Debug)]
pub struct Got {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    /// Real time until the whole answer was there.
    pub elapsed: Duration,
}

impl Got {
    pub fn header(&self, name: &str) -> Option<&str> {
        let value = self.headers.get(name)?;
        Some(value.to_str().unwrap())
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }
}

impl Party {
    pub async fn new(bank: &TestBank, who: Who) -> Self {
        let tpp = match who {
            Who::A => Some(uk(bank, SOFTWARE_A, ORG_A).await),
            Who::B => Some(uk(bank, "softwareB", ORG_B).await),
            Who::Colleague => Some(uk(bank, "softwareC", ORG_A).await),
            Who::Brazilian => {
                let tpp = bank.tpp_with(|tpp| {
                    tpp.ecosystem(Ecosystem::Brazil)
                        .redirect_uri("https://app.example/cb")
                });
                Some(tpp.await)
            }
            Who::Stranger => None,
        };
        Self {
            http: connect(tpp.as_ref(), bank),
            tpp,
            given: HashMap::new(),
        }
    }

    /// The request with everything that goes with it.
    pub fn sent(&self, call: &Call, bank: &TestBank) -> Sent {
        let given = self.given.get(call.bank).cloned().unwrap_or_default();
        let client_id = call.client_id.map(str::to_owned).or(given.client_id);
        let client_id = client_id.unwrap_or_else(|| "nobody".to_owned());
        let url = bank.emulator.url(call.bank);
        let (_, base) = url.split_at(bank.emulator.base_urls().mtls.len());
        let collection = if call.bank == BRAZIL {
            "reg"
        } else {
            "register"
        };
        let (method, below) = match call.operation {
            "register" => ("POST", collection.to_owned()),
            "read" => ("GET", format!("{collection}/{client_id}")),
            "update" => ("PUT", format!("{collection}/{client_id}")),
            "delete" => ("DELETE", format!("{collection}/{client_id}")),
            "token" => ("POST", "token".to_owned()),
            "discovery" => ("GET", ".well-known/openid-configuration".to_owned()),
            "jwks" => ("GET", "jwks".to_owned()),
            "clients" => ("GET", "clients".to_owned()),
            "client" => ("GET", format!("clients/{}", self.software_id())),
            "assertion" => {
                let org = self.tpp.as_ref().unwrap().tpp.org_id();
                let software = self.software_id();
                let path = format!("organisations/{org}/softwarestatements/{software}/assertion");
                ("GET", path)
            }
            other => panic!("no operation {other}"),
        };
        let mut headers = call.headers.clone();
        headers.push((INTERACTION_ID, ID.to_owned()));
        let is_managed = matches!(
            call.operation,
            "read" | "update" | "delete" | "clients" | "client" | "assertion"
        );
        if let Some(token) = given.token.filter(|_| is_managed) {
            headers.push(("authorization", format!("Bearer {token}")));
        }
        let body = match call.operation {
            "register" | "update" => {
                headers.push(("content-type", media_type(call.bank).to_owned()));
                self.request(call, &client_id)
            }
            "token" => {
                headers.push(("content-type", FORM.to_owned()));
                match call.bank {
                    DIRECTORY => format!(
                        "grant_type=client_credentials&client_id={}&scope=directory%3Asoftware",
                        self.software_id()
                    ),
                    _ => format!("grant_type=client_credentials&client_id={client_id}"),
                }
            }
            _ => String::new(),
        };
        Sent {
            method: call.method.unwrap_or(method),
            path: format!("{base}/{below}"),
            headers,
            body,
        }
    }

    fn software_id(&self) -> String {
        self.tpp.as_ref().unwrap().tpp.software_id().to_string()
    }

    fn request(&self, call: &Call, client_id: &str) -> String {
        let tpp = &self.tpp.as_ref().unwrap().tpp;
        let mut request = tpp.registration_request(call.bank);
        if call.statement.is_some() || call.statement_age > 0 {
            let mut edits = Edits::default();
            if let Some((name, value)) = &call.statement {
                edits.set_claim(name, value.clone());
            }
            let issued = request.claims().unwrap()["iat"].as_i64().unwrap();
            edits.set_claim("iat", issued - call.statement_age);
            let statement = tpp.edited_statement(&edits).unwrap();
            request = request.claim("software_statement", statement);
        }
        if call.operation == "update" {
            request = request.claim("client_id", client_id);
        }
        if let Some(change) = call.change {
            request = change(request);
        }
        if call.bank == BRAZIL {
            request.to_json().unwrap()
        } else {
            request.sign().unwrap()
        }
    }

    /// Sends a request over HTTP/2, and keeps what the bank gives.
    pub async fn send(&mut self, call: &Call, bank: &TestBank) -> reqwest::Result<Got> {
        let sent = self.sent(call, bank);
        if call.new_connection {
            self.http = connect(self.tpp.as_ref(), bank);
        }
        let port = bank.emulator.addresses().mtls.port();
        let url = format!("https://{}:{port}{}", call.host, sent.path);
        let method = Method::from_bytes(sent.method.as_bytes()).unwrap();
        let mut request = self.http.request(method, url).body(sent.body);
        for (name, value) in &sent.headers {
            request = request.header(*name, value);
        }
        let start = Instant::now();
        let answer = request.send().await?;
        let got = Got {
            status: answer.status().as_u16(),
            headers: answer.headers().clone(),
            body: answer.bytes().await?.to_vec(),
            elapsed: start.elapsed(),
        };
        self.keep(call, &got);
        Ok(got)
    }

    fn keep(&mut self, call: &Call, got: &Got) {
        let given = self.given.entry(call.bank).or_default();
        let Some(body) = got.json() else { return };
        let text = |name: &str| body[name].as_str().map(str::to_owned);
        match (call.operation, got.status) {
            ("register", 201) => {
                given.client_id = text("client_id");
                given.token = text("registration_access_token");
            }
            ("token", 200) => given.token = text("access_token"),
            _ => {}
        }
    }

    /// A bare connection for HTTP/1.1 on which the request has been sent.
    pub async fn open(&self, call: &Call, bank: &TestBank) -> TlsStream<TcpStream> {
        let sent = self.sent(call, bank);
        let mut stream = self.shake_hands(bank, call.host).await.unwrap();
        let mut text = format!(
            "{} {} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: {}\r\n",
            sent.method,
            sent.path,
            sent.body.len()
        );
        for (name, value) in &sent.headers {
            write!(text, "{name}: {value}\r\n").unwrap();
        }
        text.push_str("\r\n");
        text.push_str(&sent.body);
        stream.write_all(text.as_bytes()).await.unwrap();
        stream
    }

    pub async fn shake_hands(
        &self,
        bank: &TestBank,
        host: &str,
    ) -> std::io::Result<TlsStream<TcpStream>> {
        let stream = TcpStream::connect(bank.emulator.addresses().mtls).await?;
        let name = ServerName::try_from(host.to_owned()).unwrap();
        let connector = TlsConnector::from(Arc::new(tls(self.tpp.as_ref(), bank, HTTP1)));
        connector.connect(name, stream).await
    }
}

/// A client without a connection yet.
fn connect(tpp: Option<&TestTpp>, bank: &TestBank) -> Client {
    client(tls(tpp, bank, HTTP2), bank.emulator.addresses().mtls)
}

fn tls(tpp: Option<&TestTpp>, bank: &TestBank, alpn: &str) -> ClientConfig {
    let all = aws_lc_rs::default_provider().cipher_suites;
    let identity = tpp.map_or_else(|| stranger().identity(), identity_of);
    tls_config(bank.emulator.authority(), Some(identity), &all, alpn)
}

async fn uk(bank: &TestBank, software: &str, org: &str) -> TestTpp {
    let (software, org) = (software.to_owned(), org.to_owned());
    let tpp = bank.tpp_with(|tpp| {
        tpp.software_id(software)
            .org_id(org)
            .redirect_uri("https://app.example/cb")
    });
    tpp.await
}

fn media_type(bank: &str) -> &'static str {
    match bank {
        BRAZIL => "application/json",
        "uk-ob-3.1" | "virgin-money" => "application/jwt",
        _ => "application/jose",
    }
}

/// Everything that comes until the connection ends, and how it ends.
pub async fn rest(mut stream: TlsStream<TcpStream>) -> (Vec<u8>, std::io::Result<usize>) {
    let mut bytes = Vec::new();
    let guard = Duration::from_secs(20);
    let end = tokio::time::timeout(guard, stream.read_to_end(&mut bytes)).await;
    (bytes, end.expect("nothing happened for 20 s"))
}

/// A certificate that no world has made.
pub struct Stranger {
    pub certificate: certs_gen::Certificate,
    key: Key,
}

impl Stranger {
    fn identity(&self) -> Identity {
        let chain = [self.certificate.der(), self.certificate.issuing_der()];
        let key = self.key.private_der().to_vec();
        (
            chain.map(|der| CertificateDer::from(der.to_vec())).to_vec(),
            PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key)),
        )
    }
}

pub fn stranger() -> &'static Stranger {
    static MADE: std::sync::OnceLock<Stranger> = std::sync::OnceLock::new();
    MADE.get_or_init(|| {
        let key = Key::generate(KeyAlgorithm::EcP256).unwrap();
        let subject = Subject::example(Kind::ObTransport);
        let request = CertificateRequest {
            kind: Kind::ObTransport,
            subject: &subject,
            public_key: PublicKey::Of(&key),
            flaw: None,
        };
        let now = aspsp_emulator::clock::Clock::system().now();
        Stranger {
            certificate: authority().issue(&request, now).unwrap(),
            key,
        }
    })
}

/// A name of the emulator besides localhost.
pub const OTHER_HOST: &str = HOST;
