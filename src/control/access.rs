//! Who is answered by the control listener.

use std::future::ready;
use std::net::IpAddr;
use std::sync::Arc;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::http::header::{HOST, ORIGIN, WWW_AUTHENTICATE};
use warp::http::uri::Authority;
use warp::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use warp::reply::Response;

use crate::config::ControlAccess;
use crate::control::problem;
use crate::domain::urls::Urls;

/// Keeps out whom the settings keep out.
#[derive(Debug, Clone)]
pub struct Guard {
    token: Option<Arc<str>>,
    urls: Arc<Urls>,
}

impl Guard {
    /// A guard for these settings; known host names are those of `urls`.
    pub fn new(access: &ControlAccess, urls: Arc<Urls>) -> Self {
        Self {
            token: access.token.as_deref().map(Arc::from),
            urls,
        }
    }

    /// Answers whoever lacks the token that there is, on every path below `segment`, before any
    /// route does (RFC 6750 §3).
    pub fn token_needed(&self, segment: &'static str) -> BoxedFilter<(Response,)> {
        let guard = self.clone();
        warp::path(segment)
            .and(warp::path::tail())
            .and(warp::header::headers_cloned())
            .and_then(move |_, headers: HeaderMap| {
                ready(if guard.has_token(&headers) {
                    Err(warp::reject::not_found())
                } else {
                    Ok(unauthorized())
                })
            })
            .boxed()
    }

    /// Answers whoever calls this machine by a name it does not have, or comes from a web page,
    /// before any route does.
    pub fn strangers(&self) -> BoxedFilter<(Response,)> {
        let guard = self.clone();
        warp::header::headers_cloned()
            .and_then(move |headers: HeaderMap| {
                ready(match guard.objection(&headers) {
                    Some(objection) => Ok(problem::response(StatusCode::FORBIDDEN, &objection)),
                    None => Err(warp::reject::not_found()),
                })
            })
            .boxed()
    }

    fn has_token(&self, headers: &HeaderMap) -> bool {
        let Some(token) = &self.token else {
            return true;
        };
        let presented = headers
            .get(warp::http::header::AUTHORIZATION)
            .and_then(|header| header.to_str().ok())
            .and_then(|header| header.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        presented.is_some_and(|(_, presented)| {
            verify_slices_are_equal(token.as_bytes(), presented.trim().as_bytes()).is_ok()
        })
    }

    fn objection(&self, headers: &HeaderMap) -> Option<String> {
        let hosts: Vec<&HeaderValue> = headers.get_all(HOST).iter().collect();
        let host = match hosts[..] {
            [host] => host.to_str().unwrap_or_default(),
            _ => "",
        };
        if !self.is_known_host(host) {
            return Some(format!(
                "the Host header names `{host}`: use localhost, an IP address or a name given with --hostname"
            ));
        }
        let is_foreign = |origin: &HeaderValue| {
            let host = origin
                .to_str()
                .ok()
                .and_then(|origin| origin.parse::<Uri>().ok());
            let host = host.as_ref().and_then(Uri::authority).map(Authority::host);
            !host.is_some_and(|host| self.is_known_host(host))
        };
        if headers.get(ORIGIN).is_some_and(is_foreign) {
            return Some("the Origin header names another site".to_owned());
        }
        let is_cross_site = headers
            .get("sec-fetch-site")
            .is_some_and(|site| site == "cross-site");
        is_cross_site.then(|| "the Sec-Fetch-Site header says cross-site".to_owned())
    }

    /// `host` may have a port.
    fn is_known_host(&self, host: &str) -> bool {
        // User information would hide the name that was really asked for.
        !host.contains('@')
            && host.parse::<Authority>().is_ok_and(|authority| {
                let name = authority.host();
                let bare = name.trim_start_matches('[').trim_end_matches(']');
                bare.parse::<IpAddr>().is_ok() || self.urls.knows(name)
            })
    }
}

fn unauthorized() -> Response {
    let mut response = problem::response(
        StatusCode::UNAUTHORIZED,
        "the control token is needed: Authorization: Bearer TOKEN",
    );
    let challenge = HeaderValue::from_static("Bearer realm=\"control\"");
    response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
    response
}
