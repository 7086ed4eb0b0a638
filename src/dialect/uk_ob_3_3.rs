//! UK Open Banking Dynamic Client Registration 3.3: version 3.2, and client initiated backchannel
//! authentication (CIBA).

use crate::dialect::claims::{Claim, Shape, claim};
use crate::dialect::{Dialect, Values, uk_ob, uk_ob_3_2};

/// The rules of version 3.3.
pub const DIALECT: Dialect = Dialect {
    id: "uk-ob-3.3",
    base_path: "/uk-ob-3.3",
    claims: &[
        uk_ob_3_2::DIALECT.claims[0],
        uk_ob_3_2::DIALECT.claims[1],
        uk_ob_3_2::DIALECT.claims[2],
        CIBA_CLAIMS,
    ],
    values: Values {
        grant_types: &[
            "client_credentials",
            "authorization_code",
            "refresh_token",
            "urn:openid:params:grant-type:ciba",
        ],
        ciba_modes: &["poll", "ping", "push"],
        ..uk_ob_3_2::DIALECT.values
    },
    checks: uk_ob::checks,
    ..uk_ob_3_2::DIALECT
};

const CIBA_CLAIMS: &[Claim] = &[
    claim("backchannel_token_delivery_mode", Shape::Text(8)),
    claim("backchannel_client_notification_endpoint", Shape::Text(256)),
    claim(
        "backchannel_authentication_request_signing_alg",
        Shape::Text(60),
    ),
    claim("backchannel_user_code_parameter_supported", Shape::Boolean),
];
