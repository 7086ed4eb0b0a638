//! Leaf certificates: what is asked for, the draft, what comes out.

use std::borrow::Cow;

use der::{Decode, asn1::ObjectIdentifier};
use time::OffsetDateTime;
use x509_cert::{ext::Extension, name::RdnSequence};
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::{
    armour, attribute,
    authority::Issuance,
    ca::{Ca, Issuer},
    csr::Csr,
    error::Error,
    extensions,
    flaw::Flaw,
    key::Key,
    name, oid,
    profile::Kind,
    qc_statements,
    serial::Serial,
    subject::Subject,
    tbs::{self, Unsigned},
    validity::Life,
};

/// The key that a certificate is for.
#[derive(Clone, Copy, Debug)]
pub enum PublicKey<'a> {
    /// The public half of a key at hand.
    Of(&'a Key),
    /// The key in a certificate request; nothing else of the request is used.
    Csr(&'a Csr),
}

/// What [`Authority::issue`](crate::Authority::issue) is asked for.
#[derive(Clone, Copy, Debug)]
pub struct CertificateRequest<'a> {
    /// Which kind.
    pub kind: Kind,
    /// For whom.
    pub subject: &'a Subject,
    /// For which key.
    pub public_key: PublicKey<'a>,
    /// What is to be wrong with it.
    pub flaw: Option<Flaw>,
}

/// An issued certificate with its issuer's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    kind: Kind,
    der: Vec<u8>,
    issuing_der: Vec<u8>,
    serial: Serial,
    life: Life,
    subject_dn: String,
    public_key_der: Vec<u8>,
}

impl Certificate {
    /// Takes up again a chain that [`Self::chain_pem`] wrote: the leaf, then its issuer.
    ///
    /// # Errors
    /// [`Error::ChainUnreadable`].
    pub fn from_chain_pem(kind: Kind, text: &str) -> Result<Self, Error> {
        let unreadable = |reason: String| Error::ChainUnreadable { reason };
        let mut chain = armour::all(text, "CERTIFICATE").into_iter();
        let (Some(der), Some(issuing_der)) = (chain.next(), chain.next()) else {
            return Err(unreadable("fewer than two certificates".to_owned()));
        };
        let (_, leaf) =
            X509Certificate::from_der(&der).map_err(|error| unreadable(error.to_string()))?;
        let subject = RdnSequence::from_der(leaf.subject().as_raw())
            .map_err(|error| unreadable(error.to_string()))?;
        let serial = Serial::from_bytes(leaf.raw_serial())
            .ok_or_else(|| unreadable("a serial number out of range".to_owned()))?;
        let life = Life {
            not_before: leaf.validity().not_before.to_datetime(),
            not_after: leaf.validity().not_after.to_datetime(),
        };
        Ok(Self {
            kind,
            subject_dn: name::rfc4514(&subject)?,
            public_key_der: leaf.public_key().raw.to_vec(),
            serial,
            life,
            issuing_der,
            der,
        })
    }

    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The leaf as DER.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The leaf as one PEM block.
    #[must_use]
    pub fn pem(&self) -> String {
        armour::certificate(&self.der)
    }

    /// Two PEM blocks: the leaf, then the issuing CA.
    #[must_use]
    pub fn chain_pem(&self) -> String {
        self.pem() + &armour::certificate(&self.issuing_der)
    }

    /// The issuing CA's certificate as DER; under flaw `untrusted-issuer` the forger's, of a
    /// self-signed certificate itself.
    #[must_use]
    pub fn issuing_der(&self) -> &[u8] {
        &self.issuing_der
    }

    /// Its serial number.
    #[must_use]
    pub fn serial(&self) -> &Serial {
        &self.serial
    }

    /// The first second of its validity.
    #[must_use]
    pub fn not_before(&self) -> OffsetDateTime {
        self.life.not_before
    }

    /// The last second of its validity.
    #[must_use]
    pub fn not_after(&self) -> OffsetDateTime {
        self.life.not_after
    }

    /// Its subject as RFC 4514 text, the reverse of the encoding order: short names for CN, L, ST, O,
    /// OU, C, STREET, DC and UID, else dotted OID and `#hex` of the BER value
    /// (Open Finance Brasil DCR, `tls_client_auth_subject_dn`; the same rule for every kind).
    ///
    /// ```text
    /// CN=0015800001HQQrZAAX,2.5.4.97=#0c2250534447…,O=Example TPP Limited,C=GB
    /// ```
    #[must_use]
    pub fn subject_dn(&self) -> &str {
        &self.subject_dn
    }

    /// Its public key as DER `SubjectPublicKeyInfo`.
    #[must_use]
    pub fn public_key_der(&self) -> &[u8] {
        &self.public_key_der
    }
}

/// A certificate in the making, which a [`Flaw`] may still spoil.
pub(crate) struct Draft<'a> {
    pub kind: Kind,
    pub now: OffsetDateTime,
    pub subject: Cow<'a, Subject>,
    pub life: Life,
    pub extended_key_usage: &'static [ObjectIdentifier],
    pub is_forged: bool,
    pub is_revoked: bool,
    pub serial: Serial,
    public_key_der: Vec<u8>,
}

impl<'a> Draft<'a> {
    /// The draft of a right certificate, spoilt by the flaw asked for, if any.
    pub(crate) fn new(
        request: &CertificateRequest<'a>,
        issuance: &Issuance,
    ) -> Result<Self, Error> {
        let now = issuance.now;
        let profile = request.kind.profile();
        let public_key_der = match request.public_key {
            PublicKey::Of(key) => key.public_key_der(),
            PublicKey::Csr(csr) => {
                csr.check_key_for(request.kind)?;
                csr.public_key_der().to_vec()
            }
        };
        let mut draft = Self {
            kind: request.kind,
            now,
            subject: Cow::Borrowed(request.subject),
            serial: Serial::random()?,
            life: Life::spanning(now, issuance.also, profile.life)?,
            extended_key_usage: profile.extended_key_usage.right,
            is_forged: false,
            is_revoked: false,
            public_key_der,
        };
        if let Some(flaw) = request.flaw {
            flaw.spoil(&mut draft)?;
        }
        Ok(draft)
    }

    /// Signs the draft; it ends with its issuer at the latest.
    pub(crate) fn sign(self, issuer: &Ca) -> Result<Certificate, Error> {
        let name = self.subject_name()?;
        self.sign_as(name, issuer.issuer(), Some(&issuer.der))
    }

    /// Signs the draft with the key that it is for, `key`, as its own issuer.
    pub(crate) fn sign_itself(self, key: &Key) -> Result<Certificate, Error> {
        let name = self.subject_name()?;
        let issuer = Issuer {
            key,
            name: &name,
            key_id: &extensions::key_identifier(&tbs::public_key(&self.public_key_der)?),
            life: self.life,
        };
        self.sign_as(name.clone(), issuer, None)
    }

    fn subject_name(&self) -> Result<RdnSequence, Error> {
        attribute::subject_name(self.kind, self.kind.profile().subject, &self.subject)
    }

    /// `issuing_der` is `None` if it is its own issuer.
    fn sign_as(
        self,
        subject: RdnSequence,
        issuer: Issuer<'_>,
        issuing_der: Option<&[u8]>,
    ) -> Result<Certificate, Error> {
        let life = self.life.within(issuer.life);
        let subject_dn = name::rfc4514(&subject)?;
        let public_key = tbs::public_key(&self.public_key_der)?;
        let unsigned = Unsigned {
            serial: self.serial.clone(),
            issuer: issuer.name.clone(),
            life,
            subject,
            extensions: self.extensions(issuer, &extensions::key_identifier(&public_key))?,
            public_key,
        };
        let der = unsigned.sign(issuer.key)?;
        Ok(Certificate {
            kind: self.kind,
            issuing_der: issuing_der.unwrap_or(&der).to_vec(),
            der,
            serial: self.serial,
            life,
            subject_dn,
            public_key_der: self.public_key_der,
        })
    }

    fn extensions(&self, issuer: Issuer<'_>, key_id: &[u8]) -> Result<Vec<Extension>, Error> {
        let profile = self.kind.profile();
        let mut extensions = issuer.key_identifiers(key_id)?.to_vec();
        extensions.push(extensions::key_usage(profile.key_usage)?);
        extensions.extend(extensions::extended_key_usage(
            self.extended_key_usage,
            profile.extended_key_usage.is_critical,
        )?);
        extensions.extend(extensions::subject_alt_name(self.kind, &self.subject)?);
        if let Some(statements) = profile.qc_statements {
            let value = qc_statements::extension_value(self.kind, statements, &self.subject)?;
            extensions.push(extensions::extension(oid::QC_STATEMENTS, false, value)?);
        }
        Ok(extensions)
    }
}
