//! What the statement says of the software: that it may be registered, and for what.

use aspsp_emulator::dialect::Operation;
use aspsp_emulator::directory::tpp::{OrgStatus, SoftwareStatus};
use aspsp_emulator::domain::client::AuthMethod;
use serde_json::{Value, json};

use crate::cases::{
    Accepted, Case, Expected, Parties, built, metadata, stated, statement, unapproved,
};
use crate::uk::Version;

pub fn cases(version: &'static Version) -> Vec<Case> {
    [
        ids(),
        standings(),
        modes(),
        authorities(),
        roles(version),
        twice(version),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn with(name: &'static str, value: Value, expected: Expected) -> Case {
    stated(
        format!("statement {name} {value}"),
        expected,
        move |edits, _| edits.set_claim(name, value.clone()),
    )
}

/// Whom it is about.
fn ids() -> Vec<Case> {
    let refused = statement("statement_incomplete");
    let values = [json!(null), json!(5), json!("")];
    let cases = ["software_id", "org_id"].into_iter().flat_map(|name| {
        let refused = values.clone().map(|value| with(name, value, refused));
        let missing = stated(
            format!("no {name}"),
            statement("statement_incomplete"),
            move |edits, _| {
                edits.removed_claims.push(name.to_owned());
            },
        );
        refused.into_iter().chain([missing])
    });
    let later = with("nbf", json!(i64::MAX), statement("statement_too_old"));
    cases
        .chain([later, with("nbf", json!(0), Accepted)])
        .collect()
}

fn standings() -> Vec<Case> {
    let inactive = unapproved("organisation_not_active");
    vec![
        with("org_status", json!("Active"), Accepted),
        with("org_status", json!("Revoked"), inactive),
        with("org_status", json!("Withdrawn"), inactive),
        stated("no org_status", inactive, |edits, _| {
            edits.removed_claims.push("org_status".to_owned());
        }),
        built(
            "software that is revoked",
            unapproved("software_revoked"),
            |parties| {
                let request = parties.request();
                let tpp = &parties.tpp.tpp;
                tpp.set_status(OrgStatus::Active, SoftwareStatus::Revoked);
                request
            },
        )
        .by(|tpp| tpp),
    ]
}

/// Judged by strict banks only, whatever the case of the letters.
fn modes() -> Vec<Case> {
    let wrong = unapproved("software_mode_wrong");
    vec![
        with("software_mode", json!("Live"), Accepted),
        with("software_mode", json!("Live"), wrong).strict(),
        with("software_mode", json!("test"), Accepted).strict(),
        with("software_environment", json!("production"), Accepted),
        with("software_environment", json!("production"), wrong).strict(),
    ]
}

/// Judged by strict banks only.
fn authorities() -> Vec<Case> {
    let wrong = unapproved("authority_not_active");
    let name = "organisation_competent_authority_claims";
    let of = |status: &str, roles: &[&str]| {
        json!({
            "authority_id": "FCAGBR",
            "registration_id": "123456",
            "status": status,
            "authorisations": [{ "member_state": "GB", "roles": roles }],
        })
    };
    let all = ["AISP", "PISP", "CBPII"];
    vec![
        with(name, of("Withdrawn", &all), Accepted),
        with(name, of("Withdrawn", &all), wrong).strict(),
        with(name, of("Active", &["AISP"]), Accepted),
        with(name, of("Active", &["AISP"]), wrong).strict(),
        with(name, of("Active", &all), Accepted).strict(),
        // An array elsewhere and before.
        with(name, json!([of("Active", &all)]), Accepted).strict(),
    ]
}

fn roles(version: &'static Version) -> Vec<Case> {
    let missing = statement("software_roles_missing");
    // A scope that needs no role, or the scope is refused first.
    [json!([]), Value::Null]
        .into_iter()
        .map(|roles| {
            let name = format!("statement software_roles {roles}");
            built(name, missing, move |parties| {
                let statement =
                    parties.statement(|edits| edits.set_claim("software_roles", roles.clone()));
                let request = parties.request_with(statement);
                request.claim("scope", version.scope(&["openid"]))
            })
        })
        .collect()
}

/// Allowed unless the switch says otherwise.
fn twice(version: &'static Version) -> Vec<Case> {
    let once = json!({"duplicates": "reject", "certificate_binding": "ignore"});
    let own = version.dn_claim();
    let of_the_other = move |parties: &Parties<'_>| {
        let tpp = &parties.other.tpp;
        let request = tpp.registration_request_for(parties.bank, AuthMethod::PrivateKeyJwt);
        request.without(own)
    };
    vec![
        built("the other's software", Accepted, of_the_other)
            .switched(json!({"certificate_binding": "ignore"}))
            .after(of_the_other)
            // A client that is replaced stays that of its software.
            .only(Operation::Register),
        built(
            "the other's software",
            metadata("software_already_registered"),
            of_the_other,
        )
        .switched(once)
        .after(of_the_other),
    ]
}
