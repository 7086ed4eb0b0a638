//! The kinds of certificate, one row each.
//!
//! To add a kind, add a row to the table `profiles!`: the enum, its names, the command line and the
//! tests over every kind follow from it, and the compiler asks the tests what the kind must say.

use std::{fmt, str::FromStr};

use time::Duration;
use x509_cert::ext::pkix::KeyUsages;

use crate::{
    attribute::{Attribute, Value, optional, printable, utf8},
    error::{Error, find_named},
    key::KeyAlgorithm,
    name::{
        BUSINESS_CATEGORY, C, CN, JURISDICTION_COUNTRY, L, O, ORGANIZATION_IDENTIFIER, OU,
        SERIAL_NUMBER, ST, UID,
    },
    oid::{CLIENT_AUTH, CODE_SIGNING, DOCUMENT_SIGNING, QC_TYPE_ESEAL, QC_TYPE_WEB, SERVER_AUTH},
    row::{AlternativeNames, ExtendedKeyUsage, Profile, QcProfile},
};

macro_rules! profiles {
    ($($(#[$doc:meta])* $kind:ident, $name:literal => $profile:expr;)+) => {
        /// A kind of leaf certificate.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Kind { $($(#[$doc])* $kind,)+ }

        impl Kind {
            /// All kinds, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$kind,)+];

            /// Its name on the command line.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$kind => $name,)+ }
            }

            /// Its row.
            pub(crate) const fn profile(self) -> &'static Profile {
                match self {
                    $(Self::$kind => {
                        const ROW: Profile = $profile;
                        &ROW
                    })+
                }
            }
        }
    };
}

impl Kind {
    /// The key that `certs-gen` makes for this kind unless told otherwise.
    #[must_use]
    pub const fn default_key(self) -> KeyAlgorithm {
        self.profile().default_key
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Kind {
    type Err = Error;

    fn from_str(word: &str) -> Result<Self, Error> {
        find_named(Self::ALL, "certificate kind", word)
    }
}

/// Thirteen months, the life of directory certificates; below the 398 days that Apple's and Chrome's
/// clients allow a server (CA/Browser Forum baseline requirements §6.3.2).
const THIRTEEN_MONTHS: Duration = Duration::days(396);

const SIGNATURE: &[KeyUsages] = &[KeyUsages::DigitalSignature];
const SEAL: &[KeyUsages] = &[KeyUsages::DigitalSignature, KeyUsages::NonRepudiation];
const SIGNATURE_AND_ENCIPHERMENT: &[KeyUsages] =
    &[KeyUsages::DigitalSignature, KeyUsages::KeyEncipherment];

const OB_TRANSPORT_USAGE: ExtendedKeyUsage = ExtendedKeyUsage {
    right: &[SERVER_AUTH, CLIENT_AUTH],
    wrong: &[SERVER_AUTH],
    is_critical: true,
};
const OB_SIGNING_USAGE: ExtendedKeyUsage = ExtendedKeyUsage {
    right: &[DOCUMENT_SIGNING],
    wrong: &[CODE_SIGNING],
    is_critical: false,
};
const NO_USAGE: ExtendedKeyUsage = ExtendedKeyUsage {
    right: &[],
    wrong: &[CODE_SIGNING],
    is_critical: false,
};

/// `C=GB, O=OpenBanking, OU=<org_id>, CN=<software_id>`, all `PrintableString`.
const OB_LEGACY_SUBJECT: &[Attribute] = &[
    printable(C, Value::Fixed("GB")),
    printable(O, Value::Fixed("OpenBanking")),
    printable(OU, Value::OrgId),
    printable(CN, Value::SoftwareId),
];
/// `C=GB, O=<legal name>, organizationIdentifier=PSDGB-…, CN=<org_id>`.
const OB_EIDAS_SUBJECT: &[Attribute] = &[
    printable(C, Value::Fixed("GB")),
    utf8(O, Value::LegalName),
    utf8(ORGANIZATION_IDENTIFIER, Value::UkOrganizationIdentifier),
    utf8(CN, Value::OrgId),
];
/// `C, ST?, L?, O, organizationIdentifier=PSDxx-…, CN`: no directory ids at all.
const QUALIFIED_SUBJECT: &[Attribute] = &[
    printable(C, Value::Country),
    optional(utf8(ST, Value::State)),
    optional(utf8(L, Value::Locality)),
    utf8(O, Value::LegalName),
    utf8(ORGANIZATION_IDENTIFIER, Value::EidasOrganizationIdentifier),
    utf8(CN, Value::CommonName),
];

/// What most kinds share; a row names what is its own.
const BASE: Profile = Profile {
    subject: &[],
    key_usage: SIGNATURE,
    extended_key_usage: NO_USAGE,
    alternative_names: AlternativeNames::Absent,
    qc_statements: None,
    life: THIRTEEN_MONTHS,
    default_key: KeyAlgorithm::Rsa2048,
    csr_is_rsa_2048: false,
};
/// What the UK directory's kinds share.
const OB: Profile = Profile {
    csr_is_rsa_2048: true,
    ..BASE
};

profiles! {
    /// A TLS server, such as the emulated bank itself.
    Server, "server" => Profile {
        subject: &[
            printable(C, Value::Country),
            utf8(O, Value::LegalName),
            utf8(CN, Value::ServerName),
        ],
        extended_key_usage: ExtendedKeyUsage {
            right: &[SERVER_AUTH], wrong: &[CLIENT_AUTH], is_critical: false,
        },
        alternative_names: AlternativeNames::Hosts,
        default_key: KeyAlgorithm::EcP256,
        ..BASE
    };
    /// The UK directory's legacy transport certificate (OB Directory certificate profile, obtransport).
    ObTransport, "ob-transport" => Profile {
        subject: OB_LEGACY_SUBJECT,
        extended_key_usage: OB_TRANSPORT_USAGE,
        ..OB
    };
    /// The UK directory's legacy signing certificate (OB Directory certificate profile, obsigning).
    ObSigning, "ob-signing" => Profile {
        subject: OB_LEGACY_SUBJECT,
        key_usage: SEAL,
        extended_key_usage: OB_SIGNING_USAGE,
        ..OB
    };
    /// The UK directory's eIDAS-like transport certificate (OB Directory certificate profile, obwac).
    Obwac, "obwac" => Profile {
        subject: OB_EIDAS_SUBJECT,
        extended_key_usage: OB_TRANSPORT_USAGE,
        qc_statements: Some(QcProfile { qc_type: QC_TYPE_WEB, is_qualified: false }),
        ..OB
    };
    /// The UK directory's eIDAS-like signing certificate (OB Directory certificate profile, obseal).
    Obseal, "obseal" => Profile {
        subject: OB_EIDAS_SUBJECT,
        key_usage: SEAL,
        extended_key_usage: OB_SIGNING_USAGE,
        qc_statements: Some(QcProfile { qc_type: QC_TYPE_ESEAL, is_qualified: false }),
        ..OB
    };
    /// A qualified website authentication certificate, used for transport (ETSI TS 119 495 §5).
    Qwac, "qwac" => Profile {
        subject: QUALIFIED_SUBJECT,
        extended_key_usage: ExtendedKeyUsage {
            right: &[CLIENT_AUTH, SERVER_AUTH], wrong: &[SERVER_AUTH], is_critical: false,
        },
        qc_statements: Some(QcProfile { qc_type: QC_TYPE_WEB, is_qualified: true }),
        ..BASE
    };
    /// A qualified seal certificate, used for signing (ETSI TS 119 495 §5).
    Qseal, "qseal" => Profile {
        subject: QUALIFIED_SUBJECT,
        key_usage: SEAL,
        qc_statements: Some(QcProfile { qc_type: QC_TYPE_ESEAL, is_qualified: true }),
        ..BASE
    };
    /// A Brazilian transport certificate (Open Finance Brasil certificate standard, BRCAC).
    Brcac, "brcac" => Profile {
        subject: &[
            utf8(BUSINESS_CATEGORY, Value::Fixed("Private Organization")),
            printable(JURISDICTION_COUNTRY, Value::Fixed("BR")),
            printable(SERIAL_NUMBER, Value::OrganisationNumber),
            printable(C, Value::Fixed("BR")),
            utf8(O, Value::LegalName),
            utf8(ST, Value::State),
            utf8(L, Value::Locality),
            utf8(ORGANIZATION_IDENTIFIER, Value::BrazilOrganizationIdentifier),
            utf8(UID, Value::SoftwareId),
            utf8(CN, Value::HostName),
        ],
        key_usage: SIGNATURE_AND_ENCIPHERMENT,
        extended_key_usage: ExtendedKeyUsage {
            right: &[CLIENT_AUTH], wrong: &[SERVER_AUTH], is_critical: false,
        },
        alternative_names: AlternativeNames::Hosts,
        ..BASE
    };
    /// A Brazilian signing certificate (Open Finance Brasil certificate standard, BRSEAL).
    Brseal, "brseal" => Profile {
        subject: &[
            printable(C, Value::Fixed("BR")),
            utf8(O, Value::Fixed("ICP-Brasil")),
            utf8(OU, Value::Fixed("AC aspsp-emulator TEST ONLY")),
            utf8(OU, Value::Fixed("99999999999999")),
            utf8(OU, Value::Fixed("videoconferencia")),
            utf8(UID, Value::OrgId),
            utf8(CN, Value::LegalName),
        ],
        key_usage: SEAL,
        alternative_names: AlternativeNames::IcpBrasil,
        ..BASE
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_goes_by_its_name() {
        for kind in Kind::ALL {
            assert_eq!(kind.as_str().parse::<Kind>().unwrap(), *kind);
        }
        let error = "cert".parse::<Kind>().unwrap_err().to_string();
        assert!(
            error.starts_with("`cert` is no certificate kind; use one of: server, "),
            "{error}"
        );
    }

    #[test]
    fn the_wrong_purposes_are_never_the_right_ones() {
        for kind in Kind::ALL {
            let usage = &kind.profile().extended_key_usage;
            assert_ne!(usage.right, usage.wrong, "{kind}");
        }
    }
}
