//! Who a certificate is for.

use std::{fmt, str::FromStr};

use crate::{
    error::{Error, find_named},
    profile::Kind,
};

/// A role of a payment service provider (PSD2; ETSI TS 119 495 §5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PspRole {
    /// `PSP_AS`, account servicing: an ASPSP.
    As,
    /// `PSP_PI`, payment initiation: a PISP.
    Pi,
    /// `PSP_AI`, account information: an AISP.
    Ai,
    /// `PSP_IC`, issuing of card-based payment instruments: a CBPII.
    Ic,
}

impl PspRole {
    /// All four, in the order of their object identifiers.
    pub const ALL: [Self; 4] = [Self::As, Self::Pi, Self::Ai, Self::Ic];

    /// Open banking's word for it: `ASPSP`, `PISP`, `AISP`, `CBPII`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::As => "ASPSP",
            Self::Pi => "PISP",
            Self::Ai => "AISP",
            Self::Ic => "CBPII",
        }
    }

    /// ETSI's word for it, as a certificate carries it: `PSP_AS`, `PSP_PI`, `PSP_AI`, `PSP_IC`.
    #[must_use]
    pub const fn etsi_name(self) -> &'static str {
        match self {
            Self::As => "PSP_AS",
            Self::Pi => "PSP_PI",
            Self::Ai => "PSP_AI",
            Self::Ic => "PSP_IC",
        }
    }
}

impl fmt::Display for PspRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for PspRole {
    type Err = Error;

    /// Takes `AISP` and `PSP_AI` alike, in either case.
    fn from_str(word: &str) -> Result<Self, Error> {
        let by_etsi = |role: &Self| role.etsi_name().eq_ignore_ascii_case(word);
        match Self::ALL.into_iter().find(by_etsi) {
            Some(role) => Ok(role),
            None => find_named(&Self::ALL, "role", word),
        }
    }
}

/// The organisation, its software and its hosts; each kind of certificate takes what it needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The organisation's id in its directory: 18 characters (UK) or a UUID (Brazil).
    pub org_id: String,
    /// The software's id in its directory: up to 22 base62 characters (UK) or a UUID (Brazil).
    pub software_id: String,
    /// The registered name of the organisation.
    pub legal_name: String,
    /// The CN of `server`, `qwac`, `qseal` and `brcac`; else the first host name or the legal name.
    pub common_name: Option<String>,
    /// What the organisation may do, for the PSD2 `QCStatement`.
    pub roles: Vec<PspRole>,
    /// The competent authority's name: `Financial Conduct Authority`.
    pub authority_name: String,
    /// The competent authority's id, country and code: `GB-FCA`.
    pub authority_id: String,
    /// The number that the competent authority gave; the id of the directory stands in for it.
    pub authorisation_number: Option<String>,
    /// The number in the register of companies; in Brazil the CNPJ, 14 digits.
    pub organisation_number: Option<String>,
    /// City, attribute L.
    pub locality: Option<String>,
    /// State or province, attribute ST.
    pub state: Option<String>,
    /// DNS names and IP addresses for the subject alternative names of `server` and `brcac`.
    pub host_names: Vec<String>,
    /// Two letters, ISO 3166: `GB`. UK directory and Brazilian certificates have it fixed.
    pub country: String,
}

impl Subject {
    /// A UK organisation under the Financial Conduct Authority, as AISP, PISP and CBPII.
    pub fn new(
        org_id: impl Into<String>,
        software_id: impl Into<String>,
        legal_name: impl Into<String>,
    ) -> Self {
        Self {
            org_id: org_id.into(),
            software_id: software_id.into(),
            legal_name: legal_name.into(),
            common_name: None,
            roles: vec![PspRole::Pi, PspRole::Ai, PspRole::Ic],
            authority_name: "Financial Conduct Authority".to_owned(),
            authority_id: "GB-FCA".to_owned(),
            authorisation_number: None,
            organisation_number: None,
            locality: None,
            state: None,
            host_names: Vec::new(),
            country: "GB".to_owned(),
        }
    }

    /// A Brazilian organisation under the Banco Central do Brasil, in São Paulo.
    ///
    /// `org_id` and `software_id` are UUIDs, `organisation_number` is the CNPJ (14 digits),
    /// `host_name` the FQDN of the BRCAC.
    pub fn brazilian(
        org_id: impl Into<String>,
        software_id: impl Into<String>,
        legal_name: impl Into<String>,
        organisation_number: impl Into<String>,
        host_name: impl Into<String>,
    ) -> Self {
        Self {
            authority_name: "Banco Central do Brasil".to_owned(),
            authority_id: "BR-BCB".to_owned(),
            organisation_number: Some(organisation_number.into()),
            locality: Some("Sao Paulo".to_owned()),
            state: Some("SP".to_owned()),
            host_names: vec![host_name.into()],
            country: "BR".to_owned(),
            ..Self::new(org_id, software_id, legal_name)
        }
    }

    /// A server under these DNS names and IP addresses; the first is its CN.
    pub fn server(host_names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self {
            host_names: host_names.into_iter().map(Into::into).collect(),
            ..Self::new("", "", "aspsp-emulator TEST ONLY")
        }
    }

    /// An invented subject with ids of the shapes that this kind's directory gives out.
    #[must_use]
    pub fn example(kind: Kind) -> Self {
        match kind {
            Kind::Server => Self::server(["localhost", "127.0.0.1", "::1"]),
            Kind::Brcac | Kind::Brseal => Self::brazilian(
                "74e929d9-33b6-4d85-8ba7-c146c867a817",
                "10120340-3318-4baf-99e2-0b56729c4ab2",
                "Exemplo Pagamentos SA",
                "12345678000195",
                "tpp.example.com",
            ),
            _ => Self::new(
                "0015800001HQQrZAAX",
                "Zt3kQ8mWfR2xLb7VhN4cYs",
                "Example TPP Limited",
            ),
        }
    }

    /// The same subject under the id of another organisation.
    pub(crate) fn of_another_organisation(&self) -> Self {
        Self {
            org_id: another_id(&self.org_id),
            authorisation_number: self.authorisation_number.as_deref().map(another_id),
            ..self.clone()
        }
    }
}

/// Another id of the same shape: each of the last four letters and digits moves on by one.
///
/// Digits stay digits, hexadecimal letters stay hexadecimal, the case is kept.
fn another_id(id: &str) -> String {
    let mut left = 4;
    let mut changed: Vec<char> = id
        .chars()
        .rev()
        .map(|letter| match next_in_class(letter) {
            Some(next) if left > 0 => {
                left -= 1;
                next
            }
            _ => letter,
        })
        .collect();
    changed.reverse();
    let other: String = changed.into_iter().collect();
    if other == id && !id.is_empty() {
        // Nothing to move on in it.
        return format!("{id}X");
    }
    other
}

fn next_in_class(letter: char) -> Option<char> {
    match letter {
        '9' => Some('0'),
        'f' | 'z' => Some('a'),
        'F' | 'Z' => Some('A'),
        '0'..='8' | 'a'..='y' | 'A'..='Y' => char::from_u32(u32::from(letter) + 1),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_id_keeps_the_shape() {
        for (id, other) in [
            ("0015800001HQQrZAAX", "0015800001HQQrABBY"),
            (
                "74e929d9-33b6-4d85-8ba7-c146c867a817",
                "74e929d9-33b6-4d85-8ba7-c146c867b928",
            ),
            ("123456", "124567"),
            ("zF9", "aA0"),
            ("--", "--X"),
            ("", ""),
        ] {
            assert_eq!(another_id(id), other);
        }
    }

    #[test]
    fn roles_go_by_both_names() {
        for role in PspRole::ALL {
            assert_eq!(role.as_str().parse::<PspRole>().unwrap(), role);
            assert_eq!(
                role.etsi_name().to_lowercase().parse::<PspRole>().unwrap(),
                role
            );
        }
        let error = "TPP".parse::<PspRole>().unwrap_err().to_string();
        assert_eq!(
            error,
            "`TPP` is no role; use one of: ASPSP, PISP, AISP, CBPII"
        );
    }
}
