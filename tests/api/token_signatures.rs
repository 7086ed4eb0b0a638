//! With what a client assertion must be signed.

use aspsp_emulator::domain::client::AuthMethod;
use aspsp_emulator::domain::jws::{Algorithm, SigningKey, signing_input};
use certs_gen::{Key, KeyAlgorithm};
use serde_json::{Value, json};

use crate::clients::{ASSERTION_TYPE, GRANT, assert_token_refused, token_of};
use crate::helpers::{TestBank, rsa_key};
use crate::token_assertions::{Change, FAILED, assert_all_refused, key_of};

fn signed_with(algorithm: Algorithm, key: SigningKey) -> Change<'static> {
    Box::new(move |assertion| assertion.signed_with(algorithm, key))
}

fn header(name: &'static str, value: impl Into<Value>) -> Change<'static> {
    let value = value.into();
    Box::new(move |assertion| assertion.header(name, value))
}

#[tokio::test]
async fn an_assertion_must_be_signed_with_the_registered_algorithm() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    let client = tpp.client(AuthMethod::PrivateKeyJwt).await;
    let ec = Key::generate(KeyAlgorithm::EcP256).unwrap();
    let ec = SigningKey::from_pem(&ec.private_pem()).unwrap();
    // A verifier that lets the header choose would take its public key for a secret.
    let public = SigningKey::secret(&tpp.tpp.signing().unwrap().certificate.pem());
    let cases = vec![
        ("RS256", signed_with(Algorithm::Rs256, key_of(&tpp.tpp))),
        ("ES256", signed_with(Algorithm::Es256, ec)),
        ("HS256", signed_with(Algorithm::Hs256, public)),
        ("alg says none", header("alg", "none")),
        ("alg says RS256", header("alg", "RS256")),
        ("alg is missing", header("alg", Value::Null)),
        ("crit", header("crit", json!(["exp"]))),
    ];
    assert_all_refused(&client, cases).await;
}

#[tokio::test]
async fn an_assertion_must_be_signed_with_a_signing_key_of_the_software() {
    let bank = TestBank::start().await;
    let other = bank.tpp().await;
    let tpp = bank.tpp_with(|tpp| tpp.transport_key(rsa_key(2))).await;
    let client = tpp.client(AuthMethod::PrivateKeyJwt).await;
    let others = || key_of(&other.tpp);
    let others_kid = other.tpp.kid();
    let others_kid = others_kid.as_str();
    let transport = tpp.tpp.transport();
    let transport_key = || transport.signing_key().unwrap().unwrap();
    let cases: Vec<(&str, Change<'_>)> = vec![
        ("another's key", signed_with(Algorithm::Ps256, others())),
        (
            "another's key and kid",
            Box::new(|it| {
                it.signed_with(Algorithm::Ps256, others())
                    .header("kid", others_kid)
            }),
        ),
        (
            "another's key without kid",
            Box::new(|it| {
                it.signed_with(Algorithm::Ps256, others())
                    .header("kid", Value::Null)
            }),
        ),
        (
            "the transport key",
            Box::new(|it| {
                it.signed_with(Algorithm::Ps256, transport_key())
                    .header("kid", transport.kid.as_str())
            }),
        ),
        (
            "the transport key without kid",
            Box::new(|it| {
                it.signed_with(Algorithm::Ps256, transport_key())
                    .header("kid", Value::Null)
            }),
        ),
        ("an unknown kid", header("kid", "unknown")),
    ];
    assert_all_refused(&client, cases).await;
}

#[tokio::test]
async fn an_unsigned_or_broken_assertion_is_refused() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    let client = tpp.client(AuthMethod::PrivateKeyJwt).await;
    let claims = client.assertion().claims().unwrap().clone();
    let Value::Object(header) = json!({"alg": "none", "typ": "JWT"}) else {
        unreachable!("braces make an object")
    };
    let unsigned = format!("{}.", signing_input(&header, &claims));
    let signed = client.assertion().sign().unwrap();
    let (input, _) = signed.rsplit_once('.').unwrap();
    let signature_cut = format!("{input}.");
    for assertion in [
        unsigned.as_str(),
        &signature_cut,
        input,
        "a.b.c",
        "x",
        &format!("{signed}."),
    ] {
        assert_token_refused(tpp.assert_client(assertion).await, FAILED, assertion).await;
    }
    for kind in [
        "",
        "urn:ietf:params:oauth:client-assertion-type:saml2-bearer",
        "jwt-bearer",
    ] {
        let form = [
            GRANT,
            ("client_assertion", &signed),
            ("client_assertion_type", kind),
        ];
        assert_token_refused(tpp.token_request(&form).await, FAILED, kind).await;
    }
    let form = [
        GRANT,
        ("client_assertion", signed.as_str()),
        ("client_assertion_type", ASSERTION_TYPE),
        ("client_id", "another"),
    ];
    assert_token_refused(tpp.token_request(&form).await, FAILED, "client_id").await;
}

#[tokio::test]
async fn a_revoked_key_authenticates_nobody() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    let client = tpp.client(AuthMethod::PrivateKeyJwt).await;
    token_of(client.assert_with(|assertion| assertion).await).await;
    bank.emulator.revoke_key(&tpp.tpp, &tpp.tpp.kid()).unwrap();
    let with_kid = client.assert_with(|assertion| assertion).await;
    assert_token_refused(with_kid, FAILED, "with kid").await;
    let without_kid = client
        .assert_with(|assertion| assertion.header("kid", Value::Null))
        .await;
    assert_token_refused(without_kid, FAILED, "without kid").await;
}

#[tokio::test]
async fn a_client_secret_jwt_needs_the_clients_own_secret_and_hs256() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    let (client, other) = (
        tpp.client(AuthMethod::ClientSecretJwt).await,
        tpp.client(AuthMethod::ClientSecretJwt).await,
    );
    for (case, secret) in [
        ("another's", other.secret()),
        ("a part", &client.secret()[1..]),
    ] {
        let key = SigningKey::secret(secret);
        let answer = client
            .assert_with(|assertion| assertion.signed_with(Algorithm::Hs256, key))
            .await;
        assert_token_refused(answer, FAILED, case).await;
    }
    // The software's own key is not the secret.
    let answer = client.assert_with(|assertion| assertion).await;
    assert_token_refused(answer, FAILED, "PS256").await;
}
