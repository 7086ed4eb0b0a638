//! The certificate of the connection belongs to the TPP that the statement is about.

use aspsp_emulator::domain::client::AuthMethod;
use certs_gen::{Flaw, Kind};

use crate::helpers::BANK;
use crate::registration_cases::{
    Accepted, Case, assert_unchanged, built, changed, check, refusal, statement, still_bank,
};

const KINDS: [Kind; 3] = [Kind::ObTransport, Kind::Obwac, Kind::Qwac];

#[tokio::test]
async fn a_certificate_of_any_kind_registers_its_own_tpp_only() {
    check(cases()).await;
}

#[tokio::test]
async fn the_request_of_one_tpp_is_refused_over_the_connection_of_another() {
    let bank = still_bank().await;
    for kind in KINDS {
        let tpp = bank.tpp_with(|tpp| tpp.transport_kind(kind)).await;
        let other = bank.tpp_with(|tpp| tpp.transport_kind(kind)).await;
        let request = tpp.request_for(AuthMethod::PrivateKeyJwt).sign().unwrap();
        let before = bank.emulator.clients(BANK).await.unwrap();
        let refused = refusal(kind.as_str(), other.post(request.clone()).await).await;
        assert_eq!(refused.error, "invalid_software_statement", "{kind}");
        assert_eq!(refused.check(), "certificate_not_the_tpps", "{kind}");
        assert_unchanged(&bank, &before, kind.as_str()).await;
        assert_eq!(tpp.post(request).await.status(), 201, "{kind}");
    }
}

pub fn cases() -> Vec<Case> {
    let mut cases = vec![built(
        "a statement of another organisation",
        statement("certificate_not_the_tpps"),
        |parties| {
            let another = parties.other.tpp.org_id().as_str();
            parties.request_with(parties.statement(|edits| edits.set_claim("org_id", another)))
        },
    )];
    for kind in KINDS {
        cases.push(
            changed(kind.as_str(), Accepted, |request| request)
                .by(move |tpp| tpp.transport_kind(kind)),
        );
        cases.push(
            built(
                format!("{kind} of another organisation"),
                statement("certificate_not_the_tpps"),
                |parties| parties.tpp.request(),
            )
            .by(move |tpp| tpp.transport_kind(kind).transport_flaw(Flaw::WrongOrg)),
        );
    }
    cases
}
