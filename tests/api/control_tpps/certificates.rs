//! Further certificates, with and without flaws, and revocation.

use super::keys_kept::csr;
use super::*;
use crate::clients::members;
use crate::helpers::rsa_key;

/// The serial numbers of `/ca.crl`, in hex.
pub async fn revoked(bank: &TestBank) -> Vec<String> {
    let list = http().get(url(&bank.emulator, "/ca.crl")).send().await;
    let list = list.unwrap().bytes().await.unwrap();
    let (_, pem) = x509_parser::pem::parse_x509_pem(&list).unwrap();
    let (_, crl) = x509_parser::parse_x509_crl(&pem.contents).unwrap();
    let listed = crl.iter_revoked_certificates();
    listed
        .map(|revoked| revoked.serial().to_str_radix(16))
        .collect()
}

/// The `kid`s of a key store of a TPP, by the claim that names it.
pub async fn kids(bank: &TestBank, tpp: &Made, claim: &str) -> Vec<String> {
    let statement = tpp.post(bank, "statements", Value::Null, 200).await;
    let store = statement["claims"][claim].as_str().unwrap();
    let keys = crate::key_stores::keys(bank, store).await;
    let kids = keys.iter().map(|key| key["kid"].as_str().unwrap());
    kids.map(str::to_owned).collect()
}

/// Whether a client gets a connection.
pub async fn connects(bank: &TestBank, http: &Client) -> bool {
    let url = format!("{}/jwks", bank.emulator.url(BANK));
    http.get(url).send().await.is_ok()
}

#[tokio::test]
async fn a_further_certificate_stands_beside_the_one_in_use() {
    let bank = TestBank::start().await;
    let tpp = Made::new(&bank, Value::Null).await;
    let path = format!("{}/certificates", tpp.path);
    let asked = json!({ "kind": "obwac" });
    let answer = send(&bank.emulator, Method::POST, &path, &asked).await;
    assert_eq!(answer.status(), 201);
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let location = answer.headers()["location"].to_str().unwrap().to_owned();
    let more = body(answer).await;
    assert_eq!(
        location,
        format!("{path}/{}", more["kid"].as_str().unwrap())
    );
    assert_eq!(
        members(&more),
        [
            "certificate",
            "current",
            "key",
            "kid",
            "kind",
            "not_after",
            "p12",
            "replaced",
            "serial",
            "sha256",
            "subject_dn",
        ]
    );
    assert_eq!(
        (&more["kind"], &more["current"]),
        (&json!("obwac"), &json!(false))
    );
    assert!(more["replaced"].is_null());
    for http in [&tpp.http, &mutual(&bank, &more)] {
        assert!(connects(&bank, http).await);
    }
    let signing = tpp
        .post(&bank, "certificates", json!({ "kind": "qseal" }), 201)
        .await;
    assert_eq!(
        (&signing["alg"], signing.get("p12")),
        (&json!("PS256"), None)
    );
    let current = kids(&bank, &tpp, "software_jwks_endpoint").await;
    assert_eq!(current.len(), 4);
    // The location is where it is revoked.
    answered(&bank.emulator, Method::DELETE, &location, &Value::Null, 204).await;
    assert!(!connects(&bank, &mutual(&bank, &more)).await);
    assert!(connects(&bank, &tpp.http).await);
}

#[tokio::test]
async fn a_certificate_for_a_request_has_its_key_and_no_private_one() {
    let bank = TestBank::start().await;
    let tpp = Made::new(&bank, Value::Null).await;
    let asked = json!({ "kind": "ob-transport", "csr": csr(&rsa_key(1)) });
    let more = tpp.post(&bank, "certificates", asked, 201).await;
    assert_eq!((more.get("key"), more.get("p12")), (None, None));
    let chain = more["certificate"].as_str().unwrap();
    let http = mutual_with(&bank, chain, &rsa_key(1).private_pem());
    assert!(connects(&bank, &http).await);
}

#[tokio::test]
async fn each_flaw_of_a_further_certificate_is_met_and_it_is_not_used() {
    let bank = TestBank::start().await;
    let tpp = Made::new(&bank, Value::Null).await;
    for flaw in [
        "expired",
        "not-yet-valid",
        "untrusted-issuer",
        "wrong-eku",
        "wrong-org",
        "revoked",
    ] {
        let asked = json!({ "kind": "ob-transport", "flaw": flaw });
        let more = tpp.post(&bank, "certificates", asked, 201).await;
        assert_eq!(more["current"], false, "{flaw}");
        let connects = connects(&bank, &mutual(&bank, &more)).await;
        assert_eq!(connects, flaw == "wrong-org", "{flaw}");
        let serial = more["serial"].as_str().unwrap().to_owned();
        assert_eq!(revoked(&bank).await.contains(&serial), flaw == "revoked");
    }
    tpp.registered(&bank).await;
}

#[tokio::test]
async fn a_revoked_certificate_is_refused_in_the_handshake_and_on_open_connections() {
    let bank = TestBank::start().await;
    for named in ["/transport/serial", "/transport/kid"] {
        let tpp = Made::new(&bank, Value::Null).await;
        tpp.registered(&bank).await;
        let serial = tpp.text("/transport/serial").to_owned();
        let named = match tpp.answer.pointer(named) {
            Some(serial) => serial.as_str().unwrap().to_owned(),
            None => transport_kid(&bank, &tpp).await,
        };
        let request = tpp.request(&bank, BANK, json!({})).await;
        let path = format!("{}/certificates/{named}", tpp.path);
        for _ in 0..2 {
            answered(&bank.emulator, Method::DELETE, &path, &Value::Null, 204).await;
        }
        assert!(revoked(&bank).await.contains(&serial));
        // The connection that registered is still there.
        let answer = deliver(&tpp.http, &request, None).await.unwrap();
        assert_eq!(answer.status(), 401);
        let fresh = mutual(&bank, &tpp.answer["transport"]);
        assert!(deliver(&fresh, &request, None).await.is_err());
        assert_eq!(
            kids(&bank, &tpp, "software_jwks_revoked_endpoint")
                .await
                .len(),
            1
        );
    }
}

/// The `kid` of the transport key: the one in the store that does not sign.
async fn transport_kid(bank: &TestBank, tpp: &Made) -> String {
    let signing = tpp.text("/signing/kid");
    let mut kids = kids(bank, tpp, "software_jwks_endpoint").await;
    kids.retain(|kid| kid != signing);
    kids.remove(0)
}

#[tokio::test]
async fn a_residents_certificate_is_revoked_for_its_world_only() {
    let dir = tempfile::tempdir().unwrap();
    let bank = TestBank::start_with(|builder| builder.kit(dir.path().join("kit"))).await;
    post(&bank, "/api/worlds", json!({ "name": "other" }), 201).await;
    let list = get(&bank, "/api/worlds/other/tpps").await;
    let resident = &list["items"][0];
    let software = resident["software_id"].as_str().unwrap();
    let serial = resident["transport"]["serial"].as_str().unwrap();
    let path = format!("/api/worlds/other/tpps/{software}/certificates/{serial}");
    answered(&bank.emulator, Method::DELETE, &path, &Value::Null, 204).await;
    assert!(!revoked(&bank).await.contains(&serial.to_owned()));
    let file = |name: &str| std::fs::read_to_string(dir.path().join("kit").join(name)).unwrap();
    let http = mutual_with(&bank, &file("transport.pem"), &file("transport.key"));
    for (base, status) in [("/api", 201), ("/api/worlds/other", 401)] {
        let path = format!("{base}/tpps/{software}/requests");
        let request = post(&bank, &path, json!({ "bank": BANK }), 200).await;
        let answer = deliver(&http, &request, None).await.unwrap();
        assert_eq!(answer.status(), status, "{base}");
    }
}

#[tokio::test]
async fn a_residents_further_certificate_belongs_to_the_world_it_was_made_in() {
    let dir = tempfile::tempdir().unwrap();
    let bank = TestBank::start_with(|builder| builder.kit(dir.path().join("kit"))).await;
    post(&bank, "/api/worlds", json!({ "name": "other" }), 201).await;
    let list = get(&bank, "/api/worlds/other/tpps").await;
    let software = list["items"][0]["software_id"].as_str().unwrap();
    let base = "/api/worlds/other/tpps";
    let path = format!("{base}/{software}/certificates");
    let more = post(&bank, &path, json!({ "kind": "ob-transport" }), 201).await;
    let requests = format!("{base}/{software}/requests");
    let mut request = post(&bank, &requests, json!({ "bank": BANK }), 200).await;
    // By a path of no world, so that the certificate decides.
    request["url"] = format!("{}/register", bank.emulator.url(BANK)).into();
    let answer = deliver(&mutual(&bank, &more), &request, None)
        .await
        .unwrap();
    assert_eq!(answer.status(), 201);
    let clients = format!("/api/worlds/other/banks/{BANK}/clients");
    assert_eq!(
        get(&bank, &clients).await["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(
        get(&bank, &format!("/api/banks/{BANK}/clients")).await["items"],
        json!([])
    );
}
