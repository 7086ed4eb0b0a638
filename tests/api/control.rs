//! The control listener: health, the CA, the kit, and whom it answers.

use std::path::Path;

use aspsp_emulator::Emulator;
use aspsp_emulator::config::{Config, ControlAccess, KitConfig, Listen};
use aspsp_emulator::emulator::EmulatorBuilder;
use reqwest::{Client, Method, Response, StatusCode};

use crate::clients::members;
use crate::helpers::{INTERACTION_ID, TestBank, authority, json};
use crate::key_stores::part;

const TOKEN: &str = "let-me-in";

pub async fn guarded(kit: Option<&Path>) -> Emulator {
    let config = Config {
        listen: Listen::on_free_ports(),
        kit: kit.map(|dir| KitConfig {
            dir: dir.to_owned(),
            key_mode: 0o600,
        }),
        control: ControlAccess {
            token: Some(TOKEN.to_owned()),
            open: false,
        },
        ..Config::default()
    };
    let builder = EmulatorBuilder::from_config(config).authority(authority());
    builder.start().await.unwrap()
}

pub fn url(emulator: &Emulator, path: &str) -> String {
    format!("http://{}{path}", emulator.addresses().control)
}

pub fn http() -> Client {
    // Cleartext: no TLS is set up, but the client wants to know how it would be.
    let provider = rustls::crypto::aws_lc_rs::default_provider().into();
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    Client::builder()
        .tls_backend_preconfigured(config)
        .build()
        .unwrap()
}

pub async fn get(emulator: &Emulator, path: &str, headers: &[(&str, &str)]) -> Response {
    let request = http().get(url(emulator, path));
    let request = headers.iter().fold(request, |request, (name, value)| {
        request.header(*name, *value)
    });
    request.send().await.unwrap()
}

/// The answer is an RFC 9457 problem document of this status.
async fn assert_problem(answer: Response, status: StatusCode, case: &str) {
    assert_eq!(answer.status(), status, "{case}");
    assert_eq!(
        answer.headers()["content-type"],
        "application/problem+json",
        "{case}"
    );
    assert!(!answer.headers().contains_key(INTERACTION_ID), "{case}");
    let body = json(answer).await;
    assert_eq!(
        members(&body),
        ["detail", "status", "title", "type"],
        "{case}"
    );
    assert_eq!(body["status"], status.as_u16(), "{case}");
    assert_eq!(body["title"], status.canonical_reason().unwrap(), "{case}");
    assert!(
        body["detail"]
            .as_str()
            .is_some_and(|detail| !detail.is_empty()),
        "{case}"
    );
}

#[tokio::test]
async fn health_and_ready_say_ok() {
    let bank = TestBank::start().await;
    for path in ["/health", "/ready"] {
        let answer = get(&bank.emulator, path, &[]).await;
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(json(answer).await, serde_json::json!({"status": "ok"}));
    }
}

#[tokio::test]
async fn the_ca_and_its_revocation_list_are_served_as_pem() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    let ca = get(&bank.emulator, "/ca.pem", &[]).await;
    assert_eq!(ca.headers()["content-type"], "application/x-pem-file");
    assert_eq!(ca.text().await.unwrap(), bank.emulator.ca_pem());
    bank.emulator
        .revoke_transport_certificate(&tpp.tpp)
        .unwrap();
    let list = get(&bank.emulator, "/ca.crl", &[]).await;
    assert_eq!(list.status(), StatusCode::OK);
    let list = list.bytes().await.unwrap();
    let (_, pem) = x509_parser::pem::parse_x509_pem(&list).unwrap();
    assert_eq!(pem.label, "X509 CRL");
    let (_, crl) = x509_parser::parse_x509_crl(&pem.contents).unwrap();
    let serial = tpp
        .tpp
        .transport()
        .certificate
        .serial()
        .to_string()
        .to_lowercase();
    let is_listed = crl.iter_revoked_certificates().any(|revoked| {
        let listed = revoked.raw_serial_as_string().replace(':', "");
        listed.trim_start_matches("00") == serial.replace(':', "").trim_start_matches("00")
    });
    assert!(is_listed, "{serial}");
}

#[tokio::test]
async fn what_is_not_there_is_a_404_problem_and_another_method_a_405_problem() {
    let bank = TestBank::start().await;
    for path in ["/unknown", "/health/x", "/ca", "/uk-ob-3.3/register"] {
        let answer = get(&bank.emulator, path, &[]).await;
        assert_problem(answer, StatusCode::NOT_FOUND, path).await;
    }
    for path in ["/health", "/ready", "/ca.pem", "/ca.crl"] {
        for method in [Method::POST, Method::PUT, Method::DELETE, Method::OPTIONS] {
            let answer = http()
                .request(method, url(&bank.emulator, path))
                .send()
                .await
                .unwrap();
            assert_eq!(answer.headers()["allow"], "GET, HEAD");
            assert_problem(answer, StatusCode::METHOD_NOT_ALLOWED, path).await;
        }
        let head = http().head(url(&bank.emulator, path)).send().await.unwrap();
        assert_eq!(head.status(), StatusCode::OK);
    }
}

#[tokio::test]
async fn limits_are_problems_too() {
    let bank = TestBank::start().await;
    let long = format!("/{}", "x".repeat(9000));
    let answer = get(&bank.emulator, &long, &[]).await;
    assert_problem(answer, StatusCode::URI_TOO_LONG, "414").await;
    let large = http()
        .post(url(&bank.emulator, "/api/explain"))
        .header("content-type", "application/json")
        .body("x".repeat(500_000));
    let answer = large.send().await.unwrap();
    assert_problem(answer, StatusCode::PAYLOAD_TOO_LARGE, "413").await;
    let large = "x".repeat(33 * 1024);
    let answer = get(&bank.emulator, "/health", &[("x-large", &large)]).await;
    assert_problem(answer, StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "431").await;
}

#[tokio::test]
async fn a_foreign_host_or_origin_is_403_and_a_known_one_is_not() {
    let bank = TestBank::start_with(|builder| builder.hostname("bank.example")).await;
    for header in [
        ("host", "evil.example"),
        ("host", "evil.example:8445"),
        ("host", "localhost.evil.example"),
        ("host", ""),
        ("origin", "https://evil.example"),
        ("origin", "http://localhost.evil.example:8445"),
        ("origin", "null"),
        ("origin", "http://localhost:3000"),
        ("origin", "http://127.0.0.1"),
        ("origin", ""),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        for path in ["/health", "/ca.pem", "/kit/tpp.json", "/unknown"] {
            let answer = get(&bank.emulator, path, &[header]).await;
            assert_problem(answer, StatusCode::FORBIDDEN, &format!("{header:?}")).await;
        }
    }
    for header in [
        ("host", "localhost"),
        ("host", "LOCALHOST:1"),
        ("host", "127.0.0.1:8445"),
        ("host", "10.1.2.3"),
        ("host", "[::1]:8445"),
        ("host", "bank.example:8445"),
        ("sec-fetch-site", "same-origin"),
        ("sec-fetch-site", "none"),
    ] {
        let answer = get(&bank.emulator, "/health", &[header]).await;
        assert_eq!(answer.status(), StatusCode::OK, "{header:?}");
    }
}

#[tokio::test]
async fn an_origin_is_the_host_and_port_that_was_asked_or_it_is_foreign() {
    let bank = TestBank::start_with(|builder| builder.hostname("bank.example")).await;
    for (host, origin, is_own) in [
        ("localhost:8445", "http://localhost:8445", true),
        ("LOCALHOST:8445", "http://localhost:8445", true),
        ("[::1]:8445", "http://[::1]:8445", true),
        ("bank.example", "http://bank.example", true),
        ("bank.example", "https://bank.example", true),
        ("localhost:80", "http://localhost", true),
        ("localhost:8445", "http://localhost:3000", false),
        ("localhost:8445", "http://localhost", false),
        ("localhost:8445", "http://127.0.0.1:8445", false),
        ("localhost:8445", "http://bank.example:8445", false),
        ("localhost:8445", "http://me@localhost:8445", false),
        ("localhost:8445", "localhost:8445", false),
        ("localhost:8445", "ftp://localhost:8445", false),
    ] {
        for path in ["/api/reset", "/api/scenarios/flaky/activate"] {
            let request = http().post(url(&bank.emulator, path));
            let request = request.header("host", host).header("origin", origin);
            let status = request.send().await.unwrap().status();
            let expected = if is_own {
                StatusCode::OK
            } else {
                StatusCode::FORBIDDEN
            };
            assert_eq!(status, expected, "{host} {origin}");
        }
    }
    let own = ("origin", "http://localhost:8445");
    let foreign = ("origin", "http://localhost:3000");
    for headers in [[own, foreign], [foreign, own]] {
        let headers = [("host", "localhost:8445"), headers[0], headers[1]];
        let answer = get(&bank.emulator, "/health", &headers).await;
        assert_problem(answer, StatusCode::FORBIDDEN, &format!("{headers:?}")).await;
    }
    let sites = [("sec-fetch-site", "none"), ("sec-fetch-site", "same-site")];
    let answer = get(&bank.emulator, "/health", &sites).await;
    assert_problem(answer, StatusCode::FORBIDDEN, "several sites").await;
}

#[tokio::test]
async fn the_control_token_guards_the_kit_and_nothing_that_needs_none() {
    let folder = tempfile::tempdir().unwrap();
    let emulator = guarded(Some(folder.path())).await;
    for path in ["/health", "/ready", "/ca.pem", "/ca.crl"] {
        assert_eq!(
            get(&emulator, path, &[]).await.status(),
            StatusCode::OK,
            "{path}"
        );
    }
    for path in [
        "/kit/tpp.json",
        "/kit/transport.key",
        "/kit/unknown",
        "/kit",
    ] {
        for headers in [
            &[][..],
            &[("authorization", "Bearer wrong")],
            &[("authorization", "Bearer")],
            &[("authorization", "Bearer let-me-i")],
            &[("authorization", "Basic let-me-in")],
            &[("authorization", "let-me-in")],
        ] {
            let answer = get(&emulator, path, headers).await;
            let challenge = &answer.headers()["www-authenticate"];
            assert_eq!(challenge, "Bearer realm=\"control\"", "{path} {headers:?}");
            assert_problem(answer, StatusCode::UNAUTHORIZED, path).await;
        }
    }
    let with_token = [("authorization", "Bearer let-me-in")];
    let answer = get(&emulator, "/kit/tpp.json", &with_token).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let stranger = [with_token[0], ("host", "evil.example")];
    let answer = get(&emulator, "/kit/tpp.json", &stranger).await;
    assert_problem(answer, StatusCode::FORBIDDEN, "token and foreign host").await;
}

#[tokio::test]
async fn the_kit_is_served_as_it_lies_in_its_folder_but_signed_anew() {
    let folder = tempfile::tempdir().unwrap();
    let builder = Emulator::builder()
        .authority(authority())
        .kit(folder.path());
    let emulator = builder.start().await.unwrap();
    emulator.clock().freeze();
    let entries = std::fs::read_dir(folder.path()).unwrap();
    let entries = entries.map(Result::unwrap);
    for entry in entries.filter(|entry| entry.file_type().unwrap().is_file()) {
        let name = entry.file_name().into_string().unwrap();
        let answer = get(&emulator, &format!("/kit/{name}"), &[]).await;
        assert_eq!(answer.status(), StatusCode::OK, "{name}");
        assert_eq!(answer.headers()["cache-control"], "no-store");
        let served = answer.bytes().await.unwrap();
        let is_signed = Path::new(&name).extension() == Some("jwt".as_ref());
        assert_eq!(
            served == std::fs::read(entry.path()).unwrap(),
            !is_signed,
            "{name}"
        );
    }
    for path in ["/kit/ssa.jwt", "/kit/registration-uk-ob-3.3.jwt"] {
        let one = get(&emulator, path, &[]).await.text().await.unwrap();
        emulator
            .clock()
            .advance(std::time::Duration::from_secs(3600));
        let other = get(&emulator, path, &[]).await.text().await.unwrap();
        let (one, other) = (part(&one, 1), part(&other, 1));
        assert_ne!(one["jti"], other["jti"]);
        let later = other["iat"].as_i64().unwrap() - one["iat"].as_i64().unwrap();
        assert_eq!(later, 3600);
        assert_eq!(one["software_id"], other["software_id"]);
    }
    let unknown = get(&emulator, "/kit/registration-no-bank.jwt", &[]).await;
    assert_problem(unknown, StatusCode::NOT_FOUND, "no such file").await;
    let outside = get(&emulator, "/kit/..%2f..%2fetc%2fpasswd", &[]).await;
    assert_problem(outside, StatusCode::NOT_FOUND, "outside").await;
    let posted = http()
        .post(url(&emulator, "/kit/tpp.json"))
        .send()
        .await
        .unwrap();
    assert_problem(posted, StatusCode::METHOD_NOT_ALLOWED, "POST").await;
}

#[tokio::test]
async fn without_a_kit_there_is_none_to_read() {
    let emulator = guarded(None).await;
    let headers = [("authorization", "bearer let-me-in")];
    for path in ["/kit/tpp.json", "/kit/ssa.jwt"] {
        let answer = get(&emulator, path, &headers).await;
        assert_problem(answer, StatusCode::NOT_FOUND, path).await;
    }
    assert!(emulator.kit().is_none());
}
