//! The subject of the certificate, as Open Finance Brasil has it written.

use serde_json::json;

use super::cases::{Case, accepted, body, built, check, with};
use super::{BANK, request, tpp};
use crate::br_helpers::{Caller, Ground, bank};
use aspsp_emulator::dialect::open_finance_brasil::DIALECT;
use aspsp_emulator::dialect::policy::Strictness;
use aspsp_emulator::domain::ecosystem::Ecosystem;

const CLAIM: &str = "tls_client_auth_subject_dn";
const MISMATCH: (&str, &str) = ("invalid_client_metadata", "subject_dn_mismatch");
const MISSING: (&str, &str) = ("invalid_client_metadata", "subject_dn_missing");

/// The one right spelling, component by component.
fn components(tpp: &Caller) -> Vec<String> {
    let transport = tpp.tpp.transport();
    let name = transport.certificate.subject_dn();
    name.split(',').map(str::to_owned).collect()
}

/// A name of which the components are changed.
fn changed(name: impl Into<String>, change: impl Fn(&mut Vec<String>) + 'static) -> Case {
    built(name, MISMATCH, move |parties| {
        let mut components = components(parties.tpp);
        change(&mut components);
        parties.request().claim(CLAIM, components.join(","))
    })
}

/// A name in which the component of this type is written otherwise.
fn rewritten(of: &'static str, write: impl Fn(&str) -> String + 'static) -> Case {
    let name = format!("{of} as {}", write("VALUE"));
    changed(name, move |components| {
        let component = component(components, of);
        let (_, value) = component.split_once('=').unwrap();
        *component = write(value);
    })
}

fn component<'a>(components: &'a mut [String], of: &str) -> &'a mut String {
    let is_it = |component: &&mut String| component.split_once('=').unwrap().0 == of;
    components.iter_mut().find(is_it).unwrap()
}

/// The text of `#130e3132…`.
fn readable(hex: &str) -> String {
    let text = &hex[5..];
    let bytes = (0..text.len() / 2).map(|at| u8::from_str_radix(&text[at * 2..at * 2 + 2], 16));
    String::from_utf8(bytes.map(Result::unwrap).collect()).unwrap()
}

const ORGANISATION: &str = "2.5.4.97";
const SERIAL: &str = "2.5.4.5";
const COUNTRY: &str = "1.3.6.1.4.1.311.60.2.1.3";
const CATEGORY: &str = "2.5.4.15";
/// The types of a certificate, in the order of the profile since January 2023.
const TYPES: [&str; 10] = [
    "CN",
    "UID",
    ORGANISATION,
    "L",
    "ST",
    "O",
    "C",
    SERIAL,
    COUNTRY,
    CATEGORY,
];

pub fn cases() -> Vec<Case> {
    let mut cases = vec![
        built("no name", MISSING, |parties| {
            parties.request().without(CLAIM)
        }),
        with(CLAIM, json!(null), MISSING),
        changed("encoding order", |components| components.reverse()),
        changed("two swapped", |components| components.swap(0, 1)),
        changed("the last two swapped", |components| {
            let last = components.len() - 1;
            components.swap(last - 1, last);
        }),
        changed("one twice", |components| components.push("C=BR".to_owned())),
        changed("one too many", |components| {
            components.push("OU=x".to_owned());
        }),
        changed("blanks after commas", |components| {
            for component in components.iter_mut().skip(1) {
                component.insert(0, ' ');
            }
        }),
        body("no name at all", MISMATCH, |parties| {
            parties.request().claim(CLAIM, "tpp").to_json().unwrap()
        }),
        built("the name of another", MISMATCH, |parties| {
            let name = components(parties.other).join(",");
            parties.request().claim(CLAIM, name)
        }),
    ];
    for (index, of) in TYPES.into_iter().enumerate() {
        cases.push(changed(format!("without {of}"), move |components| {
            components.remove(index);
        }));
    }
    cases.extend(wrong_values());
    cases.extend(wrong_spellings());
    cases.extend(wrong_types());
    cases
}

fn wrong_values() -> Vec<Case> {
    let mut cases = vec![
        rewritten("C", |_| "C=PT".to_owned()),
        rewritten("UID", |_| {
            "UID=10120340-3318-4baf-99e2-0b56729c4ab2".to_owned()
        }),
    ];
    for of in ["CN", "L", "ST", "O"] {
        cases.push(rewritten(of, move |value| format!("{of}={value}x")));
    }
    // Another text of the same length, under the right tag.
    cases.push(rewritten(SERIAL, |value| {
        format!("{SERIAL}={}39", &value[..value.len() - 2])
    }));
    cases.push(rewritten(COUNTRY, |_| format!("{COUNTRY}=#13025054")));
    cases
}

fn wrong_spellings() -> Vec<Case> {
    let mut cases = Vec::new();
    for (of, wrong_tag) in [
        (ORGANISATION, "13"),
        (SERIAL, "0c"),
        (COUNTRY, "0c"),
        (CATEGORY, "13"),
    ] {
        for tag in [wrong_tag, "16", "1e", "02"] {
            cases.push(rewritten(of, move |value| {
                format!("{of}=#{tag}{}", value.get(3..).unwrap_or_default())
            }));
        }
        cases.push(rewritten(of, move |value| format!("OID.{of}={value}")));
        cases.push(rewritten(of, move |value| format!("oid.{of}={value}")));
        cases.push(rewritten(of, move |value| format!("{of}={value}g")));
        cases.push(rewritten(of, move |value| format!("{of}={value}0")));
        cases.push(rewritten(of, move |value| format!("{of}={value}00")));
        cases.push(rewritten(of, move |value| format!("{of}={}", &value[1..])));
        cases.push(rewritten(of, move |_| format!("{of}=#")));
        cases.push(changed(format!("{of} readable"), move |components| {
            let component = component(components, of);
            let (_, value) = component.split_once('=').unwrap();
            *component = format!("{of}={}", readable(value));
        }));
    }
    cases
}

fn wrong_types() -> Vec<Case> {
    let mut cases = Vec::new();
    for (of, name) in [
        (ORGANISATION, "organizationIdentifier"),
        (SERIAL, "serialNumber"),
        (SERIAL, "SERIALNUMBER"),
        (COUNTRY, "jurisdictionCountryName"),
        (COUNTRY, "jurisdictionC"),
        (CATEGORY, "businessCategory"),
    ] {
        cases.push(changed(format!("{of} as {name}"), move |components| {
            let component = component(components, of);
            let (_, value) = component.split_once('=').unwrap();
            *component = format!("{name}={}", readable(value));
        }));
        cases.push(rewritten(of, move |value| format!("{name}={value}")));
    }
    for (of, oid) in [
        ("CN", "2.5.4.3"),
        ("UID", "0.9.2342.19200300.100.1.1"),
        ("O", "2.5.4.10"),
    ] {
        cases.push(changed(format!("{of} as {oid}"), move |components| {
            let component = component(components, of);
            let (_, value) = component.split_once('=').unwrap();
            let hex: String = value.bytes().map(|byte| format!("{byte:02x}")).collect();
            *component = format!("{oid}=#0c{:02x}{hex}", value.len());
        }));
    }
    cases.push(rewritten("UID", |value| format!("USERID={value}")));
    cases
}

#[tokio::test]
async fn a_subject_that_is_not_written_as_asked_is_refused() {
    check(cases()).await;
}

#[tokio::test]
async fn the_components_of_a_certificate_stand_in_the_published_order() {
    let ground = Ground::start().await;
    let tpp = tpp(&ground).await;
    let components = components(&tpp);
    let types: Vec<&str> = components
        .iter()
        .map(|component| component.split_once('=').unwrap().0)
        .collect();
    assert_eq!(types, TYPES);
    assert!(
        components[2].starts_with("2.5.4.97=#0c2a4f464242522d"),
        "{components:?}"
    );
    assert!(components[7].starts_with("2.5.4.5=#130e"), "{components:?}");
    assert_eq!(components[8], "1.3.6.1.4.1.311.60.2.1.3=#13024252");
    assert!(components[9].starts_with("2.5.4.15=#0c"), "{components:?}");
}

#[tokio::test]
async fn case_of_hex_of_types_and_of_values_does_not_matter() {
    let ground = Ground::start().await;
    let tpp = tpp(&ground).await;
    let transport = tpp.tpp.transport();
    let name = transport.certificate.subject_dn();
    let upper_hex: Vec<String> = components(&tpp)
        .into_iter()
        .map(|component| match component.split_once("=#") {
            Some((of, hex)) => format!("{of}=#{}", hex.to_uppercase()),
            None => component,
        })
        .collect();
    let longer = name.len() > 250;
    assert!(longer, "{name}");
    for text in [
        name.to_owned(),
        upper_hex.join(","),
        name.to_lowercase(),
        name.to_uppercase(),
    ] {
        accepted(&tpp, &text, request(&tpp).claim(CLAIM, text.as_str())).await;
    }
}

#[tokio::test]
async fn a_lenient_bank_takes_other_orders_and_spellings() {
    let banks = vec![bank(&DIALECT, BANK, Strictness::Lenient, json!({}))];
    let ground = Ground::with_banks(banks).await;
    let tpp = ground.tpp(BANK, Ecosystem::Brazil).await;
    let mut reversed = components(&tpp);
    reversed.reverse();
    let mut named = components(&tpp);
    let serial = component(&mut named, SERIAL);
    *serial = format!(
        "serialNumber={}",
        readable(serial.split_once('=').unwrap().1)
    );
    for name in [reversed, named] {
        let name = name.join(",");
        accepted(&tpp, &name, request(&tpp).claim(CLAIM, name.as_str())).await;
    }
}
