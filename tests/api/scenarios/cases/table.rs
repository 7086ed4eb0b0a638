//! Plays the cases of a table, each against an emulator of its own.

use std::collections::HashMap;

use aspsp_emulator::clock::Clock;
use rustls::AlertDescription;
use tempfile::TempDir;

use crate::helpers::TestBank;
use crate::scenarios::cases::party::{Call, DIRECTORY, OTHER_HOST, Party, Who, rest, token};
use crate::scenarios::cases::row::{Meets, Row, Wire, judge};

/// One case.
pub struct Case {
    pub name: String,
    /// In force from the start.
    active: Vec<String>,
    /// Files that requests can choose.
    files: Vec<(&'static str, &'static str)>,
    rows: Vec<Row>,
}

/// A scenario in force, and what follows.
pub fn case(name: impl Into<String>, scenario: impl Into<String>, rows: Vec<Row>) -> Case {
    Case {
        name: name.into(),
        active: vec![scenario.into()],
        files: Vec::new(),
        rows,
    }
}

impl Case {
    /// With another scenario in force, after the first.
    pub fn and_active(mut self, scenario: &str) -> Self {
        self.active.push(scenario.to_owned());
        self
    }

    /// With a scenario that requests can choose.
    pub fn and_file(mut self, name: &'static str, scenario: &'static str) -> Self {
        self.files.push((name, scenario));
        self
    }
}

/// Plays them all; fails with what was wrong in each.
pub async fn play(cases: Vec<Case>) {
    let mut wrong = Vec::new();
    for case in cases {
        let mut stage = Stage::set(&case).await;
        if let Err(found) = stage.play(&case).await {
            wrong.push(format!("{}: {found}", case.name));
        }
        stage.end().await;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// An emulator with its scenarios and the callers.
pub struct Stage {
    pub bank: TestBank,
    parties: HashMap<Who, Party>,
    _dir: TempDir,
}

impl Stage {
    /// With this scenario; its clock stands still.
    pub async fn with(scenario: &str) -> Self {
        Self::set(&case("", scenario, Vec::new())).await
    }

    async fn set(case: &Case) -> Self {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in &case.files {
            std::fs::write(dir.path().join(name), text).unwrap();
        }
        let clock = Clock::fixed(Clock::system().now());
        let bank = TestBank::start_with(|builder| {
            let builder = builder.clock(clock).hostname(OTHER_HOST);
            let builder = builder.scenario_dir(dir.path());
            let active = case.active.iter();
            active.fold(
                builder,
                aspsp_emulator::emulator::EmulatorBuilder::scenario_yaml,
            )
        });
        let mut stage = Self {
            bank: bank.await,
            parties: HashMap::new(),
            _dir: dir,
        };
        stage.party(Who::A).await;
        stage
    }

    pub async fn party(&mut self, who: Who) -> &mut Party {
        if !self.parties.contains_key(&who) {
            let party = Party::new(&self.bank, who).await;
            self.parties.insert(who, party);
        }
        self.parties.get_mut(&who).unwrap()
    }

    pub async fn send(
        &mut self,
        call: &Call,
    ) -> reqwest::Result<crate::scenarios::cases::party::Got> {
        self.party(call.who).await;
        let party = self.parties.get_mut(&call.who).unwrap();
        party.send(call, &self.bank).await
    }

    pub async fn open(
        &mut self,
        call: &Call,
    ) -> tokio_rustls::client::TlsStream<tokio::net::TcpStream> {
        self.party(call.who).await;
        self.parties[&call.who].open(call, &self.bank).await
    }

    /// Stops the emulator while its clients can still take their leave.
    pub async fn end(self) {
        let Self { bank, parties, .. } = self;
        drop(parties);
        let stopping = tokio::task::spawn_blocking(move || drop(bank));
        stopping.await.unwrap();
    }

    async fn play(&mut self, case: &Case) -> Result<(), String> {
        for (index, row) in case.rows.iter().enumerate() {
            let played = self.row(row).await;
            played.map_err(|found| format!("row {}: {found}", index + 1))?;
        }
        Ok(())
    }

    async fn row(&mut self, row: &Row) -> Result<(), String> {
        match row {
            Row::Answer {
                call,
                statuses,
                id,
                checks,
            } => {
                for (index, status) in statuses.iter().enumerate() {
                    let got = self
                        .send(call)
                        .await
                        .map_err(|error| format!("{error:?}"))?;
                    let judged = judge(&got, *status, *id, checks);
                    judged.map_err(|found| {
                        format!("{}, time {}: {found}", call.operation, index + 1)
                    })?;
                }
                Ok(())
            }
            Row::Wire(call, expected) => {
                let (bytes, end) = rest(self.open(call).await).await;
                let wire = Wire { bytes, end };
                if (expected.holds)(&wire) {
                    return Ok(());
                }
                Err(format!("not {} but {wire}", expected.label))
            }
            Row::Handshake(who, host, expected) => self.handshake(*who, host, *expected).await,
            Row::Advance(by) => {
                self.bank.emulator.clock().advance(*by);
                Ok(())
            }
            Row::Ready(who, bank) => self.ready(*who, bank).await,
            Row::Stored(bank, expected) => {
                let found = self.bank.emulator.clients(bank).await.unwrap().len();
                if found == *expected {
                    return Ok(());
                }
                Err(format!("{found} clients are stored, not {expected}"))
            }
        }
    }

    async fn ready(&mut self, who: Who, bank: &'static str) -> Result<(), String> {
        let mut calls = vec![(token().by(who).at(bank), 200)];
        if bank != DIRECTORY {
            calls.insert(0, (super::party::register().by(who).at(bank), 201));
        }
        for (call, status) in calls {
            let got = self
                .send(&call)
                .await
                .map_err(|error| format!("{error:?}"))?;
            if got.status != status {
                return Err(format!("not ready: {} {}", got.status, got.text()));
            }
        }
        Ok(())
    }

    async fn handshake(&mut self, who: Who, host: &str, expected: Meets) -> Result<(), String> {
        self.party(who).await;
        let party = &self.parties[&who];
        let stream = party.shake_hands(&self.bank, host).await;
        // In TLS 1.3 the client is done before the server has judged it.
        let found = match stream {
            Ok(mut stream) => meets_later(&mut stream).await,
            Err(error) => Some(meets(&error)),
        };
        let found = found.unwrap_or(Meets::Success);
        if found == expected {
            return Ok(());
        }
        Err(format!("{who:?} meets {found:?}, not {expected:?}"))
    }
}

/// What comes instead of an answer, if one does not come.
async fn meets_later(
    stream: &mut tokio_rustls::client::TlsStream<tokio::net::TcpStream>,
) -> Option<Meets> {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let request = b"GET /uk-ob-3.3/jwks HTTP/1.1\r\nhost: localhost\r\n\r\n";
    if let Err(error) = stream.write_all(request).await {
        return Some(meets(&error));
    }
    match stream.read(&mut [0; 1]).await {
        Ok(0) => Some(Meets::Close),
        Ok(_) => None,
        Err(error) => Some(meets(&error)),
    }
}

fn meets(error: &std::io::Error) -> Meets {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref());
    match (inner, error.kind()) {
        (Some(rustls::Error::AlertReceived(alert)), _) => Meets::Alert(*alert),
        (_, std::io::ErrorKind::ConnectionReset) => Meets::Reset,
        (_, std::io::ErrorKind::UnexpectedEof) => Meets::Close,
        _ => panic!("{error:?}"),
    }
}

/// The alert of a rule.
pub const UNKNOWN_CA: Meets = Meets::Alert(AlertDescription::UnknownCA);
