//! The kit: the files that a TPP needs to start, a UK TPP's and, below `brasil`, a Brazilian one's.
//!
//! Certificates and keys are fixed while the emulator runs; statements and requests are signed
//! anew for each reader. The same files lie in a folder and are served by the control listener.
//! TPPs of one's own have their files in folders of their own.

mod files;
mod folder;
mod own;
mod request;
mod tables;
mod tpp_folder;

use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use self::files::KitFile;
use self::folder::{Certified, Earlier, Place};
pub use self::own::add_own;
pub use self::request::ReadyRequest;
pub use self::tables::quoted as shell_quoted;
pub use self::tpp_folder::TppFolder;
use crate::config::KitConfig;
use crate::directory::plan::TppPlan;
use crate::directory::signer::DirectoryError;
use crate::domain::ecosystem::Ecosystem;
use crate::world::World;

/// Why a kit could not be written. Each text is one sentence with the next step.
#[derive(Debug, thiserror::Error)]
pub enum KitError {
    /// The folder holds something else.
    #[error("the folder {} holds files that are no kit: {}", dir.display(), owner.or_empty_it())]
    NotAKit {
        /// The folder.
        dir: PathBuf,
        /// Whose it was to be.
        owner: Owner,
    },
    /// Two TPPs cannot have their files in one folder.
    #[error("the folder {} is that of another TPP: name another one as the TPP's `kit`", _0.display())]
    Shared(PathBuf),
    /// The folder cannot be read.
    #[error("the kit's folder {} cannot be read ({cause}): {}", dir.display(), owner.elsewhere())]
    Unreadable {
        /// The folder.
        dir: PathBuf,
        /// What the system says.
        cause: std::io::Error,
        /// Whose it was to be.
        owner: Owner,
    },
    /// A file cannot be written or removed.
    #[error("the kit cannot be written to {} ({cause}): {}", dir.display(), owner.elsewhere())]
    Unwritable {
        /// The folder.
        dir: PathBuf,
        /// What the system says.
        cause: String,
        /// Whose it was to be.
        owner: Owner,
    },
    /// Another emulator, or somebody else, has put other files there.
    #[error("the kit in {} is no longer this emulator's: give each emulator a folder of its own", _0.display())]
    TakenOver(PathBuf),
    /// The TPP could not be made.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// A key store could not be made.
    #[error(transparent)]
    Certificates(#[from] certs_gen::Error),
}

/// Whose files go into a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// The kit's TPPs.
    Kit,
    /// A TPP of the settings.
    Own,
}

impl Owner {
    fn elsewhere(self) -> &'static str {
        match self {
            Owner::Kit => "choose another folder with --kit DIR, or start with --no-kit",
            Owner::Own => "name another folder as the TPP's `kit`",
        }
    }

    fn or_empty_it(self) -> &'static str {
        match self {
            Owner::Kit => "choose another folder with --kit DIR, empty it, or start with --no-kit",
            Owner::Own => "name another folder as the TPP's `kit`, or empty it",
        }
    }
}

/// The folder of the Brazilian half, within the kit's.
const BRASIL: &str = "brasil";

/// A kit that has been written.
#[derive(Debug)]
pub struct Kit {
    uk: Arc<TppFolder>,
    brasil: Arc<TppFolder>,
}

impl Kit {
    /// Makes the kit's TPPs, or takes up those of a kit of this authority, and writes the folder.
    /// Blocks while RSA keys are made.
    ///
    /// # Errors
    /// See [`KitError`].
    pub fn write(
        world: &Arc<World>,
        config: &KitConfig,
        redirect_uris: &[String],
    ) -> Result<Self, KitError> {
        let place = |dir: PathBuf| Place {
            dir,
            key_mode: config.key_mode,
            owner: Owner::Kit,
        };
        let places = [place(config.dir.clone()), place(config.dir.join(BRASIL))];
        let _lock = folder::lock(&places[0]);
        let authority = files::authority_id(world);
        // Both are looked at before anything is written to either.
        let [uk_earlier, brasil_earlier] = places
            .each_ref()
            .map(|place| folder::earlier(place, &authority));
        let (uk_earlier, brasil_earlier) = (uk_earlier?, brasil_earlier?);
        let [uk, brasil] = places;
        let kit = Self {
            uk: half(world, Ecosystem::Uk, uk, uk_earlier, redirect_uris)?,
            brasil: half(
                world,
                Ecosystem::Brazil,
                brasil,
                brasil_earlier,
                redirect_uris,
            )?,
        };
        // A reader that has the kit's own `tpp.json` has both halves.
        kit.uk.begin()?;
        kit.brasil.begin()?;
        TppFolder::finish(&[&kit.brasil, &kit.uk])?;
        Ok(kit)
    }

    /// The kit's folder, as it was named.
    #[must_use]
    pub fn dir(&self) -> &Path {
        self.uk.dir()
    }

    /// The path of the authority's certificate, as a shell takes it.
    #[must_use]
    pub fn authority_path(&self) -> String {
        self.uk.shell_path("ca.pem")
    }

    /// The paths of transport certificate and key, as a shell takes them, if this certificate (DER)
    /// is that of one of the kit's TPPs.
    #[must_use]
    pub fn transport_paths(&self, certificate: &[u8]) -> Option<[String; 2]> {
        let halves = [&self.uk, &self.brasil];
        halves
            .into_iter()
            .find_map(|half| half.transport_paths(certificate))
    }

    /// A request that can be sent as it is, if any bank takes one.
    #[must_use]
    pub fn first_request(&self) -> Option<ReadyRequest> {
        let halves = [&self.uk, &self.brasil];
        halves.into_iter().find_map(|half| half.first_request())
    }

    /// The names of all files; those of the Brazilian half begin with `brasil/`.
    #[must_use]
    pub fn file_names(&self) -> Vec<String> {
        let brasil = self.brasil.file_names().into_iter();
        let brasil = brasil.map(|name| format!("{BRASIL}/{name}"));
        self.uk.file_names().into_iter().chain(brasil).collect()
    }

    /// A file by its name, signed now where it is signed; `None` if there is none.
    ///
    /// # Errors
    /// It could not be signed.
    pub fn file(&self, name: &str) -> Result<Option<KitFile>, DirectoryError> {
        match name.split_once('/') {
            Some((BRASIL, name)) => self.brasil.file(name),
            _ => self.uk.file(name),
        }
    }

    /// Its two halves, each to be renewed in its own time.
    #[must_use]
    pub fn folders(&self) -> [Arc<TppFolder>; 2] {
        [Arc::clone(&self.uk), Arc::clone(&self.brasil)]
    }
}

/// One half's TPP with its files, which are not written yet.
fn half(
    world: &Arc<World>,
    ecosystem: Ecosystem,
    place: Place,
    earlier: Option<Earlier>,
    redirect_uris: &[String],
) -> Result<Arc<TppFolder>, KitError> {
    let mut plan = TppPlan {
        ecosystem,
        is_resident: true,
        ..TppPlan::default()
    };
    let whole = earlier.and_then(|earlier| {
        let has_key = |certified: &Certified| certified.key.is_some();
        let is_right = earlier.identity.ecosystem == ecosystem;
        let transport = earlier.transport.filter(has_key)?;
        let signing = earlier.signing.filter(has_key)?;
        is_right.then_some((earlier.identity, transport, signing))
    });
    let identity = match whole {
        Some((identity, transport, signing)) => {
            tracing::info!(dir = %place.dir.display(), "the kit of this authority is taken up again");
            plan.transport_key = Some(transport.into());
            plan.signing_key = Some(signing.into());
            identity
        }
        None => world.directory.next_identity(ecosystem),
    };
    plan.redirect_uris = vec![format!("https://{}/callback", identity.host)];
    plan.redirect_uris.extend_from_slice(redirect_uris);
    plan.identity = Some(identity);
    let tpp = world.directory.add(plan)?;
    Ok(Arc::new(TppFolder::new(world, tpp, place)?))
}
