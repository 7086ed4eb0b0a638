//! A TPP with all it needs to call a bank.

use std::fmt;
use std::sync::Arc;

use certs_gen::Authority;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ClientConfig, RootCertStore};
use serde_json::Value;

use crate::directory::credential::Credential;
use crate::directory::signer::DirectoryError;
use crate::directory::tpp::{OrgStatus, SoftwareStatus, Tpp as DirectoryTpp};
use crate::domain::client::AuthMethod;
use crate::domain::ecosystem::Ecosystem;
use crate::domain::ids::{ClientId, KeyId, OrgId, SoftwareId};
use crate::domain::json::Object;
use crate::domain::jws::{Algorithm, SigningError, SigningKey};
use crate::domain::signing::Edits;
use crate::domain::words::debug_as_display;
use crate::emulator::world::{UnknownBank, bank};
use crate::world::{Deleted, World};

/// Why a TPP, or something of it, could not be made.
#[derive(thiserror::Error)]
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
    /// A redirect URI that no bank would take.
    #[error(
        "`{uri}` is no redirect URI that any bank takes ({objection}): write an absolute https URI of at most 256 characters, without fragment, to another host than this"
    )]
    RedirectUri {
        /// The URI.
        uri: String,
        /// What is wrong with it.
        objection: &'static str,
    },
    /// A file could not be made of a certificate or a key.
    #[error(transparent)]
    Certificates(#[from] certs_gen::Error),
    /// The TLS library does not take the certificate.
    #[error(transparent)]
    Tls(#[from] rustls::Error),
    /// Its transport key, or its signing key, was said in two ways.
    #[error("a certificate request and a key for the {0} certificate: say one of both")]
    TwoKeys(&'static str),
    /// There is nothing to sign for this bank.
    #[error("bank `{0}` takes no registration request")]
    NoRegistration(String),
    /// The world is deleted.
    #[error(transparent)]
    Deleted(#[from] Deleted),
    /// The emulator has been stopped.
    #[error("the emulator has been stopped")]
    Stopped,
}

debug_as_display!(TppError);

/// A TPP of a running emulator: who it is, its certificates and keys, and what is signed for it.
///
/// ```
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use aspsp_emulator::{Emulator, Role};
///
/// let emulator = Emulator::builder().start().await?;
/// let tpp = emulator.tpp().role(Role::Aisp).create().await?;
/// let request = tpp.registration_request("uk-ob-3.3").without("exp").sign()?;
/// let verdict = emulator.explain("uk-ob-3.3", request).await?;
/// assert!(!verdict.accepted);
/// let http = reqwest::Client::builder()
///     .tls_backend_preconfigured(tpp.client_config()?)
///     .build()?;
/// # drop(http);
/// # Ok(())
/// # }
/// # tokio::runtime::Runtime::new().unwrap().block_on(example()).unwrap();
/// ```
#[derive(Clone)]
pub struct Tpp {
    world: Arc<World>,
    tpp: Arc<DirectoryTpp>,
}

impl fmt::Debug for Tpp {
    /// In a line: a test that fails may print it.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Tpp")
            .field("software_id", &self.software_id())
            .field("org_id", &self.org_id())
            .field("world", &self.world.name)
            .finish_non_exhaustive()
    }
}

impl Tpp {
    pub(super) fn new(world: Arc<World>, tpp: Arc<DirectoryTpp>) -> Self {
        Self { world, tpp }
    }

    pub(super) fn listed(&self) -> &DirectoryTpp {
        &self.tpp
    }

    pub(super) fn authority(&self) -> &Authority {
        &self.world.authority
    }

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
    pub fn kid(&self) -> KeyId {
        self.tpp.kid()
    }

    /// Its redirect URIs.
    #[must_use]
    pub fn redirect_uris(&self) -> Vec<String> {
        self.tpp.profile().redirect_uris.clone()
    }

    /// Its transport certificate and key.
    #[must_use]
    pub fn transport(&self) -> Arc<Credential> {
        self.tpp.transport()
    }

    /// Its signing certificate and key; `None` if it brought keys of its own.
    #[must_use]
    pub fn signing(&self) -> Option<Arc<Credential>> {
        self.tpp.signing_credential()
    }

    /// Its directory.
    #[must_use]
    pub fn ecosystem(&self) -> Ecosystem {
        self.tpp.identity.ecosystem
    }

    /// What the directory says of its organisation and its software from now on.
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
    /// `tls_client_auth`. What is wrong, such as a bank that is not there, is said when it is signed.
    #[must_use]
    pub fn registration_request(&self, bank_id: &str) -> RequestBuilder {
        self.registration_request_for(bank_id, AuthMethod::TlsClientAuth)
    }

    /// The same for another method at the token endpoint.
    #[must_use]
    pub fn registration_request_for(
        &self,
        bank_id: &str,
        auth_method: AuthMethod,
    ) -> RequestBuilder {
        RequestBuilder::new(&self.tpp, self.request_claims(bank_id, auth_method))
    }

    fn request_claims(&self, bank_id: &str, auth_method: AuthMethod) -> Result<Object, TppError> {
        let bank = bank(&self.world, bank_id)?;
        let statement = self.statement()?;
        let world = &self.world;
        let claims = world.request_claims(&bank, &self.tpp, &statement, auth_method);
        if claims.is_empty() {
            return Err(TppError::NoRegistration(bank_id.to_owned()));
        }
        Ok(claims)
    }

    /// A client assertion for a bank's token endpoint (RFC 7523 §3), to be changed and signed.
    #[must_use]
    pub fn client_assertion(&self, bank_id: &str, client_id: &str) -> RequestBuilder {
        let claims = bank(&self.world, bank_id).map_err(TppError::from);
        let claims = claims.map(|bank| {
            self.world
                .assertion_claims(&bank, &ClientId::new(client_id))
        });
        RequestBuilder::new(&self.tpp, claims)
    }

    /// A TLS client configuration that trusts the emulator and presents the transport certificate. It
    /// offers no ALPN: for HTTP/2, set its `alpn_protocols`.
    ///
    /// # Errors
    /// See [`TppError`].
    pub fn client_config(&self) -> Result<ClientConfig, TppError> {
        let transport = self.tpp.transport();
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
///
/// ```
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use aspsp_emulator::Emulator;
///
/// let emulator = Emulator::builder().start().await?;
/// let tpp = emulator.tpp().create().await?;
/// let request = || tpp.registration_request("uk-ob-3.3");
/// let good = request().claim("scope", "openid accounts").sign()?;
/// let bad = request().without("jti").header("typ", "JOSE").sign()?;
/// assert!(emulator.explain("uk-ob-3.3", good).await?.accepted);
/// assert!(!emulator.explain("uk-ob-3.3", bad).await?.accepted);
/// # Ok(())
/// # }
/// # tokio::runtime::Runtime::new().unwrap().block_on(example()).unwrap();
/// ```
pub struct RequestBuilder {
    tpp: Arc<DirectoryTpp>,
    claims: Result<Object, TppError>,
    edits: Edits,
}

impl fmt::Debug for RequestBuilder {
    /// In a line: a test that fails may print it.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("RequestBuilder")
            .field("software_id", &self.tpp.identity.software_id)
            .finish_non_exhaustive()
    }
}

impl RequestBuilder {
    fn new(tpp: &Arc<DirectoryTpp>, claims: Result<Object, TppError>) -> Self {
        Self {
            tpp: Arc::clone(tpp),
            claims,
            edits: Edits::default(),
        }
    }

    /// Sets a claim.
    #[must_use]
    pub fn claim(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.edits.set_claim(name, value);
        self
    }

    /// Leaves a claim out, even one that was set before.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.edits.claims.shift_remove(name);
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

    /// The claims as they stand, before changes; `None` if there are none to sign.
    #[must_use]
    pub fn claims(&self) -> Option<&Object> {
        self.claims.as_ref().ok()
    }

    /// The claims as they stand, after changes, as one JSON object: what a bank takes whose requests
    /// are not signed.
    ///
    /// # Errors
    /// See [`TppError`].
    pub fn to_json(self) -> Result<String, TppError> {
        Ok(Value::Object(self.edits.applied_to(self.claims?)).to_string())
    }

    /// Signs: a compact JWS with `alg`, `kid` and `typ` in its header.
    ///
    /// # Errors
    /// See [`TppError`].
    pub fn sign(self) -> Result<String, TppError> {
        let signed = self.tpp.sign(self.claims?, &self.edits)?;
        signed.ok_or(TppError::KeyNotHere)
    }
}
