//! A dialect of one's own: the tables of another with a name, a path, a limit and a check of its
//! own, and one line to add a bank that speaks it.

use aspsp_emulator::config::BankConfig;
use aspsp_emulator::dialect::checks::{Check, Outcome};
use aspsp_emulator::dialect::claims::{Claim, Shape, claim};
use aspsp_emulator::dialect::fault::Fault;
use aspsp_emulator::dialect::{Dialect, Operation, uk_ob, uk_ob_3_3};
use aspsp_emulator::domain::ecosystem::Ecosystem;
use aspsp_emulator::domain::error::RegistrationError;
use serde_json::json;

use crate::helpers::{Caller, World, json as json_of};

/// UK 3.3 for whoever wants accounts only, under short nicknames.
static TOY: Dialect = Dialect {
    id: "toy-bank",
    base_path: "/toys/bank",
    claims: &[
        uk_ob_3_3::DIALECT.claims[0],
        uk_ob_3_3::DIALECT.claims[1],
        uk_ob_3_3::DIALECT.claims[2],
        uk_ob_3_3::DIALECT.claims[3],
        NICKNAME,
    ],
    checks,
    ..uk_ob_3_3::DIALECT
};

const NICKNAME: &[Claim] = &[claim("nickname", Shape::Text(5))];

static PAYMENTS_UNWELCOME: Check = Check {
    name: "payments_unwelcome",
    source: "the toy bank's own rules",
    fault: Fault::Registration(RegistrationError::InvalidClientMetadata),
    run: |facts| {
        let scope = facts
            .claims()
            .and_then(|claims| claims.get("scope")?.as_str());
        match scope {
            None => Outcome::not_reached(),
            Some(scope) => Outcome::when(
                !scope.contains("payments"),
                format!("scope '{scope}'"),
                "one without payments",
            ),
        }
    },
};

/// Reaches what it is about for these applications only.
static MOBILE_UNREACHED: Check = Check {
    name: "mobile_unreached",
    source: "the toy bank's own rules",
    fault: Fault::Registration(RegistrationError::InvalidClientMetadata),
    run: |facts| {
        let kind = facts
            .claims()
            .and_then(|claims| claims.get("application_type")?.as_str());
        if kind == Some("mobile") {
            Outcome::not_reached()
        } else {
            Outcome::met()
        }
    },
};

const OWN: &[&Check] = &[&PAYMENTS_UNWELCOME, &MOBILE_UNREACHED];

fn checks(operation: Operation) -> &'static [&'static [&'static Check]] {
    static REGISTER: std::sync::OnceLock<Vec<&[&Check]>> = std::sync::OnceLock::new();
    let others = uk_ob::checks(operation);
    if operation != Operation::Register {
        return others;
    }
    REGISTER.get_or_init(|| others.iter().copied().chain([OWN]).collect())
}

async fn toys() -> (World, Caller) {
    let world = World::start([BankConfig::of(&TOY)]).await;
    let tpp = world.tpp(Ecosystem::Uk).await;
    (world, tpp)
}

async fn register(
    world: &World,
    tpp: &Caller,
    claims: &[(&str, &str)],
) -> (u16, serde_json::Value) {
    let request = claims
        .iter()
        .fold(tpp.request(TOY.id), |request, (name, value)| {
            request.claim(name, *value)
        });
    let url = format!("{}/register", world.emulator.url(TOY.id));
    assert!(url.ends_with("/toys/bank/register"), "{url}");
    let headers = [("content-type", "application/jose")];
    let answer = tpp.send("POST", &url, &headers, request.sign().unwrap());
    let answer = answer.await;
    (answer.status().as_u16(), json_of(answer).await)
}

#[tokio::test]
async fn a_dialect_of_ones_own_registers_reads_and_deletes() {
    let (world, tpp) = toys().await;
    let asked = [("scope", "openid accounts"), ("nickname", "dolly")];
    let (status, client) = register(&world, &tpp, &asked).await;
    assert_eq!(status, 201, "{client}");
    assert_eq!(client["nickname"], "dolly");
    let id = client["client_id"].as_str().unwrap();
    let url = world.emulator.url(TOY.id);
    let token = crate::helpers::bearer(&tpp.token(&url, id, "").await);
    let headers = [("authorization", token.as_str())];
    let item = format!("{url}/register/{id}");
    assert_eq!(
        json_of(tpp.send("GET", &item, &headers, "").await).await,
        client
    );
    assert_eq!(tpp.send("DELETE", &item, &headers, "").await.status(), 204);
}

#[tokio::test]
async fn a_dialect_of_ones_own_refuses_by_its_own_limit_and_check_and_by_those_it_took_over() {
    let (world, tpp) = toys().await;
    let scope = ("scope", "openid accounts");
    for (claims, check) in [
        (vec![scope, ("nickname", "dollie")], "claim_malformed"),
        // What cannot be judged is not accepted.
        (
            vec![scope, ("application_type", "mobile")],
            "mobile_unreached",
        ),
        (vec![("scope", "openid payments")], "payments_unwelcome"),
        (
            vec![scope, ("application_type", "toy")],
            "application_type_wrong",
        ),
    ] {
        let (status, body) = register(&world, &tpp, &claims).await;
        assert_eq!(status, 400, "{body}");
        let expected = json!("invalid_client_metadata");
        assert_eq!(body["error"], expected, "{body}");
        let description = body["error_description"].as_str().unwrap();
        assert!(description.ends_with(&format!("({check})")), "{body}");
    }
}

#[tokio::test]
async fn a_bank_takes_the_place_of_the_one_with_its_id() {
    let in_place = BankConfig {
        id: "uk-ob-3.3".to_owned(),
        ..BankConfig::of(&TOY)
    };
    let world = World::start([in_place]).await;
    let url = world.emulator.url("uk-ob-3.3");
    assert!(url.ends_with("/toys/bank"), "{url}");
    let tpp = world.tpp(Ecosystem::Uk).await;
    let former = url.replace("/toys/bank", "/uk-ob-3.3/jwks");
    assert_eq!(tpp.send("GET", &former, &[], "").await.status(), 404);
    let jwks = format!("{url}/jwks");
    assert_eq!(tpp.send("GET", &jwks, &[], "").await.status(), 200);
}

#[tokio::test]
async fn the_document_of_a_dialect_of_ones_own_has_its_claim_and_its_check() {
    let (world, _) = toys().await;
    let document = world.emulator.openapi(TOY.id).unwrap();
    let schemas = &document["components"]["schemas"];
    for name in ["RegistrationRequest", "Client"] {
        let nickname = &schemas[name]["properties"]["nickname"];
        assert_eq!(nickname["maxLength"], 5, "{name}");
    }
    let refused = |path: &str, method: &str| {
        let response = &document["paths"][path][method]["responses"]["400"];
        response["description"].as_str().unwrap().to_owned()
    };
    assert!(refused("/register", "post").contains("payments_unwelcome"));
    assert!(!refused("/register/{ClientId}", "put").contains("payments_unwelcome"));
}
