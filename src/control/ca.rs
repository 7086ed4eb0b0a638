//! `GET /ca.pem`: root and issuing CA, PEM. `GET /ca.crl`: the issuing CA's revocation list, PEM.

use std::sync::Arc;

use warp::reply::Response;

use crate::clock::Clock;
use crate::control::Control;
use crate::control::ask::Ask;
use crate::control::problem::Problem;
use crate::control::reply;
use crate::control::route::Route;

const PEM: &str = "application/x-pem-file";

/// Both routes.
pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/ca.pem", "ca", ca)
            .summary("The test authority")
            .answers_with(200, PEM, "Root and issuing CA."),
        Route::get("/ca.crl", "revocation_list", revocation_list)
            .summary("What the authority has revoked")
            .answers_with(200, PEM, "The issuing CA's certificate revocation list.")
            .fails(500, "The list could not be signed."),
    ]
}

async fn ca(control: Arc<Control>, _: Ask) -> Result<Response, Problem> {
    Ok(reply::contents(
        PEM,
        control.worlds.default_world().authority.ca_pem(),
    ))
}

async fn revocation_list(control: Arc<Control>, _: Ask) -> Result<Response, Problem> {
    let list = control
        .worlds
        .default_world()
        .authority
        .crl_pem(Clock::system().now());
    let list = list.map_err(|error| Problem::internal("signing the revocation list", &error))?;
    Ok(reply::contents(PEM, list))
}
