//! Keys that take too long to make for each test.

use std::sync::{Arc, OnceLock};

use aspsp_emulator::clock::Clock;
use certs_gen::{Authority, Key, KeyAlgorithm};

/// An authority that all tests share: its directory key is made once.
pub fn authority() -> &'static Arc<Authority> {
    static AUTHORITY: OnceLock<Arc<Authority>> = OnceLock::new();
    AUTHORITY.get_or_init(|| {
        let now = Clock::system().now();
        Arc::new(Authority::generate(now).unwrap())
    })
}

/// One of a few RSA keys that all tests share.
pub fn rsa_key(index: usize) -> Key {
    const KEYS: usize = 3;
    static MADE: OnceLock<Vec<Key>> = OnceLock::new();
    let keys = MADE.get_or_init(|| {
        (0..KEYS)
            .map(|_| Key::generate(KeyAlgorithm::Rsa2048).unwrap())
            .collect()
    });
    keys[index % KEYS].clone()
}
