//! The life of a registration, from the request to the deleted client, and what must be true of it.

use aspsp_emulator::ClientId;
use aspsp_emulator::bank::{Bank, Submission};
use aspsp_emulator::dialect::{Operation, RequestForm};
use aspsp_emulator::directory::tpp::Tpp;
use aspsp_emulator::domain::certificate::ClientCertificate;
use aspsp_emulator::domain::error::RegistrationError;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::{Map, Value};
use warp::http::{Method, Request, StatusCode, Uri};

use crate::answer::Answer;
use crate::ecosystem::Stage;

/// Every `error` that a registration is refused with (RFC 7591 §3.2.2), and what banks add.
const CODES: [RegistrationError; 6] = [
    RegistrationError::InvalidRedirectUri,
    RegistrationError::InvalidClientMetadata,
    RegistrationError::InvalidSoftwareStatement,
    RegistrationError::UnapprovedSoftwareStatement,
    RegistrationError::InvalidWebhookUris,
    RegistrationError::InvalidRequest,
];

/// What may be in the answer to a registration and not in what GET tells back: secrets are told once, and a
/// statement was told by the TPP itself.
const TOLD_ONCE: [&str; 4] = [
    "software_statement",
    "registration_access_token",
    "client_secret",
    "client_secret_expires_at",
];

/// Registers with this body: what `explain` says of it is what happens, a refusal has its reason and
/// stores nothing, and a client can be read as it was registered, replaced, and deleted for good.
/// Whether it was accepted.
///
/// # Panics
/// Something of that is not so.
pub fn live(stage: &Stage, bank: &Bank, body: &Bytes) -> bool {
    stage.wait(async {
        let tpp = stage.tpp_of(bank);
        let explained = explained(bank, tpp, body).await;
        let posted = post(stage, bank, tpp, body).await;
        let accepted = posted.status == StatusCode::CREATED;
        assert_eq!(
            explained, accepted,
            "explain and the bank {} do not agree: {posted:?}",
            bank.id
        );
        if accepted {
            Registered::new(stage, bank, tpp, &posted).live(body).await;
        } else {
            assert_refused(&posted);
        }
        assert_eq!(bank.count_clients().await, 0, "a client that nobody has");
        bank.forget_clients().await;
        accepted
    })
}

/// Whether no check of the bank fails for a request that was not sent.
async fn explained(bank: &Bank, tpp: &Tpp, body: &Bytes) -> bool {
    let transport = tpp.transport();
    let certificate = ClientCertificate::from_der(transport.certificate.der());
    let mut submission =
        Submission::new(body.clone()).with_certificate(certificate.expect("a certificate"));
    submission.content_type = content_type(bank).map(str::to_owned);
    let explanation = bank.explain_submission(&submission).await;
    let explanation = explanation.expect("a bank that registers");
    let names: Vec<&str> = explanation.checks.iter().map(|it| it.check).collect();
    for (index, name) in names.iter().enumerate() {
        assert!(!names[..index].contains(name), "{name} is told twice");
    }
    explanation.accepted
}

fn content_type(bank: &Bank) -> Option<&'static str> {
    match bank.dialect().request {
        RequestForm::None => None,
        RequestForm::SignedJwt | RequestForm::Json => bank.dialect().request_media_type,
    }
}

async fn post(stage: &Stage, bank: &Bank, tpp: &Tpp, body: &Bytes) -> Answer {
    let urls = stage.world().urls.for_host(None);
    let endpoint = bank.registration_endpoint(&urls).expect("an endpoint");
    let request = Request::post(path(&endpoint))
        .header("content-type", content_type(bank).unwrap_or_default());
    let request = request.body(body.clone()).expect("a request");
    stage.ask_bank(tpp, request).await
}

fn path(url: &str) -> String {
    let uri: Uri = url.parse().expect("a URL");
    uri.path().to_owned()
}

/// A refusal says which error it is and why, in the characters that RFC 6749 §5.2 allows.
fn assert_refused(answer: &Answer) {
    assert!(answer.status.is_client_error(), "{answer:?}");
    if answer.body.is_empty() {
        assert_ne!(answer.status, StatusCode::BAD_REQUEST, "{answer:?}");
        return;
    }
    let body = answer.json();
    let why = body["error_description"].as_str().unwrap_or_default();
    assert!(!why.is_empty() && why.len() <= 500, "{answer:?}");
    let is_allowed = |byte: u8| matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\';
    assert!(why.bytes().all(is_allowed), "{answer:?}");
    if answer.status == StatusCode::BAD_REQUEST {
        let error = body["error"].as_str().unwrap_or_default();
        assert!(CODES.iter().any(|code| code.code() == error), "{answer:?}");
    }
}

/// A client that was just registered.
struct Registered<'a> {
    stage: &'a Stage,
    bank: &'a Bank,
    tpp: &'a Tpp,
    id: ClientId,
    told: Map<String, Value>,
}

impl<'a> Registered<'a> {
    fn new(stage: &'a Stage, bank: &'a Bank, tpp: &'a Tpp, posted: &Answer) -> Self {
        let Value::Object(told) = posted.json() else {
            panic!("no client: {posted:?}");
        };
        let id = told.get("client_id").and_then(Value::as_str);
        Self {
            id: ClientId::new(id.expect("a client_id")),
            stage,
            bank,
            tpp,
            told,
        }
    }

    /// Reads it, replaces it by the same request, deletes it; or only the last where it gets no token.
    async fn live(&self, body: &Bytes) {
        let kept = self.bank.client(&self.id).await;
        assert!(kept.is_some(), "accepted, and not kept: {:?}", self.told);
        if let Some(token) = self.token().await {
            self.read(&token).await;
            let token = self.replace(&token, body).await;
            self.delete(&token).await;
        } else {
            assert!(self.bank.remove_client(&self.id).await);
        }
    }

    async fn read(&self, token: &str) {
        let dialect = self.bank.dialect();
        if dialect.route(Operation::Read).is_none() {
            return;
        }
        let read = self.manage(Method::GET, token, Bytes::new()).await;
        assert_eq!(
            read.status,
            StatusCode::OK,
            "{read:?} after {:?}",
            self.told
        );
        let Value::Object(read) = read.json() else {
            panic!("no client: {read:?}");
        };
        let known = |client: &Map<String, Value>| {
            let mut client = client.clone();
            client.retain(|name, _| !TOLD_ONCE.contains(&name.as_str()));
            Value::Object(client)
        };
        assert_eq!(known(&read), known(&self.told));
    }

    /// The token that counts afterwards.
    async fn replace(&self, token: &str, body: &Bytes) -> String {
        if self.bank.dialect().route(Operation::Update).is_none() {
            return token.to_owned();
        }
        let replaced = self.manage(Method::PUT, token, body.clone()).await;
        if replaced.status != StatusCode::OK {
            // A request may count once only, or have to name its client.
            assert_refused(&replaced);
            return token.to_owned();
        }
        let replaced = replaced.json();
        assert_eq!(replaced["client_id"], self.told["client_id"]);
        let changed = replaced["registration_access_token"].as_str();
        changed.unwrap_or(token).to_owned()
    }

    async fn delete(&self, token: &str) {
        let deleted = self.manage(Method::DELETE, token, Bytes::new()).await;
        assert_eq!(deleted.status, StatusCode::NO_CONTENT, "{deleted:?}");
        let again = self.manage(Method::DELETE, token, Bytes::new()).await;
        assert_eq!(again.status, StatusCode::UNAUTHORIZED, "{again:?}");
    }

    async fn manage(&self, method: Method, token: &str, body: Bytes) -> Answer {
        let urls = self.stage.world().urls.for_host(None);
        let request = Request::builder()
            .method(method.clone())
            .uri(path(&self.bank.client_uri(&urls, &self.id)))
            .header("authorization", format!("Bearer {token}"));
        let request = match content_type(self.bank) {
            Some(kind) if method == Method::PUT => request.header("content-type", kind),
            _ => request,
        };
        let request = request.body(body).expect("a request");
        self.stage.ask_bank(self.tpp, request).await
    }

    /// A token that manages it: the one that came with it, or one for its credentials; `None` where the
    /// client asked for what gets none.
    async fn token(&self) -> Option<String> {
        if let Some(token) = self.told.get("registration_access_token") {
            return token.as_str().map(str::to_owned);
        }
        let answer = self.ask_for_token().await?;
        if answer.status == StatusCode::OK {
            let token = answer.json()["access_token"].as_str().map(str::to_owned);
            return Some(token.expect("an access token"));
        }
        assert!(answer.status.is_client_error(), "{answer:?}");
        let error = answer.json()["error"].as_str().map(str::to_owned);
        assert!(error.is_some(), "{answer:?}");
        None
    }

    async fn ask_for_token(&self) -> Option<Answer> {
        let word = |name: &str| self.told.get(name).and_then(Value::as_str);
        let mut form = vec![("grant_type", "client_credentials".to_owned())];
        let mut authorization = None;
        match word("token_endpoint_auth_method")? {
            "tls_client_auth" => form.push(("client_id", self.id.to_string())),
            "client_secret_post" => {
                form.push(("client_id", self.id.to_string()));
                form.push(("client_secret", word("client_secret")?.to_owned()));
            }
            "client_secret_basic" => {
                let pair = format!("{}:{}", self.id, word("client_secret")?);
                authorization = Some(format!("Basic {}", STANDARD.encode(pair)));
            }
            "private_key_jwt" => {
                let world = self.stage.world();
                let signed = world.signed_assertion(self.tpp, self.bank, &self.id, None);
                let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
                form.push(("client_assertion_type", kind.to_owned()));
                form.push(("client_assertion", signed.expect("an assertion").assertion));
            }
            _ => return None,
        }
        let urls = self.stage.world().urls.for_host(None);
        let request = Request::post(path(&self.bank.token_endpoint(&urls)))
            .header("content-type", "application/x-www-form-urlencoded");
        let request = match authorization {
            Some(credentials) => request.header("authorization", credentials),
            None => request,
        };
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        let request = request.body(body.into()).expect("a request");
        Some(self.stage.ask_bank(self.tpp, request).await)
    }
}
