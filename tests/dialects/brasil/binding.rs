//! Whose the certificate is, and whether the software may register once more.

use aspsp_emulator::dialect::Operation::{Register, Update};
use aspsp_emulator::dialect::open_finance_brasil::DIALECT;
use aspsp_emulator::dialect::policy::Strictness;
use aspsp_emulator::domain::client::AuthMethod;
use aspsp_emulator::domain::ecosystem::Ecosystem;
use aspsp_emulator::emulator::tpp::RequestBuilder;
use certs_gen::{Flaw, Kind};
use serde_json::json;

use super::cases::{Case, built, check};
use super::{BANK, post, register, replace, request, statement, tpp};
use crate::br_helpers::{Answer, Caller, Ground, Refused, bank};

const SOFTWARE: (&str, &str) = ("invalid_client_metadata", "certificate_software_mismatch");
const ORGANISATION: (&str, &str) = (
    "invalid_client_metadata",
    "certificate_organisation_mismatch",
);

pub fn cases() -> Vec<Case> {
    vec![
        built("a statement of other software", SOFTWARE, |parties| {
            let other = parties.other.tpp.software_id().to_string();
            parties.with_statement(|edits| edits.set_claim("software_id", other))
        }),
        built(
            "a statement of another organisation",
            ORGANISATION,
            |parties| {
                let other = parties.other.tpp.org_id().to_string();
                parties.with_statement(|edits| edits.set_claim("org_id", other))
            },
        ),
    ]
}

/// Found by the tests below.
pub const REFUSED: &[Refused] = &[
    (Register, "uri_host_mismatch"),
    (Update, "uri_host_mismatch"),
    (Register, "software_already_registered"),
    (Update, "software_already_registered"),
    (Update, "software_changed"),
];

#[tokio::test]
async fn a_statement_of_somebody_else_is_refused() {
    check(cases()).await;
}

fn assert_refused(answer: &Answer, (error, check): (&str, &str)) {
    let (found, description) = answer.error(400, check);
    assert_eq!(found, error, "{description}");
    assert!(
        description.ends_with(&format!("({check})")),
        "{description}"
    );
}

/// A request that names no subject, so that only the certificate itself speaks.
fn by_assertion(tpp: &Caller) -> RequestBuilder {
    tpp.tpp
        .registration_request_for(&tpp.bank, AuthMethod::PrivateKeyJwt)
}

#[tokio::test]
async fn a_certificate_of_another_organisation_is_refused_whichever_the_auth_method() {
    let ground = Ground::start().await;
    let tpp = ground
        .tpp_with(BANK, Ecosystem::Brazil, |tpp| {
            tpp.transport_flaw(Flaw::WrongOrg)
        })
        .await;
    for request in [request(&tpp), by_assertion(&tpp)] {
        let answer = post(&tpp, request.to_json().unwrap()).await;
        assert_refused(&answer, ORGANISATION);
    }
}

#[tokio::test]
async fn a_certificate_of_other_software_of_the_same_organisation_is_refused() {
    let ground = Ground::start().await;
    let one = tpp(&ground).await;
    let org_id = one.tpp.org_id().to_string();
    let other = ground
        .tpp_with(BANK, Ecosystem::Brazil, |tpp| tpp.org_id(org_id))
        .await;
    let answer = post(&one, by_assertion(&other).to_json().unwrap()).await;
    assert_refused(&answer, SOFTWARE);
    assert_eq!(
        post(&other, by_assertion(&other).to_json().unwrap())
            .await
            .status,
        201
    );
}

#[tokio::test]
async fn a_certificate_of_another_ecosystem_is_of_no_brazilian_organisation() {
    let ground = Ground::start().await;
    let tpp = ground
        .tpp_with(BANK, Ecosystem::Brazil, |tpp| {
            tpp.transport_kind(Kind::Obwac)
        })
        .await;
    let answer = post(&tpp, by_assertion(&tpp).to_json().unwrap()).await;
    assert_refused(&answer, ORGANISATION);
}

#[tokio::test]
async fn a_certificate_that_names_the_organisation_in_its_unit_is_taken() {
    let ground = Ground::start().await;
    // The UK's legacy kind has OU = organisation and no UID, as Brazil's had until August 2022.
    let tpp = ground
        .tpp_with(BANK, Ecosystem::Brazil, |tpp| {
            tpp.transport_kind(Kind::ObTransport)
        })
        .await;
    register(&tpp, by_assertion(&tpp)).await;
}

#[tokio::test]
async fn a_client_stays_that_of_its_software() {
    let ground = Ground::start().await;
    // Of one organisation, with certificates that name no software.
    let one = ground
        .tpp_with(BANK, Ecosystem::Brazil, |tpp| {
            tpp.transport_kind(Kind::ObTransport)
        })
        .await;
    let org_id = one.tpp.org_id().to_string();
    let other = ground
        .tpp_with(BANK, Ecosystem::Brazil, |tpp| tpp.org_id(org_id))
        .await;
    let client = register(&one, by_assertion(&one)).await;
    let of_client = |tpp| by_assertion(tpp).claim("client_id", client.id.as_str());
    let answer = replace(&one, &client, of_client(&other)).await;
    assert_refused(&answer, ("invalid_client_metadata", "software_changed"));
    assert_eq!(replace(&one, &client, of_client(&one)).await.status, 200);
}

#[tokio::test]
async fn the_pages_of_the_software_have_its_redirect_hosts_where_the_switch_says_so() {
    let switches = json!({ "uri_hosts": "check" });
    let banks = vec![bank(&DIALECT, BANK, Strictness::Conformance, switches)];
    let ground = Ground::with_banks(banks).await;
    let tpp = ground.tpp(BANK, Ecosystem::Brazil).await;
    let refusal = ("invalid_client_metadata", "uri_host_mismatch");
    let answer = post(&tpp, request(&tpp).to_json().unwrap()).await;
    assert_refused(&answer, refusal);
    let fitting = statement(&tpp, |edits| {
        for page in ["client_uri", "logo_uri", "policy_uri", "tos_uri"] {
            edits.set_claim(&format!("software_{page}"), "https://app.example/page");
        }
    });
    let fitting = request(&tpp).claim("software_statement", fitting);
    let client = register(&tpp, fitting).await;
    let answer = replace(&tpp, &client, super::replacement(&tpp, &client)).await;
    assert_refused(&answer, refusal);
}

#[tokio::test]
async fn software_registers_twice_unless_the_switch_forbids_it() {
    let switches = json!({ "duplicates": "reject", "certificate_binding": "ignore" });
    let banks = vec![
        bank(&DIALECT, BANK, Strictness::Conformance, json!({})),
        bank(&DIALECT, "only", Strictness::Conformance, switches),
        bank(&DIALECT, "strict", Strictness::Strict, json!({})),
    ];
    let ground = Ground::with_banks(banks).await;
    let free = ground.tpp(BANK, Ecosystem::Brazil).await;
    register(&free, request(&free)).await;
    register(&free, request(&free)).await;
    let refusal = ("invalid_software_statement", "software_already_registered");
    for id in ["only", "strict"] {
        let tpp = ground.tpp(id, Ecosystem::Brazil).await;
        let client = register(&tpp, request(&tpp)).await;
        let answer = post(&tpp, request(&tpp).to_json().unwrap()).await;
        assert_refused(&answer, refusal);
        let own = replace(&tpp, &client, super::replacement(&tpp, &client)).await;
        assert_eq!(own.status, 200, "{id}");
    }
    let one = ground.tpp("only", Ecosystem::Brazil).await;
    let client = register(&one, request(&one)).await;
    let other = ground.tpp("only", Ecosystem::Brazil).await;
    register(&other, by_assertion(&other)).await;
    let others = by_assertion(&other).claim("client_id", client.id.as_str());
    assert_refused(&replace(&one, &client, others).await, refusal);
}
