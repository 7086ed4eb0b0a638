//! What is said of how much of an answer was delivered, and when.

use std::mem;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aspsp_emulator::server::Delivered::{Complete, Partial};
use aspsp_emulator::server::{Delivered, Delivery, DeliveryWatch, WireFault};
use bytes::Bytes;
use h2::Reason;
use warp::http::Method;
use warp::http::header::CONTENT_LENGTH;

use crate::faulty::{Answer, BODY, Faulty, get};
use crate::helpers::{HTTP1, HTTP2, read_head, within};

const SOON: Duration = Duration::from_millis(2);
const LONG: Duration = Duration::from_secs(3600);

/// Remembers what it is told.
#[derive(Default)]
struct Log(Mutex<Vec<Delivered>>);

impl Log {
    fn take(&self) -> Vec<Delivered> {
        mem::take(&mut self.0.lock().unwrap())
    }
}

impl DeliveryWatch for Log {
    fn delivered(&self, how: Delivered) {
        self.0.lock().unwrap().push(how);
    }
}

async fn start(answer: impl Into<Answer>) -> (Faulty, Arc<Log>) {
    let (mut answer, log) = (answer.into(), Arc::new(Log::default()));
    answer.delivery.watch = Some(Arc::clone(&log) as _);
    (Faulty::start(answer).await, log)
}

/// What is known in the instant in which a client has read an answer to its end, if it could, with both
/// protocols; the server runs on a thread of its own.
async fn told(method: &Method, answer: &Answer, alpn: &[&str]) -> Vec<Delivered> {
    let (faulty, log) = start(answer.clone()).await;
    let request = faulty.server.http(alpn);
    let request = request.request(method.clone(), faulty.server.url("/"));
    let known = match request.send().await {
        Ok(answer) => {
            let read = answer.bytes().await;
            read.map(|_| log.take())
        }
        Err(error) => Err(error),
    };
    faulty.stop().await;
    match known {
        Ok(known) => {
            assert_eq!(log.take(), [], "something was said too late");
            known
        }
        Err(_) => log.take(),
    }
}

fn faulty(fault: WireFault) -> Answer {
    Answer::from(fault)
}

fn drip() -> Answer {
    faulty(WireFault::Drip {
        bytes: 3,
        every: SOON,
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_whole_answer_is_complete_before_its_end_can_be_read() {
    let whole = Answer::default;
    let large = || whole().with_body(vec![b'x'; 3_000_000]);
    let late = Answer::from(Delivery {
        delay: SOON,
        ..Delivery::default()
    });
    let cases: [(_, _, &[Delivered]); 13] = [
        (Method::GET, whole(), &[Partial, Complete]),
        (Method::GET, large(), &[Partial, Complete]),
        (Method::GET, late, &[Partial, Complete]),
        (Method::GET, drip(), &[Partial, Complete]),
        (
            Method::GET,
            whole().without(CONTENT_LENGTH),
            &[Partial, Complete],
        ),
        (
            Method::GET,
            large().without(CONTENT_LENGTH),
            &[Partial, Complete],
        ),
        (Method::GET, drip().with_body(""), &[Complete]),
        (Method::GET, whole().with_body(""), &[Complete]),
        (Method::HEAD, whole(), &[Complete]),
        (Method::HEAD, drip(), &[Complete]),
        (
            Method::GET,
            whole().with_status(204).with_body(""),
            &[Complete],
        ),
        (
            Method::GET,
            whole().with_status(304).with_body(""),
            &[Complete],
        ),
        (Method::GET, whole().with_status(503), &[Partial, Complete]),
    ];
    for (method, answer, expected) in cases {
        for alpn in [HTTP1, HTTP2] {
            for _ in 0..5 {
                let told = told(&method, &answer, alpn).await;
                assert_eq!(told, expected, "{method} {:?}", answer.delivery);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_breaks_off_or_is_wrong_is_partial() {
    let wrong = || faulty(WireFault::WrongLength);
    let truncated = faulty(WireFault::Truncate(4));
    let cases = [
        (Method::GET, truncated.clone()),
        (Method::GET, faulty(WireFault::Truncate(0))),
        (Method::GET, truncated.without(CONTENT_LENGTH)),
        (Method::GET, wrong()),
        (Method::GET, wrong().with_body("")),
        (Method::HEAD, wrong()),
        (Method::GET, wrong().with_status(204).with_body("")),
    ];
    for (method, answer) in cases {
        for alpn in [HTTP1, HTTP2] {
            let told = told(&method, &answer, alpn).await;
            assert_eq!(told, [Partial], "{method} {:?}", answer.delivery);
        }
    }
}

#[tokio::test]
async fn of_an_answer_that_never_comes_nothing_is_said() {
    let garbage = Bytes::from_static(b"no HTTP at all\r\n\r\n");
    let cases = [
        (Method::GET, WireFault::Close),
        (Method::GET, WireFault::Reset),
        (Method::GET, WireFault::Stall(Some(SOON))),
        (Method::GET, WireFault::Garbage(garbage)),
        (Method::HEAD, WireFault::Truncate(4)),
    ];
    for (method, fault) in cases {
        for alpn in [HTTP1, HTTP2] {
            let told = told(&method, &faulty(fault.clone()), alpn).await;
            assert_eq!(told, [], "{method} {fault:?}");
        }
    }
}

#[tokio::test]
async fn a_client_that_leaves_a_drip_has_a_part_and_one_that_leaves_a_delay_has_nothing() {
    let dripped = Delivery {
        fault: Some(WireFault::Drip {
            bytes: 3,
            every: LONG,
        }),
        ..Delivery::default()
    };
    let delayed = Delivery {
        delay: LONG,
        ..Delivery::default()
    };
    for (delivery, expected) in [(dripped, &[Partial][..]), (delayed, &[])] {
        let drips = delivery.fault.is_some();
        let (faulty, log) = start(delivery.clone()).await;
        let mut stream = faulty.asking().await;
        faulty.entered().await;
        if drips {
            read_head(&mut stream).await;
        }
        drop(stream);
        faulty.released().await;
        assert_eq!(log.take(), expected);
        faulty.stop().await;

        let (faulty, log) = start(delivery).await;
        let mut http = faulty.http2().await;
        let (answer, mut request) = http.send_request(get("/"), true).unwrap();
        faulty.entered().await;
        let answer = if drips {
            Some(within(answer).await.unwrap())
        } else {
            None
        };
        request.send_reset(Reason::CANCEL);
        faulty.released().await;
        assert_eq!(log.take(), expected);
        drop(answer);
        faulty.stop().await;
    }
}

#[tokio::test]
async fn a_drip_that_the_stop_ends_is_complete() {
    let (mut faulty, log) = start(WireFault::Drip {
        bytes: 3,
        every: LONG,
    })
    .await;
    let mut stream = faulty.asking().await;
    read_head(&mut stream).await;
    assert_eq!(log.take(), [Partial]);
    faulty.server.tell_to_stop();
    assert_eq!(crate::faulty::read_all(&mut stream).await, BODY);
    assert_eq!(log.take(), [Complete]);
    faulty.stop().await;
}

#[test]
fn what_is_delivered_has_a_word() {
    let words = [Delivered::None, Partial, Complete].map(Delivered::as_str);
    assert_eq!(words, ["none", "partial", "complete"]);
}
