//! How the client wants to authenticate, and how it names the subject of its certificate.

use aspsp_emulator::domain::client::AuthMethod;
use serde_json::json;

use crate::cases::{Accepted, Case, Expected, Parties, built, claim, metadata, without};
use crate::uk::Version;

const SIGNING_ALG: &str = "token_endpoint_auth_signing_alg";
/// The claim's name at 3.1, and since.
const NAMES: [&str; 2] = ["tls_client_auth_dn", "tls_client_auth_subject_dn"];

pub fn cases(version: &'static Version) -> Vec<Case> {
    [
        methods(version),
        algorithms(version),
        names(version),
        filled(version),
        mismatches(version),
        lengths(version),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn of(parties: &Parties<'_>, method: AuthMethod) -> aspsp_emulator::emulator::tpp::RequestBuilder {
    let tpp = &parties.tpp.tpp;
    tpp.registration_request_for(parties.bank, method)
}

/// The ordinary request for each method, at each strictness.
fn methods(version: &'static Version) -> Vec<Case> {
    let refused = metadata("auth_method_not_supported");
    let mut cases = Vec::new();
    for method in AuthMethod::ALL {
        let expected = if version.methods.contains(&method.as_str()) {
            Accepted
        } else {
            refused
        };
        let row = || {
            built(method.as_str(), expected, move |parties| {
                of(parties, method)
            })
        };
        cases.extend([row(), row().lenient(), row().strict()]);
    }
    let method = "token_endpoint_auth_method";
    cases.push(claim(method, "none", refused));
    cases.push(without(method, refused));
    let switched = json!({"auth_methods": ["tls_client_auth"]});
    let jwt = |expected| {
        built("private_key_jwt", expected, |parties| {
            of(parties, AuthMethod::PrivateKeyJwt)
        })
    };
    cases.push(jwt(refused).switched(switched));
    cases
}

fn algorithms(version: &'static Version) -> Vec<Case> {
    let refused = metadata("auth_signing_alg_wrong");
    let with = |method: AuthMethod, alg: Option<&'static str>, expected| {
        built(format!("{method} with {alg:?}"), expected, move |parties| {
            let request = of(parties, method);
            match alg {
                Some(alg) => request.claim(SIGNING_ALG, alg),
                None => request.without(SIGNING_ALG),
            }
        })
    };
    let key = |alg, expected| with(AuthMethod::PrivateKeyJwt, alg, expected);
    let of_family = if version.is_first { Accepted } else { refused };
    let mut cases = vec![
        key(Some("PS256"), Accepted),
        key(Some("ES256"), Accepted),
        key(Some("RS256"), of_family),
        key(Some("RS256"), refused).strict(),
        key(Some("HS256"), refused),
        key(Some("none"), refused).lenient(),
        key(None, refused),
    ];
    if version.methods.contains(&"client_secret_jwt") {
        let secret = |alg, expected| with(AuthMethod::ClientSecretJwt, Some(alg), expected);
        cases.extend([
            secret("HS256", Accepted),
            secret("HS256", Accepted).strict(),
            // The official UK tool registers PS256 and signs with HS256.
            secret("PS256", Accepted),
            secret("PS256", Accepted).lenient(),
            secret("PS256", refused).strict(),
            secret("PS256", refused).switched(json!({"secret_jwt_alg": "hs256"})),
            secret("RS256", refused),
        ]);
    }
    cases
}

/// The subject of the own certificate under this name only, whichever the request had.
fn under(name: &'static str, expected: Expected) -> Case {
    built(format!("the DN as {name}"), expected, move |parties| {
        let transport = parties.tpp.tpp.transport();
        let dn = transport.certificate.subject_dn();
        let request = NAMES
            .iter()
            .fold(parties.request(), |request, name| request.without(name));
        request.claim(name, dn)
    })
}

/// 3.1 understands both names and answers under its own; strict banks and later versions know one.
fn names(version: &'static Version) -> Vec<Case> {
    let missing = metadata("subject_dn_missing");
    let own = version.dn_claim();
    let [other] = NAMES
        .iter()
        .filter(|name| **name != own)
        .collect::<Vec<_>>()[..]
    else {
        unreachable!("two names")
    };
    let elsewhere = || {
        if version.is_first {
            under(other, Accepted).lacks(other)
        } else {
            under(other, missing)
        }
    };
    vec![
        under(own, Accepted).lacks(other),
        under(own, Accepted).strict(),
        elsewhere(),
        elsewhere().lenient(),
        under(other, missing).strict(),
        without(own, missing),
        without(own, missing).lenient(),
        without(own, missing).strict(),
    ]
}

/// A client that does not authenticate by its certificate: 3.1 and Virgin Money name its subject in
/// the answer all the same, and want it at strict banks.
fn filled(version: &'static Version) -> Vec<Case> {
    let own = version.dn_claim();
    let silent = |expected| {
        built("private_key_jwt without a DN", expected, move |parties| {
            of(parties, AuthMethod::PrivateKeyJwt).without(own)
        })
    };
    let always = || json!({"dn_claim": "always"});
    let missing = metadata("subject_dn_missing");
    let mut cases = vec![
        silent(missing).switched(always()),
        silent(Accepted).switched(json!({"dn_claim": "when_needed"})),
        silent(Accepted),
        silent(Accepted).lenient(),
    ];
    if version.is_first {
        cases.push(silent(missing).strict());
    } else {
        cases.push(silent(Accepted).lacks(own).strict());
    }
    cases
}

/// A part of the name is enough, in any order; strict banks want the whole of it.
fn mismatches(version: &'static Version) -> Vec<Case> {
    let own = version.dn_claim();
    let mismatch = metadata("subject_dn_mismatch");
    let named = move |spelling: &'static str, expected| {
        built(format!("the DN {spelling}"), expected, move |parties| {
            let tpp = &parties.tpp.tpp;
            let dn = spelling
                .replace("{software}", tpp.software_id().as_str())
                .replace("{org}", tpp.org_id().as_str());
            parties.request().claim(own, dn)
        })
    };
    vec![
        named("CN={software},OU={org},O=OpenBanking,C=GB", Accepted),
        named("CN={software},OU={org},O=OpenBanking,C=GB", Accepted).strict(),
        named("cn={software},2.5.4.11={org},O=openbanking,C=gb", Accepted).strict(),
        named("C=GB,O=OpenBanking,OU={org},CN={software}", Accepted),
        named("CN={software},O=OpenBanking,C=GB", Accepted),
        named("CN={software}", Accepted).lenient(),
        named("CN={software},O=OpenBanking,C=GB", mismatch).strict(),
        named("CN={software}", mismatch).strict(),
        named("CN=somebody", mismatch),
        named("CN={software},OU={org},O=OpenBanking,C=FR", mismatch).lenient(),
        named("CN={software},,C=GB", mismatch),
        built("the DN of another TPP", mismatch, move |parties| {
            let transport = parties.other.tpp.transport();
            let other = transport.certificate.subject_dn();
            parties.request().claim(own, other)
        }),
    ]
}

/// The own DN, filled up to this length behind its first comma.
fn long(version: &'static Version, length: usize, expected: Expected) -> Case {
    let own = version.dn_claim();
    built(format!("a DN of {length}"), expected, move |parties| {
        let transport = parties.tpp.tpp.transport();
        let dn = transport.certificate.subject_dn();
        let spaces = " ".repeat(length - dn.len());
        parties
            .request()
            .claim(own, dn.replacen(',', &format!(",{spaces}"), 1))
    })
}

/// 512 characters; strict banks keep to the 128 of the schema, or the 512 of 3.4, which begin with
/// CN and have no space after a comma.
fn lengths(version: &'static Version) -> Vec<Case> {
    let malformed = metadata("claim_malformed");
    let mut cases = vec![
        long(version, 512, Accepted),
        long(version, 512, Accepted).lenient(),
        long(version, 513, malformed),
        long(version, 129, malformed).strict(),
    ];
    if version.id != "uk-ob-3.4" {
        cases.push(long(version, 128, Accepted).strict());
        return cases;
    }
    let own = version.dn_claim();
    let written = |name: &'static str, expected, write: fn(&str) -> String| {
        built(name, expected, move |parties| {
            let transport = parties.tpp.tpp.transport();
            let dn = transport.certificate.subject_dn();
            parties.request().claim(own, write(dn))
        })
    };
    cases.extend([
        written("CN last", malformed, |dn| {
            dn.rsplit(',').collect::<Vec<_>>().join(",")
        })
        .strict(),
        written("CN last", Accepted, |dn| {
            dn.rsplit(',').collect::<Vec<_>>().join(",")
        }),
        written("over 128 characters", Accepted, |dn| {
            dn.replacen("CN=", &format!("CN={}", " ".repeat(130)), 1)
        })
        .strict(),
    ]);
    cases
}
