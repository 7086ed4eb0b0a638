//! `GET /ca.pem`: root and issuing CA, PEM. `GET /ca.crl`: the issuing CA's revocation list, PEM.

use std::sync::Arc;

use certs_gen::Authority;
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::http::header::CONTENT_TYPE;
use warp::http::{HeaderValue, Method, StatusCode};
use warp::reply::{Reply, Response};

use crate::clock::Clock;
use crate::control::problem;

/// Both routes.
pub fn routes(authority: &Arc<Authority>) -> BoxedFilter<(Response,)> {
    let of_ca = Arc::clone(authority);
    let ca = warp::path!("ca.pem")
        .and(warp::method())
        .map(move |method| read(&method, || Ok(of_ca.ca_pem())));
    let of_list = Arc::clone(authority);
    let list = warp::path!("ca.crl")
        .and(warp::method())
        .map(move |method| read(&method, || of_list.crl_pem(Clock::system().now())));
    ca.or(list).unify().boxed()
}

fn read(method: &Method, contents: impl FnOnce() -> Result<String, certs_gen::Error>) -> Response {
    if !matches!(*method, Method::GET | Method::HEAD) {
        return problem::only_readable();
    }
    match contents() {
        Ok(text) => {
            let mut response = text.into_response();
            let media_type = HeaderValue::from_static("application/x-pem-file");
            response.headers_mut().insert(CONTENT_TYPE, media_type);
            response
        }
        Err(error) => {
            tracing::error!(%error, "the revocation list");
            problem::response(
                StatusCode::INTERNAL_SERVER_ERROR,
                "the list could not be signed; the log says why",
            )
        }
    }
}
