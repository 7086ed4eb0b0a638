//! Requests to the control API, one after the other (`script` says how they are written): every route that
//! takes a body, and those that do not.
//!
//! No answer is a failure of the emulator, each is one that the `OpenAPI` document has, problems are problem
//! documents, and a snapshot of what came of it all can be put back.
#![no_main]

use std::sync::OnceLock;

use aspsp_emulator_fuzz::script::{Player, parse};
use aspsp_emulator_fuzz::text;
use libfuzzer_sys::{Corpus, fuzz_target};

/// Longest input that is looked at, in bytes.
const MOST: usize = 20_000;

fuzz_target!(|data: &[u8]| -> Corpus {
    static PLAYER: OnceLock<Player> = OnceLock::new();
    let Some(lines) = text(data, MOST).and_then(parse) else {
        return Corpus::Reject;
    };
    PLAYER.get_or_init(Player::new).play(&lines);
    Corpus::Keep
});
