//! What the journal costs: the time of a push, and memory while a million exchanges go through a ring of
//! a thousand.
//!
//! `cargo bench --bench journal [-- EXCHANGES]` (1,000,000 without; memory on Linux only). The last row
//! is that of several threads that push at once.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)] // A program that measures.

use std::fs;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use aspsp_emulator::dialect::checks::Verdict;
use aspsp_emulator::dialect::judgement::CheckResult;
use aspsp_emulator::domain::ids::InteractionId;
use aspsp_emulator::journal::{Answer, Exchange, Headers, Journal, JournalLimits, Message, Tls};
use bytes::Bytes;

/// Threads that push at once.
const THREADS: u64 = 4;

fn main() {
    let argument = std::env::args().skip(1).find_map(|word| word.parse().ok());
    let most: u64 = argument.unwrap_or(1_000_000);
    let limits = JournalLimits::default();
    let journal = Journal::new(limits);
    let maker = Maker::new();
    println!("{:>10} exchanges  VmRSS {:>7} KiB", 0, resident());
    let tenth = pushed(&journal, &maker, most / 10);
    report(most / 10, &journal);
    let rest = pushed(&journal, &maker, most - most / 10);
    report(most, &journal);
    println!("one thread: {} ns per push", per(tenth + rest, most));
    let each = most / 10 / THREADS;
    let start = Instant::now();
    let busy: Duration = thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|_| scope.spawn(|| pushed(&journal, &maker, each)))
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .sum()
    });
    println!(
        "{THREADS} threads: {} ns per push, {} ns between exchanges with their making",
        per(busy, each * THREADS),
        per(start.elapsed(), each * THREADS)
    );
}

/// The time that pushing takes, without that of making the exchanges.
fn pushed(journal: &Journal, maker: &Maker, count: u64) -> Duration {
    let mut busy = Duration::ZERO;
    for _ in 0..count {
        let exchange = maker.make();
        let start = Instant::now();
        journal.push(exchange);
        busy += start.elapsed();
    }
    busy
}

fn report(count: u64, journal: &Journal) {
    println!(
        "{count:>10} exchanges  VmRSS {:>7} KiB  {} kept in {} KiB as estimated, {} dropped",
        resident(),
        journal.len(),
        journal.bytes() / 1024,
        journal.dropped()
    );
}

fn per(time: Duration, count: u64) -> u128 {
    time.as_nanos() / u128::from(count.max(1))
}

/// Resident memory of this process in KiB.
fn resident() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().nth(1));
    number.and_then(|number| number.parse().ok()).unwrap_or(0)
}

/// Makes registrations of an ordinary size: a body of 4 KiB, sixty checks.
struct Maker {
    tls: Arc<Tls>,
    body: Bytes,
}

impl Maker {
    fn new() -> Self {
        Self {
            tls: Arc::new(Tls {
                version: "TLSv1.3",
                cipher_suite: "TLS_AES_128_GCM_SHA256".to_owned(),
                certificate: Some(Bytes::from(vec![0; 1_200])),
                ..Tls::default()
            }),
            body: Bytes::from(vec![b'x'; 4_096]),
        }
    }

    fn make(&self) -> Exchange {
        let headers: Headers = (0..10)
            .map(|_| ("x-some-header", &b"some value"[..]))
            .collect();
        Exchange {
            world: "default".into(),
            listener: "mtls",
            bank: Some("uk-ob-3.3".to_owned()),
            operation: Some("register"),
            method: "POST".to_owned(),
            path: "/uk-ob-3.3/register".to_owned(),
            url: "https://localhost:8443/uk-ob-3.3/register".to_owned(),
            http_version: "HTTP/1.1",
            interaction_id: Some(InteractionId::fresh()),
            software_id: Some("4fyviDZUwVqnXSYLl0CPpB".to_owned()),
            org_id: Some("0015800001041RHAAY".to_owned()),
            peer_address: "127.0.0.1:50000".to_owned(),
            tls: Some(Arc::clone(&self.tls)),
            request: Message {
                headers: headers.clone(),
                body: self.body.clone().into(),
            },
            response: Some(Answer {
                status: 201,
                headers,
                body: self.body.clone().into(),
            }),
            checks: (0..60).map(|_| check()).collect(),
            ..Exchange::default()
        }
    }
}

fn check() -> CheckResult {
    CheckResult {
        check: "some_check",
        result: Verdict::Passed,
        seen: Some("'some value that was seen'".to_owned()),
        allowed: None,
        source: "OBIE DCR 3.3",
    }
}
