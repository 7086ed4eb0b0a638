//! Subjects of all sorts, as x509-parser reads them.

use certs_gen::{Kind, PspRole, Subject};
use x509_parser::extensions::{GeneralName, ParsedExtension};

use crate::helpers::{authority, issue, issue_for, parsed};

#[test]
fn a_brazilian_dn_is_written_as_the_profile_shows_it() {
    let certificate = issue(&authority(), Kind::Brcac, None);
    assert_eq!(
        certificate.subject_dn(),
        "CN=tpp.example.com,UID=10120340-3318-4baf-99e2-0b56729c4ab2,\
         2.5.4.97=#0c2a4f464242522d37346539323964392d333362362d346438352d386261372d633134366338363761383137,\
         L=Sao Paulo,ST=SP,O=Exemplo Pagamentos SA,C=BR,2.5.4.5=#130e3132333435363738303030313935,\
         1.3.6.1.4.1.311.60.2.1.3=#13024252,2.5.4.15=#0c1450726976617465204f7267616e697a6174696f6e"
    );
}

#[test]
fn a_server_has_its_names_and_addresses() {
    let subject = Subject::server(["bank.test", "*.bank.test", "192.0.2.1", "2001:db8::1"]);
    let certificate = issue_for(&authority(), Kind::Server, &subject, None).unwrap();
    let leaf = parsed(certificate.der());
    let names = &leaf
        .subject_alternative_name()
        .unwrap()
        .unwrap()
        .value
        .general_names;
    assert_eq!(
        *names,
        [
            GeneralName::DNSName("bank.test"),
            GeneralName::DNSName("*.bank.test"),
            GeneralName::IPAddress(&[192, 0, 2, 1]),
            GeneralName::IPAddress(&[0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]),
        ]
    );
}

#[test]
fn a_server_name_too_long_for_a_cn_stands_in_the_alternative_names_only() {
    let long = format!("{}.{}.test", "a".repeat(40), "b".repeat(40));
    let subject = Subject::server([long.as_str()]);
    let certificate = issue_for(&authority(), Kind::Server, &subject, None).unwrap();
    assert!(
        certificate
            .subject_dn()
            .starts_with("CN=aspsp-emulator TEST ONLY,")
    );
}

#[test]
fn a_brseal_names_person_and_company_as_icp_brasil_does() {
    let certificate = issue(&authority(), Kind::Brseal, None);
    let leaf = parsed(certificate.der());
    let found = leaf
        .extensions()
        .iter()
        .find_map(|extension| match extension.parsed_extension() {
            ParsedExtension::SubjectAlternativeName(names) => Some(&names.general_names),
            _ => None,
        });
    let ids: Vec<_> = found
        .unwrap()
        .iter()
        .map(|name| match name {
            GeneralName::OtherName(oid, _) => oid.to_id_string(),
            other => panic!("{other}"),
        })
        .collect();
    assert_eq!(
        ids,
        [
            "2.16.76.1.3.2",
            "2.16.76.1.3.3",
            "2.16.76.1.3.4",
            "2.16.76.1.3.7"
        ]
    );
}

#[test]
fn roles_and_authority_come_from_the_subject() {
    let mut subject = Subject::example(Kind::Obwac);
    subject.roles = vec![PspRole::As];
    subject.authorisation_number = Some("765432".to_owned());
    let certificate = issue_for(&authority(), Kind::Obwac, &subject, None).unwrap();
    let der = certificate.der();
    let contains = |text: &str| der.windows(text.len()).any(|part| part == text.as_bytes());
    assert!(contains("PSP_AS") && contains("GB-FCA") && contains("PSDGB-FCA-765432"));
    assert!(!contains("PSP_AI"));
    // Without a number, subject and statement name the sandbox.
    subject.authorisation_number = None;
    let sandbox = issue_for(&authority(), Kind::Obwac, &subject, None).unwrap();
    let der = sandbox.der();
    let contains = |text: &str| der.windows(text.len()).any(|part| part == text.as_bytes());
    assert!(contains("PSDGB-OB-Unknown") && contains("GB-OB") && !contains("GB-FCA"));
}

#[test]
fn odd_values_become_utf8_and_never_a_panic() {
    let authority = authority();
    for odd in ["Pão & Cia", "a@b", "*", " ", "\0", "株式会社", "é", "💶"] {
        for kind in Kind::ALL {
            let mut subject = Subject::example(*kind);
            subject.org_id = odd.to_owned();
            subject.software_id = odd.to_owned();
            subject.legal_name = odd.to_owned();
            subject.organisation_number = Some(odd.to_owned());
            let certificate = issue_for(&authority, *kind, &subject, None).unwrap();
            parsed(certificate.der());
        }
    }
}

#[test]
fn what_a_kind_needs_and_the_subject_lacks_is_named() {
    let authority = authority();
    for kind in Kind::ALL {
        let mut subject = Subject::new("", "", "");
        subject.host_names = Vec::new();
        let error = issue_for(&authority, *kind, &subject, None)
            .unwrap_err()
            .to_string();
        assert!(
            error.starts_with(&format!("{kind} needs the subject's ")),
            "{error}"
        );
    }
}
