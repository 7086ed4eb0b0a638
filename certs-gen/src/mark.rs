//! Serial numbers that an authority knows again.

use aws_lc_rs::hmac;

use crate::{error::Error, key::Key, serial::Serial};

/// What somebody who has certificates issued puts into their serial numbers.
pub type Mark = [u8; 8];

/// Octets of randomness before the mark, of the mark, of more randomness, and of the seal.
const LENGTHS: [usize; 4] = [1, 8, 4, 7];

/// Seals marks, so that no other serial number is taken for one with a mark.
pub(crate) struct Sealer(hmac::Key);

impl Sealer {
    /// The same for the same issuing key, in every process.
    pub(crate) fn of(issuing: &Key) -> Self {
        let secret = hmac::Key::new(hmac::HMAC_SHA256, issuing.private_der());
        let derived = hmac::sign(&secret, b"marks in serial numbers");
        Self(hmac::Key::new(hmac::HMAC_SHA256, derived.as_ref()))
    }

    /// A serial number with this mark: 38 of its bits are random.
    pub(crate) fn serial(&self, mark: Mark) -> Result<Serial, Error> {
        let [head, marked, _, sealed] = LENGTHS;
        let mut octets = Serial::random()?.as_bytes().to_vec();
        octets[head..head + marked].copy_from_slice(&mark);
        let length = octets.len();
        let (open, seal) = octets.split_at_mut(length - sealed);
        seal.copy_from_slice(&self.seal(open));
        // It begins as a random one does: positive and never short.
        Serial::from_bytes(&octets).map_or_else(Serial::random, Ok)
    }

    /// The mark of a serial number that was made with one.
    pub(crate) fn mark(&self, serial: &Serial) -> Option<Mark> {
        let [head, marked, _, sealed] = LENGTHS;
        let octets = serial.as_bytes();
        if octets.len() != LENGTHS.iter().sum::<usize>() {
            return None;
        }
        let (open, seal) = octets.split_at(octets.len() - sealed);
        if seal != self.seal(open) {
            return None;
        }
        open.get(head..head + marked)?.try_into().ok()
    }

    fn seal(&self, open: &[u8]) -> [u8; LENGTHS[3]] {
        let mut seal = [0; LENGTHS[3]];
        let tag = hmac::sign(&self.0, open);
        seal.copy_from_slice(&tag.as_ref()[..LENGTHS[3]]);
        seal
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::KeyAlgorithm;

    #[test]
    fn a_mark_is_known_again_by_the_key_that_sealed_it_and_by_no_other() {
        let [one, other] = [(); 2].map(|()| Key::generate(KeyAlgorithm::EcP256).unwrap());
        let (one, again, other) = (Sealer::of(&one), Sealer::of(&one), Sealer::of(&other));
        for mark in [[0; 8], [0xff; 8], *b"a world!"] {
            let serial = one.serial(mark).unwrap();
            assert_eq!(serial.as_bytes().len(), 20);
            assert_eq!(one.mark(&serial), Some(mark));
            assert_eq!(again.mark(&serial), Some(mark));
            assert_eq!(other.mark(&serial), None);
        }
        let [first, second] = [(); 2].map(|()| one.serial([1; 8]).unwrap());
        assert_ne!(first, second);
        assert_eq!(one.mark(&Serial::random().unwrap()), None);
    }
}
