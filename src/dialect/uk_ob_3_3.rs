//! UK Open Banking Dynamic Client Registration 3.3.
//!
//! Where its documents disagree with each other: RS256 is refused although the schema lists it
//! (FAPI 1.0 Advanced §8.6 forbids it), a distinguished name may have 512 characters although the
//! schema says 128, and `aud` need only be there, since banks want different things in it.

use crate::dialect::claims::{Claim, Shape};
use crate::dialect::{Dialect, Operation, Values, uk_ob};
use crate::domain::client::AuthMethod;
use crate::domain::jws::Algorithm;

/// The rules of version 3.3.
pub static DIALECT: Dialect = Dialect {
    id: "uk-ob-3.3",
    base_path: "/uk-ob-3.3",
    collection: "register",
    operations: &[
        Operation::Register,
        Operation::Read,
        Operation::Update,
        Operation::Delete,
    ],
    request_media_type: "application/jose",
    accepted_media_types: &["application/jose", "application/jwt"],
    claims: CLAIMS,
    values: Values {
        auth_methods: &AuthMethod::ALL,
        grant_types: &[
            "client_credentials",
            "authorization_code",
            "refresh_token",
            "urn:openid:params:grant-type:ciba",
        ],
        response_types: &["code", "code id_token"],
        application_types: &["web", "mobile"],
        signing_algs: &[Algorithm::Ps256, Algorithm::Es256],
        scopes: uk_ob::SCOPES,
        ciba_modes: &["poll", "ping", "push"],
    },
    checks: uk_ob::checks,
    registration: uk_ob::registration,
    client_information: uk_ob::client_information,
    request_claims: uk_ob::request_claims,
    refusal: uk_ob::refusal,
    discovery: uk_ob::discovery,
};

const fn claim(name: &'static str, shape: Shape) -> Claim {
    Claim {
        name,
        shape,
        echoed: true,
    }
}

/// A claim that is judged, and then the server's own or answered from elsewhere.
const fn unechoed(name: &'static str, shape: Shape) -> Claim {
    Claim {
        name,
        shape,
        echoed: false,
    }
}

const CLAIMS: &[Claim] = &[
    unechoed("iss", Shape::Base62(22)),
    unechoed("client_id", Shape::Text(36)),
    unechoed("client_secret", Shape::Text(36)),
    unechoed("client_id_issued_at", Shape::Integer(0)),
    unechoed("client_secret_expires_at", Shape::Integer(0)),
    claim("redirect_uris", Shape::Texts(256)),
    claim("token_endpoint_auth_method", Shape::Text(60)),
    claim("token_endpoint_auth_signing_alg", Shape::Text(60)),
    claim("grant_types", Shape::Texts(60)),
    claim("response_types", Shape::Texts(60)),
    claim("software_id", Shape::Text(255)),
    claim("scope", Shape::Text(256)),
    claim("software_statement", Shape::Text(usize::MAX)),
    claim("application_type", Shape::Text(60)),
    claim("id_token_signed_response_alg", Shape::Text(60)),
    claim("request_object_signing_alg", Shape::Text(60)),
    claim("tls_client_auth_subject_dn", Shape::Text(512)),
    claim("backchannel_token_delivery_mode", Shape::Text(8)),
    claim("backchannel_client_notification_endpoint", Shape::Text(256)),
    claim(
        "backchannel_authentication_request_signing_alg",
        Shape::Text(60),
    ),
    claim("backchannel_user_code_parameter_supported", Shape::Boolean),
];
