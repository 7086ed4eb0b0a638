//! Invented organisations and software: the same seed invents the same ones.

mod brazil;
mod uk;

use certs_gen::{PspRole, Subject};
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde::{Deserialize, Serialize};

use crate::domain::ecosystem::Ecosystem;
use crate::domain::ids::{OrgId, SoftwareId};
use crate::domain::role::Role;

/// Who a TPP is: names and ids in the shapes of its directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Its directory.
    #[serde(default)]
    pub ecosystem: Ecosystem,
    /// UK: 18 characters, Salesforce style. Brazil: a UUID v4.
    pub org_id: OrgId,
    /// UK: 22 base62 characters. Brazil: a UUID v4.
    pub software_id: SoftwareId,
    /// Registered name, at most 140 characters.
    pub org_name: String,
    /// Name of the software, at most 40 characters.
    pub software_name: String,
    /// Somebody to call.
    pub contact: String,
    /// Host name for the software's pages, below `.example` (RFC 2606).
    pub host: String,
    /// UK: firm reference number at the Financial Conduct Authority, six digits. Brazil: CNPJ, 14
    /// digits with right check digits.
    pub registration_number: String,
}

/// Version of every software.
pub(crate) const VERSION: &str = "1.0";

impl Identity {
    /// The `ordinal`-th identity of this ecosystem under `seed`.
    #[must_use]
    pub fn invent(ecosystem: Ecosystem, seed: u64, ordinal: u64) -> Self {
        // Far apart for neighbouring seeds and ordinals alike.
        let mut random = StdRng::seed_from_u64(seed.rotate_left(32) ^ ordinal);
        match ecosystem {
            Ecosystem::Uk => uk::invent(&mut random),
            Ecosystem::Brazil => brazil::invent(&mut random),
        }
    }

    /// Whether it is software of this organisation.
    #[must_use]
    pub fn is_of_organisation(&self, ecosystem: Ecosystem, org: &OrgId) -> bool {
        self.ecosystem == ecosystem && self.org_id == *org
    }

    /// The identity as a certificate's subject needs it.
    #[must_use]
    pub fn subject(&self, roles: &[Role]) -> Subject {
        let (org_id, software_id) = (self.org_id.as_str(), self.software_id.as_str());
        let mut subject = match self.ecosystem {
            Ecosystem::Uk => Subject {
                authorisation_number: Some(self.registration_number.clone()),
                ..Subject::new(org_id, software_id, &self.org_name)
            },
            Ecosystem::Brazil => Subject::brazilian(
                org_id,
                software_id,
                &self.org_name,
                &self.registration_number,
                &self.host,
            ),
        };
        subject.common_name = Some(self.host.clone());
        subject.roles = roles.iter().filter_map(|role| psp_role(*role)).collect();
        subject
    }

    /// What the software is, in a sentence.
    #[must_use]
    pub fn description(&self) -> String {
        format!("{} of {}", self.software_name, self.org_name)
    }

    /// URL of a page on its host.
    #[must_use]
    pub fn page(&self, path: &str) -> String {
        format!("https://{}/{path}", self.host)
    }
}

/// The PSD2 role of a certificate; Brazilian certificates name none.
fn psp_role(role: Role) -> Option<PspRole> {
    match role {
        Role::Aisp => Some(PspRole::Ai),
        Role::Pisp => Some(PspRole::Pi),
        Role::Cbpii => Some(PspRole::Ic),
        Role::Aspsp => Some(PspRole::As),
        Role::Dados | Role::Pagto | Role::Conta | Role::Ccorr => None,
    }
}

/// Only characters that need no escape in a distinguished name, so that a name reads the same in
/// every client's spelling of it.
fn printable(name: &str) -> String {
    name.chars()
        .filter(|character| character.is_ascii_alphanumeric() || " -.".contains(*character))
        .collect()
}

fn slug(name: &str) -> String {
    let words: Vec<String> = name
        .split(|character: char| !character.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
        .collect();
    words.join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_seed_invents_one_identity_and_another_seed_another() {
        for ecosystem in [Ecosystem::Uk, Ecosystem::Brazil] {
            let invent = |seed, ordinal| Identity::invent(ecosystem, seed, ordinal);
            assert_eq!(invent(1, 0), invent(1, 0));
            assert_ne!(invent(1, 0).software_id, invent(2, 0).software_id);
            assert_ne!(invent(1, 0).software_id, invent(1, 1).software_id);
        }
    }

    #[test]
    fn a_uk_identity_is_the_one_it_has_always_been_under_its_seed() {
        let identity = Identity::invent(Ecosystem::Uk, 1, 0);
        assert_eq!(identity.software_id.as_str(), "cMdhumt5OCtfXPQTHF7mwV");
        assert_eq!(identity.org_id.as_str(), "0015800001OiT7GAAV");
    }

    #[test]
    fn ids_and_names_have_the_shapes_of_the_directory() {
        for ordinal in 0..200 {
            let identity = Identity::invent(Ecosystem::Uk, 7, ordinal);
            assert_eq!(identity.org_id.as_str().len(), 18);
            assert_eq!(identity.software_id.as_str().len(), 22);
            assert_eq!(identity.registration_number.len(), 6);
            let brazilian = Identity::invent(Ecosystem::Brazil, 7, ordinal);
            for id in [brazilian.org_id.as_str(), brazilian.software_id.as_str()] {
                let uuid = uuid::Uuid::parse_str(id).unwrap();
                assert_eq!(uuid.get_version_num(), 4, "{id}");
                assert_eq!(uuid.to_string(), id);
            }
            assert_ne!(brazilian.org_id.as_str(), brazilian.software_id.as_str());
            for identity in [identity, brazilian] {
                assert!((1..=140).contains(&identity.org_name.len()), "{identity:?}");
                let software_name = identity.software_name.len();
                assert!((1..=40).contains(&software_name), "{identity:?}");
                assert!(identity.host.len() > ".example".len());
                for text in [
                    &identity.org_name,
                    &identity.software_name,
                    &identity.contact,
                ] {
                    assert_eq!(printable(text), *text);
                }
            }
        }
    }
}
