//! Answers on HTTP/1.1 that come late, in pieces, or only when it is over.

use std::io::ErrorKind;
use std::time::Duration;

use aspsp_emulator::server::{Delivery, Limits, WireFault};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::faulty::{
    Answer, BODY, Faulty, ask, has_line, is_silent, plain_exchange, read_all, split,
};
use crate::helpers::{read_head, within};

const SOON: Duration = Duration::from_millis(100);
const LONG: Duration = Duration::from_secs(3600);

#[tokio::test]
async fn a_stall_lasts_until_the_client_goes() {
    let faulty = Faulty::start(WireFault::Stall(None)).await;
    let mut stream = faulty.asking().await;
    faulty.entered().await;
    // Whatever it sends meanwhile is forgotten.
    stream.write_all(&[b'x'; 10_000]).await.unwrap();
    faulty.meanwhile().await;
    assert!(is_silent(&mut stream));
    assert!(faulty.nothing_released());
    drop(stream);
    faulty.released().await;
    faulty.stop().await;
}

#[tokio::test]
async fn a_stall_ends_with_its_time_or_the_server_as_a_close() {
    for limit in [Some(SOON), None] {
        let mut faulty = Faulty::start(WireFault::Stall(limit)).await;
        let mut stream = faulty.asking().await;
        faulty.entered().await;
        if limit.is_none() {
            faulty.meanwhile().await;
            assert!(is_silent(&mut stream));
            assert!(faulty.nothing_released());
            faulty.server.tell_to_stop();
        }
        assert_eq!(read_all(&mut stream).await, b"");
        drop(stream);
        faulty.released().await;
        faulty.stop().await;
    }
}

#[tokio::test]
async fn a_stalled_connection_is_not_idle_but_counts() {
    let limits = Limits {
        idle_timeout: SOON,
        header_timeout: SOON,
        connections: 2,
        ..Limits::default()
    };
    let faulty = Faulty::start_limited(limits, WireFault::Stall(None)).await;
    let mut stream = faulty.asking().await;
    faulty.entered().await;
    // A connection that began later ends by its idle limit.
    assert_eq!(faulty.server.exchange_bytes("").await, "");
    let mut other = faulty.asking().await;
    faulty.entered().await;
    let mut third = TcpStream::connect(faulty.server.address).await.unwrap();
    third.write_all(b"no TLS at all").await.unwrap();
    assert!(is_silent(&mut stream) && is_silent(&mut other));
    let untouched = third.try_read(&mut [0]).unwrap_err();
    assert_eq!(untouched.kind(), ErrorKind::WouldBlock);

    drop(stream);
    // An alert: it was let in.
    let mut byte = [0];
    assert_eq!(within(third.read(&mut byte)).await.unwrap(), 1);
    assert_eq!(byte, [21]);
    faulty.stop().await;
}

#[tokio::test]
async fn a_drip_brings_the_whole_body_in_order_on_a_connection_that_stays() {
    let drip = WireFault::Drip {
        bytes: 3,
        every: Duration::from_millis(2),
    };
    let faulty = Faulty::start(drip).await;
    let mut stream = faulty.server.connect_http1().await;
    plain_exchange(&mut stream).await;
    ask(&mut stream, "GET", "/").await;
    let head = read_head(&mut stream).await;
    assert!(has_line(&head, "content-length: 10"), "{head}");
    let mut body = [0; BODY.len()];
    within(stream.read_exact(&mut body)).await.unwrap();
    assert_eq!(body, BODY);
    ask(&mut stream, "HEAD", "/").await;
    let head = read_head(&mut stream).await;
    assert!(has_line(&head, "content-length: 10"), "{head}");
    plain_exchange(&mut stream).await;
    faulty.released().await;
    faulty.stop().await;
}

#[tokio::test]
async fn a_piece_of_a_drip_is_sent_before_the_pause_which_the_stop_ends() {
    let drip = WireFault::Drip {
        bytes: 3,
        every: LONG,
    };
    let mut faulty = Faulty::start(drip).await;
    let mut stream = faulty.asking().await;
    read_head(&mut stream).await;
    let mut piece = [0; 3];
    within(stream.read_exact(&mut piece)).await.unwrap();
    assert_eq!(&piece, b"012");
    faulty.meanwhile().await;
    assert!(is_silent(&mut stream));
    assert!(faulty.nothing_released());
    faulty.server.tell_to_stop();
    assert_eq!(read_all(&mut stream).await, b"3456789");
    faulty.released().await;
    faulty.stop().await;
}

#[tokio::test]
async fn a_delayed_answer_is_sent_on_a_connection_that_stays() {
    let delayed = Delivery {
        delay: Duration::from_millis(20),
        ..Delivery::default()
    };
    let faulty = Faulty::start(delayed).await;
    let mut stream = faulty.server.connect_http1().await;
    plain_exchange(&mut stream).await;
    ask(&mut stream, "GET", "/").await;
    read_head(&mut stream).await;
    let mut body = [0; BODY.len()];
    within(stream.read_exact(&mut body)).await.unwrap();
    assert_eq!(body, BODY);
    plain_exchange(&mut stream).await;
    faulty.released().await;
    faulty.stop().await;
}

#[tokio::test]
async fn a_delay_outlasts_the_idle_limit_and_ends_with_the_server() {
    let delayed = Delivery {
        delay: LONG,
        ..Delivery::default()
    };
    let limits = Limits {
        idle_timeout: SOON,
        header_timeout: SOON,
        ..Limits::default()
    };
    let mut faulty = Faulty::start_limited(limits, delayed).await;
    let mut stream = faulty.asking().await;
    faulty.entered().await;
    assert_eq!(faulty.server.exchange_bytes("").await, "");
    faulty.meanwhile().await;
    assert!(is_silent(&mut stream));
    assert!(faulty.nothing_released());
    faulty.server.tell_to_stop();
    let answer = read_all(&mut stream).await;
    let (head, body) = split(&answer);
    assert!(has_line(&head, "connection: close"), "{head}");
    assert_eq!(body, BODY);
    faulty.stop().await;
}

#[tokio::test]
async fn a_client_that_goes_ends_its_delay_or_drip() {
    let delayed = Delivery {
        delay: LONG,
        ..Delivery::default()
    };
    let dripped = WireFault::Drip {
        bytes: 1,
        every: LONG,
    };
    for answer in [Answer::from(delayed), Answer::from(dripped)] {
        let faulty = Faulty::start(answer).await;
        let stream = faulty.asking().await;
        faulty.entered().await;
        assert!(faulty.nothing_released());
        drop(stream);
        faulty.released().await;
        faulty.stop().await;
    }
}
