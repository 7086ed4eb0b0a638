//! The well-behaved TPP beside an attack.

use std::cell::Cell;
use std::time::Duration;

use rustls::ClientConfig;
use tokio::time::timeout;

use crate::helpers::FORM;

/// How long anything that is said to happen may take. A healthy run needs some ten milliseconds.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long the TPP may wait for a connection of its own and its token: some twenty milliseconds on a
/// machine that does little else, and a hundred times that on one that builds meanwhile.
const ITS_TIME: Duration = Duration::from_secs(10);

/// Fails the test rather than hanging it.
pub async fn within<F: Future>(future: F) -> F::Output {
    timeout(PATIENCE, future)
        .await
        .expect("nothing happened for 20 s")
}

/// A TPP with a client of one bank.
pub struct Neighbour {
    /// HTTP/1.1, with its transport certificate.
    pub tls: ClientConfig,
    /// URL of the bank on the mutual TLS listener.
    pub bank: String,
    pub client_id: String,
}

impl Neighbour {
    /// It gets a token in its time, on a connection of its own.
    pub async fn is_served(&self) {
        let served = timeout(ITS_TIME, self.ask_for_a_token()).await;
        let status = served.expect("the TPP was not served in its time");
        assert_eq!(status.unwrap(), 200);
    }

    /// Carries an attack out while this TPP asks for one token after the other.
    pub async fn beside<Attack: Future>(&self, attack: Attack) -> Attack::Output {
        self.count_beside(attack).await.0
    }

    /// The same, with how many tokens it got meanwhile.
    pub async fn count_beside<Attack: Future>(&self, attack: Attack) -> (Attack::Output, usize) {
        let is_over = Cell::new(false);
        let attack = async {
            let met = attack.await;
            is_over.set(true);
            met
        };
        let tokens = async {
            let mut count = 0;
            while !is_over.get() {
                self.is_served().await;
                count += 1;
            }
            count
        };
        tokio::join!(attack, tokens)
    }

    async fn ask_for_a_token(&self) -> Result<u16, reqwest::Error> {
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(self.tls.clone())
            .build()?;
        let form = format!("grant_type=client_credentials&client_id={}", self.client_id);
        let request = http.post(format!("{}/token", self.bank));
        let request = request.header("content-type", FORM).body(form);
        Ok(request.send().await?.status().as_u16())
    }
}
