//! A certificate authority with a root, an issuing CA, and what they sign.

use std::time::{Duration, SystemTime};

use aspsp_emulator::server::ServerIdentity;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CertifiedIssuer, DnType,
    ExtendedKeyUsagePurpose, IsCa, KeyIdMethod, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256,
    PKCS_RSA_SHA256, RevokedCertParams, RsaKeySize, SerialNumber,
};
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer, PrivateKeyDer};

/// Serial number of the client certificate that tests revoke.
pub const CLIENT_SERIAL: u64 = 77;

pub struct Pki {
    root: CertifiedIssuer<'static, KeyPair>,
    issuing: CertifiedIssuer<'static, KeyPair>,
}

/// A certificate chain (leaf first, no root) and its key, in DER.
pub struct Certified {
    pub chain: Vec<CertificateDer<'static>>,
    pub key: PrivateKeyDer<'static>,
}

impl Pki {
    pub fn new(name: &str) -> Self {
        let root = ca(&format!("{name} root"));
        let root = CertifiedIssuer::self_signed(root, KeyPair::generate().unwrap()).unwrap();
        let issuing = ca(&format!("{name} issuing"));
        let issuing =
            CertifiedIssuer::signed_by(issuing, KeyPair::generate().unwrap(), &root).unwrap();
        Self { root, issuing }
    }

    pub fn anchors(&self) -> [CertificateDer<'static>; 2] {
        [self.root.der().clone(), self.issuing.der().clone()]
    }

    pub fn root(&self) -> CertificateDer<'static> {
        self.root.der().clone()
    }

    pub fn server_ec(&self) -> ServerIdentity {
        self.server(&KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap())
    }

    pub fn server_rsa(&self) -> ServerIdentity {
        self.server(&KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap())
    }

    fn server(&self, key: &KeyPair) -> ServerIdentity {
        let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let Certified { chain, key } = self.sign(&params, key);
        ServerIdentity { chain, key }
    }

    pub fn client(&self) -> Certified {
        self.client_with(|_| {})
    }

    /// A client certificate that is right but for what `change` does.
    pub fn client_with(&self, change: impl FnOnce(&mut CertificateParams)) -> Certified {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, "a TPP");
        params.serial_number = Some(SerialNumber::from(CLIENT_SERIAL));
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        change(&mut params);
        self.sign(&params, &KeyPair::generate().unwrap())
    }

    fn sign(&self, params: &CertificateParams, key: &KeyPair) -> Certified {
        let leaf = params.signed_by(key, &self.issuing).unwrap();
        Certified {
            chain: vec![leaf.der().clone(), self.issuing.der().clone()],
            key: PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        }
    }

    pub fn crl(&self, revoked: &[u64]) -> CertificateRevocationListDer<'static> {
        let now = SystemTime::now();
        let revoked_certs = revoked.iter().map(|serial| RevokedCertParams {
            serial_number: SerialNumber::from(*serial),
            revocation_time: now.into(),
            reason_code: None,
            invalidity_date: None,
        });
        let params = CertificateRevocationListParams {
            this_update: now.into(),
            next_update: (now + Duration::from_secs(3600)).into(),
            crl_number: SerialNumber::from(1),
            issuing_distribution_point: None,
            revoked_certs: revoked_certs.collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        params.signed_by(&self.issuing).unwrap().into()
    }
}

fn ca(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}
