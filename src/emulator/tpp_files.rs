//! What a client loads, as text and bytes: certificates and keys of a TPP.

use std::sync::Arc;

use certs_gen::{Key, bundle};

use crate::directory::credential::Credential;
use crate::domain::role::Role;
use crate::emulator::tpp::{Tpp, TppError};

/// Certificates and keys in PEM and PKCS#12.
///
/// ```
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use aspsp_emulator::Emulator;
///
/// let emulator = Emulator::builder().start().await?;
/// let tpp = emulator.tpp().create().await?;
/// let folder = tempfile::tempdir()?; // For a client that wants files.
/// std::fs::write(folder.path().join("ca.pem"), tpp.ca_pem())?;
/// std::fs::write(folder.path().join("transport.pem"), tpp.transport_pem())?;
/// std::fs::write(folder.path().join("transport.key"), tpp.transport_key_pem()?)?;
/// std::fs::write(folder.path().join("transport.p12"), tpp.transport_p12()?)?;
/// # Ok(())
/// # }
/// # tokio::runtime::Runtime::new().unwrap().block_on(example()).unwrap();
/// ```
impl Tpp {
    /// The password of PKCS#12 files: `test-only`.
    pub const PASSWORD: &str = bundle::PASSWORD;

    /// Its transport certificate and that of the issuing CA, PEM.
    #[must_use]
    pub fn transport_pem(&self) -> String {
        self.transport().certificate.chain_pem()
    }

    /// The private key of its transport certificate, PEM (PKCS#8).
    ///
    /// # Errors
    /// [`TppError::KeyNotHere`].
    pub fn transport_key_pem(&self) -> Result<String, TppError> {
        Ok(key(&self.transport())?.private_pem())
    }

    /// Key and chain of its transport certificate as PKCS#12, password [`Tpp::PASSWORD`].
    ///
    /// # Errors
    /// [`TppError::KeyNotHere`].
    pub fn transport_p12(&self) -> Result<Vec<u8>, TppError> {
        let transport = self.transport();
        let key = key(&transport)?;
        let made = bundle::pkcs12(key, &transport.certificate, Self::PASSWORD, "transport");
        Ok(made?)
    }

    /// The subject of its transport certificate, RFC 4514, as `tls_client_auth_subject_dn` names it.
    #[must_use]
    pub fn subject_dn(&self) -> String {
        self.transport().certificate.subject_dn().to_owned()
    }

    /// Its signing certificate and that of the issuing CA, PEM; `None` if it brought keys of its own.
    #[must_use]
    pub fn signing_pem(&self) -> Option<String> {
        self.signing()
            .map(|signing| signing.certificate.chain_pem())
    }

    /// The private key that it signs with, PEM (PKCS#8); [`Tpp::kid`] names it in the key store.
    ///
    /// # Errors
    /// [`TppError::KeyNotHere`].
    pub fn signing_key_pem(&self) -> Result<String, TppError> {
        let signing: Option<Arc<Credential>> = self.signing();
        let signing = signing.ok_or(TppError::KeyNotHere)?;
        Ok(key(&signing)?.private_pem())
    }

    /// Root and issuing CA, PEM: what its client trusts.
    #[must_use]
    pub fn ca_pem(&self) -> String {
        self.authority().ca_pem()
    }

    /// The same as a PKCS#12 trust store, password [`Tpp::PASSWORD`].
    ///
    /// # Errors
    /// See [`TppError`].
    pub fn truststore_p12(&self) -> Result<Vec<u8>, TppError> {
        Ok(bundle::truststore(self.authority(), Self::PASSWORD)?)
    }

    /// Its roles.
    #[must_use]
    pub fn roles(&self) -> Vec<Role> {
        self.listed().profile().roles.clone()
    }
}

fn key(credential: &Credential) -> Result<&Key, TppError> {
    credential.key.as_ref().ok_or(TppError::KeyNotHere)
}
