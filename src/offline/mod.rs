//! A bank without an emulator: judges registration requests that lie in files.
//!
//! What a file and some key sets do not show stays out of sight: revocations, what the bank
//! remembers, the names that it goes by, and every key that was not handed over. Checks that need
//! one of them are not made.

mod keys;
mod sight;

use std::sync::Arc;

use certs_gen::{Key, KeyAlgorithm};

pub use self::keys::{KeyFileError, Keys, SoftwareKeys};
use self::sight::Sights;
use crate::bank::{Bank, BankParts, Explanation, NotOffered, Submission};
use crate::clock::Clock;
use crate::config::{BankConfig, TrustedDirectory};
use crate::dialect::policy::Strictness;
use crate::domain::ids::OrgId;
use crate::domain::jwk::{PublicKey, UnusableKey};
use crate::domain::urls::{Overrides, Urls};
use crate::store::MemoryStore;

/// Why a request could not be judged.
#[derive(Debug, thiserror::Error)]
pub enum OfflineError {
    /// There is no such bank.
    #[error("there is no bank `{0}`; there are: {1}")]
    UnknownBank(String, String),
    /// No such request comes to this bank.
    #[error(transparent)]
    NotOffered(#[from] NotOffered),
    /// The bank's own key could not be made.
    #[error(transparent)]
    Key(#[from] certs_gen::Error),
    /// The bank's own key could not be read back.
    #[error(transparent)]
    Unusable(#[from] UnusableKey),
}

/// The one of these banks that has this id.
///
/// # Errors
/// There is none; with the ids that there are.
pub fn find<'a>(banks: &'a [BankConfig], id: &str) -> Result<&'a BankConfig, OfflineError> {
    banks.iter().find(|bank| bank.id == id).ok_or_else(|| {
        let ids: Vec<&str> = banks.iter().map(|bank| bank.id.as_str()).collect();
        OfflineError::UnknownBank(id.to_owned(), ids.join(", "))
    })
}

/// What `bank` makes of a request, at the time that `clock` shows. `strictness` is that of a bank
/// that says nothing of its own; `trusted` are the directories that banks believe besides.
///
/// # Errors
/// See [`OfflineError`].
pub async fn explain(
    bank: &BankConfig,
    strictness: Strictness,
    trusted: &[TrustedDirectory],
    keys: Keys,
    clock: Clock,
    submission: &Submission,
) -> Result<Explanation, OfflineError> {
    let named = trusted.iter().map(|one| (one.ecosystem, one.iss.clone()));
    let sights = Arc::new(Sights {
        trusted: named.collect(),
        keys: keys.or_those_of(trusted, bank.dialect, submission),
    });
    // Neither is shown to anybody: nothing is stored or advertised here.
    let key = Key::generate(KeyAlgorithm::EcP256)?;
    let urls = Urls::new(&[], 8443, 8444, Overrides::default());
    let bank = Bank::new(BankParts {
        id: bank.id.clone(),
        base_path: bank.base_path.clone(),
        rules: bank.rules(strictness),
        org_id: OrgId::new(""),
        trust: Arc::clone(&sights) as _,
        registry: sights,
        store: Arc::new(MemoryStore::new(0)),
        clock,
        urls: Arc::new(urls),
        signing_key: PublicKey::from_spki(&key.public_key_der())?,
        token_lifetime: bank.token_lifetime.whole_seconds(),
    });
    Ok(bank.explain_submission(submission).await?)
}
