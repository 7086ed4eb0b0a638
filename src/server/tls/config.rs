//! Configurations of rustls, and which certificate suits a client.

use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{NoServerSessionStorage, ResolvesServerCert};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::version::{TLS12, TLS13};
use rustls::{CipherSuite, ServerConfig, SignatureScheme, SupportedProtocolVersion};

use super::ServerIdentity;
use crate::server::provider::provider;

/// Versions of TLS, the best first.
pub(in crate::server) type Versions = &'static [&'static SupportedProtocolVersion];

/// TLS 1.3 and 1.2.
pub(in crate::server) static ALL_VERSIONS: [&SupportedProtocolVersion; 2] = [&TLS13, &TLS12];
/// Nothing newer than TLS 1.2.
pub(in crate::server) static TLS12_ONLY: [&SupportedProtocolVersion; 1] = [&TLS12];

/// What a configuration is made of.
pub(in crate::server) struct Recipe {
    pub(in crate::server) certificate: Arc<dyn ResolvesServerCert>,
    pub(in crate::server) verifier: Arc<dyn ClientCertVerifier>,
    pub(in crate::server) versions: Versions,
}

impl Recipe {
    /// The configuration. Cheap enough for one in each handshake: a microsecond.
    pub(in crate::server) fn config(
        self,
        provider: &Arc<CryptoProvider>,
    ) -> Result<Arc<ServerConfig>, rustls::Error> {
        let mut config = ServerConfig::builder_with_provider(Arc::clone(provider))
            .with_protocol_versions(self.versions)?
            .with_client_cert_verifier(self.verifier)
            .with_cert_resolver(self.certificate);
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        // A resumed session takes the client's chain from the ticket and never asks the verifier again:
        // a certificate revoked meanwhile would pass. No ticketer is set, so that there are no tickets in
        // TLS 1.2 either.
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        Ok(Arc::new(config))
    }
}

/// Checks that the key is the leaf's.
pub(in crate::server) fn certificate(
    identity: &ServerIdentity,
) -> Result<Arc<dyn ResolvesServerCert>, rustls::Error> {
    let (chain, key) = (identity.chain.clone(), identity.key.clone_key());
    let certified = CertifiedKey::from_der(chain, key, &provider())?;
    Ok(Arc::new(SingleCertAndKey::from(certified)))
}

/// The version that an offer of these suites leads to.
pub(in crate::server) fn version_for(offered: &[CipherSuite], versions: Versions) -> &'static str {
    let speaks_tls13 = versions.contains(&&TLS13);
    if speaks_tls13 && offered.iter().any(|suite| TLS13_SUITES.contains(suite)) {
        "TLSv1.3"
    } else {
        "TLSv1.2"
    }
}

/// The suites of TLS 1.3; those of TLS 1.2 cannot be used with it, nor these with TLS 1.2.
const TLS13_SUITES: [CipherSuite; 3] = [
    CipherSuite::TLS13_AES_128_GCM_SHA256,
    CipherSuite::TLS13_AES_256_GCM_SHA384,
    CipherSuite::TLS13_CHACHA20_POLY1305_SHA256,
];

/// Whether a client can be served with an RSA certificate only, not with an EC P-256 one.
pub(in crate::server) fn takes_only_rsa(
    offered: &[CipherSuite],
    schemes: &[SignatureScheme],
) -> bool {
    let offers_one_of = |suites: &[CipherSuite]| suites.iter().any(|suite| offered.contains(suite));
    // The suites of TLS 1.3 say nothing about the certificate.
    let any = offers_one_of(&TLS13_SUITES);
    let ecdsa = offers_one_of(&[
        CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    ]);
    let rsa = offers_one_of(&[
        CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    ]);
    let takes_ecdsa = (any || ecdsa) && schemes.contains(&SignatureScheme::ECDSA_NISTP256_SHA256);
    !takes_ecdsa && (any || rsa)
}

#[cfg(test)]
mod tests {
    use rustls::CipherSuite as Suite;
    use rustls::SignatureScheme as Scheme;

    use super::takes_only_rsa;

    #[test]
    fn only_those_who_can_use_it_and_nothing_else_get_the_rsa_certificate() {
        let tls13 = Suite::TLS13_AES_128_GCM_SHA256;
        let ecdsa = Suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256;
        let rsa = Suite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384;
        let chacha = Suite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256;
        let (p256, pss) = (Scheme::ECDSA_NISTP256_SHA256, Scheme::RSA_PSS_SHA256);
        let cases: [(&[Suite], &[Scheme], bool); 7] = [
            (&[tls13, ecdsa, rsa], &[p256, pss], false),
            (&[ecdsa, rsa], &[p256, pss], false),
            (&[tls13], &[pss], true),
            (&[ecdsa, rsa], &[pss], true),
            (&[rsa], &[p256, pss], true),
            (&[chacha], &[p256, pss], false),
            (&[], &[], false),
        ];
        for (offered, schemes, expected) in cases {
            assert_eq!(
                takes_only_rsa(offered, schemes),
                expected,
                "{offered:?} {schemes:?}"
            );
        }
    }
}
