//! The yardstick of a registration: its two PS256 verifications, and nothing else.

use std::fmt;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, ensure};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    KeyPair, ParsedPublicKey, RSA_PSS_2048_8192_SHA256, RSA_PSS_SHA256, RsaKeyPair,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use certs_gen::{Key, KeyAlgorithm};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::{Deserialize, Serialize};

use crate::cpus::{Cpus, Placement};
use crate::outcome::ratio_of;

/// What is signed of a registration request of the kit, and of its software statement, in bytes.
const SIGNED: [usize; 2] = [4_360, 2_190];

/// Pairs of verifications per second, of all CPUs together.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Verifications {
    /// aws-lc-rs on keys that are parsed once.
    pub parsed_keys_per_second: f64,
    /// The `jsonwebtoken` crate on modulus and exponent, which parses the key each time.
    pub jsonwebtoken_per_second: f64,
    /// One thread on each.
    pub cpus: Cpus,
}

/// A message with a signature of a key of its own.
struct Signed {
    message: Vec<u8>,
    signature: Vec<u8>,
    text: String,
    parsed: ParsedPublicKey,
    components: DecodingKey,
}

/// Request and statement, with a signature of its own each.
pub struct Pair([Signed; 2]);

impl Pair {
    /// Of the sizes that the kit's have.
    ///
    /// # Errors
    /// The library's.
    pub fn new() -> Result<Self> {
        let [request, statement] = SIGNED.map(Signed::new);
        Ok(Self([request?, statement?]))
    }

    /// Verifies both, on keys that were parsed before.
    pub fn is_valid(&self) -> bool {
        let is_valid = |one: &Signed| one.parsed.verify_sig(&one.message, &one.signature);
        self.0.iter().all(|one| is_valid(one).is_ok())
    }
}

/// Verifies request and statement on the server's CPUs, for `seconds` in each of the two ways.
///
/// # Errors
/// What the library refuses.
pub fn run(placement: &Placement, seconds: u64) -> Result<Verifications> {
    let pair = Pair::new()?;
    let limit = Duration::from_secs(seconds);
    Ok(Verifications {
        parsed_keys_per_second: on_each(&placement.server, limit, || pair.is_valid())?,
        jsonwebtoken_per_second: on_each(&placement.server, limit, || {
            pair.0.iter().all(|one| {
                let (key, ps256) = (&one.components, Algorithm::PS256);
                jsonwebtoken::crypto::verify(&one.text, &one.message, key, ps256)
                    .is_ok_and(|is_valid| is_valid)
            })
        })?,
        cpus: placement.server.clone(),
    })
}

/// How often `is_valid` is answered in a second, by one thread on each CPU.
fn on_each(cpus: &Cpus, limit: Duration, is_valid: impl Fn() -> bool + Sync) -> Result<f64> {
    let counted = thread::scope(|scope| {
        let threads: Vec<_> = cpus
            .each()
            .map(|cpu| {
                let is_valid = &is_valid;
                scope.spawn(move || {
                    cpu.pin()?;
                    let (start, mut count) = (Instant::now(), 0_u64);
                    while start.elapsed() < limit {
                        ensure!(is_valid(), "a good signature was refused");
                        count += 1;
                    }
                    Ok(ratio_of(count) / start.elapsed().as_secs_f64())
                })
            })
            .collect();
        let joined = threads.into_iter().map(|thread| match thread.join() {
            Ok(per_second) => per_second,
            Err(payload) => std::panic::resume_unwind(payload),
        });
        joined.collect::<Result<Vec<f64>>>()
    })?;
    Ok(counted.into_iter().sum())
}

impl Signed {
    fn new(size: usize) -> Result<Self> {
        let key = Key::generate(KeyAlgorithm::Rsa2048)?;
        let pair = RsaKeyPair::from_pkcs8(key.private_der()).map_err(|error| anyhow!("{error}"))?;
        let message = vec![b'a'; size];
        let mut signature = vec![0; pair.public_modulus_len()];
        pair.sign(
            &RSA_PSS_SHA256,
            &SystemRandom::new(),
            &message,
            &mut signature,
        )
        .map_err(|_| anyhow!("a message cannot be signed"))?;
        let public = pair.public_key();
        Ok(Self {
            text: URL_SAFE_NO_PAD.encode(&signature),
            parsed: ParsedPublicKey::new(&RSA_PSS_2048_8192_SHA256, public.as_ref())
                .map_err(|error| anyhow!("{error}"))?,
            components: DecodingKey::from_rsa_raw_components(
                public.modulus().big_endian_without_leading_zero(),
                public.exponent().big_endian_without_leading_zero(),
            ),
            message,
            signature,
        })
    }
}

impl fmt::Display for Verifications {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = |per_second: f64| {
            format!(
                "{per_second:.0} pairs a second, {:.1} µs each",
                1e6 / per_second
            )
        };
        writeln!(
            out,
            "two PS256 verifications (RSA 2048), as of a registration, on CPU {}",
            self.cpus
        )?;
        writeln!(out, "parsed keys   {}", line(self.parsed_keys_per_second))?;
        write!(out, "jsonwebtoken  {}", line(self.jsonwebtoken_per_second))
    }
}
