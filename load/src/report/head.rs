//! The head of the page: what, where and when.

use std::fmt::{self, Write};

use super::Report;
use super::machine::Machine;
use crate::cpus::Placement;
use crate::outcome::ratio_of;

/// All above the goals.
pub fn head(page: &mut String, report: &Report) -> fmt::Result {
    let machine = &report.machine;
    writeln!(
        page,
        "<!-- Made by `load report` from performance.json; `load render` makes it again. -->\n\
         # Performance\n\n\
         What the emulator costs, measured beside other servers in one run. {} What is compared is measured \
         in turn. {}\n\n\
         {}: {}, {} hardware threads, {:.0} GiB of memory, Linux {}. The server under test, whichever it \
         is, runs on CPU {}, the load on CPU {}.\n\n\
         ![Registrations and new connections per second](performance.svg)\n",
        cpus(&machine.placement),
        match report.effort.rounds {
            1 => "There was one round.".to_owned(),
            rounds => format!(
                "Figures are medians of {rounds} rounds; the least and the most stand in brackets."
            ),
        },
        subject(machine),
        machine.cpu,
        machine.cores,
        ratio_of(machine.memory_kib) / 1_048_576.0,
        machine.kernel,
        machine.placement.server,
        machine.placement.client,
    )?;
    if report.effort.quick {
        writeln!(
            page,
            "**A quick run, to see that all of it works. Its figures say little.**\n"
        )?;
    }
    writeln!(page, "Measured on {}.\n", machine.day)
}

fn cpus(placement: &Placement) -> String {
    match placement.shared() {
        None => "Server and load each have CPUs of their own.".to_owned(),
        Some(shared) => {
            format!("**Server and load share CPU {shared}: each slows the other.**")
        }
    }
}

/// `aspsp-emulator 0.1.0 (commit 0123456789ab, rustc 1.89.0, glibc 2.36)`.
fn subject(machine: &Machine) -> String {
    let commit = machine.commit.as_ref().map(|it| format!("commit {it}"));
    let origin = [commit, machine.rustc.clone(), machine.libc.clone()];
    let known: Vec<_> = origin.into_iter().flatten().collect();
    if known.is_empty() {
        return machine.emulator.clone();
    }
    format!("{} ({})", machine.emulator, known.join(", "))
}

#[cfg(test)]
mod tests {
    use super::cpus;
    use crate::cpus::{Cpus, Placement};

    #[test]
    fn shared_cpus_are_named() {
        let placement = |client: &str| Placement {
            server: "0".parse().unwrap(),
            client: client.parse().unwrap(),
            all: Cpus::default(),
        };
        assert!(cpus(&placement("1")).contains("of their own"));
        assert!(cpus(&placement("0-1")).contains("share CPU 0:"));
    }
}
