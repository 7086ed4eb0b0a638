//! What a `SubjectPublicKeyInfo` holds (RFC 5280 §4.1.2.7).

use std::fmt;

use x509_parser::{
    oid_registry::{OID_EC_P256, OID_KEY_TYPE_EC_PUBLIC_KEY, OID_PKCS1_RSAENCRYPTION},
    prelude::FromDer,
    public_key::PublicKey as Parsed,
    x509::SubjectPublicKeyInfo,
};

/// An uncompressed P-256 point: 04, x, y.
const P256_POINT_OCTETS: usize = 65;

/// Kind and size of a public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// RSA (`rsaEncryption`) with the bits of its modulus.
    Rsa(usize),
    /// EC on P-256, uncompressed point.
    EcP256,
    /// Anything else, in words.
    Other(String),
}

impl Shape {
    /// Reads the shape of a DER `SubjectPublicKeyInfo`.
    pub(crate) fn of(spki: &[u8]) -> Self {
        match SubjectPublicKeyInfo::from_der(spki) {
            Ok((_, spki)) => Self::of_parsed(&spki),
            Err(_) => Self::Other("a key that cannot be read".to_owned()),
        }
    }

    /// Reads the shape of a parsed `SubjectPublicKeyInfo`.
    pub(crate) fn of_parsed(spki: &SubjectPublicKeyInfo<'_>) -> Self {
        let algorithm = &spki.algorithm.algorithm;
        match spki.parsed() {
            Ok(Parsed::RSA(key)) if *algorithm == OID_PKCS1_RSAENCRYPTION => {
                Self::Rsa(modulus_bits(key.modulus))
            }
            Ok(Parsed::EC(point)) if *algorithm == OID_KEY_TYPE_EC_PUBLIC_KEY => {
                let curve = spki.algorithm.parameters.as_ref();
                let curve = curve.and_then(|any| any.as_oid().ok());
                let is_whole =
                    point.data().len() == P256_POINT_OCTETS && point.data().first() == Some(&4);
                match curve {
                    Some(oid) if oid == OID_EC_P256 && is_whole => Self::EcP256,
                    Some(oid) if oid == OID_EC_P256 => Self::Other("a compressed EC point".into()),
                    Some(oid) => Self::Other(format!("an EC key on curve {oid}")),
                    None => Self::Other("an EC key without a named curve".into()),
                }
            }
            _ => Self::Other(format!("a key of algorithm {algorithm}")),
        }
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rsa(bits) => write!(f, "an RSA key of {bits} bits"),
            Self::EcP256 => f.write_str("an EC P-256 key"),
            Self::Other(words) => f.write_str(words),
        }
    }
}

/// The bits of a modulus, leading zero octets and bits not counted.
fn modulus_bits(modulus: &[u8]) -> usize {
    modulus
        .iter()
        .position(|octet| *octet != 0)
        .map_or(0, |first| {
            (modulus.len() - first) * 8 - modulus[first].leading_zeros() as usize
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_modulus_is_measured_in_bits() {
        for (modulus, bits) in [
            (&[][..], 0),
            (&[0], 0),
            (&[0, 0x80], 8),
            (&[0x7f, 0], 15),
            (&[1], 1),
        ] {
            assert_eq!(modulus_bits(modulus), bits, "{modulus:?}");
        }
    }

    #[test]
    fn rubbish_has_a_shape_in_words() {
        assert!(matches!(Shape::of(b"rubbish"), Shape::Other(_)));
    }
}
