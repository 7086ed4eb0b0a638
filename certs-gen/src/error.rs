//! Everything that can go wrong, each with the value seen and the next step.

use std::{io, path::PathBuf};

use crate::{key::KeyAlgorithm, profile::Kind};

/// Why a key, a request, a certificate or an authority was refused.
///
/// The text of every variant is one sentence for the person who has to put it right.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A word that is not in one of our lists (kind, flaw, role, key algorithm).
    #[error("`{found}` is no {what}; use one of: {allowed}")]
    UnknownName {
        /// What the word should have named.
        what: &'static str,
        /// The word as given.
        found: String,
        /// The whole list, comma-separated.
        allowed: String,
    },
    /// A serial number that is not 1 to 20 octets of hex (RFC 5280 §4.1.2.2).
    #[error("`{0}` is no serial number; write 1 to 20 octets, not all zero, in hex")]
    SerialInvalid(String),

    /// The crypto library made no key.
    #[error("no {algorithm} key could be made: {reason}; try again")]
    KeyGeneration {
        /// The kind of key asked for.
        algorithm: KeyAlgorithm,
        /// The library's reason.
        reason: String,
    },
    /// A text without a `PRIVATE KEY` block.
    #[error("the key is not PEM; a `-----BEGIN PRIVATE KEY-----` block (PKCS#8) is needed")]
    KeyNotPem,
    /// A PEM block whose contents are no key.
    #[error(
        "the `{label}` block cannot be read as a key ({reason}); write it anew with `openssl pkcs8 -topk8 -nocrypt`"
    )]
    KeyUnreadable {
        /// The PEM label found.
        label: String,
        /// What the parser said.
        reason: String,
    },
    /// A key of a kind that is not used here.
    #[error("the key is {found}; use RSA with 2048 bits or EC P-256, not encrypted")]
    KeyUnsupported {
        /// What it is instead.
        found: String,
    },
    /// A private key and a certificate that do not belong together.
    #[error("the private key does not fit the certificate; use the key it was issued for")]
    KeyDoesNotFit,

    /// A text that is not a leaf's PEM chain.
    #[error(
        "the certificate chain cannot be read ({reason}); the leaf and its issuer are needed, in PEM"
    )]
    ChainUnreadable {
        /// What was wrong with it.
        reason: String,
    },

    /// A certificate request without PEM armour.
    #[error(
        "the certificate request is not PEM ({reason}); make one with `openssl req -new -key KEY`"
    )]
    CsrNotPem {
        /// What is missing.
        reason: String,
    },
    /// A PEM block of another kind, such as `CERTIFICATE`.
    #[error("the file holds a `{found}`; a `CERTIFICATE REQUEST` is needed")]
    CsrWrongLabel {
        /// The label found.
        found: String,
    },
    /// A certificate request that ends too early.
    #[error("the certificate request is cut short; copy the whole file again")]
    CsrTruncated,
    /// Bytes that are no PKCS#10 request (RFC 2986).
    #[error(
        "the certificate request is not PKCS#10 ({reason}); make it anew with `openssl req -new -key KEY`"
    )]
    CsrMalformed {
        /// What the parser said.
        reason: String,
    },
    /// A certificate request not signed with the key in it.
    #[error(
        "the signature of the certificate request does not verify; sign it with the key it holds"
    )]
    CsrBadSignature,
    /// An RSA key below 2048 bits.
    #[error("the certificate request holds an RSA key of {bits} bits; at least 2048 are needed")]
    CsrKeyTooSmall {
        /// The size of its modulus.
        bits: usize,
    },
    /// A key or signature algorithm that is not taken.
    #[error(
        "the certificate request uses {found}; use RSA (2048 to 8192 bits) or EC P-256, signed with SHA-256 or better"
    )]
    CsrUnsupportedAlgorithm {
        /// What it uses.
        found: String,
    },
    /// A request whose key the directory would not certify for this kind.
    #[error("{kind} takes RSA keys of 2048 bits; the certificate request holds {found}")]
    CsrKeyNotForKind {
        /// The kind asked for.
        kind: Kind,
        /// The key in the request.
        found: String,
    },

    /// The subject lacks something that this kind of certificate must say.
    #[error("{kind} needs the subject's {field}; set it")]
    SubjectValueMissing {
        /// The kind asked for.
        kind: Kind,
        /// Field of `Subject`.
        field: &'static str,
    },
    /// A value beyond the upper bounds of RFC 5280, appendix A.
    #[error("the subject's {field} has {length} characters; at most {limit} fit")]
    SubjectValueTooLong {
        /// Field of `Subject`.
        field: &'static str,
        /// Characters found.
        length: usize,
        /// Characters allowed.
        limit: usize,
    },
    /// A country that is not two letters (ISO 3166).
    #[error("`{0}` is no country code; write two letters, such as GB")]
    CountryInvalid(String),
    /// A host name that cannot stand in a certificate.
    #[error("`{0}` is no host name; write a DNS name in ASCII (punycode) or an IP address")]
    HostNameInvalid(String),

    /// A time that X.509 cannot write (before 1970 or after 9999).
    #[error("the time {0} does not fit into a certificate; set the clock between 1970 and 9999")]
    TimeOutOfRange(String),
    /// The issuing certificate has run out.
    #[error(
        "the issuing certificate expired at {expired_at}; make a new authority in an empty folder"
    )]
    AuthorityExpired {
        /// Its notAfter.
        expired_at: String,
    },
    /// No authority where one was expected.
    #[error("{dir} holds no authority; make one with `certs-gen authority --out {dir}`", dir = .dir.display())]
    AuthorityAbsent {
        /// The folder.
        dir: PathBuf,
    },
    /// Some files of an authority, but not all.
    #[error("{dir} holds only a part of an authority ({missing} missing); put the rest back or choose an empty folder", dir = .dir.display())]
    AuthorityIncomplete {
        /// The folder.
        dir: PathBuf,
        /// The files not there, comma-separated.
        missing: String,
    },
    /// A folder in use for something else.
    #[error("{dir} holds other files ({found}, ...) and no authority; choose an empty folder", dir = .dir.display())]
    FolderNotEmpty {
        /// The folder.
        dir: PathBuf,
        /// One of the files there.
        found: String,
    },
    /// A file of an authority that does not fit.
    #[error("{path} {problem}; put the right file back or choose an empty folder for a new authority", path = .path.display())]
    AuthorityFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, as the end of a sentence.
        problem: String,
    },

    /// The operating system refused.
    #[error("cannot {action} {path}: {source}; {}", next_step(.source), path = .path.display())]
    File {
        /// What was tried.
        action: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// Its answer.
        source: io::Error,
    },
    /// A structure could not be written as DER or PKCS#12.
    #[error("cannot encode {what}: {reason}; shorten the values given")]
    Encoding {
        /// Which structure.
        what: &'static str,
        /// What the encoder said.
        reason: String,
    },
    /// A signature could not be made.
    #[error("cannot sign {what}: {reason}; try again")]
    Signing {
        /// What was to be signed.
        what: &'static str,
        /// What the library said.
        reason: String,
    },
}

impl Error {
    /// Turns an encoder's complaint about `what` into ours, for `map_err`.
    pub(crate) fn encoding<E: std::fmt::Display>(what: &'static str) -> impl FnOnce(E) -> Self {
        move |error| Self::Encoding {
            what,
            reason: error.to_string(),
        }
    }

    /// Turns a signer's complaint about `what` into ours, for `map_err`.
    pub(crate) fn signing<E: std::fmt::Display>(what: &'static str) -> impl FnOnce(E) -> Self {
        move |error| Self::Signing {
            what,
            reason: error.to_string(),
        }
    }

    /// Names the file in an I/O error, for `map_err`.
    pub(crate) fn file(
        action: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File {
            action,
            path,
            source,
        }
    }
}

/// What helps against this answer of the operating system.
fn next_step(source: &io::Error) -> &'static str {
    match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "make room there",
        _ => "check the path and its permissions",
    }
}

/// Finds `word` in a list of named things, or says what the list is.
pub(crate) fn find_named<T: Copy + std::fmt::Display>(
    all: &[T],
    what: &'static str,
    word: &str,
) -> Result<T, Error> {
    all.iter()
        .find(|item| item.to_string().eq_ignore_ascii_case(word))
        .copied()
        .ok_or_else(|| Error::UnknownName {
            what,
            found: word.to_owned(),
            allowed: all
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(", "),
        })
}
