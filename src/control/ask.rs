//! What a handler is asked.

use bytes::Bytes;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::Value;
use warp::http::header::ACCEPT;
use warp::http::uri::Authority;
use warp::http::{HeaderMap, Method};

use crate::control::body::{self, Syntax};
use crate::control::problem::Problem;
use crate::control::reading;
use crate::domain::json::{Object, type_name};
use crate::domain::urls::BaseUrls;
use crate::world::World;

/// One request: its parts, and typed ways to read them.
#[derive(Debug, Clone)]
pub struct Ask {
    /// Its method: that of the route, or HEAD where that is GET.
    pub method: Method,
    /// The words of the path, decoded, by the names of the route's template.
    pub params: Vec<(&'static str, String)>,
    /// What stands behind the `?`, as it came.
    pub query: String,
    /// Every header.
    pub headers: HeaderMap,
    /// The name that the caller knows the control listener by, with its port.
    pub host: Authority,
    /// The body, empty where there is none.
    pub body: Bytes,
}

impl Ask {
    /// A word of the path by its name in the template; empty if the template has no such name.
    #[must_use]
    pub fn param(&self, name: &str) -> &str {
        self.optional_param(name).unwrap_or_default()
    }

    /// The same, where the path may be without it.
    #[must_use]
    pub fn optional_param(&self, name: &str) -> Option<&str> {
        let found = self.params.iter().find(|(known, _)| *known == name);
        found.map(|(_, word)| word.as_str())
    }

    /// What `{w}` is in the path: where everything of the world lives.
    #[must_use]
    pub fn root(&self) -> String {
        match self.optional_param("world") {
            Some(world) => format!("/api/worlds/{world}"),
            None => "/api".to_owned(),
        }
    }

    /// The members of the query. `T` is that of [`Route::query`](super::route::Route::query):
    /// numbers and truth values are read from their texts, a list from a name that occurs again.
    ///
    /// # Errors
    /// 400 for a member that is unknown or cannot be, with field, found and allowed.
    pub fn query<T: DeserializeOwned + JsonSchema>(&self) -> Result<T, Problem> {
        let mut members = Object::new();
        for (name, text) in form_urlencoded::parse(self.query.as_bytes()) {
            let text = Value::String(text.into_owned());
            match members.get_mut(name.as_ref()) {
                None => {
                    members.insert(name.into_owned(), text);
                }
                Some(Value::Array(texts)) => texts.push(text),
                Some(one) => *one = Value::Array(vec![one.take(), text]),
            }
        }
        reading::read_texts(&Value::Object(members))
    }

    /// The body. `T` is that of [`Route::body`](super::route::Route::body).
    ///
    /// # Errors
    /// 400 where it is empty, malformed (with line and column) or a member of it cannot be (with
    /// field, found and allowed); 415 where its content type is neither JSON nor YAML.
    pub fn body<T: DeserializeOwned + JsonSchema>(&self) -> Result<T, Problem> {
        let read = self.optional_body()?;
        read.ok_or_else(|| Problem::field("body", "nothing", "a JSON or YAML object"))
    }

    /// The body, where the route takes none just as well.
    ///
    /// # Errors
    /// As [`Ask::body`], but for an empty one.
    pub fn optional_body<T: DeserializeOwned + JsonSchema>(&self) -> Result<Option<T>, Problem> {
        if self.body.is_empty() {
            return Ok(None);
        }
        match body::parse(self.syntax()?, &self.body)? {
            object @ Value::Object(_) => reading::read(&object, "body").map(Some),
            other => {
                let found = format!("a JSON {}", type_name(&other));
                Err(Problem::field("body", found, "an object"))
            }
        }
    }

    /// The body as text, for what has a reader of its own, such as a scenario. That reads YAML, which
    /// includes JSON; what says that it is JSON is.
    ///
    /// # Errors
    /// 400 where it is not UTF-8 or not the JSON that it says it is, 415 where its content type is
    /// neither JSON nor YAML.
    pub fn text(&self) -> Result<&str, Problem> {
        if self.syntax()? == Syntax::Json {
            body::parse(Syntax::Json, &self.body)?;
        }
        str::from_utf8(&self.body)
            .map_err(|_| Problem::field("body", "bytes that are not UTF-8", "a text in UTF-8"))
    }

    /// How the body is written.
    ///
    /// # Errors
    /// 415.
    pub fn syntax(&self) -> Result<Syntax, Problem> {
        Syntax::of(&self.headers)
    }

    /// Whether the caller would rather have `media_type` than the one that is usual here: it names
    /// it, and the usual one not before it.
    #[must_use]
    pub fn prefers(&self, media_type: &str, usual: &str) -> bool {
        let accepted = self.headers.get_all(ACCEPT).iter();
        let accepted = accepted.filter_map(|value| value.to_str().ok());
        let mut names = accepted.flat_map(|value| value.split(',')).map(|range| {
            let name = range.split(';').next().unwrap_or_default();
            name.trim().to_lowercase()
        });
        let first = names.find(|name| name == media_type || name == usual);
        first.is_some_and(|first| first == media_type)
    }

    /// The URLs of a world as this caller knows them.
    #[must_use]
    pub fn urls(&self, world: &World) -> BaseUrls {
        world.urls.for_host(Some(self.host.host()))
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use warp::http::HeaderValue;
    use warp::http::header::CONTENT_TYPE;

    use super::*;

    /// What a test asks for.
    #[derive(Debug, PartialEq, Deserialize, JsonSchema)]
    struct Page {
        after: Option<String>,
        limit: Option<u64>,
    }

    fn ask(query: &str, content_type: &'static str, body: &'static str) -> Ask {
        let mut headers = HeaderMap::new();
        if !content_type.is_empty() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        }
        Ask {
            method: Method::PUT,
            params: vec![("id", "a b".to_owned())],
            query: query.to_owned(),
            headers,
            host: Authority::from_static("localhost:8445"),
            body: Bytes::from_static(body.as_bytes()),
        }
    }

    #[test]
    fn a_word_of_the_path_is_read_by_its_name() {
        let ask = ask("", "", "");
        assert_eq!(ask.param("id"), "a b");
        assert_eq!(ask.optional_param("world"), None);
    }

    #[test]
    fn a_query_is_decoded_and_typed() {
        let page: Page = ask("after=a%26b+c&limit=2", "", "").query().unwrap();
        let expected = Page {
            after: Some("a&b c".to_owned()),
            limit: Some(2),
        };
        assert_eq!(page, expected);
        for query in ["limit=x", "limit=1&limit=2", "offset=1", "limit"] {
            let problem = ask(query, "", "").query::<Page>().unwrap_err();
            assert_eq!(problem.status().as_u16(), 400, "{query}");
        }
    }

    #[test]
    fn a_body_is_json_or_yaml_as_its_content_type_says() {
        for (content_type, body) in [
            ("application/json", "{\"limit\": 2}"),
            ("application/json; charset=utf-8", "{\"limit\": 2}"),
            ("application/yaml", "limit: 2"),
            ("text/yaml", "{limit: 2}"),
        ] {
            let page: Page = ask("", content_type, body).body().unwrap();
            assert_eq!(page.limit, Some(2), "{content_type}");
        }
        for (content_type, body, status) in [
            ("application/json", "limit: 2", 400),
            ("application/json", "[null, 2]", 400),
            ("application/yaml", "- 2", 400),
            ("application/yaml", "limit: .inf", 400),
            ("application/json", "", 400),
            ("text/plain", "{}", 415),
            ("", "{}", 415),
        ] {
            let problem = ask("", content_type, body).body::<Page>().unwrap_err();
            assert_eq!(problem.status().as_u16(), status, "{content_type} {body}");
        }
        let none = ask("", "", "").optional_body::<Page>().unwrap();
        assert_eq!(none, None);
    }

    #[test]
    fn the_media_type_named_first_is_preferred() {
        for (accept, expected) in [
            ("application/json", true),
            ("application/json;q=0.9, text/plain", true),
            ("text/plain, application/json", false),
            ("*/*", false),
        ] {
            let mut ask = ask("", "", "");
            ask.headers.insert(ACCEPT, HeaderValue::from_static(accept));
            let found = ask.prefers("application/json", "text/plain");
            assert_eq!(found, expected, "{accept}");
        }
    }
}
