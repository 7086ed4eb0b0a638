//! Every switch of a bank's settings: one request whose answer differs by the switch's value.

mod probes;

use std::collections::BTreeSet;

use aspsp_emulator::dialect::policy::Strictness;
use aspsp_emulator::dialect::{ALL, by_id};
use serde_json::{Value, json};

use crate::cases::Setup;
use crate::helpers::World;
use crate::policy::probes::Site;

/// A switch and what is found at each of its values, which are JSON.
type Row = (&'static str, &'static [(&'static str, &'static str)]);

const DIALECT: &str = "uk-ob-3.3";

const ROWS: [Row; 31] = [
    // What the request claims.
    (
        "aud",
        &[
            (r#""any""#, "201"),
            (r#""pattern""#, "400 audience_wrong"),
            (r#""equals""#, "400 audience_wrong"),
        ],
    ),
    (
        "iss_must_equal",
        &[
            (r#""software_id""#, "201"),
            (r#""org_id""#, "400 issuer_not_the_software"),
            (r#""either""#, "201"),
        ],
    ),
    (
        "dn_claim",
        &[
            (r#""when_needed""#, "201"),
            (r#""always""#, "400 subject_dn_missing"),
        ],
    ),
    (
        "scope_type",
        &[
            (r#""version""#, "400 claim_malformed"),
            (r#""either""#, "201"),
        ],
    ),
    (
        "scope_default",
        &[(r#""roles""#, "201"), (r#""reject""#, "400 scope_missing")],
    ),
    (
        "allowed_algs",
        &[
            (r#"["PS256"]"#, "201"),
            (r#"["ES256"]"#, "400 request_alg_not_allowed"),
        ],
    ),
    (
        "secret_jwt_alg",
        &[
            (r#""any""#, "201"),
            (r#""hs256""#, "400 auth_signing_alg_wrong"),
        ],
    ),
    (
        "application_types",
        &[
            (r#"["web"]"#, "201"),
            (r#"["native"]"#, "400 application_type_wrong"),
        ],
    ),
    (
        "unknown_grant",
        &[
            (r#""drop""#, "201"),
            (r#""reject""#, "400 grant_type_not_supported"),
        ],
    ),
    (
        "auth_methods",
        &[
            (r#"["tls_client_auth"]"#, "201"),
            (r#"["private_key_jwt"]"#, "400 auth_method_not_supported"),
        ],
    ),
    (
        "redirects_default",
        &[
            (r#""statement""#, "201"),
            (r#""reject""#, "400 redirect_uris_missing"),
        ],
    ),
    // What is known of the statement, the software and the connection.
    (
        "duplicates",
        &[
            (r#""allow""#, "201 201"),
            (r#""reject""#, "201 400 software_already_registered"),
        ],
    ),
    (
        "ssa_max_age",
        &[
            (r#""none""#, "201"),
            (r#""10m""#, "201"),
            (r#""5m""#, "400 statement_too_old"),
        ],
    ),
    (
        "ssa_single_use",
        &[("false", "201 201"), ("true", "201 400 statement_reused")],
    ),
    (
        "request_single_use",
        &[("false", "201 201"), ("true", "201 400 request_replayed")],
    ),
    (
        "certificate_binding",
        &[
            (r#""ignore""#, "201"),
            (r#""check""#, "400 certificate_not_the_tpps"),
        ],
    ),
    (
        "uri_hosts",
        &[
            (r#""ignore""#, "201"),
            (r#""check""#, "400 uri_host_mismatch"),
        ],
    ),
    (
        "jwks_uri_required",
        &[("false", "201"), ("true", "400 jwks_uri_mismatch")],
    ),
    (
        "content_types",
        &[
            (r#"["text/plain"]"#, "201"),
            (r#"["application/jose"]"#, "415"),
        ],
    ),
    (
        "fapi_headers",
        &[
            (r#""ignore""#, "201"),
            (r#""check""#, "400 fapi_header_malformed"),
        ],
    ),
    // What is answered, and who manages a client.
    (
        "echo_jwt_claims",
        &[("true", "201 with it"), ("false", "201 without it")],
    ),
    (
        "echo_ssa",
        &[("true", "201 with it"), ("false", "201 without it")],
    ),
    (
        "echo_software_statement",
        &[("true", "200 with it"), ("false", "200 without it")],
    ),
    (
        "unknown_client",
        &[(r#""unauthorized""#, "401"), (r#""not_found""#, "404")],
    ),
    (
        "unauthorized_body",
        &[(r#""empty""#, "401"), (r#""json""#, "401 invalid_token")],
    ),
    (
        "management_token",
        &[
            (r#""ccg""#, "of the grant 200, of the registration none"),
            (r#""rat""#, "of the grant 401, of the registration 200"),
            (r#""both""#, "of the grant 200, of the registration 200"),
        ],
    ),
    (
        "put_client_id",
        &[
            (r#""optional""#, "200"),
            (r#""required""#, "400 client_id_mismatch"),
        ],
    ),
    (
        "bad_auth_status",
        &[
            (r#"{"missing": 401, "malformed": 401}"#, "401 and 401"),
            (r#"{"missing": 400, "malformed": 401}"#, "400 and 401"),
            (r#"{"missing": 401, "malformed": 400}"#, "401 and 400"),
        ],
    ),
    ("rotate_rat", &[("true", "another"), ("false", "the same")]),
    (
        "revoke_on_mismatch",
        &[("true", "403 and 401"), ("false", "403 and 200")],
    ),
    (
        "wrong_method",
        &[
            (r#""method_not_allowed""#, "405 GET, PUT, DELETE"),
            (r#""not_found""#, "404 none"),
            (r#""forbidden""#, "403 none"),
        ],
    ),
];

#[tokio::test]
async fn each_switch_changes_the_answer_that_it_is_about() {
    for (switch, values) in ROWS {
        // Only Brazilian requests name a key set.
        let dialect = match switch {
            "jwks_uri_required" => "open-finance-brasil",
            _ => DIALECT,
        };
        let dialect = by_id(dialect).unwrap();
        for (index, (value, expected)) in values.iter().enumerate() {
            let value: Value = serde_json::from_str(value).unwrap();
            let mut policy = json!({ switch: value });
            if switch == "rotate_rat" {
                policy["management_token"] = json!("rat");
            }
            let policy_text = policy.to_string();
            let id = format!("bank-{index}");
            let world = World::start([Setup::switched(policy).bank(dialect, &id)]).await;
            let site = Site::of(&world, dialect, &id).await;
            let found = site.probe(switch).await;
            assert_eq!(found, *expected, "{switch}: {policy_text}");
        }
    }
}

#[test]
fn every_switch_has_such_a_request() {
    let dialect = ALL[0];
    let policy = (dialect.policy)(dialect, Strictness::Conformance);
    let policy = serde_json::to_value(policy).unwrap();
    let known: BTreeSet<String> = policy.as_object().unwrap().keys().cloned().collect();
    let shown: BTreeSet<String> = ROWS.iter().map(|row| row.0.to_owned()).collect();
    assert_eq!(shown, known);
}
