//! What an emulator counts of itself, for Prometheus, in the `OpenMetrics` text format.
//!
//! One registry per emulator: two of them in one process do not see each other.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

/// The content type of [`Metrics::render`].
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Distinct label sets of one family: scenarios and worlds can be made without end. What comes after
/// them is counted as one, with [`OTHER`] for every label.
pub const LABEL_SETS: usize = 1_000;

/// The value of every label beyond [`LABEL_SETS`].
pub const OTHER: &str = "other";

/// Upper ends of the histogram's buckets, in seconds: from what a bank needs by itself to delays of
/// scenarios.
const BUCKETS: [f64; 14] = [
    0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0,
];

type Labels = Vec<(&'static str, String)>;

/// What one emulator has counted.
pub struct Metrics {
    registry: Registry,
    requests: Bounded<Counter>,
    request_duration: Bounded<Histogram>,
    handshake_failures: Bounded<Counter>,
    connections: Bounded<Gauge>,
    clients: Family<Labels, Gauge>,
    /// The banks whose clients were last told.
    banks: Mutex<BTreeMap<String, usize>>,
    worlds: Gauge,
    journal_drops: Counter,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Metrics").finish_non_exhaustive()
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// Nothing is counted yet.
    #[must_use]
    pub fn new() -> Self {
        let metrics = Self {
            registry: Registry::with_prefix("aspsp_emulator"),
            requests: Bounded::new(Counter::default),
            request_duration: Bounded::new(|| Histogram::new(BUCKETS)),
            handshake_failures: Bounded::new(Counter::default),
            connections: Bounded::new(Gauge::default),
            clients: Family::default(),
            banks: Mutex::default(),
            worlds: Gauge::default(),
            journal_drops: Counter::default(),
        };
        metrics.registered()
    }

    fn registered(mut self) -> Self {
        let registry = &mut self.registry;
        registry.register("requests", "Answered requests", self.requests.family());
        registry.register_with_unit(
            "request_duration",
            "From the end of a request to its answer",
            Unit::Seconds,
            self.request_duration.family(),
        );
        let failures = self.handshake_failures.family();
        registry.register("handshake_failures", "Failed TLS handshakes", failures);
        let connections = self.connections.family();
        registry.register("connections", "Open connections", connections);
        let clients = self.clients.clone();
        registry.register("clients", "Registered clients of all worlds", clients);
        registry.register("worlds", "Worlds", self.worlds.clone());
        let drops = self.journal_drops.clone();
        let help = "Exchanges that journals dropped to make room";
        registry.register("journal_drops", help, drops);
        let version = vec![("version", env!("CARGO_PKG_VERSION"))];
        registry.register("build", "The program", Info::new(version));
        self
    }

    /// Counts a request that was answered after so long. What it has none of is empty, also the
    /// status where a fault took the place of the answer; `scenario` is
    /// the one whose rule applied.
    pub fn request(
        &self,
        bank: &str,
        operation: &str,
        status: Option<u16>,
        scenario: &str,
        duration: Duration,
    ) {
        let status = status.map_or_else(String::new, |status| status.to_string());
        let [bank, operation] = [("bank", bank), ("operation", operation)];
        let rest = [("status", status.as_str()), ("scenario", scenario)];
        self.requests
            .with(&[bank, operation, rest[0], rest[1]], |counter| {
                counter.inc();
            });
        self.request_duration.with(&[bank, operation], |histogram| {
            histogram.observe(duration.as_secs_f64());
        });
    }

    /// Counts a handshake that failed at a listener (`mtls`, `tls`).
    pub fn handshake_failure(&self, listener: &str, cause: &str) {
        self.handshake_failures
            .with(&[("listener", listener), ("cause", cause)], |counter| {
                counter.inc();
            });
    }

    /// A connection to this listener was accepted.
    pub fn connection_opened(&self, listener: &str) {
        self.connections.with(&[("listener", listener)], |gauge| {
            gauge.inc();
        });
    }

    /// One of those accepted is over.
    pub fn connection_closed(&self, listener: &str) {
        self.connections.with(&[("listener", listener)], |gauge| {
            gauge.dec();
        });
    }

    /// So many clients each bank has now; a bank of several worlds is named several times. Banks that
    /// are not named are no longer there.
    pub fn set_clients<'a>(&self, clients: impl IntoIterator<Item = (&'a str, usize)>) {
        let mut told: BTreeMap<String, usize> = BTreeMap::new();
        for (bank, count) in clients {
            let is_room = told.len() < LABEL_SETS || told.contains_key(bank);
            let bank = if is_room { bank } else { OTHER };
            *told.entry(bank.to_owned()).or_default() += count;
        }
        let mut banks = self.banks.lock().unwrap_or_else(PoisonError::into_inner);
        for gone in banks.keys().filter(|bank| !told.contains_key(*bank)) {
            self.clients.remove(&vec![("bank", gone.clone())]);
        }
        for (bank, count) in &told {
            let count = i64::try_from(*count).unwrap_or(i64::MAX);
            let labels = vec![("bank", bank.clone())];
            self.clients.get_or_create(&labels).set(count);
        }
        *banks = told;
    }

    /// So many worlds there are now.
    pub fn set_worlds(&self, worlds: usize) {
        self.worlds.set(i64::try_from(worlds).unwrap_or(i64::MAX));
    }

    /// So many exchanges all journals have dropped so far. Fewer than told before are not believed: a
    /// counter never goes back.
    pub fn set_journal_drops(&self, exchanges: u64) {
        let counted = self.journal_drops.inner();
        counted.fetch_max(exchanges, Ordering::Relaxed);
    }

    /// Everything that was counted, as [`CONTENT_TYPE`].
    #[must_use]
    pub fn render(&self) -> String {
        let mut text = String::new();
        // Writing to a text does not fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

/// A family of at most [`LABEL_SETS`] label sets, and one for all others.
struct Bounded<M> {
    family: Family<Labels, M>,
    sets: AtomicUsize,
}

impl<M: Clone> Bounded<M> {
    fn new(metric: fn() -> M) -> Self {
        Self {
            family: Family::new_with_constructor(metric),
            sets: AtomicUsize::new(0),
        }
    }

    /// The same one, for the registry.
    fn family(&self) -> Family<Labels, M> {
        self.family.clone()
    }

    fn with(&self, labels: &[(&'static str, &str)], count: impl FnOnce(&M)) {
        let set = |value: fn(&str) -> &str| {
            let owned = labels
                .iter()
                .map(|(name, of)| (*name, value(of).to_owned()));
            owned.collect::<Labels>()
        };
        let own = set(|value| value);
        if let Some(metric) = self.family.get(&own) {
            return count(&metric);
        }
        // Two threads may take two places for one set: it is a bound, no count.
        if self.sets.load(Ordering::Relaxed) < LABEL_SETS {
            self.sets.fetch_add(1, Ordering::Relaxed);
            count(&self.family.get_or_create(&own));
        } else {
            count(&self.family.get_or_create(&set(|_| OTHER)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(metrics: &Metrics, start: &str) -> Vec<String> {
        let text = metrics.render();
        let mut lines: Vec<String> = text
            .lines()
            .filter(|line| line.starts_with(start))
            .map(str::to_owned)
            .collect();
        lines.sort();
        lines
    }

    #[test]
    fn a_new_emulator_says_what_it_is_and_ends_as_open_metrics_does() {
        let text = Metrics::new().render();
        let version = env!("CARGO_PKG_VERSION");
        assert!(text.contains(&format!(
            "aspsp_emulator_build_info{{version=\"{version}\"}} 1\n"
        )));
        assert!(
            text.contains("\naspsp_emulator_journal_drops_total 0\n"),
            "{text}"
        );
        assert!(text.ends_with("# EOF\n"));
    }

    #[test]
    fn requests_are_counted_by_what_they_were_and_how_long_they_took() {
        let metrics = Metrics::new();
        let took = Duration::from_millis(3);
        metrics.request("uk-ob-3.3", "register", Some(201), "", took);
        metrics.request("uk-ob-3.3", "register", Some(429), "throttled-429", took);
        metrics.request(
            "uk-ob-3.3",
            "register",
            Some(429),
            "throttled-429",
            took * 2,
        );
        assert_eq!(
            lines(&metrics, "aspsp_emulator_requests"),
            [
                "aspsp_emulator_requests_total{bank=\"uk-ob-3.3\",operation=\"register\",status=\"201\",scenario=\"\"} 1",
                "aspsp_emulator_requests_total{bank=\"uk-ob-3.3\",operation=\"register\",status=\"429\",scenario=\"throttled-429\"} 2",
            ]
        );
        let duration = "aspsp_emulator_request_duration_seconds";
        let of = "{bank=\"uk-ob-3.3\",operation=\"register\"}";
        assert_eq!(
            lines(&metrics, &format!("{duration}_count")),
            [format!("{duration}_count{of} 3")]
        );
        let bucket = format!("{duration}_bucket{{le=\"0.005\"");
        assert!(lines(&metrics, &bucket)[0].ends_with(" 2"));
    }

    #[test]
    fn connections_and_failed_handshakes_are_counted_by_listener() {
        let metrics = Metrics::new();
        metrics.connection_opened("mtls");
        metrics.connection_opened("mtls");
        metrics.connection_closed("mtls");
        metrics.handshake_failure("mtls", "no_certificate");
        assert_eq!(
            lines(&metrics, "aspsp_emulator_connections"),
            ["aspsp_emulator_connections{listener=\"mtls\"} 1"]
        );
        assert_eq!(
            lines(&metrics, "aspsp_emulator_handshake_failures"),
            [
                "aspsp_emulator_handshake_failures_total{listener=\"mtls\",cause=\"no_certificate\"} 1"
            ]
        );
    }

    #[test]
    fn clients_are_those_last_told_and_the_worlds_of_a_bank_are_added() {
        let metrics = Metrics::new();
        metrics.set_clients([("a", 1), ("b", 2), ("a", 3)]);
        metrics.set_worlds(2);
        metrics.set_journal_drops(7);
        metrics.set_journal_drops(6);
        let clients = "aspsp_emulator_clients";
        let line = |bank, count| format!("{clients}{{bank=\"{bank}\"}} {count}");
        assert_eq!(lines(&metrics, clients), [line("a", 4), line("b", 2)]);
        metrics.set_clients([("b", 5)]);
        assert_eq!(lines(&metrics, clients), [line("b", 5)]);
        assert_eq!(
            lines(&metrics, "aspsp_emulator_worlds"),
            ["aspsp_emulator_worlds 2"]
        );
        assert_eq!(
            lines(&metrics, "aspsp_emulator_journal_drops_total"),
            ["aspsp_emulator_journal_drops_total 7"]
        );
    }

    #[test]
    fn label_sets_without_end_are_counted_as_one() {
        let metrics = Metrics::new();
        let request = |scenario: &str| {
            metrics.request("b", "register", Some(500), scenario, Duration::ZERO);
        };
        for number in 0..LABEL_SETS + 10 {
            request(&format!("s{number}"));
        }
        request("s0");
        let counted = lines(&metrics, "aspsp_emulator_requests_total");
        assert_eq!(counted.len(), LABEL_SETS + 1);
        let has = |line: &str| counted.iter().any(|counted| counted == line);
        assert!(has(
            "aspsp_emulator_requests_total{bank=\"other\",operation=\"other\",status=\"other\",scenario=\"other\"} 10"
        ));
        assert!(has(
            "aspsp_emulator_requests_total{bank=\"b\",operation=\"register\",status=\"500\",scenario=\"s0\"} 2"
        ));
        let banks: Vec<String> = (0..=LABEL_SETS).map(|bank| format!("b{bank}")).collect();
        metrics.set_clients(banks.iter().map(|bank| (bank.as_str(), 1)));
        assert_eq!(
            lines(&metrics, "aspsp_emulator_clients").len(),
            LABEL_SETS + 1
        );
    }

    #[test]
    fn a_label_cannot_break_the_format() {
        let metrics = Metrics::new();
        metrics.handshake_failure("mtls", "a\"b\nc\\");
        assert_eq!(
            lines(&metrics, "aspsp_emulator_handshake_failures"),
            [
                "aspsp_emulator_handshake_failures_total{listener=\"mtls\",cause=\"a\\\"b\\nc\\\\\"} 1"
            ]
        );
    }
}
