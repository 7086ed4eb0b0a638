//! The client metadata, member by member.

use serde_json::json;

use super::cases::{Case, STRICT, built, check, with};

const METADATA: &str = "invalid_client_metadata";
const REDIRECT: &str = "invalid_redirect_uri";
const MALFORMED: (&str, &str) = (METADATA, "claim_malformed");
const SCOPE: (&str, &str) = (METADATA, "scope_not_allowed");
const RESPONSE_TYPE: (&str, &str) = (METADATA, "response_type_not_supported");
const GRANT: (&str, &str) = (METADATA, "grant_type_not_supported");
const METHOD: (&str, &str) = (METADATA, "auth_method_not_supported");
const SIGNING: (&str, &str) = (METADATA, "signing_alg_wrong");
const ENCRYPTION: (&str, &str) = (METADATA, "encryption_alg_wrong");
const APPLICATION: (&str, &str) = (METADATA, "application_type_wrong");
const SUBJECT: (&str, &str) = (METADATA, "subject_type_wrong");

pub fn cases() -> Vec<Case> {
    [
        keys(),
        redirects(),
        webhooks(),
        types(),
        lists(),
        scopes(),
        algorithms(),
        patterns(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Values of the answer's own patterns and enumerations.
fn patterns() -> Vec<Case> {
    let malformed = (METADATA, "claim_malformed");
    vec![
        with("authorization_details_types", json!(["<a>"]), malformed),
        with("introspection_endpoint_auth_method", "none", METHOD),
        with("revocation_endpoint_auth_method", "zz", METHOD),
    ]
}

fn keys() -> Vec<Case> {
    let jwks = (METADATA, "jwks_by_value");
    let jwks_uri = (METADATA, "jwks_uri_mismatch");
    vec![
        with("jwks", json!({ "keys": [] }), jwks),
        with("jwks", json!([]), jwks),
        built("jwks without jwks_uri", jwks, |parties| {
            let request = parties.request().without("jwks_uri");
            request.claim("jwks", json!({ "keys": [] }))
        }),
        with("jwks_uri", "https://tpp.example/keys.jwks", jwks_uri),
        with("jwks_uri", 1, jwks_uri),
        with(
            "jwks_uri",
            json!(["https://tpp.example/keys.jwks"]),
            jwks_uri,
        ),
        built("a query after jwks_uri", jwks_uri, |parties| {
            let request = parties.request();
            let uri = request.claims().unwrap()["jwks_uri"].as_str().unwrap();
            let uri = format!("{uri}?a");
            request.claim("jwks_uri", uri)
        }),
        built("strict: no jwks_uri", jwks_uri, |parties| {
            parties.request().without("jwks_uri")
        })
        .at(STRICT),
    ]
}

fn redirects() -> Vec<Case> {
    let missing = (REDIRECT, "redirect_uris_missing");
    let wrong_type = (REDIRECT, "claim_malformed");
    let long = format!("https://app.example/{}", "x".repeat(255));
    let mut cases = vec![
        built("no redirect_uris", missing, |parties| {
            parties.request().without("redirect_uris")
        }),
        with("redirect_uris", json!(null), missing),
        with("redirect_uris", json!([]), missing),
        with("redirect_uris", "https://app.example/cb", wrong_type),
        with("redirect_uris", json!([1]), wrong_type),
        with("redirect_uris", json!([""]), wrong_type),
        with("redirect_uris", json!([long]), wrong_type),
        with(
            "redirect_uris",
            json!({ "0": "https://app.example/cb" }),
            wrong_type,
        ),
    ];
    cases.extend(redirect_uris());
    cases
}

fn redirect_uris() -> Vec<Case> {
    let malformed = (REDIRECT, "redirect_uri_malformed");
    let unknown = (REDIRECT, "redirect_uri_not_in_statement");
    let mut cases = Vec::new();
    for uri in [
        "https://app.example/cb#fragment",
        "com.example.app:/cb",
        "app://cb",
        "not a uri",
        "/cb",
        "https:",
        "https://app.example/c b",
        "javascript:alert(1)",
    ] {
        cases.push(with(
            "redirect_uris",
            json!(["https://app.example/cb", uri]),
            malformed,
        ));
    }
    for uri in [
        "https://app.example/CB",
        "https://app.example/cb/",
        "https://app.example/cb?a=b",
        "http://app.example/cb",
        "https://app.example:443/cb",
        "https://other.example/cb",
        "http://localhost/cb",
    ] {
        cases.push(with(
            "redirect_uris",
            json!(["https://app.example/cb", uri]),
            unknown,
        ));
    }
    cases
}

fn webhooks() -> Vec<Case> {
    let unknown = ("invalid_webhook_uris", "webhook_uri_not_in_statement");
    vec![
        with(
            "webhook_uris",
            json!(["https://other.example/webhook"]),
            unknown,
        ),
        built("a longer webhook URI", unknown, |parties| {
            let claims = crate::br_helpers::part(&parties.tpp.tpp.statement().unwrap(), 1);
            let known = claims["software_api_webhook_uris"][0].as_str().unwrap();
            let uris = json!([known, format!("{known}/further")]);
            parties.request().claim("webhook_uris", uris)
        }),
        with("webhook_uris", "https://app.example/webhook", MALFORMED),
        with("webhook_uris", json!([1]), MALFORMED),
    ]
}

fn types() -> Vec<Case> {
    let long = "x".repeat(256);
    let texts = [
        "id_token_signed_response_alg",
        "request_object_signing_alg",
        "application_type",
        "subject_type",
        "token_endpoint_auth_method",
        "tls_client_auth_subject_dn",
        "scope",
    ];
    let mut cases: Vec<Case> = texts.map(|name| with(name, 1, MALFORMED)).into();
    cases.extend(
        ["grant_types", "response_types", "post_logout_redirect_uris"]
            .map(|name| with(name, "code", MALFORMED)),
    );
    cases.extend(
        [
            "require_auth_time",
            "require_signed_request_object",
            "require_pushed_authorization_requests",
            "tls_client_certificate_bound_access_tokens",
            "tls_client_certificate_bound_access_token",
            "backchannel_user_code_parameter",
        ]
        .map(|name| with(name, "true", MALFORMED)),
    );
    cases.extend([
        with("grant_types", json!([1]), MALFORMED),
        with("default_max_age", "60", MALFORMED),
        with("default_max_age", -1, MALFORMED),
        with("subject_type", long, MALFORMED),
        with("authorization_details_types", json!([{}]), MALFORMED),
    ]);
    cases
}

fn lists() -> Vec<Case> {
    let san = (METADATA, "subject_alternative_name_refused");
    let mut cases = vec![
        with("grant_types", json!([]), GRANT),
        with("grant_types", json!(["password"]), GRANT),
        with(
            "grant_types",
            json!(["authorization_code", "password"]),
            GRANT,
        )
        .at(STRICT),
        with("response_types", json!(["token"]), RESPONSE_TYPE),
        with(
            "response_types",
            json!(["code", "code token"]),
            RESPONSE_TYPE,
        ),
        with("response_types", json!(["id_token"]), RESPONSE_TYPE),
        built(
            "a response type without its grant",
            RESPONSE_TYPE,
            |parties| {
                let request = parties.request();
                request.claim("grant_types", json!(["client_credentials"]))
            },
        ),
        with("application_type", "mobile", APPLICATION),
        with("application_type", "Web", APPLICATION),
        with("subject_type", "pairwise", SUBJECT),
    ];
    cases.extend(
        [
            "client_secret_basic",
            "client_secret_post",
            "client_secret_jwt",
            "none",
            "Private_Key_JWT",
        ]
        .map(|method| with("token_endpoint_auth_method", method, METHOD)),
    );
    cases.extend(["dns", "uri", "ip", "email"].map(|kind| {
        built(format!("san {kind}"), san, move |parties| {
            let name = format!("tls_client_auth_san_{kind}");
            let request = parties.request().without("tls_client_auth_subject_dn");
            request.claim(&name, "app.example")
        })
    }));
    cases.push(with("tls_client_auth_san_dns", "app.example", san));
    cases
}

fn scopes() -> Vec<Case> {
    let inactive = json!([
        { "role": "DADOS", "authorisation_domain": "Open Banking", "status": "Active" },
        { "role": "PAGTO", "authorisation_domain": "Open Banking", "status": "Inactive" },
    ]);
    let mut cases: Vec<Case> = [
        "openid unknown",
        "fundsconfirmations",
        "OPENID",
        "openid,accounts",
    ]
    .map(|scope| with("scope", scope, SCOPE))
    .into();
    cases.extend([
        with("scope", json!(["openid"]), MALFORMED),
        built("a scope of an inactive role", SCOPE, move |parties| {
            let roles = inactive.clone();
            let request =
                parties.with_statement(|edits| edits.set_claim("software_statement_roles", roles));
            request.claim("scope", "openid payments")
        }),
        built("a scope of a role that is not there", SCOPE, |parties| {
            let request = parties.with_statement(|edits| {
                edits.set_claim("software_statement_roles", json!([]));
            });
            request.claim("scope", "openid accounts")
        }),
    ]);
    cases
}

fn algorithms() -> Vec<Case> {
    let mut cases = Vec::new();
    for name in [
        "id_token_signed_response_alg",
        "request_object_signing_alg",
        "token_endpoint_auth_signing_alg",
        "authorization_signed_response_alg",
    ] {
        cases.extend(
            ["RS256", "ES256", "HS256", "none", "ps256"].map(|alg| with(name, alg, SIGNING)),
        );
    }
    for (name, value) in [
        ("id_token_encrypted_response_alg", "RSA1_5"),
        ("id_token_encrypted_response_enc", "A128GCM"),
        ("request_object_encryption_alg", "RSA-OAEP-256"),
        ("request_object_encryption_enc", "A256CBC-HS512"),
    ] {
        cases.push(with(name, value, ENCRYPTION));
    }
    cases
}

#[tokio::test]
async fn metadata_that_is_not_allowed_is_refused() {
    check(cases()).await;
}
