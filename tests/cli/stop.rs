//! SIGTERM while there is much to do.

use std::fs;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use reqwest::{Client, Response};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::Value;

use crate::process::{FREE, Running};

/// Longer than any test runs.
const SCENARIO: &str = "description: Registrations take an hour.\nrules:\n- match: { operation: register }\n  delay: 1h\n";
/// Registrations in flight, half of them over HTTP/2.
const IN_FLIGHT: usize = 16;

/// The kit's TPP, as clients of both protocols see to it.
struct Tpp {
    http1: Client,
    http2: Client,
}

impl Tpp {
    fn of(running: &Running) -> Self {
        let pem = |name: &str| fs::read(running.dir.path().join("kit").join(name)).unwrap();
        let chain = |name: &str| -> Vec<_> {
            let pem = pem(name);
            let certificates = CertificateDer::pem_slice_iter(&pem).map(Result::unwrap);
            certificates.map(CertificateDer::into_owned).collect()
        };
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut roots = rustls::RootCertStore::empty();
        roots.add_parsable_certificates(chain("ca.pem"));
        let key = PrivateKeyDer::from_pem_slice(&pem("transport.key")).unwrap();
        let config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_client_auth_cert(chain("transport.pem"), key)
            .unwrap();
        let client = || Client::builder().tls_backend_preconfigured(config.clone());
        Self {
            http1: client().http1_only().build().unwrap(),
            http2: client().build().unwrap(),
        }
    }
}

/// Registers with a request of its own; the answer's body is read.
fn register(
    client: &Client,
    running: &Running,
) -> impl Future<Output = reqwest::Result<Value>> + Send + 'static {
    let kit = format!(
        "{}/kit/registration-uk-ob-3.3.jwt",
        running.ready("control")
    );
    let bank = format!("{}/uk-ob-3.3/register", running.ready("mtls"));
    let client = client.clone();
    async move {
        let request = client.get(kit).send().await?.text().await?;
        let request = client.post(bank).body(request);
        let request = request.header("content-type", "application/jose");
        request.send().await?.error_for_status()?.json().await
    }
}

async fn registered(client: &Client, running: &Running) -> usize {
    let clients = format!("{}/api/banks/uk-ob-3.3/clients", running.ready("control"));
    let list: Value = client
        .get(clients)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    list["items"].as_array().unwrap().len()
}

/// Asks for discovery documents until no more is answered; how many were, each of them whole.
async fn ask_on(client: Client, url: String, answered: Arc<AtomicUsize>) {
    while let Ok(answer) = client.get(&url).send().await {
        // Answered means to the end.
        let document: Value = whole(answer).await;
        assert!(document["issuer"].is_string(), "{document}");
        answered.fetch_add(1, Ordering::Relaxed);
    }
}

async fn whole(answer: Response) -> Value {
    assert_eq!(answer.status(), 200);
    answer.json().await.unwrap()
}

/// Guards: the stop ends delays (`hold_back` in `src/server/exchange.rs`), and connections are told to finish what
/// is in flight rather than dropped (`drive` in `src/server/drive.rs`).
#[test]
fn sigterm_under_load_answers_what_is_in_flight_at_once_for_all_its_scripted_delay() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("slow.yaml"), SCENARIO).unwrap();
    let running = Running::start_in(dir, |command| {
        command.args(FREE).args(["--scenario", "./slow.yaml"])
    });
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let tpp = Tpp::of(&running);
        let clients = [&tpp.http1, &tpp.http2].into_iter().cycle();
        let in_flight: Vec<_> = clients
            .clone()
            .take(IN_FLIGHT)
            .map(|client| tokio::spawn(register(client, &running)))
            .collect();
        let answered = Arc::new(AtomicUsize::new(0));
        let url = format!(
            "{}/uk-ob-3.3/.well-known/openid-configuration",
            running.ready("tls")
        );
        let load: Vec<_> = clients
            .take(4)
            .map(|client| tokio::spawn(ask_on(client.clone(), url.clone(), answered.clone())))
            .collect();
        // The bank has done its work, and what it answers is held back.
        while registered(&tpp.http1, &running).await < IN_FLIGHT
            || answered.load(Ordering::Relaxed) < 100
        {
            tokio::task::yield_now().await;
        }
        let told = Instant::now();
        let ended = tokio::task::spawn_blocking(move || running.terminate().0);
        for answer in join_all(in_flight).await {
            let client = answer
                .unwrap()
                .expect("a registration in flight is answered");
            assert!(client["client_id"].is_string(), "{client}");
        }
        assert_eq!(ended.await.unwrap(), Some(0));
        // What is left after five seconds is aborted; nothing was.
        assert!(
            told.elapsed() < Duration::from_secs(4),
            "{:?}",
            told.elapsed()
        );
        for load in load {
            load.await.unwrap();
        }
    });
}
