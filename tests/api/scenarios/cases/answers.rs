//! Every answer: respond, reject, alter, limit, sequence; policy.

use serde_json::json;

use crate::helpers::INTERACTION_ID;
use crate::key_stores::{directory_keys, part, verifies};
use crate::scenarios::cases::party::{
    Who, at_directory, delete, discovery, jwks, read, register, token, update,
};
use crate::scenarios::cases::row::{
    Id, advance, at, broken_json, header, json as body, no_header, nothing_at, ready, stored, text,
};
use crate::scenarios::cases::table::{Case, Stage, case, play};

fn responds() -> Vec<Case> {
    vec![
        case(
            "short: the bank's own body for that status",
            "rules: [{ match: { operation: register }, respond: 400 }]",
            vec![
                register()
                    .gets(400)
                    .and(header("content-type", "application/json"))
                    .and(header("cache-control", "no-store"))
                    .and(at("/error", "invalid_client_metadata"))
                    .and(at("/error_description", "scripted by a scenario")),
                stored(0),
            ],
        ),
        case(
            "long, without a body: the same, with its headers and others",
            r#"
            rules:
              - respond: { status: 503, headers: { Retry-After: "7", X-Kind: outage } }
            "#,
            vec![
                discovery()
                    .gets(503)
                    .and(header("retry-after", "7"))
                    .and(header("x-kind", "outage"))
                    .and(text("")),
            ],
        ),
        case(
            "a body of text",
            "rules: [{ respond: { status: 502, body: Bad Gateway } }]",
            vec![
                discovery()
                    .gets(502)
                    .and(header("content-type", "text/plain; charset=utf-8"))
                    .and(text("Bad Gateway")),
            ],
        ),
        case(
            "a body of JSON, as typed as it is written",
            r#"
            rules:
              - respond:
                  status: 400
                  body: { error: overloaded, after: 5, text: "5", list: [true, null, 1.5] }
            "#,
            vec![
                discovery()
                    .gets(400)
                    .and(header("content-type", "application/json"))
                    .and(body(json!({
                        "error": "overloaded", "after": 5, "text": "5", "list": [true, null, 1.5],
                    }))),
            ],
        ),
        case(
            "a text that is JSON, under a media type of its own",
            r#"
            rules:
              - respond:
                  status: 400
                  headers: { Content-Type: application/problem+json }
                  body: '{"title":"no"}'
            "#,
            vec![
                discovery()
                    .gets(400)
                    .and(header("content-type", "application/problem+json"))
                    .and(text(r#"{"title":"no"}"#)),
            ],
        ),
        case(
            "a body that is no template says what it says",
            "rules: [{ respond: { status: 200, body: '{{ request.method }}' } }]",
            vec![discovery().gets(200).and(text("{{ request.method }}"))],
        ),
        case(
            "a template over the request",
            r#"
            rules:
              - match: { operation: register }
                respond:
                  status: 418
                  template: true
                  headers: { X-Call: "{{ call }}", X-Org: "{{ statement.org_id }}" }
                  body: '{"iss": "{{ claims.iss }}", "at": {{ now - now }}, "for": "{{ operation }} at {{ bank }}", "path": "{{ request.path }}", "tenant": "{{ request.headers["x-tenant"] }}", "id": "{{ request.interaction_id }}"}'
            "#,
            vec![
                register()
                    .header("x-tenant", "gold")
                    .gets(418)
                    .and(header("content-type", "application/json"))
                    .and(header("x-call", "1"))
                    .and(header("x-org", "0015800001HQQrZAAA"))
                    .and(body(json!({
                        "iss": "softwareA", "at": 0, "for": "register at uk-ob-3.3",
                        "path": "/uk-ob-3.3/register", "tenant": "gold", "id": "case-1",
                    }))),
                stored(0),
            ],
        ),
        case(
            "a template over the stored client",
            r#"
            rules:
              - match: { operation: read }
                respond: { status: 200, template: true, body: '{{ client.application_type }} {{ client.client_secret | default("no secret") }}' }
            "#,
            vec![ready(Who::A), read().gets(200).and(text("web no secret"))],
        ),
        case(
            "a template over the client that the bank has just stored",
            r#"
            rules:
              - match: { operation: register }
                stage: after
                respond: { status: 201, template: true, body: '{"client_id": "{{ client.client_id }}", "type": "{{ client.application_type }}"}' }
            "#,
            vec![
                register().gets(201).and(at("/type", "web")),
                stored(1),
                // With the id that the template said.
                token().gets(200),
                read().gets(200),
            ],
        ),
        case(
            "a template over the client before the bank's work: there is none yet",
            r"
            rules:
              - match: { operation: register }
                respond: { status: 201, template: true, body: 'id={{ client.client_id }}' }
            ",
            vec![register().gets(201).and(text("id=")), stored(0)],
        ),
        case(
            "a template in what is altered sees the new client, and a deleted one as it was",
            r#"
            rules:
              - match: { operation: register }
                alter: { header: X-Client, to: "{{ client.application_type }}" }
              - match: { operation: delete }
                stage: after
                respond: { status: 200, template: true, body: "{{ client.application_type }}" }
            "#,
            vec![
                register().gets(201).and(header("x-client", "web")),
                token().gets(200),
                delete().gets(200).and(text("web")),
                stored(0),
            ],
        ),
        case(
            "null leaves headers out, the server's own too",
            r"
            rules:
              - respond:
                  status: 401
                  headers: { WWW-Authenticate: null, Date: null, Cache-Control: null }
            ",
            vec![
                read()
                    .gets(401)
                    .and(no_header("www-authenticate"))
                    .and(no_header("date"))
                    .and(no_header("cache-control")),
            ],
        ),
        case(
            "an interaction id of its own, or none",
            r#"
            rules:
              - match: { operation: jwks }
                respond: { status: 200, headers: { x-fapi-interaction-id: "its-own" } }
              - respond: { status: 503, headers: { x-fapi-interaction-id: null } }
            "#,
            vec![
                jwks().gets(200).with_id(Id::Set("its-own")),
                discovery().gets(503).with_id(Id::Omitted),
            ],
        ),
        case(
            "interaction_id: omit and replace",
            r"
            rules:
              - { match: { operation: jwks }, interaction_id: omit }
              - { match: { operation: discovery }, interaction_id: replace, respond: 503 }
            ",
            vec![
                jwks()
                    .gets(200)
                    .with_id(Id::Omitted)
                    .and(no_header(INTERACTION_ID)),
                discovery().gets(503).with_id(Id::Fresh),
                register().gets(201),
            ],
        ),
    ]
}

fn rejects_and_alters() -> Vec<Case> {
    vec![
        case(
            "reject is the bank's answer to a failed check",
            "rules: [{ reject: redirect_uri_not_in_statement }]",
            vec![
                register()
                    .gets(400)
                    .and(at("/error", "invalid_redirect_uri"))
                    .and(at(
                        "/error_description",
                        "scripted by a scenario (redirect_uri_not_in_statement)",
                    )),
                stored(0),
                // Operations without that check skip the rule.
                discovery().gets(200),
            ],
        ),
        case(
            "reject changes nothing: the token of a refused read is good",
            "rules: [{ match: { operation: read }, calls: 1, reject: client_unknown }]",
            vec![ready(Who::A), read().series(&[401, 200])],
        ),
        case(
            "alter the bank's real answer",
            r#"
            rules:
              - match: { operation: register }
                alter:
                  - { set: /scope, to: everything }
                  - { set: /redirect_uris/-, to: "https://more.example" }
                  - { set: /extra/deep, to: [1, true] }
                  - { remove: /client_id_issued_at }
                  - { remove: /nothing/there }
                  - { status: 200 }
                  - { header: X-Altered, to: "{{ operation }}" }
                  - { header: Cache-Control, to: null }
            "#,
            vec![
                register()
                    .gets(200)
                    .and(at("/scope", "everything"))
                    .and(at("/redirect_uris/1", "https://more.example"))
                    .and(at("/extra", json!({ "deep": [1, true] })))
                    .and(at("/application_type", "web"))
                    .and(nothing_at("/client_id_issued_at"))
                    .and(header("x-altered", "register"))
                    .and(header("pragma", "no-cache"))
                    .and(no_header("cache-control")),
                stored(1),
            ],
        ),
        case(
            "alter a refusal of the bank",
            "rules: [{ alter: [{ set: /error, to: other }, { status: 422 }] }]",
            vec![
                register()
                    .changed(|request| request.claim("scope", "nonsense"))
                    .gets(422)
                    .and(at("/error", "other")),
            ],
        ),
        case(
            "alter an update",
            "rules: [{ match: { operation: update }, alter: { status: 202 } }]",
            vec![
                ready(Who::A),
                update().gets(202).and(at("/application_type", "web")),
            ],
        ),
        case(
            "alter what has no body",
            "rules: [{ match: { operation: read }, alter: [{ set: /a, to: 1 }, { status: 404 }] }]",
            vec![read().gets(404).and(text(""))],
        ),
    ]
}

fn limits_and_sequences() -> Vec<Case> {
    vec![
        case(
            "a quota, with a true Retry-After",
            "rules: [{ match: { operation: discovery }, limit: { calls: 2, every: 1m } }]",
            vec![
                discovery().series(&[200, 200]),
                discovery().gets(429).and(header("retry-after", "30")),
                advance(29),
                discovery().gets(429).and(header("retry-after", "1")),
                jwks().gets(200),
                advance(1),
                discovery().gets(200),
                discovery().gets(429).and(header("retry-after", "30")),
            ],
        ),
        case(
            "a quota for each software, one at a time",
            "rules: [{ per: software, limit: { calls: 60, every: 1m, burst: 1 } }]",
            vec![
                discovery().gets(200),
                discovery().gets(429).and(header("retry-after", "1")),
                discovery().by(Who::B).gets(200),
                advance(1),
                discovery().gets(200),
                discovery().by(Who::Stranger).series(&[200, 429]),
            ],
        ),
        case(
            "a sequence, then the bank",
            r"
            rules:
              - match: { operation: [register, read] }
                sequence:
                  - { respond: 503 }
                  - pass
                  - { reject: statement_missing }
                  - { fault: malformed_json }
            ",
            vec![
                register().gets(503),
                stored(0),
                register().gets(201),
                register()
                    .gets(400)
                    .and(at("/error", "invalid_software_statement")),
                stored(1),
                register().gets(201).and(broken_json()),
                stored(2),
                register().series(&[201, 201]),
            ],
        ),
        case(
            "what stands beside a sequence goes with each step",
            r"
            rules:
              - interaction_id: omit
                sequence: [pass, { respond: 503 }]
              - respond: 500
            ",
            vec![
                discovery().gets(200).with_id(Id::Omitted),
                discovery().gets(503).with_id(Id::Omitted),
            ],
        ),
    ]
}

fn policies() -> Vec<Case> {
    vec![
        case(
            "policy while it is active, without rules",
            "{ policy: { duplicates: reject } }",
            vec![register().gets(201), register().gets(400), stored(1)],
        ),
        case(
            "policy of a scenario that only one request chose",
            "rules: [{ match: { operation: jwks }, respond: 503 }]",
            vec![
                register().gets(201),
                register().header("x-emulator-scenario", "once").gets(400),
                stored(1),
                register().gets(201),
                stored(2),
            ],
        )
        .and_file("once.yaml", "policy: { duplicates: reject }"),
        case(
            "policy and rules",
            "{ policy: { duplicates: reject }, rules: [{ match: { operation: jwks }, respond: 503 }] }",
            vec![register().series(&[201, 400]), jwks().gets(503)],
        ),
    ]
}

#[tokio::test]
async fn rules_respond() {
    play(responds()).await;
}

#[tokio::test]
async fn rules_reject_and_alter() {
    play(rejects_and_alters()).await;
}

#[tokio::test]
async fn rules_limit_and_go_on_in_sequence() {
    play(limits_and_sequences()).await;
}

#[tokio::test]
async fn scenarios_set_switches() {
    play(policies()).await;
}

#[tokio::test]
async fn an_altered_statement_is_signed_by_the_directory() {
    let scenario = r#"
rules:
  - match: { operation: assertion }
    alter:
      - { set: /software_client_name, to: "Altered Ltd" }
      - { remove: /org_contacts }
      - { set: /iss, to: somebody }
      - { header: x-altered, to: "yes" }
"#;
    let mut stage = Stage::with(scenario).await;
    let granted = stage.send(&token().at("raidiam-directory")).await;
    assert_eq!(granted.unwrap().status, 200);
    let got = stage.send(&at_directory("assertion")).await.unwrap();
    assert_eq!(got.status, 200, "{}", got.text());
    assert_eq!(got.header("x-altered"), Some("yes"));
    let statement = got.text();
    let claims = part(&statement, 1);
    assert_eq!(claims["software_client_name"], "Altered Ltd");
    assert_eq!(claims["iss"], "somebody");
    assert_eq!(claims["software_id"], "softwareA");
    assert!(claims.get("org_contacts").is_none());
    let kid = part(&statement, 0)["kid"].clone();
    let keys = directory_keys(&stage.bank).await;
    let key = keys.iter().find(|key| key["kid"] == kid).unwrap();
    assert!(verifies(&statement, key));
}

#[tokio::test]
async fn a_statement_altered_by_the_directory_is_judged_by_a_bank() {
    let scenario = r#"
rules:
  - match: { operation: assertion }
    alter: [{ set: /software_redirect_uris, to: ["https://elsewhere.example"] }]
"#;
    let mut stage = Stage::with(scenario).await;
    stage.send(&token().at("raidiam-directory")).await.unwrap();
    let got = stage.send(&at_directory("assertion")).await.unwrap();
    let statement = got.text();
    let tpp = stage.party(Who::A).await.tpp.as_ref().unwrap();
    let request = tpp.request().claim("software_statement", statement);
    let request = request.sign().unwrap();
    let explained = stage.bank.emulator.explain("uk-ob-3.3", request);
    let explained = serde_json::to_value(explained.await.unwrap()).unwrap();
    let failed: Vec<&str> = explained["checks"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|check| check["result"] == "failed")
        .map(|check| check["check"].as_str().unwrap())
        .collect();
    assert_eq!(failed, ["redirect_uri_not_in_statement"]);
}
