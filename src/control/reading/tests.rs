use serde::Deserialize;
use serde_json::json;

use super::*;

/// What a test asks for.
#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
struct Wish {
    /// Name of the thing, such as `hat`.
    name: String,
    count: Option<u16>,
    #[serde(default)]
    sizes: Vec<u64>,
    colour: Option<Colour>,
    wrap: Option<Wrap>,
}

#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Colour {
    Red,
    Mixed { parts: u8 },
}

#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
struct Wrap {
    ribbon: bool,
}

fn refused(value: &Value) -> [String; 3] {
    let problem = read::<Wish>(value, "body").unwrap_err();
    told(&problem)
}

fn told(problem: &Problem) -> [String; 3] {
    let detail = problem.detail();
    let (field, rest) = detail
        .strip_prefix('`')
        .unwrap()
        .split_once("`: found ")
        .unwrap();
    let (found, allowed) = rest.split_once("; allowed: ").unwrap();
    [field, found, allowed].map(str::to_owned)
}

#[test]
fn a_value_is_read_with_all_its_parts() {
    let value = json!({
        "name": "hat", "count": 2, "sizes": [1], "colour": {"mixed": {"parts": 3}}, "wrap": null,
    });
    let wish: Wish = read(&value, "body").unwrap();
    assert_eq!(wish.colour, Some(Colour::Mixed { parts: 3 }));
    assert_eq!(
        (wish.count, wish.sizes, wish.wrap),
        (Some(2), vec![1], None)
    );
    let wish: Wish = read(&json!({"name": "hat", "colour": "red"}), "body").unwrap();
    assert_eq!(wish.colour, Some(Colour::Red));
}

#[test]
fn what_is_wrong_is_told_with_its_path_and_what_is_allowed() {
    for (value, expected) in [
        (json!({}), ["name", "nothing", "a string"]),
        (json!({"name": 7}), ["name", "the number `7`", "a string"]),
        (
            json!({"name": "x", "count": 70_000}),
            [
                "count",
                "the number `70000`",
                "a whole number from 0 to 65535",
            ],
        ),
        (
            json!({"name": "x", "sizes": [1, -2]}),
            [
                "sizes.1",
                "the number `-2`",
                "a whole number from 0 to 18446744073709551615",
            ],
        ),
        (
            json!({"name": "x", "size": 1}),
            [
                "size",
                "an unknown member",
                "name, count, sizes, colour, wrap",
            ],
        ),
        (
            json!({"name": "x", "colour": "blue"}),
            ["colour", "`blue`", "red, mixed"],
        ),
        (
            json!({"name": "x", "colour": {"mixed": {"parts": "three"}}}),
            [
                "colour.mixed.parts",
                "`three`",
                "a whole number from 0 to 255",
            ],
        ),
        (
            json!({"name": "x", "colour": {"mixed": {}}}),
            [
                "colour.mixed.parts",
                "nothing",
                "a whole number from 0 to 255",
            ],
        ),
        (
            json!({"name": "x", "wrap": {"ribbon": "yes"}}),
            ["wrap.ribbon", "`yes`", "true, false"],
        ),
        (
            json!({"name": "x", "wrap": [true]}),
            ["wrap", "a list", "an object with the members ribbon"],
        ),
        (
            json!(["x"]),
            [
                "body",
                "a list",
                "an object with the members name, count, sizes, colour, wrap",
            ],
        ),
    ] {
        assert_eq!(refused(&value), expected, "{value}");
    }
}

#[test]
fn the_words_of_a_type_are_split_into_found_and_allowed() {
    #[derive(Debug, JsonSchema)]
    struct Even;

    impl<'de> Deserialize<'de> for Even {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let number = u64::deserialize(deserializer)?;
            let text = if number == 1 {
                "found one; allowed: even numbers"
            } else {
                "an even number"
            };
            Err(serde::de::Error::custom(text))
        }
    }

    #[derive(Debug, Deserialize, JsonSchema)]
    #[allow(dead_code)]
    struct Numbers {
        even: Even,
    }

    let problem = read::<Numbers>(&json!({"even": 1}), "body").unwrap_err();
    assert_eq!(told(&problem), ["even", "one", "even numbers"]);
    let problem = read::<Numbers>(&json!({"even": 3}), "body").unwrap_err();
    assert_eq!(told(&problem), ["even", "the number `3`", "an even number"]);
}

#[test]
fn the_texts_of_a_query_are_numbers_where_numbers_are_wanted() {
    #[derive(Debug, PartialEq, Deserialize, JsonSchema)]
    struct Query {
        limit: Option<u64>,
        strict: Option<bool>,
        name: Option<String>,
        status: Option<Vec<u16>>,
    }

    let texts = json!({"limit": "5", "strict": "true", "name": "7", "status": "400"});
    let query: Query = read_texts(&texts).unwrap();
    assert_eq!(
        query,
        Query {
            limit: Some(5),
            strict: Some(true),
            name: Some("7".to_owned()),
            status: Some(vec![400]),
        }
    );
    let twice: Query = read_texts(&json!({"status": ["400", "401"]})).unwrap();
    assert_eq!(twice.status, Some(vec![400, 401]));
    for (texts, expected) in [
        (
            json!({"limit": "five"}),
            [
                "limit",
                "`five`",
                "a whole number from 0 to 18446744073709551615",
            ],
        ),
        (
            json!({"limit": ""}),
            [
                "limit",
                "``",
                "a whole number from 0 to 18446744073709551615",
            ],
        ),
        (json!({"strict": "yes"}), ["strict", "`yes`", "true, false"]),
        (
            json!({"status": ["400", "x"]}),
            ["status.1", "`x`", "a whole number from 0 to 65535"],
        ),
        (json!({"name": ["a", "b"]}), ["name", "a list", "a string"]),
        (
            json!({"limits": "1"}),
            ["limits", "an unknown member", "limit, strict, name, status"],
        ),
    ] {
        let problem = read_texts::<Query>(&texts).unwrap_err();
        assert_eq!(told(&problem), expected, "{texts}");
    }
}
