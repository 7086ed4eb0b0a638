//! Where the log goes: standard error, for people or for programs.

use std::env;
use std::io::{self, IsTerminal, Write};

use clap::builder::BoolishValueParser;
use clap::{Args, ValueEnum};
use tracing_subscriber::EnvFilter;

/// How much is logged, and how.
#[derive(Debug, Args)]
pub struct LogArgs {
    /// Form of the log on standard error, and of the ready message on standard output
    #[arg(
        long,
        value_enum,
        default_value = "pretty",
        value_name = "FORMAT",
        env = "ASPSP_EMULATOR_LOG_FORMAT"
    )]
    pub log_format: LogFormat,
    /// Log errors only; else `RUST_LOG` says what, or everything from `info` on
    #[arg(long, value_parser = BoolishValueParser::new(), env = "ASPSP_EMULATOR_QUIET")]
    pub quiet: bool,
}

/// Form of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// A line for a person.
    Pretty,
    /// A JSON object per line.
    Json,
}

impl LogArgs {
    /// Starts logging. A second start in one process changes nothing.
    pub fn start(&self) {
        let filter = if self.quiet {
            EnvFilter::new("error")
        } else {
            EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"))
        };
        let log = tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_ansi(wants_colour())
            .with_writer(|| Forgiving(io::stderr()));
        let started = match self.log_format {
            LogFormat::Pretty => log.with_target(false).try_init(),
            LogFormat::Json => log.json().flatten_event(true).try_init(),
        };
        // Somebody else's log is as good.
        drop(started);
    }
}

/// Standard error, whose failures are nobody's concern: a bank goes on when nobody reads its log.
/// The logging library would report them on standard error, and panic over that.
struct Forgiving(io::Stderr);

impl Write for Forgiving {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(self.0.write(bytes).unwrap_or(bytes.len()))
    }

    fn flush(&mut self) -> io::Result<()> {
        let _ = self.0.flush();
        Ok(())
    }
}

/// Colour is for terminals, and for people who did not say no (<https://no-color.org>).
fn wants_colour() -> bool {
    io::stderr().is_terminal() && env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}
