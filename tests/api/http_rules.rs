//! Statuses that any path can answer with: 404, 405, 406, 413, 414, 415, 431.

use reqwest::{Client, Method, Response, StatusCode};

use crate::connections::{HTTP1, HTTP2, tpp_client};
use crate::helpers::{BANK, FORM, INTERACTION_ID, JOSE, TestBank};

/// One path of a bank, of the directory, and where nothing lives under either.
const PATHS: [&str; 4] = [
    "/uk-ob-3.3/jwks",
    "/uk-ob-3.3/x",
    "/directory/directory.jwks",
    "/x",
];

async fn assert_bare(answer: Response, status: u16, case: &str) -> Option<String> {
    assert_eq!(answer.status().as_u16(), status, "{case}");
    let headers = answer.headers().clone();
    assert!(headers.contains_key(INTERACTION_ID), "{case}");
    assert!(!headers.contains_key("content-type"), "{case}");
    assert_eq!(answer.bytes().await.unwrap().len(), 0, "{case}");
    let allow = headers.get("allow");
    allow.map(|methods| methods.to_str().unwrap().to_owned())
}

/// A bank, the base URL of its listener, and a client for each version of HTTP.
async fn start() -> (TestBank, String, [Client; 2]) {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    let base = bank.emulator.base_urls().mtls;
    let clients = [HTTP1, HTTP2].map(|alpn| tpp_client(&bank, &tpp, alpn));
    (bank, base, clients)
}

#[tokio::test]
async fn a_path_where_nothing_lives_is_404_whatever_the_method() {
    let (_bank, base, clients) = start().await;
    for path in [
        "/",
        "/unknown",
        "/uk-ob-3.3",
        "/uk-ob-3.3/unknown",
        "/uk-ob-3.3/register/a/b",
        "/uk-ob-3.3/token/a",
        "/uk-ob-3.3/.well-known",
        "/uk-ob-3.30/register",
        "/UK-OB-3.3/register",
        "/directory",
        "/directory/org/software.jwks",
        "/directory/org/revoked/software.jwks",
        "/directory/org/other/software.jwks",
        "/health",
    ] {
        for http in &clients {
            for method in [Method::GET, Method::POST, Method::OPTIONS] {
                let request = http.request(method.clone(), format!("{base}{path}"));
                let case = format!("{method} {path}");
                let allow = assert_bare(request.send().await.unwrap(), 404, &case).await;
                assert_eq!(allow, None, "{case}");
            }
        }
    }
}

#[tokio::test]
async fn a_method_that_is_not_offered_is_405_with_those_that_are() {
    let (_bank, base, clients) = start().await;
    let all = [
        "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW",
    ];
    for (path, allowed, taken) in [
        ("/uk-ob-3.3/register", "POST", &["POST"][..]),
        (
            "/uk-ob-3.3/register/x",
            "GET, PUT, DELETE",
            &["GET", "PUT", "DELETE"],
        ),
        ("/uk-ob-3.3/token", "POST", &["POST"]),
        ("/uk-ob-3.3/jwks", "GET, HEAD", &["GET", "HEAD"]),
        (
            "/uk-ob-3.3/.well-known/openid-configuration",
            "GET, HEAD",
            &["GET", "HEAD"],
        ),
        ("/directory/directory.jwks", "GET, HEAD", &["GET", "HEAD"]),
    ] {
        for http in &clients {
            for method in all {
                let method = Method::from_bytes(method.as_bytes()).unwrap();
                let request = http.request(method.clone(), format!("{base}{path}"));
                let answer = request.send().await.unwrap();
                let case = format!("{method} {path}");
                if taken.contains(&method.as_str()) {
                    assert_ne!(answer.status(), StatusCode::METHOD_NOT_ALLOWED, "{case}");
                } else {
                    let allow = assert_bare(answer, 405, &case).await;
                    assert_eq!(allow.as_deref(), Some(allowed), "{case}");
                }
            }
        }
    }
}

#[tokio::test]
async fn head_answers_as_get_without_the_body() {
    let (_bank, base, clients) = start().await;
    for http in &clients {
        for path in ["/uk-ob-3.3/jwks", "/directory/directory.jwks"] {
            let url = format!("{base}{path}");
            let got = http.get(&url).send().await.unwrap();
            let head = http.head(&url).send().await.unwrap();
            assert_eq!(head.status(), StatusCode::OK);
            assert_eq!(
                head.headers()["content-type"],
                got.headers()["content-type"]
            );
            assert_eq!(
                head.headers()["content-length"],
                got.headers()["content-length"]
            );
            assert_eq!(head.bytes().await.unwrap().len(), 0);
        }
    }
}

#[tokio::test]
async fn an_accept_header_that_excludes_json_is_406() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    let id = tpp.registered().await;
    let token = tpp.token(&id).await;
    let item = format!("{}/register/{id}", tpp.mtls);
    for accept in [
        "text/html",
        "application/jose",
        "application/json;q=0",
        "*/*;q=0, text/plain",
    ] {
        let post = tpp.http.post(format!("{}/register", tpp.mtls));
        let post = post.header("content-type", JOSE).header("accept", accept);
        let body = tpp.request().sign().unwrap();
        assert_bare(post.body(body).send().await.unwrap(), 406, accept).await;
        for method in [Method::GET, Method::PUT, Method::DELETE] {
            let request = tpp.http.request(method, &item).bearer_auth(&token);
            let answer = request.header("accept", accept).send().await.unwrap();
            assert_bare(answer, 406, accept).await;
        }
    }
    for accept in [
        "application/json",
        "*/*",
        "application/*",
        "text/html, */*;q=0.1",
        "",
    ] {
        let request = tpp.http.get(&item).bearer_auth(&token);
        let answer = request.header("accept", accept).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{accept}");
    }
    assert_eq!(bank.emulator.clients(BANK).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_body_of_another_media_type_is_415() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    let id = tpp.registered().await;
    let token = tpp.token(&id).await;
    let send = |method: Method, path: String, media_type: Option<&'static str>| {
        let request = tpp.http.request(method, format!("{}{path}", tpp.mtls));
        let request = request
            .bearer_auth(&token)
            .body(tpp.request().sign().unwrap());
        match media_type {
            Some(media_type) => request.header("content-type", media_type).send(),
            None => request.send(),
        }
    };
    let item = format!("/register/{id}");
    for media_type in [
        None,
        Some("application/json"),
        Some("text/plain"),
        Some("application/josex"),
        Some(""),
    ] {
        let case = format!("{media_type:?}");
        let post = send(Method::POST, "/register".to_owned(), media_type)
            .await
            .unwrap();
        assert_bare(post, 415, &case).await;
        let put = send(Method::PUT, item.clone(), media_type).await.unwrap();
        assert_bare(put, 415, &case).await;
    }
    for media_type in [
        "application/jose",
        "application/jwt",
        "Application/JOSE; charset=utf-8",
    ] {
        let post = send(Method::POST, "/register".to_owned(), Some(media_type))
            .await
            .unwrap();
        assert_eq!(post.status(), StatusCode::CREATED, "{media_type}");
        let put = send(Method::PUT, item.clone(), Some(media_type))
            .await
            .unwrap();
        assert_eq!(put.status(), StatusCode::OK, "{media_type}");
    }
}

#[tokio::test]
async fn a_body_beyond_64_kib_is_413_where_a_body_is_wanted() {
    let (_bank, base, clients) = start().await;
    for http in &clients {
        for (path, media_type) in [("register", JOSE), ("token", FORM)] {
            let request = http
                .post(format!("{base}/uk-ob-3.3/{path}"))
                .header("content-type", media_type);
            let body = "x".repeat(64 * 1024 + 1);
            assert_bare(request.body(body).send().await.unwrap(), 413, path).await;
        }
        let request = http
            .post(format!("{base}/uk-ob-3.3/register"))
            .header("content-type", JOSE);
        let answer = request.body("x".repeat(64 * 1024)).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    }
}

#[tokio::test]
async fn what_is_wrong_before_the_body_is_answered_before_its_size() {
    let (_bank, base, clients) = start().await;
    for http in &clients {
        for (method, path, header, status) in [
            (
                Method::POST,
                "/uk-ob-3.3/register",
                ("content-type", "text/plain"),
                415,
            ),
            (
                Method::POST,
                "/uk-ob-3.3/register",
                ("accept", "text/html"),
                406,
            ),
            (
                Method::PUT,
                "/uk-ob-3.3/register/x",
                ("content-type", JOSE),
                401,
            ),
            (
                Method::POST,
                "/uk-ob-3.3/register/x",
                ("content-type", JOSE),
                405,
            ),
            (
                Method::POST,
                "/directory/directory.jwks",
                ("content-type", JOSE),
                405,
            ),
            (Method::POST, "/uk-ob-3.3/x", ("content-type", JOSE), 404),
            (Method::POST, "/x", ("content-type", JOSE), 404),
        ] {
            let case = format!("{method} {path}");
            let request = http
                .request(method, format!("{base}{path}"))
                .header(header.0, header.1)
                .body("x".repeat(70_000));
            assert_bare(request.send().await.unwrap(), status, &case).await;
        }
    }
}

#[tokio::test]
async fn a_target_beyond_8_kib_is_414_on_every_path() {
    let (_bank, base, clients) = start().await;
    for http in &clients {
        for path in PATHS {
            let query = "x".repeat(8 * 1024);
            let url = format!("{base}{path}?{query}");
            assert_bare(http.get(url).send().await.unwrap(), 414, path).await;
        }
        let path = format!("/{}", "x".repeat(8 * 1024));
        assert_bare(
            http.get(format!("{base}{path}")).send().await.unwrap(),
            414,
            "path",
        )
        .await;
        let fits = "x".repeat(8 * 1024 - "/uk-ob-3.3/jwks?".len());
        let answer = http
            .get(format!("{base}/uk-ob-3.3/jwks?{fits}"))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
    }
}

#[tokio::test]
async fn too_many_or_too_large_headers_are_431_on_every_path() {
    let (_bank, base, clients) = start().await;
    for http in &clients {
        for path in PATHS {
            let large = http
                .get(format!("{base}{path}"))
                .header("x-large", "x".repeat(33 * 1024));
            assert_bare(large.send().await.unwrap(), 431, path).await;
            let many = (0..101).fold(http.get(format!("{base}{path}")), |request, index| {
                request.header(format!("x-header-{index}"), "x")
            });
            assert_bare(many.send().await.unwrap(), 431, path).await;
        }
    }
}
