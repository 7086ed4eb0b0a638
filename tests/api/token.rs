//! What the token endpoint refuses, and how (RFC 6749 §5.2).

use aspsp_emulator::domain::client::AuthMethod;
use reqwest::{Method, StatusCode};

use crate::clients::{GRANT, TestClient, assert_token_refused, basic, encode, token_of};
use crate::helpers::{FORM, TestBank, TestTpp};

const FAILED: (u16, &str, &str) = (401, "invalid_client", "client_authentication_failed");
const AMBIGUOUS: (u16, &str, &str) = (400, "invalid_request", "client_authentication_ambiguous");
const MALFORMED: (u16, &str, &str) = (400, "invalid_request", "token_request_malformed");

async fn assert_form_refused(tpp: &TestTpp, form: &[(&str, &str)], expected: (u16, &str, &str)) {
    let answer = tpp.token_request(form).await;
    let challenge = assert_token_refused(answer, expected, &format!("{form:?}")).await;
    assert_eq!(challenge, None, "nobody sent an Authorization header");
}

async fn assert_basic_refused(tpp: &TestTpp, id: &str, secret: &str) {
    let answer = tpp.token_request_as(&basic(id, secret), &[GRANT]).await;
    let challenge = assert_token_refused(answer, FAILED, id).await;
    assert_eq!(challenge.as_deref(), Some("Basic realm=\"uk-ob-3.3\""));
}

#[tokio::test]
async fn a_wrong_secret_is_401_and_basic_is_challenged() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    let basic_client = tpp.client(AuthMethod::ClientSecretBasic).await;
    let cut = &basic_client.secret()[..35];
    for secret in ["wrong", "", cut, &format!("{}x", basic_client.secret())] {
        assert_basic_refused(&tpp, &basic_client.id, secret).await;
    }
    let post_client = tpp.client(AuthMethod::ClientSecretPost).await;
    for secret in ["wrong", basic_client.secret()] {
        let form = [
            GRANT,
            ("client_id", &post_client.id),
            ("client_secret", secret),
        ];
        assert_form_refused(&tpp, &form, FAILED).await;
    }
}

#[tokio::test]
async fn an_unknown_or_unnamed_client_is_401() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    assert_basic_refused(&tpp, "nobody", "secret").await;
    for form in [
        &[GRANT, ("client_id", "nobody")][..],
        &[GRANT, ("client_id", "nobody"), ("client_secret", "secret")],
        &[GRANT, ("client_secret", "secret")],
        &[GRANT],
    ] {
        assert_form_refused(&tpp, form, FAILED).await;
    }
}

#[tokio::test]
async fn a_method_that_the_client_did_not_register_is_401() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    for method in AuthMethod::ALL {
        let client = tpp.client(method).await;
        for used in AuthMethod::ALL.into_iter().filter(|used| *used != method) {
            let answer = authenticate_by(&client, used, method).await;
            let case = format!("{used} by a client of {method}");
            assert_token_refused(answer, FAILED, &case).await;
        }
    }
}

/// A token request as a client of the method `used` would make it.
async fn authenticate_by(
    client: &TestClient<'_>,
    used: AuthMethod,
    registered: AuthMethod,
) -> reqwest::Response {
    use aspsp_emulator::domain::jws::{Algorithm, SigningKey};
    let secret = if registered.needs_secret() {
        client.secret()
    } else {
        "none"
    };
    let id = ("client_id", client.id.as_str());
    let tpp = client.tpp;
    match used {
        AuthMethod::TlsClientAuth => tpp.token_request(&[GRANT, id]).await,
        AuthMethod::PrivateKeyJwt => client.assert_with(|assertion| assertion).await,
        AuthMethod::ClientSecretJwt => {
            let key = SigningKey::secret(secret);
            client
                .assert_with(|assertion| assertion.signed_with(Algorithm::Hs256, key))
                .await
        }
        AuthMethod::ClientSecretBasic => {
            tpp.token_request_as(&basic(&client.id, secret), &[GRANT])
                .await
        }
        AuthMethod::ClientSecretPost => {
            tpp.token_request(&[GRANT, id, ("client_secret", secret)])
                .await
        }
    }
}

#[tokio::test]
async fn a_certificate_of_another_tpp_gets_no_token() {
    let bank = TestBank::start().await;
    let (owner, thief) = (bank.tpp().await, bank.tpp().await);
    let id = owner.registered().await;
    assert_form_refused(&thief, &[GRANT, ("client_id", &id)], FAILED).await;
    let answer = owner.token_request(&[GRANT, ("client_id", &id)]).await;
    assert_eq!(answer.status(), StatusCode::OK);
}

#[tokio::test]
async fn two_mechanisms_at_once_are_400() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    let client = tpp.client(AuthMethod::ClientSecretBasic).await;
    let assertion = client.assertion().sign().unwrap();
    let header = basic(&client.id, client.secret());
    let secret = ("client_secret", client.secret());
    let assertion = ("client_assertion", assertion.as_str());
    for form in [
        &[GRANT, secret][..],
        &[GRANT, assertion],
        &[GRANT, secret, assertion],
    ] {
        let answer = tpp.token_request_as(&header, form).await;
        assert_token_refused(answer, AMBIGUOUS, &format!("{form:?}")).await;
    }
    assert_form_refused(&tpp, &[GRANT, secret, assertion], AMBIGUOUS).await;
}

#[tokio::test]
async fn a_garbage_authorization_header_is_400() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    let client = tpp.client(AuthMethod::ClientSecretBasic).await;
    let id = ("client_id", client.id.as_str());
    for header in [
        "",
        "Basic",
        "Basic ",
        "Basic !!!!",
        "Basic bm9jb2xvbg==",
        "Basic /w==",
        "Bearer abc",
        "Digest a=b",
    ] {
        let answer = tpp.token_request_as(header, &[GRANT, id]).await;
        assert_token_refused(answer, AMBIGUOUS, header).await;
    }
    let good = basic(&client.id, client.secret());
    let twice = [
        ("content-type", FORM),
        ("authorization", &good),
        ("authorization", &good),
    ];
    let answer = tpp.raw_token_request(&twice, encode(&[GRANT])).await;
    assert_token_refused(answer, AMBIGUOUS, "two headers").await;
}

#[tokio::test]
async fn a_client_id_that_is_not_the_one_of_the_credentials_is_401() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    let client = tpp.client(AuthMethod::ClientSecretBasic).await;
    let header = basic(&client.id, client.secret());
    let form = [GRANT, ("client_id", "another")];
    assert_token_refused(tpp.token_request_as(&header, &form).await, FAILED, "basic").await;
}

#[tokio::test]
async fn grants_and_scopes_are_refused_each_with_its_own_error() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    let request = tpp.request().claim("scope", "openid accounts");
    let client = tpp.client_of(request).await;
    let id = ("client_id", client.id.as_str());
    let missing = (400, "invalid_request", "grant_type_missing");
    let unknown = (400, "unsupported_grant_type", "grant_type_unknown");
    let scope = (400, "invalid_scope", "scope_not_granted");
    for (form, expected) in [
        (&[id][..], missing),
        (&[id, ("grant_type", "")], missing),
        (&[id, ("grant_type", "password")], unknown),
        (&[id, ("grant_type", "Client_Credentials")], unknown),
        (
            &[id, ("grant_type", "authorization_code"), ("code", "x")],
            unknown,
        ),
        (&[id, GRANT, ("scope", "payments")], scope),
        (&[id, GRANT, ("scope", "accounts payments")], scope),
        (&[id, GRANT, ("scope", "nonsense")], scope),
    ] {
        assert_form_refused(&tpp, form, expected).await;
    }
    let granted = [id, GRANT, ("scope", "accounts")];
    token_of(tpp.token_request(&granted).await).await;
}

#[tokio::test]
async fn a_client_that_did_not_register_the_grant_is_unauthorized() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    let grants = serde_json::json!(["authorization_code", "refresh_token"]);
    let client = tpp
        .client_of(tpp.request().claim("grant_types", grants))
        .await;
    let expected = (400, "unauthorized_client", "grant_not_registered");
    assert_form_refused(&tpp, &[GRANT, ("client_id", &client.id)], expected).await;
}

#[tokio::test]
async fn a_body_that_is_no_form_is_400() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    let id = tpp.registered().await;
    let form = encode(&[GRANT, ("client_id", &id)]);
    let expected = (400, "invalid_request", "media_type_unsupported");
    for headers in [
        &[][..],
        &[("content-type", "application/json")],
        &[("content-type", "multipart/form-data; boundary=x")],
        &[("content-type", FORM), ("content-type", "application/json")],
    ] {
        let answer = tpp.raw_token_request(headers, form.clone()).await;
        assert_token_refused(answer, expected, &format!("{headers:?}")).await;
    }
    for media_type in [
        "application/x-www-form-urlencoded; charset=UTF-8",
        "APPLICATION/X-WWW-FORM-URLENCODED",
    ] {
        let answer = tpp
            .raw_token_request(&[("content-type", media_type)], form.clone())
            .await;
        assert_eq!(answer.status(), StatusCode::OK, "{media_type}");
    }
}

#[tokio::test]
async fn a_repeated_parameter_is_400_and_an_unknown_one_is_ignored() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    let id = tpp.registered().await;
    let id = ("client_id", id.as_str());
    for form in [
        &[GRANT, GRANT, id][..],
        &[GRANT, id, id],
        &[GRANT, id, ("scope", "openid"), ("scope", "accounts")],
        &[GRANT, id, ("scope", ""), ("scope", "accounts")],
        &[GRANT, id, ("resource", "x"), ("resource", "y")],
    ] {
        assert_form_refused(&tpp, form, MALFORMED).await;
    }
    let not_utf8 = [
        b"grant_type=client_credentials&client_id=".as_slice(),
        &[0xff],
    ]
    .concat();
    let answer = tpp
        .raw_token_request(&[("content-type", FORM)], not_utf8)
        .await;
    assert_token_refused(answer, MALFORMED, "not UTF-8").await;
    let unknown = [GRANT, id, ("resource", "x"), ("client_secret", "")];
    token_of(tpp.token_request(&unknown).await).await;
}

#[tokio::test]
async fn a_deleted_client_gets_no_token() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    let id = tpp.registered().await;
    let token = tpp.token(&id).await;
    let deleted = tpp.manage(Method::DELETE, &id, &token, None).await;
    assert_eq!(deleted.status(), StatusCode::NO_CONTENT);
    assert_form_refused(&tpp, &[GRANT, ("client_id", &id)], FAILED).await;
}
