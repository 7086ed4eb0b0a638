//! Distinguished names: two of them, a line each, as clients write them; or, where the input is a DER
//! sequence, one as a certificate has it.
//!
//! A name is read again as itself from each of its spellings, is the whole of itself and a part of itself,
//! and comparing is the same from either side.
#![no_main]

use aspsp_emulator::domain::distinguished_name::DistinguishedName;
use aspsp_emulator_fuzz::text;
use libfuzzer_sys::fuzz_target;
use x509_parser::prelude::FromDer;
use x509_parser::x509::X509Name;

/// Longest input that is looked at, in bytes.
const MOST: usize = 4_096;

fuzz_target!(|data: &[u8]| {
    if data.first() == Some(&0x30) {
        if let Ok((_, name)) = X509Name::from_der(data) {
            check_held(&DistinguishedName::from_x509(&name));
        }
        return;
    }
    let Some(text) = text(data, MOST) else {
        return;
    };
    let (one, other) = text.split_once('\n').unwrap_or((text, text));
    let one = [
        DistinguishedName::parse(one),
        DistinguishedName::parse_brazilian(one),
    ];
    let other = [
        DistinguishedName::parse(other),
        DistinguishedName::parse_brazilian(other),
    ];
    for name in one.iter().chain(&other) {
        match name {
            Ok(name) => check(name),
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
    if let [Ok(loose), Ok(strict)] = &one {
        assert!(
            loose.is_whole_name_of(strict),
            "{loose} is read, and strictly {strict}"
        );
    }
    if let ([Ok(one), _], [Ok(other), _]) = (&one, &other) {
        compare(one, other);
    }
});

/// What is true of every name that was read from a text.
fn check(name: &DistinguishedName) {
    assert!(name.is_part_of(name), "{name:?}");
    assert!(name.is_whole_name_of(name), "{name:?}");
    let exact = name.to_exact_string();
    let again = DistinguishedName::parse(&exact);
    assert_eq!(again.as_ref(), Ok(name), "{exact}");
    let shown = name.to_string();
    let again = DistinguishedName::parse(&shown);
    let again = again.unwrap_or_else(|error| panic!("{error}: {shown}"));
    assert!(again.is_whole_name_of(name), "{shown}");
    assert!(name.is_whole_name_of(&again), "{shown}");
}

/// What is true of a certificate's name: what it is shown as, and told to be in Brazil, is taken for it. No
/// text can be read that names a type which has no OID, or a value of a type with a short name that is no
/// text.
fn check_held(name: &DistinguishedName) {
    assert!(name.is_part_of(name), "{name:?}");
    assert!(name.is_whole_name_of(name), "{name:?}");
    let shown = name.to_string();
    if let Ok(named) = DistinguishedName::parse(&shown) {
        assert!(named.is_whole_name_of(name), "{shown}");
    }
    let told = name.to_brazilian_string();
    if let Ok(named) = DistinguishedName::parse_brazilian(&told) {
        assert_eq!(named.is_brazilian_name_of(name), Ok(()), "{told}");
    }
}

/// What is true of every two names.
fn compare(one: &DistinguishedName, other: &DistinguishedName) {
    let is_same = one.is_whole_name_of(other);
    assert_eq!(is_same, other.is_whole_name_of(one), "{one} and {other}");
    let are_parts = one.is_part_of(other) && other.is_part_of(one);
    assert!(!is_same || are_parts, "{one} and {other}");
    let brazilian = one.is_brazilian_name_of(other);
    assert!(
        brazilian.is_err() || one.is_part_of(other),
        "{one} and {other}"
    );
}
