//! One route: what it takes, what it answers, and the handler. See the example of [`super`].

use std::fmt;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use warp::http::Method;
use warp::reply::Response;

use crate::control::Control;
use crate::control::ask::Ask;
use crate::control::problem::Problem;

/// What answers a request.
pub type Handler = dyn Fn(Arc<Control>, Ask) -> Answering + Send + Sync;

/// An answer on its way.
pub type Answering = BoxFuture<'static, Result<Response, Problem>>;

/// Makes the schema of a type.
pub type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

/// One row of the table.
#[derive(Clone)]
pub struct Route {
    /// Its method. Where it is GET, HEAD is answered too.
    pub method: Method,
    /// Its path, such as `{w}/banks/{id}`: `{w}` stands for `/api` and `/api/worlds/{world}`, a
    /// name in braces for one word of the path.
    pub path: &'static str,
    /// Its name for generated clients, unique in the table.
    pub operation_id: &'static str,
    /// What it does, in a line.
    pub summary: &'static str,
    /// What else is to know; Markdown.
    pub description: &'static str,
    /// The names in its path, with what they are.
    pub params: Vec<(&'static str, &'static str)>,
    /// The form of those that are no free texts, as regular expressions.
    pub patterns: Vec<(&'static str, &'static str)>,
    /// The members of its query; without, there may be none.
    pub query: Option<SchemaOf>,
    /// Its body; without, there may be none.
    pub body: Option<Body>,
    /// The longest body that it takes, in bytes, where that is longer than usual.
    pub largest_body: Option<usize>,
    /// Whether no cache may keep its answers.
    pub is_unstored: bool,
    /// Its answers, but for those that follow from the rules of all routes.
    pub answers: Vec<Answer>,
    /// What answers it.
    pub handler: Arc<Handler>,
}

/// The body of a request.
#[derive(Debug, Clone, Copy)]
pub struct Body {
    /// Its schema.
    pub schema: SchemaOf,
    /// Whether there must be one.
    pub is_required: bool,
}

/// One answer. Several of one status are one status with several media types.
#[derive(Debug, Clone, Copy)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// What it says.
    pub content: Content,
    /// When it comes.
    pub description: &'static str,
}

/// What an answer holds.
#[derive(Debug, Clone, Copy)]
pub enum Content {
    /// Nothing.
    Empty,
    /// JSON of this schema.
    Json(SchemaOf),
    /// Contents of this media type.
    Media(&'static str),
    /// A problem document.
    Problem,
    /// A problem document with further members, of this schema.
    ProblemWith(SchemaOf),
}

impl Route {
    /// A route that reads. Its handler is `async fn(Arc<Control>, Ask) -> Result<Response, Problem>`.
    pub fn get<Answered>(
        path: &'static str,
        operation_id: &'static str,
        handler: impl Fn(Arc<Control>, Ask) -> Answered + Send + Sync + 'static,
    ) -> Self
    where
        Answered: Future<Output = Result<Response, Problem>> + Send + 'static,
    {
        Self::new(Method::GET, path, operation_id, handler)
    }

    /// A route of any method.
    pub fn new<Answered>(
        method: Method,
        path: &'static str,
        operation_id: &'static str,
        handler: impl Fn(Arc<Control>, Ask) -> Answered + Send + Sync + 'static,
    ) -> Self
    where
        Answered: Future<Output = Result<Response, Problem>> + Send + 'static,
    {
        Self {
            method,
            path,
            operation_id,
            summary: "",
            description: "",
            params: Vec::new(),
            patterns: Vec::new(),
            query: None,
            body: None,
            largest_body: None,
            is_unstored: false,
            answers: Vec::new(),
            handler: Arc::new(move |control, ask| handler(control, ask).boxed()),
        }
    }

    /// What it does, in a line without a full stop.
    #[must_use]
    pub fn summary(self, summary: &'static str) -> Self {
        Self { summary, ..self }
    }

    /// What else is to know; Markdown.
    #[must_use]
    pub fn description(self, description: &'static str) -> Self {
        Self {
            description,
            ..self
        }
    }

    /// What a name in the path is. `{world}` needs none.
    #[must_use]
    pub fn param(mut self, name: &'static str, description: &'static str) -> Self {
        self.params.push((name, description));
        self
    }

    /// What form a name in the path must have. The handler sees to it.
    #[must_use]
    pub fn pattern(mut self, name: &'static str, pattern: &'static str) -> Self {
        self.patterns.push((name, pattern));
        self
    }

    /// The members of the query, which the handler reads by [`Ask::query`].
    #[must_use]
    pub fn query<T: JsonSchema>(self) -> Self {
        Self {
            query: Some(T::json_schema),
            ..self
        }
    }

    /// The body that there must be, which the handler reads by [`Ask::body`].
    #[must_use]
    pub fn body<T: JsonSchema>(self) -> Self {
        self.with_body::<T>(true)
    }

    /// The body that there may be, which the handler reads by [`Ask::optional_body`].
    #[must_use]
    pub fn optional_body<T: JsonSchema>(self) -> Self {
        self.with_body::<T>(false)
    }

    /// The longest body that it takes, in bytes, where that is longer than usual; at most what the
    /// listener takes.
    #[must_use]
    pub fn largest_body(self, bytes: usize) -> Self {
        Self {
            largest_body: Some(bytes),
            ..self
        }
    }

    /// No cache may keep its answers, whatever they are.
    #[must_use]
    pub fn unstored(self) -> Self {
        Self {
            is_unstored: true,
            ..self
        }
    }

    fn with_body<T: JsonSchema>(self, is_required: bool) -> Self {
        let body = Body {
            schema: SchemaGenerator::subschema_for::<T>,
            is_required,
        };
        Self {
            body: Some(body),
            ..self
        }
    }

    /// An answer with JSON. 201 comes with a `Location`.
    #[must_use]
    pub fn answers<T: JsonSchema>(self, status: u16, description: &'static str) -> Self {
        let schema = SchemaGenerator::subschema_for::<T>;
        self.with_answer(status, Content::Json(schema), description)
    }

    /// An answer with contents of another media type.
    #[must_use]
    pub fn answers_with(
        self,
        status: u16,
        media_type: &'static str,
        description: &'static str,
    ) -> Self {
        self.with_answer(status, Content::Media(media_type), description)
    }

    /// An answer without contents, such as 204.
    #[must_use]
    pub fn answers_nothing(self, status: u16, description: &'static str) -> Self {
        self.with_answer(status, Content::Empty, description)
    }

    /// A problem that does not follow from the rules of all routes (which give 400, 401, 403, 404,
    /// 405, 413, 414, 415 and 431 where they can be).
    #[must_use]
    pub fn fails(self, status: u16, description: &'static str) -> Self {
        self.with_answer(status, Content::Problem, description)
    }

    /// The same, with a type that has further members.
    #[must_use]
    pub fn fails_with<T: JsonSchema>(self, status: u16, description: &'static str) -> Self {
        let schema = SchemaGenerator::subschema_for::<T>;
        self.with_answer(status, Content::ProblemWith(schema), description)
    }

    fn with_answer(mut self, status: u16, content: Content, description: &'static str) -> Self {
        self.answers.push(Answer {
            status,
            content,
            description,
        });
        self
    }
}

impl fmt::Debug for Route {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Route")
            .field("method", &self.method)
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}
