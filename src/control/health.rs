//! `GET /health` and `GET /ready`: 200 while the emulator answers.
//!
//! The control listener is opened once everything else is in place, so the two agree.

use serde_json::json;
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::http::Method;
use warp::reply::{Reply, Response};

use crate::control::problem;

/// Both routes.
pub fn routes() -> BoxedFilter<(Response,)> {
    warp::path!("health")
        .or(warp::path!("ready"))
        .unify()
        .and(warp::method())
        .map(|method: Method| match method {
            Method::GET | Method::HEAD => {
                warp::reply::json(&json!({"status": "ok"})).into_response()
            }
            _ => problem::only_readable(),
        })
        .boxed()
}
