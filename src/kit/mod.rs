//! The kit: the files that a TPP needs to start.
//!
//! Certificates and keys are fixed while the emulator runs; statements and requests are signed
//! anew for each reader. The same files lie in a folder and are served by the control listener.

mod folder;
mod tables;

use std::path::PathBuf;
use std::sync::Arc;

use certs_gen::bundle;
use serde::{Deserialize, Serialize};

use crate::config::KitConfig;
use crate::directory::Identity;
use crate::directory::signer::DirectoryError;
use crate::directory::tpp::{Credential, Tpp, TppPlan};
use crate::domain::client::AuthMethod;
use crate::domain::ids::KeyId;
use crate::domain::signing::Edits;
use crate::world::World;

/// Why the kit could not be written. Each text is one sentence with the next step.
#[derive(Debug, thiserror::Error)]
pub enum KitError {
    /// The folder holds something else.
    #[error(
        "the folder {0} holds files that are no kit: choose another folder with --kit DIR, empty it, or start with --no-kit"
    )]
    NotAKit(PathBuf),
    /// The folder cannot be read.
    #[error(
        "the kit's folder {dir} cannot be read ({cause}): choose another folder with --kit DIR, or start with --no-kit"
    )]
    Unreadable {
        /// The folder.
        dir: PathBuf,
        /// What the system says.
        cause: std::io::Error,
    },
    /// A file cannot be written or removed.
    #[error(
        "the kit cannot be written to {dir} ({cause}): choose another folder with --kit DIR, or start with --no-kit"
    )]
    Unwritable {
        /// The folder.
        dir: PathBuf,
        /// What the system says.
        cause: String,
    },
    /// The TPP could not be made.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// A key store could not be made.
    #[error(transparent)]
    Certificates(#[from] certs_gen::Error),
}

/// A kit that has been written.
#[derive(Debug)]
pub struct Kit {
    world: Arc<World>,
    tpp: Arc<Tpp>,
    config: KitConfig,
    /// Files that do not change.
    fixed: Vec<KitFile>,
}

/// A file of the kit.
#[derive(Debug, Clone)]
pub struct KitFile {
    /// Its name in the kit's folder.
    pub name: String,
    /// Its contents.
    pub contents: Vec<u8>,
    /// Whether it holds a private key.
    pub is_private: bool,
}

/// Name of the file that says what a kit is; written last.
const TPP_JSON: &str = "tpp.json";

/// What `tpp.json` holds beyond what a TPP reads: enough to take the kit up again.
#[derive(Debug, Serialize, Deserialize)]
struct Origin {
    /// SHA-256 of the issuing CA's certificate, in hex.
    authority: String,
    #[serde(flatten)]
    identity: Identity,
    /// `kid` of the signing key.
    kid: KeyId,
    /// `kid` of the transport key.
    transport_kid: KeyId,
}

impl Kit {
    /// Makes the kit's TPP, or takes up the one of a kit of this authority, and writes the folder.
    /// Blocks while RSA keys are made.
    ///
    /// # Errors
    /// See [`KitError`].
    pub fn write(
        world: &Arc<World>,
        config: &KitConfig,
        redirect_uris: Vec<String>,
    ) -> Result<Self, KitError> {
        let state = folder::inspect(&config.dir)?;
        let earlier = folder::earlier_credentials(&config.dir, state, &authority_id(world));
        let mut plan = TppPlan::default();
        let identity = match earlier {
            Some(earlier) => {
                tracing::info!(dir = %config.dir.display(), "the kit of this authority is taken up again");
                plan.transport_key = Some(earlier.transport);
                plan.signing_key = Some(earlier.signing);
                earlier.identity
            }
            None => world.directory.next_identity(),
        };
        plan.redirect_uris = vec![format!("https://{}/callback", identity.host)];
        plan.redirect_uris.extend(redirect_uris);
        plan.identity = Some(identity);
        let tpp = world.directory.add(plan)?;
        let kit = Self {
            fixed: fixed_files(world, &tpp, config)?,
            world: Arc::clone(world),
            config: config.clone(),
            tpp,
        };
        folder::write(config, &kit.files()?)?;
        Ok(kit)
    }

    /// The kit's folder, as it was named.
    #[must_use]
    pub fn dir(&self) -> &std::path::Path {
        &self.config.dir
    }

    /// The path of a file in the kit's folder, as a shell takes it.
    #[must_use]
    pub fn shell_path(&self, name: &str) -> String {
        tables::quoted(&self.config.dir.join(name).to_string_lossy())
    }

    /// The names of all files.
    #[must_use]
    pub fn file_names(&self) -> Vec<String> {
        let fixed = self.fixed.iter().map(|file| file.name.clone());
        self.signed_names().chain(fixed).collect()
    }

    /// A file by its name, signed now where it is signed; `None` if there is none.
    ///
    /// # Errors
    /// It could not be signed.
    pub fn file(&self, name: &str) -> Result<Option<KitFile>, DirectoryError> {
        if let Some(file) = self.fixed.iter().find(|file| file.name == name) {
            return Ok(Some(file.clone()));
        }
        if name == "ssa.jwt" {
            let statement = self
                .world
                .directory
                .statement(&self.tpp, &Edits::default())?;
            return Ok(Some(text_file(name, statement)));
        }
        let bank = name
            .strip_prefix("registration-")
            .and_then(|rest| rest.strip_suffix(".jwt"));
        let Some(bank) = bank.and_then(|id| self.world.bank(id)) else {
            return Ok(None);
        };
        let statement = self
            .world
            .directory
            .statement(&self.tpp, &Edits::default())?;
        let claims =
            self.world
                .request_claims(bank, &self.tpp, &statement, AuthMethod::TlsClientAuth);
        let request = self.tpp.sign(claims, &Edits::default())?;
        Ok(request.map(|request| text_file(name, request)))
    }

    /// Writes statements and requests anew, so that those in the folder stay younger than
    /// [`REQUEST_LIFETIME`](crate::world::REQUEST_LIFETIME).
    ///
    /// # Errors
    /// See [`KitError`].
    pub fn renew(&self) -> Result<(), KitError> {
        folder::put_all(&self.config, &self.signed_files()?)
    }

    /// Every file, in the order in which they are written.
    fn files(&self) -> Result<Vec<KitFile>, DirectoryError> {
        let mut files = self.signed_files()?;
        // tpp.json is the last of these.
        files.extend(self.fixed.iter().cloned());
        Ok(files)
    }

    /// The names of the files that are signed anew for each reader.
    fn signed_names(&self) -> impl Iterator<Item = String> {
        let banks = self.world.banks.iter();
        let requests = banks.map(|bank| format!("registration-{}.jwt", bank.id));
        std::iter::once("ssa.jwt".to_owned()).chain(requests)
    }

    fn signed_files(&self) -> Result<Vec<KitFile>, DirectoryError> {
        let mut files = Vec::new();
        for name in self.signed_names() {
            files.extend(self.file(&name)?);
        }
        Ok(files)
    }
}

fn text_file(name: &str, text: String) -> KitFile {
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

fn fixed_files(world: &World, tpp: &Tpp, config: &KitConfig) -> Result<Vec<KitFile>, KitError> {
    let authority = &world.authority;
    let mut files = vec![
        text_file(folder::MARKER, folder::MARKER_TEXT.to_owned()),
        text_file("ca.pem", authority.ca_pem()),
        KitFile {
            name: "truststore.p12".to_owned(),
            contents: bundle::truststore(authority, bundle::PASSWORD)?,
            is_private: false,
        },
    ];
    files.extend(credential_files("transport", &tpp.transport)?);
    let signing = credential_files("signing", &tpp.signing)?;
    files.extend(
        signing
            .into_iter()
            .filter(|file| file.name != "signing.p12"),
    );
    let origin = Origin {
        authority: authority_id(world),
        identity: tpp.identity.clone(),
        kid: tpp.signing.kid.clone(),
        transport_kid: tpp.transport.kid.clone(),
    };
    files.push(text_file("curl.conf", tables::curl_conf(&config.dir)));
    files.push(text_file("tpp.env", tables::tpp_env(world, tpp)));
    files.push(text_file(TPP_JSON, tables::tpp_json(world, tpp, &origin)));
    Ok(files)
}

/// What a kit knows its authority by.
fn authority_id(world: &World) -> String {
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, world.authority.issuing_der());
    hash.as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
