//! `POST {w}/tpps/{software_id}/certificates`, `DELETE …/certificates/{certificate}`: rotation and
//! revocation.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use warp::http::Method;
use warp::reply::Response;

use crate::control::ask::Ask;
use crate::control::problem::Problem;
use crate::control::reply;
use crate::control::route::Route;
use crate::control::tpps::issued::{Facts, p12, private_pem};
use crate::control::tpps::keys::{self, CSR_PATTERN};
use crate::control::tpps::words::{FlawWord, KindWord};
use crate::control::tpps::{SOFTWARE_ID, find, location, problems, within};
use crate::directory::rotation::{CertificatePlan, Certified, RevokedKey};
use crate::domain::ecosystem::is_for_transport;
use crate::domain::ids::KeyId;
use crate::world::World;

/// Both routes.
pub fn routes() -> Vec<Route> {
    vec![
        Route::new(
            Method::POST,
            "{w}/tpps/{software_id}/certificates",
            "create_certificate",
            |control, ask| within(control, ask, create),
        )
        .summary("Makes a further certificate for a TPP, in the place of another or beside it")
        .description(
            "Its key is published. What it replaces is revoked in the same step: the key moves to \
             the store of revoked keys, the serial number to the revocation list, which handshakes \
             go by at once. What replaces the certificate in use is used from then on, whatever its \
             flaw; else a flawed one is not. Of signing certificates banks see the key alone, so \
             that only the flaws `revoked` (the key is in the store of revoked keys) and \
             `wrong-org` (the key is in no store) can be noticed. A private key that is made here \
             is in this answer and in no other.",
        )
        .param("software_id", SOFTWARE_ID)
        .body::<CertificateBody>()
        .answers::<NewCertificate>(201, "The certificate with its private key.")
        .fails(
            404,
            "There is no such TPP or world, or the TPP has nothing like `replaces`.",
        )
        .fails(
            409,
            "The kind is one of another ecosystem, or for another use than what it is to replace, \
             or that is revoked already.",
        )
        .fails(500, "A key or certificate could not be made."),
        Route::new(
            Method::DELETE,
            "{w}/tpps/{software_id}/certificates/{certificate}",
            "revoke_certificate",
            |control, ask| within(control, ask, revoke),
        )
        .summary("Revokes a certificate of a TPP")
        .description(
            "Its key moves to the store of revoked keys, its serial number to the revocation list: \
             new connections are refused in the handshake, requests on open ones with 401. A \
             certificate of the kit or the settings is revoked for this world only, and in \
             handshakes only from the world `default`. One that is revoked stays so.",
        )
        .param("software_id", SOFTWARE_ID)
        .param(
            "certificate",
            "Serial number of the certificate, in hex, or `kid` of its key.",
        )
        .answers_nothing(204, "It is revoked.")
        .fails(500, "The listener did not take the new revocation list."),
    ]
}

/// A certificate to be made.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewCertificate")]
struct CertificateBody {
    /// Its kind, one of the TPP's ecosystem.
    kind: KindWord,
    /// A certificate request in PEM, of which only the key counts: the private one stays with you.
    /// Left out, a key is made.
    #[schemars(regex(pattern = CSR_PATTERN))]
    csr: Option<String>,
    /// What is to be wrong with it.
    flaw: Option<FlawWord>,
    /// Serial number or `kid` of what it replaces, which must be for the same use and not revoked;
    /// left out, it stands beside the others.
    replaces: Option<String>,
}

/// A certificate that was made.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "CreatedCertificate")]
struct NewCertificate {
    /// Its kind, such as `ob-transport`.
    kind: &'static str,
    /// Its key's id in the key store.
    kid: KeyId,
    /// What its key signs with, such as `PS256`; only of a signing certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    alg: Option<&'static str>,
    /// The certificate and its issuer's, PEM.
    certificate: String,
    /// The private key, PEM (PKCS#8), where it was made here.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    /// Base64 of a PKCS#12 file with key and certificates, password `test-only`; only of a transport
    /// certificate whose key was made here.
    #[serde(skip_serializing_if = "Option::is_none")]
    p12: Option<String>,
    #[serde(flatten)]
    facts: Facts,
    /// Whether the TPP uses it from now on.
    current: bool,
    /// What it replaced; null if nothing.
    replaced: Option<Replaced>,
}

/// A key that is revoked now.
#[derive(Debug, Serialize, JsonSchema)]
struct Replaced {
    /// Its id in the key store.
    kid: KeyId,
    /// Serial number of its certificate, hex; null for a key of the TPP's own key set.
    serial: Option<String>,
}

impl From<RevokedKey> for Replaced {
    fn from(revoked: RevokedKey) -> Self {
        Self {
            kid: revoked.kid,
            serial: revoked.serial.map(|serial| serial.to_string()),
        }
    }
}

fn create(world: &World, ask: &Ask) -> Result<Response, Problem> {
    let tpp = find(world, ask)?;
    let body: CertificateBody = ask.body()?;
    let software = &tpp.identity.software_id;
    let directory = &world.directory;
    let kind = body.kind.into();
    if let Some(named) = &body.replaces {
        let replaceable = directory.check_replaceable(software, named, kind);
        replaceable.map_err(|error| problems::of_change("replaces", error))?;
    }
    let key = body.csr.as_deref().map(|pem| keys::csr("csr", pem, kind));
    let plan = CertificatePlan {
        kind,
        key: key.transpose()?,
        flaw: body.flaw.map(Into::into),
        replaces: body.replaces,
    };
    let made = directory.certify_more(software, plan);
    let made = made.map_err(|error| problems::of_change("replaces", error))?;
    let made = shown(made)?;
    let path = format!("/tpps/{software}/certificates/{}", made.kid);
    reply::created(&location(ask, &path), &made).map(reply::unstored)
}

fn shown(made: Certified) -> Result<NewCertificate, Problem> {
    let credential = &made.credential;
    let certificate = &credential.certificate;
    let is_for_transport = is_for_transport(certificate.kind());
    let algorithm = credential.public_key.algorithm().as_str();
    Ok(NewCertificate {
        kind: certificate.kind().as_str(),
        kid: credential.kid.clone(),
        alg: (!is_for_transport).then_some(algorithm),
        certificate: certificate.chain_pem(),
        key: private_pem(credential),
        p12: if is_for_transport {
            p12(credential)?
        } else {
            None
        },
        facts: Facts::of(certificate),
        current: made.is_current,
        replaced: made.replaced.map(Replaced::from),
    })
}

fn revoke(world: &World, ask: &Ask) -> Result<Response, Problem> {
    let tpp = find(world, ask)?;
    let named = ask.param("certificate");
    let revoked = world.directory.revoke(&tpp.identity.software_id, named);
    revoked.map_err(|error| problems::of_change("certificate", error))?;
    Ok(reply::no_content())
}
