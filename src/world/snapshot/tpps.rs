//! What a directory knows of its TPPs, in a snapshot.

use certs_gen::{Certificate, Kind, Serial};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::directory::Identity;
use crate::directory::tpp::{OrgStatus, SignedKind, SoftwareStatus};
use crate::directory::whole::{Contents, KeyContents, Material, TppContents};
use crate::domain::ecosystem::Ecosystem;
use crate::domain::ids::{KeyId, MalformedId, OrgId, SoftwareId};
use crate::domain::json::Object;
use crate::domain::jwk::{KeyUse, PublicKey};
use crate::domain::redirect_uri::RedirectUri;
use crate::domain::role::Role;
use crate::world::snapshot::SnapshotError;
use crate::world::snapshot::moment::Moment;

/// What the directory knows.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DirectorySnapshot {
    /// Its TPPs, in the order in which they were added.
    pub tpps: Vec<TppSnapshot>,
    /// The certificates that it revoked.
    revoked: Vec<RevokedSnapshot>,
    /// How many British identities it invented.
    invented_uk: u64,
    /// How many Brazilian ones.
    invented_brasil: u64,
}

/// A TPP without its private keys.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TppSnapshot {
    ecosystem: Ecosystem,
    org_id: OrgId,
    software_id: SoftwareId,
    org_name: String,
    software_name: String,
    contact: String,
    host: String,
    registration_number: String,
    /// Whether it is of the kit or the settings.
    is_resident: bool,
    #[schemars(length(min = 1))]
    roles: Vec<Role>,
    #[schemars(length(min = 1))]
    redirect_uris: Vec<RedirectUri>,
    org_status: OrgWord,
    software_status: SoftwareWord,
    /// When something about it last changed.
    updated_at: Moment,
    /// The `kid` of the transport certificate that it uses.
    transport_kid: KeyId,
    /// The `kid` that it signs with.
    signing_kid: KeyId,
    /// All its public keys, in the order in which they came.
    keys: Vec<KeySnapshot>,
    /// The `jti` of the statement that was last signed for it.
    last_statement: Option<String>,
    /// The `jti` of the request that it last signed.
    last_request: Option<String>,
    /// The `jti` of the assertion that it last signed.
    last_assertion: Option<String>,
}

/// A public key of a TPP: with a certificate, or else a JWK.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeySnapshot {
    kid: KeyId,
    #[serde(rename = "use")]
    key_use: UseWord,
    /// Its certificate.
    certificate: Option<CertificateSnapshot>,
    /// The key as it is, where it has no certificate: the public members of a JWK.
    jwk: Option<Object>,
    is_revoked: bool,
    /// Whether it is in a key store at all.
    is_published: bool,
    /// Since when it is.
    published_at: Moment,
}

/// A certificate.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CertificateSnapshot {
    /// Its kind, such as `ob-transport`.
    kind: String,
    /// The certificate and its issuer's, PEM.
    chain: String,
    /// When it counts as made, where it is for transport.
    made_at: Option<Moment>,
}

/// A certificate that was revoked.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RevokedSnapshot {
    /// Its serial number, in hexadecimal digits.
    serial: String,
    /// Whether handshakes are refused, too.
    in_handshakes: bool,
}

/// Words of a snapshot for a type of the directory.
macro_rules! words {
    ($(#[$doc:meta])* $word:ident for $of:ident { $($name:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
        enum $word { $(#[serde(rename = $text)] $name,)+ }

        impl From<$of> for $word {
            fn from(value: $of) -> Self {
                match value { $($of::$name => Self::$name,)+ }
            }
        }

        impl From<$word> for $of {
            fn from(word: $word) -> Self {
                match word { $($word::$name => Self::$name,)+ }
            }
        }
    };
}

words! {
    /// What the directory says of the organisation.
    OrgWord for OrgStatus { Active = "Active", Revoked = "Revoked", Withdrawn = "Withdrawn", }
}
words! {
    /// What the directory says of the software.
    SoftwareWord for SoftwareStatus {
        Active = "Active", Suspended = "Suspended", Revoked = "Revoked",
    }
}
words! {
    /// What a key is for.
    UseWord for KeyUse { Signing = "sig", Transport = "tls", Encryption = "enc", }
}

impl From<Contents> for DirectorySnapshot {
    fn from(contents: Contents) -> Self {
        let revoked = contents.revoked.iter();
        let revoked = revoked.map(|(serial, in_handshakes)| RevokedSnapshot {
            serial: serial.to_string(),
            in_handshakes: *in_handshakes,
        });
        let [invented_uk, invented_brasil] = contents.invented;
        Self {
            tpps: contents.tpps.into_iter().map(Into::into).collect(),
            revoked: revoked.collect(),
            invented_uk,
            invented_brasil,
        }
    }
}

impl From<TppContents> for TppSnapshot {
    fn from(tpp: TppContents) -> Self {
        let last = |kind| {
            let mut signed = tpp.signed.iter();
            let found = signed.find(|(signed, _)| *signed == kind);
            found.map(|(_, jti)| jti.clone())
        };
        Self {
            last_statement: last(SignedKind::Statement),
            last_request: last(SignedKind::Request),
            last_assertion: last(SignedKind::Assertion),
            ecosystem: tpp.identity.ecosystem,
            org_id: tpp.identity.org_id,
            software_id: tpp.identity.software_id,
            org_name: tpp.identity.org_name,
            software_name: tpp.identity.software_name,
            contact: tpp.identity.contact,
            host: tpp.identity.host,
            registration_number: tpp.identity.registration_number,
            is_resident: tpp.is_resident,
            roles: tpp.roles,
            redirect_uris: tpp.redirect_uris.into_iter().map(RedirectUri::of).collect(),
            org_status: tpp.org_status.into(),
            software_status: tpp.software_status.into(),
            updated_at: Moment::of_millis(tpp.updated_at),
            transport_kid: tpp.transport,
            signing_kid: tpp.signing,
            keys: tpp.keys.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<KeyContents> for KeySnapshot {
    fn from(key: KeyContents) -> Self {
        let made_at = key.made_at.map(Moment::of_millis);
        let (certificate, jwk) = match key.material {
            Material::Certified(certificate) => {
                let certificate = CertificateSnapshot {
                    kind: certificate.kind().to_string(),
                    chain: certificate.chain_pem(),
                    made_at,
                };
                (Some(certificate), None)
            }
            Material::Brought(public_key) => {
                let jwk = public_key.to_jwk(&key.kid, key.key_use, None);
                (None, Some(crate::domain::json::members(jwk)))
            }
        };
        Self {
            kid: key.kid,
            key_use: key.key_use.into(),
            certificate,
            jwk,
            is_revoked: key.is_revoked,
            is_published: key.is_published,
            published_at: Moment::of_millis(key.published_at),
        }
    }
}

impl DirectorySnapshot {
    /// The same as a directory has it.
    ///
    /// # Errors
    /// [`SnapshotError::Member`].
    pub fn contents(self) -> Result<Contents, SnapshotError> {
        let mut tpps = Vec::with_capacity(self.tpps.len());
        for (position, tpp) in self.tpps.into_iter().enumerate() {
            tpps.push(tpp.contents(&format!("directory.tpps.{position}"))?);
        }
        let mut revoked = Vec::with_capacity(self.revoked.len());
        for (position, one) in self.revoked.into_iter().enumerate() {
            let serial: Result<Serial, _> = one.serial.parse();
            let serial = serial.map_err(|_| {
                let path = format!("directory.revoked.{position}.serial");
                let allowed = "1 to 20 octets, not all zero, in hexadecimal digits";
                SnapshotError::member(path, format!("`{}`", one.serial), allowed)
            })?;
            revoked.push((serial, one.in_handshakes));
        }
        Ok(Contents {
            tpps,
            revoked,
            invented: [self.invented_uk, self.invented_brasil],
        })
    }
}

impl TppSnapshot {
    fn contents(self, path: &str) -> Result<TppContents, SnapshotError> {
        self.check(path)?;
        let mut keys = Vec::with_capacity(self.keys.len());
        for (position, key) in self.keys.into_iter().enumerate() {
            keys.push(key.contents(&format!("{path}.keys.{position}"))?);
        }
        let signed = [
            (SignedKind::Statement, self.last_statement),
            (SignedKind::Request, self.last_request),
            (SignedKind::Assertion, self.last_assertion),
        ];
        let signed = signed.into_iter();
        Ok(TppContents {
            identity: Identity {
                ecosystem: self.ecosystem,
                org_id: self.org_id,
                software_id: self.software_id,
                org_name: self.org_name,
                software_name: self.software_name,
                contact: self.contact,
                host: self.host,
                registration_number: self.registration_number,
            },
            is_resident: self.is_resident,
            roles: self.roles,
            redirect_uris: RedirectUri::texts(self.redirect_uris),
            org_status: self.org_status.into(),
            software_status: self.software_status.into(),
            updated_at: self.updated_at.millis(),
            transport: self.transport_kid,
            signing: self.signing_kid,
            keys,
            signed: signed
                .filter_map(|(kind, jti)| Some((kind, jti?)))
                .collect(),
        })
    }
}

impl TppSnapshot {
    /// The rules for TPPs that are made at run time.
    fn check(&self, path: &str) -> Result<(), SnapshotError> {
        let (software, org) = (self.software_id.as_str(), self.org_id.as_str());
        let bad = |member: &str, found: String, allowed: String| {
            SnapshotError::member(format!("{path}.{member}"), found, allowed)
        };
        let malformed = |member: &'static str, id: &str, allowed: MalformedId| {
            bad(member, format!("`{id}`"), allowed.to_string())
        };
        SoftwareId::parse(software, self.ecosystem)
            .map_err(|allowed| malformed("software_id", software, allowed))?;
        OrgId::parse(org, self.ecosystem).map_err(|allowed| malformed("org_id", org, allowed))?;
        for (member, is_empty) in [
            ("roles", self.roles.is_empty()),
            ("redirect_uris", self.redirect_uris.is_empty()),
        ] {
            if is_empty {
                let allowed = "at least one".to_owned();
                return Err(bad(member, "an empty list".to_owned(), allowed));
            }
        }
        Ok(())
    }
}

impl KeySnapshot {
    fn contents(self, path: &str) -> Result<KeyContents, SnapshotError> {
        let mut made_at = None;
        let material = match (self.certificate, self.jwk) {
            (Some(certificate), None) => {
                made_at = certificate.made_at.map(Moment::millis);
                Material::Certified(certificate.read(&format!("{path}.certificate"))?)
            }
            (None, Some(jwk)) => Material::Brought(PublicKey::from_jwk(&jwk).map_err(|error| {
                let allowed = "the public members of an RSA or EC P-256 key";
                SnapshotError::member(format!("{path}.jwk"), error.to_string(), allowed)
            })?),
            (certificate, _) => {
                let found = certificate.map_or("neither", |_| "both");
                let allowed = "either `certificate` or `jwk`";
                return Err(SnapshotError::member(path, found, allowed));
            }
        };
        Ok(KeyContents {
            kid: self.kid,
            key_use: self.key_use.into(),
            material,
            is_revoked: self.is_revoked,
            is_published: self.is_published,
            published_at: self.published_at.millis(),
            made_at,
        })
    }
}

impl CertificateSnapshot {
    fn read(self, path: &str) -> Result<Certificate, SnapshotError> {
        let kind: Result<Kind, _> = self.kind.parse();
        let kind = kind.map_err(|_| {
            let kinds: Vec<&str> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
            let found = format!("`{}`", self.kind);
            SnapshotError::member(format!("{path}.kind"), found, kinds.join(", "))
        })?;
        Certificate::from_chain_pem(kind, &self.chain).map_err(|error| {
            let allowed = "two PEM blocks: the certificate, then its issuer's";
            SnapshotError::member(format!("{path}.chain"), error.to_string(), allowed)
        })
    }
}
