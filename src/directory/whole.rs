//! All that a directory knows of its own, taken out and put back. Times are milliseconds of the
//! world's clock since the epoch.

mod prepare;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use certs_gen::{Certificate, Flaw, Serial};

pub use self::prepare::{ContentsError, Prepared};
use crate::directory::births::Birth;
use crate::directory::credential::Credential;
use crate::directory::signer::DirectoryError;
use crate::directory::stores::{Listed, ListedKey};
use crate::directory::tpp::{OrgStatus, Origin, SignedKind, SoftwareStatus};
use crate::directory::{Directory, Identity};
use crate::domain::ids::KeyId;
use crate::domain::jwk::{KeyUse, PublicKey};
use crate::domain::role::Role;

/// All that a directory knows of its own. No private key is in it.
#[derive(Debug, Clone, Default)]
pub struct Contents {
    /// Its TPPs, in the order in which they were added.
    pub tpps: Vec<TppContents>,
    /// What it revoked, with whether handshakes are refused, too.
    pub revoked: Vec<(Serial, bool)>,
    /// How many identities it invented: British, and Brazilian.
    pub invented: [u64; 2],
}

/// A TPP without its private keys.
#[derive(Debug, Clone)]
pub struct TppContents {
    /// Who it is.
    pub identity: Identity,
    /// Whether it is of the kit or the settings.
    pub is_resident: bool,
    /// Its roles.
    pub roles: Vec<Role>,
    /// Its redirect URIs.
    pub redirect_uris: Vec<String>,
    /// What the directory says of the organisation.
    pub org_status: OrgStatus,
    /// What the directory says of the software.
    pub software_status: SoftwareStatus,
    /// When something last changed.
    pub updated_at: i64,
    /// The key of the transport certificate that it uses.
    pub transport: KeyId,
    /// The key that it signs with.
    pub signing: KeyId,
    /// All its keys, in the order in which they came.
    pub keys: Vec<KeyContents>,
    /// The `jti` of what was last signed of each kind.
    pub signed: Vec<(SignedKind, String)>,
}

/// A public key of a TPP.
#[derive(Debug, Clone)]
pub struct KeyContents {
    /// Its id in the key store.
    pub kid: KeyId,
    /// What it is for.
    pub key_use: KeyUse,
    /// The key itself.
    pub material: Material,
    /// Whether it is among the revoked ones.
    pub is_revoked: bool,
    /// Whether it is in a key store at all.
    pub is_published: bool,
    /// Since when it is in a key store.
    pub published_at: i64,
    /// When its certificate counts as made, where that is for transport.
    pub made_at: Option<i64>,
}

/// What a public key comes in.
#[derive(Debug, Clone)]
pub enum Material {
    /// In a certificate.
    Certified(Certificate),
    /// As it is.
    Brought(PublicKey),
}

/// Certificates whose private keys are here.
#[derive(Debug, Default)]
pub struct HeldKeys(HashMap<Vec<u8>, Arc<Credential>>);

impl HeldKeys {
    /// Adds those of a directory; one that is there stays.
    pub fn add(&mut self, directory: &Directory) {
        for listed in &directory.software {
            let keys = listed.keys();
            let credentials = keys.iter().filter_map(|key| key.credential.as_ref());
            for credential in credentials.filter(|credential| credential.key.is_some()) {
                let der = credential.certificate.der().to_vec();
                self.0.entry(der).or_insert_with(|| Arc::clone(credential));
            }
        }
    }

    fn of(&self, certificate: &Certificate) -> Option<&Arc<Credential>> {
        self.0.get(certificate.der())
    }
}

impl Directory {
    /// All that it knows of its own. TPPs that nobody lists, such as foreign ones, are not in it.
    #[must_use]
    pub fn contents(&self) -> Contents {
        let tpps = self.tpps();
        let tpps = tpps.iter().filter_map(|tpp| {
            let listed = self.software.get(&tpp.identity.software_id)?;
            Some(self.copy_of(&listed))
        });
        Contents {
            tpps: tpps.collect(),
            revoked: self.revoked_serials(),
            invented: [0, 1].map(|index| self.ordinals[index].load(Ordering::Relaxed)),
        }
    }

    fn copy_of(&self, listed: &Listed) -> TppContents {
        let tpp = &listed.tpp;
        let profile = tpp.profile();
        let keys = listed.keys();
        let signed = SignedKind::ALL.into_iter();
        TppContents {
            identity: tpp.identity.clone(),
            is_resident: tpp.is_resident(),
            roles: profile.roles.clone(),
            redirect_uris: profile.redirect_uris.clone(),
            org_status: profile.org_status,
            software_status: profile.software_status,
            updated_at: profile.updated_at,
            transport: profile.transport.kid.clone(),
            signing: profile.signing.kid().clone(),
            keys: keys.iter().map(|key| self.copy_of_key(key)).collect(),
            signed: signed
                .filter_map(|kind| Some((kind, tpp.last_signed(kind)?)))
                .collect(),
        }
    }

    fn copy_of_key(&self, key: &ListedKey) -> KeyContents {
        let credential = key.credential.as_ref();
        let certificate = credential.map(|credential| &credential.certificate);
        KeyContents {
            kid: key.kid.clone(),
            key_use: key.stored.key_use,
            material: match certificate {
                Some(certificate) => Material::Certified(certificate.clone()),
                None => Material::Brought(key.stored.key.clone()),
            },
            is_revoked: key.stored.revoked,
            is_published: key.is_published,
            published_at: key.published_at,
            made_at: certificate.and_then(|certificate| self.noted_birth(certificate.der())),
        }
    }

    /// Knows this and nothing else. Residents that are not in it are as they were made.
    ///
    /// # Errors
    /// [`DirectoryError::Unpublished`], when all of that is done.
    pub fn put_back(&self, prepared: Prepared) -> Result<(), DirectoryError> {
        self.keep_residents();
        for (ordinal, count) in self.ordinals.iter().zip(prepared.invented) {
            ordinal.store(count, Ordering::Relaxed);
        }
        for one in prepared.tpps {
            self.put_tpp_back(one);
        }
        self.revoke_only(&prepared.revoked)
    }

    fn put_tpp_back(&self, one: prepare::PreparedTpp) {
        let tpp = one.tpp;
        tpp.become_again(one.profile, one.signed);
        let keys: Vec<ListedKey> = one.keys.iter().map(|(key, _)| key.clone()).collect();
        let software = &tpp.identity.software_id;
        if tpp.origin == Origin::Made {
            let position = self.added.fetch_add(1, Ordering::Relaxed);
            let listed = Listed::with_keys(position, &tpp, keys);
            self.software.insert(software.clone(), listed);
        } else if let Some(listed) = self.software.get(software) {
            *listed.keys_mut() = keys;
        }
        for (key, made_at) in &one.keys {
            if let (Some(credential), Some(made_at)) = (&key.credential, made_at) {
                let flaw = (!key.is_published).then_some(Flaw::WrongOrg);
                self.note_transport(&tpp, credential, flaw, Birth::At(*made_at));
            }
        }
    }
}
