//! Faults of TLS handshakes.

use rustls::AlertDescription;

use crate::scenarios::cases::party::{OTHER_HOST, Who, discovery, register, stranger};
use crate::scenarios::cases::row::{Meets, Row, advance, shakes_hands};
use crate::scenarios::cases::table::{Case, UNKNOWN_CA, case, play};

fn about(name: &str, rule: impl AsRef<str>, rows: Vec<Row>) -> Case {
    let rule = rule.as_ref();
    case(name, format!("rules: [{{ {rule} }}]"), rows)
}

fn cases() -> Vec<Case> {
    let sha256 =
        aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, stranger().certificate.der());
    let sha256: String = sha256
        .as_ref()
        .iter()
        .map(|it| format!("{it:02x}"))
        .collect();
    let everyone = "match: { operation: handshake }";
    vec![
        about(
            "close",
            format!("{everyone}, fault: close"),
            vec![shakes_hands(Who::A, Meets::Close)],
        ),
        about(
            "reset",
            format!("{everyone}, fault: reset"),
            vec![shakes_hands(Who::A, Meets::Reset)],
        ),
        about(
            "a stall that ends",
            format!("{everyone}, fault: {{ stall: 20ms }}"),
            vec![shakes_hands(Who::A, Meets::Close)],
        ),
        about(
            "an alert before anything is known",
            format!("{everyone}, fault: {{ alert: handshake_failure }}"),
            vec![shakes_hands(
                Who::A,
                Meets::Alert(AlertDescription::HandshakeFailure),
            )],
        ),
        about(
            "the first two",
            format!("{everyone}, calls: 1..2, fault: reset"),
            vec![
                shakes_hands(Who::A, Meets::Reset),
                shakes_hands(Who::B, Meets::Reset),
                shakes_hands(Who::A, Meets::Success),
                // Requests are not handshakes.
                discovery().series(&[200, 200]),
            ],
        ),
        about(
            "a certificate's subject",
            "match: { operation: handshake, certificate: { subject: { contains: softwareA } } }, fault: { alert: unknown_ca }",
            vec![
                shakes_hands(Who::A, UNKNOWN_CA),
                shakes_hands(Who::B, Meets::Success),
            ],
        ),
        about(
            "a certificate's fingerprint",
            format!(
                "match: {{ operation: handshake, certificate: {{ sha256: \"{sha256}\" }} }}, fault: reset"
            ),
            vec![
                shakes_hands(Who::Stranger, Meets::Reset),
                shakes_hands(Who::A, Meets::Success),
            ],
        ),
        about(
            "a software",
            "match: { operation: handshake, software_id: softwareB }, fault: close",
            vec![
                shakes_hands(Who::A, Meets::Success),
                shakes_hands(Who::B, Meets::Close),
                register().gets(201),
            ],
        ),
        about(
            "the first of each organisation",
            "match: { operation: handshake }, per: org, calls: 1, fault: { alert: certificate_revoked }",
            vec![
                shakes_hands(Who::A, Meets::Alert(AlertDescription::CertificateRevoked)),
                shakes_hands(Who::Colleague, Meets::Success),
                shakes_hands(Who::B, Meets::Alert(AlertDescription::CertificateRevoked)),
                shakes_hands(Who::B, Meets::Success),
            ],
        ),
        about(
            "a host name",
            format!("match: {{ operation: handshake, sni: {OTHER_HOST} }}, fault: reset"),
            vec![
                shakes_hands(Who::A, Meets::Success),
                Row::Handshake(Who::A, OTHER_HOST, Meets::Reset),
            ],
        ),
        about(
            "a young certificate",
            "match: { operation: handshake }, age: { certificate: ..1m }, fault: { alert: certificate_unknown }",
            vec![
                shakes_hands(Who::A, Meets::Alert(AlertDescription::CertificateUnknown)),
                advance(60),
                shakes_hands(Who::A, Meets::Success),
            ],
        ),
        about(
            "half a minute of silence",
            format!("{everyone}, until: 30s, fault: close"),
            vec![
                shakes_hands(Who::A, Meets::Close),
                advance(30),
                shakes_hands(Who::A, Meets::Success),
            ],
        ),
        case(
            "a handshake moves the state that requests see",
            r"
            rules:
              - { match: { operation: handshake }, next_state: greeted }
              - { state: greeted, respond: 299 }
            ",
            vec![discovery().series(&[299, 299])],
        ),
    ]
}

#[tokio::test]
async fn handshakes_fail_on_demand() {
    play(cases()).await;
}
