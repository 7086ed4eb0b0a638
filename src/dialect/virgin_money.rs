//! Virgin Money's registration as first published: version 3.1 at a base path of its own, POST and
//! DELETE only, redirect URIs required, the subject of the certificate in every answer.

use crate::dialect::policy::{Policy, RedirectsDefault, Strictness};
use crate::dialect::route::{delete, register};
use crate::dialect::{Dialect, uk_ob_3_1};

/// The rules of Virgin Money.
pub const DIALECT: Dialect = Dialect {
    id: "virgin-money",
    base_path: "/vmpsd2-psd2prod/psd2-production",
    routes: &[register("register"), delete("register/{ClientId}")],
    policy,
    ..uk_ob_3_1::DIALECT
};

fn policy(dialect: &Dialect, strictness: Strictness) -> Policy {
    Policy {
        redirects_default: RedirectsDefault::Reject,
        ..uk_ob_3_1::policy(dialect, strictness)
    }
}
