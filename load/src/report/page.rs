//! The report as a page for people.

use std::fmt::{self, Write};

use super::goals::{goals, thousands};
use super::head::head;
use super::tables::{run_table, yardstick_tables};
use super::{Notes, Report};
use crate::growth::Step;
use crate::outcome::ratio_of;

/// The page, in Markdown.
///
/// # Errors
/// None that is known of: it is written into memory.
pub fn page(report: &Report, notes: &Notes) -> Result<String, fmt::Error> {
    let mut page = String::new();
    head(&mut page, report)?;
    goal_table(&mut page, report, notes)?;
    run_table(&mut page, report)?;
    yardstick_tables(&mut page, report)?;
    growth_table(&mut page, report)?;
    start_and_stop(&mut page, report)?;
    stalled(&mut page, report)?;
    soak(&mut page, report)?;
    how_to_repeat(&mut page, report)?;
    Ok(page)
}

fn goal_table(page: &mut String, report: &Report, notes: &Notes) -> fmt::Result {
    writeln!(
        page,
        "## Goals\n\n\
         Where servers are compared, the figure is the lower of two ratios: of requests per second, and of \
         requests per second of the server's CPU time.\n"
    )?;
    if report.effort.quick {
        return unjudged(page, report);
    }
    writeln!(page, "| Goal | Measured | | Why |\n|---|---|---|---|")?;
    for goal in goals(report) {
        let (verdict, cause) = (goal.verdict(), goal.cause(notes));
        writeln!(
            page,
            "| {} | {} | {verdict} | {cause} |",
            goal.text,
            goal.figure()
        )?;
    }
    writeln!(page)
}

fn unjudged(page: &mut String, report: &Report) -> fmt::Result {
    writeln!(
        page,
        "Whether a goal was met is not said after a quick run.\n\n| Goal | Measured |\n|---|---|"
    )?;
    for goal in goals(report) {
        writeln!(page, "| {} | {} |", goal.text, goal.figure())?;
    }
    writeln!(page)
}

fn growth_table(page: &mut String, report: &Report) -> fmt::Result {
    writeln!(
        page,
        "## Growth\n\n\
         What a registration costs with so much stored already; {} are measured at each step.\n\n\
         | | µs of CPU | p50 ms | p99 ms | memory, MiB |\n|---|---|---|---|---|",
        thousands(
            report
                .growth
                .clients
                .first()
                .map_or(0, |step| step.outcome.requests.ok)
        )
    )?;
    let mut line = |step: &Step, what: &str| {
        let run = &step.outcome;
        writeln!(
            page,
            "| {} {what} | {:.1} | {:.2} | {:.2} | {:.0} |",
            thousands(step.stored),
            run.cpu_us_each,
            run.latency.p50 / 1e3,
            run.latency.p99 / 1e3,
            ratio_of(run.memory.start_kib) / 1_024.0
        )
    };
    for step in &report.growth.clients {
        line(step, "clients stored")?;
    }
    for step in &report.growth.worlds {
        line(step, "worlds, registering in the default one")?;
    }
    line(&report.growth.spread, "worlds, registering in each in turn")?;
    writeln!(page)
}

fn start_and_stop(page: &mut String, report: &Report) -> fmt::Result {
    let (start, stop) = (&report.start, &report.start.stop);
    writeln!(
        page,
        "## Start and stop\n\n\
         Ready after {} ms. A world over the control API: {} ms.\n\n\
         SIGTERM came, once in each of {} starts, while {} answers in all were delayed by ten minutes by a scenario, and {} registrations \
         were under way on busy connections. Of the former {} were answered, of the latter {}, and the \
         process was gone after {} ms.\n\n\
         In flight is what the server has begun to read. A request that still waits in the socket of an idle \
         kept-alive connection when the signal comes is lost, as with any HTTP/1.1 server.\n",
        start.ready_ms,
        start.world_ms,
        stop.exit_ms.samples,
        stop.delayed.requests,
        stop.plain.requests,
        stop.delayed.answered,
        stop.plain.answered,
        stop.exit_ms
    )
}

fn stalled(page: &mut String, report: &Report) -> fmt::Result {
    let stalled = &report.stalled;
    let mib = |kib: u64| ratio_of(kib) / 1_024.0;
    writeln!(
        page,
        "## Stalled connections\n\n\
         {} connections each sent a request that a scenario stalls; {} were still open at the end. The \
         emulator's memory went from {:.0} MiB to {:.0} MiB: {:.1} KiB for each. Beside them, a client \
         that registers again and again on one connection waits {:.2} ms (p50) and {:.2} ms (p99); \
         before them it was {:.2} ms and {:.2} ms.\n",
        thousands(stalled.connections),
        thousands(stalled.still_open),
        mib(stalled.before_kib),
        mib(stalled.with_kib),
        ratio_of(stalled.with_kib.saturating_sub(stalled.before_kib))
            / ratio_of(stalled.connections.max(1)),
        stalled.beside.latency.p50 / 1e3,
        stalled.beside.latency.p99 / 1e3,
        stalled.alone.latency.p50 / 1e3,
        stalled.alone.latency.p99 / 1e3,
    )
}

fn soak(page: &mut String, report: &Report) -> fmt::Result {
    let (soak, verdict) = (&report.soak, &report.soak.verdict);
    writeln!(
        page,
        "## Soak\n\n\
         Mixed load for {:.0} s: clients that register, get tokens, read and delete, over HTTP/1.1 and \
         HTTP/2; refused requests; new connections; worlds that come, are asked for faults by header, and \
         go.\n\n\
         | | requests | failed | p50 ms | p99 ms |\n|---|---|---|---|---|",
        soak.seconds
    )?;
    for (kind, work) in &soak.work {
        writeln!(
            page,
            "| {kind} | {} | {} | {:.2} | {:.2} |",
            thousands(work.ok),
            work.errors.values().sum::<u64>(),
            work.latency.p50 / 1e3,
            work.latency.p99 / 1e3
        )?;
    }
    writeln!(
        page,
        "\n| After a fifth to warm up, means | earlier half | later half |\n|---|---|---|\n\
         | memory, MiB | {:.1} | {:.1} |\n| threads | {:.1} | {:.1} |\n| descriptors | {:.1} | {:.1} |\n",
        verdict.resident_kib.0 / 1_024.0,
        verdict.resident_kib.1 / 1_024.0,
        verdict.threads.0,
        verdict.threads.1,
        verdict.descriptors.0,
        verdict.descriptors.1
    )
}

fn how_to_repeat(page: &mut String, report: &Report) -> fmt::Result {
    writeln!(
        page,
        "## How to repeat it\n\n\
         On Linux, in the repository, on a machine that does nothing else:\n\n\
         ```sh\n\
         cargo build --release\n\
         cargo build --release --package load\n\
         load/yardsticks/install target/yardsticks # what can be had of npm and Debian\n\
         target/release/load report --emulator target/release/aspsp-emulator \\\n  \
         --yardsticks target/yardsticks --out docs --rounds {} --soak-minutes {:.0}\n\
         ```\n\n\
         Each part has a command of its own: `load --help`. `load report --quick` shows in a minute that \
         all of it works; its figures say little.",
        report.effort.rounds.max(3),
        (report.effort.soak_seconds / 60.0).max(10.0)
    )
}
