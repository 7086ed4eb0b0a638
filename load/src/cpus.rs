//! Which CPUs the server under test and the load run on.

use std::fmt;
use std::str::FromStr;
use std::thread;

use anyhow::{Context, Result, ensure};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use serde::{Deserialize, Serialize};

/// CPU numbers in rising order, as `taskset` writes them: `0`, `0,2`, `1-3`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Cpus(Vec<usize>);

impl Cpus {
    /// How many.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// Each of them alone.
    pub fn each(&self) -> impl Iterator<Item = Self> + '_ {
        self.0.iter().map(|cpu| Self(vec![*cpu]))
    }

    /// Those that this thread may run on.
    ///
    /// # Errors
    /// The system's.
    pub fn allowed() -> Result<Self> {
        let set = sched_getaffinity(None).context("which CPUs may be used")?;
        Ok(Self(
            (0..CpuSet::MAX_CPU)
                .filter(|cpu| set.is_set(*cpu))
                .collect(),
        ))
    }

    /// Keeps this thread, and what it starts from now on, on these CPUs.
    ///
    /// # Errors
    /// A CPU that is not there or not allowed.
    pub fn pin(&self) -> Result<()> {
        let mut set = CpuSet::new();
        self.0.iter().for_each(|cpu| set.set(*cpu));
        sched_setaffinity(None, &set).with_context(|| format!("cannot run on CPU {self}"))
    }

    /// Runs `work` on these CPUs; the threads and processes that it starts stay there.
    ///
    /// # Errors
    /// As for [`Cpus::pin`], and the work's own.
    pub fn run<T: Send>(&self, work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
        thread::scope(|scope| {
            let thread = scope.spawn(|| {
                self.pin()?;
                work()
            });
            match thread.join() {
                Ok(outcome) => outcome,
                Err(payload) => std::panic::resume_unwind(payload),
            }
        })
    }
}

impl FromStr for Cpus {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let number = |text: &str| -> Result<usize> {
            let cpu = text
                .parse()
                .with_context(|| format!("found {text:?}; allowed: 0, 0,2 or 1-3"))?;
            ensure!(cpu < CpuSet::MAX_CPU, "there is no CPU {cpu}");
            Ok(cpu)
        };
        let mut cpus = Vec::new();
        for part in text.split(',') {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            cpus.extend(number(first)?..=number(last)?);
        }
        cpus.sort_unstable();
        cpus.dedup();
        ensure!(!cpus.is_empty(), "found {text:?}; allowed: 0, 0,2 or 1-3");
        Ok(Self(cpus))
    }
}

impl fmt::Display for Cpus {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbers: Vec<_> = self.0.iter().map(ToString::to_string).collect();
        formatter.write_str(&numbers.join(","))
    }
}

impl From<Cpus> for String {
    fn from(cpus: Cpus) -> Self {
        cpus.to_string()
    }
}

impl TryFrom<String> for Cpus {
    type Error = anyhow::Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

/// Who runs where.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Placement {
    /// The server under test, whichever it is.
    pub server: Cpus,
    /// The load.
    pub client: Cpus,
    /// All that this process may use.
    #[serde(skip)]
    pub all: Cpus,
}

impl Placement {
    /// What is not said: the first CPU is the server's, the others are the load's. With one CPU in
    /// all, they share it.
    ///
    /// # Errors
    /// The system's.
    pub fn new(server: Option<Cpus>, client: Option<Cpus>) -> Result<Self> {
        let all = Cpus::allowed()?;
        let (first, others) = all.0.split_at(1.min(all.count()));
        let others = if others.is_empty() { first } else { others };
        Ok(Self {
            server: server.unwrap_or_else(|| Cpus(first.to_vec())),
            client: client.unwrap_or_else(|| Cpus(others.to_vec())),
            all,
        })
    }

    /// The CPUs that both use; `None`: each has its own.
    pub fn shared(&self) -> Option<Cpus> {
        let both = self.server.0.iter().copied();
        let both: Vec<_> = both.filter(|cpu| self.client.0.contains(cpu)).collect();
        (!both.is_empty()).then_some(Cpus(both))
    }
}

#[cfg(test)]
mod tests {
    use super::{Cpus, Placement};

    #[test]
    fn shared_cpus_are_known() {
        let shared = |server: &str, client: &str| {
            let cpus = |text: &str| text.parse::<Cpus>().unwrap();
            let placement = Placement {
                server: cpus(server),
                client: cpus(client),
                all: Cpus::default(),
            };
            placement.shared().map(|cpus| cpus.to_string())
        };
        assert_eq!(shared("0,2", "1,3"), None);
        assert_eq!(shared("0-2", "1-3"), Some("1,2".to_owned()));
    }

    #[test]
    fn lists_and_ranges_are_read_and_written() {
        for (text, expected) in [("0", "0"), ("2,0", "0,2"), ("1-3,2", "1,2,3")] {
            assert_eq!(text.parse::<Cpus>().unwrap().to_string(), expected);
        }
        for text in ["", "x", "3-1", "1,", "100000"] {
            assert!(text.parse::<Cpus>().is_err(), "{text}");
        }
    }
}
