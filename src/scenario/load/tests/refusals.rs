//! What a file cannot say, and where: the file, names, matchers and gates.

use super::{LARGEST, problems, refused};

#[test]
fn all_problems_are_told_at_once_each_where_it_is() {
    let text = "nam: x\nrules:\n  - match: { operatoin: register }\n    calls: 5..2\n    respond: 99\n  - chance: 2\n    fault: { truncate: 0, stal: 1s }\n    delay: 3\n";
    let starts = [
        "1:1: found the key `nam`; allowed: name, description, seed, policy, rules; did you mean `name`?",
        "3:14: found the key `operatoin`; allowed: bank, operation,",
        "4:12: found `5..2`; allowed: a range",
        "5:14: found the status `99`; allowed: 200 to 599",
        "6:13: found the number `2`; allowed: a number from 0 to 1",
        "7:24: found the number `0`; allowed: a whole number from 1",
        "7:27: found the key `stal`; allowed: stall, truncate, drip, alert; did you mean `stall`?",
        "8:12: found `3`; allowed: a length of time such as 250ms, 30s, 2m, 1h30m; with its unit: 3s",
    ];
    let found = problems(text);
    for (found, start) in found.iter().zip(starts) {
        assert!(found.starts_with(start), "{found}\n is not {start}");
    }
    assert_eq!(found.len(), starts.len(), "{found:#?}");
}

#[test]
fn files_and_names() {
    refused(&[
        (
            "",
            "1:1: found nothing; allowed: the keys name, description, seed, policy, rules",
        ),
        (
            "name: a",
            "1:1: found no key `rules`; allowed: at least one rule, or `policy` with switches",
        ),
        (
            "rules: []",
            "1:8: found an empty list; allowed: at least one rule, or `policy` with switches",
        ),
        ("rules:", "1:6: found nothing; allowed: a list"),
        ("rules: {}", "1:8: found keys; allowed: a list"),
        (
            "rules: [x]",
            "1:9: found `x`; allowed: the keys name, match, calls, per, chance, state, next_state, after, until, age, stage, respond, reject, alter, limit, sequence, fault, delay, interaction_id",
        ),
        (
            "- a",
            "1:1: found a list; allowed: the keys name, description, seed, policy, rules",
        ),
        (
            "name: a b\npolicy: {}",
            "1:7: found `a b`; allowed: 1 to 100 letters, digits, `.`, `_` and `-`",
        ),
        (
            "name: a.yaml\npolicy: {}",
            "1:7: found `a.yaml`; allowed: 1 to 100 letters, digits, `.`, `_` and `-`, without the ending of a file, which `--scenario` would look for",
        ),
        (
            "name: 429\npolicy: {}",
            "1:7: found the number `429`; allowed: a text; write it in quotes: \"429\"",
        ),
        (
            "seed: -1\npolicy: {}",
            "1:7: found the number `-1`; allowed: a whole number from 0 to 18446744073709551615",
        ),
        (
            "seed: 1.5\npolicy: {}",
            "1:7: found the number `1.5`; allowed: a whole number from 0 to 18446744073709551615",
        ),
        (
            "policy: { rotate_rat: 1 }",
            "1:23: found the number `1`; allowed: true, false",
        ),
        (
            "policy:",
            "1:7: found nothing; allowed: the keys content_types, aud, iss_must_equal, dn_claim, scope_type, scope_default, echo_jwt_claims, allowed_algs, secret_jwt_alg, application_types, unknown_grant, auth_methods, redirects_default, duplicates, unknown_client, unauthorized_body, management_token, put_client_id, bad_auth_status, rotate_rat, revoke_on_mismatch, ssa_max_age, ssa_single_use, request_single_use, certificate_binding, wrong_method, jwks_uri_required, echo_ssa, echo_software_statement, fapi_headers, uri_hosts",
        ),
        (
            "rules:\n  - { name: a, respond: 500, calls: 1 }\n  - { name: a, respond: 501 }",
            "3:13: found the rule name `a`; allowed: a name that no other rule has; the one in line 2 has it",
        ),
        (
            "rules:\n  - { name: '2', respond: 500, calls: 1 }\n  - { respond: 501 }",
            "3:5: found the rule name `2`; allowed: a name that no other rule has; the one in line 2 has it",
        ),
        (
            "rules: [{ name: a/b }]",
            "1:17: found `a/b`; allowed: 1 to 100 letters, digits, `.`, `_` and `-`",
        ),
        (
            "rules: [{ next_state: '' }]",
            "1:23: found ``; allowed: 1 to 100 letters, digits, `.`, `_` and `-`",
        ),
        (
            "rules: [{ state: a b }]",
            "1:18: found `a b`; allowed: 1 to 100 letters, digits, `.`, `_` and `-`",
        ),
    ]);
    let bad = super::parse("my file", super::Path::new("f"), "policy: {}").unwrap_err();
    assert_eq!(
        bad.to_string(),
        "f: found no key `name`, and `my file` cannot be one; allowed: 1 to 100 letters, digits, `.`, `_` and `-`; give the scenario a `name`"
    );
    let long = "#".repeat(LARGEST + 1);
    assert_eq!(
        problems(&long),
        [" found 1048577 bytes; allowed: at most 1 MiB"]
    );
    let many = format!("rules:\n{}", "- {}\n".repeat(10_001));
    assert_eq!(
        problems(&many),
        ["2:3: found 10001 rules; allowed: at most 10000; make two scenarios of them"]
    );
}

#[test]
fn matchers() {
    refused(MATCHERS);
    let long = format!(
        "rules: [{{ match: {{ sni: {{ regex: '{}' }} }} }}]",
        "a".repeat(1_001)
    );
    assert_eq!(
        problems(&long),
        ["1:34: found a regular expression of 1001 bytes; allowed: at most 1000"]
    );
    let large = "rules: [{ match: { sni: { regex: '((\\w{99}){99}){99}' } } }]";
    assert!(problems(large)[0].starts_with(
        "1:34: found `((\\w{99}){99}){99}`; allowed: a regular expression; this is none ("
    ));
}

const MATCHERS: &[(&str, &str)] = &[
    (
        "rules: [{ match: }]",
        "1:16: found nothing; allowed: the keys bank, operation, method, path, software_id, org_id, client_id, header, jose, claim, statement, certificate, sni",
    ),
    (
        "rules: [{ match: register }]",
        "1:18: found `register`; allowed: the keys bank, operation, method, path, software_id, org_id, client_id, header, jose, claim, statement, certificate, sni",
    ),
    (
        "rules: [{ match: { operation: regster } }]",
        "1:31: found the operation `regster`; allowed: register, read, update, delete, token, discovery, jwks, clients, client, assertion, handshake; did you mean `register`?",
    ),
    (
        "rules: [{ match: { operation: [read, wirte] } }]",
        "1:38: found the operation `wirte`; allowed: register, read, update, delete, token, discovery, jwks, clients, client, assertion, handshake",
    ),
    (
        "rules: [{ match: { operation: { not: wirte } } }]",
        "1:38: found the operation `wirte`; allowed: register, read, update, delete, token, discovery, jwks, clients, client, assertion, handshake",
    ),
    (
        "rules: [{ match: { operation: } }]",
        "1:29: found nothing; allowed: a value, a list of values, or the keys equals, one_of, contains, starts_with, regex, absent, not",
    ),
    (
        "rules: [{ match: { operation: [] } }]",
        "1:31: found an empty list; allowed: at least one value",
    ),
    (
        "rules: [{ match: { operation: {} } }]",
        "1:31: found no key; allowed: equals, one_of, contains, starts_with, regex, absent, not",
    ),
    (
        "rules: [{ match: { method: get } }]",
        "1:28: found the method `get`; allowed: GET, HEAD, POST, PUT, DELETE, CONNECT, OPTIONS, TRACE, PATCH; did you mean `GET`?",
    ),
    (
        "rules: [{ match: { bank: a b } }]",
        "1:26: found `a b`; allowed: the id of a bank: 1 to 63 letters, digits, `.`, `_` and `-`",
    ),
    (
        "rules: [{ match: { path: register } }]",
        "1:26: found `register`; allowed: a path from its first `/`; * and ** stand for anything",
    ),
    (
        "rules: [{ match: { path: /w/mine/uk-ob-3.3 } }]",
        "1:26: found `/w/mine/uk-ob-3.3`; allowed: a path without /w/WORLD: a scenario is of one world already",
    ),
    (
        "rules: [{ match: { path: '/a***' } }]",
        "1:26: found `/a***`; allowed: a path, in which * and ** stand for anything; this is none (wildcards are either regular `*` or recursive `**`)",
    ),
    (
        "rules: [{ match: { software_id: { a: b } } }]",
        "1:35: found the key `a`; allowed: equals, one_of, contains, starts_with, regex, absent, not",
    ),
    (
        "rules: [{ match: { client_id: [[a]] } }]",
        "1:32: found a list; allowed: a text or a number",
    ),
    (
        "rules: [{ match: { client_id: { equals: } } }]",
        "1:39: found nothing; allowed: a text or a number",
    ),
    (
        "rules: [{ match: { header: { 'a b': c } } }]",
        "1:30: found `a b`; allowed: the name of a header field: letters, digits and `-`",
    ),
    (
        "rules: [{ match: { header: { x-a: a, X-A: b } } }]",
        "1:38: found `X-A`; allowed: a header field that is not there already; capitals do not count",
    ),
    (
        "rules: [{ match: { header: a } }]",
        "1:28: found `a`; allowed: keys with values",
    ),
    (
        "rules: [{ match: { jose: { kd: c } } }]",
        "1:28: found the key `kd`; allowed: kid, alg, typ",
    ),
    (
        "rules: [{ match: { claim: { iss: c } } }]",
        "1:29: found `iss`; allowed: a JSON Pointer (RFC 6901) such as /software_roles/0; in it, ~0 is `~` and ~1 is `/`; did you mean `/iss`?",
    ),
    (
        "rules: [{ match: { claim: { /a~: c } } }]",
        "1:29: found `/a~`; allowed: a JSON Pointer (RFC 6901) such as /software_roles/0; in it, ~0 is `~` and ~1 is `/`",
    ),
    (
        "rules: [{ match: { certificate: { serial: xyz } } }]",
        "1:43: found `xyz`; allowed: hexadecimal digits, with or without colons",
    ),
    (
        "rules: [{ match: { sni: { regex: '(' } } }]",
        "1:34: found `(`; allowed: a regular expression; this is none (found open group without closing ')')",
    ),
    (
        "rules: [{ match: { sni: { absent: yes } } }]",
        "1:35: found `yes`; allowed: true, false",
    ),
    (
        "rules: [{ match: { sni: { absent: true, starts_with: a } } }]",
        "1:35: found `absent: true` beside other keys; allowed: it alone; what is not there is nothing else",
    ),
];

#[test]
fn gates() {
    let shape = "allowed: 3, 1..2, 4.., ..3, every 5";
    for (calls, expected) in [
        ("two", shape),
        ("..", shape),
        ("1.5", shape),
        ("-1", shape),
        ("1..x", shape),
        ("every x", shape),
        ("18446744073709551616", shape),
        ("0", "allowed: calls from 1 on; the first is 1"),
        ("0..2", "allowed: calls from 1 on; the first is 1"),
        ("..0", "allowed: calls from 1 on; the first is 1"),
        ("every 0", "allowed: every 1, every 2, …"),
        (
            "5..2",
            "allowed: a range whose end is not before its start; this one is empty",
        ),
    ] {
        let found = problems(&format!("rules: [{{ calls: {calls} }}]"));
        assert_eq!(found, [format!("1:18: found `{calls}`; {expected}")]);
    }
    refused(&[
        (
            "rules: [{ calls: [1] }]",
            "1:18: found a list; allowed: a text; such as 3, 1..2, 4.., ..3, every 5",
        ),
        (
            "rules: [{ per: tpp }]",
            "1:16: found `tpp`; allowed: rule, software, org, client, token, certificate, connection",
        ),
        (
            "rules: [{ chance: 1.01 }]",
            "1:19: found the number `1.01`; allowed: a number from 0 to 1, such as 0.25 for a quarter",
        ),
        (
            "rules: [{ chance: -0.5 }]",
            "1:19: found the number `-0.5`; allowed: a number from 0 to 1, such as 0.25 for a quarter",
        ),
        (
            "rules: [{ chance: 25% }]",
            "1:19: found `25%`; allowed: a number; 25% is 0.25",
        ),
        (
            "rules: [{ chance: .nan }]",
            "1:19: found `.nan`; allowed: a finite number",
        ),
        (
            "rules: [{ after: 30 }]",
            "1:18: found `30`; allowed: a length of time such as 250ms, 30s, 2m, 1h30m; with its unit: 30s",
        ),
        (
            "rules: [{ after: soon }]",
            "1:18: found `soon`; allowed: a length of time such as 250ms, 30s, 2m, 1h30m",
        ),
        (
            "rules: [{ after: 11y }]",
            "1:18: found `11y`; allowed: a length of time of at most 3650 days",
        ),
        (
            "rules: [{ after: 2m, until: 120s }]",
            "1:29: found `120s`; allowed: a length of time greater than that of `after`; between these two there is none",
        ),
        (
            "rules: [{ until: 0s }]",
            "1:18: found `0s`; allowed: a length of time of more than nothing",
        ),
        (
            "rules: [{ age: 3s }]",
            "1:16: found `3s`; allowed: the keys client, token, key, certificate, statement",
        ),
        (
            "rules: [{ age: { cleint: ..3s } }]",
            "1:18: found the key `cleint`; allowed: client, token, key, certificate, statement; did you mean `client`?",
        ),
        (
            "rules: [{ age: { client: 3s } }]",
            "1:26: found `3s`; allowed: a range of ages: ..3s, 60s.., 3s..60s",
        ),
        (
            "rules: [{ age: { client: .. } }]",
            "1:26: found `..`; allowed: a range of ages: ..3s, 60s.., 3s..60s",
        ),
        (
            "rules: [{ age: { client: 60s..3s } }]",
            "1:26: found `60s..3s`; allowed: a range whose end is after its start; this one is empty",
        ),
        (
            "rules: [{ age: { client: ..0s } }]",
            "1:26: found `..0s`; allowed: a range whose end is after its start; this one is empty",
        ),
        (
            "rules: [{ age: { client: ..3 } }]",
            "1:26: found `..3`; allowed: a length of time such as 250ms, 30s, 2m, 1h30m; with its unit: 3s",
        ),
        (
            "rules: [{ stage: during }]",
            "1:18: found `during`; allowed: before, after",
        ),
    ]);
}

#[test]
fn what_was_probably_meant_is_told() {
    for (text, hint) in [
        (
            "fault: truncate",
            "; it needs a measure: fault: { truncate: 100 }",
        ),
        (
            "fault: drip",
            "; it needs a measure: fault: { drip: { bytes: 10, every: 100ms } }",
        ),
        (
            "fault: alert",
            "; it needs a measure: fault: { alert: unknown_ca }",
        ),
        ("fault: { close: 1 }", "; it stands alone: fault: close"),
        ("respond: '503'", "; write it without quotes: 503"),
        ("respond: 0503", "; write it without leading zeros: 503"),
        (
            "reject: [key_unknown]",
            "; the name of one check; make a rule for each",
        ),
        ("delay: 250", "; with its unit: 250ms, 250s"),
        ("match: { operation: post }", "; did you mean `register`?"),
        (
            "match: { operation: Register }",
            "; did you mean `register`?",
        ),
        (
            "method: GET",
            "; it belongs into `match`: match: { method: … }",
        ),
        (
            "operation: read",
            "; it belongs into `match`: match: { operation: … }",
        ),
        (
            "match: { chance: 0.5 }",
            "; it belongs beside `match`, not into it",
        ),
        (
            "headers: {}",
            "; it belongs into `respond`: respond: { headers: … }",
        ),
        (
            "match: { path: */x }",
            "; allowed: a text that begins with `*` in quotes: \"*…\"",
        ),
        (
            "respond: { status: 200, body: {{ call }} }",
            "; a text that begins with `{` or `[` is in quotes: \"{{ … }}\"",
        ),
        (
            "respond: 500\n    respond: 501",
            "found the key `respond` a second time; allowed: once",
        ),
    ] {
        let found = problems(&format!("rules:\n  - {text}\n"));
        assert!(
            found.iter().any(|found| found.ends_with(hint)),
            "{text}\n{found:#?}"
        );
    }
    for (text, hint) in [
        (
            "chance: 0.5\nrules: []",
            "; it belongs into a rule, below `rules`",
        ),
        (
            "method: GET\nrules: []",
            "; it belongs into `match`: match: { method: … }, in a rule",
        ),
        (
            "policy: {}\n---\nseed: 1",
            "; a line of `---` begins another",
        ),
    ] {
        let found = problems(text);
        assert!(
            found.iter().any(|found| found.ends_with(hint)),
            "{text}\n{found:#?}"
        );
    }
}

#[test]
fn what_is_told_no_more_is_said() {
    let many = format!("rules:\n{}", "- { respond: x }\n".repeat(150));
    let found = problems(&many);
    assert_eq!(found.len(), 101);
    assert_eq!(
        found[100],
        "101:14: and more: the reading ended after 100 problems"
    );
    let unknown: String = (0..150).map(|index| format!("k{index}: 1\n")).collect();
    let found = problems(&unknown);
    assert_eq!(found.len(), 101);
    assert_eq!(
        found[100],
        "100:1: and more: the reading ended after 100 problems"
    );
}
