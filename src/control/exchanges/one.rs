//! One exchange, in every form.

use std::sync::Arc;

use warp::http::StatusCode;
use warp::reply::Response;

use super::filter::Shown;
use super::{JSON, TEXT, YAML};
use crate::control::Control;
use crate::control::ask::Ask;
use crate::control::problem::Problem;
use crate::control::reply;
use crate::document::tree;
use crate::journal::{self, CurlFiles, Exchange, ExchangeView, Masking, StoryView};
use crate::world::World;

pub async fn one(control: Arc<Control>, ask: Ask) -> Result<Response, Problem> {
    let (exchange, masking) = asked(&control, &ask)?;
    Ok(reply::json(&ExchangeView::new(&exchange, masking)))
}

pub async fn delete(control: Arc<Control>, ask: Ask) -> Result<Response, Problem> {
    let world = control.world(&ask)?;
    let exchange = find(&world, ask.param("exchange"))?;
    world.journal.remove(exchange.id);
    Ok(reply::no_content())
}

pub async fn curl(control: Arc<Control>, ask: Ask) -> Result<Response, Problem> {
    let (exchange, masking) = asked(&control, &ask)?;
    let command =
        journal::curl(&exchange, &files(&control, &exchange), masking).ok_or_else(|| {
            let way_out = format!(
                "GET {}/exchanges/{}/scenario repeats the failure",
                ask.root(),
                exchange.id
            );
            Problem::conflict("the TLS handshake failed, so there is no request to repeat")
                .with_way_out(&way_out)
        })?;
    Ok(reply::contents(TEXT, command))
}

pub async fn explain(control: Arc<Control>, ask: Ask) -> Result<Response, Problem> {
    let (exchange, masking) = asked(&control, &ask)?;
    if ask.prefers(JSON, "text/plain") {
        return Ok(reply::json(&StoryView::new(&exchange, masking)));
    }
    Ok(reply::contents(TEXT, journal::story(&exchange, masking)))
}

pub async fn scenario(control: Arc<Control>, ask: Ask) -> Result<Response, Problem> {
    let (exchange, masking) = asked(&control, &ask)?;
    if !journal::has_scenario(&exchange) {
        let limit = exchange.refused_by.unwrap_or_default();
        let detail = format!(
            "`{limit}` answered before any rule was asked, so no scenario can repeat it; send such a request again instead"
        );
        return Err(Problem::conflict(detail));
    }
    let text = journal::scenario_of(&exchange, masking);
    Ok(reply::contents(YAML, text))
}

/// The files of the kit, as far as the exchange's caller has them there.
fn files(control: &Control, exchange: &Exchange) -> CurlFiles {
    let Some(kit) = &control.kit else {
        return CurlFiles::default();
    };
    let certificate = exchange
        .tls
        .as_ref()
        .and_then(|tls| tls.certificate.as_ref());
    CurlFiles {
        authority: Some(kit.authority_path()),
        transport: certificate.and_then(|certificate| kit.transport_paths(certificate)),
    }
}

fn asked(control: &Control, ask: &Ask) -> Result<(Arc<Exchange>, Masking), Problem> {
    let world = control.world(ask)?;
    let exchange = find(&world, ask.param("exchange"))?;
    let shown: Shown = ask.query()?;
    Ok((exchange, shown.masking()))
}

/// The exchange with this id.
///
/// # Errors
/// 404 with what the journal keeps.
fn find(world: &World, id: &str) -> Result<Arc<Exchange>, Problem> {
    let found = id.parse().ok().and_then(|id| world.journal.exchange(id));
    found.ok_or_else(|| {
        let kept = world.journal.after(0);
        let allowed = match (kept.first(), kept.last()) {
            (Some(first), Some(last)) => {
                let (first, last) = (first.id, last.id);
                let gone = match last - first + 1 - kept.len() as u64 {
                    0 => "",
                    _ => "; some of them were deleted",
                };
                format!("one that is kept, from {first} to {last}{gone}")
            }
            _ => "none: the journal is empty".to_owned(),
        };
        let found = format!("`{}`", tree::shown(id));
        Problem::of_field(StatusCode::NOT_FOUND, "exchange", found, allowed)
    })
}
