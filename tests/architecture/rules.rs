//! Who may use what.

/// What each module may use of this crate, besides itself.
pub const MAY_USE: &[(&str, &[&str])] = &[
    ("main", &["cli"]),
    (
        "cli",
        &[
            "offline",
            "remote",
            "emulator",
            "kit",
            "world",
            "bank",
            "directory",
            "scenario",
            "document",
            "dialect",
            "store",
            "clock",
            "domain",
            "config",
        ],
    ),
    (
        "offline",
        &[
            "config",
            "bank",
            "directory",
            "dialect",
            "store",
            "clock",
            "domain",
        ],
    ),
    // Asks over the network only: nothing of a running emulator is at hand.
    ("remote", &["kit", "dialect", "domain"]),
    (
        "emulator",
        &[
            "server",
            "http",
            "control",
            "kit",
            "world",
            "bank",
            "directory",
            "scenario",
            "document",
            "dialect",
            "store",
            "clock",
            "domain",
            "config",
        ],
    ),
    ("server", &["clock", "domain"]),
    // `Peer` and `Refusal` are what the server hands its routes.
    (
        "http",
        &[
            "server",
            "world",
            "bank",
            "directory",
            "scenario",
            "dialect",
            "store",
            "clock",
            "domain",
        ],
    ),
    (
        "control",
        &[
            "server",
            "kit",
            "world",
            "bank",
            "directory",
            "dialect",
            "store",
            "clock",
            "domain",
            "config",
        ],
    ),
    (
        "kit",
        &[
            "world",
            "bank",
            "directory",
            "dialect",
            "store",
            "clock",
            "domain",
            "config",
        ],
    ),
    (
        "world",
        &[
            "bank",
            "directory",
            "scenario",
            "dialect",
            "store",
            "clock",
            "domain",
        ],
    ),
    // A bank's settings name its dialect and its switches.
    ("config", &["document", "dialect", "domain"]),
    ("scenario", &["document", "dialect", "domain"]),
    ("document", &[]),
    ("bank", &["dialect", "store", "clock", "domain"]),
    ("directory", &["dialect", "store", "clock", "domain"]),
    ("dialect", &["domain"]),
    ("store", &["domain"]),
    ("clock", &[]),
    ("document", &[]),
    ("domain", &[]),
];

/// Packages that a module must not name.
pub const MUST_NOT_NAME: &[(&str, &[&str])] = &[
    (
        "http",
        &["dashmap", "jsonwebtoken", "rustls", "tokio_rustls"],
    ),
    (
        "control",
        &["dashmap", "jsonwebtoken", "rustls", "tokio_rustls"],
    ),
    ("cli", &["warp"]),
    ("offline", &["warp", "hyper", "hyper_util", "rustls"]),
    ("remote", &["warp"]),
    ("kit", &["warp", "hyper", "hyper_util", "rustls"]),
    ("world", &["warp", "hyper", "hyper_util", "rustls"]),
    ("bank", &["warp", "hyper", "hyper_util", "rustls"]),
    ("directory", &["warp", "hyper", "hyper_util", "rustls"]),
    (
        "dialect",
        &["warp", "hyper", "hyper_util", "rustls", "tokio"],
    ),
    ("store", &["warp", "hyper", "hyper_util", "rustls"]),
    (
        "domain",
        &["warp", "hyper", "hyper_util", "rustls", "tokio", "dashmap"],
    ),
    (
        "config",
        &["warp", "hyper", "hyper_util", "rustls", "tokio"],
    ),
    (
        "scenario",
        &["warp", "hyper", "hyper_util", "rustls", "tokio"],
    ),
    (
        "document",
        &["warp", "hyper", "hyper_util", "rustls", "tokio"],
    ),
];
