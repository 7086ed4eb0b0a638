//! Names of the UK: any spelling, any part.

use x509_parser::der_parser::asn1_rs::Tag;

use super::attribute::{Attribute, Encoding};
use super::*;

/// A name in encoding order.
pub(super) fn name(attributes: &[(&str, &str, Tag)]) -> DistinguishedName {
    let attributes = attributes.iter().map(|(oid, value, tag)| Attribute {
        oid: (*oid).to_owned(),
        value: (*value).to_owned(),
        encoding: Encoding::Text(*tag),
        is_joined: false,
    });
    DistinguishedName {
        attributes: attributes.collect(),
    }
}

/// `C=GB, O=Acme Ltd, 2.5.4.97=PSDGB-FCA-1, CN=0015800001HQQrZAAX` in encoding order.
fn held() -> DistinguishedName {
    name(&[
        ("2.5.4.6", "GB", Tag::PrintableString),
        ("2.5.4.10", "Acme Ltd", Tag::Utf8String),
        ("2.5.4.97", "PSDGB-FCA-1", Tag::Utf8String),
        ("2.5.4.3", "0015800001HQQrZAAX", Tag::Utf8String),
    ])
}

#[test]
fn every_known_spelling_of_one_name_matches() {
    for text in [
        "CN=0015800001HQQrZAAX,organizationIdentifier=PSDGB-FCA-1,O=Acme Ltd,C=GB",
        "CN=0015800001HQQrZAAX,2.5.4.97=PSDGB-FCA-1,O=Acme Ltd,C=GB",
        "CN=0015800001HQQrZAAX,2.5.4.97=#130b50534447422d4643412d31,O=Acme Ltd,C=GB",
        "CN=0015800001HQQrZAAX,O=Acme Ltd,C=GB,2.5.4.97=#0C0B50534447422D4643412D31",
        "CN=0015800001HQQrZAAX,O=Acme Ltd,C=GB",
        "C=GB, O=Acme Ltd, OID.2.5.4.97=PSDGB-FCA-1, CN=0015800001HQQrZAAX",
        "cn=0015800001hqqrzaax,o=acme   ltd,c=gb",
        r"CN=0015800001HQQrZAAX,O=Ac\6De Ltd,C=GB",
        "CN=0015800001HQQrZAAX+O=\"Acme Ltd\",C=GB",
        // BMPString and UniversalString.
        "C=#1e0400470042",
        "C=#1c080000004700000042",
    ] {
        let name = DistinguishedName::parse(text).unwrap();
        assert!(name.is_part_of(&held()), "{text}");
    }
}

#[test]
fn another_name_does_not_match() {
    for text in [
        "CN=other,C=GB",
        "OU=x",
        "CN=0015800001HQQrZAAX,CN=0015800001HQQrZAAX",
        // An INTEGER; half a character of a BMPString.
        "C=#02024742",
        "C=#1e03004700",
    ] {
        let name = DistinguishedName::parse(text).unwrap();
        assert!(!name.is_part_of(&held()), "{text}");
    }
}

#[test]
fn a_whole_name_stands_in_one_of_two_orders() {
    for (text, expected) in [
        (
            "CN=0015800001HQQrZAAX,organizationIdentifier=PSDGB-FCA-1,O=Acme Ltd,C=GB",
            true,
        ),
        (
            "C=GB, O=acme ltd, OID.2.5.4.97=#130b50534447422d4643412d31, CN=0015800001HQQrZAAX",
            true,
        ),
        ("CN=0015800001HQQrZAAX,O=Acme Ltd,C=GB", false),
        (
            "CN=0015800001HQQrZAAX,O=Acme Ltd,2.5.4.97=PSDGB-FCA-1,C=GB",
            false,
        ),
        (
            "CN=0015800001HQQrZAAX,2.5.4.97=PSDGB-FCA-2,O=Acme Ltd,C=GB",
            false,
        ),
        (
            "CN=0015800001HQQrZAAX+2.5.4.97=PSDGB-FCA-1,O=Acme Ltd,C=GB",
            false,
        ),
        (
            "CN=0015800001HQQrZAAX,2.5.4.97=PSDGB-FCA-1,O=Acme Ltd,C=GB,C=GB",
            false,
        ),
    ] {
        let name = DistinguishedName::parse(text).unwrap();
        assert_eq!(name.is_whole_name_of(&held()), expected, "{text}");
    }
    let mut joined = held();
    joined.attributes[2].is_joined = true;
    for text in [
        "CN=0015800001HQQrZAAX,O=Acme Ltd+2.5.4.97=PSDGB-FCA-1,C=GB",
        "C=GB,2.5.4.97=PSDGB-FCA-1+O=Acme Ltd,CN=0015800001HQQrZAAX",
    ] {
        let name = DistinguishedName::parse(text).unwrap();
        assert!(name.is_whole_name_of(&joined), "{text}");
    }
}

#[test]
fn what_is_no_name_is_refused_with_its_reason() {
    for (text, expected) in [
        ("", NameError::Empty),
        ("  ", NameError::Empty),
        ("CN", NameError::NoValue("CN".into())),
        ("CN=a,,C=GB", NameError::NoValue(String::new())),
        ("XX=a", NameError::UnknownAttribute("XX".into())),
        ("2.=a", NameError::UnknownAttribute("2.".into())),
        ("CN=#zz", NameError::BadValue("#zz".into())),
        ("CN=#0c05aa", NameError::BadValue("#0c05aa".into())),
        (r"CN=a\", NameError::BadValue(r"a\".into())),
        (r"CN=\ff", NameError::BadValue(r"\ff".into())),
        ("CN=a\\\u{a0}", NameError::BadValue("a\\".into())),
    ] {
        assert_eq!(DistinguishedName::parse(text), Err(expected), "{text}");
    }
}

#[test]
fn a_name_is_shown_as_it_can_be_read_again() {
    let mut name = held();
    name.attributes[1].value = r#" Acme, "Sons" #1\ "#.to_owned();
    let shown = name.to_string();
    assert!(
        DistinguishedName::parse(&shown).unwrap().is_part_of(&name),
        "{shown}"
    );
    assert!(shown.starts_with("CN=0015800001HQQrZAAX,organizationIdentifier="));
}

#[test]
fn the_exact_text_of_a_name_is_read_as_that_very_name() {
    for text in [
        "CN=a,OU=b,O=c,C=GB",
        "C=GB,O=c\\, d,OU=\\ b\\ ",
        "1.2.3.4=x,CN=\\#a+UID=b",
        "2.5.4.97=#0c04616263c3,organizationIdentifier=#0c03616263,CN=#020101",
        "2.5.4.97=#130141,CN=\"a, b\"",
        r"CN=a\0a,O=\09b\c2\a0,C=\0d",
    ] {
        let name = DistinguishedName::parse(text).unwrap();
        let exact = name.to_exact_string();
        assert_eq!(DistinguishedName::parse(&exact).unwrap(), name, "{exact}");
    }
}
