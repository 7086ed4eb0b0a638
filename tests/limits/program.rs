//! The emulator as a process of its own, whose memory can be told.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use serde_json::Value;

use crate::helpers::{BANK, JOSE};
use crate::neighbour::Neighbour;
use crate::process::{FREE, Running};

/// A running program and the TPP of its kit, registered.
pub struct Program {
    pub running: Running,
    pub neighbour: Neighbour,
}

impl Program {
    /// Starts with this config file (YAML).
    pub async fn start(config: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("config.yaml"), config).unwrap();
        let running = Running::start_in(dir, |command| {
            command
                .args(FREE)
                .args(["--quiet", "--config", "config.yaml"])
        });
        let kit = running.dir.path().join("kit");
        let tls = kit_tls(&kit);
        let bank = format!("{}/{BANK}", running.ready("mtls"));
        let http = reqwest::Client::builder().tls_backend_preconfigured(tls.clone());
        let request = fs::read(kit.join("registration-uk-ob-3.3.jwt")).unwrap();
        let request = http
            .build()
            .unwrap()
            .post(format!("{bank}/register"))
            .body(request);
        let answer = request.header("content-type", JOSE).send().await.unwrap();
        let client: Value = answer.json().await.unwrap();
        let client_id = client["client_id"].as_str().unwrap().to_owned();
        let neighbour = Neighbour {
            tls,
            bank,
            client_id,
        };
        Self { running, neighbour }
    }

    pub fn mtls(&self) -> SocketAddr {
        self.running.address("mtls")
    }

    pub fn tls(&self) -> SocketAddr {
        self.running.address("tls")
    }

    /// TLS with the kit's certificate, for one protocol.
    pub fn client(&self, alpn: &[u8]) -> Arc<ClientConfig> {
        let mut config = self.neighbour.tls.clone();
        config.alpn_protocols = vec![alpn.to_vec()];
        config.into()
    }

    /// Its memory, in KiB (`VmRSS` of proc(5)).
    pub fn resident(&self) -> u64 {
        let file = format!("/proc/{}/status", self.running.child.id());
        let status = fs::read_to_string(file).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:"));
        let size = line.unwrap().split_whitespace().nth(1).unwrap();
        size.parse().unwrap()
    }
}

fn kit_tls(kit: &Path) -> ClientConfig {
    let certificates = |name: &str| {
        let certificates = CertificateDer::pem_file_iter(kit.join(name)).unwrap();
        certificates.map(Result::unwrap)
    };
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(certificates("ca.pem"));
    let key = PrivateKeyDer::from_pem_file(kit.join("transport.key")).unwrap();
    let provider = Arc::new(aws_lc_rs::default_provider());
    ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_client_auth_cert(certificates("transport.pem").collect(), key)
        .unwrap()
}
