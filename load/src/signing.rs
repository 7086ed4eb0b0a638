//! Registration requests of a kit's TPP, signed before any clock runs.

use std::path::Path;
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, anyhow};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PSS_SHA256, RsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use serde_json::{Map, Value};

use crate::cpus::Cpus;
use crate::tls::private_key;

/// More than so many are not signed beforehand; what is beyond gets them again, from the first on.
pub const POOL_LIMIT: u64 = 20_000;

/// Compact JWS, each with a `jti` of its own.
#[derive(Debug)]
pub struct Pool(Vec<Bytes>);

impl Pool {
    /// The `n`-th request; from the first again after the last.
    pub fn at(&self, n: u64) -> Bytes {
        let count = self.distinct().max(1);
        usize::try_from(n % count)
            .ok()
            .and_then(|index| self.0.get(index))
            .cloned()
            .unwrap_or_default()
    }

    /// How many distinct ones there are.
    pub fn distinct(&self) -> u64 {
        self.0.len() as u64
    }
}

/// Signs what the kit's TPP asks of `uk-ob-3.3`, again and again.
pub struct Signer {
    header: String,
    claims: Map<String, Value>,
    key: RsaKeyPair,
}

impl Signer {
    /// Takes the kit's own request for an example.
    ///
    /// # Errors
    /// A file that cannot be read or parsed.
    pub fn of_kit(kit: &Path) -> Result<Self> {
        let read = |name: &str| {
            let path = kit.join(name);
            std::fs::read_to_string(&path).with_context(|| path.display().to_string())
        };
        let example = read("registration-uk-ob-3.3.jwt")?;
        let mut parts = example.trim().split('.');
        let (Some(header), Some(claims)) = (parts.next(), parts.next()) else {
            return Err(anyhow!("the kit's request is no compact JWS"));
        };
        let key = private_key(&read("signing.key")?)?;
        Ok(Self {
            header: header.to_owned(),
            claims: serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims)?)?,
            key: RsaKeyPair::from_pkcs8(key.secret_der())
                .map_err(|error| anyhow!("the kit's signing key: {error}"))?,
        })
    }

    /// Signs as many as are wanted, up to [`POOL_LIMIT`], on all of `cpus`.
    ///
    /// # Errors
    /// The library's.
    pub fn pool(&self, wanted: u64, cpus: &Cpus) -> Result<Pool> {
        let wanted = wanted.clamp(1, POOL_LIMIT);
        let workers = cpus.count().max(1) as u64;
        let signed = thread::scope(|scope| {
            let threads: Vec<_> = (0..workers)
                .map(|first| {
                    scope.spawn(move || {
                        cpus.pin()?;
                        let mine = (first..wanted).step_by(usize::try_from(workers)?);
                        mine.map(|n| self.sign(n)).collect::<Result<Vec<_>>>()
                    })
                })
                .collect();
            let joined = threads.into_iter().map(|thread| match thread.join() {
                Ok(signed) => signed,
                Err(payload) => std::panic::resume_unwind(payload),
            });
            joined.collect::<Result<Vec<_>>>()
        })?;
        Ok(Pool(signed.into_iter().flatten().collect()))
    }

    fn sign(&self, n: u64) -> Result<Bytes> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
        let mut claims = self.claims.clone();
        claims.insert("iat".to_owned(), now.into());
        claims.insert("exp".to_owned(), (now + 24 * 60 * 60).into());
        // The shape of a UUID of version 4.
        let jti = format!("00000000-0000-4000-8000-{n:012x}");
        claims.insert("jti".to_owned(), jti.into());
        let claims = URL_SAFE_NO_PAD.encode(Value::Object(claims).to_string());
        let input = format!("{}.{claims}", self.header);
        let mut signature = vec![0; self.key.public_modulus_len()];
        self.key
            .sign(
                &RSA_PSS_SHA256,
                &SystemRandom::new(),
                input.as_bytes(),
                &mut signature,
            )
            .map_err(|_| anyhow!("a request cannot be signed"))?;
        Ok(format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature)).into())
    }
}
