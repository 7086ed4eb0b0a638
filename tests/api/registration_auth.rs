//! How the client wants to authenticate, and how it spells the subject of its certificate.

use aspsp_emulator::domain::client::AuthMethod;
use aspsp_emulator::emulator::tpp::RequestBuilder;
use certs_gen::Kind;
use serde_json::json;

use crate::registration_cases::{
    Accepted, Case, Expected, Parties, built, changed, check, claim, metadata,
};

const SUBJECT_DN: &str = "tls_client_auth_subject_dn";
const SIGNING_ALG: &str = "token_endpoint_auth_signing_alg";

#[tokio::test]
async fn a_client_authenticates_in_a_way_that_it_describes_completely() {
    check(cases()).await;
}

pub fn cases() -> Vec<Case> {
    [methods(), algorithms(), spellings(), other_names(), obwac()]
        .into_iter()
        .flatten()
        .collect()
}

fn methods() -> Vec<Case> {
    let refused = metadata("auth_method_not_supported");
    let mut cases: Vec<Case> = AuthMethod::ALL
        .map(|method| {
            built(method.as_str(), Accepted, move |parties| {
                parties.tpp.request_for(method)
            })
        })
        .into();
    cases.extend(
        [
            "none",
            "self_signed_tls_client_auth",
            "TLS_CLIENT_AUTH",
            "tls_client_auth ",
            "\u{0}",
        ]
        .map(|method| claim("token_endpoint_auth_method", method, refused)),
    );
    cases
}

fn algorithms() -> Vec<Case> {
    use AuthMethod::{ClientSecretJwt, PrivateKeyJwt, TlsClientAuth};
    let refused = metadata("auth_signing_alg_wrong");
    [
        (PrivateKeyJwt, "PS256", Accepted),
        (PrivateKeyJwt, "ES256", Accepted),
        (PrivateKeyJwt, "RS256", refused),
        (PrivateKeyJwt, "HS256", refused),
        (PrivateKeyJwt, "none", refused),
        (PrivateKeyJwt, "ps256", refused),
        (ClientSecretJwt, "HS256", Accepted),
        (ClientSecretJwt, "PS256", Accepted),
        (ClientSecretJwt, "RS256", refused),
        (ClientSecretJwt, "none", refused),
        (TlsClientAuth, "PS256", Accepted),
        (TlsClientAuth, "none", refused),
    ]
    .map(|(method, alg, expected)| {
        built(format!("{method} with {alg}"), expected, move |parties| {
            parties.tpp.request_for(method).claim(SIGNING_ALG, alg)
        })
    })
    .into()
}

/// A request with this subject DN; `{software}` and `{org}` stand for the TPP's ids.
fn spelt(spelling: &'static str, expected: Expected) -> Case {
    built(format!("DN {spelling}"), expected, move |parties| {
        with_dn(parties, spelling)
    })
}

fn with_dn(parties: &Parties<'_>, spelling: &str) -> RequestBuilder {
    let hex = |tag: u8, text: &str| -> String {
        let length = u8::try_from(text.len()).unwrap();
        let bytes = [tag, length].into_iter().chain(text.bytes());
        bytes.map(|byte| format!("{byte:02X}")).collect()
    };
    let tpp = &parties.tpp.tpp;
    let (software, org) = (tpp.software_id().as_str(), tpp.org_id().as_str());
    let dn = spelling
        .replace("{software}", software)
        .replace("{lower}", &software.to_lowercase())
        .replace("{org}", org)
        .replace("{org:utf8}", &hex(0x0c, org))
        .replace("{org:printable}", &hex(0x13, org).to_lowercase())
        .replace("{org:ia5}", &hex(0x16, org));
    parties.tpp.request().claim(SUBJECT_DN, dn)
}

/// Spellings of `C=GB, O=OpenBanking, OU={org}, CN={software}` that real clients send.
fn spellings() -> Vec<Case> {
    [
        "CN={software},OU={org},O=OpenBanking,C=GB",
        "C=GB,O=OpenBanking,OU={org},CN={software}",
        "C=GB, O=OpenBanking, OU={org}, CN={software}",
        "  CN = {software} , OU = {org} ",
        "O=OpenBanking,CN={software},C=GB,OU={org}",
        "cn={software},ou={org},o=openbanking,c=gb",
        "CN={lower},OU={org}",
        "2.5.4.3={software},2.5.4.11={org},2.5.4.10=OpenBanking,2.5.4.6=GB",
        "OID.2.5.4.3={software},oid.2.5.4.11={org}",
        "CN={software},OU=#{org:utf8}",
        "CN={software},2.5.4.11=#{org:printable}",
        "CN={software},OID.2.5.4.11=#{org:ia5}",
        "CN={software}",
        "OU={org},O=OpenBanking",
        "CN={software}+OU={org},O=OpenBanking",
        "CN=\"{software}\",OU={org}",
        "CN={software},O=Open\\42anking",
    ]
    .map(|spelling| spelt(spelling, Accepted))
    .into()
}

/// Names of somebody else, or of nobody.
const OTHER_NAMES: [&str; 30] = [
    "CN={org},OU={software},O=OpenBanking,C=GB",
    "CN={software},OU={org},O=OpenBanking,C=FR",
    "CN={software},OU={org},O=OpenBanking,C=GB,L=London",
    "CN={software},CN={software}",
    "CN={software}x",
    "CN=#{org:utf8}",
    "CN=",
    "CN",
    ",",
    " ",
    "CN={software},",
    "CN={software},,C=GB",
    "CN={software};C=GB",
    "XX={software}",
    "2.5.4.={software}",
    "{software}",
    "CN=#zz",
    "CN=#0c",
    "CN=#0c84ffffffff",
    "CN=#3080",
    "CN=#1f818181818181",
    "CN=\"{software}",
    "CN={software}\\",
    "CN={software}\\zz",
    "CN={software}\\ff",
    "CN={software}\\\u{a0}",
    "CN={software}\\\u{3000}",
    "CN={software}\u{0}",
    "\u{e9}\u{e9}\u{e9}={software}",
    "o\u{20ac}.1={software}",
];

fn other_names() -> Vec<Case> {
    let refused = metadata("subject_dn_mismatch");
    let mut cases: Vec<Case> = OTHER_NAMES.map(|spelling| spelt(spelling, refused)).into();
    let unknown = format!("{}={{software}}", "\u{2713}X".repeat(200));
    cases.push(built("a long unknown attribute", refused, move |parties| {
        with_dn(parties, &unknown)
    }));
    cases.push(built("the DN of another TPP", refused, |parties| {
        let transport = parties.other.tpp.transport();
        let other = transport.certificate.subject_dn();
        parties.tpp.request().claim(SUBJECT_DN, other)
    }));
    cases.push(changed(
        "no DN",
        metadata("subject_dn_missing"),
        |request| request.without(SUBJECT_DN),
    ));
    cases.push(claim(SUBJECT_DN, json!(""), metadata("claim_malformed")));
    cases
}

/// Spellings of `C=GB, O=…, 2.5.4.97=PSDGB-…, CN={org}`; the issuer writes the attribute in hex.
fn obwac() -> Vec<Case> {
    let identifier = |dn: &str| -> String {
        let attribute = dn.split(',').find(|part| part.starts_with("2.5.4.97=#"));
        let hex = &attribute.unwrap()["2.5.4.97=#0c14".len()..];
        let digits: Vec<char> = hex.chars().collect();
        let bytes = digits
            .chunks(2)
            .map(|pair| u8::from_str_radix(&pair.iter().collect::<String>(), 16).unwrap());
        String::from_utf8(bytes.collect()).unwrap()
    };
    let obwac = |name: &str, expected, rewrite: fn(&str, &str) -> String| {
        let case = built(name, expected, move |parties| {
            let transport = parties.tpp.tpp.transport();
            let dn = transport.certificate.subject_dn();
            let rewritten = rewrite(dn, &identifier(dn));
            parties.tpp.request().claim(SUBJECT_DN, rewritten)
        });
        case.by(|tpp| tpp.transport_kind(Kind::Obwac))
    };
    vec![
        obwac("as the issuer writes it", Accepted, |dn, _| dn.to_owned()),
        obwac("by its name", Accepted, |dn, id| {
            replaced(dn, &format!("organizationIdentifier={id}"))
        }),
        obwac("by its OID", Accepted, |dn, id| {
            replaced(dn, &format!("2.5.4.97={id}"))
        }),
        obwac("by its OID with prefix", Accepted, |dn, id| {
            replaced(dn, &format!("OID.2.5.4.97={id}"))
        }),
        obwac("left out", Accepted, |dn, _| {
            let parts: Vec<&str> = dn
                .split(',')
                .filter(|part| !part.starts_with('2'))
                .collect();
            parts.join(",")
        }),
        obwac(
            "of another registration",
            metadata("subject_dn_mismatch"),
            |dn, _| replaced(dn, "2.5.4.97=PSDGB-FCA-000000"),
        ),
    ]
}

/// The name with this in place of its organization identifier.
fn replaced(dn: &str, with: &str) -> String {
    let parts: Vec<&str> = dn
        .split(',')
        .map(|part| {
            if part.starts_with("2.5.4.97=") {
                with
            } else {
                part
            }
        })
        .collect();
    parts.join(",")
}
