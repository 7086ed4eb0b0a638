//! After each step: whether banks remember what was committed, and nothing else.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::asking::{self, Seen};
use crate::banks::Bank;
use crate::ledger::Client;
use crate::reference::Model;
use crate::step::{Ask, Step};
use crate::system::System;

/// What is known of a client from outside: software, redirect URIs, status.
type Record = (String, Vec<String>, String);

/// Compares what there is with what must be.
pub async fn compare(system: &mut System, model: &Model, step: &Step) {
    for bank in Bank::ALL {
        check_clients(system, model, bank).await;
    }
    let touched: Vec<Bank> = match step {
        Step::Call(call) => vec![call.bank],
        Step::Operate(_, bank, _) => vec![*bank],
        Step::Wait(_) | Step::Reset(_) | Step::PutBack => Bank::ALL.to_vec(),
        Step::Keep | Step::PutInForce(_) | Step::TakeOutOfForce => Vec::new(),
    };
    for bank in touched {
        check_tokens(system, model, bank).await;
        check_truth(system, model, bank).await;
    }
}

/// The operator's list of clients has those that were committed, as they were committed.
async fn check_clients(system: &mut System, model: &Model, bank: Bank) {
    let url = format!("{}/banks/{}/clients", system.control_url(), bank.id());
    let answer = system.control.get(url).send().await.unwrap();
    let list: Value = answer.json().await.unwrap();
    let listed: BTreeMap<String, Record> = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| (text(item, "client_id"), record(bank, item)))
        .collect();
    let ledger = model.ledger(bank);
    for client in ledger.clients.keys() {
        if !system.ids.contains_key(client) {
            let id = stranger(system, &listed);
            system.ids.insert(*client, id);
        }
    }
    let committed = ledger.clients.iter().map(|(name, client)| {
        let id = system.ids[name].clone();
        (id, committed(system, bank, *client))
    });
    let committed: BTreeMap<String, Record> = committed.collect();
    system.expect(listed == committed, || {
        format!("at {bank:?} there are {listed:#?}; committed were {committed:#?}")
    });
}

/// The one client whose id no TPP was told.
fn stranger(system: &System, listed: &BTreeMap<String, Record>) -> String {
    let is_unknown = |id: &&String| !system.ids.values().any(|known| known == *id);
    let mut unknown = listed.keys().filter(is_unknown);
    match (unknown.next(), unknown.next()) {
        (Some(id), None) => id.clone(),
        _ => system.fail(&format!("a client was committed; there are {listed:#?}")),
    }
}

fn text(item: &Value, name: &str) -> String {
    item[name].as_str().unwrap().to_owned()
}

fn record(bank: Bank, item: &Value) -> Record {
    let redirects = match bank {
        Bank::Directory => Vec::new(),
        _ => asking::texts(&item["metadata"]["redirect_uris"]),
    };
    (text(item, "software_id"), redirects, text(item, "status"))
}

fn committed(system: &System, bank: Bank, client: Client) -> Record {
    let software = system
        .caller(bank, client.who)
        .tpp
        .software_id()
        .to_string();
    let redirects = match bank {
        Bank::Directory => Vec::new(),
        _ => client
            .redirects
            .uris()
            .iter()
            .map(|uri| (*uri).to_owned())
            .collect(),
    };
    let status = if client.is_suspended {
        "suspended"
    } else {
        "active"
    };
    (software, redirects, status.to_owned())
}

/// Every token that a TPP knows still does what it must, for its own client: it shows what was committed,
/// or it is refused.
async fn check_tokens(system: &System, model: &Model, bank: Bank) {
    if !bank.reads() {
        return;
    }
    for (token, at, client, who) in model.tokens().filter(|(_, at, ..)| *at == bank) {
        let ask = Ask::Read(client, token);
        // Nothing comes of it: the token is of this client.
        let mut ledger = model.ledger(at);
        let (switches, now) = (model.switches(at), model.now());
        let outcome = ledger.work(at, switches, now, who, 0, ask);
        let id = system.fresh_id();
        let seen = asking::ask(system, bank, who, &ask, &id).await;
        system.expect(seen.status == outcome.status, || {
            format!("{ask:?} says {seen:?}; expected {outcome:?}")
        });
        // That a token is dead, and that its client is, may look the same.
        if outcome.refused_by.is_some() {
            journalled(system, &id, outcome.refused_by).await;
        }
        if outcome.shown.is_some() && bank.registers() {
            check_shown(system, ledger.clients[&client], &seen);
        }
    }
}

/// What a TPP finds out that asks anew: who is there gets a token and reads what was committed, who is
/// gone gets nothing.
async fn check_truth(system: &System, model: &Model, bank: Bank) {
    if !bank.registers() {
        return;
    }
    let ledger = model.ledger(bank);
    for (client, _, who) in model.everybody().filter(|(_, at, _)| *at == bank) {
        let id = system.fresh_id();
        let seen = asking::ask(system, bank, who, &Ask::Token(client), &id).await;
        let there = ledger.clients.get(&client).copied();
        let status = if there.is_some() { 200 } else { 401 };
        system.expect(seen.status == status, || {
            format!("a token of {client:?}: {seen:?}; expected {status}")
        });
        if let Some(there) = there
            && bank.reads()
            && model.switches(bank).takes_access_tokens
        {
            let token = seen.text("access_token");
            let seen = asking::read_with(system, bank, who, client, &token).await;
            let status = if there.is_suspended { 403 } else { 200 };
            system.expect(seen.status == status, || {
                format!("{client:?} reads {seen:?}; expected {status}")
            });
            if status == 200 {
                check_shown(system, there, &seen);
            }
        }
    }
}

/// The exchange of this interaction id, which the journal has once, refused by this check.
pub async fn journalled(system: &System, id: &str, refused_by: Option<&str>) -> Value {
    let exchanges = asking::journalled(system, id).await;
    let checks: Vec<_> = exchanges
        .iter()
        .map(|one| one["refused_by"].as_str())
        .collect();
    system.expect(checks == [refused_by], || {
        format!("the journal has {id} refused by {checks:?}; expected {refused_by:?}")
    });
    exchanges.into_iter().next().unwrap_or_default()
}

fn check_shown(system: &System, committed: Client, seen: &Seen) {
    system.expect(seen.redirect_uris() == committed.redirects.uris(), || {
        format!("{seen:?} is read; {committed:?} was committed")
    });
}
