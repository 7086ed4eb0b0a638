//! Keys of another directory's software that may not or cannot be fetched: each is a 400 that says why.

use aspsp_emulator::clock::Clock;
use certs_gen::{Authority, KeyAlgorithm};
use serde_json::json;
use tokio::net::TcpSocket;

use crate::fetched_keys::Parties;
use crate::helpers::{authority, json};
use crate::key_server::KeyServer;
use crate::outside_parties::{Sandbox, bank_that_trusts};
use crate::registration_raw::{part, parts};

#[tokio::test]
async fn what_may_not_be_fetched_is_not_asked_for() {
    let parties = Parties::start().await;
    let port = parties.server.address.port();
    let other = KeyServer::with(&parties.sandbox.key_set()).await;
    for (url, expected) in [
        (
            other.url(),
            format!("list {} in directory.fetch_jwks_from", other.listed()),
        ),
        (
            format!("https://127.0.0.1:{port}/software.jwks"),
            format!("list 127.0.0.1:{port} in"),
        ),
        (
            format!("https://localhost.:{port}/software.jwks"),
            format!("list localhost.:{port} in"),
        ),
        (
            "https://localhost/software.jwks".to_owned(),
            "https://localhost:443/... may not be fetched: list localhost:443 in".to_owned(),
        ),
        (
            format!("http://localhost:{port}/software.jwks"),
            "only https URLs are".to_owned(),
        ),
        ("file:///etc/passwd".to_owned(), "only https".to_owned()),
        (
            format!("https://a:b@localhost:{port}/software.jwks"),
            "its URL has user information".to_owned(),
        ),
        (
            "software.jwks".to_owned(),
            "the URL of the software's key set is none".to_owned(),
        ),
    ] {
        parties.assert_refused(&url, &expected).await;
    }
    assert_eq!((parties.server.hits(), other.hits()), (0, 0));
}

#[tokio::test]
async fn an_answer_that_is_no_key_set_is_refused() {
    let parties = Parties::start().await;
    let (server, url) = (&parties.server, parties.server.url());
    let keys = parties.sandbox.key_set().to_string();
    for (status, body, expected) in [
        (
            "404 Not Found",
            keys.as_str(),
            "the answer is 404 Not Found",
        ),
        ("500 Internal Server Error", "", "the answer is 500"),
        ("204 No Content", "", "the answer is 204"),
        (
            "302 Found",
            &keys,
            "302 Found, and redirects are not followed",
        ),
        ("308 Permanent Redirect", "", "redirects are not followed"),
        ("200 OK", "<html>", "it is no key set: not a JSON object"),
        ("200 OK", "", "it is no key set"),
        ("200 OK", "[]", "it is no key set"),
        ("200 OK", "{}", "it is no key set: no array `keys`"),
        (
            "200 OK",
            r#"{"keys":[{"kty":"RSA","kid":"a"}]}"#,
            "it is no key set: key 0",
        ),
    ] {
        let before = server.hits();
        server.answer(status, body);
        parties.assert_refused(&url, expected).await;
        assert_eq!(server.hits(), before + 1, "{status} {body}");
    }
    for raw in [
        "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"keys\":[",
        "no HTTP\r\n\r\n",
        "",
    ] {
        server.answer_raw(raw);
        parties.assert_refused(&url, "cannot be had").await;
    }
    let listed = server.listed();
    parties
        .assert_refused(&url, &format!("https://{listed}/..."))
        .await;
}

#[tokio::test]
async fn a_key_set_of_more_than_64_kib_is_refused() {
    const LARGEST: usize = 64 * 1024;
    let parties = Parties::start().await;
    let keys = parties.sandbox.key_set().to_string();
    let padded = |length: usize| keys.clone() + &" ".repeat(length - keys.len());
    let url = parties.server.url();
    parties.server.answer("200 OK", &padded(LARGEST + 1));
    let expected = "it is larger than 65536 bytes";
    parties.assert_refused(&url, expected).await;
    // Without a length, it could go on for ever.
    let endless = format!("HTTP/1.1 200 OK\r\n\r\n{}", padded(1024 * 1024));
    parties.server.answer_raw(&endless);
    parties.assert_refused(&url, expected).await;
    parties.server.answer("200 OK", &padded(LARGEST));
    parties.assert_registers().await;
}

#[tokio::test]
async fn a_server_that_is_not_there_or_not_trusted_is_a_refusal() {
    let sandbox = Sandbox::start(KeyAlgorithm::EcP256).await;
    // Bound, so that nobody else gets the port, but not listening.
    let bound = TcpSocket::new_v4().unwrap();
    bound.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let gone = bound.local_addr().unwrap();
    let stranger = Authority::generate(Clock::system().now()).unwrap();
    let stranger = KeyServer::start(&stranger).await;
    let (listed, there) = (stranger.listed(), gone.to_string());
    let clock = Clock::fixed(Clock::system().now());
    let still = clock.clone();
    let bank = bank_that_trusts(sandbox.trusted(), |builder| {
        builder
            .fetch_jwks_from(listed)
            .fetch_jwks_from(there)
            .clock(still)
    })
    .await;
    let tpp = sandbox.caller(&bank);
    let server = KeyServer::start(authority()).await;
    let parties = Parties {
        sandbox,
        server,
        clock,
        bank,
        tpp,
    };
    parties.assert_refused(&stranger.url(), "certificate").await;
    let url = format!("https://{gone}/software.jwks");
    parties.assert_refused(&url, "refused").await;
}

#[tokio::test]
async fn nothing_is_fetched_for_a_statement_that_is_not_believed() {
    let parties = Parties::start().await;
    let url = parties.server.url();
    for change in ["iss", "signature"] {
        let statement = parties.sandbox.statement(|edits| {
            edits.set_claim("software_jwks_endpoint", url.as_str());
            if change == "iss" {
                edits.set_claim("iss", "Nobody");
            }
        });
        let statement = match change {
            "signature" => {
                let (header, mut claims, signature) = parts(&statement);
                claims["software_version"] = json!("2.0");
                let texts = [header.to_string(), claims.to_string()].map(part);
                format!("{}.{}", texts.join("."), part(signature))
            }
            _ => statement,
        };
        let request = parties.sandbox.request(&parties.bank, statement);
        let answer = parties.tpp.post(request.sign().unwrap()).await;
        assert_eq!(answer.status(), 400, "{change}");
        let error = &json(answer).await["error"];
        assert_eq!(error, "invalid_software_statement", "{change}");
    }
    assert_eq!(parties.server.hits(), 0);
}

#[tokio::test]
async fn the_url_goes_by_either_ecosystems_name_and_must_be_there() {
    let parties = Parties::start().await;
    for (name, expected) in [
        (None, "has no software_jwks_endpoint or software_jwks_uri"),
        (Some("software_jwks_uri"), ""),
    ] {
        let url = parties.server.url();
        let statement = parties.sandbox.statement(|edits| {
            edits
                .removed_claims
                .push("software_jwks_endpoint".to_owned());
            if let Some(name) = name {
                edits.set_claim(name, url);
            }
        });
        let request = parties.sandbox.request(&parties.bank, statement);
        let answer = parties.tpp.post(request.sign().unwrap()).await;
        let status = answer.status();
        let body = json(answer).await;
        if name.is_some() {
            assert_eq!(status, 201, "{body}");
        } else {
            assert_eq!(status, 400, "{body}");
            let description = body["error_description"].as_str().unwrap();
            assert!(description.contains(expected), "{description}");
        }
    }
}
