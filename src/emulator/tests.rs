//! What becomes of panics, and what is left of a runtime: seen from within.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock, Weak};
use std::thread;

use certs_gen::Authority;
use tokio::runtime::Handle;

use super::Emulator;
use crate::clock::Clock;
use crate::server::Panics;

fn start() -> Emulator {
    static AUTHORITY: OnceLock<Arc<Authority>> = OnceLock::new();
    let authority = AUTHORITY.get_or_init(|| {
        let now = Clock::system().now();
        Arc::new(Authority::generate(now).unwrap())
    });
    let builder = Emulator::builder().authority(authority);
    builder.start_blocking().unwrap()
}

/// What a caught panic says.
fn said(ended: thread::Result<()>) -> String {
    let panics = Panics::default();
    panics.note(ended.unwrap_err().as_ref());
    panics.take().remove(0)
}

/// Waits until a panic was noted.
fn noted(emulator: &Emulator) -> Vec<String> {
    loop {
        let panics = emulator.panics();
        if !panics.is_empty() {
            return panics;
        }
        thread::yield_now();
    }
}

#[test]
fn a_panic_in_the_background_is_told_at_the_end() {
    for end in [drop, Emulator::stop] {
        let emulator = start();
        emulator
            .host()
            .tasks
            .leave(async { panic!("a mistake in the background") });
        assert_eq!(noted(&emulator), ["a mistake in the background"]);
        let ended = catch_unwind(AssertUnwindSafe(|| end(emulator)));
        assert_eq!(
            said(ended),
            "the emulator panicked: a mistake in the background"
        );
    }
}

#[test]
fn a_panic_of_the_thread_itself_is_told_at_the_end() {
    let mut emulator = start();
    let real = emulator.thread.take().unwrap();
    emulator.thread = Some(thread::spawn(move || {
        real.join().unwrap();
        panic!("a mistake of the thread");
    }));
    let panicked = emulator.try_stop().unwrap_err().to_string();
    assert_eq!(panicked, "the emulator panicked: a mistake of the thread");
}

#[test]
fn its_end_is_known_before_anybody_asks_for_it() {
    let emulator = start();
    // As little is left of it when its thread panics.
    emulator.stop.send_replace(true);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(emulator.ended());
    emulator.try_stop().unwrap();
}

#[test]
fn a_test_that_panics_already_keeps_its_own_message() {
    let emulator = start();
    emulator
        .host()
        .tasks
        .leave(async { panic!("a mistake in the background") });
    noted(&emulator);
    let ended = thread::spawn(move || {
        let _emulator = emulator;
        panic!("what the test found");
    });
    assert_eq!(said(ended.join()), "what the test found");
}

#[test]
fn work_that_panics_there_panics_at_its_caller() {
    let emulator = start();
    let tasks = emulator.host().tasks.clone();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let both: [thread::Result<()>; 2] = [
        catch_unwind(AssertUnwindSafe(|| {
            let _ = runtime.block_on(tasks.run(async { panic!("asked for") }));
        })),
        catch_unwind(AssertUnwindSafe(|| {
            let _ = runtime.block_on(tasks.run_blocking(|| panic!("asked for")));
        })),
    ];
    for panicked in both {
        assert_eq!(said(panicked), "asked for");
    }
    // Its caller knows, so nobody else has to be told.
    emulator.try_stop().unwrap();
}

#[test]
fn no_task_and_no_world_is_left_when_it_has_stopped() {
    for _ in 0..20 {
        let emulator = start();
        let (sent, runtime) = std::sync::mpsc::channel();
        let there = async move { sent.send(Handle::current()).unwrap() };
        emulator.host().tasks.leave(there);
        // One that would never end by itself.
        emulator.host().tasks.leave(std::future::pending());
        let runtime = runtime.recv().unwrap();
        let worlds = Arc::downgrade(&emulator.host().worlds);
        assert!(runtime.metrics().num_alive_tasks() > 0);
        emulator.stop();
        assert_eq!(runtime.metrics().num_alive_tasks(), 0);
        assert_eq!(Weak::strong_count(&worlds), 0);
    }
}
