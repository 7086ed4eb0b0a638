//! A TPP of another directory: another authority, other keys, another issuer.

use std::sync::Arc;

use aspsp_emulator::Emulator;
use aspsp_emulator::clock::Clock;
use aspsp_emulator::config::TrustedDirectory;
use aspsp_emulator::domain::ecosystem::Ecosystem;
use aspsp_emulator::domain::ids::{KeyId, SoftwareId};
use aspsp_emulator::domain::jwk::{KeySetEntry, KeyUse, PublicKey, parse_key_set};
use aspsp_emulator::domain::jws::{Algorithm, SigningKey};
use aspsp_emulator::domain::signing::Edits;
use aspsp_emulator::emulator::EmulatorBuilder;
use aspsp_emulator::emulator::tpp::{RequestBuilder, Tpp};
use certs_gen::{Authority, Key, KeyAlgorithm};
use reqwest::Client;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ClientConfig, RootCertStore};
use serde_json::{Value, json};

use crate::helpers::{BANK, TestBank, TestTpp, rsa_key};

pub const ISSUER: &str = "Sandbox Directory";
const KID: &str = "sandbox-1";

/// A directory elsewhere with one TPP.
pub struct Sandbox {
    pub authority: Arc<Authority>,
    pub tpp: Tpp,
    pub signer: Key,
    /// Only so that the TPP can be made and stays.
    _emulator: Emulator,
}

impl Sandbox {
    /// One that signs its statements with a key of this kind.
    pub async fn start(algorithm: KeyAlgorithm) -> Self {
        let authority = Arc::new(Authority::generate(Clock::system().now()).unwrap());
        let emulator = Emulator::builder().authority(&authority).seed(4711);
        let emulator = emulator.start().await.unwrap();
        let builder = emulator.tpp().redirect_uri("https://app.example/cb");
        let tpp = builder
            .signing_key(rsa_key(0))
            .transport_key(Key::generate(KeyAlgorithm::EcP256).unwrap())
            .create()
            .await
            .unwrap();
        let signer = match algorithm {
            KeyAlgorithm::Rsa2048 => rsa_key(1),
            KeyAlgorithm::EcP256 => Key::generate(algorithm).unwrap(),
        };
        Self {
            authority,
            tpp,
            signer,
            _emulator: emulator,
        }
    }

    /// What a bank is told of it; without its software's keys.
    pub fn trusted(&self) -> TrustedDirectory {
        let public = PublicKey::from_spki(&self.signer.public_key_der()).unwrap();
        TrustedDirectory {
            iss: ISSUER.to_owned(),
            ecosystem: Ecosystem::Uk,
            keys: vec![KeySetEntry {
                kid: KeyId::new(KID),
                key_use: KeyUse::Signing,
                key: public,
            }],
            client_ca: [self.authority.root_der(), self.authority.issuing_der()]
                .map(<[u8]>::to_vec)
                .into(),
            software_keys: Vec::new(),
        }
    }

    /// The same with its software's keys.
    pub fn trusted_with_keys(&self) -> TrustedDirectory {
        let keys = parse_key_set(self.key_set().to_string().as_bytes()).unwrap();
        TrustedDirectory {
            software_keys: vec![(self.software_id(), keys)],
            ..self.trusted()
        }
    }

    pub fn software_id(&self) -> SoftwareId {
        self.tpp.software_id().clone()
    }

    /// What its key store publishes of the software.
    pub fn key_set(&self) -> Value {
        self.key_set_under(&self.tpp.kid())
    }

    /// The same with another `kid` for the signing key.
    pub fn key_set_under(&self, kid: &KeyId) -> Value {
        let key = |der: &[u8]| PublicKey::from_spki(der).unwrap();
        let signing = key(self.tpp.signing().unwrap().certificate.public_key_der());
        let transport = key(self.tpp.transport().certificate.public_key_der());
        let other = KeyId::new("transport");
        json!({ "keys": [
            signing.to_jwk(kid, KeyUse::Signing, None),
            transport.to_jwk(&other, KeyUse::Transport, None),
        ]})
    }

    /// A statement of it about its software, after these changes.
    pub fn statement(&self, change: impl FnOnce(&mut Edits)) -> String {
        let mut edits = Edits {
            algorithm: Some(match self.signer.algorithm() {
                KeyAlgorithm::Rsa2048 => Algorithm::Ps256,
                KeyAlgorithm::EcP256 => Algorithm::Es256,
            }),
            key: Some(SigningKey::from_pem(&self.signer.private_pem()).unwrap()),
            ..Edits::default()
        };
        edits.set_claim("iss", ISSUER);
        edits.header.insert("kid".to_owned(), KID.into());
        change(&mut edits);
        self.tpp.edited_statement(&edits).unwrap()
    }

    /// A request of its TPP for a bank, with this statement.
    pub fn request(&self, bank: &TestBank, statement: String) -> RequestBuilder {
        self.tpp
            .registration_request(BANK)
            .claim("aud", bank.emulator.issuer(BANK))
            .claim("software_statement", statement)
    }

    /// Its TPP as a caller of this bank.
    pub fn caller(&self, bank: &TestBank) -> TestTpp {
        TestTpp {
            tpp: self.tpp.clone(),
            http: self.http(bank),
            mtls: bank.emulator.url(BANK),
        }
    }

    fn http(&self, bank: &TestBank) -> Client {
        let transport = self.tpp.transport();
        let chain = [
            transport.certificate.der(),
            transport.certificate.issuing_der(),
        ];
        let key = transport.key.as_ref().unwrap().private_der().to_vec();
        let mut roots = RootCertStore::empty();
        let root = bank.emulator.authority().root_der().to_vec();
        roots.add(CertificateDer::from(root)).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_client_auth_cert(
                chain.map(|der| CertificateDer::from(der.to_vec())).into(),
                PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key)),
            )
            .unwrap();
        let builder = Client::builder().tls_backend_preconfigured(config);
        builder.build().unwrap()
    }
}

/// A bank that trusts this directory.
pub async fn bank_that_trusts(
    trusted: TrustedDirectory,
    change: impl FnOnce(EmulatorBuilder) -> EmulatorBuilder,
) -> TestBank {
    TestBank::start_with(|builder| change(builder.trust_directory(trusted))).await
}
