//! A software statement in an ordinary request: as for a registration, and one that the directory did not
//! sign registers nobody.
//!
//! ```text
//! uk-ob-3.3
//! {"software_redirect_uris": [], "iat": 0}
//! {"kid": "x"}
//! ```
//!
//! The bank; then the changes to claims and header of an ordinary statement (`edits`), which the directory
//! signs. Or, with `raw` after the bank's id, the statement itself.
#![no_main]

use std::sync::OnceLock;

use aspsp_emulator::bank::Bank;
use aspsp_emulator::dialect::RequestForm;
use aspsp_emulator::domain::client::AuthMethod;
use aspsp_emulator::domain::signing::Edits;
use aspsp_emulator_fuzz::ecosystem::Stage;
use aspsp_emulator_fuzz::{edits, life, text};
use libfuzzer_sys::{Corpus, fuzz_target};
use serde_json::Value;

/// Longest input that is looked at, in bytes.
const MOST: usize = 20_000;

fuzz_target!(|data: &[u8]| -> Corpus {
    if register(data).is_some() {
        Corpus::Keep
    } else {
        Corpus::Reject
    }
});

fn register(data: &[u8]) -> Option<()> {
    static STAGE: OnceLock<Stage> = OnceLock::new();
    let (first, rest) = text(data, MOST)?.split_once('\n')?;
    let stage = STAGE.get_or_init(Stage::of_every_strictness);
    let (id, is_raw) = match first.strip_suffix(" raw") {
        Some(id) => (id, true),
        None => (first, false),
    };
    let bank = stage.bank(id)?;
    if bank.dialect().request == RequestForm::None {
        return None;
    }
    let statement = if is_raw {
        rest.to_owned()
    } else {
        let directory = &stage.world().directory;
        let signed = directory.statement(stage.tpp_of(&bank), &edits::parse(rest)?);
        signed.expect("a signature")
    };
    let accepted = life::live(stage, &bank, &request(stage, &bank, &statement).into());
    assert!(!(accepted && is_raw), "a statement that nobody signed");
    assert!(
        accepted || is_raw || !rest.trim().is_empty(),
        "an ordinary statement is refused"
    );
    Some(())
}

/// An ordinary request with this statement.
fn request(stage: &Stage, bank: &Bank, statement: &str) -> String {
    let tpp = stage.tpp_of(bank);
    let claims = stage
        .world()
        .request_claims(bank, tpp, statement, AuthMethod::TlsClientAuth);
    if bank.dialect().request == RequestForm::Json {
        return Value::Object(claims).to_string();
    }
    let signed = tpp.sign(claims, &Edits::default()).expect("a signature");
    signed.expect("a TPP that has its key")
}
