//! The directory as banks that publish it see it: its own software, then some
//! that is invented.

use std::panic::resume_unwind;
use std::sync::Arc;

use async_trait::async_trait;

use crate::dialect::registry::{AlterClaims, Entry, EntryStatus, Registry};
use crate::directory::identity::VERSION;
use crate::directory::tpp::{OrgStatus, SoftwareStatus, Tpp};
use crate::directory::{Directory, Identity, stores};
use crate::domain::ids::SoftwareId;
use crate::domain::json::Object;
use crate::domain::signing::Edits;

#[async_trait]
impl Registry for Directory {
    fn entries(&self) -> Vec<Arc<Entry>> {
        let own = self.tpps().into_iter().map(|tpp| Arc::new(entry(&tpp)));
        own.chain(self.invented_entries().iter().cloned()).collect()
    }

    fn entry(&self, software: &SoftwareId) -> Option<Arc<Entry>> {
        let listed = self.software.get(software);
        match listed.map(|listed| Arc::clone(&listed.tpp)) {
            Some(tpp) => Some(Arc::new(entry(&tpp))),
            None => self.invented_entry(software).cloned(),
        }
    }

    fn jwks_uri(&self, entry: &Entry, base: &str) -> String {
        stores::key_set_uri(base, &entry.org_id, &entry.software_id)
    }

    async fn assertion(
        &self,
        software: &SoftwareId,
        alter: Option<AlterClaims<'_>>,
    ) -> Result<Option<String>, String> {
        let listed = self.software.get(software);
        let Some(tpp) = listed.map(|listed| Arc::clone(&listed.tpp)) else {
            return Ok(None);
        };
        let mut draft = self.draft(&tpp).map_err(|error| error.to_string())?;
        if let Some(alter) = alter {
            draft = draft.altered(alter)?;
        }
        let key = self.key().clone();
        // Signing takes a millisecond, and the key may still have to be made.
        let signed = tokio::task::spawn_blocking(move || draft.sign(&key, &Edits::default()));
        let signed = signed.await.map_err(|error| match error.try_into_panic() {
            Ok(panic) => resume_unwind(panic),
            Err(error) => error.to_string(),
        })?;
        signed.map(Some).map_err(|error| error.to_string())
    }

    async fn learn_keys(&self, statement: &Object, kid: Option<&str>) -> Result<(), String> {
        Directory::learn_keys(self, statement, kid).await
    }
}

fn entry(tpp: &Tpp) -> Entry {
    let profile = tpp.profile();
    Entry {
        redirect_uris: profile.redirect_uris.clone(),
        roles: profile.roles.clone(),
        status: match (profile.org_status, profile.software_status) {
            (OrgStatus::Active, SoftwareStatus::Active) => EntryStatus::Active,
            (OrgStatus::Active, SoftwareStatus::Suspended) => EntryStatus::Suspended,
            _ => EntryStatus::Inactive,
        },
        updated_at: profile.updated_at,
        ..of_identity(&tpp.identity)
    }
}

/// What an entry says of who somebody is; the rest is that of a TPP that does nothing.
pub(super) fn of_identity(identity: &Identity) -> Entry {
    Entry {
        ecosystem: identity.ecosystem,
        software_id: identity.software_id.clone(),
        org_id: identity.org_id.clone(),
        name: identity.software_name.clone(),
        description: identity.description(),
        version: VERSION.to_owned(),
        host: identity.host.clone(),
        redirect_uris: vec![identity.page("callback")],
        roles: Vec::new(),
        status: EntryStatus::Active,
        updated_at: 0,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use certs_gen::{Authority, Key, KeyAlgorithm};
    use serde_json::Value;

    use super::*;
    use crate::clock::Clock;
    use crate::dialect::trust::Trust;
    use crate::directory::credential::GivenKey;
    use crate::directory::outside::Outside;
    use crate::directory::plan::TppPlan;
    use crate::directory::statement::{brazil, uk};
    use crate::directory::{DirectoryKey, DirectoryParts, KeyPool, KeyStore, Revocations};
    use crate::domain::ecosystem::Ecosystem;
    use crate::domain::jws::Jws;
    use crate::domain::urls::{Overrides, Urls};

    fn directory(seed: u64) -> Directory {
        let clock = Clock::system();
        clock.freeze();
        let authority = Authority::generate(clock.now()).unwrap();
        let urls = Urls::new(&[], 1, 2, Overrides::default());
        let pool = KeyPool::new(0);
        let authority = Arc::new(authority);
        Directory::new(DirectoryParts {
            world: "default".into(),
            key: DirectoryKey::new(Arc::clone(&authority)),
            revocations: Arc::new(Revocations::unheard(Arc::clone(&authority))),
            minted: Arc::default(),
            authority,
            key_pool: pool,
            clock,
            urls: Arc::new(urls),
            seed,
            outside: Outside::default(),
        })
    }

    /// Of EC keys, which are made at once.
    fn plan(ecosystem: Ecosystem) -> TppPlan {
        let key = || GivenKey::Key(Key::generate(KeyAlgorithm::EcP256).unwrap());
        TppPlan {
            ecosystem,
            transport_key: Some(key()),
            signing_key: Some(key()),
            ..TppPlan::default()
        }
    }

    #[tokio::test]
    async fn an_invented_entry_has_empty_key_stores_and_no_statement() {
        let directory = directory(1);
        for entry in directory.entries() {
            let (org, software) = (&entry.org_id, &entry.software_id);
            let keys = directory.software_jwks(org, software, KeyStore::Current);
            assert_eq!(keys, Some(serde_json::json!({ "keys": [] })));
            assert!(directory.organisation_jwks(org).is_some());
            assert_eq!(directory.entry(software), Some(Arc::clone(&entry)));
            assert_eq!(directory.assertion(software, None).await, Ok(None));
        }
        let unknown = SoftwareId::new("unknown");
        assert_eq!(directory.assertion(&unknown, None).await, Ok(None));
        assert_eq!(directory.entry(&unknown), None);
    }

    #[test]
    fn ones_own_software_comes_first_in_the_order_in_which_it_was_added() {
        let directory = directory(1);
        let ecosystems = [Ecosystem::Brazil, Ecosystem::Uk, Ecosystem::Brazil];
        let added = ecosystems.map(|ecosystem| directory.add(plan(ecosystem)).unwrap());
        let foreign = TppPlan {
            is_foreign: true,
            ..plan(Ecosystem::Uk)
        };
        directory.add(foreign).unwrap();
        let entries = directory.entries();
        assert_eq!(entries.len(), 15);
        for (entry, tpp) in entries.iter().zip(&added) {
            assert_eq!(entry.software_id, tpp.identity.software_id);
            assert_eq!(entry.status, EntryStatus::Active);
            let uri = directory.jwks_uri(entry, "https://known:2");
            let expected = format!(
                "https://known:2/directory/{}/{}.jwks",
                entry.org_id, entry.software_id
            );
            assert_eq!(uri, expected);
        }
    }

    #[test]
    fn an_entry_says_what_became_of_its_software_and_when() {
        let directory = directory(1);
        let tpp = directory.add(plan(Ecosystem::Uk)).unwrap();
        let id = &tpp.identity.software_id;
        let added_at = directory.clock().unix_millis();
        assert_eq!(directory.entry(id).unwrap().updated_at, added_at);
        for (org, software, expected) in [
            (
                OrgStatus::Active,
                SoftwareStatus::Suspended,
                EntryStatus::Suspended,
            ),
            (
                OrgStatus::Active,
                SoftwareStatus::Revoked,
                EntryStatus::Inactive,
            ),
            (
                OrgStatus::Withdrawn,
                SoftwareStatus::Active,
                EntryStatus::Inactive,
            ),
            (
                OrgStatus::Revoked,
                SoftwareStatus::Suspended,
                EntryStatus::Inactive,
            ),
            (
                OrgStatus::Active,
                SoftwareStatus::Active,
                EntryStatus::Active,
            ),
        ] {
            directory.clock().advance(Duration::from_millis(1500));
            tpp.set_status(org, software);
            let entry = directory.entry(id).unwrap();
            assert_eq!(entry.status, expected);
            assert_eq!(entry.updated_at, directory.clock().unix_millis());
        }
        assert_eq!(tpp.updated_at() - added_at, 5 * 1500);
    }

    #[tokio::test]
    async fn an_assertion_has_the_form_of_its_ecosystem_and_the_key_that_is_trusted_for_it() {
        let directory = directory(1);
        for (ecosystem, issuer, others) in [
            (Ecosystem::Uk, uk::ISSUER, brazil::ISSUER),
            (Ecosystem::Brazil, brazil::ISSUER, uk::ISSUER),
        ] {
            let tpp = directory.add(plan(ecosystem)).unwrap();
            let software = &tpp.identity.software_id;
            let statement = directory.assertion(software, None).await.unwrap().unwrap();
            let jws = Jws::parse(&statement).unwrap();
            assert_eq!(jws.claims["iss"], issuer);
            assert!(
                directory
                    .trusted_issuers(ecosystem)
                    .contains(&issuer.to_owned())
            );
            let kid = jws.kid().unwrap();
            let key = directory.statement_key(issuer, kid).unwrap();
            assert!(jws.verify(key.verifying(), key.algorithm()));
            assert!(directory.statement_key(others, kid).is_none());
        }
        let brazilian = directory.trusted_issuers(Ecosystem::Brazil);
        assert_eq!(brazilian, brazil::ISSUERS);
    }

    #[tokio::test]
    async fn an_altered_assertion_is_still_signed_by_the_directory() {
        let directory = directory(1);
        let tpp = directory.add(plan(Ecosystem::Uk)).unwrap();
        let software = &tpp.identity.software_id;
        let alter = |claims: &mut Value| claims["iat"] = 1.into();
        let statement = directory.assertion(software, Some(&alter)).await;
        let jws = Jws::parse(&statement.unwrap().unwrap()).unwrap();
        assert_eq!(jws.claims["iat"], 1);
        assert_eq!(jws.claims["software_id"], software.as_str());
        let key = directory.statement_key(uk::ISSUER, jws.kid().unwrap());
        let key = key.unwrap();
        assert!(jws.verify(key.verifying(), key.algorithm()));
        let ruin = |claims: &mut Value| *claims = Value::Null;
        assert!(directory.assertion(software, Some(&ruin)).await.is_err());
    }
}
