use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use warp::http::Method;

use super::*;

/// Every value of a member of this name, anywhere.
fn all<'v>(value: &'v Value, name: &str, found: &mut Vec<&'v Value>) {
    match value {
        Value::Object(members) => {
            for (known, member) in members {
                if known == name {
                    found.push(member);
                }
                all(member, name, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| all(item, name, found)),
        _ => {}
    }
}

fn operations(document: &Value) -> impl Iterator<Item = (&String, &String, &Value)> {
    let paths = document["paths"].as_object().unwrap().iter();
    paths.flat_map(|(path, methods)| {
        let methods = methods.as_object().unwrap().iter();
        methods.map(move |(method, operation)| (path, method, operation))
    })
}

fn assert_whole(document: &Value) {
    let mut references = Vec::new();
    all(document, "$ref", &mut references);
    assert!(!references.is_empty());
    for reference in references {
        let pointer = reference.as_str().unwrap().strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
    for schema in document["components"]["schemas"].as_object().unwrap() {
        jsonschema::meta::validate(schema.1).unwrap_or_else(|error| panic!("{schema:?} {error}"));
    }
}

#[test]
fn every_reference_leads_somewhere_and_every_schema_is_one() {
    assert_whole(&document(PARTS));
}

#[test]
fn every_route_is_there_once_with_all_its_parameters() {
    let document = document(PARTS);
    let mut ids = BTreeSet::new();
    for (path, method, operation) in operations(&document) {
        let id = operation["operationId"].as_str().unwrap();
        assert!(ids.insert(id.to_owned()), "{id} twice");
        assert!(!operation["summary"].as_str().unwrap().is_empty(), "{id}");
        let parameters = operation["parameters"].as_array();
        let in_path: Vec<&str> = parameters
            .into_iter()
            .flatten()
            .filter(|parameter| parameter["in"] == "path")
            .map(|parameter| {
                let description = parameter["description"].as_str().unwrap();
                assert!(!description.is_empty(), "{method} {path} {parameter}");
                parameter["name"].as_str().unwrap()
            })
            .collect();
        let words = path.split('/').filter_map(|word| {
            let word = word.strip_prefix('{')?;
            word.strip_suffix('}')
        });
        assert_eq!(in_path, words.collect::<Vec<_>>(), "{method} {path}");
        for status in ["400", "403", "405"] {
            assert!(operation["responses"][status].is_object(), "{id} {status}");
        }
    }
    let expected: usize = PARTS
        .iter()
        .flat_map(|part| (part.routes)())
        .map(|route| Template::all(route.path).len())
        .sum();
    assert_eq!(ids.len(), expected);
}

#[test]
fn no_two_paths_differ_in_their_names_only() {
    let document = document(PARTS);
    let mut shapes = BTreeSet::new();
    for path in document["paths"].as_object().unwrap().keys() {
        let words = path
            .split('/')
            .map(|word| if word.starts_with('{') { "{}" } else { word });
        let shape: Vec<&str> = words.collect();
        assert!(shapes.insert(shape.join("/")), "{path}");
    }
}

#[test]
fn every_name_that_a_route_describes_is_in_its_path() {
    for route in PARTS.iter().flat_map(|part| (part.routes)()) {
        for (name, _) in &route.params {
            let word = format!("/{{{name}}}");
            assert!(route.path.contains(&word), "{name} in {}", route.path);
        }
    }
}

#[test]
fn what_needs_no_token_says_so() {
    let document = document(PARTS);
    for (path, _, operation) in operations(&document) {
        let is_open = operation["security"] == json!([]);
        assert_eq!(is_open, crate::control::access::is_open(path), "{path}");
        assert_eq!(operation["responses"]["401"].is_null(), is_open, "{path}");
    }
}

/// A thing with a part that may be left out.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Thing {
    part: Inner,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Inner {
    #[serde(default)]
    size: u64,
}

/// Which things.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)]
struct Filter {
    /// At most so many.
    limit: Option<u64>,
    /// Of this kind.
    kind: String,
}

async fn nothing(_: Arc<Control>, _: Ask) -> Result<Response, Problem> {
    Ok(reply::no_content())
}

fn things() -> Vec<Route> {
    vec![
        Route::new(Method::PUT, "{w}/things/{id}", "put_thing", nothing)
            .param("id", "Its id.")
            .query::<Filter>()
            .optional_body::<Thing>()
            .answers::<Thing>(200, "The thing.")
            .answers_with(200, "text/plain", "The thing.")
            .answers::<Thing>(201, "")
            .answers_nothing(204, "None.")
            .fails(404, "No such thing."),
    ]
}

#[test]
fn a_route_is_described_with_all_that_it_says_of_itself() {
    let part = Part {
        tag: "things",
        description: "Things.",
        routes: things,
    };
    let document = document(&[part]);
    assert_whole(&document);
    let put = &document["paths"]["/api/worlds/{world}/things/{id}"]["put"];
    assert_eq!(put["operationId"], "put_thing_in_world");
    assert_eq!(
        document["paths"]["/api/things/{id}"]["put"]["operationId"],
        "put_thing"
    );
    assert_eq!(
        put["parameters"][2],
        json!({
            "name": "limit", "in": "query", "required": false, "description": "At most so many.",
            "schema": { "type": "integer", "format": "uint64", "minimum": 0 },
        })
    );
    assert_eq!(put["parameters"][3]["required"], true);
    assert_eq!(put["requestBody"]["required"], false);
    let body = &put["requestBody"]["content"]["application/yaml"]["schema"];
    assert_eq!(body["$ref"], "#/components/schemas/ThingToSend");
    let ok = &put["responses"]["200"]["content"];
    assert_eq!(
        ok["application/json"]["schema"]["$ref"],
        "#/components/schemas/Thing"
    );
    assert_eq!(ok["text/plain"]["schema"]["type"], "string");
    let schemas = &document["components"]["schemas"];
    assert_eq!(
        schemas["ThingToSend"]["properties"]["part"]["$ref"],
        "#/components/schemas/InnerToSend"
    );
    assert_eq!(schemas["InnerToSend"]["required"], Value::Null);
    assert_eq!(schemas["Inner"]["required"], json!(["size"]));
    assert!(put["responses"]["201"]["headers"]["Location"].is_object());
    assert_eq!(put["responses"]["201"]["description"], "Created");
    assert_eq!(put["responses"]["204"], json!({ "description": "None." }));
    assert_eq!(put["responses"]["404"]["description"], "No such thing.");
    let statuses: Vec<&String> = put["responses"].as_object().unwrap().keys().collect();
    assert_eq!(
        statuses,
        [
            "200", "201", "204", "400", "401", "403", "404", "405", "408", "413", "414", "415",
            "431"
        ]
    );
}
