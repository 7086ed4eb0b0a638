//! Where and when it was measured, and what.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use procfs::{CpuInfo, Current, Meminfo};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::origin::{self, Program};
use crate::cpus::Placement;

/// The machine, and the versions of what ran on it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Machine {
    /// The day, in UTC: `2026-01-31`.
    pub day: String,
    /// As the CPU names itself.
    pub cpu: String,
    /// Hardware threads.
    pub cores: usize,
    /// In KiB.
    pub memory_kib: u64,
    /// The kernel's release.
    pub kernel: String,
    /// What `--version` of the emulator says.
    pub emulator: String,
    /// The commit of the working tree: `0123456789ab`, or `0123456789ab-dirty`. Absent: no `git`, or none there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// The compiler that made the emulator: `rustc 1.89.0`. Absent: the program does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rustc: Option<String>,
    /// The C library that the emulator runs with: `glibc 2.36`, `linked statically`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub libc: Option<String>,
    /// Who ran where.
    pub placement: Placement,
}

impl Machine {
    /// This one, with this emulator.
    ///
    /// # Errors
    /// The system does not say.
    pub fn of(binary: &Path, placement: &Placement) -> Result<Self> {
        let cpus = CpuInfo::current()?;
        let version = Command::new(binary).arg("--version").output();
        let version = version.with_context(|| binary.display().to_string())?;
        let program = Program::read(binary);
        Ok(Self {
            day: OffsetDateTime::now_utc().date().to_string(),
            cpu: cpus.model_name(0).unwrap_or("unknown").to_owned(),
            cores: cpus.num_cores(),
            memory_kib: Meminfo::current()?.mem_total / 1024,
            kernel: rustix::system::uname().release().to_string_lossy().into(),
            emulator: String::from_utf8_lossy(&version.stdout).trim().to_owned(),
            commit: origin::commit(),
            rustc: program.as_ref().and_then(|it| it.rustc.clone()),
            libc: program.map(|it| it.libc),
            placement: placement.clone(),
        })
    }
}
