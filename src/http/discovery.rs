//! `GET {base}/.well-known/openid-configuration`: the discovery document
//! (`OpenID` Connect Discovery §4).

use std::sync::Arc;

use warp::Filter;
use warp::filters::BoxedFilter;
use warp::http::{Method, StatusCode};
use warp::reply::Response;

use crate::http::call::{Asked, Context, asked};
use crate::http::{reply, segments};

/// The discovery document, whatever the method.
pub fn routes(context: Context) -> BoxedFilter<(Response,)> {
    segments(&context.bank.configured().base_path)
        .and(segments(".well-known/openid-configuration"))
        .and(warp::path::end())
        .and(asked())
        .map(move |asked: Arc<Asked>| {
            let bank = asked.bank(&context);
            match asked.method {
                Method::GET | Method::HEAD => {
                    let urls = asked.urls(&context.urls);
                    reply::json(StatusCode::OK, &bank.discovery(&urls))
                }
                _ => reply::method_not_offered(&bank, &asked.method, &asked.path, &["GET", "HEAD"]),
            }
        })
        .boxed()
}
