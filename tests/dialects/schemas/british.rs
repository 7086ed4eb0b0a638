//! UK Open Banking and Virgin Money: client information and tokens, for each way of authenticating.

use aspsp_emulator::domain::client::AuthMethod;
use aspsp_emulator::domain::ecosystem::Ecosystem;
use aspsp_emulator::domain::jws::{Algorithm, SigningKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Method;
use serde_json::Value;

use crate::br_helpers::{Answer, Caller, FORM, Ground, bearer};
use crate::schemas::validation::{assert_bites, assert_valid};

const OLD: &[AuthMethod] = &[AuthMethod::PrivateKeyJwt, AuthMethod::TlsClientAuth];
const NEW: &[AuthMethod] = &[
    AuthMethod::PrivateKeyJwt,
    AuthMethod::TlsClientAuth,
    AuthMethod::ClientSecretBasic,
    AuthMethod::ClientSecretPost,
    AuthMethod::ClientSecretJwt,
];
/// Each bank with its ways of authenticating, and the methods that a client's own URL offers.
pub const BANKS: [(&str, &[AuthMethod], &[Method]); 5] = [
    ("uk-ob-3.1", OLD, &[Method::GET]),
    ("uk-ob-3.2", NEW, &[Method::GET, Method::PUT]),
    ("uk-ob-3.3", NEW, &[Method::GET, Method::PUT]),
    ("uk-ob-3.4", NEW, &[Method::GET, Method::PUT]),
    ("virgin-money", OLD, &[]),
];
/// Accepted by every version.
pub const MEDIA_TYPE: &str = "application/jwt";
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

pub async fn tpp(ground: &Ground, bank: &str) -> Caller {
    ground.tpp(bank, Ecosystem::Uk).await
}

pub async fn post(caller: &Caller, body: String) -> Answer {
    let headers = [("content-type", MEDIA_TYPE)];
    caller.send(Method::POST, "/register", &headers, body).await
}

/// POST, then GET and PUT where they are offered: the bodies.
pub async fn bodies(caller: &Caller, method: AuthMethod, offered: &[Method]) -> Vec<Value> {
    let request = || caller.tpp.registration_request_for(&caller.bank, method);
    let made = post(caller, request().sign().unwrap()).await;
    made.assert_json(201, &caller.bank);
    let client = made.json();
    let path = format!("/register/{}", client["client_id"].as_str().unwrap());
    let mut bodies = vec![client.clone()];
    for verb in offered {
        let token = token(caller, method, &client).await.text("access_token");
        let token = bearer(&token);
        let headers = [
            ("content-type", MEDIA_TYPE),
            ("authorization", token.as_str()),
        ];
        let body = if *verb == Method::PUT {
            request().sign().unwrap()
        } else {
            String::new()
        };
        let answer = caller.send(verb.clone(), &path, &headers, body).await;
        answer.assert_json(200, verb.as_str());
        bodies.push(answer.json());
    }
    bodies
}

/// A token by the client's own way of authenticating.
async fn token(caller: &Caller, method: AuthMethod, client: &Value) -> Answer {
    let id = client["client_id"].as_str().unwrap();
    let secret = client["client_secret"].as_str().unwrap_or_default();
    let assertion = || caller.tpp.client_assertion(&caller.bank, id);
    let grant = ("grant_type", "client_credentials");
    let assertion = match method {
        AuthMethod::ClientSecretBasic => return basic(caller, id, secret).await,
        AuthMethod::ClientSecretPost => {
            let form = [grant, ("client_id", id), ("client_secret", secret)];
            return caller.token_request(&form).await;
        }
        AuthMethod::TlsClientAuth => {
            return caller.token_request(&[grant, ("client_id", id)]).await;
        }
        AuthMethod::PrivateKeyJwt => assertion(),
        AuthMethod::ClientSecretJwt => {
            assertion().signed_with(Algorithm::Hs256, SigningKey::secret(secret))
        }
    };
    let assertion = assertion.sign().unwrap();
    let form = [
        grant,
        ("client_assertion_type", ASSERTION_TYPE),
        ("client_assertion", assertion.as_str()),
    ];
    caller.token_request(&form).await
}

async fn basic(caller: &Caller, id: &str, secret: &str) -> Answer {
    let credentials = format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")));
    let headers = [
        ("content-type", FORM),
        ("authorization", credentials.as_str()),
    ];
    let body = "grant_type=client_credentials";
    caller.send(Method::POST, "/token", &headers, body).await
}

#[tokio::test]
async fn the_client_information_of_every_uk_bank_is_as_published() {
    let ground = Ground::start().await;
    for (bank, methods, offered) in BANKS {
        let caller = tpp(&ground, bank).await;
        for method in methods {
            for body in bodies(&caller, *method, offered).await {
                assert_valid(bank, method.as_str(), &body);
                assert_bites(bank, &body);
            }
        }
    }
}

#[tokio::test]
async fn the_token_of_every_uk_bank_is_as_published() {
    let ground = Ground::start().await;
    for (bank, methods, _) in BANKS {
        let caller = tpp(&ground, bank).await;
        for method in methods {
            let client = bodies(&caller, *method, &[]).await.remove(0);
            let answer = token(&caller, *method, &client).await;
            answer.assert_json(200, method.as_str());
            assert_valid("token", bank, &answer.json());
        }
    }
}

#[tokio::test]
async fn a_client_of_ciba_is_as_published() {
    let ground = Ground::start().await;
    for bank in ["uk-ob-3.3", "uk-ob-3.4"] {
        let caller = tpp(&ground, bank).await;
        for (mode, endpoint) in [("poll", None), ("ping", Some("https://app.example/ciba"))] {
            let mut request = caller
                .tpp
                .registration_request(bank)
                .claim(
                    "grant_types",
                    vec!["client_credentials", "urn:openid:params:grant-type:ciba"],
                )
                .without("response_types")
                .claim("response_types", Vec::<String>::new())
                .claim("backchannel_token_delivery_mode", mode)
                .claim("backchannel_authentication_request_signing_alg", "PS256")
                .claim("backchannel_user_code_parameter_supported", false);
            if let Some(endpoint) = endpoint {
                request = request.claim("backchannel_client_notification_endpoint", endpoint);
            }
            let answer = post(&caller, request.sign().unwrap()).await;
            answer.assert_json(201, mode);
            assert_valid(bank, mode, &answer.json());
        }
    }
}
