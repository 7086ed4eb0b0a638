//! `GET {base}/.well-known/openid-configuration`: the discovery document
//! (`OpenID` Connect Discovery §4).

use std::sync::Arc;

use warp::Filter;
use warp::filters::BoxedFilter;
use warp::filters::path::FullPath;
use warp::http::{Method, StatusCode};
use warp::reply::Response;

use crate::bank::Bank;
use crate::domain::urls::{BaseUrls, Urls};
use crate::http::call::base_urls;
use crate::http::{reply, segments};

/// The discovery document, whatever the method.
pub fn routes(bank: &Arc<Bank>, urls: &Arc<Urls>) -> BoxedFilter<(Response,)> {
    let bank = Arc::clone(bank);
    segments(&bank.base_path)
        .and(segments(".well-known/openid-configuration"))
        .and(warp::path::end())
        .and(warp::method())
        .and(warp::path::full())
        .and(base_urls(urls))
        .map(
            move |method: Method, path: FullPath, urls: BaseUrls| match method {
                Method::GET | Method::HEAD => reply::json(StatusCode::OK, &bank.discovery(&urls)),
                _ => reply::method_not_offered(&bank, &method, path.as_str(), &["GET", "HEAD"]),
            },
        )
        .boxed()
}
