//! Requests at the same time.

use std::time::Duration;

use crate::scenarios::cases::party::{discovery, jwks, register};
use crate::scenarios::cases::table::Stage;

const ONE_AT_A_TIME: &str = "
rules:
  - { limit: { in_flight: 1 }, match: { operation: [register, jwks] } }
  - { match: { operation: register }, next_state: held, fault: stall }
  - { match: { operation: discovery }, state: held, respond: 299 }
";

#[tokio::test]
async fn one_request_at_a_time_and_a_place_is_free_when_its_client_has_gone() {
    let mut stage = Stage::with(ONE_AT_A_TIME).await;
    assert_eq!(stage.send(&jwks()).await.unwrap().status, 200);
    assert_eq!(stage.send(&jwks()).await.unwrap().status, 200);
    let held = stage.open(&register()).await;
    until(&mut stage, discovery, 299).await;
    for _ in 0..3 {
        let got = stage.send(&jwks()).await.unwrap();
        assert_eq!(got.status, 429);
        // Nobody knows when that one will be over.
        assert!(got.header("retry-after").is_some());
    }
    drop(held);
    until(&mut stage, jwks, 200).await;
}

async fn until(stage: &mut Stage, call: fn() -> crate::scenarios::cases::party::Call, status: u16) {
    for _ in 0..1000 {
        if stage.send(&call()).await.unwrap().status == status {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("{status} did not come");
}
