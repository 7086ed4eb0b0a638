//! Every kind, right, as x509-parser reads it.

use certs_gen::Kind;

use crate::helpers::{EC, NOW, authority, extension, issue, parsed, purposes};

const UTF8: u32 = 12;
const PRINTABLE: u32 = 19;

const SERVER_AUTH: &str = "1.3.6.1.5.5.7.3.1";
const CLIENT_AUTH: &str = "1.3.6.1.5.5.7.3.2";
const DOCUMENT_SIGNING: &str = "1.3.6.1.4.1.311.10.3.12";

/// DER BIT STRINGs of the key usages.
const SIGNATURE: [u8; 4] = [3, 2, 7, 0x80];
const SEAL: [u8; 4] = [3, 2, 6, 0xc0];
const SIGNATURE_AND_ENCIPHERMENT: [u8; 4] = [3, 2, 5, 0xa0];

const QC_TYPE: &str = "0.4.0.1862.1.6";
const PSD2: &str = "0.4.0.19495.2";

type Attributes = Vec<(&'static str, u32, &'static str)>;

/// Subject (OID, string tag, value) in encoding order.
fn expected_subject(kind: Kind) -> Attributes {
    let uk = "0015800001HQQrZAAX";
    let eidas = |identifier, common_name| {
        vec![
            ("2.5.4.6", PRINTABLE, "GB"),
            ("2.5.4.10", UTF8, "Example TPP Limited"),
            ("2.5.4.97", UTF8, identifier),
            ("2.5.4.3", UTF8, common_name),
        ]
    };
    match kind {
        Kind::Server => vec![
            ("2.5.4.6", PRINTABLE, "GB"),
            ("2.5.4.10", UTF8, "aspsp-emulator TEST ONLY"),
            ("2.5.4.3", UTF8, "localhost"),
        ],
        Kind::ObTransport | Kind::ObSigning => vec![
            ("2.5.4.6", PRINTABLE, "GB"),
            ("2.5.4.10", PRINTABLE, "OpenBanking"),
            ("2.5.4.11", PRINTABLE, uk),
            ("2.5.4.3", PRINTABLE, "Zt3kQ8mWfR2xLb7VhN4cYs"),
        ],
        Kind::Obwac | Kind::Obseal => eidas("PSDGB-OB-Unknown0015800001HQQrZAAX", uk),
        Kind::Qwac | Kind::Qseal => eidas("PSDGB-FCA-0015800001HQQrZAAX", "Example TPP Limited"),
        Kind::Brcac => expected_brcac(),
        Kind::Brseal => expected_brseal(),
    }
}

fn expected_brcac() -> Attributes {
    vec![
        ("2.5.4.15", UTF8, "Private Organization"),
        ("1.3.6.1.4.1.311.60.2.1.3", PRINTABLE, "BR"),
        ("2.5.4.5", PRINTABLE, "12345678000195"),
        ("2.5.4.6", PRINTABLE, "BR"),
        ("2.5.4.10", UTF8, "Exemplo Pagamentos SA"),
        ("2.5.4.8", UTF8, "SP"),
        ("2.5.4.7", UTF8, "Sao Paulo"),
        (
            "2.5.4.97",
            UTF8,
            "OFBBR-74e929d9-33b6-4d85-8ba7-c146c867a817",
        ),
        (
            "0.9.2342.19200300.100.1.1",
            UTF8,
            "10120340-3318-4baf-99e2-0b56729c4ab2",
        ),
        ("2.5.4.3", UTF8, "tpp.example.com"),
    ]
}

fn expected_brseal() -> Attributes {
    vec![
        ("2.5.4.6", PRINTABLE, "BR"),
        ("2.5.4.10", UTF8, "ICP-Brasil"),
        ("2.5.4.11", UTF8, "AC aspsp-emulator TEST ONLY"),
        ("2.5.4.11", UTF8, "99999999999999"),
        ("2.5.4.11", UTF8, "videoconferencia"),
        (
            "0.9.2342.19200300.100.1.1",
            UTF8,
            "74e929d9-33b6-4d85-8ba7-c146c867a817",
        ),
        ("2.5.4.3", UTF8, "Exemplo Pagamentos SA"),
    ]
}

/// Key usage, extended key usage (critical, purposes), QC statements in order.
#[allow(clippy::type_complexity)]
fn expected_extensions(
    kind: Kind,
) -> (
    [u8; 4],
    Option<(bool, Vec<&'static str>)>,
    Vec<&'static str>,
) {
    let both = vec![SERVER_AUTH, CLIENT_AUTH];
    let ob = vec![QC_TYPE, PSD2];
    let qualified = vec![
        "0.4.0.1862.1.1",
        "0.4.0.1862.1.4",
        "0.4.0.1862.1.5",
        QC_TYPE,
        PSD2,
    ];
    match kind {
        Kind::Server => (SIGNATURE, Some((false, vec![SERVER_AUTH])), vec![]),
        Kind::ObTransport => (SIGNATURE, Some((true, both)), vec![]),
        Kind::ObSigning => (SEAL, Some((false, vec![DOCUMENT_SIGNING])), vec![]),
        Kind::Obwac => (SIGNATURE, Some((true, both)), ob),
        Kind::Obseal => (SEAL, Some((false, vec![DOCUMENT_SIGNING])), ob),
        Kind::Qwac => (
            SIGNATURE,
            Some((false, vec![CLIENT_AUTH, SERVER_AUTH])),
            qualified,
        ),
        Kind::Qseal => (SEAL, None, qualified),
        Kind::Brcac => (
            SIGNATURE_AND_ENCIPHERMENT,
            Some((false, vec![CLIENT_AUTH])),
            vec![],
        ),
        Kind::Brseal => (SEAL, None, vec![]),
    }
}

#[test]
fn every_kind_has_the_subject_of_its_profile() {
    let authority = authority();
    for kind in Kind::ALL {
        let certificate = issue(&authority, *kind, None);
        let leaf = parsed(certificate.der());
        let found: Vec<_> = leaf
            .subject()
            .iter_attributes()
            .map(|attribute| {
                let value = attribute.attr_value();
                let oid = attribute.attr_type().to_id_string();
                (oid, value.header.tag().0, attribute.as_str().unwrap())
            })
            .collect();
        let expected = expected_subject(*kind);
        let expected: Vec<_> = expected
            .iter()
            .map(|(oid, tag, value)| ((*oid).to_owned(), *tag, *value))
            .collect();
        assert_eq!(found, expected, "{kind}");
    }
}

#[test]
fn every_kind_has_the_extensions_of_its_profile() {
    let authority = authority();
    for kind in Kind::ALL {
        let certificate = issue(&authority, *kind, None);
        let leaf = parsed(certificate.der());
        let (usage, extended, statements) = expected_extensions(*kind);
        assert_eq!(
            extension(&leaf, "2.5.29.15"),
            Some((true, usage.to_vec())),
            "{kind}"
        );
        let extended = extended
            .map(|(critical, oids)| (critical, oids.into_iter().map(ToOwned::to_owned).collect()));
        assert_eq!(purposes(&leaf), extended, "{kind}");
        assert_eq!(statement_ids(&leaf), statements, "{kind}");
        for found in leaf.extensions() {
            let must_be_critical = ["2.5.29.15"].contains(&found.oid.to_id_string().as_str());
            let is_eku = found.oid.to_id_string() == "2.5.29.37";
            assert!(
                is_eku || found.critical == must_be_critical,
                "{kind} {}",
                found.oid
            );
        }
    }
}

/// The ids of the QC statements: `SEQUENCE OF SEQUENCE { OID, … }`.
fn statement_ids(leaf: &x509_parser::certificate::X509Certificate<'_>) -> Vec<String> {
    use x509_parser::der_parser::parse_der;
    let Some((critical, value)) = extension(leaf, "1.3.6.1.5.5.7.1.3") else {
        return Vec::new();
    };
    assert!(!critical);
    let (_, statements) = parse_der(&value).unwrap();
    let statements = statements.as_sequence().unwrap();
    statements
        .iter()
        .map(|statement| {
            statement.as_sequence().unwrap()[0]
                .as_oid()
                .unwrap()
                .to_id_string()
        })
        .collect()
}

#[test]
fn every_leaf_is_v3_dated_signed_and_linked_to_its_issuer() {
    let authority = authority();
    let issuing_der = authority.issuing_der().to_vec();
    let issuing = parsed(&issuing_der);
    for kind in Kind::ALL {
        let certificate = issue(&authority, *kind, None);
        let leaf = parsed(certificate.der());
        assert_eq!(leaf.version().0, 2, "{kind}");
        assert_eq!(leaf.validity().not_before.timestamp(), NOW - 300);
        assert_eq!(leaf.validity().not_after.timestamp(), NOW + 396 * 86_400);
        assert_eq!(certificate.not_after().unix_timestamp(), NOW + 396 * 86_400);
        assert_eq!(leaf.public_key().raw, EC.public_key_der());
        leaf.verify_signature(Some(issuing.public_key())).unwrap();
        assert_eq!(leaf.raw_serial(), certificate.serial().as_bytes());
        let (_, authority_key) = extension(&leaf, "2.5.29.35").unwrap();
        let (_, subject_key) = extension(&issuing, "2.5.29.14").unwrap();
        assert_eq!(authority_key[4..], subject_key[2..], "{kind}");
        assert_eq!(certificate.issuing_der(), authority.issuing_der());
        assert_eq!(
            certificate.chain_pem(),
            certificate.pem() + authority.issuing_pem()
        );
    }
}
