//! Invented organisations and software: the same seed invents the same ones.

use certs_gen::{PspRole, Subject};
use fake::Fake;
use fake::faker::company::en::{Buzzword, CompanyName};
use fake::faker::name::en::Name;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde::{Deserialize, Serialize};

use crate::domain::ids::{OrgId, SoftwareId};
use crate::domain::role::Role;

/// Who a TPP is: names and ids in the shapes of the UK directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// 18 characters, Salesforce style.
    pub org_id: OrgId,
    /// 22 base62 characters.
    pub software_id: SoftwareId,
    /// Registered name, at most 140 characters.
    pub org_name: String,
    /// Name of the software, at most 40 characters.
    pub software_name: String,
    /// Somebody to call.
    pub contact: String,
    /// Host name for the software's pages, below `.example` (RFC 2606).
    pub host: String,
    /// Firm reference number at the Financial Conduct Authority: six digits.
    pub registration_number: String,
}

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

impl Identity {
    /// The `ordinal`-th identity under `seed`.
    #[must_use]
    pub fn invent(seed: u64, ordinal: u64) -> Self {
        // Far apart for neighbouring seeds and ordinals alike.
        let mut random = StdRng::seed_from_u64(seed.rotate_left(32) ^ ordinal);
        let company: String = CompanyName().fake_with_rng(&mut random);
        let buzzword: String = Buzzword().fake_with_rng(&mut random);
        let contact: String = Name().fake_with_rng(&mut random);
        let org_name = printable(&company);
        Self {
            org_id: OrgId::new(salesforce_id(&format!(
                "0015800001{}",
                base62(&mut random, 5)
            ))),
            software_id: SoftwareId::new(base62(&mut random, 22)),
            software_name: printable(&buzzword).chars().take(40).collect(),
            contact: printable(&contact),
            host: format!("{}.example", slug(&org_name)),
            org_name,
            registration_number: format!("{:06}", random.random_range(100_000..1_000_000)),
        }
    }

    /// The identity as a certificate's subject needs it.
    #[must_use]
    pub fn subject(&self, roles: &[Role]) -> Subject {
        let mut subject = Subject::new(
            self.org_id.as_str(),
            self.software_id.as_str(),
            &self.org_name,
        );
        subject.authorisation_number = Some(self.registration_number.clone());
        subject.common_name = Some(self.host.clone());
        subject.roles = roles.iter().map(|role| psp_role(*role)).collect();
        subject
    }
}

fn psp_role(role: Role) -> PspRole {
    match role {
        Role::Aisp => PspRole::Ai,
        Role::Pisp => PspRole::Pi,
        Role::Cbpii => PspRole::Ic,
        Role::Aspsp => PspRole::As,
    }
}

fn base62(random: &mut StdRng, length: usize) -> String {
    (0..length)
        .map(|_| char::from(BASE62[random.random_range(0..BASE62.len())]))
        .collect()
}

/// A 15-character Salesforce id with the three characters that make it safe where case is lost:
/// each tells which of five characters are upper case.
fn salesforce_id(id: &str) -> String {
    const CHECK: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";
    let suffix = id.as_bytes().chunks(5).map(|chunk| {
        let bits = chunk.iter().enumerate().fold(0, |bits, (index, byte)| {
            bits | usize::from(byte.is_ascii_uppercase()) << index
        });
        char::from(CHECK[bits])
    });
    id.chars().chain(suffix).collect()
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
        assert_eq!(Identity::invent(1, 0), Identity::invent(1, 0));
        assert_ne!(
            Identity::invent(1, 0).software_id,
            Identity::invent(2, 0).software_id
        );
        assert_ne!(
            Identity::invent(1, 0).software_id,
            Identity::invent(1, 1).software_id
        );
    }

    #[test]
    fn ids_and_names_have_the_shapes_of_the_directory() {
        for ordinal in 0..200 {
            let identity = Identity::invent(7, ordinal);
            assert_eq!(identity.org_id.as_str().len(), 18);
            assert_eq!(identity.software_id.as_str().len(), 22);
            assert!((1..=140).contains(&identity.org_name.len()), "{identity:?}");
            assert!(
                (1..=40).contains(&identity.software_name.len()),
                "{identity:?}"
            );
            assert_eq!(identity.registration_number.len(), 6);
            assert!(identity.host.len() > ".example".len());
        }
    }

    #[test]
    fn the_check_characters_are_those_of_a_known_id() {
        assert_eq!(salesforce_id("0015800001HQQrZ"), "0015800001HQQrZAAX");
    }
}
