//! Trying a bank of a running emulator with its kit: registering there, or reading what a directory
//! lists.

use reqwest::header::CONTENT_TYPE;
use reqwest::{RequestBuilder, Response};
use serde::Deserialize;
use serde_json::Value;

use crate::dialect::{self, RequestForm};
use crate::domain::ecosystem::Ecosystem;
use crate::remote::kit::Half;
use crate::remote::{Control, RemoteError, cause};

/// The scope of a directory's own API.
const DIRECTORY_SCOPE: &str = "directory:software";

/// What became of one bank.
#[derive(Debug)]
pub struct Attempt {
    /// The bank.
    pub bank: String,
    /// What was done, in words.
    pub done: &'static str,
    /// The same before anybody knew whether it could be.
    pub tried: &'static str,
    /// The status of the last answer, where it was the one wanted.
    pub outcome: Result<u16, Failure>,
    /// A line for a shell that does the same.
    pub curl: String,
}

/// What went wrong.
#[derive(Debug)]
pub struct Failure {
    /// The status of the answer, where there was one.
    pub status: Option<u16>,
    /// The body of the answer, or why there was none.
    pub text: String,
}

/// A bank, as `GET /api/banks` shows it.
#[derive(Debug, Deserialize)]
struct Listed {
    id: String,
    dialect: String,
    registration_endpoint: Option<String>,
    token_endpoint: String,
    request_media_type: Option<String>,
}

#[derive(Debug, Deserialize)]
struct List {
    items: Vec<Listed>,
}

/// Tries every bank, or the one with this id.
///
/// # Errors
/// The emulator or its kit cannot be asked. That a bank refuses is no error but an outcome.
pub async fn attempt(control: &Control, only: Option<&str>) -> Result<Vec<Attempt>, RemoteError> {
    let list: List = serde_json::from_slice(&control.read("/api/banks").await?)
        .map_err(|error| RemoteError::Setup(format!("/api/banks: {error}")))?;
    let mut banks = list.items;
    if let Some(only) = only {
        let ids: Vec<&str> = banks.iter().map(|bank| bank.id.as_str()).collect();
        let ids = ids.join(", ");
        banks.retain(|bank| bank.id == only);
        if banks.is_empty() {
            return Err(RemoteError::UnknownBank(only.to_owned(), ids));
        }
    }
    let mut halves: Vec<(Ecosystem, Half)> = Vec::new();
    let mut attempts = Vec::new();
    for bank in &banks {
        let ecosystem = ecosystem(bank)?;
        if halves.iter().all(|(of, _)| *of != ecosystem) {
            halves.push((ecosystem, Half::read(control, ecosystem).await?));
        }
        for (_, half) in halves.iter().filter(|(of, _)| *of == ecosystem) {
            attempts.push(attempt_one(control, bank, half).await?);
        }
    }
    Ok(attempts)
}

fn ecosystem(bank: &Listed) -> Result<Ecosystem, RemoteError> {
    let dialect = dialect::by_id(&bank.dialect).ok_or_else(|| {
        RemoteError::Setup(format!("the dialect `{}` is not known here", bank.dialect))
    })?;
    Ok(dialect.ecosystem)
}

async fn attempt_one(
    control: &Control,
    bank: &Listed,
    half: &Half,
) -> Result<Attempt, RemoteError> {
    match &bank.registration_endpoint {
        Some(endpoint) => register(control, bank, half, endpoint).await,
        None => Ok(read_directory(bank, half).await),
    }
}

/// Registers with a request that is signed now.
async fn register(
    control: &Control,
    bank: &Listed,
    half: &Half,
    endpoint: &str,
) -> Result<Attempt, RemoteError> {
    let form = dialect::by_id(&bank.dialect).map(|dialect| dialect.request);
    let extension = if form == Some(RequestForm::Json) {
        "json"
    } else {
        "jwt"
    };
    let name = format!("registration-{}.{extension}", bank.id);
    let media_type = bank.request_media_type.as_deref();
    let media_type = media_type.unwrap_or("application/jose");
    let body = half.file(control, &name).await?;
    let request = half.http.post(endpoint).header(CONTENT_TYPE, media_type);
    let outcome = send(request.body(body), 201).await;
    // The token stays in the caller's environment.
    let token = if control.token.is_some() {
        "-H \"Authorization: Bearer $ASPSP_EMULATOR_CONTROL_TOKEN\" "
    } else {
        ""
    };
    let curl = format!(
        "curl -s {token}{}{} | curl -si -K {} -H 'Content-Type: {media_type}' --data-binary @- {endpoint}",
        control.base,
        half.url_path(&name),
        half.curl_conf(),
    );
    Ok(Attempt {
        bank: bank.id.clone(),
        done: "registered the kit's TPP",
        tried: "register the kit's TPP",
        outcome: outcome.map(|(status, _)| status),
        curl,
    })
}

/// Gets a token for the directory's own API and reads its clients.
async fn read_directory(bank: &Listed, half: &Half) -> Attempt {
    let endpoint = &bank.token_endpoint;
    let clients = format!("{}/clients", endpoint.trim_end_matches("/token"));
    let form = form_urlencoded::Serializer::new(String::new())
        .append_pair("grant_type", "client_credentials")
        .append_pair("client_id", half.software_id.as_str())
        .append_pair("scope", DIRECTORY_SCOPE)
        .finish();
    let conf = half.curl_conf();
    let curl = format!(
        "curl -si -K {conf} -H \"Authorization: Bearer $(curl -s -K {conf} -d '{form}' {endpoint} | sed -n 's/.*\"access_token\":\"\\([^\"]*\\)\".*/\\1/p')\" {clients}",
    );
    let outcome = read_clients(half, endpoint, &clients, form).await;
    Attempt {
        bank: bank.id.clone(),
        done: "got a token, read /clients",
        tried: "get a token, read /clients",
        outcome,
        curl,
    }
}

async fn read_clients(
    half: &Half,
    endpoint: &str,
    clients: &str,
    form: String,
) -> Result<u16, Failure> {
    let media_type = "application/x-www-form-urlencoded";
    let request = half.http.post(endpoint).header(CONTENT_TYPE, media_type);
    let (status, body) = send(request.body(form), 200).await?;
    let body: Value = serde_json::from_str(&body).unwrap_or_default();
    let Some(token) = body["access_token"].as_str() else {
        return Err(Failure {
            status: Some(status),
            text: "an answer without access_token".to_owned(),
        });
    };
    let request = half.http.get(clients).bearer_auth(token);
    Ok(send(request, 200).await?.0)
}

/// Status and body of an answer with the wanted status.
async fn send(request: RequestBuilder, wanted: u16) -> Result<(u16, String), Failure> {
    let unanswered = |error: reqwest::Error| Failure {
        status: None,
        text: match error.url() {
            Some(url) => format!("no answer from {url}: {}", cause(&error)),
            None => format!("no answer: {}", cause(&error)),
        },
    };
    let answer: Response = request.send().await.map_err(unanswered)?;
    let status = answer.status().as_u16();
    let text = answer.text().await.map_err(unanswered)?;
    if status == wanted {
        return Ok((status, text));
    }
    Err(Failure {
        status: Some(status),
        text,
    })
}
