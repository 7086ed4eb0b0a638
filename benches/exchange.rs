//! What one exchange costs through everything that stands around a bank: listener, world, script, routes,
//! journal and metrics. `cargo bench --bench exchange`.
//!
//! Over one kept-alive mutual TLS connection on loopback, since nothing public answers a request without
//! one: the client's share, the kernel's and that of TLS are in each figure. `no such route` is an exchange
//! in which no bank does anything; what the others take more is their own. Client and emulator take
//! turns, on a thread each. One rule in force that is about something else shows what scenarios add.

#![allow(missing_docs, clippy::unwrap_used)] // Macros make what there is; a program that measures.

use aspsp_emulator::{Emulator, Key, KeyAlgorithm, Tpp};
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use reqwest::{Client, Method, Request, Url};
use tokio::runtime::{Builder, Runtime};

const BANK: &str = "uk-ob-3.3";
const JOSE: &str = "application/jose";
const FORM: &str = "application/x-www-form-urlencoded";
/// About key sets; every other operation passes it.
const ELSEWHERE: &str = "name: elsewhere\nrules: [{ match: { operation: jwks }, respond: 503 }]";

/// A TPP with a client and a token, and its one connection.
struct Caller {
    emulator: Emulator,
    runtime: Runtime,
    http: Client,
    client: String,
    token: String,
    tpp: Tpp,
}

impl Caller {
    fn new(protocol: &str) -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let emulator = Emulator::builder().start_blocking().unwrap();
        emulator.clock().freeze(); // So that no token expires.
        let [transport, signing] = [(); 2].map(|()| Key::generate(KeyAlgorithm::Rsa2048).unwrap());
        let tpp = emulator.tpp().transport_key(transport).signing_key(signing);
        let tpp = emulator.block_on(tpp.create()).unwrap();
        let mut tls = tpp.client_config().unwrap();
        tls.alpn_protocols = vec![protocol.as_bytes().to_vec()];
        let http = Client::builder().tls_backend_preconfigured(tls);
        let mut caller = Self {
            http: http.build().unwrap(),
            client: String::new(),
            token: String::new(),
            runtime,
            emulator,
            tpp,
        };
        let answer = caller.text(caller.registration(), 201);
        caller.client = member(&answer, "client_id");
        let answer = caller.text(caller.asking_for_token(), 200);
        caller.token = member(&answer, "access_token");
        caller
    }

    fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let url = format!("{}{path}", self.emulator.url(BANK));
        self.http.request(method, Url::parse(&url).unwrap())
    }

    fn registration(&self) -> Request {
        let body = self.tpp.registration_request(BANK).sign().unwrap();
        let post = self.request(Method::POST, "/register").body(body);
        post.header("content-type", JOSE).build().unwrap()
    }

    fn asking_for_token(&self) -> Request {
        let form = format!("grant_type=client_credentials&client_id={}", self.client);
        let post = self.request(Method::POST, "/token").body(form);
        post.header("content-type", FORM).build().unwrap()
    }

    fn refused(&self) -> Request {
        let post = self.request(Method::POST, "/register").body("not.a.jws");
        post.header("content-type", JOSE).build().unwrap()
    }

    fn reading(&self) -> Request {
        let get = self.request(Method::GET, &format!("/register/{}", self.client));
        get.bearer_auth(&self.token).build().unwrap()
    }

    fn getting(&self, path: &str) -> Request {
        self.request(Method::GET, path).build().unwrap()
    }

    fn text(&self, request: Request, status: u16) -> String {
        self.runtime.block_on(self.answer(request, status))
    }

    async fn answer(&self, request: Request, status: u16) -> String {
        let answer = self.http.execute(request).await.unwrap();
        assert_eq!(answer.status(), status);
        answer.text().await.unwrap()
    }
}

/// A text of a JSON answer.
fn member(answer: &str, name: &str) -> String {
    let answer: serde_json::Value = serde_json::from_str(answer).unwrap();
    answer[name].as_str().unwrap().to_owned()
}

fn exchanges(criterion: &mut Criterion, protocol: &str, setting: &str, caller: &Caller) {
    let mut group = criterion.benchmark_group(format!("{protocol}{setting}"));
    let mut measure = |name: &str, request: Request, status: u16| {
        group.bench_function(name, |bencher| {
            bencher.iter_batched(
                || request.try_clone().unwrap(),
                |request| caller.text(request, status),
                BatchSize::SmallInput,
            );
        });
    };
    measure("no such route", caller.getting("/nothing"), 404);
    measure(
        "discovery",
        caller.getting("/.well-known/openid-configuration"),
        200,
    );
    measure("read", caller.reading(), 200);
    measure("token", caller.asking_for_token(), 200);
    measure("registration refused", caller.refused(), 400);
    measure("registration", caller.registration(), 201);
    group.finish();
}

fn exchange(criterion: &mut Criterion) {
    for protocol in ["http/1.1", "h2"] {
        let caller = Caller::new(protocol);
        exchanges(criterion, protocol, "", &caller);
        caller.emulator.activate_yaml(ELSEWHERE).unwrap();
        exchanges(criterion, protocol, ", a rule in force", &caller);
    }
}

criterion_group!(benches, exchange);
criterion_main!(benches);
