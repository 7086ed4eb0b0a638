//! The Rust client of `examples/` at banks that behave badly. `cargo test` builds it; where only this test
//! is run: `cargo build --example tpp`. What all clients do at good banks is checked by `examples/run`.

#![allow(clippy::unwrap_used)] // A test that cannot go on has failed.

use std::process::Command;
use std::sync::LazyLock;
use std::{env, thread};

use aspsp_emulator::config::Config;
use aspsp_emulator::emulator::EmulatorBuilder;
use aspsp_emulator::{Emulator, Operation, World, exactly, operation};
use tempfile::TempDir;

const BANK: &str = "uk-ob-3.3";
const TOKEN: &str = "secret-token";
/// Rules for what the client never asks.
const NOTHING: &str = "[{ match: { operation: jwks }, respond: 503 }]";

/// The emulator of all tests, and the folder of its kit.
static EMULATOR: LazyLock<(Emulator, TempDir)> = LazyLock::new(|| {
    let dir = tempfile::tempdir().unwrap();
    let mut config = Config::default();
    let listen = &mut config.listen;
    for address in [&mut listen.mtls, &mut listen.tls, &mut listen.control] {
        address.set_port(0);
    }
    config.control.token = Some(TOKEN.to_owned());
    let builder = EmulatorBuilder::from_config(config).kit(dir.path().join("kit"));
    (builder.start_blocking().unwrap(), dir)
});

/// A life of the client in a world of its own.
struct Life {
    world: World,
    code: Option<i32>,
    printed: Vec<String>,
    told: String,
}

impl Life {
    /// At a bank with these rules.
    fn under(rules: &str) -> Self {
        Self::with(rules, |_, _| {})
    }

    fn with(rules: &str, change: impl FnOnce(&mut Command, &str)) -> Self {
        let (emulator, dir) = &*EMULATOR;
        let text = format!("rules: {rules}");
        let world = emulator.world_builder().scenario_yaml(text).create();
        let world = emulator.block_on(world).unwrap();
        let control = emulator.addresses().control;
        let control = format!("http://{control}/api/worlds/{}", world.name());
        // Beside the folder of the tests.
        let built = env::current_exe().unwrap();
        let built = built.parent().unwrap().parent().unwrap();
        let mut command = Command::new(built.join("examples/tpp"));
        command
            .env_clear()
            .env("ISSUER", world.issuer(BANK))
            .env("KIT", dir.path().join("kit"))
            .env("CLIENTS", format!("{control}/banks/{BANK}/clients"))
            .env("TOKEN", TOKEN);
        change(&mut command, &control);
        let output = command.output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self {
            world,
            code: output.status.code(),
            printed: text(output.stdout).lines().map(str::to_owned).collect(),
            told: text(output.stderr),
        }
    }

    /// It succeeded after it had printed this, with so many registrations, and left nobody.
    fn succeeds(&self, before: &[&str], posts: u64) {
        assert_eq!((self.code, self.told.as_str()), (Some(0), ""));
        let (first, rest) = self.printed.split_at(before.len());
        assert_eq!(first, before);
        let verbs = rest.iter().map(|line| line.split(' ').next().unwrap());
        assert_eq!(
            verbs.collect::<Vec<_>>(),
            ["registered", "read", "deleted"],
            "{before:?}"
        );
        self.was_asked_to_register(posts);
        let left = self.world.block_on(self.world.clients(BANK)).unwrap();
        assert!(left.is_empty());
    }

    /// It failed with one line that has this text, and the interaction id of a request.
    fn fails(&self, text: &str, posts: u64) {
        assert_eq!(self.code, Some(1), "{text}: {}", self.told);
        assert!(self.told.contains(text), "{text}: {}", self.told);
        assert!(self.told.starts_with("error: "), "{}", self.told);
        assert!(self.told.contains("x-fapi-interaction-id "));
        assert_eq!(self.told.lines().count(), 1, "{}", self.told);
        assert!(!self.told.contains("eyJ"), "a token: {}", self.told);
        self.was_asked_to_register(posts);
    }

    fn was_asked_to_register(&self, posts: u64) {
        let asked = operation(Operation::Register);
        let verified = self.world.verify(asked, exactly(posts));
        self.world.block_on(verified).unwrap();
    }
}

/// All at once: most of their time they wait.
fn each<T: Sync>(cases: &[T], check: impl Fn(&T) + Sync) {
    thread::scope(|scope| {
        for case in cases {
            scope.spawn(|| check(case));
        }
    });
}

/// The bank does its work, and then says this.
fn says_later(respond: &str) -> String {
    format!("[{{ match: {{ operation: register }}, calls: 1, stage: after, respond: {respond} }}]")
}

#[test]
fn what_is_no_answer_after_the_banks_work_is_lost_and_not_sent_again() {
    let cases = [
        "500",
        "502",
        "504",
        "{ status: 201, body: '' }",
        "{ status: 201, body: '{}' }",
        "{ status: 201, body: '[]' }",
        "{ status: 201, body: '{\"client_id\": \"\"}' }",
        "{ status: 201, body: '{\"client_id\": 5}' }",
        "{ status: 201, body: '{\"client_id\": \"a' }",
        "{ status: 202 }",
    ];
    each(&cases, |respond| {
        let life = Life::under(&says_later(respond));
        life.succeeds(&["answer lost: asking who is registered"], 1);
    });
}

#[test]
fn throttling_after_the_banks_work_is_no_second_client() {
    each(&[429, 503], |status| {
        let respond = format!("{{ status: {status}, headers: {{ Retry-After: \"1\" }} }}");
        let life = Life::under(&says_later(&respond));
        life.succeeds(&["throttled: waiting 1 s"], 1);
    });
}

#[test]
fn a_bank_that_fails_before_its_work_is_asked_again() {
    let life = Life::under("[{ match: { operation: register }, calls: 1..2, respond: 504 }]");
    life.succeeds(&["answer lost: asking who is registered"; 2], 3);
}

#[test]
fn a_retry_after_that_says_nothing_is_a_second() {
    let odd = [
        "null",
        "''",
        "'-5'",
        "'+5'",
        "soon",
        "'1.5'",
        "'²'",
        "'Thu, 99 Foo 2026 00:00:00 GMT'",
        "'Thu, 01 Jan 1970 00:00:00 GMT'",
    ];
    each(&odd, |after| {
        let rules = format!(
            "[{{ match: {{ operation: register }}, calls: 1, respond: {{ status: 429, headers: {{ Retry-After: {after} }} }} }}]"
        );
        Life::under(&rules).succeeds(&["throttled: waiting 1 s"], 2);
    });
}

#[test]
fn nobody_waits_for_days() {
    let long = [
        "301",
        "3000000",
        "9999999999",
        "99999999999999999999999999",
        "Tue, 01 Jan 2999 00:00:00 GMT",
    ];
    each(&long, |after| {
        let rules = format!(
            "[{{ match: {{ operation: register }}, respond: {{ status: 503, headers: {{ Retry-After: '{after}' }} }} }}]"
        );
        Life::under(&rules).fails("Retry-After is more than 300 s", 1);
    });
}

#[test]
fn tries_are_bounded_and_refusals_final() {
    let cases = [
        ("500", "not registered after 5 tries: POST https://", 5),
        ("403", "403 Forbidden", 1),
    ];
    each(&cases, |(status, text, posts)| {
        let rules = format!("[{{ match: {{ operation: register }}, respond: {status} }}]");
        Life::under(&rules).fails(text, *posts);
    });
}

#[test]
fn what_cannot_be_read_is_an_error_that_shows_no_token() {
    let cases = [
        (
            "token, stage: after, respond: { status: 200, body: '{\"access_token\": \"eyJ' }",
            "the answer is not JSON",
            1,
        ),
        (
            "token, stage: after, respond: { status: 200, body: '{\"token\": \"eyJ\"}' }",
            "the answer has no access_token",
            1,
        ),
        (
            "token, stage: after, respond: { status: 202, body: '{\"access_token\": \"eyJ\"}' }",
            "202 Accepted",
            1,
        ),
        (
            "read, respond: { status: 200, body: '[]' }",
            "the answer has no token_endpoint_auth_method",
            1,
        ),
        (
            "discovery, alter: { remove: /registration_endpoint }",
            "the answer has no registration_endpoint",
            0,
        ),
        (
            "discovery, alter: { set: /token_endpoint, to: nowhere }",
            "token_endpoint: relative URL without a base",
            0,
        ),
        (
            "discovery, respond: { status: 200, body: '{' }",
            "the answer is not JSON",
            0,
        ),
    ];
    each(&cases, |(rule, text, posts)| {
        let (operation, effect) = rule.split_once(", ").unwrap();
        let rules = format!("[{{ match: {{ operation: {operation} }}, {effect} }}]");
        Life::under(&rules).fails(text, *posts);
    });
}

#[test]
fn who_is_registered_must_be_told_as_agreed() {
    for (below, text) in [
        ("", "the answer is not {\"items\": [{\"client_id\""),
        ("/banks", "the answer is not {\"items\": [{\"client_id\""),
        ("/nowhere", "404 Not Found"),
    ] {
        let life = Life::with(NOTHING, |command, control| {
            command.env("CLIENTS", format!("{control}{below}"));
        });
        life.fails(text, 0);
    }
    let life = Life::with(NOTHING, |command, _| {
        command.env_remove("TOKEN");
    });
    life.fails("401 Unauthorized", 0);
}

#[test]
fn settings_that_are_no_urls_are_one_line() {
    for name in ["ISSUER", "CLIENTS"] {
        let life = Life::with(NOTHING, |command, _| {
            command.env(name, "nonsense");
        });
        let told = format!("error: {name}: relative URL without a base\n");
        assert_eq!((life.code, life.told), (Some(1), told));
    }
}
