//! What a file cannot say is refused, where it stands.

use std::fs;

use super::{load, loaded, problems, refused, write_named_files};

#[test]
fn all_problems_are_told_at_once_each_where_it_is() {
    let text = "lisen: {}\nseed: x\nbanks:\n  - id: a\n    dialect: uk-ob-9\n    polic: {}\n  - id: a\n    dialect: uk-ob-3.3\n    policy: { duplicates: no, aud: any, rotate_rat: 1 }\n";
    let found = problems(text);
    let starts = [
        "1:1: found the key `lisen`; allowed: listen, hostnames,",
        "2:7: found `x`; allowed: a whole number from 0",
        "5:14: found the dialect `uk-ob-9`; allowed: ",
        "6:5: found the key `polic`; allowed: id, dialect, base_path,",
        "7:9: found `a`; allowed: an id that no other bank has; the one in line 4 has it",
        "9:27: found `no`; allowed: allow, reject",
        "9:53: found the number `1`; allowed: true, false",
    ];
    for (found, start) in found.iter().zip(starts) {
        assert!(found.starts_with(start), "{found} is not {start}");
    }
    assert_eq!(found.len(), starts.len(), "{found:#?}");
    assert!(found[0].ends_with("; did you mean `listen`?"));
}

#[test]
fn values_that_cannot_be_are_refused_where_they_are() {
    for (text, expected) in [
        (
            "listen: { mtls: localhost:1 }",
            "1:17: found `localhost:1`; allowed: an IP address",
        ),
        (
            "listen: { mtls: 8443 }",
            "1:17: found `8443`; allowed: an IP address",
        ),
        (
            "listen: 127.0.0.1:1",
            "1:9: found `127.0.0.1:1`; allowed: the keys mtls, tls, control",
        ),
        ("hostnames: aspsp", "1:12: found `aspsp`; allowed: a list"),
        (
            "hostnames: ['a:1']",
            "1:13: found `a:1`; allowed: a DNS name",
        ),
        (
            "mtls_url: http://a",
            "1:11: found `http://a`; allowed: https://HOST",
        ),
        (
            "tls_url: https://a/b",
            "1:10: found `https://a/b`; allowed: https://HOST",
        ),
        (
            "authority: ''",
            "1:12: found an empty text; allowed: a path",
        ),
        ("kit: true", "1:6: found `true`; allowed: a folder, false"),
        (
            "kit_mode: 0999",
            "1:11: found `0999`; allowed: octal permission bits",
        ),
        (
            "kit_mode: 0044",
            "1:11: found `0044`; allowed: octal permission bits",
        ),
        (
            "control_token: ''",
            "1:16: found an empty text; allowed: a token",
        ),
        (
            "redirect_uris: [https://localhost/cb]",
            "1:17: found `https://localhost/cb`; allowed: ",
        ),
        (
            "scenarios: ['']",
            "1:13: found ``; allowed: a name or a file",
        ),
        ("scenario_dirs: ['']", "1:17: found an empty"),
        (
            "rules: []",
            "1:1: found the key `rules`, which makes this a scenario",
        ),
    ] {
        refused(text, expected);
    }
}

#[test]
fn what_belongs_to_a_part_is_refused_where_it_is() {
    for (text, expected) in [
        (
            "banks: []",
            "1:8: found an empty list; allowed: at least one bank",
        ),
        (
            "banks: [{ id: a }]",
            "1:9: found no key `dialect`, which must be there",
        ),
        (
            "limits: { body: 1KiBB }",
            "1:17: found `1KiBB`; allowed: a size such as",
        ),
        (
            "limits: { body: 0 }",
            "1:17: found `0`; allowed: a size from 1B to 1GiB",
        ),
        (
            "limits: { idle_timeout: 0s }",
            "1:25: found `0s`; allowed: a length of time from 1ms",
        ),
        (
            "limits: { idle_timeout: 10 }",
            "1:25: found `10`; allowed: a length of time such as",
        ),
        (
            "limits: { connections: 0 }",
            "1:24: found the number `0`; allowed: a whole number from 1",
        ),
        (
            "limits: { worlds: 1e3 }",
            "1:19: found the number `1e3`; allowed: a whole number",
        ),
        (
            "directory: { fetch_jwks_from: ['https://a'] }",
            "1:32: found `https://a`; allowed: HOST:PORT",
        ),
        (
            "directory: { trusted: [{ iss: a }] }",
            "1:24: found no key `jwks_file`",
        ),
        (
            "tpps: [{ roles: [AISP, DADOS] }]",
            "1:24: found the role `DADOS`; allowed in the ecosystem `uk`: AISP, PISP",
        ),
        (
            "tpps: [{ roles: [AISPP] }]",
            "1:18: found `AISPP`; allowed: AISP, PISP",
        ),
        ("tpps: [{ ecosystem: fr }]", "1:21: found `fr`; allowed: "),
        (
            "tpps: [{ software_id: a-b }]",
            "1:23: found `a-b`; allowed: 1 to 22 letters",
        ),
        (
            "tpps: [{ ecosystem: brasil, org_id: a }]",
            "1:37: found `a`; allowed: a UUID",
        ),
        (
            "tpps: [{ software_id: a }, { software_id: a }]",
            "1:43: found `a`; allowed: a software id that no other TPP has",
        ),
        (
            "tpps: [{ kit: ./kit }]",
            "1:15: found `./kit`; allowed: a folder that no other kit has",
        ),
        (
            "tpps: [{ kit: a }, { kit: ./a }]",
            "1:27: found `./a`; allowed: a folder that no other kit has",
        ),
        (
            "tpps: [{ transport: { csr_file: none.csr } }]",
            "1:33: found `none.csr`; allowed: a file that can be read",
        ),
        (
            "seed: 1\nseed: 2",
            "2:1: found the key `seed` a second time; allowed: once",
        ),
        ("seed: [", "1:"),
        (
            "seed: 1\n---\nseed: 2",
            "3:1: found a second document; allowed: one",
        ),
        ("- 1", "1:1: found a list; allowed: the keys listen,"),
    ] {
        refused(text, expected);
    }
}

#[test]
fn base_paths_are_paths_of_their_own() {
    for (first, second, column) in [
        ("/a", "/a", true),
        ("/a", "/a/b", true),
        ("/a/b", "/a", true),
        ("/a", "/ab", false),
        ("/x", "/directory", true),
        ("/x", "/directory/b", true),
        ("/x", "/directoryb", false),
        ("/x", "/w", true),
        ("/x", "/w/a", true),
        ("/x", "a", true),
        ("/x", "/a/", true),
        ("/x", "/", true),
        ("/x", "/a//b", true),
        ("/x", "/a/../b", true),
        ("/x", "/a%20", true),
    ] {
        let bank = |id: &str, path: &str| {
            format!("{{ id: {id}, dialect: uk-ob-3.3, base_path: '{path}' }}")
        };
        let text = format!(
            "banks:\n- {}\n- {}",
            bank("one", first),
            bank("two", second)
        );
        if column {
            refused(&text, &format!("3:45: found `{second}`; allowed: a path"));
        } else {
            loaded(&text);
        }
    }
    for id in ["''", "a b", "a/b", "ä", &"x".repeat(64)] {
        let found = problems(&format!("banks: [{{ id: {id}, dialect: uk-ob-3.3 }}]"));
        assert!(found[0].contains("allowed: 1 to 63 letters"), "{found:?}");
    }
}

#[test]
fn a_named_file_must_be_what_it_is_named_for() {
    let dir = tempfile::tempdir().unwrap();
    write_named_files(dir.path());
    fs::write(dir.path().join("empty.jwks"), "{\"keys\":[]}").unwrap();
    let public = fs::read_to_string(dir.path().join("mine.jwks")).unwrap();
    let private = public.replace("\"kid\"", "\"d\":\"AQAB\",\"kid\"");
    fs::write(dir.path().join("private.jwks"), private).unwrap();
    let file = dir.path().join("config.yaml");
    for (text, expected) in [
        (
            "tpps: [{ transport: { csr_file: ca.pem } }]",
            ":1:33: found `ca.pem`; allowed: a certificate request",
        ),
        (
            "tpps: [{ signing: { jwks_file: t.csr } }]",
            ":1:32: found `t.csr`; allowed: a key set (JWKS)",
        ),
        (
            "tpps: [{ signing: { jwks_file: empty.jwks } }]",
            ":1:32: found `empty.jwks`; allowed: a key set (JWKS)",
        ),
        (
            "tpps: [{ signing: { jwks_file: private.jwks } }]",
            ":1:32: found `private.jwks`; allowed: a key set (JWKS) of public keys",
        ),
        (
            "tpps: [{ signing: { csr_file: t.csr, jwks_file: mine.jwks } }]",
            ":1:19: found `csr_file` and `jwks_file`",
        ),
        (
            "directory: { trusted: [{ iss: a, jwks_file: mine.jwks, client_ca: t.csr }] }",
            ":1:67: found `t.csr`; allowed: certificates in PEM",
        ),
        (
            "directory: { trusted: [{ iss: a, jwks_file: mine.jwks, software_jwks: { x: none } }] }",
            ":1:76: found `none`; allowed: a file that can be read",
        ),
        (
            "directory: { trusted: [{ iss: a, jwks_file: mine.jwks }, { iss: a, jwks_file: mine.jwks }] }",
            ":1:65: found `a`; allowed: an `iss` that no other",
        ),
    ] {
        fs::write(&file, text).unwrap();
        let bad = load(&file).unwrap_err().to_string();
        let expected = format!("{}{expected}", file.display());
        assert!(
            bad.starts_with(&expected) && bad.lines().count() == 1,
            "{bad}"
        );
    }
}
