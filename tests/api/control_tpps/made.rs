//! Making TPPs, reading and listing them.

use aspsp_emulator::dialect;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::*;
use crate::clients::members;
use crate::control_openapi::{assert_described, document};
use crate::key_stores::part;

const SOFTWARE: &str = "4fyviMySoftwareIdIsThs";

#[tokio::test]
async fn a_tpp_of_which_nothing_is_said_registers_with_what_the_answer_holds() {
    let bank = TestBank::start().await;
    let answer = send(&bank.emulator, Method::POST, "/api/tpps", &Value::Null).await;
    assert_eq!(answer.status(), 201);
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let location = answer.headers()["location"].to_str().unwrap().to_owned();
    let made = body(answer).await;
    assert_eq!(
        location,
        format!("/api/tpps/{}", made["software_id"].as_str().unwrap())
    );
    assert_eq!(
        members(&made),
        [
            "banks",
            "ecosystem",
            "org_id",
            "redirect_uris",
            "roles",
            "signing",
            "software_id",
            "ssa",
            "transport",
            "world",
        ]
    );
    assert_eq!(
        (&made["ecosystem"], &made["world"]),
        (&json!("uk"), &json!("default"))
    );
    assert_eq!(made["roles"], json!(["AISP", "PISP", "CBPII"]));
    let transport = &made["transport"];
    assert_eq!(
        members(transport),
        [
            "certificate",
            "key",
            "kind",
            "not_after",
            "p12",
            "serial",
            "sha256",
            "subject_dn",
        ]
    );
    assert_eq!(transport["kind"], "ob-transport");
    assert_eq!(
        members(&made["signing"]),
        ["alg", "certificate", "key", "kid", "kind"]
    );
    assert_eq!(made["signing"]["kind"], "ob-signing");
    assert_eq!(made["signing"]["alg"], "PS256");
    let claims = part(made["ssa"].as_str().unwrap(), 1);
    assert_eq!(claims["software_id"], made["software_id"]);
    let ids: Vec<&str> = dialect::ALL.iter().map(|dialect| dialect.id).collect();
    let banks = made["banks"].as_array().unwrap().iter();
    assert!(banks.map(|bank| bank["id"].as_str().unwrap()).eq(ids));
    let tpp = Made {
        http: mutual(&bank, transport),
        path: location,
        answer: made,
    };
    tpp.registered(&bank).await;
}

#[tokio::test]
async fn what_is_said_of_a_certificate_is_what_is_in_it() {
    let bank = TestBank::start().await;
    let made = post(&bank, "/api/tpps", Value::Null, 201).await;
    let transport = &made["transport"];
    let text = transport["certificate"].as_str().unwrap();
    let chain: Vec<_> = CertificateDer::pem_slice_iter(text.as_bytes())
        .map(Result::unwrap)
        .collect();
    assert_eq!(chain.len(), 2);
    let (_, leaf) = x509_parser::parse_x509_certificate(&chain[0]).unwrap();
    assert_eq!(transport["serial"], leaf.serial.to_str_radix(16));
    let hash = ::aws_lc_rs::digest::digest(&::aws_lc_rs::digest::SHA256, &chain[0]);
    let hex: String = hash
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(transport["sha256"], hex);
    let not_after = humantime::parse_rfc3339(transport["not_after"].as_str().unwrap()).unwrap();
    let not_after = not_after.duration_since(std::time::UNIX_EPOCH).unwrap();
    let seconds = leaf.validity().not_after.timestamp();
    assert_eq!(not_after.as_secs().cast_signed(), seconds);
    let software = made["software_id"].as_str().unwrap();
    let dn = transport["subject_dn"].as_str().unwrap();
    assert!(dn.starts_with(&format!("CN={software},OU=")), "{dn}");
    // A SEQUENCE, as every PKCS#12 file is.
    let p12 = STANDARD.decode(transport["p12"].as_str().unwrap()).unwrap();
    assert_eq!(p12[0], 0x30);
}

#[tokio::test]
async fn every_field_of_a_uk_and_a_brazilian_tpp_is_as_it_was_asked_for() {
    let bank = TestBank::start().await;
    let (software, org) = (
        "11111111-2222-4333-8444-555555555555",
        "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee",
    );
    for (asked, of_bank) in [
        (
            json!({
                "software_id": SOFTWARE,
                "org_id": "0015800001MyOrgAAA",
                "roles": ["AISP"],
                "redirect_uris": ["https://app.example/cb", "https://app.example/2"],
                "transport": { "kind": "obwac" },
                "signing": { "kind": "obseal" },
            }),
            BANK,
        ),
        (
            json!({
                "ecosystem": "brasil",
                "software_id": software,
                "org_id": org,
                "roles": ["DADOS"],
                "redirect_uris": ["https://app.example/cb"],
                "transport": { "kind": "brcac" },
                "signing": { "kind": "brseal" },
            }),
            BRAZIL,
        ),
    ] {
        let tpp = Made::new(&bank, asked.clone()).await;
        for name in ["software_id", "org_id", "roles", "redirect_uris"] {
            assert_eq!(tpp.answer[name], asked[name], "{name}");
        }
        for name in ["transport", "signing"] {
            assert_eq!(tpp.answer[name]["kind"], asked[name]["kind"], "{name}");
        }
        let answer = tpp.register(&bank, of_bank).await;
        assert_eq!(answer.status(), 201, "{}", answer.text().await.unwrap());
    }
}

#[tokio::test]
async fn a_transport_certificate_with_a_flaw_makes_no_connection_or_is_somebody_elses() {
    let bank = TestBank::start().await;
    for flaw in [
        "expired",
        "not-yet-valid",
        "untrusted-issuer",
        "wrong-eku",
        "revoked",
        "wrong-org",
    ] {
        let asked = json!({ "transport": { "flaw": flaw } });
        let tpp = Made::new(&bank, asked).await;
        let request = tpp.request(&bank, BANK, json!({})).await;
        let answer = deliver(&tpp.http, &request, None).await;
        if flaw == "wrong-org" {
            let refused = body(answer.unwrap()).await.to_string();
            assert!(refused.contains("(certificate_not_the_tpps)"), "{refused}");
        } else {
            let error = format!("{:?}", answer.expect_err(flaw));
            assert!(error.contains("AlertReceived"), "{flaw}: {error}");
        }
    }
}

#[tokio::test]
async fn tpps_are_listed_and_read_without_private_keys() {
    let dir = tempfile::tempdir().unwrap();
    let bank = TestBank::start_with(|builder| builder.kit(dir.path().join("kit"))).await;
    let tpp = Made::new(&bank, Value::Null).await;
    let list = get(&bank, "/api/tpps").await;
    assert!(!list.to_string().contains("PRIVATE KEY"));
    let list = list["items"].as_array().unwrap();
    let resident: Vec<&Value> = list.iter().map(|tpp| &tpp["resident"]).collect();
    assert_eq!(resident, [&json!(true), &json!(true), &json!(false)]);
    let record = get(&bank, &tpp.path).await;
    assert_eq!(record, list[2]);
    assert_eq!(
        members(&record),
        [
            "ecosystem",
            "org_id",
            "org_name",
            "org_status",
            "redirect_uris",
            "resident",
            "roles",
            "signing",
            "software_id",
            "software_name",
            "software_status",
            "transport",
            "world",
        ]
    );
    let of_made = &tpp.answer["transport"];
    assert_eq!(record["transport"]["certificate"], of_made["certificate"]);
    assert_eq!(record["signing"]["kid"], tpp.answer["signing"]["kid"]);
}

#[tokio::test]
async fn urls_are_those_of_the_name_that_the_caller_used() {
    let bank = TestBank::start().await;
    for name in ["127.0.0.1", "localhost"] {
        let answer = http()
            .post(url(&bank.emulator, "/api/tpps"))
            .header("host", name)
            .send();
        let made = body(answer.await.unwrap()).await;
        let base = format!("https://{name}:");
        let endpoint = made["banks"][0]["registration_endpoint"].as_str().unwrap();
        assert!(endpoint.starts_with(&base), "{endpoint}");
        let software = made["software_id"].as_str().unwrap();
        let path = format!("/api/tpps/{software}/requests");
        let request = http()
            .post(url(&bank.emulator, &path))
            .header("host", name)
            .header("content-type", "application/json")
            .body(json!({ "bank": BANK }).to_string());
        let request = body(request.send().await.unwrap()).await;
        let to = request["url"].as_str().unwrap();
        assert!(to.starts_with(&base), "{to}");
    }
}

#[tokio::test]
async fn every_answer_is_what_the_document_says() {
    let bank = TestBank::start().await;
    let document = document(&bank).await;
    let tpp = Made::new(&bank, Value::Null).await;
    let described = |path: &str, method: &str, status: &str, answer: &Value| {
        let operation = &document["paths"][path][method];
        assert_described(&document, operation, status, answer);
    };
    described("/api/tpps", "post", "201", &tpp.answer);
    described("/api/tpps", "get", "200", &get(&bank, "/api/tpps").await);
    let one = "/api/tpps/{software_id}";
    described(one, "get", "200", &get(&bank, &tpp.path).await);
    let changed = answered(&bank.emulator, Method::PATCH, &tpp.path, &json!({}), 200).await;
    described(one, "patch", "200", &changed);
    for (below, asked, status) in [
        ("statements", Value::Null, 200),
        ("requests", json!({ "bank": BANK }), 200),
        ("requests", json!({ "bank": "none" }), 404),
        ("assertions", json!({ "bank": BANK, "client_id": "x" }), 200),
        ("certificates", json!({ "kind": "obwac" }), 201),
        ("certificates", json!({ "kind": "qseal" }), 201),
        ("certificates", json!({ "kind": "brcac" }), 409),
    ] {
        let answer = tpp.post(&bank, below, asked, status).await;
        let path = format!("{one}/{below}");
        described(&path, "post", &status.to_string(), &answer);
    }
}
