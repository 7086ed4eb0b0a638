//! Statements, requests and assertions, and what a bank makes of their flaws.

use aspsp_emulator::dialect::policy::Strictness;
use certs_gen::{Key, KeyAlgorithm};

use super::*;
use crate::clients::{ASSERTION_TYPE, encode, members};
use crate::helpers::FORM;
use crate::key_stores::part;

const FLAWS: [&str; 12] = [
    "expired",
    "issued-in-future",
    "wrong-issuer",
    "wrong-audience",
    "bad-signature",
    "alg-none",
    "alg-rs256",
    "alg-hs256",
    "other-tpps-key",
    "unknown-kid",
    "stale",
    "replayed",
];

async fn strict() -> TestBank {
    TestBank::start_with(|builder| builder.strictness(Strictness::Strict)).await
}

#[tokio::test]
async fn each_flaw_of_a_request_is_refused_by_its_own_check() {
    let bank = strict().await;
    let tpp = Made::new(&bank, Value::Null).await;
    for flaw in FLAWS {
        let check = match flaw {
            "expired" | "stale" => "request_expired",
            "issued-in-future" => "issued_in_the_future",
            "wrong-issuer" => "issuer_not_the_software",
            "wrong-audience" => "audience_wrong",
            "bad-signature" | "other-tpps-key" => "request_signature_invalid",
            "alg-none" | "alg-rs256" | "alg-hs256" => "request_alg_not_allowed",
            "unknown-kid" => "key_unknown",
            _ => "request_replayed",
        };
        if flaw == "replayed" {
            tpp.registered(&bank).await;
        }
        let request = tpp.request(&bank, BANK, json!({ "flaw": flaw })).await;
        let failed = failed(&bank, BANK, request["request"].as_str().unwrap()).await;
        assert!(failed.contains(&check.to_owned()), "{flaw}: {failed:?}");
    }
}

#[tokio::test]
async fn each_flaw_of_a_statement_is_refused_by_its_own_check() {
    let bank = strict().await;
    for (ecosystem, id) in [("uk", BANK), ("brasil", BRAZIL)] {
        let tpp = Made::new(&bank, json!({ "ecosystem": ecosystem })).await;
        for flaw in FLAWS {
            let check = match flaw {
                "expired" => "statement_expired",
                "issued-in-future" | "stale" => "statement_too_old",
                "wrong-issuer" => "statement_issuer_untrusted",
                "alg-none" => "statement_unsigned",
                "wrong-audience" | "replayed" => continue,
                _ => "statement_signature_invalid",
            };
            let statement = tpp
                .post(&bank, "statements", json!({ "flaw": flaw }), 200)
                .await;
            let claims = json!({ "claims": { "software_statement": statement["ssa"] } });
            let request = tpp.request(&bank, id, claims).await;
            let failed = failed(&bank, id, request["request"].as_str().unwrap()).await;
            assert!(
                failed.contains(&check.to_owned()),
                "{id} {flaw}: {failed:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_replayed_statement_has_the_id_of_the_last_one_and_there_must_be_one() {
    let bank = TestBank::start().await;
    let tpp = Made::new(&bank, Value::Null).await;
    let replayed = json!({ "flaw": "replayed" });
    let problem = tpp.post(&bank, "statements", replayed.clone(), 409).await;
    let detail = problem["detail"].as_str().unwrap();
    assert!(
        detail.ends_with("sign one without a flaw first"),
        "{detail}"
    );
    let first = tpp.post(&bank, "statements", Value::Null, 200).await;
    let again = tpp.post(&bank, "statements", replayed, 200).await;
    assert_eq!(first["claims"]["jti"], again["claims"]["jti"]);
    assert_ne!(first["ssa"], again["ssa"]);
}

#[tokio::test]
async fn a_replayed_request_is_never_of_one_that_was_flawed_itself() {
    let bank = strict().await;
    let tpp = Made::new(&bank, Value::Null).await;
    let replayed = json!({ "bank": BANK, "flaw": "replayed" });
    tpp.request(&bank, BANK, json!({ "flaw": "expired" })).await;
    tpp.post(&bank, "requests", replayed.clone(), 409).await;
    let good = tpp.request(&bank, BANK, json!({})).await;
    tpp.request(&bank, BANK, json!({ "flaw": "bad-signature" }))
        .await;
    let again = tpp.post(&bank, "requests", replayed, 200).await;
    let jti = |request: &Value| part(request["request"].as_str().unwrap(), 1)["jti"].clone();
    assert_eq!(jti(&good), jti(&again));
}

#[tokio::test]
async fn the_url_of_a_replacing_request_has_the_client_id_percent_encoded() {
    let bank = TestBank::start().await;
    let tpp = Made::new(&bank, json!({ "ecosystem": "brasil" })).await;
    let asked = json!({ "operation": "update", "client_id": "a/b?c#%~\"" });
    let request = tpp.request(&bank, BRAZIL, asked).await;
    let url = request["url"].as_str().unwrap();
    assert!(url.ends_with("/a%2Fb%3Fc%23%25~%22"), "{url}");
}

#[tokio::test]
async fn claims_and_header_are_changed_above_the_flaw() {
    let bank = TestBank::start().await;
    let tpp = Made::new(&bank, Value::Null).await;
    let changes = json!({
        "claims": { "exp": 7, "extra": [true, null, 1.5] },
        "remove": ["iss", "unheard-of"],
        "header": { "typ": null, "cty": "x" },
        "flaw": "expired",
    });
    let statement = tpp.post(&bank, "statements", changes.clone(), 200).await;
    assert_eq!(members(&statement), ["claims", "ssa"]);
    let ssa = statement["ssa"].as_str().unwrap();
    assert_eq!(part(ssa, 1), statement["claims"]);
    let request = tpp.request(&bank, BANK, changes).await;
    assert_eq!(
        members(&request),
        ["content_type", "method", "request", "url"]
    );
    for jws in [ssa, request["request"].as_str().unwrap()] {
        let (header, claims) = (part(jws, 0), part(jws, 1));
        assert_eq!(claims["exp"], 7);
        assert_eq!(claims["extra"], json!([true, null, 1.5]));
        assert_eq!(claims.get("iss"), None);
        assert_eq!((header.get("typ"), &header["cty"]), (None, &json!("x")));
    }
}

#[tokio::test]
async fn every_bank_that_registers_gets_a_request_that_it_takes() {
    let bank = TestBank::start().await;
    let british = Made::new(&bank, Value::Null).await;
    let brazilian = Made::new(&bank, json!({ "ecosystem": "brasil" })).await;
    let banks = get(&bank, "/api/banks").await;
    for listed in banks["items"].as_array().unwrap() {
        let id = listed["id"].as_str().unwrap();
        let tpp = if id == BRAZIL { &brazilian } else { &british };
        if listed["registration_endpoint"].is_null() {
            let asked = json!({ "bank": id });
            let problem = tpp.post(&bank, "requests", asked, 400).await;
            assert_eq!(problem["field"], "bank", "{problem}");
            continue;
        }
        let request = tpp.request(&bank, id, json!({})).await;
        assert_eq!(request["method"], "POST");
        assert_eq!(request["content_type"], listed["request_media_type"]);
        let answer = deliver(&tpp.http, &request, None).await.unwrap();
        assert_eq!(answer.status(), 201, "{id}");
    }
}

#[tokio::test]
async fn a_replacing_request_goes_to_its_client() {
    let bank = TestBank::start().await;
    let tpp = Made::new(&bank, json!({ "ecosystem": "brasil" })).await;
    let registered = body(tpp.register(&bank, BRAZIL).await).await;
    let asked = json!({
        "operation": "update",
        "client_id": registered["client_id"],
        "claims": { "client_name": "Another" },
    });
    let request = tpp.request(&bank, BRAZIL, asked).await;
    assert_eq!(request["method"], "PUT");
    assert_eq!(request["url"], registered["registration_client_uri"]);
    let token = registered["registration_access_token"].as_str();
    let answer = deliver(&tpp.http, &request, token).await.unwrap();
    assert_eq!(answer.status(), 200, "{}", answer.text().await.unwrap());
    for (asked, field) in [
        (json!({ "bank": BANK, "operation": "update" }), "client_id"),
        (json!({ "bank": BANK, "client_id": "x" }), "client_id"),
        (
            json!({ "bank": "virgin-money", "operation": "update", "client_id": "x" }),
            "operation",
        ),
    ] {
        let problem = tpp.post(&bank, "requests", asked, 400).await;
        assert_eq!(problem["field"], field, "{problem}");
    }
}

#[tokio::test]
async fn an_assertion_gets_a_token_and_each_flaw_of_one_gets_none() {
    let bank = TestBank::start().await;
    let tpp = Made::new(&bank, Value::Null).await;
    let claims = json!({ "claims": {
        "token_endpoint_auth_method": "private_key_jwt",
        "token_endpoint_auth_signing_alg": "PS256",
    } });
    let request = tpp.request(&bank, BANK, claims).await;
    let registered = deliver(&tpp.http, &request, None).await.unwrap();
    let registered = body(registered).await;
    let endpoint = format!("{}/token", bank.emulator.url(BANK));
    let ask = async |assertion: &Value| {
        let form = encode(&[
            ("grant_type", "client_credentials"),
            ("client_assertion_type", ASSERTION_TYPE),
            ("client_assertion", assertion["assertion"].as_str().unwrap()),
        ]);
        let sent = tpp.http.post(&endpoint).header("content-type", FORM);
        sent.body(form).send().await.unwrap()
    };
    let mut asked = json!({ "bank": BANK, "client_id": registered["client_id"] });
    for flaw in FLAWS {
        // So that there is something to replay.
        asked["flaw"] = Value::Null;
        let good = tpp.post(&bank, "assertions", asked.clone(), 200).await;
        assert_eq!(members(&good), ["assertion"]);
        assert_eq!(ask(&good).await.status(), 200);
        asked["flaw"] = flaw.into();
        if flaw == "stale" {
            let problem = tpp.post(&bank, "assertions", asked.clone(), 400).await;
            assert_eq!(problem["field"], "flaw");
            continue;
        }
        let assertion = tpp.post(&bank, "assertions", asked.clone(), 200).await;
        let answer = ask(&assertion).await;
        assert_eq!(answer.status(), 401, "{flaw}");
        let refused = body(answer).await;
        assert_eq!(refused["error"], "invalid_client", "{flaw}");
    }
}

#[tokio::test]
async fn a_flaw_that_cannot_be_is_a_400_that_names_those_that_can() {
    let bank = TestBank::start().await;
    let british = Made::new(&bank, Value::Null).await;
    let brazilian = Made::new(&bank, json!({ "ecosystem": "brasil" })).await;
    for (tpp, below, asked, not_allowed) in [
        (
            &british,
            "statements",
            json!({ "flaw": "broken" }),
            "broken",
        ),
        (
            &british,
            "statements",
            json!({ "flaw": "wrong-audience" }),
            "wrong-audience",
        ),
        (
            &brazilian,
            "statements",
            json!({ "flaw": "replayed" }),
            "replayed",
        ),
        (
            &british,
            "requests",
            json!({ "bank": "uk-ob-3.1", "flaw": "alg-rs256" }),
            "alg-rs256",
        ),
        (
            &brazilian,
            "requests",
            json!({ "bank": BRAZIL, "flaw": "alg-none" }),
            "alg-none",
        ),
        (
            &british,
            "assertions",
            json!({ "bank": BANK, "client_id": "x", "flaw": "stale" }),
            "stale",
        ),
    ] {
        let problem = tpp.post(&bank, below, asked, 400).await;
        assert_eq!(problem["field"], "flaw", "{problem}");
        let found = problem["found"].as_str().unwrap();
        assert!(
            found.starts_with('`') || found.starts_with("one"),
            "{problem}"
        );
        let allowed = problem["allowed"].as_str().unwrap();
        assert!(
            !allowed.split(", ").any(|flaw| flaw == not_allowed),
            "{problem}"
        );
        let names_others =
            allowed.starts_with("expired, ") || allowed.contains("software_statement");
        assert!(names_others, "{problem}");
    }
    let asked = json!({ "bank": BRAZIL, "header": { "typ": "x" } });
    let problem = brazilian.post(&bank, "requests", asked, 400).await;
    assert_eq!(problem["field"], "header");
}

#[tokio::test]
async fn an_rs256_signature_by_an_ec_key_is_409_with_the_way_out() {
    let bank = TestBank::start().await;
    let key = || Key::generate(KeyAlgorithm::EcP256).unwrap();
    let tpp = bank.emulator.tpp().signing_key(key()).transport_key(key());
    let tpp = tpp.create().await.unwrap();
    for (below, body) in [
        ("requests", json!({ "bank": BANK, "flaw": "alg-rs256" })),
        (
            "assertions",
            json!({ "bank": BANK, "client_id": "x", "flaw": "alg-rs256" }),
        ),
    ] {
        let path = format!("/api/tpps/{}/{below}", tpp.software_id());
        let problem = post(&bank, &path, body, 409).await;
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains("a TPP with an RSA key"), "{detail}");
    }
}
