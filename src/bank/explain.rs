//! Why a bank would refuse a request: every check with its result, without a connection.

use std::sync::Arc;

use bytes::Bytes;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use crate::bank::Bank;
use crate::dialect::Operation;
use crate::dialect::call::{Call, Carrier};
use crate::dialect::checks::Verdict;
use crate::dialect::fault::Refusal;
use crate::dialect::judgement::Judgement;
use crate::dialect::trust::Sight;
use crate::domain::certificate::ClientCertificate;
use crate::domain::ids::ClientId;

/// Longest body that banks take unless it is said otherwise, in bytes.
const BODY_LIMIT: usize = 64 * 1024;

/// A registration request that is judged without having been sent.
#[derive(Debug, Clone)]
pub struct Submission {
    /// Registering or replacing.
    pub operation: Operation,
    /// The client that is replaced.
    pub client_id: Option<ClientId>,
    /// The request: a compact JWS, or a JSON object.
    pub body: Bytes,
    /// The Content-Type header that it would have.
    pub content_type: Option<String>,
    /// The client certificate that it would come with.
    pub certificate: Option<Arc<ClientCertificate>>,
    /// Longest body that is taken, in bytes.
    pub body_limit: usize,
}

impl Submission {
    /// A request to register, of which nothing else is known.
    pub fn new(request: impl Into<Bytes>) -> Self {
        Self {
            operation: Operation::Register,
            client_id: None,
            body: request.into(),
            content_type: None,
            certificate: None,
            body_limit: BODY_LIMIT,
        }
    }

    /// A request to replace what this client registered.
    pub fn update(client_id: ClientId, request: impl Into<Bytes>) -> Self {
        Self {
            operation: Operation::Update,
            client_id: Some(client_id),
            ..Self::new(request)
        }
    }

    /// The same, coming with this client certificate.
    #[must_use]
    pub fn with_certificate(self, certificate: ClientCertificate) -> Self {
        Self {
            certificate: Some(Arc::new(certificate)),
            ..self
        }
    }
}

/// An operation to which no registration request comes at this bank.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotOffered {
    /// It registers nobody.
    #[error("{0} takes no registration requests: its clients are what its directory lists")]
    Registration(String),
    /// It does not offer this one.
    #[error("{bank} does not offer `{}`; offered with a request: {offered}", operation.as_str())]
    Operation {
        /// The bank.
        bank: String,
        /// What was asked for.
        operation: Operation,
        /// What can be asked for, in words.
        offered: String,
    },
}

/// One check, and the answer that its failure would get.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Explained {
    /// Its stable name.
    pub check: &'static str,
    /// What became of it.
    pub result: Verdict,
    /// The value seen.
    pub seen: Option<String>,
    /// What is allowed.
    pub allowed: Option<String>,
    /// Where the rule comes from.
    pub source: &'static str,
    /// The answer, of a check that failed: `status`, `headers` and `body`.
    pub answer: Option<Value>,
}

/// What a bank makes of a request.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Explanation {
    /// The bank.
    pub bank: String,
    /// Whether no check failed.
    pub accepted: bool,
    /// Every check of the operation, in order.
    pub checks: Vec<Explained>,
}

impl Bank {
    /// The operations that a registration request comes with here.
    #[must_use]
    pub fn explainable(&self) -> Vec<Operation> {
        let operations = [Operation::Register, Operation::Update].into_iter();
        operations
            .filter(|operation| self.dialect().route(*operation).is_some())
            .collect()
    }

    /// That a registration request comes with this operation here.
    ///
    /// # Errors
    /// None does.
    pub fn check_explainable(&self, operation: Operation) -> Result<(), NotOffered> {
        let offered = self.explainable();
        if offered.is_empty() {
            return Err(NotOffered::Registration(self.id.clone()));
        }
        if offered.contains(&operation) {
            return Ok(());
        }
        let offered: Vec<&str> = offered.iter().map(|offered| offered.as_str()).collect();
        Err(NotOffered::Operation {
            bank: self.id.clone(),
            operation,
            offered: offered.join(", "),
        })
    }

    /// Judges a registration request that was not sent, and changes nothing.
    ///
    /// # Errors
    /// No such request comes to this bank.
    pub async fn explain_submission(
        &self,
        submission: &Submission,
    ) -> Result<Explanation, NotOffered> {
        let operation = submission.operation;
        self.check_explainable(operation)?;
        let urls = self.urls.for_host(None);
        let is_update = operation == Operation::Update;
        let client_id = submission.client_id.clone().filter(|_| is_update);
        Ok(self
            .explain(&Call {
                certificate: submission.certificate.clone(),
                content_type: submission.content_type.clone(),
                client_id,
                body: submission.body.clone(),
                body_limit: submission.body_limit,
                ..Call::new(operation, Carrier::File, urls)
            })
            .await)
    }

    /// Judges a registration request and changes nothing.
    pub async fn explain(&self, call: &Call) -> Explanation {
        let mut facts = self.request_facts(call).await;
        if call.client_id.is_some() && self.trust.sees(Sight::Memory) {
            facts.management = Some(self.management(call).await);
        }
        self.explained(self.judge(call, &facts))
    }

    fn explained(&self, judgement: Judgement) -> Explanation {
        let checks = judgement.results.into_iter().map(|result| {
            let failure = judgement
                .failures
                .iter()
                .find(|failure| failure.check == result.check);
            Explained {
                check: result.check,
                result: result.result,
                seen: result.seen,
                allowed: result.allowed,
                source: result.source,
                answer: failure
                    .map(|failure| shown(&self.refusal(failure.fault, &failure.description))),
            }
        });
        Explanation {
            bank: self.id.clone(),
            accepted: judgement.failures.is_empty(),
            checks: checks.collect(),
        }
    }
}

fn shown(refusal: &Refusal) -> Value {
    let headers: serde_json::Map<String, Value> = refusal
        .headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.as_str().into()))
        .collect();
    json!({
        "status": refusal.status,
        "headers": headers,
        "body": refusal.body,
    })
}
