//! Answers that a scenario asks for, over HTTP: every status at every operation, and every check.

mod rejected;
mod statuses;

use aspsp_emulator::Emulator;
use aspsp_emulator::clock::Clock;
use aspsp_emulator::dialect::{Dialect, Operation};
use reqwest::Response;
use reqwest::header::HeaderMap;
use serde_json::Value;

use crate::helpers::{World, authority};
use crate::walk::Walker;

/// The interaction id that requests are sent with.
const ID: &str = "scripted-1";

/// The default banks under a scenario that does nothing to requests that do not ask for it.
async fn walker(dialect: &'static Dialect, scenario: &str) -> Walker {
    let builder = Emulator::builder()
        .authority(authority())
        .clock(Clock::fixed(Clock::system().now()))
        .annotate()
        .scenario_yaml(scenario);
    let world = World::of(builder.start().await.unwrap());
    Walker {
        tpp: world.tpp(dialect.ecosystem).await,
        url: world.emulator.url(dialect.id),
        dialect,
        world,
    }
}

fn offered(dialect: &'static Dialect) -> impl Iterator<Item = Operation> {
    let all = Operation::ALL.into_iter();
    all.filter(move |operation| dialect.offers(*operation))
}

/// An answer, read whole.
#[derive(Debug)]
struct Got {
    status: u16,
    headers: HeaderMap,
    text: String,
}

impl Got {
    async fn of(answer: Response) -> Self {
        Self {
            status: answer.status().as_u16(),
            headers: answer.headers().clone(),
            text: answer.text().await.unwrap(),
        }
    }

    fn header(&self, name: &str) -> Option<&str> {
        let value = self.headers.get(name)?;
        Some(value.to_str().unwrap())
    }

    fn json(&self) -> Option<Value> {
        serde_json::from_str(&self.text).ok()
    }
}
