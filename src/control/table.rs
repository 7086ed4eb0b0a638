//! The table of all routes. A new endpoint is a file, its `routes` and a line here.

use crate::control::route::Route;
use crate::control::{
    banks, ca, checks, clients, clock, exchanges, explain, health, kit, metrics, openapi, overview,
    reset, scenarios, snapshot, status, tpps, urls, verify, worlds,
};

/// Routes that are documented together.
#[derive(Debug, Clone, Copy)]
pub struct Part {
    /// Its name in the document.
    pub tag: &'static str,
    /// What it is about.
    pub description: &'static str,
    /// Its routes.
    pub routes: fn() -> Vec<Route>,
}

/// Every part, as the document lists them.
pub const PARTS: &[Part] = &[
    Part {
        tag: "health",
        description: "Whether the emulator is up.",
        routes: health::routes,
    },
    Part {
        tag: "authority",
        description: "Whom clients have to trust.",
        routes: ca::routes,
    },
    Part {
        tag: "kit",
        description: "The files of a ready-made TPP.",
        routes: kit::routes,
    },
    Part {
        tag: "metrics",
        description: "What is counted.",
        routes: metrics::routes,
    },
    Part {
        tag: "worlds",
        description: "Isolated ecosystems.",
        routes: worlds::routes,
    },
    Part {
        tag: "worlds",
        description: "",
        routes: status::routes,
    },
    Part {
        tag: "worlds",
        description: "",
        routes: reset::routes,
    },
    Part {
        tag: "clock",
        description: "The time of a world.",
        routes: clock::routes,
    },
    Part {
        tag: "urls",
        description: "What worlds advertise.",
        routes: urls::routes,
    },
    Part {
        tag: "banks",
        description: "The banks of a world.",
        routes: banks::routes,
    },
    Part {
        tag: "clients",
        description: "Who is registered at a bank.",
        routes: clients::routes,
    },
    Part {
        tag: "tpps",
        description: "The TPPs that a world's directory vouches for, and what is signed for them.",
        routes: tpps::routes,
    },
    Part {
        tag: "checks",
        description: "What the banks check.",
        routes: checks::routes,
    },
    Part {
        tag: "scenarios",
        description: "What makes the banks of a world misbehave.",
        routes: scenarios::routes,
    },
    Part {
        tag: "exchanges",
        description: "What was asked and answered.",
        routes: exchanges::routes,
    },
    Part {
        tag: "verify",
        description: "Whether it was what a test expects.",
        routes: verify::routes,
    },
    Part {
        tag: "explain",
        description: "What a bank makes of a request.",
        routes: explain::routes,
    },
    Part {
        tag: "snapshot",
        description: "A world as one document.",
        routes: snapshot::routes,
    },
    Part {
        tag: "overview",
        description: "This interface itself.",
        routes: overview::routes,
    },
    Part {
        tag: "overview",
        description: "",
        routes: openapi::routes,
    },
];

/// Every route.
pub fn routes() -> Vec<Route> {
    PARTS.iter().flat_map(|part| (part.routes)()).collect()
}
