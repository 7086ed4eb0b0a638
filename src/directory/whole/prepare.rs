//! Judging what is to be put back, before anything changes.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use certs_gen::Serial;

use crate::dialect::trust::StoredKey;
use crate::directory::credential::Credential;
use crate::directory::plan::{check_ids, check_roles};
use crate::directory::stores::ListedKey;
use crate::directory::tpp::{BroughtKeys, Origin, Profile, SignedKind, Signing, Tpp};
use crate::directory::whole::{Contents, HeldKeys, KeyContents, Material, TppContents};
use crate::directory::{Directory, Identity};
use crate::domain::ids::{KeyId, SoftwareId};
use crate::domain::jwk::{KeySetEntry, KeyUse, PublicKey};

/// Contents that can be put back, for one directory as it is now.
#[derive(Debug)]
pub struct Prepared {
    pub(super) tpps: Vec<PreparedTpp>,
    pub(super) revoked: Vec<(Serial, bool)>,
    pub(super) invented: [u64; 2],
}

#[derive(Debug)]
pub(super) struct PreparedTpp {
    pub(super) tpp: Arc<Tpp>,
    pub(super) profile: Profile,
    pub(super) signed: Vec<(SignedKind, String)>,
    /// With when the certificate of each counts as made.
    pub(super) keys: Vec<(ListedKey, Option<i64>)>,
}

/// Why contents cannot be put back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ContentsError {
    /// A member of a TPP cannot be.
    #[error("TPP {position}, `{member}`: found {found}; allowed: {allowed}")]
    Member {
        /// The TPP's place, from 0.
        position: usize,
        /// The member, with its path in the TPP.
        member: String,
        /// What is there.
        found: String,
        /// What may be.
        allowed: String,
    },
    /// Another TPP than the one of the kit or the settings that has this software here.
    #[error(
        "the TPP `{software}` is of the kit or the settings here, and is who it is: `{member}`: found `{found}`; allowed: `{here}`"
    )]
    AnotherIdentity {
        /// The TPP's place, from 0.
        position: usize,
        /// The software.
        software: SoftwareId,
        /// What is otherwise.
        member: &'static str,
        /// That in the contents.
        found: String,
        /// That here.
        here: String,
    },
}

impl Directory {
    /// Judges contents against this directory as it is now. Nothing changes, and nothing may until
    /// they are put back.
    ///
    /// # Errors
    /// See [`ContentsError`].
    pub fn prepare(&self, contents: Contents, held: &HeldKeys) -> Result<Prepared, ContentsError> {
        let mut seen = HashSet::new();
        let mut tpps = Vec::with_capacity(contents.tpps.len());
        let mut shared = HashMap::new();
        for (position, one) in contents.tpps.into_iter().enumerate() {
            let bad = Bad(position);
            if !seen.insert(one.identity.software_id.clone()) {
                let found = format!("`{}` for a second time", one.identity.software_id);
                return Err(bad.member("software_id", found, "each TPP once"));
            }
            tpps.push(self.prepare_tpp(one, held, bad, &mut shared)?);
        }
        let revoked = contents.revoked.into_iter();
        let revoked = revoked.map(|(serial, in_handshakes)| {
            let reach = shared.get(&serial).copied();
            (serial, reach.unwrap_or(in_handshakes))
        });
        Ok(Prepared {
            tpps,
            revoked: revoked.collect(),
            invented: contents.invented,
        })
    }

    /// Notes in `shared` how far the revocation of a resident's certificate reaches here.
    fn prepare_tpp(
        &self,
        one: TppContents,
        held: &HeldKeys,
        bad: Bad,
        shared: &mut HashMap<Serial, bool>,
    ) -> Result<PreparedTpp, ContentsError> {
        check_ids(&one.identity)
            .map_err(|error| bad.member("software_id", error.to_string(), "ids of one word"))?;
        check_roles(&one.roles, one.identity.ecosystem).map_err(|error| {
            bad.member("roles", error.to_string(), "roles of the TPP's ecosystem")
        })?;
        let mut keys = Vec::with_capacity(one.keys.len());
        for key in &one.keys {
            keys.push((listed_key(key, held, bad)?, key.made_at));
        }
        let transport = current_transport(&keys, &one.transport, bad)?;
        let signing = current_signing(&keys, &one.signing, bad)?;
        let mut profile = Profile {
            roles: one.roles,
            redirect_uris: one.redirect_uris,
            org_status: one.org_status,
            software_status: one.software_status,
            updated_at: one.updated_at,
            transport,
            signing,
        };
        let here = self.tpp(&one.identity.software_id);
        let tpp = match here {
            Some(resident) if resident.is_resident() => {
                check_identity(&one.identity, &resident.identity, bad)?;
                self.merge_resident(&resident, &mut profile, &mut keys, shared);
                resident
            }
            // Whoever holds it goes on with it.
            Some(made) if made.identity == one.identity => made,
            _ => {
                let clock = self.clock();
                let first = profile.clone();
                Arc::new(Tpp::new(one.identity, Origin::Made, first, None, clock))
            }
        };
        Ok(PreparedTpp {
            tpp,
            profile,
            signed: one.signed,
            keys,
        })
    }

    /// A resident keeps the keys that it was made with, and uses them if the private key of another
    /// one is not here: its files are signed with it.
    fn merge_resident(
        &self,
        resident: &Tpp,
        profile: &mut Profile,
        keys: &mut Vec<(ListedKey, Option<i64>)>,
        shared: &mut HashMap<Serial, bool>,
    ) {
        let Some(listed) = self.software.get(&resident.identity.software_id) else {
            return;
        };
        for first in listed.first_keys() {
            let known = keys.iter_mut().find(|(key, _)| {
                key.kid == first.kid && key.stored.key.thumbprint() == first.stored.key.thumbprint()
            });
            match known {
                Some((key, _)) => key.credential.clone_from(&first.credential),
                None => keys.push((first.clone(), None)),
            }
            if let Some(serial) = first.serial() {
                shared.insert(serial.clone(), resident.origin == Origin::Resident);
            }
        }
        let first = resident.first_profile();
        let has_key = |credential: Option<&Arc<Credential>>| {
            credential.is_some_and(|credential| credential.key.is_some())
        };
        let (now, then) = (&profile.transport, &first.transport);
        if now.kid == then.kid || (!has_key(Some(now)) && has_key(Some(then))) {
            profile.transport = Arc::clone(then);
        }
        let (now, then) = (&profile.signing, &first.signing);
        if now.kid() == then.kid() || (!has_key(now.credential()) && has_key(then.credential())) {
            profile.signing = then.clone();
        }
    }
}

/// Says what is wrong with the TPP of this place.
#[derive(Debug, Clone, Copy)]
struct Bad(usize);

impl Bad {
    fn member(
        self,
        member: impl Into<String>,
        found: impl Into<String>,
        allowed: impl Into<String>,
    ) -> ContentsError {
        ContentsError::Member {
            position: self.0,
            member: member.into(),
            found: found.into(),
            allowed: allowed.into(),
        }
    }
}

/// That a resident is who it is here: its files say so, too.
fn check_identity(found: &Identity, here: &Identity, bad: Bad) -> Result<(), ContentsError> {
    let members = |identity: &Identity| {
        [
            ("ecosystem", identity.ecosystem.as_str().to_owned()),
            ("org_id", identity.org_id.to_string()),
            ("org_name", identity.org_name.clone()),
            ("software_name", identity.software_name.clone()),
            ("contact", identity.contact.clone()),
            ("host", identity.host.clone()),
            ("registration_number", identity.registration_number.clone()),
        ]
    };
    let software = &here.software_id;
    let mut members = members(found).into_iter().zip(members(here));
    match members.find(|((_, found), (_, here))| found != here) {
        Some(((member, found), (_, here))) => Err(ContentsError::AnotherIdentity {
            position: bad.0,
            software: software.clone(),
            member,
            found,
            here,
        }),
        None => Ok(()),
    }
}

fn listed_key(
    contents: &KeyContents,
    held: &HeldKeys,
    bad: Bad,
) -> Result<ListedKey, ContentsError> {
    let (key, credential) = match &contents.material {
        Material::Brought(key) => (key.clone(), None),
        Material::Certified(certificate) => {
            let public_key =
                PublicKey::from_spki(certificate.public_key_der()).map_err(|error| {
                    let allowed = "certificates of RSA or EC P-256 keys";
                    bad.member("keys", error.to_string(), allowed)
                })?;
            let credential = match held.of(certificate) {
                Some(held) if held.kid == contents.kid => Arc::clone(held),
                held => Arc::new(Credential {
                    certificate: certificate.clone(),
                    key: held.and_then(|held| held.key.clone()),
                    kid: contents.kid.clone(),
                    public_key: public_key.clone(),
                }),
            };
            (public_key, Some(credential))
        }
    };
    Ok(ListedKey {
        kid: contents.kid.clone(),
        stored: StoredKey {
            key,
            key_use: contents.key_use,
            revoked: contents.is_revoked,
        },
        published_at: contents.published_at,
        credential,
        is_published: contents.is_published,
    })
}

fn current_transport(
    keys: &[(ListedKey, Option<i64>)],
    kid: &KeyId,
    bad: Bad,
) -> Result<Arc<Credential>, ContentsError> {
    let mut keys = keys.iter().map(|(key, _)| key);
    let found = keys.find(|key| key.kid == *kid && key.stored.key_use == KeyUse::Transport);
    let credential = found.and_then(|key| key.credential.clone());
    credential.ok_or_else(|| {
        let allowed = "the kid of one of its keys with the use tls and a certificate";
        bad.member("transport_kid", format!("`{kid}`"), allowed)
    })
}

fn current_signing(
    keys: &[(ListedKey, Option<i64>)],
    kid: &KeyId,
    bad: Bad,
) -> Result<Signing, ContentsError> {
    let keys = || keys.iter().map(|(key, _)| key);
    let found = keys().find(|key| key.kid == *kid && key.stored.key_use.signs());
    let found = found.ok_or_else(|| {
        let allowed = "the kid of one of its keys with the use sig";
        bad.member("signing_kid", format!("`{kid}`"), allowed)
    })?;
    if let Some(credential) = &found.credential {
        return Ok(Signing::Certified(Arc::clone(credential)));
    }
    let entry = |key: &ListedKey| KeySetEntry {
        kid: key.kid.clone(),
        key_use: key.stored.key_use,
        key: key.stored.key.clone(),
    };
    let brought = keys().filter(|key| key.credential.is_none());
    Ok(Signing::Brought(Arc::new(BroughtKeys {
        first: entry(found),
        all: brought.map(entry).collect(),
    })))
}
