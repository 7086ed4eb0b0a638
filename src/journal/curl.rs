//! A shell command that repeats an exchange.

use std::fmt::Write;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::journal::exchange::Exchange;
use crate::journal::masking::{self, Masking, Shown};
use crate::journal::view::CertificateView;

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

/// What the authority's certificate is called where no folder has it.
const AUTHORITY: &str = "ca.pem";
/// What the certificate and its key are called where no folder has them.
const TRANSPORT: [&str; 2] = ["tpp.pem", "tpp.key"];

/// The files that a command names, each as a word of a shell.
#[derive(Debug, Default)]
pub struct CurlFiles {
    /// The certificate of the emulator's authority; `None` where no folder has it.
    pub authority: Option<String>,
    /// The certificate that the caller presented, and its key; `None` where no folder has them.
    pub transport: Option<[String; 2]>,
}

/// The command, for a POSIX shell; `None` for a handshake that failed, which has no request. Comments
/// above it say where files come from that no folder has. With masked secrets it shows what was asked,
/// and cannot repeat it where one matters.
#[must_use]
pub fn curl(exchange: &Exchange, files: &CurlFiles, masking: Masking) -> Option<String> {
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
    let mut command = missing_files(exchange, files);
    if request.body.is_cut() {
        let (kept, whole) = (request.body.bytes().len(), request.body.length());
        let _ = writeln!(
            command,
            "# The first {kept} of the {whole} bytes of the body."
        );
    }
    let (piped, data) = body.unwrap_or_default();
    let _ = write!(command, "{piped}curl {} {}", method(exchange), quoted(&url));
    for option in connection(exchange, files) {
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

/// Comments on files that whoever repeats it has to bring.
fn missing_files(exchange: &Exchange, files: &CurlFiles) -> String {
    let mut comments = String::new();
    if files.authority.is_none() {
        comments.push_str("# ca.pem is at /ca.pem of the control listener.\n");
    }
    if files.transport.is_none() && has_certificate(exchange) {
        let certificate = exchange.tls.as_deref().and_then(CertificateView::of);
        let named = certificate.map_or("that cannot be read".to_owned(), |certificate| {
            format!("{}, serial {}", certificate.subject, certificate.serial)
        });
        // A line break would end the comment.
        let named = named.replace(char::is_control, " ");
        let _ = writeln!(
            comments,
            "# tpp.pem is the certificate {named}; its key is with whoever was told it when it was made."
        );
    }
    comments
}

fn has_certificate(exchange: &Exchange) -> bool {
    let tls = exchange.tls.as_deref();
    tls.is_some_and(|tls| tls.certificate.is_some())
}

fn connection(exchange: &Exchange, files: &CurlFiles) -> Vec<String> {
    let authority = files.authority.as_deref().unwrap_or(AUTHORITY);
    let mut options = vec![format!("--cacert {authority}")];
    if has_certificate(exchange) {
        let [certificate, key] = files
            .transport
            .as_ref()
            .map_or(TRANSPORT, |paths| paths.each_ref().map(String::as_str));
        options.push(format!("--cert {certificate} --key {key}"));
    }
    let version = match exchange.http_version {
        "HTTP/1.0" => Some("--http1.0"),
        "HTTP/1.1" => Some("--http1.1"),
        _ => None,
    };
    let url = exchange.url.as_str();
    let as_is = url.contains("/.").then_some("--path-as-is");
    let globs = url.contains(['[', ']', '{', '}']);
    let globs = globs.then_some("--globoff");
    let plain = [version, as_is, globs].into_iter().flatten();
    options.extend(plain.map(str::to_owned));
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

    fn without_files(exchange: &Exchange, masking: Masking) -> Option<String> {
        curl(exchange, &CurlFiles::default(), masking)
    }

    #[test]
    fn files_that_no_folder_has_are_named_above_the_command() {
        let mut exchange = with_body(b"");
        let command = without_files(&exchange, Masking::Masked).unwrap();
        let certificate = CertificateView::of(exchange.tls.as_deref().unwrap()).unwrap();
        let expected = format!(
            "# ca.pem is at /ca.pem of the control listener.\n\
             # tpp.pem is the certificate CN=sw1, serial {}; its key is with whoever was told it when it was made.\n\
             curl ",
            certificate.serial
        );
        assert!(command.starts_with(&expected), "{command}");
        assert!(
            command.contains("--cacert ca.pem \\\n  --cert tpp.pem --key tpp.key "),
            "{command}"
        );
        exchange.tls = None;
        let command = without_files(&exchange, Masking::Masked).unwrap();
        assert!(!command.contains("--cert ") && !command.contains("tpp.pem"));
    }

    #[test]
    fn a_registration_is_repeated_with_the_files_of_the_kit() {
        let files = CurlFiles {
            authority: Some("kit/ca.pem".to_owned()),
            transport: Some(["kit/transport.pem", "kit/transport.key"].map(str::to_owned)),
        };
        let command = curl(&with_body(b"a.b.c"), &files, Masking::Masked).unwrap();
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
            let command = without_files(&with_body(body.as_bytes()), Masking::Masked).unwrap();
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
        let words = words(&without_files(&exchange, Masking::Masked).unwrap());
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
            without_files(&exchange, Masking::Revealed)
                .unwrap()
                .contains("Bearer s3cret")
        );
    }

    #[test]
    fn a_failed_handshake_has_no_request_to_repeat() {
        assert_eq!(without_files(&sample::handshake(), Masking::Masked), None);
    }
}
