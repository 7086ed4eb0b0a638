//! The request for each switch, and what it finds.

use aspsp_emulator::dialect::{Dialect, RequestForm};
use aspsp_emulator::domain::client::AuthMethod;
use aspsp_emulator::domain::signing::Edits;
use aspsp_emulator::emulator::tpp::RequestBuilder;
use reqwest::Response;
use serde_json::{Value, json};

use crate::helpers::{Caller, World, bearer, header, json as json_of};

/// A bank with its switch, and two TPPs.
pub struct Site {
    dialect: &'static Dialect,
    bank: String,
    url: String,
    now: i64,
    tpp: Caller,
    other: Caller,
}

impl Site {
    pub async fn of(world: &World, dialect: &'static Dialect, bank: &str) -> Self {
        Self {
            dialect,
            bank: bank.to_owned(),
            url: world.emulator.url(bank),
            now: world.emulator.clock().unix(),
            tpp: world.tpp(dialect.ecosystem).await,
            other: world.tpp(dialect.ecosystem).await,
        }
    }

    fn request(&self) -> RequestBuilder {
        self.tpp.request(&self.bank)
    }

    fn request_for(&self, method: AuthMethod) -> RequestBuilder {
        self.tpp.tpp.registration_request_for(&self.bank, method)
    }

    /// A request with a statement that the directory signs after a change.
    fn stated(&self, name: &str, value: impl Into<Value>) -> RequestBuilder {
        let mut edits = Edits::default();
        edits.set_claim(name, value);
        let statement = self.tpp.tpp.edited_statement(&edits).unwrap();
        self.request().claim("software_statement", statement)
    }

    async fn post(&self, body: String, more: &[(&str, &str)]) -> Response {
        let own = self.dialect.request_media_type.unwrap();
        let mut headers = more.to_vec();
        if !more.iter().any(|(name, _)| *name == "content-type") {
            headers.push(("content-type", own));
        }
        let path = self.dialect.routes[0].path;
        let url = format!("{}/{path}", self.url);
        self.tpp.send("POST", &url, &headers, body).await
    }

    fn signed(&self, request: RequestBuilder) -> String {
        match self.dialect.request {
            RequestForm::Json => request.to_json().unwrap(),
            _ => request.sign().unwrap(),
        }
    }

    /// Registers an ordinary client: its id, its token, and the answer.
    async fn registered(&self) -> (String, String, Value) {
        let answer = self.post(self.signed(self.request()), &[]).await;
        let client = json_of(answer).await;
        let id = client["client_id"].as_str().unwrap().to_owned();
        let token = self.tpp.token(&self.url, &id, "").await;
        (id, token, client)
    }

    async fn manage(&self, method: &str, id: &str, header: Option<&str>, body: &str) -> Response {
        let url = format!("{}/register/{id}", self.url);
        let mut headers = vec![("content-type", "application/jose")];
        headers.extend(header.map(|value| ("authorization", value)));
        self.tpp.send(method, &url, &headers, body).await
    }

    /// What the switch's request finds.
    pub async fn probe(&self, switch: &str) -> String {
        match switch {
            "duplicates" => {
                let again = self.signed(self.request());
                self.twice(self.signed(self.request()), again).await
            }
            "ssa_single_use" => {
                let statement = self.tpp.tpp.statement().unwrap();
                let with = || {
                    self.request()
                        .claim("software_statement", statement.as_str())
                };
                self.twice(self.signed(with()), self.signed(with())).await
            }
            "request_single_use" => {
                let request = self.signed(self.request());
                self.twice(request.clone(), request).await
            }
            "content_types" => {
                let headers = [("content-type", "text/plain")];
                found(self.post(self.signed(self.request()), &headers).await).await
            }
            "fapi_headers" => {
                let headers = [("x-fapi-auth-date", "yesterday")];
                found(self.post(self.signed(self.request()), &headers).await).await
            }
            "echo_jwt_claims" => self.echo("exp").await,
            "echo_ssa" => self.echo("org_name").await,
            "echo_software_statement" => self.read_statement().await,
            "unknown_client" | "unauthorized_body" | "management_token" | "put_client_id"
            | "bad_auth_status" | "rotate_rat" | "revoke_on_mismatch" | "wrong_method" => {
                self.managed(switch).await
            }
            other => found(self.post(self.signed(self.asked(other)), &[]).await).await,
        }
    }

    /// What the request finds of a switch that is about managing clients.
    async fn managed(&self, switch: &str) -> String {
        match switch {
            "unknown_client" => {
                let (_, token, _) = self.registered().await;
                found(
                    self.manage("GET", "nobody", Some(&bearer(&token)), "")
                        .await,
                )
                .await
            }
            "unauthorized_body" => {
                let (id, ..) = self.registered().await;
                self.unauthorized(&id).await
            }
            "management_token" => self.kinds().await,
            "put_client_id" => {
                let (id, token, _) = self.registered().await;
                let body = self.signed(self.request());
                found(self.manage("PUT", &id, Some(&bearer(&token)), &body).await).await
            }
            "bad_auth_status" => self.bad_authorization().await,
            "rotate_rat" => self.rotation().await,
            "revoke_on_mismatch" => self.mismatch().await,
            "wrong_method" => {
                let answer = self.manage("PATCH", "x", None, "").await;
                let allow = header(&answer, "allow").unwrap_or("none");
                format!("{} {allow}", answer.status().as_u16())
            }
            other => panic!("nothing is managed for {other}"),
        }
    }

    /// The registration request of a switch that judges one.
    fn asked(&self, switch: &str) -> RequestBuilder {
        let request = self.request();
        match switch {
            "aud" => request.claim("aud", "https://bank.example"),
            "dn_claim" => self.request_for(AuthMethod::PrivateKeyJwt),
            "scope_type" => request.claim("scope", json!(["openid", "accounts"])),
            "scope_default" => request.without("scope"),
            "secret_jwt_alg" => self
                .request_for(AuthMethod::ClientSecretJwt)
                .claim("token_endpoint_auth_signing_alg", "PS256"),
            "allowed_algs" | "iss_must_equal" | "application_types" | "auth_methods" => request,
            "unknown_grant" => {
                request.claim("grant_types", json!(["authorization_code", "implicit"]))
            }
            "redirects_default" => request.without("redirect_uris"),
            "ssa_max_age" => self.stated("iat", self.now - 301),
            "certificate_binding" => {
                let other = &self.other.tpp;
                other.registration_request_for(&self.bank, AuthMethod::PrivateKeyJwt)
            }
            "uri_hosts" => self.stated("software_logo_uri", "https://elsewhere.example/logo.svg"),
            "jwks_uri_required" => request.without("jwks_uri"),
            other => panic!("no request for {other}"),
        }
    }

    async fn twice(&self, first: String, second: String) -> String {
        let first = found(self.post(first, &[]).await).await;
        let second = found(self.post(second, &[]).await).await;
        format!("{first} {second}")
    }

    async fn echo(&self, member: &str) -> String {
        let answer = self.post(self.signed(self.request()), &[]).await;
        shows(answer, member).await
    }

    async fn read_statement(&self) -> String {
        let (id, token, client) = self.registered().await;
        assert!(client.get("software_statement").is_some(), "{client}");
        let answer = self.manage("GET", &id, Some(&bearer(&token)), "").await;
        shows(answer, "software_statement").await
    }

    async fn unauthorized(&self, id: &str) -> String {
        let answer = self.manage("GET", id, Some("Bearer unknown"), "").await;
        assert!(header(&answer, "www-authenticate").is_some());
        let status = answer.status().as_u16();
        let text = answer.text().await.unwrap();
        match serde_json::from_str::<Value>(&text) {
            Ok(body) => format!("{status} {}", body["error"].as_str().unwrap()),
            Err(_) => format!("{status}{text}"),
        }
    }

    async fn kinds(&self) -> String {
        let (id, token, client) = self.registered().await;
        let by_grant = self.manage("GET", &id, Some(&bearer(&token)), "").await;
        let own = client.get("registration_access_token");
        let by_registration = match own.and_then(Value::as_str) {
            None => "none".to_owned(),
            Some(own) => found(self.manage("GET", &id, Some(&bearer(own)), "").await).await,
        };
        let by_grant = by_grant.status().as_u16();
        format!("of the grant {by_grant}, of the registration {by_registration}")
    }

    async fn bad_authorization(&self) -> String {
        let (id, ..) = self.registered().await;
        let missing = self.manage("GET", &id, None, "").await.status();
        let malformed = self.manage("GET", &id, Some("Basic YTpi"), "").await;
        let statuses = [missing, malformed.status()].map(|status| status.as_u16());
        format!("{} and {}", statuses[0], statuses[1])
    }

    async fn rotation(&self) -> String {
        let (id, _, client) = self.registered().await;
        let old = client["registration_access_token"].as_str().unwrap();
        let body = self.signed(self.request());
        let answer = self.manage("PUT", &id, Some(&bearer(old)), &body).await;
        assert_eq!(answer.status(), 200);
        let replaced = json_of(answer).await;
        let new = replaced["registration_access_token"].as_str().unwrap();
        let status = |token: &str| {
            let token = bearer(token);
            let id = &id;
            async move {
                let answer = self.manage("GET", id, Some(&token), "").await;
                answer.status().as_u16()
            }
        };
        assert_eq!(status(new).await, 200);
        if new == old {
            return "the same".to_owned();
        }
        assert_eq!(status(old).await, 401, "the old one is dropped");
        "another".to_owned()
    }

    async fn mismatch(&self) -> String {
        let (id, token, _) = self.registered().await;
        let (another, ..) = self.registered().await;
        let token = bearer(&token);
        let probe = self.manage("GET", &another, Some(&token), "").await;
        let after = self.manage("GET", &id, Some(&token), "").await;
        format!(
            "{} and {}",
            probe.status().as_u16(),
            after.status().as_u16()
        )
    }
}

/// The status and, of a 400, the check that is named.
async fn found(answer: Response) -> String {
    let status = answer.status().as_u16();
    if status != 400 {
        return status.to_string();
    }
    let body = json_of(answer).await;
    let description = body["error_description"].as_str().unwrap();
    let named = description.rsplit_once(" (").unwrap().1;
    format!("400 {}", named.trim_end_matches(')'))
}

async fn shows(answer: Response, member: &str) -> String {
    let status = answer.status().as_u16();
    let body = json_of(answer).await;
    let with = if body.get(member).is_some() {
        "with"
    } else {
        "without"
    };
    format!("{status} {with} it")
}
