//! Whether a world was asked what a test expects.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use crate::document::problem::BadFile;
use crate::domain::words::debug_as_display;
use crate::emulator::World;
use crate::emulator::matching::Match;
use crate::emulator::tasks::{Stopped, Tasks};
use crate::journal::{Exchange, ExchangeView, Masking, Verification};
use crate::scenario::Expectation;
use crate::scenario::expectation::{Times, Wanted};
use crate::world::{self, Deleted};

/// The most exchanges that a failure lists.
const LISTED: usize = 20;

/// Something to be verified: await it.
///
/// ```
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use std::time::Duration;
///
/// use aspsp_emulator::{Emulator, Operation, VerifyError, at_least, operation};
///
/// let emulator = Emulator::builder().start().await?;
/// let registered = emulator.verify(operation(Operation::Register).status(201), at_least(1));
/// let error = registered.within(Duration::from_millis(10)).await.unwrap_err();
/// assert!(matches!(error, VerifyError::NotAsExpected(_)));
/// assert!(error.to_string().ends_with("nothing was asked of this world"));
/// # Ok(())
/// # }
/// # tokio::runtime::Runtime::new().unwrap().block_on(example()).unwrap();
/// ```
#[must_use = "nothing is verified until it is awaited"]
pub struct Verify {
    world: Arc<world::World>,
    tasks: Tasks,
    expected: Expected,
    within: Option<Duration>,
}

impl fmt::Debug for Verify {
    /// In a line: a test that fails may print it.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Verify")
            .field("world", &self.world.name)
            .field("expected", &self.expected.to_string())
            .field("within", &self.within)
            .finish_non_exhaustive()
    }
}

#[derive(Debug)]
enum Expected {
    Count(Match, Times),
    InOrder(Vec<Match>),
}

/// Why nothing was verified.
#[derive(thiserror::Error)]
pub enum VerifyError {
    /// The exchanges are not what was expected.
    #[error("{0}")]
    NotAsExpected(Box<Unexpected>),
    /// What was expected cannot be read.
    #[error(transparent)]
    Match(#[from] BadFile),
    /// What was expected cannot be, whatever is asked: a mistake in the test.
    #[error("{0}")]
    Impossible(String),
    /// The world was deleted before this, or while it waited.
    #[error(transparent)]
    Deleted(#[from] Deleted),
    /// The emulator has been stopped.
    #[error("the emulator has been stopped; verify before it is")]
    Stopped,
}

debug_as_display!(VerifyError);

/// What a world was asked, where that is not what was expected.
#[derive(Debug, Clone, PartialEq)]
pub struct Unexpected {
    /// What was expected, in words.
    pub expected: String,
    /// What is wrong, and the exchanges that come nearest.
    pub verification: Verification,
    /// The last exchanges, oldest first, at most 20.
    pub last: Vec<ExchangeView>,
    /// How many the journal has.
    pub kept: usize,
    /// How many it had besides, and could not keep.
    pub gone: u64,
}

impl World {
    /// Whether so many exchanges match: `world.verify(operation(Operation::Register), exactly(3)).await?`.
    /// What is asked is in the journal when its answer arrives.
    pub fn verify(&self, matching: Match, times: Times) -> Verify {
        self.verified(Expected::Count(matching, times))
    }

    /// Whether exchanges that match follow each other in this order, others in between or not.
    pub fn verify_in_order(&self, matching: impl IntoIterator<Item = Match>) -> Verify {
        self.verified(Expected::InOrder(matching.into_iter().collect()))
    }

    fn verified(&self, expected: Expected) -> Verify {
        Verify {
            world: Arc::clone(self.inner()),
            tasks: self.host().tasks.clone(),
            expected,
            within: None,
        }
    }
}

impl Verify {
    /// Waits until it is so, for so long in real time; to the end of it, where more could be too many.
    pub fn within(mut self, within: Duration) -> Self {
        self.within = Some(within);
        self
    }

    async fn run(self) -> Result<(), VerifyError> {
        if let Some(objection) = self.expected.objection(&self.world) {
            return Err(VerifyError::Impossible(objection));
        }
        let expectation = Expectation {
            wanted: self.expected.wanted()?,
            within: self.within,
        };
        let world = Arc::clone(&self.world);
        // There, so that it needs no runtime of the caller's, nor a clock of theirs that stands still.
        let verified = async move { world.verify(&expectation).await };
        let verified = self.tasks.run(verified).await;
        let verification = verified.map_err(|Stopped| VerifyError::Stopped)??;
        if verification.ok {
            return Ok(());
        }
        let (exchanges, gone) = self.world.journal.whole();
        let unexpected = Unexpected::new(&self.expected, verification, &exchanges, gone);
        Err(VerifyError::NotAsExpected(Box::new(unexpected)))
    }
}

impl IntoFuture for Verify {
    type Output = Result<(), VerifyError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

impl Expected {
    fn objection(&self, world: &world::World) -> Option<String> {
        match self {
            Self::Count(matching, _) => matching.objection(world),
            Self::InOrder(list) if list.is_empty() => {
                Some("nothing to verify: say at least one match".to_owned())
            }
            Self::InOrder(list) => list.iter().find_map(|matching| matching.objection(world)),
        }
    }

    fn wanted(&self) -> Result<Wanted, BadFile> {
        Ok(match self {
            Self::Count(matching, times) => Wanted::Count(Box::new(matching.sought()?), *times),
            Self::InOrder(list) => {
                let list: Result<_, _> = list.iter().map(Match::sought).collect();
                Wanted::InOrder(list?)
            }
        })
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(matching, times) => write!(formatter, "{times} of {matching}"),
            Self::InOrder(list) => {
                let list: Vec<String> = list.iter().map(ToString::to_string).collect();
                write!(formatter, "in this order: {}", list.join("; then "))
            }
        }
    }
}

impl Unexpected {
    fn new(
        expected: &Expected,
        verification: Verification,
        exchanges: &[Arc<Exchange>],
        gone: u64,
    ) -> Self {
        let first = exchanges.len().saturating_sub(LISTED);
        let last = exchanges.iter().skip(first);
        Self {
            expected: expected.to_string(),
            verification,
            last: last
                .map(|exchange| ExchangeView::new(exchange, Masking::Masked))
                .collect(),
            kept: exchanges.len(),
            gone,
        }
    }
}

/// What was expected, what is wrong, what comes nearest, and a line for each exchange.
impl fmt::Display for Unexpected {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "expected {}", self.expected)?;
        writeln!(formatter, "{}", self.verification)?;
        match (self.kept, self.gone) {
            (0, 0) => return formatter.write_str("nothing was asked of this world"),
            (0, _) => return formatter.write_str("no exchange is kept"),
            _ => {}
        }
        match self.kept - self.last.len() {
            0 if self.gone > 0 => write!(formatter, "the {} exchanges kept:", self.kept)?,
            0 => write!(formatter, "all {} exchanges:", self.kept)?,
            _ => write!(
                formatter,
                "the last {} of {} exchanges:",
                self.last.len(),
                self.kept
            )?,
        }
        for exchange in &self.last {
            write!(formatter, "\n  {}", Line(exchange))?;
        }
        Ok(())
    }
}

/// `3: register, POST /uk-ob-3.3/register -> 400 (redirect_uri_not_in_statement)`.
struct Line<'e>(&'e ExchangeView);

impl fmt::Display for Line<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(exchange) = self;
        let what = exchange.operation.unwrap_or("no operation");
        write!(formatter, "{}: {what}", exchange.id)?;
        if let Some((method, path)) = exchange.method.as_ref().zip(exchange.path.as_ref()) {
            write!(formatter, ", {method} {path}")?;
        }
        if let Some(status) = exchange.status {
            write!(formatter, " -> {status}")?;
        }
        let failed = exchange.handshake.as_ref().map(|failed| failed.cause);
        if let Some(refused) = exchange.refused_by.or(failed) {
            write!(formatter, " ({refused})")?;
        }
        if let Some((scenario, rule)) = exchange.scenario.as_ref().zip(exchange.rule.as_ref()) {
            write!(formatter, " by {scenario}/{rule}")?;
        }
        Ok(())
    }
}
