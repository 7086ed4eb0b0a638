//! One route at one path.

use serde_json::{Value, json};

use crate::control::body::MEDIA_TYPES;
use crate::control::openapi::schemas::Schemas;
use crate::control::openapi::{JSON, problems, security};
use crate::control::path::Template;
use crate::control::problem::PROBLEM_JSON;
use crate::control::route::{Answer, Body, Content, Route, SchemaOf};
use crate::domain::json::Object;

/// The description of a name that every route below `{w}` has in one of its paths.
const WORLD: &str = "Name of a world.";

/// The operation.
pub fn operation(tag: &str, route: &Route, template: &Template, schemas: &mut Schemas) -> Value {
    let mut operation = Object::new();
    operation.insert("tags".to_owned(), json!([tag]));
    operation.insert(
        "operationId".to_owned(),
        operation_id(route, template).into(),
    );
    operation.insert("summary".to_owned(), route.summary.into());
    if !route.description.is_empty() {
        operation.insert("description".to_owned(), route.description.into());
    }
    let mut parameters: Vec<Value> = template.params().map(|name| word(route, name)).collect();
    if let Some(query) = route.query {
        parameters.extend(query_members(query, schemas));
    }
    if !parameters.is_empty() {
        operation.insert("parameters".to_owned(), parameters.into());
    }
    if let Some(body) = route.body {
        operation.insert("requestBody".to_owned(), request_body(body, schemas));
    }
    operation.extend(security(&template.text));
    operation.insert(
        "responses".to_owned(),
        responses(route, template, schemas).into(),
    );
    operation.into()
}

/// A route of every world has two paths, and two names.
fn operation_id(route: &Route, template: &Template) -> String {
    let id = route.operation_id;
    let is_other = route.path != template.text && template.params().any(|name| name == "world");
    if is_other {
        format!("{id}_in_world")
    } else {
        id.to_owned()
    }
}

fn word(route: &Route, name: &str) -> Value {
    let described = route.params.iter().find(|(known, _)| *known == name);
    let description = match described {
        Some((_, description)) => description,
        None if name == "world" => WORLD,
        None => "",
    };
    let mut schema = json!({ "type": "string", "minLength": 1 });
    let mut patterns = route.patterns.iter();
    if let Some((_, pattern)) = patterns.find(|(known, _)| *known == name) {
        schema["pattern"] = (*pattern).into();
    }
    json!({
        "name": name,
        "in": "path",
        "required": true,
        "description": description,
        "schema": schema,
    })
}

/// Each property of the type that a query is read as.
fn query_members(query: SchemaOf, schemas: &mut Schemas) -> Vec<Value> {
    let mut members = schemas.of_body(query);
    let required = members["required"].take();
    let is_required = |name: &String| {
        let names = required.as_array();
        names.is_some_and(|names| names.iter().any(|required| required == name.as_str()))
    };
    let Value::Object(properties) = members["properties"].take() else {
        return Vec::new();
    };
    let parameters = properties.into_iter().map(|(name, mut schema)| {
        let description = schema
            .as_object_mut()
            .and_then(|schema| schema.remove("description"));
        without_null(&mut schema);
        json!({
            "name": name,
            "in": "query",
            "required": is_required(&name),
            "description": description.unwrap_or_else(|| "".into()),
            "schema": schema,
        })
    });
    parameters.collect()
}

/// What may be left out of a query cannot be null in it.
fn without_null(schema: &mut Value) {
    if let Some(kinds) = schema.get_mut("type").and_then(Value::as_array_mut) {
        kinds.retain(|kind| kind != "null");
        if let [only] = kinds.as_slice() {
            schema["type"] = only.clone();
        }
    }
    if let Some(words) = schema.get_mut("enum").and_then(Value::as_array_mut) {
        words.retain(|word| !word.is_null());
    }
    if let Some(choices) = schema.get_mut("anyOf").and_then(Value::as_array_mut) {
        choices.retain(|choice| choice["type"] != "null");
    }
    if let Some(schema) = schema.as_object_mut() {
        // That of serde, for what is left out.
        schema.retain(|name, value| name != "default" || !value.is_null());
    }
}

fn request_body(body: Body, schemas: &mut Schemas) -> Value {
    let schema = schemas.of_body(body.schema);
    let [json, yaml, ..] = MEDIA_TYPES;
    json!({
        "required": body.is_required,
        "content": { json: { "schema": schema }, yaml: { "schema": schema } },
    })
}

/// By status: the route's own, then those by rule.
fn responses(route: &Route, template: &Template, schemas: &mut Schemas) -> Object {
    let mut responses = Object::new();
    for answer in &route.answers {
        add(&mut responses, answer, schemas);
    }
    for (status, reference) in problems::of_route(route, template) {
        responses.entry(status).or_insert(reference);
    }
    responses.sort_keys();
    responses
}

/// An answer; a further one of its status adds a media type.
fn add(responses: &mut Object, answer: &Answer, schemas: &mut Schemas) {
    let response = responses
        .entry(answer.status.to_string())
        .or_insert_with(|| json!({ "description": described(answer) }));
    let (media_type, content) = match answer.content {
        Content::Empty => return,
        Content::Json(schema) => (JSON, json!({ "schema": schemas.of_answer(schema) })),
        Content::Media(media_type) => (media_type, contents(media_type)),
        Content::Problem => {
            let mut problem = problems::response("", schemas);
            (PROBLEM_JSON, problem["content"][PROBLEM_JSON].take())
        }
        Content::ProblemWith(schema) => {
            let schema = schemas.of_answer(schema);
            (PROBLEM_JSON, json!({ "schema": schema }))
        }
    };
    response["content"][media_type] = content;
    if answer.status == 201 {
        let location = json!({
            "description": "Where it lives.",
            "schema": { "type": "string", "format": "uri-reference" },
        });
        response["headers"] = json!({ "Location": location });
    }
}

fn described(answer: &Answer) -> &'static str {
    if answer.description.is_empty() {
        problems::phrase(answer.status)
    } else {
        answer.description
    }
}

/// Contents that have no schema but are, mostly, text.
fn contents(media_type: &str) -> Value {
    let is_text = media_type.starts_with("text/") || media_type.ends_with("pem-file");
    if is_text {
        json!({ "schema": { "type": "string" } })
    } else {
        json!({})
    }
}
