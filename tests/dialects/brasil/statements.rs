//! The software statement: whose it is, how old, and what it says of the software.

use std::time::Duration;

use aspsp_emulator::dialect::Operation::{Register, Update};
use aspsp_emulator::dialect::open_finance_brasil::DIALECT;
use aspsp_emulator::dialect::policy::Strictness;
use aspsp_emulator::directory::tpp::{OrgStatus, SoftwareStatus};
use aspsp_emulator::domain::ecosystem::Ecosystem;
use aspsp_emulator::domain::signing::Edits;
use serde_json::{Value, json};

use super::cases::{Case, STRICT, built, check};
use super::statement_forms;
use super::{BANK, assert_invalid_token, post, register, replace, replacement, request, statement};
use super::{read, tpp};
use crate::br_helpers::{Answer, Ground, Refused, bank, part};

pub const INVALID: &str = "invalid_software_statement";
const UNAPPROVED: &str = "unapproved_software_statement";

/// A request whose statement is changed before the directory signs it.
pub fn edited(
    name: &'static str,
    refusal: (&'static str, &'static str),
    edit: impl Fn(&mut Edits) + 'static,
) -> Case {
    built(name, refusal, move |parties| parties.with_statement(&edit))
}

/// One whose statement has another value of a claim.
pub fn claim(
    name: &'static str,
    claim: &'static str,
    value: impl Into<Value>,
    refusal: (&'static str, &'static str),
) -> Case {
    let value = value.into();
    edited(name, refusal, move |edits| {
        edits.set_claim(claim, value.clone());
    })
}

/// One whose statement was issued this many seconds from now.
fn issued(name: &'static str, seconds: i64) -> Case {
    built(name, (INVALID, "statement_too_old"), move |parties| {
        let issued = parties.now + seconds;
        parties.with_statement(move |edits| edits.set_claim("iat", issued))
    })
}

pub fn cases() -> Vec<Case> {
    let mut cases = statement_forms::cases();
    cases.extend([
        issued("5 minutes and a second old", -301),
        issued("a minute and a second early", 61),
        claim(
            "iat as a text",
            "iat",
            "now",
            (INVALID, "statement_too_old"),
        ),
        edited("no iat", (INVALID, "statement_too_old"), |edits| {
            edits.removed_claims.push("iat".to_owned());
        }),
        built("expired", (INVALID, "statement_expired"), |parties| {
            let now = parties.now;
            parties.with_statement(move |edits| edits.set_claim("exp", now))
        }),
        claim(
            "exp null",
            "exp",
            json!(null),
            (INVALID, "statement_expired"),
        ),
    ]);
    for name in ["software_id", "org_id"] {
        for value in [json!(null), json!(5), json!([]), json!("")] {
            let refusal = (INVALID, "statement_incomplete");
            cases.push(claim("an id that is none", name, value, refusal));
        }
    }
    cases.push(claim(
        "of tomorrow",
        "nbf",
        json!(i64::MAX),
        (INVALID, "statement_too_old"),
    ));
    for status in ["Revoked", "Withdrawn", "Inactive", "active", ""] {
        let refusal = (UNAPPROVED, "organisation_not_active");
        cases.push(claim("an org_status", "org_status", status, refusal));
    }
    cases.extend([
        claim(
            "live",
            "software_mode",
            "Live",
            (UNAPPROVED, "software_mode_wrong"),
        )
        .at(STRICT),
        claim(
            "an authority that left",
            "organisation_competent_authority_claims",
            json!([{ "status": "Withdrawn" }]),
            (UNAPPROVED, "authority_not_active"),
        )
        .at(STRICT),
    ]);
    cases
}

/// Found by the tests below.
pub const REFUSED: &[Refused] = &[
    (Register, "software_revoked"),
    (Update, "software_revoked"),
    (Register, "statement_reused"),
    (Update, "statement_reused"),
];

#[tokio::test]
async fn a_statement_that_does_not_count_is_refused() {
    check(cases()).await;
}

fn assert_refused(answer: &Answer, error: &str, check: &str) {
    let (found, description) = answer.error(400, check);
    assert_eq!(found, error, "{description}");
    assert!(
        description.ends_with(&format!("({check})")),
        "{description}"
    );
}

#[tokio::test]
async fn a_statement_counts_for_five_minutes_and_a_minute_early() {
    let ground = Ground::start().await;
    let tpp = tpp(&ground).await;
    let now = ground.emulator.clock().unix();
    for seconds in [-300, -299, 0, 60] {
        let text = statement(&tpp, |edits| edits.set_claim("iat", now + seconds));
        let made = request(&tpp).claim("software_statement", text);
        register(&tpp, made).await;
    }
    let body = request(&tpp).to_json().unwrap();
    ground.emulator.clock().advance(Duration::from_secs(300));
    assert_eq!(post(&tpp, body.as_str()).await.status, 201);
    ground.emulator.clock().advance(Duration::from_secs(1));
    assert_refused(&post(&tpp, body).await, INVALID, "statement_too_old");
}

#[tokio::test]
async fn every_published_name_of_the_directory_is_believed() {
    let ground = Ground::start().await;
    let tpp = tpp(&ground).await;
    for issuer in [
        "Open Banking Open Banking Brasil prod SSA issuer",
        "Open Banking Open Banking Brasil production SSA issuer",
        "Open Banking Open Banking Brasil sandbox SSA issuer",
        "Open Finance Open Finance Brasil production SSA issuer",
        "Open Finance Open Finance Brasil sandbox SSA issuer",
    ] {
        let text = statement(&tpp, |edits| edits.set_claim("iss", issuer));
        register(&tpp, request(&tpp).claim("software_statement", text)).await;
    }
}

#[tokio::test]
async fn an_ordinary_statement_has_neither_jti_nor_exp() {
    let ground = Ground::start().await;
    let tpp = tpp(&ground).await;
    let claims = part(&tpp.tpp.statement().unwrap(), 1);
    for name in ["jti", "exp", "aud", "nbf"] {
        assert_eq!(claims.get(name), None, "{name}");
    }
    register(&tpp, request(&tpp)).await;
}

#[tokio::test]
async fn software_that_the_directory_suspended_or_revoked_is_not_approved() {
    let ground = Ground::start().await;
    for status in [SoftwareStatus::Suspended, SoftwareStatus::Revoked] {
        let tpp = tpp(&ground).await;
        let client = register(&tpp, request(&tpp)).await;
        tpp.tpp.set_status(OrgStatus::Active, status);
        let body = request(&tpp).to_json().unwrap();
        let answer = post(&tpp, body).await;
        assert_refused(&answer, UNAPPROVED, "software_revoked");
        let answer = replace(&tpp, &client, replacement(&tpp, &client)).await;
        assert_refused(&answer, UNAPPROVED, "software_revoked");
        assert_eq!(read(&tpp, &client).await.status, 200);
    }
}

#[tokio::test]
async fn an_organisation_that_the_directory_dropped_is_not_approved() {
    let ground = Ground::start().await;
    for status in [OrgStatus::Revoked, OrgStatus::Withdrawn] {
        let tpp = tpp(&ground).await;
        tpp.tpp.set_status(status, SoftwareStatus::Active);
        let answer = post(&tpp, request(&tpp).to_json().unwrap()).await;
        assert_refused(&answer, UNAPPROVED, "organisation_not_active");
    }
}

#[tokio::test]
async fn a_statement_counts_once_where_the_switch_says_so() {
    let switches = json!({ "ssa_single_use": true });
    let banks = vec![bank(&DIALECT, BANK, Strictness::Conformance, switches)];
    let ground = Ground::with_banks(banks).await;
    let tpp = ground.tpp(BANK, Ecosystem::Brazil).await;
    let text = statement(&tpp, |_| ());
    let made = request(&tpp).claim("software_statement", text.as_str());
    let client = register(&tpp, made).await;
    let again = request(&tpp).claim("software_statement", text.as_str());
    let answer = post(&tpp, again.to_json().unwrap()).await;
    assert_refused(&answer, INVALID, "statement_reused");
    let again = replacement(&tpp, &client).claim("software_statement", text);
    assert_refused(
        &replace(&tpp, &client, again).await,
        INVALID,
        "statement_reused",
    );
    let fresh = replace(&tpp, &client, replacement(&tpp, &client)).await;
    assert_eq!(fresh.status, 200);
}

#[tokio::test]
async fn the_caller_is_judged_before_the_statement() {
    let ground = Ground::start().await;
    let tpp = tpp(&ground).await;
    let mut client = register(&tpp, request(&tpp)).await;
    client.token = "unknown".to_owned();
    let answer = replace(
        &tpp,
        &client,
        replacement(&tpp, &client).without("software_statement"),
    );
    assert_invalid_token(&ground, &answer.await, "unknown token");
}
