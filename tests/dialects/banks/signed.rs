//! What a world signs for a TPP, and what banks make of its flaws.

use aspsp_emulator::bank::{Explanation, Submission};
use aspsp_emulator::dialect::Method;
use aspsp_emulator::dialect::checks::Verdict;
use aspsp_emulator::domain::ids::KeyId;
use aspsp_emulator::domain::json;
use aspsp_emulator::domain::jwk::{KeySetEntry, KeyUse, PublicKey};
use aspsp_emulator::domain::jws::Jws;
use aspsp_emulator::world::signed::{Changes, SignedError, SignedRequest, TokenFlaw};

use super::*;

const UPDATE: Operation = Operation::Update;

fn failed(explanation: &Explanation) -> Vec<&'static str> {
    let failed = explanation
        .checks
        .iter()
        .filter(|explained| explained.result == Verdict::Failed);
    failed.map(|explained| explained.check).collect()
}

/// Which checks fail over a request.
async fn refused_by(bank: &Bank, tpp: &Tpp, request: &SignedRequest) -> Vec<&'static str> {
    let submission = Submission {
        content_type: Some(request.content_type.to_owned()),
        ..Submission::new(request.request.clone())
    };
    let submission = submission.with_certificate(certificate(tpp));
    failed(&bank.explain_submission(&submission).await.unwrap())
}

fn request(
    world: &World,
    bank: &Bank,
    tpp: &Tpp,
    changes: &Changes,
) -> Result<SignedRequest, SignedError> {
    world.signed_request(tpp, bank, Operation::Register, None, changes)
}

/// A request with this flaw in its statement.
fn with_statement(world: &World, bank: &Bank, tpp: &Tpp, flaw: TokenFlaw) -> SignedRequest {
    let statement = world.signed_statement(tpp, &Changes::flaw(flaw)).unwrap();
    let changes = Changes {
        claims: json::members(json!({ "software_statement": statement.ssa })),
        ..Changes::default()
    };
    request(world, bank, tpp, &changes).unwrap()
}

/// A bank that judges all that a flaw can be about.
fn strict(world: &World, id: &str) -> Arc<Bank> {
    let every = json!({
        "aud": "equals", "request_single_use": true, "ssa_single_use": true, "ssa_max_age": "5m",
    });
    let bank = bank(world, id);
    Arc::new(bank.with_policy([&serde_json::from_value(every).unwrap()]))
}

#[tokio::test]
async fn an_ordinary_request_is_accepted_by_every_bank_that_takes_one() {
    let world = world();
    for slot in world.banks() {
        let tpp = tpp(&world, slot.dialect().ecosystem);
        let Ok(request) = request(&world, &slot, &tpp, &Changes::default()) else {
            assert_eq!(slot.id, DIRECTORY);
            continue;
        };
        let none: [&str; 0] = [];
        assert_eq!(refused_by(&slot, &tpp, &request).await, none, "{}", slot.id);
        assert_eq!(request.method, Method::Post);
        let urls = world.urls.for_host(None);
        assert_eq!(Some(request.url), slot.registration_endpoint(&urls));
    }
}

#[tokio::test]
async fn each_flaw_of_a_request_is_refused_by_its_own_check() {
    let world = world();
    let tpp = tpp(&world, Ecosystem::Uk);
    let bank = strict(&world, UK);
    for flaw in TokenFlaw::ALL {
        let expected: &[&str] = match flaw {
            TokenFlaw::Expired => &["request_expired"],
            TokenFlaw::IssuedInFuture => &["issued_in_the_future"],
            TokenFlaw::WrongIssuer => &["issuer_not_the_software"],
            TokenFlaw::WrongAudience => &["audience_wrong"],
            TokenFlaw::BadSignature | TokenFlaw::OtherTppsKey => &["request_signature_invalid"],
            TokenFlaw::AlgNone | TokenFlaw::AlgRs256 | TokenFlaw::AlgHs256 => {
                &["request_alg_not_allowed"]
            }
            TokenFlaw::UnknownKid => &["key_unknown"],
            // Only strict banks bound the age of a request.
            TokenFlaw::Stale => &[],
            TokenFlaw::Replayed => &["request_replayed"],
        };
        let used = request(&world, &bank, &tpp, &Changes::default()).unwrap();
        let used = Call {
            content_type: Some(used.content_type.to_owned()),
            body: used.request.into(),
            ..call(&world, &tpp, Operation::Register)
        };
        if flaw == TokenFlaw::Replayed {
            assert!(bank.register(&used).await.result.is_ok());
        }
        let request = request(&world, &bank, &tpp, &Changes::flaw(flaw)).unwrap();
        assert_eq!(refused_by(&bank, &tpp, &request).await, expected, "{flaw}");
    }
}

#[tokio::test]
async fn an_audience_is_wrong_for_a_bank_that_takes_any_name_too() {
    let world = world();
    let tpp = tpp(&world, Ecosystem::Uk);
    for id in ["uk-ob-3.1", UK] {
        let bank = bank(&world, id);
        let changes = Changes::flaw(TokenFlaw::WrongAudience);
        let request = request(&world, &bank, &tpp, &changes).unwrap();
        // At 3.1 an empty name is too short besides.
        let refused_by = refused_by(&bank, &tpp, &request).await;
        assert_eq!(refused_by.first(), Some(&"audience_wrong"), "{id}");
    }
}

#[tokio::test]
async fn what_is_stale_or_replayed_is_refused_by_strict_banks_as_they_are() {
    let world = world_at(Strictness::Strict);
    let tpp = tpp(&world, Ecosystem::Uk);
    let bank = bank(&world, UK);
    let stale = request(&world, &bank, &tpp, &Changes::flaw(TokenFlaw::Stale)).unwrap();
    let failed = refused_by(&bank, &tpp, &stale).await;
    assert_eq!(failed, ["request_expired"]);
    let stale = with_statement(&world, &bank, &tpp, TokenFlaw::Stale);
    let failed = refused_by(&bank, &tpp, &stale).await;
    assert_eq!(failed, ["statement_too_old"]);
    let used = request(&world, &bank, &tpp, &Changes::default()).unwrap();
    let used = Call {
        content_type: Some(used.content_type.to_owned()),
        body: used.request.into(),
        ..call(&world, &tpp, Operation::Register)
    };
    assert_eq!(bank.register(&used).await.refused_by, None);
    let replayed = request(&world, &bank, &tpp, &Changes::flaw(TokenFlaw::Replayed)).unwrap();
    let failed = refused_by(&bank, &tpp, &replayed).await;
    assert_eq!(failed, ["request_replayed"]);
}

#[tokio::test]
async fn each_flaw_of_a_statement_is_refused_by_its_own_check() {
    let world = world();
    for (id, ecosystem) in [(UK, Ecosystem::Uk), (BRAZIL, Ecosystem::Brazil)] {
        let tpp = tpp(&world, ecosystem);
        let bank = strict(&world, id);
        for flaw in TokenFlaw::ALL {
            let expected: &[&str] = match flaw {
                TokenFlaw::WrongAudience => {
                    let refused = world.signed_statement(&tpp, &Changes::flaw(flaw));
                    let error = refused.unwrap_err().to_string();
                    assert!(error.contains("those that can are expired, "), "{error}");
                    assert!(
                        !error.contains("replayed") || ecosystem == Ecosystem::Uk,
                        "{error}"
                    );
                    continue;
                }
                // It has to be used up first.
                TokenFlaw::Replayed => continue,
                TokenFlaw::Expired => &["statement_expired"],
                TokenFlaw::IssuedInFuture | TokenFlaw::Stale => &["statement_too_old"],
                // Whose key it would have to be signed with depends on the issuer.
                TokenFlaw::WrongIssuer => {
                    &["statement_issuer_untrusted", "statement_signature_invalid"]
                }
                TokenFlaw::BadSignature | TokenFlaw::OtherTppsKey => {
                    &["statement_signature_invalid"]
                }
                TokenFlaw::AlgNone => &["statement_unsigned"],
                TokenFlaw::AlgRs256 | TokenFlaw::AlgHs256 | TokenFlaw::UnknownKid => {
                    &["statement_not_a_jws", "statement_signature_invalid"]
                }
            };
            let request = with_statement(&world, &bank, &tpp, flaw);
            assert_eq!(
                refused_by(&bank, &tpp, &request).await,
                expected,
                "{id} {flaw}"
            );
        }
    }
}

#[tokio::test]
async fn a_replayed_statement_has_the_id_of_the_last_one() {
    let world = world();
    let tpp = tpp(&world, Ecosystem::Uk);
    let replayed = Changes::flaw(TokenFlaw::Replayed);
    let error = world.signed_statement(&tpp, &replayed).unwrap_err();
    assert!(
        error.to_string().contains("sign one without a flaw first"),
        "{error}"
    );
    let first = world.signed_statement(&tpp, &Changes::default()).unwrap();
    let again = world.signed_statement(&tpp, &replayed).unwrap();
    assert_eq!(first.claims["jti"], again.claims["jti"]);
    let fresh = world.signed_statement(&tpp, &Changes::default()).unwrap();
    assert_ne!(first.claims["jti"], fresh.claims["jti"]);
    // Nor does anybody know of what was signed with a flaw.
    let expired = Changes::flaw(TokenFlaw::Expired);
    world.signed_statement(&tpp, &expired).unwrap();
    let again = world.signed_statement(&tpp, &replayed).unwrap();
    assert_eq!(fresh.claims["jti"], again.claims["jti"]);
    // What was signed of one kind is no replay of another.
    let bank = bank(&world, UK);
    let error = request(&world, &bank, &tpp, &replayed).unwrap_err();
    assert!(
        matches!(error, SignedError::NothingToReplay { .. }),
        "{error}"
    );
}

#[tokio::test]
async fn each_flaw_of_an_assertion_is_refused_and_a_right_one_gets_a_token() {
    let world = world();
    let tpp = tpp(&world, Ecosystem::Uk);
    let bank = bank(&world, UK);
    let client = id_of(&register(&world, &tpp, &bank, AuthMethod::PrivateKeyJwt).await);
    let ask = async |flaw: Option<TokenFlaw>| {
        let assertion = world.signed_assertion(&tpp, &bank, &client, flaw)?;
        let assertion_type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
        let form = [
            ("client_assertion_type", assertion_type),
            ("client_assertion", &assertion.assertion),
        ];
        let ruling = bank.issue_token(&token_request(&world, &tpp, &form)).await;
        Ok::<_, SignedError>(ruling.refused_by)
    };
    for flaw in TokenFlaw::ALL {
        assert_eq!(ask(None).await.unwrap(), None);
        if flaw == TokenFlaw::Stale {
            assert!(ask(Some(flaw)).await.is_err());
            continue;
        }
        let refused_by = ask(Some(flaw)).await.unwrap();
        assert_eq!(refused_by, Some("client_authentication_failed"), "{flaw}");
    }
}

#[tokio::test]
async fn a_flaw_that_nobody_would_notice_is_an_error_that_names_those_that_are() {
    let world = world();
    let brazilian = tpp(&world, Ecosystem::Brazil);
    let error = request(
        &world,
        &bank(&world, BRAZIL),
        &brazilian,
        &Changes::flaw(TokenFlaw::AlgNone),
    );
    let error = error.unwrap_err().to_string();
    assert!(error.contains("the claim `software_statement`"), "{error}");
    let tpp = tpp(&world, Ecosystem::Uk);
    let bank = bank(&world, "uk-ob-3.1");
    let error = request(&world, &bank, &tpp, &Changes::flaw(TokenFlaw::AlgRs256)).unwrap_err();
    assert!(
        error.to_string().contains("a request to `uk-ob-3.1`"),
        "{error}"
    );
    assert!(!error.to_string().contains("alg-rs256,"), "{error}");
}

#[tokio::test]
async fn changed_claims_stand_above_the_flaw_and_the_header_is_changed_too() {
    let world = world();
    let tpp = tpp(&world, Ecosystem::Uk);
    let changes = Changes {
        claims: json::members(json!({ "exp": 7, "extra": true })),
        remove: vec!["aud".to_owned()],
        header: json::members(json!({ "typ": null, "cty": "x" })),
        flaw: Some(TokenFlaw::Expired),
    };
    let made = request(&world, &bank(&world, UK), &tpp, &changes).unwrap();
    let jws = Jws::parse(&made.request).unwrap();
    assert_eq!(
        (&jws.claims["exp"], &jws.claims["extra"]),
        (&json!(7), &json!(true))
    );
    assert_eq!(jws.claims.get("aud"), None);
    assert_eq!(jws.header.get("typ"), None);
    assert_eq!(jws.header["cty"], "x");
}

#[tokio::test]
async fn a_replacing_request_goes_to_its_client_and_is_accepted() {
    let world = world();
    for (id, ecosystem) in [(UK, Ecosystem::Uk), (BRAZIL, Ecosystem::Brazil)] {
        let tpp = tpp(&world, ecosystem);
        let bank = bank(&world, id);
        let client = register(&world, &tpp, &bank, AuthMethod::TlsClientAuth).await;
        let client_id = id_of(&client);
        let token = match client["registration_access_token"].as_str() {
            Some(token) => token.to_owned(),
            None => token(&world, &tpp, &bank, &client_id).await,
        };
        let changes = Changes::default();
        let made = world.signed_request(&tpp, &bank, UPDATE, Some(&client_id), &changes);
        let made = made.unwrap();
        assert_eq!(made.method, Method::Put);
        assert!(made.url.ends_with(client_id.as_str()), "{}", made.url);
        let update = Call {
            content_type: Some(made.content_type.to_owned()),
            body: made.request.into(),
            ..managing(&world, &tpp, UPDATE, &client_id, &token)
        };
        let ruling = bank.update(&update).await;
        assert_eq!(ruling.refused_by, None, "{id}");
        let error = world.signed_request(&tpp, &bank, UPDATE, None, &changes);
        assert!(matches!(error, Err(SignedError::ClientIdMissing)));
    }
}

#[test]
fn for_a_tpp_that_kept_its_key_nothing_is_signed_until_it_has_one_made_here() {
    use aspsp_emulator::directory::rotation::CertificatePlan;
    let world = world();
    let key = PublicKey::from_spki(&rsa_key(1).public_key_der()).unwrap();
    let brought = KeySetEntry {
        kid: KeyId::new("mine"),
        key_use: KeyUse::Signing,
        key,
    };
    let plan = TppPlan {
        signing_keys: vec![brought],
        ..plan(Ecosystem::Uk)
    };
    let tpp = world.directory.add(plan).unwrap();
    let bank = bank(&world, UK);
    let error = request(&world, &bank, &tpp, &Changes::default()).unwrap_err();
    assert!(
        error.to_string().contains("the kind `ob-signing`"),
        "{error}"
    );
    let more = CertificatePlan {
        kind: certs_gen::Kind::ObSigning,
        key: Some(GivenKey::Key(rsa_key(0))),
        flaw: None,
        replaces: None,
    };
    let software = &tpp.identity.software_id;
    assert!(
        world
            .directory
            .certify_more(software, more)
            .unwrap()
            .is_current
    );
    assert!(request(&world, &bank, &tpp, &Changes::default()).is_ok());
}
