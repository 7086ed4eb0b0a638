//! Who may read, replace and delete a client.

use aspsp_emulator::dialect::Operation::{Delete, Read, Update};
use aspsp_emulator::dialect::open_finance_brasil::DIALECT;
use aspsp_emulator::dialect::policy::Strictness;
use aspsp_emulator::domain::client::ClientStatus;
use aspsp_emulator::domain::ecosystem::Ecosystem;
use reqwest::Method;
use serde_json::json;

use super::{BANK, Registered, assert_invalid_token, manage, read, register, replacement};
use super::{request, tpp};
use crate::br_helpers::{Answer, Caller, Ground, JSON, Refused, bank, bearer};

/// Found by the tests below.
pub const REFUSED: &[Refused] = &[
    (Read, "token_missing"),
    (Read, "token_malformed"),
    (Read, "token_invalid"),
    (Read, "token_wrong_kind"),
    (Read, "token_of_another_client"),
    (Read, "client_unknown"),
    (Read, "token_certificate_mismatch"),
    (Read, "client_not_manageable"),
    (Read, "fapi_header_malformed"),
    (Update, "token_missing"),
    (Update, "token_malformed"),
    (Update, "token_invalid"),
    (Update, "token_wrong_kind"),
    (Update, "token_of_another_client"),
    (Update, "client_unknown"),
    (Update, "token_certificate_mismatch"),
    (Update, "client_not_manageable"),
    (Delete, "token_missing"),
    (Delete, "token_malformed"),
    (Delete, "token_invalid"),
    (Delete, "token_wrong_kind"),
    (Delete, "token_of_another_client"),
    (Delete, "client_unknown"),
    (Delete, "token_certificate_mismatch"),
    (Delete, "client_not_manageable"),
    (Delete, "fapi_header_malformed"),
];

const METHODS: [Method; 3] = [Method::GET, Method::PUT, Method::DELETE];

/// Calls a client's URL with these header fields and an ordinary replacing request.
async fn call(
    tpp: &Caller,
    method: &Method,
    client: &Registered,
    headers: &[(&str, &str)],
) -> Answer {
    let body = replacement(tpp, client).to_json().unwrap();
    let mut headers = headers.to_vec();
    headers.push(("content-type", JSON));
    tpp.send(method.clone(), &client.path(), &headers, body)
        .await
}

async fn call_with(tpp: &Caller, method: &Method, client: &Registered, token: &str) -> Answer {
    let token = bearer(token);
    call(tpp, method, client, &[("authorization", &token)]).await
}

#[tokio::test]
async fn a_token_in_the_query_is_no_request() {
    let ground = Ground::start().await;
    let tpp = tpp(&ground).await;
    let client = register(&tpp, request(&tpp)).await;
    let path = format!("{}?access_token={}", client.path(), client.token);
    let token = bearer(&client.token);
    for headers in [vec![], vec![("authorization", token.as_str())]] {
        let answer = tpp.send(Method::GET, &path, &headers, String::new()).await;
        let (error, description) = answer.error(400, "query");
        assert_eq!(error, "invalid_request");
        assert!(description.ends_with("(token_malformed)"), "{description}");
    }
    assert_eq!(read(&tpp, &client).await.status, 200);
}

#[tokio::test]
async fn without_a_token_the_challenge_names_the_issuer_and_no_error() {
    let ground = Ground::start().await;
    let tpp = tpp(&ground).await;
    let client = register(&tpp, request(&tpp)).await;
    for method in METHODS {
        let answer = call(&tpp, &method, &client, &[]).await;
        let (error, description) = answer.error(401, method.as_str());
        assert_eq!(error, "invalid_token");
        assert_eq!(description, "no access token provided");
        let challenge = format!("Bearer realm=\"{}\"", ground.emulator.issuer(BANK));
        assert_eq!(answer.header("www-authenticate"), challenge);
    }
    assert_eq!(read(&tpp, &client).await.status, 200);
}

#[tokio::test]
async fn what_is_no_bearer_token_is_400() {
    let ground = Ground::start().await;
    let tpp = tpp(&ground).await;
    let client = register(&tpp, request(&tpp)).await;
    for method in METHODS {
        for header in [
            "Bearer",
            "Bearer ",
            "Basic YTpi",
            "x",
            "Token abc",
            "Bearer a b",
            "",
        ] {
            let answer = call(&tpp, &method, &client, &[("authorization", header)]).await;
            let (error, _) = answer.error(400, &format!("{method} {header:?}"));
            assert_eq!(error, "invalid_request", "{header:?}");
        }
    }
    assert_eq!(read(&tpp, &client).await.status, 200);
}

#[tokio::test]
async fn an_unknown_token_is_401_and_the_reason_is_not_told() {
    let ground = Ground::start().await;
    let tpp = tpp(&ground).await;
    let client = register(&tpp, request(&tpp)).await;
    for method in METHODS {
        let answer = call_with(&tpp, &method, &client, "unknown").await;
        assert_invalid_token(&ground, &answer, method.as_str());
    }
    assert_eq!(read(&tpp, &client).await.status, 200);
}

#[tokio::test]
async fn the_scheme_of_a_token_is_of_any_case() {
    let ground = Ground::start().await;
    let tpp = tpp(&ground).await;
    let client = register(&tpp, request(&tpp)).await;
    let header = format!("bEARER {}", client.token);
    let answer = call(&tpp, &Method::GET, &client, &[("authorization", &header)]).await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn the_token_of_another_client_is_401_and_destroyed() {
    let ground = Ground::start().await;
    let tpp = tpp(&ground).await;
    let client = register(&tpp, request(&tpp)).await;
    for method in METHODS {
        let prober = register(&tpp, request(&tpp)).await;
        let answer = call_with(&tpp, &method, &client, &prober.token).await;
        assert_invalid_token(&ground, &answer, method.as_str());
        let own = read(&tpp, &prober).await;
        assert_invalid_token(&ground, &own, "the token that was presented");
        assert_eq!(read(&tpp, &client).await.status, 200, "{method}");
    }
}

#[tokio::test]
async fn an_unknown_client_is_401_and_the_token_destroyed() {
    let ground = Ground::start().await;
    let tpp = tpp(&ground).await;
    for method in METHODS {
        for id in ["unknown", "%3Cscript%3E", "a%00b"] {
            let client = register(&tpp, request(&tpp)).await;
            let nobody = Registered {
                id: id.to_owned(),
                token: client.token.clone(),
                body: json!({}),
            };
            let answer = call_with(&tpp, &method, &nobody, &client.token).await;
            assert_invalid_token(&ground, &answer, method.as_str());
            let own = read(&tpp, &client).await;
            assert_invalid_token(&ground, &own, "the token that was presented");
        }
    }
}

#[tokio::test]
async fn an_unknown_client_is_404_with_errors_where_the_switch_says_so() {
    let switches = json!({ "unknown_client": "not_found" });
    let banks = vec![bank(&DIALECT, BANK, Strictness::Conformance, switches)];
    let ground = Ground::with_banks(banks).await;
    let tpp = ground.tpp(BANK, Ecosystem::Brazil).await;
    for method in METHODS {
        let client = register(&tpp, request(&tpp)).await;
        let nobody = Registered {
            id: "unknown".to_owned(),
            ..client
        };
        let answer = call_with(&tpp, &method, &nobody, &nobody.token).await;
        answer.errors(404, method.as_str());
    }
}

#[tokio::test]
async fn an_ordinary_access_token_manages_nothing() {
    let ground = Ground::start().await;
    let tpp = tpp(&ground).await;
    let client = register(&tpp, request(&tpp)).await;
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", client.id.as_str()),
    ];
    let token = tpp.token_request(&form).await.text("access_token");
    for method in METHODS {
        let answer = call_with(&tpp, &method, &client, &token).await;
        assert_invalid_token(&ground, &answer, method.as_str());
    }
    assert_eq!(read(&tpp, &client).await.status, 200);
}

#[tokio::test]
async fn a_token_over_the_certificate_of_another_tpp_is_401() {
    let ground = Ground::start().await;
    let (owner, other) = (tpp(&ground).await, tpp(&ground).await);
    let org_id = owner.tpp.org_id().to_string();
    let sibling = ground
        .tpp_with(BANK, Ecosystem::Brazil, |tpp| tpp.org_id(org_id))
        .await;
    let client = register(&owner, request(&owner)).await;
    for thief in [&other, &sibling] {
        for method in METHODS {
            let answer = call_with(thief, &method, &client, &client.token).await;
            assert_invalid_token(&ground, &answer, method.as_str());
        }
    }
    assert_eq!(read(&owner, &client).await.status, 200);
}

#[tokio::test]
async fn a_suspended_client_is_403_until_it_is_let_again() {
    let ground = Ground::start().await;
    let tpp = tpp(&ground).await;
    let client = register(&tpp, request(&tpp)).await;
    let set = async |status| {
        let id = client.client_id();
        let set = ground.emulator.set_client_status(BANK, &id, status).await;
        assert!(set.unwrap());
    };
    set(ClientStatus::Suspended).await;
    for method in METHODS {
        let answer = call_with(&tpp, &method, &client, &client.token).await;
        let (error, description) = answer.error(403, method.as_str());
        assert_eq!(error, "invalid_request", "{method}");
        assert!(description.contains(&client.id), "{description}");
    }
    set(ClientStatus::Active).await;
    assert_eq!(manage(&tpp, Method::DELETE, &client, "").await.status, 204);
}

#[tokio::test]
async fn malformed_header_fields_are_400_where_the_switch_says_so() {
    let switches = json!({ "fapi_headers": "check" });
    let banks = vec![bank(&DIALECT, BANK, Strictness::Conformance, switches)];
    let ground = Ground::with_banks(banks).await;
    let tpp = ground.tpp(BANK, Ecosystem::Brazil).await;
    let client = register(&tpp, request(&tpp)).await;
    let token = bearer(&client.token);
    for method in METHODS {
        let headers = [
            ("authorization", token.as_str()),
            ("x-fapi-customer-ip-address", "nowhere"),
        ];
        let answer = call(&tpp, &method, &client, &headers).await;
        let (error, description) = answer.error(400, method.as_str());
        assert_eq!(error, "invalid_request", "{description}");
        assert!(
            description.ends_with("(fapi_header_malformed)"),
            "{description}"
        );
    }
}

#[tokio::test]
async fn older_engines_answer_a_missing_token_with_400_and_newer_a_malformed_one_with_401() {
    let switches = json!({ "bad_auth_status": { "missing": 400, "malformed": 401 } });
    let banks = vec![bank(&DIALECT, BANK, Strictness::Conformance, switches)];
    let ground = Ground::with_banks(banks).await;
    let tpp = ground.tpp(BANK, Ecosystem::Brazil).await;
    let client = register(&tpp, request(&tpp)).await;
    for method in METHODS {
        let missing = call(&tpp, &method, &client, &[]).await;
        let (error, description) = missing.error(400, method.as_str());
        assert_eq!(error, "invalid_request");
        assert_eq!(description, "no access token provided");
        let malformed = call(&tpp, &method, &client, &[("authorization", "Basic YTpi")]).await;
        assert_invalid_token(&ground, &malformed, method.as_str());
    }
}
