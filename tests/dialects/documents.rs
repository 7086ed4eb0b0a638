//! The `OpenAPI` documents of an emulator's banks, and answers held against them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use aspsp_emulator::Emulator;
use jsonschema::Validator;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};

use crate::schemas::validation::{compiled, faults};

/// An answer, and what it answers.
#[derive(Clone, Copy)]
pub struct Received<'a> {
    pub method: &'a str,
    pub url: &'a str,
    pub status: u16,
    pub headers: &'a HeaderMap,
    pub body: &'a [u8],
}

/// The documents of an emulator's banks; none documents nothing, and nothing is held against it.
#[derive(Default)]
pub struct Documents(Vec<Document>);

impl Documents {
    pub fn of(emulator: &Emulator, banks: &[String]) -> Self {
        let documents = banks.iter().map(|bank| emulator.openapi(bank).unwrap());
        Self(documents.map(Document::new).collect())
    }

    /// What is wrong with the claims of a registration request, by the document of the bank at `url`.
    pub fn claim_faults(&self, url: &str, claims: &Value) -> Vec<String> {
        let path = path(url);
        let mut documents = self.0.iter();
        let document = documents
            .find(|document| document.base_path == path)
            .unwrap();
        let schema = document.validator("/components/schemas/RegistrationRequest");
        faults(&schema, claims)
    }

    /// The bank that the URL lies under documents this answer.
    pub fn assert_documented(&self, answer: Received<'_>) {
        let path = path(answer.url);
        let found = self.0.iter().find_map(|document| {
            let rest = path.strip_prefix(&document.base_path)?;
            (rest.is_empty() || rest.starts_with('/')).then_some((document, rest))
        });
        let Some((document, rest)) = found else {
            return;
        };
        let wrong = document.faults(&answer, rest);
        assert!(
            wrong.is_empty(),
            "{} {} {} {}: {wrong:#?}",
            answer.method,
            answer.url,
            answer.status,
            String::from_utf8_lossy(answer.body)
        );
    }
}

/// The path of a URL.
fn path(url: &str) -> String {
    url::Url::parse(url).unwrap().path().to_owned()
}

/// One bank's document.
pub struct Document {
    pub value: Value,
    /// Path of its server.
    base_path: String,
    /// Validators by the place of their schema.
    validators: Mutex<HashMap<String, Arc<Validator>>>,
}

impl Document {
    pub fn new(value: Value) -> Self {
        let server = value["servers"][0]["url"].as_str().unwrap();
        Self {
            base_path: path(server),
            value,
            validators: Mutex::default(),
        }
    }

    /// The validator of the schema at a place of the document.
    pub fn validator(&self, place: &str) -> Arc<Validator> {
        let mut validators = self.validators.lock().unwrap();
        let made = validators.entry(place.to_owned()).or_insert_with(|| {
            let schema = json!({
                // A pointer in a URI fragment (RFC 6901 §6).
                "$ref": format!("#{place}").replace('{', "%7B").replace('}', "%7D"),
                "paths": self.value["paths"],
                "components": self.value["components"],
            });
            Arc::new(compiled(&schema))
        });
        Arc::clone(made)
    }

    /// What is wrong with an answer to a path below the base path; nothing if it is as documented.
    pub fn faults(&self, answer: &Received<'_>, path: &str) -> Vec<String> {
        let place = self.response(answer, path);
        let Some(response) = self.value.pointer(&place) else {
            return vec![format!("the document has no {place}")];
        };
        let mut wrong = self.header_faults(response, answer.headers);
        let content = response.get("content").and_then(Value::as_object);
        if answer.body.is_empty() {
            let may_be_empty = content.is_none() || response["x-may-be-empty"] == true;
            if !may_be_empty {
                wrong.push("no body".to_owned());
            }
            return wrong;
        }
        let media_type = answer.headers.get("content-type");
        let media_type = media_type.map_or("", |value| value.to_str().unwrap());
        if content.is_none_or(|content| !content.contains_key(media_type)) {
            wrong.push(format!("a body of media type {media_type:?}"));
            return wrong;
        }
        let body = match serde_json::from_slice(answer.body) {
            Ok(body) if media_type == "application/json" => body,
            _ => Value::from(String::from_utf8_lossy(answer.body)),
        };
        let media_type = escaped(media_type);
        let schema = self.validator(&format!("{place}/content/{media_type}/schema"));
        wrong.extend(faults(&schema, &body));
        wrong
    }

    /// Where the document has the response that this answer must be.
    fn response(&self, answer: &Received<'_>, path: &str) -> String {
        let paths = self.value["paths"].as_object().unwrap();
        let Some(form) = paths.keys().find(|form| is_of_form(path, form)) else {
            return "/components/responses/RouteUnknown".to_owned();
        };
        let method = answer.method.to_ascii_lowercase();
        if paths[form].get(&method).is_none() {
            return "/components/responses/MethodNotOffered".to_owned();
        }
        format!(
            "/paths/{}/{method}/responses/{}",
            escaped(form),
            answer.status
        )
    }

    fn header_faults(&self, response: &Value, headers: &HeaderMap) -> Vec<String> {
        let mut wrong = Vec::new();
        let documented = response["headers"].as_object().unwrap();
        for (name, header) in documented {
            let header = match header["$ref"].as_str() {
                Some(place) => self.value.pointer(&place[1..]).unwrap(),
                None => header,
            };
            match headers.get(name) {
                None if header["required"] == true => wrong.push(format!("no {name}")),
                None => {}
                Some(value) => {
                    let value = Value::from(value.to_str().unwrap());
                    wrong.extend(faults(&compiled(&header["schema"]), &value));
                }
            }
        }
        for name in ["www-authenticate", "allow", "retry-after"] {
            if headers.contains_key(name) && !documented.contains_key(name) {
                wrong.push(format!("{name}, which is not documented"));
            }
        }
        wrong
    }
}

/// Whether a path has these segments; `{…}` stands for any one.
fn is_of_form(path: &str, form: &str) -> bool {
    let (path, form): (Vec<&str>, Vec<&str>) =
        (path.split('/').collect(), form.split('/').collect());
    let is_met = |(segment, part): (&&str, &&str)| {
        segment == part || (part.starts_with('{') && !segment.is_empty())
    };
    path.len() == form.len() && path.iter().zip(&form).all(is_met)
}

/// A name as a JSON pointer has it (RFC 6901 §3).
fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}
