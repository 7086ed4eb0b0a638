//! Where the log goes: standard error, for people or for programs.

use std::env;
use std::io::{self, IsTerminal, Write};

use clap::builder::BoolishValueParser;
use clap::{Args, ValueEnum};
use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Lines of the log that may wait to be written; more are lost.
const WAITING_LINES: usize = 4_096;

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
    /// Starts logging. A second start in one process changes nothing. What is logged has been written when
    /// the guard is dropped, if anybody reads it.
    pub fn start(&self) -> WorkerGuard {
        // Written by a thread of its own: a pipe that nobody empties would stop the banks.
        let (writer, guard) = NonBlockingBuilder::default()
            .lossy(true)
            .buffered_lines_limit(WAITING_LINES)
            .thread_name("log")
            .finish(Forgiving(io::stderr()));
        let log = tracing_subscriber::fmt()
            // The filter below is the one that counts.
            .with_max_level(LevelFilter::TRACE)
            .with_ansi(wants_colour())
            .with_writer(writer);
        let started = match self.log_format {
            LogFormat::Pretty => {
                let log = log.with_target(false).finish();
                log.with(self.filter()).try_init()
            }
            LogFormat::Json => {
                let log = log.json().flatten_event(true).finish();
                log.with(self.filter()).try_init()
            }
        };
        // Somebody else's log is as good.
        drop(started);
        guard
    }

    /// Levels, and levels of targets, as `RUST_LOG` writes them: `info,aspsp_emulator=debug`. It has no
    /// spans and fields, whose filters would bring a library of regular expressions.
    fn filter(&self) -> Targets {
        if self.quiet {
            return Targets::new().with_default(LevelFilter::ERROR);
        }
        let said = env::var("RUST_LOG").ok().filter(|said| !said.is_empty());
        let said = said.and_then(|said| said.parse().ok());
        said.unwrap_or_else(|| Targets::new().with_default(LevelFilter::INFO))
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
