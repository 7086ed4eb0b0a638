//! TPPs for tests: made on demand, with all they need to call a bank.

use std::sync::Arc;

use certs_gen::{Flaw, Key, Kind};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ClientConfig, RootCertStore};
use serde_json::Value;
use tokio::runtime::Handle;

use crate::bank::Bank;
use crate::directory::statement::DirectoryError;
use crate::directory::tpp::{
    Credential, GivenKey, OrgStatus, SoftwareStatus, Tpp as DirectoryTpp, TppPlan,
};
use crate::domain::client::AuthMethod;
use crate::domain::ids::{KeyId, OrgId, SoftwareId};
use crate::domain::json::Object;
use crate::domain::jws::{Algorithm, SigningError, SigningKey};
use crate::domain::role::Role;
use crate::domain::signing::Edits;
use crate::emulator::UnknownBank;
use crate::world::World;

/// A TPP to be made. What is not said is invented.
#[derive(Debug)]
pub struct TppBuilder {
    world: Arc<World>,
    runtime: Handle,
    plan: TppPlan,
}

/// Why a TPP, or something of it, could not be made.
#[derive(Debug, thiserror::Error)]
pub enum TppError {
    /// The directory could not make it.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// A key does not sign.
    #[error(transparent)]
    Signing(#[from] SigningError),
    /// There is no such bank.
    #[error(transparent)]
    UnknownBank(#[from] UnknownBank),
    /// The TPP kept its private key, so nothing can be signed for it.
    #[error("the TPP keeps its private key to itself: sign with that")]
    KeyNotHere,
    /// The TLS library does not take the certificate.
    #[error(transparent)]
    Tls(#[from] rustls::Error),
    /// The emulator has been stopped.
    #[error("the emulator has been stopped")]
    Stopped,
}

pub(super) fn bank<'a>(world: &'a World, id: &str) -> Result<&'a Bank, UnknownBank> {
    world.bank(id).map(AsRef::as_ref).ok_or_else(|| {
        let names: Vec<&str> = world.banks.iter().map(|bank| bank.id.as_str()).collect();
        UnknownBank(id.to_owned(), names.join(", "))
    })
}

impl TppBuilder {
    pub(super) fn new(world: Arc<World>, runtime: Handle) -> Self {
        Self {
            world,
            runtime,
            plan: TppPlan::default(),
        }
    }

    /// Adds a role; without any it has AISP, PISP and CBPII.
    #[must_use]
    pub fn role(mut self, role: Role) -> Self {
        self.plan.roles.push(role);
        self
    }

    /// Adds a redirect URI; without any it has one below a host of its own.
    #[must_use]
    pub fn redirect_uri(mut self, uri: impl Into<String>) -> Self {
        self.plan.redirect_uris.push(uri.into());
        self
    }

    /// What the directory says of its organisation.
    #[must_use]
    pub fn org_status(mut self, status: OrgStatus) -> Self {
        self.plan.org_status = status;
        self
    }

    /// What the directory says of its software.
    #[must_use]
    pub fn software_status(mut self, status: SoftwareStatus) -> Self {
        self.plan.software_status = status;
        self
    }

    /// The kind of its transport certificate; `ob-transport` unless told otherwise.
    #[must_use]
    pub fn transport_kind(mut self, kind: Kind) -> Self {
        self.plan.transport_kind = kind;
        self
    }

    /// What is to be wrong with its transport certificate.
    #[must_use]
    pub fn transport_flaw(mut self, flaw: Flaw) -> Self {
        self.plan.transport_flaw = Some(flaw);
        self
    }

    /// A key for its transport certificate, so that none is made.
    #[must_use]
    pub fn transport_key(mut self, key: Key) -> Self {
        self.plan.transport_key = Some(GivenKey::Key(key));
        self
    }

    /// A key for its signing certificate, so that none is made.
    #[must_use]
    pub fn signing_key(mut self, key: Key) -> Self {
        self.plan.signing_key = Some(GivenKey::Key(key));
        self
    }

    /// Makes it one of another directory, which nobody here trusts or lists. Its certificates are
    /// of this authority, so that it reaches the banks.
    #[must_use]
    pub fn foreign(mut self) -> Self {
        self.plan.is_foreign = true;
        self
    }

    /// Makes it.
    ///
    /// # Errors
    /// See [`TppError`].
    pub async fn create(self) -> Result<Tpp, TppError> {
        let Self {
            world,
            runtime,
            plan,
        } = self;
        let directory = Arc::clone(&world.directory);
        let made = runtime.spawn_blocking(move || directory.add(plan)).await;
        let tpp = made.map_err(|_| TppError::Stopped)??;
        Ok(Tpp { world, tpp })
    }
}

/// A TPP of a running emulator.
#[derive(Debug, Clone)]
pub struct Tpp {
    world: Arc<World>,
    tpp: Arc<DirectoryTpp>,
}

impl Tpp {
    /// Its organisation's id.
    #[must_use]
    pub fn org_id(&self) -> &OrgId {
        &self.tpp.identity.org_id
    }

    /// Its software's id.
    #[must_use]
    pub fn software_id(&self) -> &SoftwareId {
        &self.tpp.identity.software_id
    }

    /// The id of its signing key in the key store.
    #[must_use]
    pub fn kid(&self) -> &KeyId {
        &self.tpp.signing.kid
    }

    /// Its redirect URIs.
    #[must_use]
    pub fn redirect_uris(&self) -> &[String] {
        &self.tpp.redirect_uris
    }

    /// Its transport certificate and key.
    #[must_use]
    pub fn transport(&self) -> &Credential {
        &self.tpp.transport
    }

    /// Its signing certificate and key.
    #[must_use]
    pub fn signing(&self) -> &Credential {
        &self.tpp.signing
    }

    /// Its software's revocation, or the end of it.
    pub fn set_status(&self, org: OrgStatus, software: SoftwareStatus) {
        self.tpp.set_status(org, software);
    }

    /// A software statement about it, as the directory signs one now.
    ///
    /// # Errors
    /// See [`TppError`].
    pub fn statement(&self) -> Result<String, TppError> {
        self.edited_statement(&Edits::default())
    }

    /// The same with changes before it is signed.
    ///
    /// # Errors
    /// See [`TppError`].
    pub fn edited_statement(&self, edits: &Edits) -> Result<String, TppError> {
        Ok(self.world.directory.statement(&self.tpp, edits)?)
    }

    /// An ordinary registration request for a bank, to be changed and signed. It asks for
    /// `tls_client_auth`.
    ///
    /// # Errors
    /// See [`TppError`].
    pub fn registration_request(&self, bank_id: &str) -> Result<RequestBuilder, TppError> {
        self.registration_request_for(bank_id, AuthMethod::TlsClientAuth)
    }

    /// The same for another method at the token endpoint.
    ///
    /// # Errors
    /// See [`TppError`].
    pub fn registration_request_for(
        &self,
        bank_id: &str,
        auth_method: AuthMethod,
    ) -> Result<RequestBuilder, TppError> {
        let bank = bank(&self.world, bank_id)?;
        let statement = self.statement()?;
        let claims = self
            .world
            .request_claims(bank, &self.tpp, &statement, auth_method);
        Ok(RequestBuilder {
            tpp: Arc::clone(&self.tpp),
            claims,
            edits: Edits::default(),
        })
    }

    /// A client assertion for a bank's token endpoint (RFC 7523 §3), to be changed and signed.
    ///
    /// # Errors
    /// See [`TppError`].
    pub fn client_assertion(
        &self,
        bank_id: &str,
        client_id: &str,
    ) -> Result<RequestBuilder, TppError> {
        let bank = bank(&self.world, bank_id)?;
        let now = self.world.clock.unix();
        let audience = bank.token_endpoint(&self.world.urls.for_host(None));
        let mut claims = Object::new();
        claims.insert("iss".to_owned(), client_id.into());
        claims.insert("sub".to_owned(), client_id.into());
        claims.insert("aud".to_owned(), audience.into());
        claims.insert("iat".to_owned(), now.into());
        claims.insert("exp".to_owned(), (now + 300).into());
        claims.insert("jti".to_owned(), uuid::Uuid::new_v4().to_string().into());
        Ok(RequestBuilder {
            tpp: Arc::clone(&self.tpp),
            claims,
            edits: Edits::default(),
        })
    }

    /// A TLS client configuration that trusts the emulator and presents the transport certificate.
    ///
    /// # Errors
    /// See [`TppError`].
    pub fn client_config(&self) -> Result<ClientConfig, TppError> {
        let transport = &self.tpp.transport;
        let key = transport.key.as_ref().ok_or(TppError::KeyNotHere)?;
        let chain = [
            transport.certificate.der(),
            transport.certificate.issuing_der(),
        ];
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from(
            self.world.authority.root_der().to_vec(),
        ))?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_client_auth_cert(
                chain.map(|der| CertificateDer::from(der.to_vec())).to_vec(),
                PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.private_der().to_vec())),
            )?;
        Ok(config)
    }
}

/// Something a TPP signs: claims that a test may change first.
#[derive(Debug, Clone)]
pub struct RequestBuilder {
    tpp: Arc<DirectoryTpp>,
    claims: Object,
    edits: Edits,
}

impl RequestBuilder {
    /// Sets a claim.
    #[must_use]
    pub fn claim(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.edits.set_claim(name, value);
        self
    }

    /// Leaves a claim out.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.edits.removed_claims.push(name.to_owned());
        self
    }

    /// Sets a header member; `null` leaves it out.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.edits.header.insert(name.to_owned(), value.into());
        self
    }

    /// Signs with another key than the TPP's.
    #[must_use]
    pub fn signed_with(mut self, algorithm: Algorithm, key: SigningKey) -> Self {
        self.edits.algorithm = Some(algorithm);
        self.edits.key = Some(key);
        self
    }

    /// The claims as they stand, before changes.
    #[must_use]
    pub fn claims(&self) -> &Object {
        &self.claims
    }

    /// Signs: a compact JWS with `alg`, `kid` and `typ` in its header.
    ///
    /// # Errors
    /// See [`TppError`].
    pub fn sign(self) -> Result<String, TppError> {
        self.tpp
            .sign(self.claims, &self.edits)?
            .ok_or(TppError::KeyNotHere)
    }
}
