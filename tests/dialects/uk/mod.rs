//! UK Open Banking 3.1 to 3.4 and Virgin Money: the same tables for each, with what its own
//! publication says.

mod answers;
mod auth;
mod binding;
mod caller;
mod ciba;
mod connection;
mod discovery;
mod http;
mod jws;
mod jwt_claims;
mod metadata;
mod redirects;
mod software;
mod statement;
mod token;

use aspsp_emulator::dialect::Operation;

use crate::cases::Case;
use crate::run;

/// What one publication says, as far as they differ.
#[derive(Debug)]
pub struct Version {
    /// The dialect.
    pub id: &'static str,
    /// `Content-Type` of requests.
    pub media_type: &'static str,
    /// Whether it is of the 3.1 family: scope as an array and optional, `tls_client_auth_dn`, RS256,
    /// `iss` of the organisation, and nothing flattened into answers.
    pub is_first: bool,
    /// `token_endpoint_auth_method`.
    pub methods: &'static [&'static str],
    /// `grant_types` beyond the three of all versions.
    pub grants: &'static [&'static str],
    /// `application_type`.
    pub application_types: [&'static str; 2],
    /// Whether redirect URIs that are left out come from the statement.
    pub fills_redirects: bool,
    /// What is offered on a client's own URL.
    pub managed: &'static [Operation],
}

pub const CIBA: &str = "urn:openid:params:grant-type:ciba";
pub const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

const TWO_METHODS: &[&str] = &["tls_client_auth", "private_key_jwt"];
const FIVE_METHODS: &[&str] = &[
    "tls_client_auth",
    "private_key_jwt",
    "client_secret_jwt",
    "client_secret_basic",
    "client_secret_post",
];

const V3_1: Version = Version {
    id: "uk-ob-3.1",
    media_type: "application/jwt",
    is_first: true,
    methods: TWO_METHODS,
    grants: &[],
    application_types: ["web", "mobile"],
    fills_redirects: true,
    managed: &[Operation::Read, Operation::Delete],
};

const V3_2: Version = Version {
    id: "uk-ob-3.2",
    media_type: "application/jose",
    is_first: false,
    methods: FIVE_METHODS,
    managed: &[Operation::Read, Operation::Update, Operation::Delete],
    ..V3_1
};

const V3_3: Version = Version {
    id: "uk-ob-3.3",
    grants: &[CIBA],
    ..V3_2
};

const V3_4: Version = Version {
    id: "uk-ob-3.4",
    grants: &[CIBA, JWT_BEARER],
    application_types: ["web", "native"],
    ..V3_2
};

const VIRGIN_MONEY: Version = Version {
    id: "virgin-money",
    fills_redirects: false,
    managed: &[Operation::Delete],
    ..V3_1
};

pub static VERSIONS: [Version; 5] = [V3_1, V3_2, V3_3, V3_4, VIRGIN_MONEY];

impl Version {
    /// The claim that names the subject of the transport certificate.
    pub fn dn_claim(&self) -> &'static str {
        if self.is_first {
            "tls_client_auth_dn"
        } else {
            "tls_client_auth_subject_dn"
        }
    }

    /// A scope in the version's own type.
    pub fn scope(&self, values: &[&str]) -> serde_json::Value {
        if self.is_first {
            values.into()
        } else {
            values.join(" ").into()
        }
    }

    /// Whether it knows a grant.
    pub fn knows(&self, grant: &str) -> bool {
        self.grants.contains(&grant)
    }

    /// Whether it offers PUT.
    pub fn offers_put(&self) -> bool {
        self.managed.contains(&Operation::Update)
    }
}

type Table = fn(&'static Version) -> Vec<Case>;

const TABLES: [Table; 10] = [
    auth::cases,
    binding::cases,
    ciba::cases,
    http::cases,
    jws::cases,
    jwt_claims::cases,
    metadata::cases,
    redirects::cases,
    software::cases,
    statement::cases,
];

pub fn cases(version: &'static Version) -> Vec<Case> {
    TABLES.iter().flat_map(|table| table(version)).collect()
}

/// Every check that refuses something in the tables of a dialect, and for which operation.
pub fn refused(dialect: &str) -> Vec<(Operation, &'static str)> {
    let version = VERSIONS.iter().find(|version| version.id == dialect);
    let version = version.unwrap();
    let mut refused = Vec::new();
    for operation in [Operation::Register, Operation::Update] {
        let cases = cases(version).into_iter();
        let cases = cases.filter(|case| case.is_for(operation));
        refused.extend(cases.filter_map(|case| Some((operation, case.check()?))));
    }
    refused.extend(caller::refused(version));
    refused.extend(connection::refused(version));
    refused.extend(token::refused());
    refused
}

async fn register(index: usize) {
    let version = &VERSIONS[index];
    let (id, media_type) = (version.id, version.media_type);
    run::check(id, media_type, Operation::Register, cases(version)).await;
}

async fn replace(index: usize) {
    let version = &VERSIONS[index];
    let (id, media_type) = (version.id, version.media_type);
    run::check(id, media_type, Operation::Update, cases(version)).await;
}

#[tokio::test]
async fn a_registration_at_3_1_is_judged_as_its_publication_says() {
    register(0).await;
}

#[tokio::test]
async fn a_registration_at_3_2_is_judged_as_its_publication_says() {
    register(1).await;
}

#[tokio::test]
async fn a_registration_at_3_3_is_judged_as_its_publication_says() {
    register(2).await;
}

#[tokio::test]
async fn a_registration_at_3_4_is_judged_as_its_publication_says() {
    register(3).await;
}

#[tokio::test]
async fn a_registration_at_virgin_money_is_judged_as_its_publication_says() {
    register(4).await;
}

#[tokio::test]
async fn a_replacing_request_at_3_2_is_judged_like_a_new_one() {
    replace(1).await;
}

#[tokio::test]
async fn a_replacing_request_at_3_3_is_judged_like_a_new_one() {
    replace(2).await;
}

#[tokio::test]
async fn a_replacing_request_at_3_4_is_judged_like_a_new_one() {
    replace(3).await;
}
