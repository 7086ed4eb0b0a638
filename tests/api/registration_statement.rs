//! The software statement: its form, whose it is, and what it says.

use aspsp_emulator::directory::tpp::{OrgStatus, SoftwareStatus};
use aspsp_emulator::domain::jws::{Algorithm, SigningKey};
use aspsp_emulator::domain::signing::Edits;
use serde_json::{Value, json};

use crate::registration_cases::{
    Accepted, Case, Expected, body, built, changed, check, claim, statement, unapproved, without,
};
use crate::registration_raw::{hmac_signed, part, parts, signing_key, unsigned};

#[tokio::test]
async fn a_statement_is_a_current_one_of_the_directory_about_active_software() {
    check(cases()).await;
}

pub fn cases() -> Vec<Case> {
    [
        forms(),
        headers(),
        issuers(),
        signatures(),
        times(),
        standings(),
        roles(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// A request with a statement that the directory signs after a change.
fn edited(
    name: impl Into<String>,
    expected: Expected,
    edit: impl Fn(&mut Edits, i64) + 'static,
) -> Case {
    built(name, expected, move |parties| {
        let statement = parties.statement(|edits| edit(edits, parties.now));
        parties.request_with(statement)
    })
}

fn with_claim(name: &'static str, value: Value, expected: Expected) -> Case {
    edited(
        format!("statement {name} {value}"),
        expected,
        move |edits, _| {
            edits.set_claim(name, value.clone());
        },
    )
}

fn without_claim(name: &'static str, expected: Expected) -> Case {
    edited(
        format!("statement without {name}"),
        expected,
        move |edits, _| {
            edits.removed_claims.push(name.to_owned());
        },
    )
}

fn forms() -> Vec<Case> {
    let missing = statement("statement_missing");
    let malformed = statement("statement_not_a_jws");
    let mut cases = vec![without("software_statement", missing)];
    for value in [json!(null), json!(1), json!({}), json!(["a.b.c"])] {
        cases.push(claim("software_statement", value, missing));
    }
    for text in ["", "x", "a.b.c", "e30.e30", "e30.e30.AA.AA", "e30.e30.AA"] {
        cases.push(claim("software_statement", text, malformed));
    }
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(10_000), "]".repeat(10_000));
    let deep = format!("e30.{}.AA", part(deep));
    cases.push(claim("software_statement", deep, malformed));
    for padding in ["=", "\n", " ", "."] {
        let name = format!("a statement and {padding:?}");
        cases.push(built(name, malformed, move |parties| {
            let statement = parties.statement(|_| ());
            parties.request_with(format!("{statement}{padding}"))
        }));
    }
    cases
}

fn headers() -> Vec<Case> {
    let malformed = statement("statement_not_a_jws");
    let mut cases: Vec<Case> = [
        ("alg", json!("RS256")),
        ("alg", json!("ps256")),
        ("alg", json!(null)),
        ("typ", json!("JOSE")),
        ("typ", json!(null)),
        ("kid", json!("nobody")),
        ("kid", json!(1)),
        ("kid", json!(null)),
        ("crit", json!(["exp"])),
    ]
    .into_iter()
    .map(|(name, value)| {
        edited(
            format!("statement header {name} {value}"),
            malformed,
            move |edits, _| {
                edits.header.insert(name.to_owned(), value.clone());
            },
        )
    })
    .collect();
    cases.push(built("a statement under HS256", malformed, |parties| {
        let (mut header, claims, _) = parts(&parties.statement(|_| ()));
        header["alg"] = "HS256".into();
        parties.request_with(hmac_signed(b"secret", &header, &claims))
    }));
    cases
}

fn issuers() -> Vec<Case> {
    let untrusted = statement("statement_issuer_untrusted");
    let mut cases: Vec<Case> = [
        json!("OpenBanking Ltd."),
        json!("openbanking ltd"),
        json!(""),
        json!(["OpenBanking Ltd"]),
        json!(null),
    ]
    .into_iter()
    .map(|issuer| with_claim("iss", issuer, untrusted))
    .collect();
    cases.push(without_claim("iss", untrusted));
    let foreign = changed("foreign", untrusted, |request| request);
    cases.push(foreign.by(aspsp_emulator::emulator::tpp_builder::TppBuilder::foreign));
    cases
}

fn signatures() -> Vec<Case> {
    let invalid = statement("statement_signature_invalid");
    let unsigned_one = statement("statement_unsigned");
    let mut cases = vec![
        built("a statement that the TPP signed", invalid, |parties| {
            let key = SigningKey::from_pem(&signing_key(parties.tpp).private_pem()).unwrap();
            parties.request_with(parties.statement(|edits| {
                edits.key = Some(key);
                edits.algorithm = Some(Algorithm::Ps256);
            }))
        }),
        built("a statement changed afterwards", invalid, |parties| {
            let (header, mut claims, signature) = parts(&parties.statement(|_| ()));
            claims["software_roles"] = json!(["AISP", "PISP", "CBPII", "ASPSP"]);
            let texts = [part(header.to_string()), part(claims.to_string())];
            parties.request_with(format!("{}.{}", texts.join("."), part(signature)))
        }),
    ];
    for alg in ["none", "NONE", "nOnE", "PS256"] {
        let name = format!("a statement with alg {alg} and no signature");
        cases.push(built(name, unsigned_one, move |parties| {
            let (mut header, claims, _) = parts(&parties.statement(|_| ()));
            header["alg"] = alg.into();
            parties.request_with(unsigned(&header, &claims))
        }));
    }
    cases.push(edited(
        "a signed statement that says alg none",
        unsigned_one,
        |edits, _| {
            edits.header.insert("alg".to_owned(), "none".into());
        },
    ));
    cases
}

fn times() -> Vec<Case> {
    let too_old = statement("statement_too_old");
    let expired = statement("statement_expired");
    let at = |name: &'static str, offset: i64, expected| {
        edited(
            format!("statement {name} {offset:+}"),
            expected,
            move |edits, now| edits.set_claim(name, now + offset),
        )
    };
    let year = 365 * 24 * 60 * 60;
    let mut cases = vec![
        at("iat", -10 * year, Accepted),
        at("iat", 60, Accepted),
        at("iat", 61, too_old),
        without_claim("iat", too_old),
        at("exp", 1, Accepted),
        at("exp", 0, expired),
        at("exp", -1, expired),
    ];
    for value in [
        json!("1700000000"),
        json!(1.5),
        json!(null),
        json!(u64::MAX),
    ] {
        cases.push(with_claim("iat", value.clone(), too_old));
        cases.push(with_claim("exp", value, expired));
    }
    cases
}

fn standings() -> Vec<Case> {
    let inactive = unapproved("organisation_not_active");
    let mut cases = vec![
        changed("revoked organisation", inactive, |request| request)
            .by(|tpp| tpp.org_status(OrgStatus::Revoked)),
        changed("withdrawn organisation", inactive, |request| request)
            .by(|tpp| tpp.org_status(OrgStatus::Withdrawn)),
        without_claim("org_status", inactive),
        changed(
            "revoked software",
            unapproved("software_revoked"),
            |request| request,
        )
        .by(|tpp| tpp.software_status(SoftwareStatus::Revoked)),
        body(
            "revoked after it was signed",
            unapproved("software_revoked"),
            |parties| {
                let request = parties.tpp.request().sign().unwrap();
                let revoked = (OrgStatus::Active, SoftwareStatus::Revoked);
                parties.tpp.tpp.set_status(revoked.0, revoked.1);
                request
            },
        )
        .by(|tpp| tpp),
    ];
    for status in [
        json!("active"),
        json!("Suspended"),
        json!(null),
        json!(true),
    ] {
        cases.push(with_claim("org_status", status, inactive));
    }
    cases
}

fn roles() -> Vec<Case> {
    let missing = statement("software_roles_missing");
    // A scope that needs no role, or the scope is refused first.
    let edited = |name: String, edit: fn(&mut Edits)| {
        built(name, missing, move |parties| {
            let statement = parties.statement(edit);
            parties.request_with(statement).claim("scope", "openid")
        })
    };
    vec![
        edited("no software_roles".to_owned(), |edits| {
            edits.removed_claims.push("software_roles".to_owned());
        }),
        edited("empty software_roles".to_owned(), |edits| {
            edits.set_claim("software_roles", json!([]));
        }),
        edited("software_roles as a text".to_owned(), |edits| {
            edits.set_claim("software_roles", "AISP");
        }),
        edited("software_roles null".to_owned(), |edits| {
            edits.set_claim("software_roles", Value::Null);
        }),
    ]
}
