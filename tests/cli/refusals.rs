//! Starts that fail: exit code 1 and one sentence that names the thing and the next step.

use std::fs;
use std::net::TcpListener;
use std::path::Path;

use crate::process::{FREE, assert_error, command, serve_to_end};

#[test]
fn a_port_in_use_is_named_with_its_flag() {
    let dir = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    for flag in ["--mtls-addr", "--tls-addr", "--control-addr"] {
        let mut arguments = FREE.map(str::to_owned);
        let place = arguments
            .iter()
            .position(|argument| argument == flag)
            .unwrap();
        arguments[place + 1].clone_from(&taken);
        let output = command(dir.path())
            .args(arguments)
            .args(["--quiet", "--no-kit"])
            .output();
        assert_error(
            &output.unwrap(),
            &format!(
                "cannot listen on {taken} (Address already in use (os error 98)): choose another address with {flag}, or port 0 for a free one"
            ),
        );
    }
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn an_authority_folder_that_is_a_file_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("file"), "x").unwrap();
    let output = serve_to_end(dir.path(), &["--no-kit", "--authority", "file"]);
    assert_error(
        &output,
        "cannot read the folder file: Not a directory (os error 20); check the path and its permissions",
    );
}

#[test]
fn an_authority_folder_that_cannot_be_made_is_an_error() {
    let output = serve_to_end(
        Path::new("/"),
        &["--no-kit", "--authority", "/proc/authority"],
    );
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(text.starts_with("error: cannot "), "{text}");
    assert!(text.contains("/proc/authority"), "{text}");
    assert!(
        text.ends_with("; check the path and its permissions\n"),
        "{text}"
    );
    assert_eq!(text.lines().count(), 1);
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn a_part_of_an_authority_is_an_error_that_names_what_is_missing() {
    let dir = tempfile::tempdir().unwrap();
    let authority = dir.path().join("authority");
    fs::create_dir(&authority).unwrap();
    fs::write(authority.join("root.pem"), "x").unwrap();
    let output = serve_to_end(dir.path(), &["--no-kit", "--authority", "authority"]);
    assert_error(
        &output,
        "authority holds only a part of an authority (root.key, issuing.pem, issuing.key, directory.key, ca.crl missing); put the rest back or choose an empty folder",
    );
}

#[test]
fn an_authority_folder_with_other_things_in_it_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("thesis.txt"), "x").unwrap();
    let output = serve_to_end(dir.path(), &["--no-kit", "--authority", "."]);
    assert_error(
        &output,
        ". holds other files (thesis.txt, ...) and no authority; choose an empty folder",
    );
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[test]
fn a_kit_folder_that_is_a_file_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("file"), "x").unwrap();
    for (kit, named) in [("file", "file"), ("./file/below", "file/below")] {
        let output = serve_to_end(dir.path(), &["--kit", kit]);
        assert_error(
            &output,
            &format!(
                "the kit's folder {named} cannot be read (Not a directory (os error 20)): choose another folder with --kit DIR, or start with --no-kit"
            ),
        );
    }
}

#[test]
fn a_kit_folder_that_cannot_be_made_is_an_error() {
    let output = serve_to_end(Path::new("/"), &["--kit", "/proc/kit"]);
    assert_error(
        &output,
        "the kit cannot be written to /proc/kit (No such file or directory (os error 2)): choose another folder with --kit DIR, or start with --no-kit",
    );
}

#[test]
fn a_kit_folder_with_other_things_in_it_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("kit")).unwrap();
    fs::write(dir.path().join("kit/thesis.txt"), "x").unwrap();
    for kit in ["kit", "./kit"] {
        let output = serve_to_end(dir.path(), &["--kit", kit]);
        assert_error(
            &output,
            "the folder kit holds files that are no kit: choose another folder with --kit DIR, empty it, or start with --no-kit",
        );
    }
    let here = command(&dir.path().join("kit"))
        .args(FREE)
        .args(["--quiet", "--kit", "."])
        .output()
        .unwrap();
    assert_error(
        &here,
        "the folder . holds files that are no kit: choose another folder with --kit DIR, empty it, or start with --no-kit",
    );
    assert_eq!(fs::read_dir(dir.path().join("kit")).unwrap().count(), 1);
}

#[test]
fn a_control_listener_off_loopback_needs_a_token_or_an_open_door() {
    let dir = tempfile::tempdir().unwrap();
    let output = command(dir.path())
        .args(["--control-addr", "0.0.0.0:0", "--quiet", "--no-kit"])
        .output()
        .unwrap();
    assert_error(
        &output,
        "the control listener would be reachable from elsewhere at 0.0.0.0:0: set --control-token TOKEN, or --control-open to let everybody in",
    );
    let output = serve_to_end(dir.path(), &["--no-kit", "--control-token", ""]);
    assert_error(
        &output,
        "an empty control token keeps nobody out: set --control-token to a text, or --control-open",
    );
}

#[test]
fn values_that_cannot_be_are_quoted_with_what_is_allowed() {
    let dir = tempfile::tempdir().unwrap();
    let too_long = format!("https://app.example/{}", "x".repeat(256));
    for (flag, value, says) in [
        (
            "--hostname",
            "https://bank.example",
            "is no host name: write a DNS name or an IP address, without scheme and port",
        ),
        (
            "--hostname",
            "bank.example:8443",
            "is no host name: write a DNS name or an IP address, without scheme and port",
        ),
        (
            "--redirect-uri",
            "http://app.example/cb",
            "is no redirect URI (not https): write an absolute https URI of at most 256 characters, without fragment, to another host than this",
        ),
        (
            "--redirect-uri",
            "https://app.example/cb#top",
            "is no redirect URI (a fragment): write an absolute https URI of at most 256 characters, without fragment, to another host than this",
        ),
        (
            "--redirect-uri",
            &too_long,
            "is no redirect URI (too long): write an absolute https URI of at most 256 characters, without fragment, to another host than this",
        ),
        (
            "--mtls-url",
            "http://bank.example",
            "is no base URL: write https://HOST or https://HOST:PORT",
        ),
        (
            "--tls-url",
            "https://bank.example/path",
            "is no base URL: write https://HOST or https://HOST:PORT",
        ),
    ] {
        let output = serve_to_end(dir.path(), &["--no-kit", flag, value]);
        assert_error(&output, &format!("`{value}` {says}"));
    }
}

#[test]
fn what_cannot_be_parsed_is_a_usage_error_with_code_2() {
    let dir = tempfile::tempdir().unwrap();
    for (arguments, says) in [
        (
            &["--mtls-addr", "localhost"][..],
            "invalid value 'localhost' for '--mtls-addr <ADDRESS>'",
        ),
        (
            &["--kit-mode", "0999"],
            "write octal permission bits such as 0600 or 0644",
        ),
        (
            &["--kit-mode", "0044"],
            "write octal permission bits such as 0600 or 0644",
        ),
        (
            &["--strictness=hard"],
            "write lenient, conformance or strict",
        ),
        (&["--seed=-1"], "invalid value '-1' for '--seed <N>'"),
        (&["--no-such-flag"], "unexpected argument '--no-such-flag'"),
        (&["dance"], "unrecognized subcommand 'dance'"),
    ] {
        let output = command(dir.path()).args(arguments).output().unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(text.contains(says), "{text}");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    }
}
