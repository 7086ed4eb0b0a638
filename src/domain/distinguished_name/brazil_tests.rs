//! Names of Brazil: one spelling, the whole name, one order.

use certs_gen::{Authority, CertificateRequest, Key, KeyAlgorithm, Kind, PublicKey, Subject};
use time::OffsetDateTime;
use x509_parser::der_parser::asn1_rs::Tag;

use super::tests::name;
use super::*;
use crate::domain::certificate::ClientCertificate;

/// `C=BR, O=Pão SA, 2.5.4.97=OFBBR-1 (UTF8String), 2.5.4.5=123 (PrintableString), UID=u` in
/// encoding order.
fn held() -> DistinguishedName {
    name(&[
        ("2.5.4.6", "BR", Tag::PrintableString),
        ("2.5.4.10", "Pão, SA", Tag::Utf8String),
        ("2.5.4.97", "OFBBR-1", Tag::Utf8String),
        ("2.5.4.5", "123", Tag::PrintableString),
        (USER_ID, "u", Tag::Utf8String),
    ])
}

const RIGHT: &str = r"UID=u,2.5.4.5=#1303313233,2.5.4.97=#0c074f464242522d31,O=Pão\, SA,C=BR";

fn compare(text: &str) -> Result<(), Mismatch> {
    let name = DistinguishedName::parse_brazilian(text).unwrap_or_else(|error| {
        panic!("{text}: {error}");
    });
    name.is_brazilian_name_of(&held())
}

#[test]
fn the_one_spelling_may_differ_in_case_blanks_and_escapes() {
    assert_eq!(held().to_brazilian_string(), RIGHT);
    for text in [
        RIGHT,
        r"UID=U,2.5.4.5=#1303313233,2.5.4.97=#0c074f464242522d31,O=PÃO\, sa,C=br",
        r"uid=u,2.5.4.5=#1303313233,2.5.4.97=#0C074F464242522D31,o=P\C3\A3o\2c  SA,c=BR",
        // `ofbbr-1` in the hex: equal but for case.
        r"UID=u,2.5.4.5=#1303313233,2.5.4.97=#0c076f666262722d31,O=Pão\, SA,C=BR",
        r"UID=u,2.5.4.5=#1303313233,2.5.4.97=#0c074f464242522d31,O=Pão\, SA\ ,C=BR",
    ] {
        assert_eq!(compare(text), Ok(()), "{text}");
    }
}

#[test]
fn a_name_of_another_spelling_is_refused_with_what_is_right() {
    for (text, expected) in [
        ("", "an empty distinguished name"),
        ("UID", "has no `=`"),
        (
            "serialNumber=123",
            "`serialNumber` is not one of the short names CN, L,",
        ),
        ("serialNumber=123", "write 2.5.4.5 and `=#` with the hex"),
        ("organizationIdentifier=OFBBR-1", "write 2.5.4.97 and `=#`"),
        (
            "jurisdictionCountryName=BR",
            "write 1.3.6.1.4.1.311.60.2.1.3 and",
        ),
        ("emailAddress=a@b", "write 1.2.840.113549.1.9.1 and"),
        ("XX=1", "write the dotted OID and"),
        (
            "OID.2.5.4.5=#1303313233",
            "has the prefix `OID.`: write 2.5.4.5 without it",
        ),
        ("oid.2.5.4.3=x", "has the prefix `OID.`"),
        (
            "2.5.4.5=123",
            "written as text, `123`: write 2.5.4.5=# and the hex",
        ),
        (r"2.5.4.5=\#1303", "written as text"),
        ("2.5.4.5=", "written as text"),
        ("2.5.4.3=#0c0161", "2.5.4.3 has a short name: write CN="),
        (
            "0.9.2342.19200300.100.1.1=u",
            "has a short name: write UID=",
        ),
        (
            "UID=#0c0175",
            "the value of UID is written in hex, `#0c0175`",
        ),
        (
            "2.5.4.5=#130331323",
            "`#130331323` of 2.5.4.5 is an odd number of hex digits",
        ),
        ("2.5.4.5=#1303 313233", "is not hex"),
        ("2.5.4.5=#13033132zz", "is not hex"),
        ("2.5.4.5=#+303313233", "is not one whole BER value"),
        ("2.5.4.5=#", "is not one whole BER value"),
        ("2.5.4.5=#13033132", "is not one whole BER value"),
        (
            "2.5.4.5=#130331323334",
            "is longer than its length octets say",
        ),
        ("UID=u, C=BR", "has a blank around its type or value"),
        ("UID= u", "has a blank"),
        ("UID=u ,C=BR", "has a blank"),
        (r"UID=u\  ,C=BR", "has a blank"),
        (r"UID=u\\ ,C=BR", "has a blank"),
        ("UID =u", "has a blank"),
        ("O=\"Pão, SA\"", "is not escaped"),
        ("O=a;b", "is not escaped"),
        ("O=a<b", "is not escaped"),
        (r"O=a\", "is not escaped"),
        (r"O=\ff", "is not escaped"),
        ("O=a,,C=BR", "has no `=`"),
    ] {
        let error = DistinguishedName::parse_brazilian(text).unwrap_err();
        let error = error.to_string();
        assert!(error.contains(expected), "{text}: {error}");
    }
}

#[test]
fn a_name_that_is_not_the_certificates_is_refused_with_the_difference() {
    for (text, expected) in [
        // In encoding order.
        (
            r"C=BR,O=Pão\, SA,2.5.4.97=#0c074f464242522d31,2.5.4.5=#1303313233,UID=u",
            "attribute 1 is C, and UID belongs there; RFC 4514 order is the reverse",
        ),
        (
            r"UID=u,2.5.4.97=#0c074f464242522d31,2.5.4.5=#1303313233,O=Pão\, SA,C=BR",
            "attribute 2 is 2.5.4.97 (organizationIdentifier), and 2.5.4.5 (serialNumber)",
        ),
        (
            r"UID=u,2.5.4.5=#0c03313233,2.5.4.97=#0c074f464242522d31,O=Pão\, SA,C=BR",
            "the tag of 2.5.4.5 (serialNumber) is 0c, and the certificate encodes the value with 13",
        ),
        (
            r"UID=u,2.5.4.5=#1303313233,2.5.4.97=#13074f464242522d31,O=Pão\, SA,C=BR",
            "is 13, and the certificate encodes the value with 0c",
        ),
        // A BMPString of the same text, an INTEGER.
        (
            r"UID=u,2.5.4.5=#1e06003100320033,2.5.4.97=#0c074f464242522d31,O=Pão\, SA,C=BR",
            "is 1e, and the certificate encodes the value with 13",
        ),
        (
            r"UID=u,2.5.4.5=#02017b,2.5.4.97=#0c074f464242522d31,O=Pão\, SA,C=BR",
            "is 02, and the certificate",
        ),
        (
            r"UID=u,2.5.4.5=#1303313234,2.5.4.97=#0c074f464242522d31,O=Pão\, SA,C=BR",
            "the value of 2.5.4.5 (serialNumber) is `124`, and the certificate has `123`",
        ),
        (
            r"UID=v,2.5.4.5=#1303313233,2.5.4.97=#0c074f464242522d31,O=Pão\, SA,C=BR",
            "the value of UID is `v`, and the certificate has `u`",
        ),
        (
            r"UID=u,2.5.4.5=#1303313233,O=Pão\, SA,C=BR",
            "2.5.4.97 (organizationIdentifier) is missing",
        ),
        (
            r"CN=a,UID=u,2.5.4.5=#1303313233,2.5.4.97=#0c074f464242522d31,O=Pão\, SA,C=BR",
            "CN is not in the certificate's subject",
        ),
        (
            r"UID=u,2.5.4.5=#1303313233,2.5.4.97=#0c074f464242522d31,O=Pão\, SA,C=BR,C=BR",
            "C is not in the certificate's subject, or not that often",
        ),
        (
            r"UID=u+2.5.4.5=#1303313233,2.5.4.97=#0c074f464242522d31,O=Pão\, SA,C=BR",
            "the order is wrong",
        ),
    ] {
        let error = compare(text).unwrap_err().to_string();
        assert!(error.contains(expected), "{text}: {error}");
    }
}

#[test]
fn the_string_of_a_real_certificate_is_its_name() {
    let now = OffsetDateTime::from_unix_timestamp(1_800_000_000).unwrap();
    let authority = Authority::generate(now).unwrap();
    let key = Key::generate(KeyAlgorithm::Rsa2048).unwrap();
    for legal_name in ["Exemplo Pagamentos SA", " Pão, \"Filhos\" + #1 <x>; \\ "] {
        let request = CertificateRequest {
            kind: Kind::Brcac,
            subject: &Subject {
                legal_name: legal_name.to_owned(),
                ..Subject::example(Kind::Brcac)
            },
            public_key: PublicKey::Of(&key),
            flaw: None,
        };
        let certificate = authority.issue(&request, now).unwrap();
        let subject = ClientCertificate::from_der(certificate.der())
            .unwrap()
            .subject;
        let text = subject.to_brazilian_string();
        assert_eq!(text, certificate.subject_dn());
        assert!(text.starts_with("CN=tpp.example.com,UID="), "{text}");
        assert!(text.contains(",2.5.4.97=#0c"), "{text}");
        let name = DistinguishedName::parse_brazilian(&text).unwrap();
        assert_eq!(name.is_brazilian_name_of(&subject), Ok(()), "{text}");
        assert!(name.is_whole_name_of(&subject));
    }
}

#[test]
fn what_is_no_string_is_written_in_hex_and_compared_by_it() {
    let mut subject = held();
    let integer = DistinguishedName::parse_brazilian("2.5.4.5=#02017b").unwrap();
    subject.attributes[3] = integer.attributes[0].clone();
    let text = subject.to_brazilian_string();
    assert!(text.contains("2.5.4.5=#02017b"), "{text}");
    for (text, expected) in [
        (text.clone(), true),
        (text.replace("#02017b", "#02017B"), true),
        (text.replace("#02017b", "#02017c"), false),
    ] {
        let name = DistinguishedName::parse_brazilian(&text).unwrap();
        assert_eq!(
            name.is_brazilian_name_of(&subject).is_ok(),
            expected,
            "{text}"
        );
    }
}

#[test]
fn a_relative_name_of_two_attributes_is_a_set() {
    let mut subject = held();
    subject.attributes[3].is_joined = true;
    let text = subject.to_brazilian_string();
    assert!(
        text.contains("2.5.4.97=#0c074f464242522d31+2.5.4.5=#1303313233"),
        "{text}"
    );
    for text in [
        text,
        r"UID=u,2.5.4.5=#1303313233+2.5.4.97=#0c074f464242522d31,O=Pão\, SA,C=BR".to_owned(),
    ] {
        let name = DistinguishedName::parse_brazilian(&text).unwrap();
        assert_eq!(name.is_brazilian_name_of(&subject), Ok(()), "{text}");
    }
}
