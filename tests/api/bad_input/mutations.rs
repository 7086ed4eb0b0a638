//! Many small damages to a valid request, the same ones in every run.

use reqwest::{Response, StatusCode};
use serde_json::{Value, json};

use crate::helpers::{BANK, INTERACTION_ID, TestBank, TestTpp, json as json_of};
use crate::registration_cases::{assert_stored, refusal, still_bank};
use crate::registration_raw::{ordinary, request, signed, signing_key};

const ROUNDS: usize = 300;

/// xorshift64*: enough chance for a test, and the same for the same seed.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let high = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 32;
        usize::try_from(high).unwrap() % limit
    }

    fn byte(&mut self) -> u8 {
        u8::try_from(self.below(256)).unwrap()
    }

    /// Flips a bit, inserts or deletes a byte, or swaps two; one to three times.
    fn damage(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut damaged = bytes.to_vec();
        for _ in 0..=self.below(3) {
            let at = self.below(damaged.len());
            match self.below(4) {
                0 => damaged[at] ^= 1 << self.below(8),
                1 => damaged.insert(at, self.byte()),
                2 => {
                    damaged.remove(at);
                }
                _ => {
                    let other = self.below(damaged.len());
                    damaged.swap(at, other);
                }
            }
        }
        damaged
    }
}

/// The answer is 201 with one client more, or a 400 of the bank's shape and none more.
async fn assert_judged(bank: &TestBank, tpp: &TestTpp, name: &str, body: Vec<u8>) -> StatusCode {
    let before = bank.emulator.clients(BANK).await.unwrap();
    let answer: Response = tpp.post(body).await;
    let status = answer.status();
    if status == StatusCode::CREATED {
        assert!(answer.headers().contains_key(INTERACTION_ID), "{name}");
        let client = json_of(answer).await;
        assert!(client["client_id"].is_string(), "{name}: {client}");
        assert_stored(bank, &before, 1, name).await;
    } else {
        refusal(name, answer).await;
        assert_stored(bank, &before, 0, name).await;
    }
    status
}

#[tokio::test]
async fn a_damaged_request_is_never_accepted() {
    let bank = still_bank().await;
    let tpp = bank.tpp().await;
    let whole = tpp.request().sign().unwrap().into_bytes();
    let mut chance = Chance(1);
    for round in 0..ROUNDS {
        let body = chance.damage(&whole);
        let is_damaged = body.trim_ascii_end() != whole;
        let name = format!("round {round}");
        let status = assert_judged(&bank, &tpp, &name, body).await;
        assert_eq!(status == StatusCode::CREATED, !is_damaged, "{name}");
    }
}

#[tokio::test]
async fn damaged_claims_under_a_good_signature_are_judged() {
    let bank = still_bank().await;
    let tpp = bank.tpp().await;
    let (header, claims) = ordinary(&tpp);
    // Most of the text is the statement; damage goes to the claims, so that all of them get some.
    let mut bare = claims.clone();
    let statement = bare["software_statement"].take();
    let bare = bare.to_string();
    let mut chance = Chance(2);
    let mut statuses = Vec::new();
    for round in 0..ROUNDS {
        let name = format!("round {round}");
        let damaged = chance.damage(bare.as_bytes());
        let text = String::from_utf8_lossy(&damaged);
        let payload = text.replace(
            "\"software_statement\":null",
            &format!("\"software_statement\":{statement}"),
        );
        let body = request(&tpp, payload).into_bytes();
        statuses.push(assert_judged(&bank, &tpp, &name, body).await);
        let header = chance.damage(header.to_string().as_bytes());
        let body = signed(&signing_key(&tpp), header, claims.to_string());
        assert_judged(&bank, &tpp, &name, body.into_bytes()).await;
    }
    // Both happen, or the damage goes to the wrong place.
    assert!(statuses.contains(&StatusCode::CREATED));
    assert!(statuses.contains(&StatusCode::BAD_REQUEST));
}

#[tokio::test]
async fn any_value_in_any_claim_is_judged() {
    let bank = still_bank().await;
    let tpp = bank.tpp().await;
    let (_, claims) = ordinary(&tpp);
    let names: Vec<String> = claims.as_object().unwrap().keys().cloned().collect();
    let values: Vec<Value> = vec![
        json!(null),
        json!(true),
        json!(0),
        json!(-1),
        json!(1.5),
        json!(""),
        json!([]),
        json!({}),
        json!([[]]),
        json!({"": {"": []}}),
    ];
    let mut chance = Chance(3);
    for round in 0..ROUNDS {
        let mut changed = claims.clone();
        for _ in 0..=chance.below(2) {
            let name = &names[chance.below(names.len())];
            let value = match chance.below(2) {
                0 => values[chance.below(values.len())].clone(),
                _ => claims[&names[chance.below(names.len())]].clone(),
            };
            changed[name] = value;
        }
        let body = request(&tpp, changed.to_string()).into_bytes();
        let name = format!("round {round}: {}", changed["scope"]);
        assert_judged(&bank, &tpp, &name, body).await;
    }
}
