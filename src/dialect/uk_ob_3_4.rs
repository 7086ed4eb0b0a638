//! UK Open Banking Dynamic Client Registration 3.4: version 3.3 with `native` for `mobile`, the
//! grant `jwt-bearer`, and longer distinguished names that begin with their CN.

use crate::dialect::claims::{Claim, Shape, claim};
use crate::dialect::{Dialect, Values, uk_ob_3_3};

/// The rules of version 3.4.
pub const DIALECT: Dialect = Dialect {
    id: "uk-ob-3.4",
    base_path: "/uk-ob-3.4",
    claims: &[
        uk_ob_3_3::DIALECT.claims[0],
        uk_ob_3_3::DIALECT.claims[1],
        SUBJECT_DN,
        uk_ob_3_3::DIALECT.claims[3],
    ],
    values: Values {
        grant_types: &[
            "client_credentials",
            "authorization_code",
            "refresh_token",
            "urn:openid:params:grant-type:ciba",
            "urn:ietf:params:oauth:grant-type:jwt-bearer",
        ],
        application_types: &["web", "native"],
        ..uk_ob_3_3::DIALECT.values
    },
    ..uk_ob_3_3::DIALECT
};

const SUBJECT_DN: &[Claim] =
    &[claim("tls_client_auth_subject_dn", Shape::Text(512)).strictly(Shape::NameFromCn(512))];
