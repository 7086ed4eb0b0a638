//! Key sets that are too large, too deep, or never come.

use std::time::Duration;

use aspsp_emulator::EmulatorBuilder;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use certs_gen::KeyAlgorithm;
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::helpers::{BANK, TestBank, TestTpp, http_client};
use crate::key_server::KeyServer;
use crate::neighbour::{Neighbour, within};
use crate::outside_parties::{Sandbox, bank_that_trusts};

/// Requests at one time.
const AT_ONCE: usize = 10;

/// A TPP of another directory, whose key store is hostile, and one of this directory.
struct Parties {
    sandbox: Sandbox,
    server: KeyServer,
    bank: TestBank,
    outsider: TestTpp,
    neighbour: Neighbour,
}

impl Parties {
    async fn start() -> Self {
        let sandbox = Sandbox::start(KeyAlgorithm::EcP256).await;
        let server = KeyServer::with(&sandbox.key_set()).await;
        let listed = server.listed();
        let change = |builder: EmulatorBuilder| builder.fetch_jwks_from(listed);
        let bank = bank_that_trusts(sandbox.trusted(), change).await;
        let tpp = bank.tpp().await;
        let neighbour = Neighbour {
            tls: tpp.tpp.client_config().unwrap(),
            bank: bank.emulator.url(BANK),
            client_id: tpp.registered().await,
        };
        let outsider = sandbox.caller(&bank);
        Self {
            sandbox,
            server,
            bank,
            outsider,
            neighbour,
        }
    }

    /// Several requests at once whose keys are in that store; status and body of each answer.
    async fn registered(&self) -> Vec<(u16, Value)> {
        let url = self.server.url();
        let attack = join_all((0..AT_ONCE).map(|_| async {
            let statement = self
                .sandbox
                .statement(|edits| edits.set_claim("software_jwks_endpoint", url.as_str()));
            let request = self.sandbox.request(&self.bank, statement).sign().unwrap();
            let answer = within(self.outsider.post(request)).await;
            (answer.status().as_u16(), answer.json().await.unwrap())
        }));
        self.neighbour.beside(attack).await
    }

    async fn assert_refused(&self, expected: &str) {
        for (status, body) in self.registered().await {
            let description = body["error_description"].as_str().unwrap_or_default();
            assert_eq!(status, 400, "{body}");
            assert!(description.contains(expected), "{description}");
        }
    }

    /// Its own key set, behind so many keys of others.
    fn key_set_behind(&self, others: usize) -> Value {
        let mut set = self.sandbox.key_set();
        let own = set["keys"].as_array().unwrap().clone();
        set["keys"] = (0..others).map(key).chain(own).collect();
        set
    }
}

/// An RSA key that nobody has.
fn key(index: usize) -> Value {
    let modulus = BASE64_URL_SAFE_NO_PAD.encode([0xff; 256]);
    json!({ "kty": "RSA", "kid": index.to_string(), "use": "sig", "e": "AQAB", "n": modulus })
}

/// Guard: `LARGEST` in `src/directory/fetch.rs`.
#[tokio::test]
async fn a_key_set_of_thousands_of_keys_is_not_read() {
    let parties = Parties::start().await;
    let larger = "it is larger than 65536 bytes";
    parties.server.serve(&parties.key_set_behind(5_000));
    parties.assert_refused(larger).await;
    let endless = format!("HTTP/1.1 200 OK\r\n\r\n{}", "x".repeat(16 * 1024 * 1024));
    parties.server.answer_raw(&endless);
    parties.assert_refused(larger).await;
    // What fits is read, and the key found among the others.
    parties.server.serve(&parties.key_set_behind(120));
    let (statuses, _): (Vec<_>, Vec<_>) = parties.registered().await.into_iter().unzip();
    assert!(statuses.contains(&201), "{statuses:?}");
}

/// Guard: the recursion limit of `serde_json`, which the reader in `src/domain/json.rs` goes through.
#[tokio::test]
async fn a_deep_key_set_is_refused() {
    let parties = Parties::start().await;
    let deep = format!("{{\"keys\":{}{}}}", "[".repeat(20_000), "]".repeat(20_000));
    parties.server.answer("200 OK", &deep);
    parties.assert_refused("recursion limit exceeded").await;
}

/// Guard: `PATIENCE` in `src/directory/fetch.rs` (5 s).
#[tokio::test]
async fn a_key_store_that_never_answers_is_not_waited_for() {
    let parties = Parties::start().await;
    parties.server.close_gate();
    parties.assert_refused("(key_unknown)").await;
}

/// Guard: `usual_body` in `src/control/mod.rs` for the size of a set that is handed over; one that fits is
/// taken up.
#[tokio::test]
async fn a_key_set_of_thousands_of_keys_is_not_taken_up() {
    let parties = Parties::start().await;
    let addresses = parties.bank.emulator.addresses();
    let url = format!("http://{}/api/tpps", addresses.control);
    for (keys, expected) in [(10_000, 413), (900, 201)] {
        let keys: Vec<Value> = (0..keys).map(key).collect();
        let body = json!({ "signing": { "jwks": { "keys": keys } } });
        let attack = async {
            let http = http_client(&parties.outsider.tpp);
            let request = http.post(&url).json(&body).timeout(Duration::from_secs(20));
            request.send().await.unwrap()
        };
        let answer = parties.neighbour.beside(attack).await;
        let status = answer.status().as_u16();
        assert_eq!(status, expected, "{}", answer.text().await.unwrap());
    }
}
