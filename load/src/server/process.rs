//! A server's process: started, looked at, stopped.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};

use crate::cpus::Cpus;
use crate::server::running::Running;
use crate::usage::Usage;

/// A server that does not end by itself is killed after that.
const STOP: Duration = Duration::from_secs(60);
/// One whose standard output has ended has itself ended by then, or goes on without it.
const END: Duration = Duration::from_secs(5);

/// A running server. Dropping it kills it.
#[derive(Debug)]
pub struct ServerProcess {
    name: String,
    running: Running,
}

impl ServerProcess {
    /// Starts `command` on `cpus`. Its standard output can be waited on by [`Self::first_line`].
    ///
    /// # Errors
    /// A program that cannot be started.
    pub fn start(name: &str, command: &mut Command, cpus: &Cpus) -> Result<Self> {
        let running = cpus.run(|| {
            let command = command.stdin(Stdio::null()).stdout(Stdio::piped());
            Running::start(command)
                .with_context(|| format!("{name} cannot be started: {command:?}"))
        })?;
        Ok(Self {
            name: name.to_owned(),
            running,
        })
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.running.child().id()
    }

    /// What it has used so far.
    ///
    /// # Errors
    /// It ended meanwhile.
    pub fn usage(&self) -> Result<Usage> {
        self.must_run()?;
        Usage::of(self.id()).with_context(|| format!("{} is not there any more", self.name))
    }

    fn must_run(&self) -> Result<()> {
        match self.ended()? {
            Some(status) => bail!("{} ended by itself, with {status}", self.name),
            None => Ok(()),
        }
    }

    /// The first line of its standard output; what follows is read and dropped, so that it never
    /// waits for a reader.
    ///
    /// # Errors
    /// No line in `limit`, or the end of its output.
    pub fn first_line(&mut self, limit: Duration) -> Result<String> {
        let output = self.running.child().stdout.take();
        let output = output.context("read before")?;
        let (tell, told) = mpsc::channel();
        thread::spawn(move || {
            let mut output = BufReader::new(output);
            let mut line = String::new();
            let read = output.read_line(&mut line);
            // Nobody may be waiting any more.
            let _ = tell.send(read.map(|_| line));
            let _ = std::io::copy(&mut output.take(u64::MAX), &mut std::io::sink());
        });
        let line = told
            .recv_timeout(limit)
            .with_context(|| format!("{} was not ready in {limit:?}", self.name))??;
        if line.is_empty() {
            let status = self.wait(END)?;
            bail!("{} ended with {status} before it was ready", self.name);
        }
        Ok(line)
    }

    /// Reads and drops its standard output, so that it never waits for a reader.
    pub fn drain(&mut self) {
        let output = self.running.child().stdout.take();
        if let Some(mut output) = output {
            thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()));
        }
    }

    /// Sends SIGTERM and waits for the end; how it ended, and how long that took.
    ///
    /// # Errors
    /// It had ended before. One that does not end in a minute is killed.
    pub fn terminate(self) -> Result<(ExitStatus, Duration)> {
        self.must_run()?;
        let started = Instant::now();
        self.signal(Signal::TERM)?;
        let status = self.wait(STOP)?;
        Ok((status, started.elapsed()))
    }

    /// As [`Self::terminate`]; a status other than 0, or the signal's own end, is an error.
    ///
    /// # Errors
    /// See above.
    pub fn stop(self) -> Result<()> {
        let name = self.name.clone();
        let (status, _) = self.terminate()?;
        if !status.success() && status.signal() != Some(Signal::TERM.as_raw()) {
            bail!("{name} ended with {status}");
        }
        Ok(())
    }

    /// Sends a signal.
    ///
    /// # Errors
    /// The system's.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        let pid = i32::try_from(self.id()).ok().and_then(Pid::from_raw);
        kill_process(pid.context("no process id")?, signal)?;
        Ok(())
    }

    /// How it ended, if it has.
    ///
    /// # Errors
    /// The system's.
    pub fn ended(&self) -> Result<Option<ExitStatus>> {
        Ok(self.running.child().try_wait()?)
    }

    /// Waits for its end, looking every half millisecond.
    ///
    /// # Errors
    /// It did not end in `limit`; it is killed when dropped.
    pub fn wait(&self, limit: Duration) -> Result<ExitStatus> {
        let started = Instant::now();
        while started.elapsed() < limit {
            if let Some(status) = self.ended()? {
                return Ok(status);
            }
            thread::sleep(Duration::from_micros(500));
        }
        bail!("{} did not end in {limit:?}", self.name)
    }
}
