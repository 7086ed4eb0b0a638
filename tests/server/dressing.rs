//! What an answer's delivery says about its head.

use aspsp_emulator::server::{Delivery, IdOnAnswer};
use reqwest::Response;
use warp::http::HeaderName;
use warp::http::header::{CONTENT_LENGTH, CONTENT_TYPE, DATE};

use crate::faulty::{Answer, Faulty};
use crate::helpers::{DATE as NOW, HTTP1, HTTP2, INTERACTION_ID};

const ID: &str = "c770aef3-6784-41f7-8e0e-ff5f97bddb3a";
const OTHER: &str = "of-the-answer";

async fn answers(answer: Answer, method: &str) -> Vec<Response> {
    let faulty = Faulty::start(answer).await;
    let mut answers = Vec::new();
    for alpn in [HTTP1, HTTP2] {
        let request = faulty.server.http(alpn);
        let request = request.request(method.parse().unwrap(), faulty.server.url("/"));
        let answer = request.header(INTERACTION_ID, ID).send().await;
        answers.push(answer.unwrap());
    }
    faulty.stop().await;
    answers
}

fn header<'a>(answer: &'a Response, name: &HeaderName) -> Option<&'a str> {
    assert!(answer.headers().get_all(name).iter().count() < 2);
    answer.headers().get(name).map(|it| it.to_str().unwrap())
}

#[tokio::test]
async fn the_interaction_id_is_that_of_the_exchange_or_the_answer_or_none_or_unknown() {
    let name = HeaderName::from_static(INTERACTION_ID);
    let with_own = || Answer::default().with_header(INTERACTION_ID, OTHER);
    let cases = [
        (Answer::default(), IdOnAnswer::Own, Some(ID)),
        (with_own(), IdOnAnswer::Own, Some(OTHER)),
        (Answer::default(), IdOnAnswer::Omitted, None),
        (with_own(), IdOnAnswer::Omitted, None),
    ];
    for (answer, naming, expected) in cases {
        for answer in answers(answer.naming(naming), "GET").await {
            assert_eq!(header(&answer, &name), expected, "{naming:?}");
        }
    }
    for answer in [Answer::default(), with_own()] {
        for answer in answers(answer.naming(IdOnAnswer::Replaced), "GET").await {
            let id = header(&answer, &name).unwrap();
            assert!(id.len() == 36 && id != ID, "{id}");
        }
    }
}

#[tokio::test]
async fn header_fields_can_be_left_out() {
    let whole = || Answer::default().with_header("content-type", "text/plain");
    let expected = [
        (DATE, Some(NOW)),
        (CONTENT_TYPE, Some("text/plain")),
        (CONTENT_LENGTH, Some("10")),
    ];
    for method in ["GET", "HEAD"] {
        for (left_out, _) in &expected {
            for answer in answers(whole().without(left_out.clone()), method).await {
                for (name, value) in &expected {
                    let value = value.filter(|_| name != left_out);
                    assert_eq!(header(&answer, name), value, "{method} without {left_out}");
                }
                let body = if method == "GET" { "0123456789" } else { "" };
                assert_eq!(answer.text().await.unwrap(), body);
            }
        }
    }
}

#[tokio::test]
async fn an_empty_body_without_a_length_is_empty_all_the_same() {
    let empty = Answer::default().with_body("").without(CONTENT_LENGTH);
    for answer in answers(empty, "GET").await {
        assert_eq!(header(&answer, &CONTENT_LENGTH), None);
        assert_eq!(answer.text().await.unwrap(), "");
    }
}

#[tokio::test]
async fn framing_of_the_routes_gives_way_to_what_is_true() {
    let framed = || {
        Answer::from(Delivery::default())
            .with_header("content-length", "5")
            .with_header("content-length", "7")
            .with_header("transfer-encoding", "gzip")
    };
    for answer in answers(framed(), "GET").await {
        assert_eq!(header(&answer, &CONTENT_LENGTH), Some("10"));
        assert_eq!(answer.text().await.unwrap(), "0123456789");
    }
    for answer in answers(framed(), "HEAD").await {
        assert_eq!(header(&answer, &CONTENT_LENGTH), Some("5"));
    }
}
