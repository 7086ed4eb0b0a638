//! The revocation list (RFC 5280 §5): what is on it, and its signed form.

use std::collections::BTreeMap;

use rcgen::{
    CertificateRevocationListParams, Issuer, KeyIdMethod, RevokedCertParams, SerialNumber,
};
use time::OffsetDateTime;
use x509_parser::{
    certificate::X509Certificate, prelude::FromDer, revocation_list::CertificateRevocationList,
};

use crate::{
    armour,
    ca::Ca,
    error::Error,
    serial::Serial,
    validity::{BACKDATING, shifted},
};

/// PEM label of a list (RFC 7468 §6).
pub(crate) const LABEL: &str = "X509 CRL";

/// Serial numbers with the time of their revocation, and the number of the last list made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Revocations {
    entries: BTreeMap<Serial, OffsetDateTime>,
    number: u64,
}

impl Revocations {
    /// Adds a serial number; one that is there keeps its time.
    pub(crate) fn revoke(&mut self, serial: &Serial, at: OffsetDateTime) {
        self.entries.entry(serial.clone()).or_insert(at);
    }

    /// Takes a serial number off; whether it was there.
    pub(crate) fn reinstate(&mut self, serial: &Serial) -> bool {
        self.entries.remove(serial).is_some()
    }

    pub(crate) fn contains(&self, serial: &Serial) -> bool {
        self.entries.contains_key(serial)
    }

    /// Takes over what another list has, and goes on from the higher number.
    pub(crate) fn merge(&mut self, other: Self) {
        for (serial, at) in other.entries {
            self.revoke(&serial, at);
        }
        self.number = self.number.max(other.number);
    }

    /// Makes the next list: dated back like certificates, valid until the issuer expires.
    pub(crate) fn sign(&mut self, issuer: &Ca, now: OffsetDateTime) -> Result<Vec<u8>, Error> {
        const WHAT: &str = "the revocation list";
        issuer.check_alive(now)?;
        let revoked_certs = self.entries.iter().map(|(serial, at)| RevokedCertParams {
            serial_number: SerialNumber::from_slice(serial.as_bytes()),
            revocation_time: *at,
            reason_code: None,
            invalidity_date: None,
        });
        let number = self.number.saturating_add(1);
        let list = CertificateRevocationListParams {
            this_update: shifted(now, -BACKDATING)?,
            next_update: issuer.life.not_after,
            crl_number: SerialNumber::from(number),
            issuing_distribution_point: None,
            revoked_certs: revoked_certs.collect(),
            key_identifier_method: KeyIdMethod::PreSpecified(issuer.key_id.clone()),
        };
        let signer = Issuer::from_ca_cert_der(&issuer.der.as_slice().into(), issuer.key.pair())
            .map_err(Error::signing(WHAT))?;
        let list = list.signed_by(&signer).map_err(Error::signing(WHAT))?;
        self.number = number;
        Ok(list.der().to_vec())
    }

    /// Reads a PEM list of this issuer; the error says what is wrong with it, as the end of a
    /// sentence that starts with its file name.
    pub(crate) fn from_pem(text: &str, issuer: &Ca) -> Result<Self, String> {
        let der = armour::first(text, LABEL).ok_or("holds no PEM revocation list")?;
        let (_, list) = CertificateRevocationList::from_der(&der)
            .map_err(|error| format!("cannot be read as a revocation list ({error})"))?;
        let (_, signer) = X509Certificate::from_der(&issuer.der)
            .map_err(|error| format!("has an issuer that cannot be read ({error})"))?;
        list.verify_signature(signer.public_key())
            .map_err(|_| "is not signed by the issuing CA beside it")?;
        let entries = list
            .iter_revoked_certificates()
            .filter_map(|entry| {
                let serial = Serial::from_bytes(entry.raw_serial())?;
                Some((serial, entry.revocation_date.to_datetime()))
            })
            .collect();
        let number = list.crl_number().map(u64::try_from);
        Ok(Self {
            entries,
            number: number.and_then(Result::ok).unwrap_or_default(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(1_700_000_000 + seconds).unwrap()
    }

    #[test]
    fn a_list_reads_back_and_counts_up() {
        let root = Ca::root(at(0)).unwrap();
        let mut list = Revocations::default();
        let serial = Serial::random().unwrap();
        list.revoke(&serial, at(10));
        list.revoke(&serial, at(20));
        for number in 1..=3 {
            let pem = armour::block(LABEL, &list.sign(&root, at(30)).unwrap());
            let read = Revocations::from_pem(&pem, &root).unwrap();
            assert_eq!(read, list);
            assert_eq!(read.number, number);
            assert_eq!(read.entries[&serial], at(10));
        }
    }

    #[test]
    fn a_serial_number_that_is_reinstated_is_not_in_the_next_list() {
        let root = Ca::root(at(0)).unwrap();
        let (gone, kept) = (Serial::random().unwrap(), Serial::random().unwrap());
        let mut list = Revocations::default();
        list.revoke(&gone, at(1));
        list.revoke(&kept, at(2));
        list.sign(&root, at(3)).unwrap();
        assert!(list.reinstate(&gone));
        assert!(!list.reinstate(&gone));
        let pem = armour::block(LABEL, &list.sign(&root, at(4)).unwrap());
        let read = Revocations::from_pem(&pem, &root).unwrap();
        assert!(!read.contains(&gone));
        assert!(read.contains(&kept));
        assert_eq!(read.number, 2);
    }

    #[test]
    fn a_list_of_another_issuer_is_refused() {
        let root = Ca::root(at(0)).unwrap();
        let pem = armour::block(LABEL, &Revocations::default().sign(&root, at(0)).unwrap());
        let twin = root.twin(None).unwrap();
        assert_eq!(
            Revocations::from_pem(&pem, &twin).unwrap_err(),
            "is not signed by the issuing CA beside it"
        );
    }

    #[test]
    fn merging_keeps_the_earlier_entry_and_the_higher_number() {
        let serial = Serial::random().unwrap();
        let other_serial = Serial::random().unwrap();
        let mut one = Revocations::default();
        one.revoke(&serial, at(1));
        let mut other = Revocations {
            number: 7,
            ..Revocations::default()
        };
        other.revoke(&serial, at(2));
        other.revoke(&other_serial, at(3));
        one.merge(other);
        assert_eq!(one.number, 7);
        assert_eq!(one.entries[&serial], at(1));
        assert!(one.contains(&other_serial));
    }
}
