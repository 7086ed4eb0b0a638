//! The program: exit codes, what it prints, whole error texts.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use certs_gen::{Authority, Key, Kind};

use crate::helpers::parsed;

fn certs_gen(dir: &Path, args: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_certs-gen"))
        .current_dir(dir)
        .args(args.split(' '))
        .output()
        .unwrap()
}

fn succeeds(dir: &Path, args: &str) -> String {
    let output = certs_gen(dir, args);
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{args}: {complaint}");
    assert_eq!(complaint, "");
    String::from_utf8(output.stdout).unwrap()
}

fn fails(dir: &Path, args: &str) -> String {
    let output = certs_gen(dir, args);
    assert_eq!(output.status.code(), Some(1), "{args}");
    assert!(output.stdout.is_empty());
    String::from_utf8(output.stderr).unwrap()
}

fn with_authority() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    succeeds(dir.path(), "authority --out ca");
    dir
}

/// The leaf in a written chain.
fn leaf(path: &Path) -> Vec<u8> {
    let text = fs::read_to_string(path).unwrap();
    pem::parse(text).unwrap().into_contents()
}

#[test]
fn authority_is_made_once_and_then_kept() {
    let dir = tempfile::tempdir().unwrap();
    let made = succeeds(dir.path(), "authority --out ca");
    assert!(
        made.starts_with(
            "made the authority in ca: root.pem, root.key, issuing.pem, issuing.key, directory.key, ca.crl\nexpires 20"
        ),
        "{made}"
    );
    let root = fs::read(dir.path().join("ca/root.pem")).unwrap();
    assert!(succeeds(dir.path(), "authority --out ca").starts_with("kept the authority in ca: "));
    assert_eq!(fs::read(dir.path().join("ca/root.pem")).unwrap(), root);
}

#[test]
fn certificate_says_where_files_went_and_when_they_expire() {
    let dir = with_authority();
    let said = succeeds(
        dir.path(),
        "certificate --authority ca --kind brcac --out tpp --key ec-p256",
    );
    for part in [
        "chain    tpp/brcac.pem\n",
        "key      tpp/brcac.key\n",
        "pkcs12   tpp/brcac.p12 (password test-only)\n",
        "subject  CN=tpp.example.com,UID=",
        "serial   ",
        "starts   20",
        "expires  20",
    ] {
        assert!(said.contains(part), "{part} not in {said}");
    }
    let key = fs::read_to_string(dir.path().join("tpp/brcac.key")).unwrap();
    let der = leaf(&dir.path().join("tpp/brcac.pem"));
    assert_eq!(
        parsed(&der).public_key().raw,
        Key::from_pem(&key).unwrap().public_key_der()
    );
}

#[test]
fn default_keys_are_ec_for_servers_and_rsa_for_the_rest() {
    let dir = with_authority();
    for (kind, algorithm) in [(Kind::Server, "ec-p256"), (Kind::Obseal, "rsa-2048")] {
        succeeds(
            dir.path(),
            &format!("certificate --authority ca --kind {kind} --out out"),
        );
        let key = fs::read_to_string(dir.path().join(format!("out/{kind}.key"))).unwrap();
        assert_eq!(Key::from_pem(&key).unwrap().algorithm().as_str(), algorithm);
    }
}

#[test]
fn the_subject_is_as_typed() {
    let dir = with_authority();
    let said = succeeds(
        dir.path(),
        "certificate --authority ca --kind obwac --key ec-p256 --out out --org-id 001AA --name ACME \
         --role aisp --role PSP_PI --authorisation-number 42"
            .replace("         ", "")
            .as_str(),
    );
    assert!(
        said.contains("subject  CN=001AA,2.5.4.97=#0c0c50534447422d4643412d3432,O=ACME,C=GB\n"),
        "{said}"
    );
    let der = leaf(&dir.path().join("out/obwac.pem"));
    let has = |text: &[u8]| der.windows(text.len()).any(|part| part == text);
    assert!(has(b"PSP_AI") && has(b"PSP_PI") && !has(b"PSP_IC"));
    let said = succeeds(
        dir.path(),
        "certificate --authority ca --kind server --out out --hostname bank.test --hostname 10.0.0.1",
    );
    assert!(said.contains("subject  CN=bank.test,"), "{said}");
}

#[test]
fn a_flaw_goes_into_the_file_name_and_a_revocation_into_the_list() {
    let dir = with_authority();
    succeeds(
        dir.path(),
        "certificate --authority ca --kind server --out out",
    );
    let said = succeeds(
        dir.path(),
        "certificate --authority ca --kind server --out out --flaw revoked",
    );
    assert!(said.contains("chain    out/server-revoked.pem\n"), "{said}");
    assert!(said.ends_with("revoked  in ca/ca.crl\n"), "{said}");
    let serial = said
        .lines()
        .find_map(|line| line.strip_prefix("serial   "))
        .unwrap();
    let authority = Authority::open(&dir.path().join("ca")).unwrap();
    assert!(authority.is_revoked(&serial.parse().unwrap()));
    assert_eq!(fs::read_dir(dir.path().join("out")).unwrap().count(), 6);
}

#[test]
fn a_request_gets_a_chain_only() {
    let dir = with_authority();
    let csr = include_str!("../data/rsa-2048.csr");
    fs::write(dir.path().join("mine.csr"), csr).unwrap();
    let said = succeeds(
        dir.path(),
        "certificate --authority ca --kind ob-transport --out out --csr mine.csr",
    );
    assert!(
        !said.contains("key  ") && !said.contains("pkcs12"),
        "{said}"
    );
    let files: Vec<_> = fs::read_dir(dir.path().join("out")).unwrap().collect();
    assert_eq!(files.len(), 1);
}

#[test]
fn failures_are_one_sentence_with_the_next_step() {
    let dir = with_authority();
    fs::write(dir.path().join("bad.csr"), "rubbish").unwrap();
    fs::create_dir(dir.path().join("other")).unwrap();
    fs::write(dir.path().join("other/notes.txt"), "x").unwrap();
    fs::create_dir(dir.path().join("part")).unwrap();
    fs::copy(
        dir.path().join("ca/root.pem"),
        dir.path().join("part/root.pem"),
    )
    .unwrap();
    let certificate = "certificate --out out --kind server --authority";
    for (args, text) in [
        (
            format!("{certificate} nowhere"),
            "error: nowhere holds no authority; make one with `certs-gen authority --out nowhere`\n",
        ),
        (
            format!("{certificate} ca --csr absent.csr"),
            "error: cannot read absent.csr: No such file or directory (os error 2); check the path and its permissions\n",
        ),
        (
            format!("{certificate} ca --csr bad.csr"),
            "error: the certificate request is not PEM (no `-----BEGIN` line); make one with `openssl req -new -key KEY`\n",
        ),
        (
            format!("{certificate} ca --hostname a..b"),
            "error: `a..b` is no host name; write a DNS name in ASCII (punycode) or an IP address\n",
        ),
        (
            "authority --out other".to_owned(),
            "error: other holds other files (notes.txt, ...) and no authority; choose an empty folder\n",
        ),
        (
            "authority --out part".to_owned(),
            "error: part holds only a part of an authority (root.key, issuing.pem, issuing.key, directory.key, ca.crl missing); put the rest back or choose an empty folder\n",
        ),
    ] {
        assert_eq!(fails(dir.path(), &args), text, "{args}");
    }
    assert!(!dir.path().join("out").exists());
}

#[test]
fn wrong_usage_exits_with_2_and_lists_what_there_is() {
    let dir = tempfile::tempdir().unwrap();
    for (args, part) in [
        (
            "certificate --authority ca --out o --kind cert",
            "brcac, brseal]",
        ),
        (
            "certificate --authority ca --out o --kind qwac --flaw bad",
            "revoked]",
        ),
        (
            "certificate --authority ca --out o --kind qwac --role x",
            "ASPSP, PISP, AISP, CBPII",
        ),
        (
            "certificate --authority ca --out o --kind qwac --key ec-p256 --csr x",
            "cannot be used with",
        ),
    ] {
        let output = certs_gen(dir.path(), args);
        assert_eq!(output.status.code(), Some(2), "{args}");
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains(part), "{said}");
    }
}

#[test]
fn help_names_the_files_and_the_password() {
    let dir = tempfile::tempdir().unwrap();
    let said = succeeds(dir.path(), "certificate --help");
    for part in [
        "KIND.p12",
        "test-only",
        "are replaced",
        "ob-transport",
        "not-yet-valid",
    ] {
        assert!(said.contains(part), "{part} not in {said}");
    }
}

#[test]
fn shells_and_manuals_know_every_command_and_flag() {
    let dir = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = succeeds(dir.path(), &format!("completions {shell}"));
        for word in ["authority", "certificate", "hostname"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
    let bash = succeeds(dir.path(), "completions bash");
    assert!(
        bash.contains("\n        certs__gen__subcmd__certificate)"),
        "{bash}"
    );
    assert!(succeeds(dir.path(), "man").contains("certs\\-gen\\-certificate(1)"));
    assert_eq!(succeeds(dir.path(), "man --out man1"), "");
    for name in ["", "-authority", "-certificate", "-completions", "-man"] {
        assert!(dir.path().join(format!("man1/certs-gen{name}.1")).exists());
    }
    let page = fs::read_to_string(dir.path().join("man1/certs-gen-certificate.1")).unwrap();
    let page = page.replace("\\-", "-");
    for flag in ["--authority", "--kind", "--csr", "--authorisation-number"] {
        assert!(page.contains(&format!("\\fB{flag}\\fR")), "{flag}");
    }
    for name in ["authority", "certificate", "completions", "man"] {
        let written = dir.path().join(format!("man1/certs-gen-{name}.1"));
        let written = fs::read_to_string(written).unwrap();
        assert_eq!(succeeds(dir.path(), &format!("man {name}")), written);
    }
    let refused = certs_gen(dir.path(), "man nosuch");
    let told = String::from_utf8(refused.stderr).unwrap();
    assert!(
        told.contains("authority, certificate, completions, man"),
        "{told}"
    );
    assert_eq!(refused.status.code(), Some(2));
    fs::write(dir.path().join("file"), "").unwrap();
    assert_eq!(
        fails(dir.path(), "man --out file"),
        "error: cannot write manual pages to file: File exists (os error 17); check the path and its permissions\n"
    );
}

#[test]
fn a_full_disk_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    for args in ["--help", "completions bash", "man", "man certificate"] {
        let full = fs::OpenOptions::new().write(true).open("/dev/full");
        let output = Command::new(env!("CARGO_BIN_EXE_certs-gen"))
            .current_dir(dir.path())
            .args(args.split(' '))
            .stdout(full.unwrap())
            .output()
            .unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        let expected =
            "error: cannot write to standard output: No space left on device (os error 28)\n";
        assert_eq!(
            (told.as_str(), output.status.code()),
            (expected, Some(1)),
            "{args}"
        );
    }
}
