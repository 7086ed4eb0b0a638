//! Putting a flaw into a token.

use certs_gen::{Key, KeyAlgorithm};

use super::flaw::{Subject, TokenFlaw};
use super::{Changes, SignedError};
use crate::bank::Bank;
use crate::dialect::checks::jwt_claims::LONGEST_LIFE;
use crate::dialect::policy::{Audience, Strictness};
use crate::dialect::{self, Dialect};
use crate::directory::tpp::Tpp;
use crate::domain::ecosystem::Ecosystem;
use crate::domain::json::Object;
use crate::domain::jws::{Algorithm, SigningKey, signing_input};
use crate::domain::signing::{Edits, Unsigned};
use crate::world::World;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;

/// A token that was signed, or not, as its flaw wants it.
pub(super) struct Sealed {
    pub(super) text: String,
    pub(super) claims: Object,
}

/// What becomes of the signature.
#[derive(Clone, Copy)]
enum Seal {
    Signed,
    Broken,
    Empty,
}

impl World {
    /// Puts the flaw into an ordinary token, applies the other changes over it, and signs. What was
    /// signed without a flaw is remembered, to be replayed.
    pub(super) fn seal(
        &self,
        tpp: &Tpp,
        subject: Subject<'_>,
        mut unsigned: Unsigned,
        changes: &Changes,
    ) -> Result<Sealed, SignedError> {
        let seal = match changes.flaw {
            Some(flaw) => self.spoil(tpp, subject, &mut unsigned, flaw)?,
            None => Seal::Signed,
        };
        let unsigned = unsigned.edited(&Edits {
            claims: changes.claims.clone(),
            removed_claims: changes.remove.clone(),
            header: changes.header.clone(),
            ..Edits::default()
        });
        let text = match seal {
            Seal::Signed => unsigned.sign()?,
            Seal::Broken => broken(&unsigned.sign()?),
            Seal::Empty => format!("{}.", signing_input(&unsigned.header, &unsigned.claims)),
        };
        let claims = unsigned.claims;
        let jti = claims.get("jti").and_then(|jti| jti.as_str());
        // Nobody has accepted a flawed one.
        if let (Some(jti), None) = (jti, changes.flaw) {
            tpp.note_signed(subject.kind(), jti);
        }
        Ok(Sealed { text, claims })
    }

    fn spoil(
        &self,
        tpp: &Tpp,
        subject: Subject<'_>,
        token: &mut Unsigned,
        flaw: TokenFlaw,
    ) -> Result<Seal, SignedError> {
        if !subject.can_have(flaw) {
            return Err(SignedError::FlawCannotBe {
                flaw,
                subject: subject.to_string(),
                possible: subject.possible(),
            });
        }
        let now = self.clock.unix();
        match flaw {
            // Not too old for any bank, and past for those that forgive a minute.
            TokenFlaw::Expired => live(token, now - 3 * MINUTE, now - 2 * MINUTE),
            TokenFlaw::IssuedInFuture => token.set_claim("iat", now + HOUR),
            TokenFlaw::WrongIssuer => token.set_claim("iss", another_issuer(subject, token)),
            TokenFlaw::WrongAudience => token.set_claim("aud", wrong_audience(subject)),
            TokenFlaw::BadSignature => return Ok(Seal::Broken),
            TokenFlaw::AlgNone => {
                token.set_header("alg", "none");
                return Ok(Seal::Empty);
            }
            TokenFlaw::AlgRs256 if token.algorithm == Algorithm::Es256 => {
                return Err(SignedError::NoRsaKey(flaw));
            }
            TokenFlaw::AlgRs256 => token.sign_with(Algorithm::Rs256),
            TokenFlaw::AlgHs256 => {
                let kid = token.header.get("kid").and_then(|kid| kid.as_str());
                token.key = SigningKey::secret(kid.unwrap_or_default());
                token.sign_with(Algorithm::Hs256);
            }
            TokenFlaw::OtherTppsKey => token.key = self.key_of_nobody(token.algorithm)?,
            TokenFlaw::UnknownKid => token.set_header("kid", uuid::Uuid::new_v4().to_string()),
            TokenFlaw::Stale => match subject {
                Subject::Statement(tpp) => {
                    token.set_claim("iat", now - oldest_statement(tpp) - MINUTE);
                }
                _ => live(token, now - LONGEST_LIFE - MINUTE, now + HOUR),
            },
            TokenFlaw::Replayed => {
                let last = tpp.last_signed(subject.kind());
                let subject = subject.to_string();
                token.set_claim("jti", last.ok_or(SignedError::NothingToReplay { subject })?);
            }
        }
        Ok(Seal::Signed)
    }

    /// A fresh key for this algorithm. Blocks while an RSA key is made.
    fn key_of_nobody(&self, algorithm: Algorithm) -> Result<SigningKey, SignedError> {
        let key = match algorithm {
            Algorithm::Es256 => Key::generate(KeyAlgorithm::EcP256)?,
            _ => self.directory.key_pool().take()?,
        };
        Ok(SigningKey::from_pem(&key.private_pem())?)
    }
}

fn live(token: &mut Unsigned, issued_at: i64, expires_at: i64) {
    token.set_claim("iat", issued_at);
    token.set_claim("exp", expires_at);
}

/// Somebody else, of the same form where the form is judged too.
fn another_issuer(subject: Subject<'_>, token: &Unsigned) -> String {
    let issuer = token.claims.get("iss").and_then(|iss| iss.as_str());
    let issuer = issuer.unwrap_or_default();
    if let Subject::Statement(_) = subject {
        return "Another Directory Ltd".to_owned();
    }
    let first = if issuer.starts_with('A') { 'B' } else { 'A' };
    issuer
        .chars()
        .skip(1)
        .fold(first.to_string(), |mut name, letter| {
            name.push(letter);
            name
        })
}

fn wrong_audience(subject: Subject<'_>) -> &'static str {
    let takes_any = |bank: &Bank| bank.rules.policy.aud == Audience::Any;
    match subject {
        Subject::Request(bank) if takes_any(bank) => "",
        _ => "https://another-bank.example",
    }
}

/// The greatest age of statements, in seconds, that strict banks of the TPP's ecosystem allow.
fn oldest_statement(tpp: &Tpp) -> i64 {
    let ecosystem: Ecosystem = tpp.identity.ecosystem;
    let of_ecosystem = |dialect: &&&Dialect| dialect.ecosystem == ecosystem;
    let ages = dialect::ALL.iter().filter(of_ecosystem);
    let ages = ages.filter_map(|dialect| {
        let policy = (dialect.policy)(dialect, Strictness::Strict);
        Some(policy.ssa_max_age.0?.whole_seconds())
    });
    ages.max().unwrap_or(HOUR)
}

/// The same with another signature of the same length.
fn broken(text: &str) -> String {
    let at = text.rfind('.').map_or(0, |dot| dot + 1);
    let (signed, signature) = text.split_at(at);
    let first = if signature.starts_with('A') { 'B' } else { 'A' };
    let rest = signature.get(1..).unwrap_or_default();
    format!("{signed}{first}{rest}")
}
