//! What the files of a kit hold.

use certs_gen::bundle;
use serde::{Deserialize, Serialize};

use crate::directory::Identity;
use crate::directory::credential::Credential;
use crate::directory::tpp::Tpp;
use crate::domain::ids::KeyId;
use crate::kit::folder::{MARKER, MARKER_TEXT, Place};
use crate::kit::{KitError, tables};
use crate::world::World;

/// A file of the kit.
#[derive(Debug, Clone)]
pub struct KitFile {
    /// Its name in its folder.
    pub name: String,
    /// Its contents.
    pub contents: Vec<u8>,
    /// Whether it holds a private key.
    pub is_private: bool,
}

/// Name of the file that says what a kit is; written last.
pub(super) const TPP_JSON: &str = "tpp.json";

/// What `tpp.json` holds beyond what a TPP reads: enough to take the kit up again.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Origin {
    /// SHA-256 of the issuing CA's certificate, in hex.
    pub(super) authority: String,
    #[serde(flatten)]
    pub(super) identity: Identity,
    /// `kid` of the signing key.
    pub(super) kid: KeyId,
    /// `kid` of the transport key.
    pub(super) transport_kid: KeyId,
}

/// The files that do not change while the emulator runs. `tpp.json` is the last of them.
pub(super) fn fixed_files(
    world: &World,
    tpp: &Tpp,
    place: &Place,
) -> Result<Vec<KitFile>, KitError> {
    let authority = &world.authority;
    let mut files = vec![
        text_file(MARKER, MARKER_TEXT.to_owned()),
        text_file("ca.pem", authority.ca_pem()),
        KitFile {
            name: "truststore.p12".to_owned(),
            contents: bundle::truststore(authority, bundle::PASSWORD)?,
            is_private: false,
        },
        text_file("directory.jwks", format!("{:#}\n", world.directory.jwks()?)),
    ];
    let transport = tpp.transport();
    files.extend(credential_files("transport", &transport)?);
    if let Some(signing) = tpp.signing_credential() {
        let signing = credential_files("signing", &signing)?.into_iter();
        files.extend(signing.filter(|file| file.name != "signing.p12"));
    }
    let origin = Origin {
        authority: authority_id(world),
        identity: tpp.identity.clone(),
        kid: tpp.kid(),
        transport_kid: transport.kid.clone(),
    };
    let has_key = transport.key.is_some();
    files.push(text_file(
        "curl.conf",
        tables::curl_conf(&place.dir, has_key),
    ));
    files.push(text_file("tpp.env", tables::tpp_env(world, tpp)));
    files.push(text_file(TPP_JSON, tables::tpp_json(world, tpp, &origin)));
    Ok(files)
}

pub(super) fn text_file(name: &str, text: String) -> KitFile {
    KitFile {
        name: name.to_owned(),
        contents: text.into_bytes(),
        is_private: false,
    }
}

/// Key, chain and key store of one credential.
fn credential_files(stem: &str, credential: &Credential) -> Result<Vec<KitFile>, KitError> {
    let certificate = &credential.certificate;
    let mut files = vec![text_file(&format!("{stem}.pem"), certificate.chain_pem())];
    if let Some(key) = &credential.key {
        let mut private = |extension: &str, contents: Vec<u8>| {
            files.push(KitFile {
                name: format!("{stem}.{extension}"),
                contents,
                is_private: true,
            });
        };
        private("key", key.private_pem().into_bytes());
        private(
            "p12",
            bundle::pkcs12(key, certificate, bundle::PASSWORD, stem)?,
        );
    }
    Ok(files)
}

/// What a kit knows its authority by.
pub(super) fn authority_id(world: &World) -> String {
    crate::world::snapshot::authority_id(&world.authority)
}
