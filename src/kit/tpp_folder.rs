//! One TPP's files in one folder.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::bank::Bank;
use crate::directory::KeyStore;
use crate::directory::signer::DirectoryError;
use crate::directory::tpp::Tpp;
use crate::domain::certificate::ClientCertificate;
use crate::domain::client::AuthMethod;
use crate::domain::ecosystem::Ecosystem;
use crate::domain::signing::Edits;
use crate::kit::files::{KitFile, Origin, TPP_JSON, fixed_files, text_file};
use crate::kit::folder::{self, Place};
use crate::kit::request::{ReadyRequest, RequestFile, request_file};
use crate::kit::{KitError, tables};
use crate::world::{REQUEST_LIFETIME, World};

/// How often UK requests are renewed: twice in their life.
const UK_RENEWAL: Duration = Duration::from_secs(REQUEST_LIFETIME.unsigned_abs() / 2);
/// How often Brazilian statements are: they count for five minutes.
const BRAZILIAN_RENEWAL: Duration = Duration::from_secs(4 * 60);

/// The name of the software statement's file.
const STATEMENT: &str = "ssa.jwt";
/// The name of the file with the software's current keys.
const SOFTWARE_KEYS: &str = "software.jwks";

/// One TPP's files in one folder.
#[derive(Debug)]
pub struct TppFolder {
    world: Arc<World>,
    tpp: Arc<Tpp>,
    place: Place,
    /// Files that do not change. `tpp.json` is the last of them.
    fixed: Vec<KitFile>,
}

impl TppFolder {
    /// Nothing is written yet. Blocks while the directory's key is made.
    pub(super) fn new(world: &Arc<World>, tpp: Arc<Tpp>, place: Place) -> Result<Self, KitError> {
        Ok(Self {
            fixed: fixed_files(world, &tpp, &place)?,
            world: Arc::clone(world),
            tpp,
            place,
        })
    }

    /// The folder, as it was named.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.place.dir
    }

    /// The path of a file in the folder, as a shell takes it.
    #[must_use]
    pub fn shell_path(&self, name: &str) -> String {
        tables::quoted(&self.place.dir.join(name).to_string_lossy())
    }

    /// The paths of transport certificate and key, as a shell takes them, if this certificate (DER)
    /// is the one that lies here.
    pub(super) fn transport_paths(&self, certificate: &[u8]) -> Option<[String; 2]> {
        let [certificate_name, key_name] = ["transport.pem", "transport.key"];
        let file = self
            .fixed
            .iter()
            .find(|file| file.name == certificate_name)?;
        let own = ClientCertificate::from_pem(&file.contents).ok()?;
        let asked = ClientCertificate::from_der(certificate).ok()?;
        let is_own = own.thumbprint == asked.thumbprint;
        is_own.then(|| [certificate_name, key_name].map(|name| self.shell_path(name)))
    }

    /// The first request of the folder that can be sent.
    pub(super) fn first_request(&self) -> Option<ReadyRequest> {
        let urls = self.world.urls.for_host(None);
        let (bank, file) = self.requests().next()?;
        Some(ReadyRequest {
            curl_conf: self.shell_path("curl.conf"),
            file: self.shell_path(&file.name),
            media_type: bank.dialect().request_media_type?,
            url: bank.registration_endpoint(&urls)?,
        })
    }

    /// The names of all files.
    #[must_use]
    pub fn file_names(&self) -> Vec<String> {
        let fixed = self.fixed.iter().map(|file| file.name.clone());
        self.changing_names().chain(fixed).collect()
    }

    /// A file by its name, signed now where it is signed; `None` if there is none.
    ///
    /// # Errors
    /// It could not be signed.
    pub fn file(&self, name: &str) -> Result<Option<KitFile>, DirectoryError> {
        if let Some(file) = self.fixed.iter().find(|file| file.name == name) {
            return Ok(Some(file.clone()));
        }
        let text = match name {
            STATEMENT => Some(self.statement()?),
            SOFTWARE_KEYS => self.software_keys(),
            _ => match self.requests().find(|(_, request)| request.name == name) {
                Some((bank, request)) => self.request(bank, &request)?,
                None => None,
            },
        };
        Ok(text.map(|text| text_file(name, text)))
    }

    /// How often [`TppFolder::renew`] is due, if what lies in the folder shall be of use.
    #[must_use]
    pub fn renewal(&self) -> Duration {
        match self.tpp.identity.ecosystem {
            Ecosystem::Uk => UK_RENEWAL,
            Ecosystem::Brazil => BRAZILIAN_RENEWAL,
        }
    }

    /// Writes statement, requests and the software's keys anew.
    ///
    /// # Errors
    /// See [`KitError`]. Nothing is written if the kit that lies there has become another one.
    pub fn renew(&self) -> Result<(), KitError> {
        if !self.is_there() {
            return Err(KitError::TakenOver(self.place.dir.clone()));
        }
        folder::put_all(&[(&self.place, self.changing_files()?)])
    }

    /// Whether the folder has this TPP's keys.
    fn is_there(&self) -> bool {
        let keys = |origin: Origin| (origin.authority, origin.kid, origin.transport_kid);
        let own = self.fixed.iter().find(|file| file.name == TPP_JSON);
        let own = own.and_then(|file| serde_json::from_slice(&file.contents).ok());
        folder::origin(&self.place.dir).map(keys) == own.map(keys)
    }

    /// Takes the place of whatever kit is there; unless that has this TPP's keys, nobody has a whole
    /// kit until [`TppFolder::finish`].
    pub(super) fn begin(&self) -> Result<(), KitError> {
        folder::begin(&self.place, &self.file_names(), self.is_there())
    }

    /// Writes every file of these folders, or none.
    pub(super) fn finish(folders: &[&Self]) -> Result<(), KitError> {
        let mut all = Vec::new();
        for folder in folders {
            let mut files = folder.changing_files()?;
            files.extend_from_slice(&folder.fixed);
            all.push((&folder.place, files));
        }
        folder::put_all(&all)
    }

    fn statement(&self) -> Result<String, DirectoryError> {
        let directory = &self.world.directory;
        directory.statement(&self.tpp, &Edits::default())
    }

    fn software_keys(&self) -> Option<String> {
        let identity = &self.tpp.identity;
        let directory = &self.world.directory;
        let keys =
            directory.software_jwks(&identity.org_id, &identity.software_id, KeyStore::Current);
        keys.map(|keys| format!("{keys:#}\n"))
    }

    fn request(&self, bank: &Bank, file: &RequestFile) -> Result<Option<String>, DirectoryError> {
        let statement = self.statement()?;
        let method = AuthMethod::TlsClientAuth;
        let claims = self
            .world
            .request_claims(bank, &self.tpp, &statement, method);
        if file.is_signed {
            self.tpp.sign(claims, &Edits::default())
        } else {
            Ok(Some(format!("{:#}\n", Value::Object(claims))))
        }
    }

    /// The requests that can be made for this TPP.
    fn requests(&self) -> impl Iterator<Item = (&Bank, RequestFile)> {
        let ecosystem = self.tpp.identity.ecosystem;
        let can_sign = self.tpp.can_sign();
        let requests = self
            .world
            .banks
            .iter()
            .map(|slot| &**slot.configured())
            .filter_map(|bank| Some((bank, request_file(bank)?)));
        requests.filter(move |(_, request)| {
            request.ecosystem == ecosystem && (can_sign || !request.is_signed)
        })
    }

    /// The names of the files that are made anew for each reader.
    fn changing_names(&self) -> impl Iterator<Item = String> {
        let requests = self.requests().map(|(_, request)| request.name);
        [STATEMENT, SOFTWARE_KEYS]
            .map(str::to_owned)
            .into_iter()
            .chain(requests)
    }

    fn changing_files(&self) -> Result<Vec<KitFile>, DirectoryError> {
        let mut files = Vec::new();
        for name in self.changing_names() {
            files.extend(self.file(&name)?);
        }
        Ok(files)
    }
}
