//! Scalars without quotes, aliases, and too much of anything.

use super::{loaded, problems, refused};
use crate::domain::timespan::TimeSpan;

#[test]
fn unquoted_scalars_are_what_yaml_1_2_says() {
    // Texts: `on` and `yes` are no truth values, `0644` is not a number of either version.
    for name in ["on", "yes", "no", "off", "y", "0644", "1_000", "1.2.3"] {
        assert_eq!(
            loaded(&format!("control_token: {name}"))
                .control
                .token
                .as_deref(),
            Some(name)
        );
        // What looks like a number is said to be none.
        let found = if name == "0644" {
            "the text `0644`".to_owned()
        } else {
            format!("`{name}`")
        };
        refused(
            &format!("control_open: {name}"),
            &format!("1:15: found {found}; allowed: true, false"),
        );
    }
    // Numbers and truth values: not texts, unless in quotes.
    for scalar in ["429", "1e3", "0x1F", "-1", "1.5", "0o17"] {
        refused(
            &format!("control_token: {scalar}"),
            &format!(
                "1:16: found the number `{scalar}`; allowed: a text; write it in quotes: \"{scalar}\""
            ),
        );
        assert_eq!(
            loaded(&format!("control_token: '{scalar}'"))
                .control
                .token
                .as_deref(),
            Some(scalar)
        );
    }
    for scalar in ["true", "False"] {
        assert_eq!(problems(&format!("control_token: {scalar}")).len(), 1);
        loaded(&format!("control_open: {scalar}"));
    }
    // None at all: as if the key were not there.
    for scalar in ["", "~", "null"] {
        assert_eq!(
            loaded(&format!("control_token: {scalar}")).control.token,
            None
        );
    }
    for mode in ["0644", "'0644'", "644", "0o644"] {
        assert_eq!(
            loaded(&format!("kit_mode: {mode}")).kit.unwrap().key_mode,
            0o644,
            "{mode}"
        );
    }
    assert_eq!(loaded("limits: { body: 65536 }").limits.body, 65_536);
    assert_eq!(loaded("seed: 0x10").seed, 16);
    assert_eq!(loaded("kit: false").kit, None);
}

#[test]
fn aliases_and_merge_keys_work_and_are_bounded() {
    let text = "banks:\n  - &one { id: a, dialect: uk-ob-3.3, token_lifetime: 1m }\n  - { <<: *one, id: b }\n";
    let config = loaded(text);
    assert_eq!(config.banks[1].token_lifetime, TimeSpan::seconds(60));
    let mut bomb = "a: &a [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for (name, before) in ["b", "c", "d", "e", "f", "g"]
        .iter()
        .zip(["a", "b", "c", "d", "e", "f"])
    {
        let items = vec![format!("*{before}"); 10].join(", ");
        bomb = format!("{bomb}{name}: &{name} [{items}]\n");
    }
    let found = problems(&bomb);
    assert!(
        found[0].contains("found more than can be read"),
        "{found:?}"
    );
    assert_eq!(problems(&"[".repeat(100_000)).len(), 1);
    assert!(problems(&format!("hostnames: [{}]", "1, ".repeat(1_000))).len() <= 101);
}
