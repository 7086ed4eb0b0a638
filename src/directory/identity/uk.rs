//! Identities in the shapes of the UK directory.

use fake::Fake;
use fake::faker::company::en::{Buzzword, CompanyName};
use fake::faker::name::en::Name;
use rand::RngExt;
use rand::rngs::StdRng;

use super::{Identity, printable, slug};
use crate::domain::ecosystem::Ecosystem;
use crate::domain::ids::{OrgId, SoftwareId};

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

pub(super) fn invent(random: &mut StdRng) -> Identity {
    let company: String = CompanyName().fake_with_rng(random);
    let buzzword: String = Buzzword().fake_with_rng(random);
    let contact: String = Name().fake_with_rng(random);
    let org_name = printable(&company);
    Identity {
        ecosystem: Ecosystem::Uk,
        org_id: OrgId::new(salesforce_id(&format!("0015800001{}", base62(random, 5)))),
        software_id: SoftwareId::new(base62(random, 22)),
        software_name: printable(&buzzword).chars().take(40).collect(),
        contact: printable(&contact),
        host: format!("{}.example", slug(&org_name)),
        org_name,
        registration_number: format!("{:06}", random.random_range(100_000..1_000_000)),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_characters_are_those_of_a_known_id() {
        assert_eq!(salesforce_id("0015800001HQQrZ"), "0015800001HQQrZAAX");
    }
}
