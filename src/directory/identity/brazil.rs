//! Identities in the shapes of the Brazilian directory.

use fake::Fake;
use fake::faker::name::pt_br::{LastName, Name};
use rand::RngExt;
use rand::rngs::StdRng;

use super::{Identity, printable, slug};
use crate::domain::ecosystem::Ecosystem;
use crate::domain::ids::{OrgId, SoftwareId};

const TRADES: [&str; 6] = [
    "Pagamentos",
    "Financeira",
    "Investimentos",
    "Credito Direto",
    "Tecnologia Financeira",
    "Servicos Digitais",
];
const SOFTWARE: [&str; 6] = [
    "Carteira",
    "Conta Certa",
    "Painel Financeiro",
    "Cofre",
    "Pagador",
    "Planilha",
];

pub(super) fn invent(random: &mut StdRng) -> Identity {
    let mut pick = |words: &[&'static str]| words[random.random_range(0..words.len())];
    let (trade, software) = (pick(&TRADES), pick(&SOFTWARE));
    let surname: String = LastName().fake_with_rng(random);
    let partner: String = LastName().fake_with_rng(random);
    let contact: String = Name().fake_with_rng(random);
    let (surname, partner) = (printable(&folded(&surname)), printable(&folded(&partner)));
    Identity {
        ecosystem: Ecosystem::Brazil,
        org_id: OrgId::new(uuid(random)),
        software_id: SoftwareId::new(uuid(random)),
        software_name: format!("{software} {surname}").chars().take(40).collect(),
        contact: printable(&folded(&contact)),
        host: format!("{}.example", slug(&format!("{surname} {partner} {trade}"))),
        org_name: format!("{surname} {partner} {trade} SA"),
        registration_number: cnpj(random.random_range(10_000_000..100_000_000)),
    }
}

/// A UUID v4 (RFC 9562 §5.4) of the generator's choosing.
fn uuid(random: &mut StdRng) -> String {
    let bytes = std::array::from_fn(|_| random.random());
    uuid::Builder::from_random_bytes(bytes)
        .into_uuid()
        .to_string()
}

/// The CNPJ of a company's first establishment: eight digits of the company, four of the
/// establishment, two check digits (Receita Federal, modulo 11).
fn cnpj(company: u32) -> String {
    let mut digits: Vec<u32> = format!("{company:08}0001")
        .chars()
        .filter_map(|digit| digit.to_digit(10))
        .collect();
    for _ in 0..2 {
        // Weights 2 to 9, over and over, from the right.
        let sum: u32 = digits
            .iter()
            .rev()
            .zip((2..=9).cycle())
            .map(|(digit, weight)| digit * weight)
            .sum();
        digits.push(match sum % 11 {
            0 | 1 => 0,
            rest => 11 - rest,
        });
    }
    digits.iter().map(u32::to_string).collect()
}

/// Without the accents of Portuguese, so that a name reads the same in every client.
fn folded(name: &str) -> String {
    let fold = |letter| match letter {
        'á' | 'à' | 'â' | 'ã' => 'a',
        'Á' | 'À' | 'Â' | 'Ã' => 'A',
        'é' | 'ê' => 'e',
        'É' | 'Ê' => 'E',
        'í' => 'i',
        'Í' => 'I',
        'ó' | 'ô' | 'õ' => 'o',
        'Ó' | 'Ô' | 'Õ' => 'O',
        'ú' | 'ü' => 'u',
        'Ú' | 'Ü' => 'U',
        'ç' => 'c',
        'Ç' => 'C',
        other => other,
    };
    name.chars().map(fold).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_digits_are_those_of_known_numbers() {
        for (company, expected) in [
            (0, "00000000000191"),
            (33_000_167, "33000167000101"),
            (11_222_333, "11222333000181"),
        ] {
            assert_eq!(cnpj(company), expected);
        }
    }

    #[test]
    fn accents_are_folded() {
        assert_eq!(folded("João Conceição Ícaro"), "Joao Conceicao Icaro");
    }
}
