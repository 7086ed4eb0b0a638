//! GET, PUT and DELETE of a client: who may, and what the others are told.

use std::time::Duration;

use aspsp_emulator::dialect::{self, Operation};
use aspsp_emulator::domain::client::ClientStatus;
use aspsp_emulator::domain::ids::ClientId;
use reqwest::Response;
use serde_json::json;

use crate::cases::Setup;
use crate::helpers::{Caller, INTERACTION_ID, World, bearer, header, json as json_of};
use crate::uk::{VERSIONS, Version};

/// What is wrong with a call.
#[derive(Debug, Clone, Copy)]
enum Wrong {
    NoHeader,
    Header(&'static str),
    Unknown,
    Expired,
    OfTheGrantWhereAnotherKindManages,
    OverAnotherCertificate,
    OfAnotherClient,
    ForNobody,
    Suspended,
    Accept,
    FapiHeader,
}

/// How it is answered: the status, and whether a challenge names an error.
type Row = (&'static str, Wrong, u16, Option<bool>);

const ROWS: [Row; 13] = [
    ("token_missing", Wrong::NoHeader, 401, Some(false)),
    ("token_malformed", Wrong::Header("Bearer"), 401, Some(true)),
    ("token_malformed", Wrong::Header("Bearer "), 401, Some(true)),
    (
        "token_malformed",
        Wrong::Header("Basic YTpi"),
        401,
        Some(true),
    ),
    ("token_invalid", Wrong::Unknown, 401, Some(true)),
    ("token_invalid", Wrong::Expired, 401, Some(true)),
    (
        "token_wrong_kind",
        Wrong::OfTheGrantWhereAnotherKindManages,
        401,
        Some(true),
    ),
    (
        "token_certificate_mismatch",
        Wrong::OverAnotherCertificate,
        401,
        Some(true),
    ),
    ("token_of_another_client", Wrong::OfAnotherClient, 403, None),
    ("client_unknown", Wrong::ForNobody, 401, Some(true)),
    ("client_not_manageable", Wrong::Suspended, 403, None),
    ("not_acceptable", Wrong::Accept, 406, None),
    ("fapi_header_malformed", Wrong::FapiHeader, 400, None),
];

/// The checks that refuse something here.
pub fn refused(version: &Version) -> Vec<(Operation, &'static str)> {
    let rows = |operation: &Operation| ROWS.map(|(check, ..)| (*operation, check));
    version.managed.iter().flat_map(rows).collect()
}

/// A bank, a TPP with a client and its token, and somebody else.
struct Managed<'a> {
    world: &'a World,
    version: &'static Version,
    operation: Operation,
    bank: String,
    url: String,
    owner: &'a Caller,
    thief: &'a Caller,
}

impl Managed<'_> {
    async fn client(&self) -> (String, String) {
        let body = self.owner.request(&self.bank).sign().unwrap();
        let headers = [("content-type", self.version.media_type)];
        let url = format!("{}/register", self.url);
        let client = json_of(self.owner.send("POST", &url, &headers, body).await).await;
        let id = client["client_id"].as_str().unwrap().to_owned();
        let token = self.owner.token(&self.url, &id, "").await;
        (id, token)
    }

    /// The operation on this client, with a good request for PUT.
    async fn call(&self, caller: &Caller, id: &str, more: &[(&str, &str)]) -> Response {
        let url = format!("{}/register/{id}", self.url);
        let (method, body) = match self.operation {
            Operation::Update => {
                let request = self.owner.request(&self.bank).sign().unwrap();
                ("PUT", request)
            }
            Operation::Delete => ("DELETE", String::new()),
            _ => ("GET", String::new()),
        };
        let mut headers = more.to_vec();
        headers.push(("content-type", self.version.media_type));
        caller.send(method, &url, &headers, body).await
    }

    async fn answer(&self, wrong: Wrong) -> Response {
        let (id, token) = self.client().await;
        let good = bearer(&token);
        let with = [("authorization", good.as_str())];
        match wrong {
            Wrong::NoHeader => self.call(self.owner, &id, &[]).await,
            Wrong::Header(text) => self.call(self.owner, &id, &[("authorization", text)]).await,
            Wrong::Unknown => {
                let unknown = bearer("unknown");
                self.call(self.owner, &id, &[("authorization", &unknown)])
                    .await
            }
            Wrong::Expired => {
                self.world
                    .emulator
                    .clock()
                    .advance(Duration::from_secs(300));
                self.call(self.owner, &id, &with).await
            }
            Wrong::OfTheGrantWhereAnotherKindManages => self.call(self.owner, &id, &with).await,
            Wrong::OverAnotherCertificate => self.call(self.thief, &id, &with).await,
            Wrong::OfAnotherClient => {
                let (another, _) = self.client().await;
                self.call(self.owner, &another, &with).await
            }
            Wrong::ForNobody => self.for_nobody(&id, &with).await,
            Wrong::Suspended => {
                let client = ClientId::new(id.as_str());
                let emulator = &self.world.emulator;
                let set = emulator.set_client_status(&self.bank, &client, ClientStatus::Suspended);
                assert!(set.await.unwrap());
                self.call(self.owner, &id, &with).await
            }
            Wrong::Accept => {
                let headers = [with[0], ("accept", "text/html")];
                self.call(self.owner, &id, &headers).await
            }
            Wrong::FapiHeader => {
                let headers = [with[0], ("x-fapi-auth-date", "yesterday")];
                self.call(self.owner, &id, &headers).await
            }
        }
    }

    /// Whoever asks for a client that is not there loses the token.
    async fn for_nobody(&self, id: &str, with: &[(&str, &str)]) -> Response {
        let nobody = "6f1ed002-ab5f-4b2c-8b3a-5e2e3f0c9d11";
        let answer = self.call(self.owner, nobody, with).await;
        let after = self.call(self.owner, id, with).await;
        assert_eq!(after.status(), 401, "{}: the token is lost", self.bank);
        answer
    }
}

/// The bank whose switches a row needs.
fn suffix(wrong: Wrong) -> &'static str {
    match wrong {
        Wrong::OfTheGrantWhereAnotherKindManages => "-rat",
        Wrong::FapiHeader => "-fapi",
        _ => "",
    }
}

async fn judge(managed: &Managed<'_>, row: Row) {
    let (check, wrong, status, challenge) = row;
    let case = format!("{} {:?} {wrong:?}", managed.bank, managed.operation);
    let answer = managed.answer(wrong).await;
    assert_eq!(answer.status(), status, "{case}");
    assert!(answer.headers().contains_key(INTERACTION_ID), "{case}");
    let challenge = challenge.map(|names_error| {
        let realm = format!("Bearer realm=\"{}\"", managed.bank);
        if names_error {
            realm + ", error=\"invalid_token\""
        } else {
            realm
        }
    });
    let told = header(&answer, "www-authenticate");
    assert_eq!(told, challenge.as_deref(), "{case}");
    if status == 400 {
        let body = json_of(answer).await;
        let description = body["error_description"].as_str().unwrap();
        assert!(description.ends_with(&format!("({check})")), "{body}");
    } else {
        assert!(!answer.headers().contains_key("content-type"), "{case}");
        assert!(answer.bytes().await.unwrap().is_empty(), "{case}");
    }
}

#[tokio::test]
async fn a_client_is_managed_by_its_own_token_only() {
    for version in &VERSIONS {
        let dialect = dialect::by_id(version.id).unwrap();
        let switched = [
            ("-rat", json!({"management_token": "rat"})),
            ("-fapi", json!({"fapi_headers": "check"})),
        ]
        .map(|(suffix, policy)| {
            Setup::switched(policy).bank(dialect, &format!("{}{suffix}", version.id))
        });
        let world = World::start(switched).await;
        let owner = world.tpp(dialect.ecosystem).await;
        let thief = world.tpp(dialect.ecosystem).await;
        for operation in version.managed {
            for row in ROWS {
                let bank = format!("{}{}", version.id, suffix(row.1));
                let managed = Managed {
                    world: &world,
                    version,
                    operation: *operation,
                    url: world.emulator.url(&bank),
                    bank,
                    owner: &owner,
                    thief: &thief,
                };
                judge(&managed, row).await;
            }
        }
    }
}
