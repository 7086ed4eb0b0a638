//! A registration request, from its bytes to the deleted client: see `life`.
//!
//! ```text
//! uk-ob-3.3-strict
//! {"scope": "openid accounts", "-jti": 0}
//! {"typ": "JWS"}
//! ```
//!
//! The bank; then the changes to claims and header of an ordinary request (`edits`), which is signed by the
//! TPP where the bank wants that. Or, with `raw` after the bank's id, the body itself, in which `{jws}` and
//! `{ssa}` stand for the ordinary request and for its software statement.
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

/// Longest input that is looked at, in bytes: a body that is too large has been looked at then, too.
const MOST: usize = 70_000;

fuzz_target!(|data: &[u8]| -> Corpus {
    if register(data).is_some() {
        Corpus::Keep
    } else {
        Corpus::Reject
    }
});

/// The stage, and each TPP's statement: one is enough, since the clock stands still.
struct Theatre {
    stage: Stage,
    statements: [String; 2],
}

fn theatre() -> &'static Theatre {
    static THEATRE: OnceLock<Theatre> = OnceLock::new();
    THEATRE.get_or_init(|| {
        let stage = Stage::of_every_strictness();
        let directory = &stage.world().directory;
        let sign = |tpp| directory.statement(tpp, &Edits::default());
        let statements =
            [&stage.tpps[0], &stage.tpps[1]].map(|tpp| sign(tpp).expect("a statement"));
        Theatre { stage, statements }
    })
}

fn register(data: &[u8]) -> Option<()> {
    let (first, rest) = text(data, MOST)?.split_once('\n')?;
    let theatre = theatre();
    let (id, is_raw) = match first.strip_suffix(" raw") {
        Some(id) => (id, true),
        None => (first, false),
    };
    let bank = theatre.stage.bank(id)?;
    if bank.dialect().request == RequestForm::None {
        return None;
    }
    let body = if is_raw {
        let ordinary = theatre.request(&bank, &Edits::default());
        rest.replace("{jws}", &ordinary)
            .replace("{ssa}", theatre.statement(&bank))
    } else {
        theatre.request(&bank, &edits::parse(rest)?)
    };
    let accepted = life::live(&theatre.stage, &bank, &body.into());
    // What needs no change is what every other input is compared with.
    assert!(
        accepted || is_raw || !rest.trim().is_empty(),
        "an ordinary request is refused"
    );
    Some(())
}

impl Theatre {
    fn statement(&self, bank: &Bank) -> &str {
        let is_first = self.stage.tpp_of(bank).identity == self.stage.tpps[0].identity;
        &self.statements[usize::from(!is_first)]
    }

    /// The body of an ordinary request, but for these changes.
    fn request(&self, bank: &Bank, edits: &Edits) -> String {
        let tpp = self.stage.tpp_of(bank);
        let world = self.stage.world();
        let statement = self.statement(bank);
        let claims = world.request_claims(bank, tpp, statement, AuthMethod::TlsClientAuth);
        match bank.dialect().request {
            RequestForm::SignedJwt => {
                let signed = tpp.sign(claims, edits).expect("a signature");
                signed.expect("a TPP that has its key")
            }
            RequestForm::Json | RequestForm::None => {
                Value::Object(edits.applied_to(claims)).to_string()
            }
        }
    }
}
