//! Software statements of Brazilian TPPs and the key stores that they name.

use aspsp_emulator::Role;
use aspsp_emulator::directory::signer::DirectoryError;
use aspsp_emulator::directory::tpp::{OrgStatus, SoftwareStatus};
use aspsp_emulator::domain::ecosystem::Ecosystem;
use aspsp_emulator::domain::ids::KeyId;
use aspsp_emulator::domain::jwk::{KeySetEntry, KeyUse, PublicKey};
use aspsp_emulator::domain::jws::{Algorithm, SigningKey};
use aspsp_emulator::emulator::tpp::TppError;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::clients::members;
use crate::connections::{HTTP1, plain_client};
use crate::helpers::{TestBank, TestTpp, json as body, rsa_key};
use crate::key_stores::{directory_keys, keys, part, verifies};

pub async fn brazilian(bank: &TestBank) -> TestTpp {
    bank.tpp_with(|tpp| {
        let tpp = tpp.ecosystem(Ecosystem::Brazil);
        tpp.redirect_uri("https://app.example/cb")
    })
    .await
}

fn claims_of(tpp: &TestTpp) -> Value {
    part(&tpp.tpp.statement().unwrap(), 1)
}

const CLAIMS: [&str; 30] = [
    "iat",
    "iss",
    "org_id",
    "org_jwks_inactive_uri",
    "org_jwks_transport_inactive_uri",
    "org_jwks_transport_uri",
    "org_jwks_uri",
    "org_name",
    "org_number",
    "org_status",
    "organisation_competent_authority_claims",
    "software_api_webhook_uris",
    "software_client_description",
    "software_client_id",
    "software_client_name",
    "software_client_uri",
    "software_environment",
    "software_id",
    "software_jwks_inactive_uri",
    "software_jwks_transport_inactive_uri",
    "software_jwks_transport_uri",
    "software_jwks_uri",
    "software_logo_uri",
    "software_mode",
    "software_policy_uri",
    "software_redirect_uris",
    "software_roles",
    "software_statement_roles",
    "software_tos_uri",
    "software_version",
];

#[tokio::test]
async fn a_brazilian_statement_holds_the_claims_of_its_directory_and_no_others() {
    let bank = TestBank::start().await;
    let tpp = brazilian(&bank).await;
    bank.emulator.clock().freeze();
    let claims = claims_of(&tpp);
    assert_eq!(members(&claims), CLAIMS);
    assert_eq!(
        claims["iss"],
        "Open Finance Open Finance Brasil sandbox SSA issuer"
    );
    assert_eq!(claims["iat"], bank.emulator.clock().unix());
    for name in ["software_id", "org_id"] {
        let id = uuid::Uuid::parse_str(claims[name].as_str().unwrap()).unwrap();
        assert_eq!(id.get_version_num(), 4, "{name}");
    }
    assert_eq!(claims["software_client_id"], claims["software_id"]);
    assert_eq!(claims["software_mode"], "Test");
    assert_eq!(claims["software_environment"], "sandbox");
    assert_eq!(claims["org_status"], "Active");
    assert_eq!(claims["software_roles"], json!(["DADOS", "PAGTO"]));
    assert_eq!(
        claims["software_redirect_uris"],
        json!(["https://app.example/cb"])
    );
    let role =
        json!({ "role": "DADOS", "authorisation_domain": "Open Banking", "status": "Active" });
    assert_eq!(claims["software_statement_roles"][0], role);
    let number = claims["org_number"].as_str().unwrap();
    assert_eq!(number.len(), 14);
    let authorities = claims["organisation_competent_authority_claims"]
        .as_array()
        .unwrap();
    assert_eq!(authorities.len(), 2);
    assert_eq!(
        authorities[1]["registration_id"],
        format!("{}-OBB-PAGTO", &number[..8])
    );
    assert_eq!(authorities[1]["authority_code"], "BCB");
}

#[tokio::test]
async fn a_brazilian_statement_verifies_with_the_directorys_key_under_signer() {
    let bank = TestBank::start().await;
    let tpp = brazilian(&bank).await;
    let statement = tpp.tpp.statement().unwrap();
    let header = json!({ "alg": "PS256", "kid": "signer", "typ": "JWT" });
    assert_eq!(part(&statement, 0), header);
    let keys = directory_keys(&bank).await;
    let kids: Vec<&Value> = keys.iter().map(|key| &key["kid"]).collect();
    let uk_statement = bank.tpp().await.tpp.statement().unwrap();
    assert_eq!(kids, [&part(&uk_statement, 0)["kid"], &json!("signer")]);
    assert!(verifies(&statement, &keys[1]));
}

#[tokio::test]
async fn every_key_store_in_a_brazilian_statement_answers() {
    let bank = TestBank::start().await;
    let claims = claims_of(&brazilian(&bank).await);
    let stores = CLAIMS.iter().filter(|name| name.contains("_jwks_"));
    assert_eq!(stores.clone().count(), 8);
    for name in stores {
        let url = claims[*name].as_str().unwrap();
        let is_filled = ["software_jwks_uri", "software_jwks_transport_uri"].contains(name);
        assert_eq!(
            keys(&bank, url).await.len(),
            usize::from(is_filled),
            "{name}"
        );
        let posted = plain_client(&bank, HTTP1).post(url).send().await.unwrap();
        assert_eq!(posted.status(), StatusCode::METHOD_NOT_ALLOWED, "{name}");
    }
    let store = claims["software_jwks_uri"].as_str().unwrap();
    let organisation = claims["org_id"].as_str().unwrap();
    for path in [
        store.replacen(organisation, "somebody-else", 1),
        store.replacen(".jwks", ".json", 1),
        store.replacen(organisation, &format!("{organisation}/unknown"), 1),
        format!("{store}/"),
    ] {
        let answer = plain_client(&bank, HTTP1).get(&path).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn transport_keys_have_a_store_of_their_own_and_say_their_subject() {
    let bank = TestBank::start().await;
    let tpp = brazilian(&bank).await;
    let claims = claims_of(&tpp);
    let store = |name: &str| claims[name].as_str().unwrap().to_owned();
    let signing = keys(&bank, &store("software_jwks_uri")).await;
    assert_eq!(signing[0]["kid"], tpp.tpp.kid().as_str());
    assert_eq!(signing[0]["use"], "sig");
    assert_eq!(signing[0].get("x5dn"), None);
    let transport = keys(&bank, &store("software_jwks_transport_uri")).await;
    let credential = tpp.tpp.transport();
    assert_eq!(transport[0]["x5dn"], credential.certificate.subject_dn());
    let der = STANDARD.encode(credential.certificate.der());
    assert_eq!(transport[0]["x5c"][0], der);
    for (kid, inactive) in [
        (&tpp.tpp.kid(), "software_jwks_inactive_uri"),
        (&credential.kid, "software_jwks_transport_inactive_uri"),
    ] {
        bank.emulator.revoke_key(&tpp.tpp, kid).unwrap();
        let moved = keys(&bank, &store(inactive)).await;
        assert_eq!(moved[0]["kid"], kid.as_str());
    }
    for name in ["software_jwks_uri", "software_jwks_transport_uri"] {
        assert_eq!(keys(&bank, &store(name)).await.len(), 0);
    }
}

#[tokio::test]
async fn a_brazilian_certificate_names_software_and_organisation() {
    let bank = TestBank::start().await;
    let tpp = brazilian(&bank).await;
    let claims = claims_of(&tpp);
    let said = |name: &str| claims[name].as_str().unwrap();
    let transport = tpp.tpp.transport();
    let subject = transport.certificate.subject_dn();
    for part in [said("software_id"), said("org_id"), said("org_number")] {
        let hex: String = part.bytes().map(|byte| format!("{byte:02x}")).collect();
        let is_named = subject.contains(part) || subject.to_lowercase().contains(&hex);
        assert!(is_named, "{part} in {subject}");
    }
    let seal = &tpp.tpp.signing().unwrap().certificate;
    assert_eq!(seal.kind().as_str(), "brseal");
}

#[tokio::test]
async fn ids_can_be_ones_own_and_are_given_once() {
    let bank = TestBank::start().await;
    let named = |builder: aspsp_emulator::emulator::tpp_builder::TppBuilder| {
        builder.software_id("my-software").org_id("my-org")
    };
    let tpp = bank.tpp_with(named).await;
    assert_eq!(tpp.tpp.software_id().as_str(), "my-software");
    let claims = claims_of(&tpp);
    assert_eq!(
        (&claims["org_id"], &claims["software_id"]),
        (&json!("my-org"), &json!("my-software"))
    );
    let again = named(bank.emulator.tpp()).create().await.unwrap_err();
    assert_eq!(
        again.to_string(),
        "the directory already lists a software `my-software`: each TPP needs a software id of its own"
    );
    let unusable = bank.emulator.tpp().software_id("a/b").create().await;
    let unusable = unusable.unwrap_err();
    assert!(matches!(
        unusable,
        TppError::Directory(DirectoryError::UnusableId(_))
    ));
}

#[tokio::test]
async fn a_role_of_the_other_ecosystem_is_refused() {
    let bank = TestBank::start().await;
    for (ecosystem, role, text) in [
        (
            Ecosystem::Brazil,
            Role::Aisp,
            "the role AISP is not one of the ecosystem `brasil`: its roles are DADOS, PAGTO, CONTA, CCORR",
        ),
        (
            Ecosystem::Uk,
            Role::Conta,
            "the role CONTA is not one of the ecosystem `uk`: its roles are AISP, PISP, CBPII, ASPSP",
        ),
    ] {
        let tpp = bank.emulator.tpp().ecosystem(ecosystem).role(role);
        assert_eq!(tpp.create().await.unwrap_err().to_string(), text);
    }
}

fn entry(kid: &str, key_use: KeyUse, index: usize) -> KeySetEntry {
    KeySetEntry {
        kid: KeyId::new(kid),
        key_use,
        key: PublicKey::from_spki(&rsa_key(index).public_key_der()).unwrap(),
    }
}

#[tokio::test]
async fn a_key_set_that_is_brought_along_is_published_as_it_is() {
    let bank = TestBank::start().await;
    let set = [
        entry("mine-enc", KeyUse::Encryption, 1),
        entry("mine", KeyUse::Signing, 0),
    ];
    for (ecosystem, store, own) in [
        (Ecosystem::Uk, "software_jwks_endpoint", vec!["tls"]),
        (Ecosystem::Brazil, "software_jwks_uri", vec![]),
    ] {
        let tpp = bank
            .tpp_with(|tpp| tpp.ecosystem(ecosystem).signing_keys(set.clone()))
            .await;
        assert_eq!(tpp.tpp.kid().as_str(), "mine");
        assert!(tpp.tpp.signing().is_none());
        let url = claims_of(&tpp)[store].as_str().unwrap().to_owned();
        let keys = keys(&bank, &url).await;
        let uses: Vec<&str> = keys
            .iter()
            .map(|key| key["use"].as_str().unwrap())
            .collect();
        assert_eq!(uses, [own, vec!["enc", "sig"]].concat());
        assert_eq!(keys.last().unwrap()["kid"], "mine");
        assert_eq!(keys.last().unwrap().get("x5c"), None);
        let unsigned = tpp.request().sign();
        assert!(matches!(unsigned, Err(TppError::KeyNotHere)));
    }
    let useless = bank
        .emulator
        .tpp()
        .signing_keys([entry("e", KeyUse::Encryption, 0)]);
    let useless = useless.create().await.unwrap_err();
    assert!(matches!(
        useless,
        TppError::Directory(DirectoryError::NoSigningKey)
    ));
}

#[tokio::test]
async fn who_brings_a_key_set_registers_with_it() {
    let bank = TestBank::start().await;
    let tpp = bank
        .tpp_with(|tpp| tpp.signing_keys([entry("mine", KeyUse::Signing, 0)]))
        .await;
    let key = SigningKey::from_pem(&rsa_key(0).private_pem()).unwrap();
    let request = tpp.request().signed_with(Algorithm::Ps256, key);
    let answer = tpp.post(request.sign().unwrap()).await;
    let status = answer.status();
    let body = body(answer).await;
    assert_eq!(status, StatusCode::CREATED, "{body}");
}

#[tokio::test]
async fn a_suspended_software_still_has_a_statement_and_its_keys() {
    let bank = TestBank::start().await;
    let tpp = brazilian(&bank).await;
    tpp.tpp
        .set_status(OrgStatus::Active, SoftwareStatus::Suspended);
    let claims = claims_of(&tpp);
    assert_eq!(claims["org_status"], "Active");
    let url = claims["software_jwks_uri"].as_str().unwrap();
    assert_eq!(keys(&bank, url).await.len(), 1);
}
