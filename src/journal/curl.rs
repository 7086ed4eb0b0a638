//! A shell command that repeats an exchange.

use std::fmt::Write;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::journal::exchange::Exchange;
use crate::journal::masking::{self, Masking, Shown};

/// Header fields that curl sets by itself or that belong to the connection.
const LEFT_OUT: [&str; 10] = [
    "connection",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// The command, for a POSIX shell; `None` for a handshake that failed, which has no request. Files are
/// those of the kit. With masked secrets it shows what was asked, and cannot repeat it where one matters.
#[must_use]
pub fn curl(exchange: &Exchange, masking: Masking) -> Option<String> {
    if exchange.is_handshake() {
        return None;
    }
    let request = &exchange.request;
    let url = match masking {
        Masking::Masked => masking::url(&exchange.url),
        Masking::Revealed => exchange.url.clone(),
    };
    let body = (request.body.length() > 0)
        .then(|| body(masking::body(&request.body, &request.headers, masking)));
    let mut command = String::new();
    if request.body.is_cut() {
        let (kept, whole) = (request.body.bytes().len(), request.body.length());
        let _ = writeln!(
            command,
            "# The first {kept} of the {whole} bytes of the body."
        );
    }
    let (piped, data) = body.unwrap_or_default();
    let _ = write!(command, "{piped}curl {} {}", method(exchange), quoted(&url));
    for option in connection(exchange) {
        let _ = write!(command, " \\\n  {option}");
    }
    for header in headers(exchange, masking) {
        let _ = write!(command, " \\\n  --header {}", quoted(&header));
    }
    if !data.is_empty() {
        let _ = write!(command, " \\\n  {data}");
    }
    command.push('\n');
    Some(command)
}

fn method(exchange: &Exchange) -> String {
    match exchange.method.as_str() {
        "HEAD" if exchange.request.body.length() == 0 => "--head".to_owned(),
        method => format!("--request {}", quoted(method)),
    }
}

fn connection(exchange: &Exchange) -> Vec<&'static str> {
    let mut options = vec!["--cacert kit/ca.pem"];
    if exchange.listener == "mtls" {
        options.push("--cert kit/transport.pem --key kit/transport.key");
    }
    match exchange.http_version {
        "HTTP/1.0" => options.push("--http1.0"),
        "HTTP/1.1" => options.push("--http1.1"),
        _ => {}
    }
    let url = exchange.url.as_str();
    if url.contains("/.") {
        options.push("--path-as-is");
    }
    if url.contains(['[', ']', '{', '}']) {
        options.push("--globoff");
    }
    options
}

/// `name: value`; `name;` for an empty one, `name:` for one that curl would add.
fn headers(exchange: &Exchange, masking: Masking) -> Vec<String> {
    let fields = masking::headers(&exchange.request.headers, masking).into_iter();
    let fields = fields.filter(|(name, _)| !LEFT_OUT.contains(&name.as_str()));
    let mut headers: Vec<String> = fields
        .map(|(name, value)| {
            if value.is_empty() {
                format!("{name};")
            } else {
                format!("{name}: {value}")
            }
        })
        .collect();
    let is_absent = |name: &str| exchange.request.headers.text(name).is_none();
    if is_absent("accept") {
        headers.push("accept:".to_owned());
    }
    if is_absent("content-type") && exchange.request.body.length() > 0 {
        headers.push("content-type:".to_owned());
    }
    headers
}

/// What is piped into curl, and the option that sends it. What moves a terminal's cursor, or is no text,
/// goes through base64.
fn body(body: Shown) -> (String, String) {
    let is_plain = |text: &str| text.chars().all(|sign| sign == '\n' || !sign.is_control());
    let bytes = match body {
        Shown::Text(text) if is_plain(&text) => {
            // A leading `@` would name a file.
            let option = if text.starts_with('@') {
                "--data-raw"
            } else {
                "--data-binary"
            };
            return (String::new(), format!("{option} {}", quoted(&text)));
        }
        Shown::Text(text) => text.into_bytes(),
        Shown::Binary(bytes) => bytes,
    };
    let piped = format!(
        "printf %s {} | base64 -d | ",
        quoted(&STANDARD.encode(bytes))
    );
    (piped, "--data-binary @-".to_owned())
}

/// A word of a POSIX shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use bytes::Bytes;

    use super::*;
    use crate::journal::sample;

    /// What a shell makes of the command: the words that curl is given, and what it reads.
    fn words(command: &str) -> Vec<String> {
        let script = format!(
            "curl() {{ for word; do printf '%s\\0' \"$word\"; done; case \"$word\" in @-) cat;; esac; }}\n{command}"
        );
        let output = Command::new("sh").arg("-c").arg(script).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        text.split('\0').map(str::to_owned).collect()
    }

    fn with_body(body: &[u8]) -> Exchange {
        let mut exchange = sample::registered();
        exchange.request.body = Bytes::copy_from_slice(body).into();
        exchange
    }

    #[test]
    fn a_registration_is_repeated_with_the_files_of_the_kit() {
        let command = curl(&with_body(b"a.b.c"), Masking::Masked).unwrap();
        assert_eq!(
            command,
            "curl --request 'POST' 'https://localhost:8443/uk-ob-3.3/register' \\\n  \
             --cacert kit/ca.pem \\\n  \
             --cert kit/transport.pem --key kit/transport.key \\\n  \
             --http1.1 \\\n  \
             --header 'content-type: application/jose' \\\n  \
             --header 'accept: application/json' \\\n  \
             --data-binary 'a.b.c'\n"
        );
    }

    #[test]
    fn a_shell_hands_over_every_body_as_it_was() {
        for body in [
            "plain",
            "it's \"quoted\" $(id) `id` \\ !history",
            "two\nlines\n",
            "@/etc/passwd",
            "--option",
            "bell \u{7} and escape \u{1b}[2J",
            "umlaut ä",
        ] {
            let command = curl(&with_body(body.as_bytes()), Masking::Masked).unwrap();
            assert!(!command.contains('\u{1b}'));
            let words = words(&command);
            // The last is what was printed after the last word: what curl reads.
            let (piped, sent) = (&words[words.len() - 1], &words[words.len() - 2]);
            if sent == "@-" && body != "@-" {
                assert_eq!(piped, body);
            } else {
                assert_eq!(sent, body);
            }
        }
    }

    #[test]
    fn headers_are_quoted_and_those_of_the_connection_left_out() {
        let mut exchange = with_body(b"x");
        exchange.request.headers = sample::head(&[
            ("host", "localhost"),
            ("authorization", "Bearer s3cret"),
            ("x-odd", "it's"),
            ("x-empty", ""),
        ]);
        let words = words(&curl(&exchange, Masking::Masked).unwrap());
        let headers: Vec<&String> = words
            .iter()
            .zip(words.iter().skip(1))
            .filter_map(|(option, value)| (option == "--header").then_some(value))
            .collect();
        assert_eq!(
            headers,
            [
                "authorization: Bearer ***",
                "x-odd: it's",
                "x-empty;",
                "accept:",
                "content-type:"
            ]
        );
        assert!(
            curl(&exchange, Masking::Revealed)
                .unwrap()
                .contains("Bearer s3cret")
        );
    }

    #[test]
    fn a_failed_handshake_has_no_request_to_repeat() {
        assert_eq!(curl(&sample::handshake(), Masking::Masked), None);
    }
}
