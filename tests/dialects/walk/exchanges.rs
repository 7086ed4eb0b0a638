//! The calls of the walk: each operation done right, each method that is not offered, a path that
//! nothing lives at, and each operation refused once.

use aspsp_emulator::dialect::{Operation, RequestForm};
use serde_json::Value;

use crate::helpers::{FORM, bearer, encoded, json};
use crate::walk::Walker;

/// What an answer must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// This status of a success.
    Done(u16),
    /// Nothing lives there.
    RouteUnknown,
    /// The method is not offered; these are.
    MethodNotOffered(&'static str),
    /// Some refusal.
    Refused,
}

/// One call, ready to be sent.
#[derive(Debug)]
pub struct Exchange {
    pub name: String,
    pub method: &'static str,
    pub url: String,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
    pub expected: Expected,
}

/// What each dialect offers where: the path below its base path, and the methods there in the order
/// of `Allow`.
pub fn paths(dialect: &str) -> &'static [(&'static str, &'static str)] {
    match dialect {
        "uk-ob-3.1" => &[("register", "POST"), ("register/{id}", "GET, DELETE")],
        "uk-ob-3.2" | "uk-ob-3.3" | "uk-ob-3.4" => {
            &[("register", "POST"), ("register/{id}", "GET, PUT, DELETE")]
        }
        "virgin-money" => &[("register", "POST"), ("register/{id}", "DELETE")],
        "open-finance-brasil" => &[("reg", "POST"), ("reg/{id}", "GET, PUT, DELETE")],
        "raidiam-directory" => &[
            ("clients", "GET"),
            ("clients/{id}", "GET"),
            (
                "organisations/{org}/softwarestatements/{id}/assertion",
                "GET",
            ),
        ],
        other => panic!("write down what {other} offers"),
    }
}

/// What every bank has besides.
const COMMON: [(&str, &str); 3] = [
    ("token", "POST"),
    (".well-known/openid-configuration", "GET, HEAD"),
    ("jwks", "GET, HEAD"),
];

const METHODS: [&str; 6] = ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"];

/// A client, its own URL and the token that manages it.
struct Managed {
    id: String,
    url: String,
    token: String,
}

impl Walker {
    fn exchange(
        &self,
        name: &str,
        method: &'static str,
        path: &str,
        expected: Expected,
    ) -> Exchange {
        Exchange {
            name: format!("{} {name}", self.dialect.id),
            method,
            url: format!("{}/{path}", self.url),
            headers: Vec::new(),
            body: String::new(),
            expected,
        }
    }

    /// The TPP's ordinary request as this dialect takes it.
    pub fn request(&self, client_id: Option<&str>) -> String {
        let request = self.tpp.request(self.dialect.id);
        let request = match client_id {
            Some(id) => request.claim("client_id", id),
            None => request,
        };
        match self.dialect.request {
            RequestForm::SignedJwt => request.sign().unwrap(),
            RequestForm::Json => request.to_json().unwrap(),
            RequestForm::None => panic!("{} registers nobody", self.dialect.id),
        }
    }

    fn collection(&self) -> &'static str {
        paths(self.dialect.id)[0].0
    }

    fn posted(&self, name: &str, method: &'static str, url: String, body: String) -> Exchange {
        let media_type = self.dialect.request_media_type.unwrap();
        Exchange {
            url,
            headers: vec![("content-type", media_type.to_owned())],
            body,
            ..self.exchange(name, method, "", Expected::Done(201))
        }
    }

    pub fn register(&self) -> Exchange {
        let url = format!("{}/{}", self.url, self.collection());
        self.posted("register", "POST", url, self.request(None))
    }

    /// Registers; UK clients are managed with a token of the token endpoint at a URL made of their
    /// id, Brazilian ones with the token and at the URL that the answer names.
    async fn managed(&self) -> Managed {
        let answer = self.send(&self.register(), &[]).await;
        assert_eq!(answer.status(), 201, "{}", self.dialect.id);
        let client: Value = json(answer).await;
        let text = |member: &str| client[member].as_str().unwrap().to_owned();
        let id = text("client_id");
        if self.dialect.id == "open-finance-brasil" {
            return Managed {
                id,
                url: text("registration_client_uri"),
                token: text("registration_access_token"),
            };
        }
        assert!(
            client.get("registration_access_token").is_none(),
            "{client}"
        );
        let endpoint = self.discovered("registration_endpoint").await;
        Managed {
            url: format!("{endpoint}/{id}"),
            token: self.tpp.token(&self.url, &id, "").await,
            id,
        }
    }

    /// A member of the discovery document, as the listener without client certificates has it.
    async fn discovered(&self, member: &str) -> String {
        let issuer = self.world.emulator.issuer(self.dialect.id);
        let url = format!("{issuer}/.well-known/openid-configuration");
        let document = json(self.tpp.send("GET", &url, &[], "").await).await;
        assert_eq!(document["issuer"], issuer);
        document[member].as_str().unwrap().to_owned()
    }

    async fn manage(&self, operation: Operation) -> Exchange {
        let managed = self.managed().await;
        let (method, status) = match operation {
            Operation::Read => ("GET", 200),
            Operation::Update => ("PUT", 200),
            _ => ("DELETE", 204),
        };
        let body = match operation {
            Operation::Update => self.request(Some(&managed.id)),
            _ => String::new(),
        };
        let mut exchange = self.posted(operation.as_str(), method, managed.url, body);
        let authorization = bearer(&managed.token);
        exchange.headers.push(("authorization", authorization));
        exchange.expected = Expected::Done(status);
        exchange
    }

    /// A token of a client or, at the directory, of a software.
    async fn token(&self) -> Exchange {
        let (id, scope) = if self.dialect.request == RequestForm::None {
            (self.tpp.tpp.software_id().to_string(), "directory:software")
        } else {
            (self.managed().await.id, "openid")
        };
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", &id),
            ("scope", scope),
        ];
        Exchange {
            headers: vec![("content-type", FORM.to_owned())],
            body: encoded(&form),
            ..self.exchange("token", "POST", "token", Expected::Done(200))
        }
    }

    /// The path with the TPP's own ids.
    fn filled(&self, path: &str) -> String {
        let tpp = &self.tpp.tpp;
        path.replace("{org}", tpp.org_id().as_str())
            .replace("{id}", tpp.software_id().as_str())
    }

    async fn listed(&self, operation: Operation) -> Exchange {
        let index = match operation {
            Operation::Clients => 0,
            Operation::Client => 1,
            _ => 2,
        };
        let path = self.filled(paths(self.dialect.id)[index].0);
        let id = self.tpp.tpp.software_id().to_string();
        let token = self.tpp.token(&self.url, &id, "directory:software").await;
        Exchange {
            headers: vec![("authorization", bearer(&token))],
            ..self.exchange(operation.as_str(), "GET", &path, Expected::Done(200))
        }
    }

    /// An operation done right.
    pub async fn done(&self, operation: Operation) -> Exchange {
        let published = |path| self.exchange(operation.as_str(), "GET", path, Expected::Done(200));
        match operation {
            Operation::Register => self.register(),
            Operation::Read | Operation::Update | Operation::Delete => self.manage(operation).await,
            Operation::Token => self.token().await,
            Operation::Discovery => published(".well-known/openid-configuration"),
            Operation::Jwks => published("jwks"),
            Operation::Clients | Operation::Client | Operation::Assertion => {
                self.listed(operation).await
            }
        }
    }

    /// Each method that is not offered, at each path.
    pub fn not_offered(&self) -> Vec<Exchange> {
        let mut exchanges = Vec::new();
        for (path, allow) in paths(self.dialect.id).iter().chain(&COMMON) {
            let offered: Vec<&str> = allow.split(", ").collect();
            let others = METHODS.iter().filter(|method| !offered.contains(method));
            exchanges.extend(others.map(|method| {
                let name = format!("{method} on {path}");
                let expected = Expected::MethodNotOffered(allow);
                self.exchange(&name, method, &self.filled(path), expected)
            }));
        }
        exchanges
    }

    /// Paths that nothing lives at.
    pub fn unknown(&self) -> Vec<Exchange> {
        let item = self.filled(paths(self.dialect.id)[1].0);
        [
            String::new(),
            "nowhere".to_owned(),
            format!("{item}/more"),
            format!("{}x", self.collection()),
        ]
        .into_iter()
        .flat_map(|path| {
            ["GET", "POST"].map(|method| {
                let name = format!("{method} on unknown {path}");
                self.exchange(&name, method, &path, Expected::RouteUnknown)
            })
        })
        .collect()
    }

    /// Each operation without what it needs.
    pub fn refused(&self) -> Vec<Exchange> {
        let routes = self.dialect.routes.iter();
        let mut refused: Vec<Exchange> = routes
            .map(|route| {
                let path = route.path.replace("{ClientId}", "nobody");
                let path = path.replace(['{', '}'], "");
                self.exchange("refused", route.method.as_str(), &path, Expected::Refused)
            })
            .collect();
        refused.push(self.exchange("no token", "POST", "token", Expected::Refused));
        refused
    }
}
