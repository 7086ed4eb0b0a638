//! What a JSON Schema says of values, where their types alone say too little. It refuses nothing that
//! the loader takes.

use std::borrow::Cow;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};

use crate::scenario::load::{catalogue, fault, matcher};

/// A length of time, as a part of a longer pattern.
const SPAN: &str = r"([0-9.][0-9.\s]*[A-Za-zµμ]+\s*)+";
/// The names of header fields (RFC 9110 §5.1).
pub(super) const HEADER_NAME: &str = r"^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}$";
/// JSON Pointers (RFC 6901).
pub(super) const POINTER: &str = r"^(/([^~]|~[01])*)?$";
/// JSON Pointers to something within a document.
pub(super) const POINTER_WITHIN: &str = r"^/([^~]|~[01])*$";

/// Which calls.
pub(super) fn calls(_: &mut SchemaGenerator) -> Schema {
    let number = r"\+?[0-9]+";
    let pattern = format!(
        r"^\s*({number}|every\s+{number}|{number}\s*\.\.\s*({number})?|\.\.\s*{number})\s*$"
    );
    json_schema!({ "type": ["string", "integer"], "minimum": 1, "pattern": pattern })
}

/// A length of time; nothing needs no unit.
pub(super) fn span(_: &mut SchemaGenerator) -> Schema {
    let pattern = format!(r"^\s*(0|{SPAN})\s*$");
    json_schema!({ "type": ["string", "integer"], "minimum": 0, "maximum": 0, "pattern": pattern })
}

/// A range of ages.
pub(super) fn age(_: &mut SchemaGenerator) -> Schema {
    let span = format!("(0|{SPAN})");
    let pattern = format!(r"^\s*({span}\s*\.\.\s*{span}?|\.\.\s*{span})\s*$");
    json_schema!({ "type": "string", "pattern": pattern })
}

/// The name of a check.
pub(super) fn check(_: &mut SchemaGenerator) -> Schema {
    let mut names: Vec<&str> = catalogue::names().collect();
    names.sort_unstable();
    names.dedup();
    json_schema!({ "type": "string", "enum": names })
}

/// The name of a TLS alert.
pub(super) fn alert(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": fault::alert_names() })
}

/// None of these keys stands beside another one.
pub(super) fn no_two(keys: &[&str]) -> Value {
    let mut pairs: Vec<Value> = Vec::new();
    for (index, first) in keys.iter().enumerate() {
        let others = keys.iter().skip(index + 1);
        pairs.extend(others.map(|second| json!({ "required": [first, second] })));
    }
    json!({ "anyOf": pairs })
}

/// Keys that are chosen by the writer of the file, of this form.
pub(super) fn keyed<V: JsonSchema>(generator: &mut SchemaGenerator, pattern: &str) -> Schema {
    json_schema!({
        "type": "object",
        "propertyNames": { "pattern": pattern },
        "additionalProperties": generator.subschema_for::<V>(),
    })
}

/// Header fields to be compared.
pub(super) fn headers(generator: &mut SchemaGenerator) -> Schema {
    keyed::<MatcherOf<AnyText>>(generator, HEADER_NAME)
}

/// Claims to be compared.
pub(super) fn claims(generator: &mut SchemaGenerator) -> Schema {
    keyed::<MatcherOf<AnyJson>>(generator, POINTER)
}

/// What the values of a matcher can be.
pub(super) trait Literals {
    const NAME: &'static str;

    /// One value.
    fn literal() -> Value;

    /// One value where no key stands.
    fn plain() -> Value {
        Self::literal()
    }

    /// A part of a value.
    fn part() -> Value {
        scalar()
    }
}

fn scalar() -> Value {
    json!({ "type": ["string", "number", "boolean"] })
}

macro_rules! literals {
    ($($kind:ident, $name:literal, $literal:expr;)+) => {
        $(
            pub(super) struct $kind;

            impl Literals for $kind {
                const NAME: &'static str = $name;

                fn literal() -> Value {
                    $literal
                }
            }
        )+
    };
}

literals!(
    AnyText, "TextMatcher", scalar();
    BankId, "BankMatcher", json!({
        "type": ["string", "number", "boolean"],
        "pattern": "^[A-Za-z0-9._-]{1,63}$",
    });
    OperationWord, "OperationMatcher", json!({ "enum": catalogue::operations() });
    MethodWord, "MethodMatcher", json!({ "enum": matcher::METHODS });
    PathPattern, "PathMatcher", json!({
        "type": "string",
        "pattern": r"^[/*?\[]",
        "not": { "pattern": "^/w/" },
    });
    HexDigits, "HexMatcher", json!({
        "type": ["string", "number"],
        "pattern": "^:*[0-9A-Fa-f][0-9A-Fa-f:]*$",
    });
);

/// Any JSON.
pub(super) struct AnyJson;

impl Literals for AnyJson {
    const NAME: &'static str = "JsonMatcher";

    fn literal() -> Value {
        json!(true)
    }

    fn plain() -> Value {
        scalar()
    }

    fn part() -> Value {
        json!(true)
    }
}

/// A matcher whose values are these.
pub(super) struct MatcherOf<L>(PhantomData<L>);

impl<L: Literals> JsonSchema for MatcherOf<L> {
    fn schema_name() -> Cow<'static, str> {
        L::NAME.into()
    }

    fn schema_id() -> Cow<'static, str> {
        L::NAME.into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let this = generator.subschema_for::<Self>();
        matcher(this, &L::literal(), &L::plain(), L::part())
    }
}

/// A matcher of values such as `literal`, `plain` where no key stands; a part of one is such as `part`.
fn matcher(this: Schema, literal: &Value, plain: &Value, part: Value) -> Schema {
    let list = json!({ "type": "array", "minItems": 1, "items": literal });
    let one_of = |description: &str| {
        let mut list = list.clone();
        list["description"] = description.into();
        list
    };
    json_schema!({
        "description": "What a value must be: a value, a list of values, or keys.",
        "anyOf": [plain, list, {
            "description": "What a value must be: all of these.",
            "type": "object",
            "minProperties": 1,
            "additionalProperties": false,
            "properties": {
                "equals": described("This.", literal.clone()),
                "one_of": one_of("One of these."),
                "contains": described("A text with this in it, or a list with this item.", part),
                "starts_with": {
                    "description": "A text that begins so.",
                    "type": ["string", "number"],
                },
                "regex": {
                    "description": "A text in which this regular expression is found.",
                    "type": ["string", "number"],
                    "maxLength": 1000,
                },
                "absent": {
                    "description": "Not there (true), or there (false).",
                    "type": "boolean",
                },
                "not": described("Not that.", this.to_value()),
            },
            "not": {
                "required": ["absent"],
                "properties": { "absent": { "const": true } },
                "minProperties": 2,
            },
        }],
    })
}

fn described(description: &str, schema: Value) -> Value {
    match schema {
        Value::Object(mut members) => {
            members.insert("description".to_owned(), description.into());
            Value::Object(members)
        }
        _ => json!({ "description": description }),
    }
}
