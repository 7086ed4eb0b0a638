//! Registration requests that are too large, too deep or too many-sided.

use aspsp_emulator::server::Limits;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use futures_util::future::join_all;
use rustls::ClientConfig;
use serde_json::Value;

use crate::ground::{Ground, HTTP1, HTTP2};
use crate::helpers::{BANK, JOSE};
use crate::neighbour::within;

const KIB: usize = 1024;
/// Each of them comes so often at one time.
const AT_ONCE: usize = 10;

/// The answer to a request that was sent with this TLS: status and body.
async fn registered(ground: &Ground, tls: &ClientConfig, request: &str) -> (u16, String) {
    let http = reqwest::Client::builder()
        .tls_backend_preconfigured(tls.clone())
        .build()
        .unwrap();
    let url = format!("{}/register", ground.emulator().url(BANK));
    let request = http
        .post(url)
        .header("content-type", JOSE)
        .body(request.to_owned());
    let answer = within(request.send()).await.unwrap();
    let status = answer.status().as_u16();
    (status, answer.text().await.unwrap())
}

/// Sends each request several times at once, beside the TPP that behaves well.
async fn sent(ground: &Ground, requests: &[String]) -> Vec<(u16, String)> {
    let tls = [ground.tls(HTTP1), ground.tls(HTTP2)];
    let requests = requests.iter().cycle().take(requests.len() * AT_ONCE);
    let requests = requests.enumerate();
    let attack = join_all(requests.map(|(index, it)| registered(ground, &tls[index % 2], it)));
    ground.neighbour.beside(attack).await
}

fn part(text: impl AsRef<[u8]>) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(text)
}

/// A compact JWS of these parts, with a signature that is none.
fn jws(header: &str, payload: impl AsRef<[u8]>) -> String {
    format!("{}.{}.AAAA", part(header), part(payload))
}

/// Guards: `check_announced` and `read` in `src/server/body.rs`; behind them the check of the size in
/// `src/dialect/checks/transport.rs` answers the same.
#[tokio::test]
async fn a_jwt_of_a_megabyte_is_a_413() {
    let ground = Ground::start(Limits::default()).await;
    let request = |length: usize| {
        let claims = format!("{{\"software_statement\":\"{}\"}}", "x".repeat(length));
        jws("{\"alg\":\"PS256\",\"kid\":\"a\"}", claims)
    };
    for (length, status) in [(40 * KIB, 400), (64 * KIB, 413), (KIB * KIB, 413)] {
        for (found, body) in sent(&ground, &[request(length)]).await {
            assert_eq!(found, status, "{length}: {body}");
        }
    }
}

/// Guard: the recursion limit of `serde_json`, which the reader in `src/domain/json.rs` goes through.
#[tokio::test]
async fn depth_in_a_jwt_is_refused_wherever_it_is() {
    let ground = Ground::start(Limits::default()).await;
    let objects = format!("{}1{}", "{\"a\":".repeat(5_000), "}".repeat(5_000));
    let arrays = format!("{{\"a\":{}{}}}", "[".repeat(20_000), "]".repeat(20_000));
    let header = "{\"alg\":\"PS256\",\"kid\":\"a\"}";
    let requests = [
        jws(header, &objects),
        jws(header, &arrays),
        jws(header, "[".repeat(40_000)),
        jws(&objects, "{}"),
        jws(&arrays, "{}"),
    ];
    for (status, body) in sent(&ground, &requests).await {
        assert_eq!(status, 400, "{body}");
        let body: Value = serde_json::from_str(&body).unwrap();
        let description = body["error_description"].as_str().unwrap();
        assert!(
            description.contains("recursion limit exceeded"),
            "{description}"
        );
        assert!(
            description.ends_with("(request_not_a_jws)"),
            "{description}"
        );
    }
    // One that is well signed, with a statement that is not.
    let statement = jws(header, &objects);
    let request = ground
        .hostile
        .request()
        .claim("software_statement", statement);
    for (status, body) in sent(&ground, &[request.sign().unwrap()]).await {
        assert!(
            status == 400 && body.contains("recursion limit exceeded"),
            "{body}"
        );
    }
}

/// Guard: `Limits::body` in `src/server/mod.rs`: what fits into 64 KiB is read in time that grows no faster
/// than it does.
#[tokio::test]
async fn what_fits_into_the_limit_costs_little_however_many_sided() {
    let ground = Ground::start(Limits::default()).await;
    let names: Vec<String> = (0..3_000).map(|index| format!("\"{index}\":[]")).collect();
    let header = "{\"alg\":\"PS256\",\"kid\":\"a\"}";
    let many = |claim: &str, item: &str, count: usize| {
        let items = vec![item; count].join(",");
        jws(header, format!("{{\"{claim}\":[{items}]}}"))
    };
    let dn = "CN=a+OU=\\#,".repeat(3_000);
    let requests = [
        ".".repeat(60_000),
        jws(header, format!("{{{}}}", names.join(","))),
        jws(&format!("{{{}}}", names.join(",")), "{}"),
        many("aud", "1", 20_000),
        many("redirect_uris", "\"https://a\"", 3_000),
        jws(header, format!("{{\"tls_client_auth_subject_dn\":{dn:?}}}")),
        jws(header, format!("{{\"iat\":{}}}", "9".repeat(40_000))),
    ];
    for (status, body) in sent(&ground, &requests).await {
        assert_eq!(status, 400, "{body}");
        assert!(body.len() < 4 * KIB, "{body}");
    }
}
