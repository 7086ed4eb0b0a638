//! What a file cannot say, and where: effects, and what goes together.

use super::{problems, refused};

#[test]
fn answers() {
    refused(ANSWERS);
}

const ANSWERS: &[(&str, &str)] = &[
    (
        "rules: [{ respond: }]",
        "1:18: found nothing; allowed: a status, or the keys status, headers, body, template",
    ),
    (
        "rules: [{ respond: later }]",
        "1:20: found `later`; allowed: a status, or the keys status, headers, body, template",
    ),
    (
        "rules: [{ respond: 99 }]",
        "1:20: found the status `99`; allowed: 200 to 599",
    ),
    (
        "rules: [{ respond: 100 }]",
        "1:20: found the status `100`; allowed: 200 to 599; 1xx is no final answer",
    ),
    (
        "rules: [{ respond: 600 }]",
        "1:20: found the status `600`; allowed: 200 to 599",
    ),
    (
        "rules: [{ respond: 503.5 }]",
        "1:20: found the number `503.5`; allowed: a whole number from 0 to 18446744073709551615",
    ),
    (
        "rules: [{ respond: { body: x } }]",
        "1:20: found no key `status`, which must be there",
    ),
    (
        "rules: [{ respond: { status: 500, staus: 501 } }]",
        "1:35: found the key `staus`; allowed: status, headers, body, template; did you mean `status`?",
    ),
    (
        "rules: [{ respond: { status: '500' } }]",
        "1:30: found the text `500`; allowed: a whole number from 0 to 18446744073709551615; write it without quotes: 500",
    ),
    (
        "rules: [{ respond: { status: 204, body: x } }]",
        "1:41: found a body; allowed: none with the status 204 (RFC 9110 §15)",
    ),
    (
        "rules: [{ respond: { status: 304, body: {} } }]",
        "1:41: found a body; allowed: none with the status 304 (RFC 9110 §15)",
    ),
    (
        "rules: [{ respond: { status: 200, body: 5 } }]",
        "1:41: found the number `5`; allowed: a text, or a JSON object or list",
    ),
    (
        "rules: [{ respond: { status: 200, body: [.nan] } }]",
        "1:42: found `.nan`; allowed: a finite number",
    ),
    (
        "rules: [{ respond: { status: 200, template: true } }]",
        "1:45: found `template: true` without a body; allowed: a body that is a text; headers are templates anyway",
    ),
    (
        "rules: [{ respond: { status: 200, body: {}, template: true } }]",
        "1:55: found `template: true` with a body of keys or a list; allowed: a body that is a text: `body: |` and the template below it",
    ),
    (
        "rules: [{ respond: { status: 200, body: '{{ a', template: true } }]",
        "1:41: found a template that cannot be used (line 1: unexpected end of input, expected end of variable block); allowed: minijinja with request, claims, statement, client, now, bank, operation, call",
    ),
    (
        "rules: [{ respond: { status: 200, body: '{{ clams }}', template: true } }]",
        "1:41: found a template that cannot be used (line 1: found the variable `clams`; allowed: request, claims, statement, client, now, now_rfc3339, bank, operation, call; did you mean `claims`?); allowed: minijinja with request, claims, statement, client, now, bank, operation, call",
    ),
    (
        "rules: [{ respond: { status: 200, headers: { a: [] } } }]",
        "1:49: found a list; allowed: a text, a number, or null, which leaves the field out",
    ),
    (
        "rules: [{ respond: { status: 200, headers: { 'a b': c } } }]",
        "1:46: found `a b`; allowed: the name of a header field: letters, digits and `-`",
    ),
    (
        "rules: [{ respond: { status: 200, headers: { a: \"b\\nc\" } } }]",
        "1:49: found `b\\nc`; allowed: a text without control characters, which no header field can carry",
    ),
    (
        "rules: [{ respond: { status: 200, headers: { a: b, A: c } } }]",
        "1:52: found `A`; allowed: a header field that is not there already; capitals do not count",
    ),
    (
        "rules: [{ respond: { status: 200, headers: { Content-Length: 5 } } }]",
        "1:46: found `Content-Length`; allowed: a header field of the answer, not of the connection; for a wrong length: `fault: wrong_length`",
    ),
    (
        "rules: [{ respond: { status: 200, headers: { transfer-encoding: x } } }]",
        "1:46: found `transfer-encoding`; allowed: a header field of the answer, not of the connection; for a wrong length: `fault: wrong_length`",
    ),
    (
        "rules: [{ reject: key_unknwon }]",
        "1:19: found the check `key_unknwon`; allowed: the name of a check that a bank has; did you mean `key_unknown`?",
    ),
    (
        "rules: [{ reject: 5xx }]",
        "1:19: found the check `5xx`; allowed: the name of a check that a bank has; GET /api/checks lists them",
    ),
    (
        "rules: [{ match: { operation: token }, reject: statement_expired }]",
        "1:48: found the check `statement_expired`, which no bank has for what this rule matches; allowed: a check of these operations; GET /api/checks lists them",
    ),
    (
        "rules: [{ match: { bank: raidiam-directory }, reject: key_unknown }]",
        "1:55: found the check `key_unknown`, which no bank has for what this rule matches; allowed: a check of these operations; GET /api/checks lists them",
    ),
    (
        "rules: [{ alter: [] }]",
        "1:18: found an empty list; allowed: at least one change",
    ),
    (
        "rules: [{ alter: x }]",
        "1:18: found `x`; allowed: a list of changes, each with one of the keys set, remove, status, header",
    ),
    (
        "rules: [{ alter: [{ set: /a }] }]",
        "1:19: found no key `to`; allowed: one of set with to, remove, status, header with to",
    ),
    (
        "rules: [{ alter: { to: 1 } }]",
        "1:18: found no change; allowed: one of set with to, remove, status, header with to",
    ),
    (
        "rules: [{ alter: { remove: /a, status: 200 } }]",
        "1:18: found more than one change in one item; allowed: one of set with to, remove, status, header with to; make two items of it",
    ),
    (
        "rules: [{ alter: { remove: '' } }]",
        "1:28: found ``; allowed: a pointer to a value in the body, such as /client_id",
    ),
    (
        "rules: [{ alter: { status: 101 } }]",
        "1:28: found the status `101`; allowed: 200 to 599; 1xx is no final answer",
    ),
    (
        "rules: [{ alter: { header: a, to: {} } }]",
        "1:35: found a list or keys; allowed: a text, a number, or null, which leaves the field out",
    ),
    (
        "rules: [{ limit: {} }]",
        "1:18: found not both of `calls` and `every`; allowed: calls and every, with or without burst, or in_flight alone",
    ),
    (
        "rules: [{ limit: { calls: 1, in_flight: 1 } }]",
        "1:18: found `in_flight` beside other keys; allowed: calls and every, with or without burst, or in_flight alone",
    ),
    (
        "rules: [{ limit: { calls: 0, every: 1s } }]",
        "1:27: found the number `0`; allowed: a whole number from 1 to 4294967295",
    ),
    (
        "rules: [{ limit: { calls: 1, every: 0s } }]",
        "1:37: found `0s`; allowed: a length of time of more than nothing",
    ),
    (
        "rules: [{ limit: { in_flight: 5000000000 } }]",
        "1:31: found the number `5000000000`; allowed: a whole number from 1 to 4294967295",
    ),
    (
        "rules: [{ sequence: [] }]",
        "1:21: found an empty list; allowed: at least one effect",
    ),
    (
        "rules: [{ sequence: [pas] }]",
        "1:22: found `pas`; allowed: pass; did you mean `pass`?",
    ),
    (
        "rules: [{ sequence: [503] }]",
        "1:22: found the number `503`; allowed: pass, or the keys respond, reject, alter, fault, delay, interaction_id",
    ),
    (
        "rules: [{ sequence: [{ limit: { in_flight: 1 } }] }]",
        "1:24: found the key `limit`; allowed: respond, reject, alter, fault, delay, interaction_id",
    ),
    (
        "rules: [{ sequence: [{}] }]",
        "1:22: found a step without an effect; allowed: respond, reject, alter, fault, delay, interaction_id, or the word pass",
    ),
];

#[test]
fn faults_and_delays() {
    refused(&[
        (
            "rules: [{ fault: clsoe }]",
            "1:18: found `clsoe`; allowed: close, reset, stall, garbage, malformed_json, wrong_length; did you mean `close`?",
        ),
        (
            "rules: [{ fault: [close] }]",
            "1:18: found a list; allowed: close, reset, stall, garbage, malformed_json, wrong_length, or one of the keys stall, truncate, drip, alert",
        ),
        (
            "rules: [{ fault: {} }]",
            "1:18: found none or more than one fault; allowed: one of stall, truncate, drip, alert",
        ),
        (
            "rules: [{ fault: { truncate: 1, stall: 1s } }]",
            "1:18: found none or more than one fault; allowed: one of stall, truncate, drip, alert",
        ),
        (
            "rules: [{ fault: { truncate: 0 } }]",
            "1:30: found the number `0`; allowed: a whole number from 1 to 18446744073709551615",
        ),
        (
            "rules: [{ fault: { truncate: ten } }]",
            "1:30: found `ten`; allowed: a whole number from 0 to 18446744073709551615",
        ),
        (
            "rules: [{ fault: { drip: { bytes: 0, every: 1s } } }]",
            "1:35: found the number `0`; allowed: a whole number from 1 to 18446744073709551615",
        ),
        (
            "rules: [{ fault: { drip: { bytes: 1 } } }]",
            "1:26: found no key `every`, which must be there",
        ),
        (
            "rules: [{ fault: { drip: { bytes: 1, every: 0s } } }]",
            "1:45: found `0s`; allowed: a length of time of more than nothing",
        ),
        (
            "rules: [{ fault: { stall: 20 } }]",
            "1:27: found `20`; allowed: a length of time such as 250ms, 30s, 2m, 1h30m; with its unit: 20s",
        ),
        (
            "rules: [{ match: { operation: handshake }, fault: { alert: unknwon_ca } }]",
            "1:60: found the alert `unknwon_ca`; allowed: unexpected_message, bad_record_mac, record_overflow, handshake_failure, bad_certificate, unsupported_certificate, certificate_revoked, certificate_expired, certificate_unknown, illegal_parameter, unknown_ca, access_denied, decode_error, decrypt_error, protocol_version, insufficient_security, internal_error, inappropriate_fallback, missing_extension, unsupported_extension, unrecognized_name, bad_certificate_status_response, unknown_psk_identity, certificate_required, no_application_protocol; did you mean `unknown_ca`?",
        ),
        (
            "rules: [{ delay: fast }]",
            "1:18: found `fast`; allowed: a length of time such as 250ms, 30s, 2m, 1h30m",
        ),
        (
            "rules: [{ delay: [1s] }]",
            "1:18: found a list; allowed: a length of time such as 250ms, or the keys from and to, or median and p99",
        ),
        (
            "rules: [{ delay: { from: 2s, to: 1s } }]",
            "1:34: found `1s`; allowed: a length of time that is not shorter than that of `from`",
        ),
        (
            "rules: [{ delay: { median: 2s, p99: 1s } }]",
            "1:37: found `1s`; allowed: a length of time that is not shorter than that of `median`",
        ),
        (
            "rules: [{ delay: { median: 0s, p99: 1s } }]",
            "1:28: found `0s`; allowed: a length of time of more than nothing",
        ),
        (
            "rules: [{ delay: { from: 2s, p99: 1s } }]",
            "1:18: found other keys together; allowed: from and to, or median and p99",
        ),
        (
            "rules: [{ interaction_id: drop }]",
            "1:27: found `drop`; allowed: omit, replace",
        ),
    ]);
}

#[test]
fn what_does_not_go_together() {
    refused(&[
        (
            "rules: [{ respond: 500, reject: key_unknown }]",
            "1:33: found `reject` beside `respond`; allowed: one of respond, reject, alter, limit, sequence; make two rules of it",
        ),
        (
            "rules: [{ respond: 500, sequence: [pass] }]",
            "1:20: found `respond` beside `sequence`; allowed: one of respond, reject, alter, limit, sequence; make two rules of it",
        ),
        (
            "rules: [{ sequence: [{ respond: 500, alter: { status: 201 } }] }]",
            "1:45: found `alter` beside `respond`; allowed: one of respond, reject, alter, limit, sequence; make two rules of it",
        ),
        (
            "rules: [{ sequence: [{ respond: 500 }], fault: malformed_json }]",
            "1:48: found `fault` beside `sequence`; allowed: the fault in the steps that it is for",
        ),
        (
            "rules: [{ alter: { status: 201 }, fault: close }]",
            "1:42: found the fault `close` beside `alter`, whose answer it never sends; allowed: one of both; for a bank that works and whose answer is lost: `stage: after` and the fault",
        ),
        (
            "rules: [{ respond: 500, fault: { stall: 2s } }]",
            "1:32: found the fault `stall` beside `respond`, whose answer it never sends; allowed: one of both; for a bank that works and whose answer is lost: `stage: after` and the fault",
        ),
        (
            "rules: [{ reject: key_unknown, stage: after }]",
            "1:39: found `stage: after` beside `reject`, which changes nothing; allowed: `stage: before`; for an error after the work: `respond`",
        ),
        (
            "rules: [{ limit: { in_flight: 1 }, stage: after }]",
            "1:43: found `stage: after` beside `limit`, which changes nothing; allowed: `stage: before`",
        ),
        (
            "rules: [{ fault: { alert: unknown_ca } }]",
            "1:18: found the fault `alert` outside of handshakes; allowed: with `match: { operation: handshake }`",
        ),
        (
            "rules: [{ match: { operation: [handshake, register] }, fault: close }]",
            "1:18: found `handshake` beside other operations; allowed: `operation: handshake` alone, since no request is there yet; make two rules of it",
        ),
        (
            "rules: [{ match: { operation: handshake }, respond: 500 }]",
            "1:9: found an answer for handshakes; allowed: `fault` with close, reset, stall, alert",
        ),
        (
            "rules: [{ match: { operation: handshake }, fault: garbage }]",
            "1:51: found a fault of answers for handshakes; allowed: close, reset, stall, alert",
        ),
        (
            "rules: [{ match: { operation: handshake }, interaction_id: omit }]",
            "1:60: found `interaction_id` for handshakes, which have none; allowed: `fault`",
        ),
        (
            "rules: [{ match: { operation: handshake, method: GET }, fault: close }]",
            "1:18: found the matcher `method` for handshakes; allowed: software_id, org_id, certificate, sni, since no request is there yet",
        ),
        (
            "rules: [{ match: { operation: handshake }, per: token, fault: close }]",
            "1:49: found a key that no handshake has; allowed: rule, software, org, certificate, connection",
        ),
        (
            "rules: [{ match: { operation: handshake }, age: { client: ..3s }, fault: close }]",
            "1:9: found an age that no handshake has; allowed: certificate",
        ),
        (
            "rules: [{ match: { operation: handshake }, stage: after, fault: close }]",
            "1:51: found `stage: after` for handshakes, in which the bank does no work; allowed: `stage: before`",
        ),
        (
            "rules: [{ match: { operation: handshake }, fault: close, delay: 1s }]",
            "1:9: found `delay` for handshakes; allowed: `fault` with close, reset, stall, alert; `{ stall: 5s }` keeps a client waiting before the end",
        ),
        (
            "rules: [{ match: { operation: handshake, software_id: a }, fault: { alert: unrecognized_name } }]",
            "1:67: found the alert `unrecognized_name` in a rule that needs the client certificate; once that is known, allowed: handshake_failure, bad_certificate, unsupported_certificate, certificate_revoked, certificate_expired, certificate_unknown, illegal_parameter, unknown_ca, access_denied, decrypt_error, bad_certificate_status_response",
        ),
        (
            "rules: [{ match: { operation: handshake }, per: org, fault: { alert: decode_error } }]",
            "1:61: found the alert `decode_error` in a rule that needs the client certificate; once that is known, allowed: handshake_failure, bad_certificate, unsupported_certificate, certificate_revoked, certificate_expired, certificate_unknown, illegal_parameter, unknown_ca, access_denied, decrypt_error, bad_certificate_status_response",
        ),
    ]);
    assert_eq!(
        problems("rules: [{ respond: 500, reject: key_unknown, alter: { status: 201 } }]").len(),
        2
    );
}
