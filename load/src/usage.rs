//! What a process has used, as the kernel counts it.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use procfs::process::Process;
use serde::{Deserialize, Serialize};

/// A process at one moment.
#[derive(Debug, Clone, Copy)]
pub struct Usage {
    /// When it was read.
    pub at: Instant,
    /// User and system time since its start; in steps of 10 ms.
    pub cpu: Duration,
    /// Resident memory (`VmRSS`), in KiB.
    pub resident_kib: u64,
    /// The most that was ever resident (`VmHWM`), in KiB.
    pub peak_kib: u64,
    /// Threads.
    pub threads: u64,
    /// Open files and sockets.
    pub descriptors: usize,
}

impl Usage {
    /// Of the process `pid`.
    ///
    /// # Errors
    /// No such process, or one of somebody else.
    pub fn of(pid: u32) -> Result<Self> {
        let gone = || format!("process {pid} cannot be looked at: did it end?");
        let process = Process::new(i32::try_from(pid)?).with_context(gone)?;
        let stat = process.stat().with_context(gone)?;
        let status = process.status().with_context(gone)?;
        let ticks = u32::try_from(stat.utime + stat.stime)?;
        let per_second = u32::try_from(procfs::ticks_per_second())?;
        Ok(Self {
            at: Instant::now(),
            cpu: Duration::from_secs(1) * ticks / per_second,
            resident_kib: status.vmrss.unwrap_or_default(),
            peak_kib: status.vmhwm.unwrap_or_default(),
            threads: status.threads,
            descriptors: process.fd_count().with_context(gone)?,
        })
    }

    /// Of this process.
    ///
    /// # Errors
    /// As for [`Usage::of`].
    pub fn own() -> Result<Self> {
        Self::of(std::process::id())
    }
}

/// Resident memory during a run, in KiB.
#[expect(clippy::struct_field_names, reason = "the unit")]
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Memory {
    /// When the clock started.
    pub start_kib: u64,
    /// When the last answer had come.
    pub end_kib: u64,
    /// The most, since the process started.
    pub peak_kib: u64,
}

/// CPU time between two looks, in seconds, and its share of the time that went by.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Busy {
    /// User and system seconds.
    pub cpu_seconds: f64,
    /// 1.0 is one CPU all the time.
    pub share: f64,
}

impl Busy {
    /// From an earlier look to a later one.
    pub fn between(before: &Usage, after: &Usage) -> Self {
        let cpu_seconds = after.cpu.saturating_sub(before.cpu).as_secs_f64();
        Self {
            cpu_seconds,
            share: cpu_seconds / (after.at - before.at).as_secs_f64(),
        }
    }
}

impl Memory {
    /// From an earlier look to a later one.
    pub fn between(before: &Usage, after: &Usage) -> Self {
        Self {
            start_kib: before.resident_kib,
            end_kib: after.resident_kib,
            peak_kib: after.peak_kib,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Usage;

    #[test]
    fn this_process_can_be_looked_at() {
        let usage = Usage::own().unwrap();
        assert!(usage.resident_kib > 0 && usage.peak_kib >= usage.resident_kib);
        assert!(usage.threads >= 1 && usage.descriptors >= 3);
    }
}
