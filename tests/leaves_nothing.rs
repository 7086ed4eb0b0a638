//! Many emulators that were started and stopped leave no thread, port, file or memory, and many worlds
//! that were made and dropped no memory either. (Tasks: `src/emulator/tests.rs`.)
//!
//! A process of its own, and one test after the other, since they count what the whole process has.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)] // A test that cannot go on has failed.

use std::collections::HashSet;
use std::fs;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use aspsp_emulator::clock::Clock;
use aspsp_emulator::{Emulator, World};
use certs_gen::{Authority, Key, KeyAlgorithm};
use futures_util::future::join_all;
use reqwest::{Client, StatusCode};

const TIMES: usize = 1000;
/// Every so many of them make an authority of their own.
const OWN_AUTHORITY: usize = 20;
/// Emulators at one time.
const AT_ONCE: usize = 64;

/// KiB that the allocator may keep for itself, in all; a world that stays takes about 70.
const SPARE: u64 = 10 * 1024;

/// Held by the test that runs.
static ALONE: Mutex<()> = Mutex::new(());

fn entries(dir: &str) -> usize {
    fs::read_dir(dir).unwrap().count()
}

/// Whether it holds within ten seconds: the system forgets a joined thread a moment later.
fn soon(holds: impl Fn() -> bool) -> bool {
    let end = Instant::now() + Duration::from_secs(10);
    while !holds() {
        if Instant::now() > end {
            return false;
        }
        std::thread::yield_now();
    }
    true
}

fn addresses(emulator: &Emulator) -> [SocketAddr; 3] {
    let addresses = emulator.addresses();
    [addresses.mtls, addresses.tls, addresses.control]
}

fn is_free(address: SocketAddr) -> bool {
    TcpStream::connect(address).is_err() && TcpListener::bind(address).is_ok()
}

fn start_use_and_stop(authority: Option<&Arc<Authority>>) -> [SocketAddr; 3] {
    let builder = match authority {
        Some(shared) => Emulator::builder().authority(shared),
        None => Emulator::builder(),
    };
    let emulator = builder.start_blocking().unwrap();
    let addresses = addresses(&emulator);
    // Connections that say nothing must not hold it up.
    let silent: Vec<_> = addresses
        .map(|address| TcpStream::connect(address).unwrap())
        .into();
    drop(emulator);
    drop(silent);
    addresses
}

#[test]
fn a_thousand_starts_and_stops_leave_no_thread_port_or_file_open() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let authority = Arc::new(Authority::generate(Clock::system().now()).unwrap());
    // What is made once for the whole process is made now.
    start_use_and_stop(Some(&authority));
    start_use_and_stop(None);
    let (threads, files) = (entries("/proc/self/task"), entries("/proc/self/fd"));
    let mut warm = 0;
    for time in 0..TIMES {
        let shared = (time % OWN_AUTHORITY != 0).then_some(&authority);
        for address in start_use_and_stop(shared) {
            assert!(is_free(address), "{address} is still taken");
        }
        if time == TIMES / 10 {
            warm = resident();
        }
    }
    assert_as_before(threads, files);
    let after = resident();
    assert!(after < warm + SPARE, "{after} KiB were {warm}");
}

#[test]
fn sixty_four_at_once_are_used_and_leave_nothing_open() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    // A dozen files each.
    rlimit::increase_nofile_limit(4096).unwrap();
    let authority = Arc::new(Authority::generate(Clock::system().now()).unwrap());
    let keys = [(); 2].map(|()| Key::generate(KeyAlgorithm::EcP256).unwrap());
    start_use_and_stop(Some(&authority));
    let (threads, files) = (entries("/proc/self/task"), entries("/proc/self/fd"));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let emulators = runtime.block_on(async {
        let start = || Emulator::builder().authority(&authority).start();
        let started = join_all((0..AT_ONCE).map(|_| start())).await;
        let emulators: Vec<Emulator> = started.into_iter().map(Result::unwrap).collect();
        let asked = |emulator| ask_for_a_token(emulator, &keys);
        join_all(emulators.iter().map(asked)).await;
        for emulator in &emulators {
            assert_eq!(emulator.exchanges().len(), 1);
        }
        emulators
    });
    let ports: HashSet<SocketAddr> = emulators.iter().flat_map(addresses).collect();
    assert_eq!(ports.len(), 3 * AT_ONCE);
    drop(emulators);
    for address in ports {
        assert!(is_free(address), "{address} is still taken");
    }
    drop(runtime);
    assert_as_before(threads, files);
}

/// As a client that is not registered there, over mutual TLS.
async fn ask_for_a_token(emulator: &Emulator, keys: &[Key; 2]) {
    let [transport, signing] = keys.clone();
    let tpp = emulator.tpp().transport_key(transport).signing_key(signing);
    let config = tpp.create().await.unwrap().client_config().unwrap();
    let client = Client::builder().tls_backend_preconfigured(config);
    let url = emulator.url("uk-ob-3.3") + "/token";
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", "nobody"),
    ];
    let form = form
        .map(|(name, value)| format!("{name}={value}"))
        .join("&");
    let request = client.build().unwrap().post(url).body(form);
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
}

fn assert_as_before(threads: usize, files: usize) {
    assert!(
        soon(|| entries("/proc/self/task") <= threads),
        "{} threads were {threads}",
        entries("/proc/self/task")
    );
    assert!(
        soon(|| entries("/proc/self/fd") <= files),
        "{} files were {files}",
        entries("/proc/self/fd")
    );
}

/// Resident memory of this process, KiB.
fn resident() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.unwrap().trim().trim_end_matches(" kB");
    kib.parse().unwrap()
}

/// A world with a TPP that asks something, a scenario and a moved clock.
async fn make_use_and_drop_a_world(emulator: &Emulator, keys: &[Key; 2]) {
    let builder = emulator.world_builder().scenario("throttled-429");
    let world = builder.create().await.unwrap();
    world.clock().advance(Duration::from_secs(60));
    let [transport, signing] = keys.clone();
    let tpp = world.tpp().transport_key(transport).signing_key(signing);
    let config = tpp.create().await.unwrap().client_config().unwrap();
    let client = Client::builder().tls_backend_preconfigured(config);
    // By path, and by certificate.
    let client = client.build().unwrap();
    let all: [&World; 2] = [&world, emulator];
    for base in all {
        let url = base.url("uk-ob-3.3") + "/.well-known/openid-configuration";
        let answer = client.get(url).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
    }
    assert_eq!(world.exchanges().len(), 2);
}

#[test]
fn hundreds_of_worlds_made_and_dropped_leave_no_memory_thread_or_file_open() {
    const WARM: usize = 50;
    const MORE: usize = 300;
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let authority = Arc::new(Authority::generate(Clock::system().now()).unwrap());
    start_use_and_stop(Some(&authority));
    let (threads, files) = (entries("/proc/self/task"), entries("/proc/self/fd"));
    let keys = [(); 2].map(|()| Key::generate(KeyAlgorithm::EcP256).unwrap());
    let builder = Emulator::builder().authority(&authority);
    let emulator = builder.start_blocking().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let make = |times| {
        for _ in 0..times {
            runtime.block_on(make_use_and_drop_a_world(&emulator, &keys));
        }
    };
    make(WARM);
    let before = resident();
    make(MORE);
    let after = resident();
    assert!(after < before + SPARE, "{after} KiB were {before}");
    drop((runtime, emulator));
    assert_as_before(threads, files);
}
