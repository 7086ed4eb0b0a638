//! Who is answered by the control listener.

use std::net::IpAddr;
use std::sync::Arc;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use warp::http::header::{AUTHORIZATION, HOST, ORIGIN};
use warp::http::uri::Authority;
use warp::http::{HeaderMap, HeaderValue, StatusCode, Uri};

use crate::config::ControlAccess;
use crate::control::problem::Problem;
use crate::document::tree::shown;
use crate::domain::urls::Urls;

/// What is open to whoever has no token: it is for monitors, and for clients that are to trust the
/// authority.
const OPEN: [&str; 5] = ["/health", "/ready", "/metrics", "/ca.pem", "/ca.crl"];

/// Whether a path needs no token.
pub fn is_open(path: &str) -> bool {
    OPEN.contains(&path)
}

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

    /// Lets a request in, by the name that it calls this machine.
    ///
    /// # Errors
    /// 403 for whoever calls this machine by a name it does not have, or comes from a web page; 401
    /// for whoever lacks the token that there is, where `path` needs it (RFC 6750 §3).
    pub fn admit(&self, path: &str, headers: &HeaderMap) -> Result<Authority, Problem> {
        let host = self.host(headers)?;
        check_origin(headers, &host)?;
        if is_open(path) || self.has_token(headers) {
            Ok(host)
        } else {
            Err(Problem::unauthorized())
        }
    }

    fn has_token(&self, headers: &HeaderMap) -> bool {
        let Some(token) = &self.token else {
            return true;
        };
        let presented = headers
            .get(AUTHORIZATION)
            .and_then(|header| header.to_str().ok())
            .and_then(|header| header.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        presented.is_some_and(|(_, presented)| {
            verify_slices_are_equal(token.as_bytes(), presented.trim().as_bytes()).is_ok()
        })
    }

    fn host(&self, headers: &HeaderMap) -> Result<Authority, Problem> {
        let hosts: Vec<&HeaderValue> = headers.get_all(HOST).iter().collect();
        let host = match hosts[..] {
            [host] => host.to_str().unwrap_or_default(),
            _ => "",
        };
        self.known_host(host).ok_or_else(|| {
            forbidden(format!(
                "the Host header names `{host}`: use localhost, an IP address or a name given with --hostname"
            ))
        })
    }

    /// A host, which may have a port, if it is one of this machine.
    fn known_host(&self, host: &str) -> Option<Authority> {
        // User information would hide the name that was really asked for.
        if host.contains('@') {
            return None;
        }
        let authority: Authority = host.parse().ok()?;
        let name = authority.host();
        let bare = name.trim_start_matches('[').trim_end_matches(']');
        let is_known = bare.parse::<IpAddr>().is_ok() || self.urls.knows(name);
        is_known.then_some(authority)
    }
}

/// A page of another port of this machine is another site's, too.
fn check_origin(headers: &HeaderMap, host: &Authority) -> Result<(), Problem> {
    let mut origins = headers.get_all(ORIGIN).iter();
    if let Some(origin) = origins.find(|origin| !is_own(origin, host)) {
        let found = origin.to_str().unwrap_or_default();
        return Err(forbidden(format!(
            "the Origin header names `{}`: only `{host}` itself may ask, as the Host header names it",
            shown(found)
        )));
    }
    let mut sites = headers.get_all("sec-fetch-site").iter();
    let foreign = sites.find(|site| *site == "cross-site" || *site == "same-site");
    if let Some(site) = foreign.and_then(|site| site.to_str().ok()) {
        return Err(forbidden(format!(
            "the Sec-Fetch-Site header says {site}: only a page of this host and port may ask"
        )));
    }
    Ok(())
}

/// Whether an origin is this host with this port (RFC 6454 §5); a port that is not there is that of
/// the origin's scheme.
fn is_own(origin: &HeaderValue, host: &Authority) -> bool {
    let origin: Option<Uri> = origin.to_str().ok().and_then(|origin| origin.parse().ok());
    let origin = origin.unwrap_or_default();
    let usual = match origin.scheme_str() {
        Some("http") => 80,
        Some("https") => 443,
        _ => return false,
    };
    let port = |authority: &Authority| authority.port_u16().unwrap_or(usual);
    origin.authority().is_some_and(|authority| {
        // User information is no part of an origin.
        !authority.as_str().contains('@')
            && authority.host().eq_ignore_ascii_case(host.host())
            && port(authority) == port(host)
    })
}

fn forbidden(detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::FORBIDDEN, detail)
}
