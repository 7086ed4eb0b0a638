//! Which requests the endpoints of banks take.

use std::future::ready;
use std::sync::Arc;

use warp::Filter;
use warp::filters::BoxedFilter;

use crate::dialect::Operation;
use crate::http::call::Asked;
use crate::http::reply::Asker;

/// Takes a request whole, whatever it is aimed at.
pub fn asked() -> BoxedFilter<(Arc<Asked>,)> {
    warp::ext::get::<Arc<Asked>>().boxed()
}

/// Takes the requests that ask a bank for one of these operations.
pub fn asked_for(operations: &'static [Operation]) -> BoxedFilter<(Asker,)> {
    asked()
        .and_then(move |asked: Arc<Asked>| {
            let asker = Asker::new(&asked);
            let asker = asker.filter(|asker| operations.contains(&asker.call.operation));
            ready(asker.ok_or_else(warp::reject::not_found))
        })
        .boxed()
}
