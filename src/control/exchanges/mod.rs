//! `{w}/exchanges`: what was asked and answered, as it is kept in the world's journal.

mod filter;
mod one;
mod stream;

use std::sync::Arc;

use warp::http::Method;
use warp::reply::Response;

use self::filter::{Filter, Shown};
use crate::control::Control;
use crate::control::ask::Ask;
use crate::control::problem::Problem;
use crate::control::reply::{self, Items};
use crate::control::route::Route;
use crate::journal::{Exchange, ExchangeView, StoryView, har};

const JSON: &str = "application/json";
const TEXT: &str = "text/plain; charset=utf-8";
const YAML: &str = "application/yaml";

const ID: &str = "Id of an exchange.";
const MASKED: &str = "Secrets, tokens and private keys are `***`, unless `secrets=true`.";

/// All of them.
pub fn routes() -> Vec<Route> {
    let routes = of_all().into_iter().chain(of_one());
    // There may be secrets in them, and the next answer may be another one.
    routes.map(Route::unstored).collect()
}

fn of_all() -> Vec<Route> {
    vec![
        Route::get("{w}/exchanges", "exchanges", all)
            .summary("What was asked and answered")
            .description(MASKED)
            .query::<Filter>()
            .answers::<Items<ExchangeView>>(
                200,
                "Those that are kept, oldest first; one whose answer is on its way too.",
            ),
        Route::new(Method::DELETE, "{w}/exchanges", "delete_exchanges", clear)
            .summary("Forgets every exchange")
            .answers_nothing(204, "They are forgotten; ids go on."),
        Route::get("{w}/exchanges.har", "exchanges_har", archive)
            .summary("What was asked and answered, for other tools")
            .description(MASKED)
            .query::<Filter>()
            .answers_with(200, JSON, "An HTTP archive (HAR 1.2)."),
        Route::get("{w}/exchanges/stream", "exchange_stream", stream::stream)
            .summary("Exchanges as they come")
            .description(stream::DESCRIPTION)
            .query::<Filter>()
            .answers_with(200, stream::EVENTS, "Server-sent events without an end."),
    ]
}

fn of_one() -> Vec<Route> {
    vec![
        shown(Route::get("{w}/exchanges/{exchange}", "exchange", one::one))
            .summary("One exchange")
            .answers::<ExchangeView>(200, "The exchange."),
        Route::new(
            Method::DELETE,
            "{w}/exchanges/{exchange}",
            "delete_exchange",
            one::delete,
        )
        .summary("Forgets one exchange")
        .param("exchange", ID)
        .answers_nothing(204, "It is forgotten."),
        shown(Route::get(
            "{w}/exchanges/{exchange}/curl",
            "exchange_curl",
            one::curl,
        ))
        .summary("A shell command that repeats the request")
        .answers_with(
            200,
            TEXT,
            "The command, with the files of the kit where they are the caller's.",
        )
        .fails(409, "It is a handshake that failed, and has no request."),
        shown(Route::get(
            "{w}/exchanges/{exchange}/explain",
            "exchange_explain",
            one::explain,
        ))
        .summary("The whole story of an exchange, and why it came out so")
        .answers_with(200, TEXT, "A page for people.")
        .answers::<StoryView>(200, "A page for people."),
        shown(Route::get(
            "{w}/exchanges/{exchange}/scenario",
            "exchange_scenario",
            one::scenario,
        ))
        .summary("A scenario that repeats the answer")
        .answers_with(200, YAML, "A scenario file.")
        .fails(409, "It was answered before any rule was asked."),
    ]
}

/// What reads one exchange.
fn shown(route: Route) -> Route {
    route
        .description(MASKED)
        .param("exchange", ID)
        .query::<Shown>()
}

async fn all(control: Arc<Control>, ask: Ask) -> Result<Response, Problem> {
    let world = control.world(&ask)?;
    let filter: Filter = ask.query()?;
    let masking = filter.masking();
    let found = world.journal.query(&filter.query());
    let views = found
        .iter()
        .map(|exchange| ExchangeView::new(exchange, masking));
    Ok(reply::items(views.collect()))
}

async fn clear(control: Arc<Control>, ask: Ask) -> Result<Response, Problem> {
    control.world(&ask)?.journal.clear();
    Ok(reply::no_content())
}

async fn archive(control: Arc<Control>, ask: Ask) -> Result<Response, Problem> {
    let world = control.world(&ask)?;
    let filter: Filter = ask.query()?;
    let found: Vec<Arc<Exchange>> = world.journal.query(&filter.query());
    let found = found.iter().map(AsRef::as_ref);
    Ok(reply::json(&har(found, filter.masking())))
}
