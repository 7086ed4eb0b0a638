//! Starting and stopping many emulators leaves no thread, port or file open.
//!
//! A process of its own with one test, since it counts the threads of the whole process.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)] // A test that cannot go on has failed.

use std::fs;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use aspsp_emulator::Emulator;
use aspsp_emulator::clock::Clock;
use certs_gen::Authority;

const TIMES: usize = 50;

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

fn start_use_and_stop(authority: &Arc<Authority>) -> [SocketAddr; 3] {
    let emulator = Emulator::builder()
        .authority(authority)
        .start_blocking()
        .unwrap();
    let addresses = emulator.addresses();
    let addresses = [addresses.mtls, addresses.tls, addresses.control];
    // Connections that say nothing must not hold it up.
    let silent: Vec<_> = addresses
        .map(|address| TcpStream::connect(address).unwrap())
        .into();
    drop(emulator);
    drop(silent);
    addresses
}

#[test]
fn fifty_starts_and_stops_leave_no_thread_port_or_file_open() {
    let authority = Arc::new(Authority::generate(Clock::system().now()).unwrap());
    // What is made once for the whole process is made now.
    start_use_and_stop(&authority);
    let (threads, files) = (entries("/proc/self/task"), entries("/proc/self/fd"));
    for _ in 0..TIMES {
        for address in start_use_and_stop(&authority) {
            assert!(
                TcpStream::connect(address).is_err(),
                "{address} is still open"
            );
            TcpListener::bind(address).unwrap();
        }
    }
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
