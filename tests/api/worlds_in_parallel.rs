//! Fifty worlds of one emulator, each driven by a client of its own at the same time as the others.

use aspsp_emulator::clock::Clock;
use aspsp_emulator::emulator::World;
use aspsp_emulator::{Emulator, ExchangeView, Match, Operation, exactly, matching, operation};
use certs_gen::{Key, KeyAlgorithm};
use futures_util::future::join_all;
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use crate::helpers::{BANK, TestBank, TestTpp, http_client, rsa_key};

const WORLDS: u16 = 50;

/// A world, and what its client is to do there.
struct Lane {
    number: u16,
    world: World,
    tpp: TestTpp,
    /// Where its clock stands.
    now: OffsetDateTime,
}

impl Lane {
    async fn open(emulator: &Emulator, number: u16, start: OffsetDateTime) -> Self {
        let scenario = format!(
            "name: lane-{number}\nrules: [{{ match: {{ operation: register }}, calls: every {}, respond: {} }}]",
            every(number),
            status(number)
        );
        let world = emulator.world_builder().scenario_yaml(scenario);
        let world = world.create().await.unwrap();
        let now = start + Duration::minutes(number.into());
        world.clock().freeze_at(now).unwrap();
        let tpp = world.tpp().signing_key(rsa_key(number.into()));
        let tpp = tpp.transport_key(Key::generate(KeyAlgorithm::EcP256).unwrap());
        let tpp = tpp.create().await.unwrap();
        // One half names its world, the other is known by its certificate.
        let mtls = if number.is_multiple_of(2) {
            world.url(BANK)
        } else {
            emulator.url(BANK)
        };
        let http = http_client(&tpp);
        let tpp = TestTpp { tpp, http, mtls };
        Self {
            number,
            world,
            tpp,
            now,
        }
    }

    /// Registers as often as its number says; the status of each answer.
    async fn drive(&self) -> Vec<u16> {
        let mut statuses = Vec::new();
        for _ in 0..self.number {
            let request = self.tpp.request().sign().unwrap();
            statuses.push(self.tpp.post(request).await.status().as_u16());
        }
        statuses
    }

    fn expected(&self) -> Vec<u16> {
        let is_hit = |call: u16| call.is_multiple_of(every(self.number));
        (1..=self.number)
            .map(|call| {
                if is_hit(call) {
                    status(self.number)
                } else {
                    201
                }
            })
            .collect()
    }

    /// What it did is there, and nothing else.
    async fn assert_alone(&self) {
        let exchanges = self.world.exchanges();
        let software = self.tpp.tpp.software_id().to_string();
        let of = |exchange: &ExchangeView| {
            let same = exchange.world == self.world.name()
                && exchange.software_id.as_deref() == Some(software.as_str())
                && exchange.path.as_deref() == Some("/uk-ob-3.3/register");
            let at = OffsetDateTime::parse(&exchange.at, &Rfc3339).unwrap();
            assert!(same && at == self.now, "{exchange:?}");
            (exchange.id, exchange.status.unwrap())
        };
        let found: Vec<_> = exchanges.iter().map(of).collect();
        let expected: Vec<(u64, u16)> = (1..).zip(self.expected()).collect();
        assert_eq!(found, expected, "lane {}", self.number);
        let calls: Vec<u64> = exchanges
            .iter()
            .filter_map(|exchange| exchange.call)
            .collect();
        let (number, every) = (u64::from(self.number), u64::from(every(self.number)));
        let hits: Vec<u64> = (1..=number / every).map(|hit| hit * every).collect();
        assert_eq!(calls, hits, "lane {number}");
        let clients = self.world.clients(BANK).await.unwrap();
        assert_eq!(clients.len() as u64, number - hits.len() as u64);
        assert_eq!(self.world.clock().now(), self.now);
        let own = operation(Operation::Register)
            .software_id(software)
            .scenario(format!("lane-{number}"))
            .and(matching(format!("status: {}", status(self.number))));
        let verified = self.world.verify(own, exactly(hits.len() as u64)).await;
        verified.unwrap();
    }
}

/// Every how many registrations its scenario answers.
fn every(number: u16) -> u16 {
    2 + number % 3
}

/// A status that no other lane's scenario answers.
fn status(number: u16) -> u16 {
    430 + number
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_worlds_at_once_have_nothing_of_each_other() {
    let bank = TestBank::start().await;
    let start = Clock::system().now().replace_nanosecond(0).unwrap();
    let open = (1..=WORLDS).map(|number| Lane::open(&bank.emulator, number, start));
    let lanes = join_all(open).await;
    let driven = join_all(lanes.iter().map(Lane::drive)).await;
    for (lane, statuses) in lanes.iter().zip(driven) {
        assert_eq!(statuses, lane.expected(), "lane {}", lane.number);
        lane.assert_alone().await;
    }
    bank.emulator
        .verify(Match::any(), exactly(0))
        .await
        .unwrap();
    assert!(bank.emulator.clients(BANK).await.unwrap().is_empty());
    assert_eq!(bank.emulator.clock().setting().offset, Duration::ZERO);
}
