//! Whether an answer, and what the journal has of it, is what it must be.

use crate::asking::{self, Seen};
use crate::audit;
use crate::in_force::IdOnAnswer;
use crate::reference::{Arrival, Model};
use crate::step::{Ask, Call};
use crate::system::System;

impl System {
    /// The journal has the exchange, once, and knows what became of it.
    pub async fn check_journal(&self, call: &Call, model: &Model, seen: Option<&Seen>) {
        let expected = model.expected().unwrap();
        let told = || match expected.id {
            IdOnAnswer::Own => seen?.interaction_id.clone(),
            IdOnAnswer::Missing | IdOnAnswer::Another => None,
        };
        let own = (!call.is_nameless).then(|| asking::interaction_id(call));
        let Some(id) = own.or_else(told) else {
            return; // Nobody knows its name.
        };
        let exchange = audit::journalled(self, &id, expected.outcome.refused_by).await;
        let delivered = exchange["delivered"].as_str().unwrap_or_default();
        let allowed: &[&str] = match expected.arrival {
            Arrival::Whole | Arrival::Garbled => &["complete"],
            Arrival::Broken => &["partial", "none"],
            Arrival::Nothing => &["none"],
        };
        self.expect(allowed.contains(&delivered), || {
            format!("{id} is said to be delivered: {delivered}; expected {allowed:?}")
        });
    }

    /// Compares an answer with what it must be, and remembers what it tells.
    pub fn judge(&mut self, call: &Call, model: &Model, seen: Option<&Seen>) {
        let expected = model.expected().unwrap();
        let outcome = &expected.outcome;
        let Some(seen) = seen else {
            let may_be_missing = matches!(expected.arrival, Arrival::Nothing | Arrival::Broken);
            self.expect(may_be_missing, || {
                format!("no answer; expected {expected:?}")
            });
            return;
        };
        self.expect(seen.status == outcome.status, || {
            format!("the answer is {seen:?}; expected {expected:?}")
        });
        self.check_id(call, expected.id, seen);
        let arrival = match &seen.body {
            None => Arrival::Broken,
            Some(_) if seen.is_garbled() => Arrival::Garbled,
            Some(_) => Arrival::Whole,
        };
        self.expect(arrival == expected.arrival, || {
            format!("the answer arrived {arrival:?}: {seen:?}; expected {expected:?}")
        });
        if arrival == Arrival::Whole {
            self.learn(call, model, seen);
        }
    }

    fn check_id(&self, call: &Call, expected: IdOnAnswer, seen: &Seen) {
        let sent = (!call.is_nameless).then(|| asking::interaction_id(call));
        let holds = match (expected, &seen.interaction_id) {
            (IdOnAnswer::Missing, id) => id.is_none(),
            (_, None) => false,
            (IdOnAnswer::Own, Some(id)) => sent.is_none_or(|sent| sent == *id),
            (IdOnAnswer::Another, Some(id)) => sent.is_none_or(|sent| sent != *id),
        };
        self.expect(holds, || {
            format!("the interaction id of {seen:?}; expected {expected:?}")
        });
    }

    fn learn(&mut self, call: &Call, model: &Model, seen: &Seen) {
        let outcome = &model.expected().unwrap().outcome;
        let text = |name: &str| seen.text(name);
        if let Some(client) = outcome.shown {
            let id = text("client_id");
            let known = self.ids.entry(client).or_insert_with(|| id.clone());
            let is_same = *known == id;
            self.expect(is_same, || format!("the client of {seen:?}"));
            if call.bank.registers() {
                let redirects = model.ledger(call.bank).clients[&client].redirects;
                self.expect(seen.redirect_uris() == redirects.uris(), || {
                    format!("the redirect URIs of {seen:?}; expected {redirects:?}")
                });
            }
        }
        if let Some(token) = outcome.issued {
            let member = match call.ask {
                Ask::Token(_) => "access_token",
                _ => "registration_access_token",
            };
            self.tokens.insert(token, text(member));
        }
    }
}
