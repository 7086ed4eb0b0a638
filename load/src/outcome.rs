//! A run's figures, as JSON and as text.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::client::Http;
use crate::cpus::Placement;
use crate::drive::Plan;
use crate::tally::{Latency, Tally};
use crate::usage::{Busy, Memory, Usage};

/// What came out of one run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    /// `register`, `token`, `connect` …
    pub name: String,
    /// The version of HTTP.
    pub http: Http,
    /// How many connections at once.
    pub connections: u64,
    /// From the first request to the last answer.
    pub seconds: f64,
    /// How many, and how fast.
    pub requests: Requests,
    /// Requests answered as expected, per second.
    pub per_second: f64,
    /// The same per second of the server's CPU time: what it would do with a core of its own, had the
    /// load or a neighbour not slowed it.
    pub per_cpu_second: f64,
    /// The server's CPU time per request, in microseconds.
    pub cpu_us_each: f64,
    /// In microseconds, of those answered as expected.
    pub latency: Latency,
    /// The others, by status or by what broke.
    pub errors: BTreeMap<String, u64>,
    /// The first of them in full.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_error: Option<String>,
    /// The server's CPU time.
    pub server: Busy,
    /// The load's own.
    pub load: Busy,
    /// The server's memory.
    pub memory: Memory,
    /// Who ran where.
    pub placement: Placement,
}

/// How many requests there were.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Requests {
    /// Answered as expected.
    pub ok: u64,
    /// Not.
    pub failed: u64,
    /// Signed beforehand; beyond that they were sent again. Absent: all alike.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distinct: Option<u64>,
}

impl Requests {
    /// Of a tally.
    pub fn of(tally: &Tally, distinct: Option<u64>) -> Self {
        Self {
            ok: tally.ok(),
            failed: tally.errors().values().sum(),
            distinct,
        }
    }

    fn all(&self) -> u64 {
        self.ok + self.failed
    }
}

/// A count, for a ratio.
#[expect(clippy::cast_precision_loss, reason = "counts stay below 2^52")]
pub fn ratio_of(count: u64) -> f64 {
    count as f64
}

/// What the kernel's clock can tell apart, in seconds: nothing takes less.
const TICK: f64 = 0.01;

impl Outcome {
    /// Of a run between two looks at the server and two at the load itself.
    pub fn new(
        plan: &Plan,
        tally: &Tally,
        server: (&Usage, &Usage),
        load: (&Usage, &Usage),
        placement: &Placement,
    ) -> Self {
        let seconds = (server.1.at - server.0.at).as_secs_f64();
        let requests = Requests::of(tally, plan.workload.distinct());
        let busy = Busy::between(server.0, server.1);
        let (ok, cpu) = (ratio_of(requests.ok), busy.cpu_seconds.max(TICK));
        Self {
            name: plan.name.clone(),
            http: plan.target.http(),
            connections: plan.connections,
            seconds,
            per_second: ok / seconds,
            per_cpu_second: ok / cpu,
            cpu_us_each: cpu * 1e6 / ratio_of(requests.all().max(1)),
            requests,
            latency: tally.latency(),
            errors: tally.errors().clone(),
            first_error: tally.first_error().map(ToOwned::to_owned),
            server: busy,
            load: Busy::between(load.0, load.1),
            memory: Memory::between(server.0, server.1),
            placement: placement.clone(),
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (requests, latency) = (&self.requests, &self.latency);
        writeln!(
            out,
            "{} over HTTP/{}, {} connections: {} requests in {:.2} s",
            self.name,
            self.http,
            self.connections,
            requests.all(),
            self.seconds
        )?;
        writeln!(
            out,
            "throughput  {:.0} a second; {:.0} a CPU second of the server",
            self.per_second, self.per_cpu_second
        )?;
        writeln!(
            out,
            "latency     p50 {:.0} µs, p90 {:.0}, p99 {:.0}, p99.9 {:.0}, max {:.0}",
            latency.p50, latency.p90, latency.p99, latency.p99_9, latency.max
        )?;
        writeln!(
            out,
            "server      {:.1} µs of CPU a request, {:.0} % busy on CPU {}",
            self.cpu_us_each,
            self.server.share * 100.0,
            self.placement.server
        )?;
        writeln!(
            out,
            "load        {:.0} % busy on CPU {}",
            self.load.share * 100.0,
            self.placement.client
        )?;
        writeln!(
            out,
            "memory      {} KiB at the start, {} at the end, {} at most",
            self.memory.start_kib, self.memory.end_kib, self.memory.peak_kib
        )?;
        if let Some(distinct) = requests.distinct {
            let again = if requests.all() > distinct {
                ", sent again after that"
            } else {
                ""
            };
            writeln!(
                out,
                "requests    {distinct} distinct ones, signed beforehand{again}"
            )?;
        }
        write!(out, "errors      {}", requests.failed)?;
        for (what, count) in &self.errors {
            write!(out, "\n            {count} × {what}")?;
        }
        if let Some(first) = &self.first_error {
            write!(out, "\n            the first: {first}")?;
        }
        Ok(())
    }
}
