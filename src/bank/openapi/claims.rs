//! JSON Schemas of requests and answers, from a dialect's claim table.

use serde_json::{Value, json};

use crate::bank::Bank;
use crate::dialect::claims::{Claim, Origin, Shape};
use crate::dialect::client_information::SERVER_OWNED;
use crate::dialect::policy::{
    DnClaim, ManagementToken, RedirectsDefault, ScopeDefault, ScopeType, UnknownGrant,
};
use crate::domain::client::AuthMethod;
use crate::domain::json::Object;
use crate::domain::jws::Algorithm;

/// Members of the answer that are there for every client (RFC 7591 §3.2.1).
const ALWAYS: [&str; 2] = ["client_id", "client_id_issued_at"];
/// Those that come with a registration access token (RFC 7592 §3).
const MANAGING: [&str; 2] = ["registration_client_uri", "registration_access_token"];

impl Bank {
    /// The claims that a registration request may have.
    pub(super) fn request_claims_schema(&self) -> Value {
        let mut properties = Object::new();
        for claim in self.dialect().all_claims() {
            let shape = claim.shape_at(self.rules.strictness);
            let either = self.rules.policy.scope_type == ScopeType::Either;
            let schema = if claim.name == "scope" && either {
                let types = [Shape::Texts(usize::MAX), Shape::Text(usize::MAX)];
                json!({ "anyOf": types.map(|shape| self.limited(claim, shape, true)) })
            } else {
                self.limited(claim, shape, true)
            };
            properties.insert(claim.name.to_owned(), schema);
        }
        json!({
            "type": "object",
            "properties": properties,
            "required": names(self.dialect().all_claims().filter(|claim| self.is_needed(claim))),
        })
    }

    /// Whether a request must have the claim: the published schema wants it, and the bank puts
    /// nothing in its place.
    fn is_needed(&self, claim: &Claim) -> bool {
        let policy = &self.rules.policy;
        let is_filled = match claim.name {
            "scope" => policy.scope_default == ScopeDefault::Roles,
            "redirect_uris" => policy.redirects_default == RedirectsDefault::Statement,
            name if self.dialect().dn_claims.contains(&name) => {
                policy.dn_claim == DnClaim::WhenNeeded
            }
            _ => !matches!(claim.origin, Origin::Nowhere),
        };
        claim.required && !is_filled
    }

    /// The client information response.
    pub(super) fn client_schema(&self) -> Value {
        let policy = &self.rules.policy;
        let has_token = policy.management_token != ManagementToken::Ccg;
        let mut properties = Object::new();
        for name in SERVER_OWNED {
            if has_token || !MANAGING.contains(&name) {
                properties.insert(name.to_owned(), self.server_owned(name));
            }
        }
        // The JWT claims are repeated as they came; those of the statement have no table.
        for claim in self.dialect().all_claims() {
            let is_taken = SERVER_OWNED.contains(&claim.name);
            if !is_taken && (claim.echoed || policy.echo_jwt_claims) {
                let schema = self.limited(claim, claim.shape, false);
                properties.insert(claim.name.to_owned(), schema);
            }
        }
        let is_kept =
            |claim: &&Claim| claim.name != "software_statement" || policy.echo_software_statement;
        let echoed = self.dialect().all_claims().filter(|claim| claim.echoed);
        let mut required = ALWAYS.to_vec();
        if policy.management_token == ManagementToken::Rat {
            required.extend(MANAGING);
        }
        required.extend(names(echoed.filter(|it| it.required).filter(is_kept)));
        json!({
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": policy.echo_ssa,
        })
    }

    fn server_owned(&self, name: &str) -> Value {
        match self.dialect().claim(name) {
            Some(claim) => schema(claim.shape),
            None => schema(Shape::Text(usize::MAX)),
        }
    }

    /// The schema of a claim with the values that this bank takes.
    fn limited(&self, claim: &Claim, shape: Shape, is_request: bool) -> Value {
        let mut schema = schema(shape);
        let Some(values) = self.values(claim.name) else {
            return schema;
        };
        let is_dropped = self.rules.policy.unknown_grant == UnknownGrant::Drop;
        match shape {
            Shape::Texts(_) if is_request && claim.name == "grant_types" && is_dropped => {
                schema["contains"] = json!({ "enum": values });
            }
            Shape::Texts(_) => schema["items"]["enum"] = json!(values),
            // One text with spaces between.
            _ if claim.name == "scope" => {
                schema["description"] = format!("Some of: {}", values.join(" ")).into();
            }
            _ => schema["enum"] = json!(values),
        }
        schema
    }

    /// The values of a claim that is one of a list, or a list of them.
    fn values(&self, claim: &str) -> Option<Vec<String>> {
        let (values, policy) = (&self.dialect().values, &self.rules.policy);
        let owned = |words: &[&str]| words.iter().map(ToString::to_string).collect();
        let algorithms = |more: &[Algorithm]| {
            let all = policy.allowed_algs.iter().chain(more);
            all.map(|alg| alg.as_str().to_owned()).collect()
        };
        Some(match claim {
            "grant_types" => owned(values.grant_types),
            "response_types" => owned(values.response_types),
            "application_type" => policy.application_types.clone(),
            "backchannel_token_delivery_mode" => owned(values.ciba_modes),
            "scope" => values
                .scopes
                .iter()
                .map(|(value, _)| (*value).to_owned())
                .collect(),
            "token_endpoint_auth_signing_alg"
                if policy.auth_methods.contains(&AuthMethod::ClientSecretJwt) =>
            {
                algorithms(&[Algorithm::Hs256])
            }
            name if name.ends_with("_endpoint_auth_method") => {
                let methods = policy.auth_methods.iter();
                methods.map(ToString::to_string).collect()
            }
            name if name.ends_with("_signing_alg") || name.ends_with("_signed_response_alg") => {
                algorithms(&[])
            }
            _ => return None,
        })
    }
}

fn names<'a>(claims: impl Iterator<Item = &'a Claim>) -> Vec<&'static str> {
    claims.map(|claim| claim.name).collect()
}

/// The schema of a claim's type and limits.
pub(super) fn schema(shape: Shape) -> Value {
    match shape {
        Shape::Text(usize::MAX) => json!({ "type": "string", "minLength": 1 }),
        Shape::Text(max) => json!({ "type": "string", "minLength": 1, "maxLength": max }),
        Shape::Base62(max) => {
            json!({ "type": "string", "pattern": format!("^[0-9A-Za-z]{{1,{max}}}$") })
        }
        Shape::NameFromCn(max) => json!({
            "type": "string",
            "maxLength": max,
            "pattern": r"^[Cc][Nn]=[^,]+(,[^,\s]+=[^,]+)*$",
        }),
        Shape::PlainTexts => {
            json!({ "type": "array", "items": { "type": "string", "pattern": "^[^<>]*$" } })
        }
        Shape::Integer(i64::MIN) => json!({ "type": "integer" }),
        Shape::Integer(min) => json!({ "type": "integer", "minimum": min }),
        Shape::Boolean => json!({ "type": "boolean" }),
        Shape::Texts(max) => json!({ "type": "array", "items": schema(Shape::Text(max)) }),
        Shape::Either(one, other) => json!({ "anyOf": [schema(*one), schema(*other)] }),
    }
}
