//! Requests under scenarios: what was asked is shown to the rules, and what they decide is carried out.
//!
//! Of one request: `seen` gathers what rules may ask, the world's engine decides, `answer` makes the
//! answer of a rule or edits that of the bank, and the server delivers it (`crate::server::Delivery`).
//! The bank's checks run over every request; where a rule answers before the bank, nothing else of
//! the bank does.

mod answer;
pub mod body;
mod handshakes;
mod report;
mod seen;

use std::future::Future;
use std::sync::{Arc, OnceLock};

use serde_json::json;
use warp::http::{HeaderName, StatusCode};
use warp::reply::Response;

use crate::bank::{Bank, Caller};
use crate::dialect::fault::describable;
use crate::dialect::policy::PolicyChanges;
use crate::domain::client::Client;
use crate::domain::ids::ClientId;
use crate::http::call::{Asked, Orders, joined};
use crate::http::reply;
use crate::http::script::answer::Scripted;
use crate::http::script::seen::Gathered;
use crate::scenario::decision::Act;
use crate::scenario::model::{Answer, Edit, Effect, Fault, Stage};
use crate::scenario::{Decision, Scenario};

pub use self::handshakes::Handshakes;

/// The header field by which a request chooses a scenario of its own.
const OWN: &str = "x-emulator-scenario";

/// Whether scenarios have a say about a request.
pub fn concerns(asked: &Asked) -> bool {
    !asked.world.scenarios.is_idle() || asked.headers.contains_key(OWN)
}

/// A request whose fate is decided.
pub struct Exchange<'a> {
    asked: &'a Asked,
    bank: Option<Arc<Bank>>,
    gathered: Gathered,
    decision: Decision,
    annotate: bool,
}

impl<'a> Exchange<'a> {
    /// Lets the rules decide.
    ///
    /// # Errors
    /// The answer to a request that chooses a scenario that is not there.
    pub fn decide(asked: &'a Asked, caller: Caller, annotate: bool) -> Result<Self, Box<Response>> {
        let scenarios = &asked.world.scenarios;
        let own = own_scenario(asked).map_err(|unknown| Box::new(refuse(&unknown)))?;
        let switches = own.as_ref().map(|own| &own.policy);
        let ordered = asked.target.bank.as_ref().zip(switches);
        let ordered = ordered.filter(|(_, policy)| **policy != PolicyChanges::default());
        let ordered = ordered.map(|(bank, policy)| Arc::new(bank.with_policy([policy])));
        let bank = ordered.clone().or_else(|| asked.target.bank.clone());
        let gathered = seen::gather(asked, bank.as_deref(), caller);
        let decision = scenarios.decide(own.as_ref(), &gathered.as_seen(asked));
        let orders = Orders {
            bank: ordered,
            statement_edits: edits(&decision).to_vec(),
        };
        // Nobody else gives orders.
        let _ = asked.orders.set(orders);
        Ok(Self {
            asked,
            bank,
            gathered,
            decision,
            annotate,
        })
    }

    /// The answer, and what was decided. `work` is the bank's own, with all that it does; it is asked for
    /// at most once.
    pub async fn carry_out<Work>(mut self, work: impl FnOnce() -> Work) -> (Response, Decision)
    where
        Work: Future<Output = Response>,
    {
        report::log(self.asked.interaction_id.as_ref(), &self.decision);
        let mut response = match self.decision.act.take() {
            None => work().await,
            Some(Act::Exceeded { retry_after, fault }) => {
                self.examine().await;
                let response = self.scripted(self.gathered.client()).exceeded(retry_after);
                answer::with_fault(response, fault.as_ref()).await
            }
            Some(Act::Effect(effect, stage)) => self.effect(&effect, stage, work).await,
        };
        // HTTP/2 would send it.
        body::fit_to_status(&mut response);
        answer::deliver(&mut response, &mut self.decision);
        if self.annotate {
            report::annotate(&mut response, &self.decision);
        }
        (response, self.decision)
    }

    async fn effect<Work>(
        &self,
        effect: &Effect,
        stage: Stage,
        work: impl FnOnce() -> Work,
    ) -> Response
    where
        Work: Future<Output = Response>,
    {
        let (own, client) = if lets_bank_work(effect, stage) {
            let own = work().await;
            (Some(own), self.client_after_work().await)
        } else {
            self.examine().await;
            (None, self.gathered.client())
        };
        let scripted = self.scripted(client);
        let response = match (&effect.answer, own) {
            (Some(Answer::Respond(respond)), _) => scripted.respond(respond),
            (Some(Answer::Reject(check)), _) => scripted.reject(check),
            (Some(Answer::Alter(edits)), Some(own)) => scripted.alter(own, edits).await,
            (_, Some(own)) => own,
            (_, None) => unanswered(),
        };
        answer::with_fault(response, effect.fault.as_ref()).await
    }

    /// The client as the bank's work left it: one that it registered, or changed. One that it deleted is
    /// as it was before.
    async fn client_after_work(&self) -> Option<Arc<Client>> {
        let before = self.gathered.client();
        let registered = self.asked.registered.get().map(ClientId::new);
        let id = registered.or_else(|| before.as_ref().map(|client| client.id.clone()));
        let after = match self.bank.as_ref().zip(id) {
            Some((bank, id)) => bank.client(&id).await,
            None => None,
        };
        after.or(before)
    }

    fn scripted(&self, client: Option<Arc<Client>>) -> Scripted<'_> {
        Scripted {
            asked: self.asked,
            bank: self.bank.as_deref(),
            request: self.gathered.request(),
            client,
            call: self.decision.applied.as_ref().map(|applied| applied.call),
            context: OnceLock::new(),
        }
    }

    /// Runs the bank's checks, for the record.
    async fn examine(&self) {
        if let (Some(bank), Some(call)) = (&self.bank, &self.asked.call) {
            self.asked.note(bank.examine(call).await, None);
        }
    }
}

/// In the extensions of a response that stands for none: a fault in the place of an answer.
#[derive(Debug, Clone, Copy)]
pub struct Unanswered;

fn unanswered() -> Response {
    let mut response = reply::empty(StatusCode::OK);
    response.extensions_mut().insert(Unanswered);
    response
}

/// What happens to the bank's own answer.
fn edits(decision: &Decision) -> &[Edit] {
    match &decision.act {
        Some(Act::Effect(effect, _)) => match &effect.answer {
            Some(Answer::Alter(edits)) => edits,
            _ => &[],
        },
        _ => &[],
    }
}

/// Whether the bank does its work under this effect.
fn lets_bank_work(effect: &Effect, stage: Stage) -> bool {
    let acts_on_body = |fault: &Fault| {
        matches!(
            fault,
            Fault::Truncate(_) | Fault::Drip(..) | Fault::MalformedJson | Fault::WrongLength
        )
    };
    match &effect.answer {
        Some(Answer::Alter(_)) => true,
        Some(_) => stage == Stage::After,
        None => stage == Stage::After || effect.fault.as_ref().is_none_or(acts_on_body),
    }
}

/// The scenario that the request chose, if it chose one.
fn own_scenario(asked: &Asked) -> Result<Option<Arc<Scenario>>, Unknown> {
    // Names have no comma: several are none.
    let Some(name) = joined(&asked.headers, &HeaderName::from_static(OWN)) else {
        return Ok(None);
    };
    let library = asked.world.scenarios.library();
    match library.get(&name) {
        Some(scenario) => Ok(Some(scenario)),
        None => Err(Unknown {
            name,
            names: library.names(),
        }),
    }
}

/// A scenario that is not there.
struct Unknown {
    name: String,
    names: Vec<String>,
}

/// 400 that names the scenarios that exist.
fn refuse(unknown: &Unknown) -> Response {
    let allowed = unknown.names.join(", ");
    let name = describable(&unknown.name);
    let body = json!({
        "error": "unknown_scenario",
        "error_description": format!("found {OWN}: {name}; allowed: {allowed}"),
    });
    reply::private_json(StatusCode::BAD_REQUEST, &body)
}
