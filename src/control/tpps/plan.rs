//! What a TPP shall be, as a caller says it.

use certs_gen::Kind;
use schemars::{JsonSchema, Schema};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::control::problem::Problem;
use crate::control::tpps::check_lists;
use crate::control::tpps::keys::{self, CSR_PATTERN, key_set_schema};
use crate::control::tpps::words::{FlawWord, KindWord};
use crate::directory::plan::TppPlan;
use crate::domain::ecosystem::{Ecosystem, is_for_transport};
use crate::domain::ids::{MalformedId, OrgId, SoftwareId};
use crate::domain::json::Object;
use crate::domain::redirect_uri::RedirectUri;
use crate::domain::role::Role;

/// A TPP to be made; whatever is left out is invented from the world's seed.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewTpp", transform = by_ecosystem)]
pub struct TppBody {
    /// Its directory; left out, `uk`.
    ecosystem: Option<Ecosystem>,
    /// Its software's id: 1 to 22 letters and digits, in Brazil a UUID.
    software_id: Option<String>,
    /// Its organisation's id: 1 to 18 letters and digits, in Brazil a UUID. With that of another TPP
    /// it is software of the same organisation: with its name, registration number and status.
    org_id: Option<String>,
    /// Its roles; left out, AISP, PISP and CBPII, in Brazil DADOS and PAGTO.
    #[schemars(length(min = 1), extend("uniqueItems" = true))]
    roles: Option<Vec<Role>>,
    /// Its redirect URIs; left out, one below a host of its own.
    #[schemars(length(min = 1), extend("uniqueItems" = true))]
    redirect_uris: Option<Vec<RedirectUri>>,
    /// Its transport certificate.
    transport: Option<TransportBody>,
    /// What it signs with.
    signing: Option<SigningBody>,
}

/// A transport certificate to be made.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewTransport")]
struct TransportBody {
    /// Its kind; left out, `ob-transport`, in Brazil `brcac`.
    kind: Option<KindWord>,
    /// A certificate request in PEM, of which only the key counts: the private one stays with you.
    /// Left out, a key is made.
    #[schemars(regex(pattern = CSR_PATTERN))]
    csr: Option<String>,
    /// What is to be wrong with it.
    flaw: Option<FlawWord>,
}

/// What a TPP shall sign with: a certificate, or a key set of its own.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewSigning", transform = key_set_alone)]
struct SigningBody {
    /// The certificate's kind; left out, `ob-signing`, in Brazil `brseal`.
    kind: Option<KindWord>,
    /// A certificate request in PEM, of which only the key counts: the private one stays with you.
    /// Left out, a key is made.
    #[schemars(regex(pattern = CSR_PATTERN))]
    csr: Option<String>,
    /// A key set (RFC 7517) to be published as it is, instead of a certificate.
    #[serde(default)]
    #[schemars(schema_with = "key_set_schema")]
    jwks: Option<Object>,
}

impl TppBody {
    /// The same as the directory takes it.
    ///
    /// # Errors
    /// 400 for what does not go together.
    pub fn plan(self) -> Result<TppPlan, Problem> {
        check_lists(self.roles.as_ref(), self.redirect_uris.as_ref())?;
        let ecosystem = self.ecosystem.unwrap_or_default();
        let roles = self.roles.unwrap_or_default();
        check_roles(&roles, ecosystem)?;
        let mut plan = TppPlan {
            ecosystem,
            software_id: id("software_id", self.software_id, |id| {
                SoftwareId::parse(id, ecosystem)
            })?,
            org_id: id("org_id", self.org_id, |id| OrgId::parse(id, ecosystem))?,
            roles,
            redirect_uris: RedirectUri::texts(self.redirect_uris.unwrap_or_default()),
            ..TppPlan::default()
        };
        self.transport.unwrap_or_default().put_into(&mut plan)?;
        self.signing.unwrap_or_default().put_into(&mut plan)?;
        Ok(plan)
    }
}

impl TransportBody {
    fn put_into(self, plan: &mut TppPlan) -> Result<(), Problem> {
        let (usual, _) = plan.ecosystem.usual_kinds();
        let kind = self.kind.map_or(usual, Kind::from);
        check_kind("transport.kind", kind, &transport_kinds(plan.ecosystem))?;
        plan.transport_kind = Some(kind);
        plan.transport_flaw = self.flaw.map(Into::into);
        let csr = self.csr.as_deref();
        let csr = csr.map(|pem| keys::csr("transport.csr", pem, kind));
        plan.transport_key = csr.transpose()?;
        Ok(())
    }
}

impl SigningBody {
    fn put_into(self, plan: &mut TppPlan) -> Result<(), Problem> {
        if let Some(set) = self.jwks {
            let others = [("kind", self.kind.is_some()), ("csr", self.csr.is_some())];
            if let Some((other, _)) = others.into_iter().find(|(_, is_there)| *is_there) {
                let found = format!("`jwks` and `{other}`");
                let allowed = "a key set, or `kind` and `csr` of a certificate";
                return Err(Problem::field("signing", found, allowed));
            }
            plan.signing_keys = keys::key_set("signing.jwks", set)?;
            return Ok(());
        }
        let (_, usual) = plan.ecosystem.usual_kinds();
        let kind = self.kind.map_or(usual, Kind::from);
        check_kind("signing.kind", kind, &signing_kinds(plan.ecosystem))?;
        plan.signing_kind = Some(kind);
        let csr = self.csr.as_deref();
        plan.signing_key = csr
            .map(|pem| keys::csr("signing.csr", pem, kind))
            .transpose()?;
        Ok(())
    }
}

fn id<Id>(
    field: &str,
    text: Option<String>,
    parse: impl FnOnce(&str) -> Result<Id, MalformedId>,
) -> Result<Option<Id>, Problem> {
    let Some(text) = text else {
        return Ok(None);
    };
    let refused = |allowed: MalformedId| {
        let found = format!("`{}`", crate::document::tree::shown(&text));
        Problem::field(field, found, allowed.to_string())
    };
    parse(&text).map(Some).map_err(refused)
}

fn check_roles(roles: &[Role], ecosystem: Ecosystem) -> Result<(), Problem> {
    let stranger = roles.iter().position(|role| role.ecosystem() != ecosystem);
    let Some(position) = stranger else {
        return Ok(());
    };
    let field = format!("roles.{position}");
    let found = format!(
        "`{}` in the ecosystem `{}`",
        roles[position],
        ecosystem.as_str()
    );
    Err(Problem::field(field, found, roles_of(ecosystem).join(", ")))
}

fn check_kind(field: &str, kind: Kind, allowed: &[Kind]) -> Result<(), Problem> {
    if allowed.contains(&kind) {
        return Ok(());
    }
    let allowed = words(allowed).join(", ");
    Err(Problem::field(field, format!("`{kind}`"), allowed))
}

fn words(kinds: &[Kind]) -> Vec<&'static str> {
    kinds.iter().map(|kind| kind.as_str()).collect()
}

fn transport_kinds(ecosystem: Ecosystem) -> Vec<Kind> {
    let kinds = ecosystem.kinds().iter().copied();
    kinds.filter(|kind| is_for_transport(*kind)).collect()
}

fn signing_kinds(ecosystem: Ecosystem) -> Vec<Kind> {
    let kinds = ecosystem.kinds().iter().copied();
    kinds.filter(|kind| !is_for_transport(*kind)).collect()
}

/// The roles that an ecosystem knows.
pub fn roles_of(ecosystem: Ecosystem) -> Vec<&'static str> {
    let roles = Role::ALL.into_iter();
    let roles = roles.filter(|role| role.ecosystem() == ecosystem);
    roles.map(Role::as_str).collect()
}

/// Ids, roles and kinds are those of the ecosystem.
fn by_ecosystem(schema: &mut Schema) {
    let is_brazilian = json!({
        "required": ["ecosystem"],
        "properties": { "ecosystem": { "const": Ecosystem::Brazil } },
    });
    schema.insert("if".to_owned(), is_brazilian);
    schema.insert("then".to_owned(), members_of(Ecosystem::Brazil));
    schema.insert("else".to_owned(), members_of(Ecosystem::Uk));
}

fn members_of(ecosystem: Ecosystem) -> Value {
    let id = |longest: usize| match ecosystem {
        Ecosystem::Uk => json!({ "pattern": format!("^[0-9A-Za-z]{{1,{longest}}}$") }),
        Ecosystem::Brazil => json!({
            "pattern": "^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$",
        }),
    };
    let kind = |kinds: &[Kind]| {
        let mut words: Vec<Value> = words(kinds).into_iter().map(Into::into).collect();
        words.push(Value::Null);
        json!({ "properties": { "kind": { "enum": words } } })
    };
    json!({
        "properties": {
            "software_id": id(SoftwareId::LONGEST_UK),
            "org_id": id(OrgId::LONGEST_UK),
            "roles": { "items": { "enum": roles_of(ecosystem) } },
            "transport": kind(&transport_kinds(ecosystem)),
            "signing": kind(&signing_kinds(ecosystem)),
        },
    })
}

/// A key set has no certificate.
fn key_set_alone(schema: &mut Schema) {
    let has_key_set =
        json!({ "required": ["jwks"], "properties": { "jwks": { "type": "object" } } });
    schema.insert("if".to_owned(), has_key_set);
    let alone = json!({ "properties": { "kind": { "type": "null" }, "csr": { "type": "null" } } });
    schema.insert("then".to_owned(), alone);
}
