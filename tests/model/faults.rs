//! What goes wrong with an exchange, as a scenario and in words.

use std::fmt;
use std::fs;
use std::path::Path;

/// How an answer is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    Close,
    Reset,
    Stall,
}

/// What goes wrong with an exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The answer comes late.
    Late,
    /// The answer has no interaction id.
    WithoutId,
    /// The answer has another interaction id.
    WithAnotherId,
    /// Refused, and nothing is done.
    Refused(u16),
    /// Done, and then refused.
    DoneThenRefused(u16),
    /// Nothing is done, and nothing is said.
    Lost(Loss),
    /// Done, and nothing is said.
    DoneThenLost(Loss),
    /// Refused with an answer that breaks off; nothing is done.
    RefusedInPart,
    /// Done, and the answer breaks off.
    DoneThenTruncated,
    /// Done, and the answer is JSON that nobody can read.
    DoneThenGarbled,
}

impl Fault {
    /// From the mildest on, as cases shrink.
    pub const ALL: [Fault; 19] = [
        Fault::Late,
        Fault::WithoutId,
        Fault::WithAnotherId,
        Fault::Refused(400),
        Fault::Refused(401),
        Fault::Refused(403),
        Fault::Refused(429),
        Fault::Refused(504),
        Fault::DoneThenRefused(504),
        Fault::DoneThenRefused(429),
        Fault::Lost(Loss::Close),
        Fault::Lost(Loss::Reset),
        Fault::Lost(Loss::Stall),
        Fault::DoneThenLost(Loss::Close),
        Fault::DoneThenLost(Loss::Reset),
        Fault::DoneThenLost(Loss::Stall),
        Fault::RefusedInPart,
        Fault::DoneThenTruncated,
        Fault::DoneThenGarbled,
    ];

    /// Whether rules that stand below it have a say, too.
    pub fn only_dresses(self) -> bool {
        matches!(self, Fault::Late | Fault::WithoutId | Fault::WithAnotherId)
    }

    /// Whether the bank does its work.
    pub fn lets_bank_work(self) -> bool {
        match self {
            Fault::Refused(_) | Fault::Lost(_) | Fault::RefusedInPart => false,
            Fault::Late
            | Fault::WithoutId
            | Fault::WithAnotherId
            | Fault::DoneThenRefused(_)
            | Fault::DoneThenLost(_)
            | Fault::DoneThenTruncated
            | Fault::DoneThenGarbled => true,
        }
    }

    /// The name of its scenario.
    pub fn scenario(self) -> String {
        self.to_string().replace(", ", "-").replace(' ', "-")
    }

    fn rule(self) -> String {
        let lost = |loss| match loss {
            Loss::Close => "fault: close",
            Loss::Reset => "fault: reset",
            Loss::Stall => "fault: { stall: 10ms }",
        };
        match self {
            Fault::Late => "delay: 5ms".to_owned(),
            Fault::WithoutId => "interaction_id: omit".to_owned(),
            Fault::WithAnotherId => "interaction_id: replace".to_owned(),
            Fault::Refused(status) => format!("respond: {status}"),
            Fault::DoneThenRefused(status) => format!("stage: after, respond: {status}"),
            Fault::Lost(loss) => lost(loss).to_owned(),
            Fault::DoneThenLost(loss) => format!("stage: after, {}", lost(loss)),
            Fault::RefusedInPart => {
                "respond: { status: 503, body: { error: busy } }, fault: { truncate: 4 }".to_owned()
            }
            Fault::DoneThenTruncated => "fault: { truncate: 4 }".to_owned(),
            Fault::DoneThenGarbled => "fault: malformed_json".to_owned(),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lost = |loss| match loss {
            Loss::Close => "closed",
            Loss::Reset => "reset",
            Loss::Stall => "stalled",
        };
        match *self {
            Fault::Late => write!(formatter, "late"),
            Fault::WithoutId => write!(formatter, "without id"),
            Fault::WithAnotherId => write!(formatter, "with another id"),
            Fault::Refused(status) => write!(formatter, "refused with {status}"),
            Fault::DoneThenRefused(status) => write!(formatter, "done, then {status}"),
            Fault::Lost(loss) => write!(formatter, "not done, {}", lost(loss)),
            Fault::DoneThenLost(loss) => write!(formatter, "done, then {}", lost(loss)),
            Fault::RefusedInPart => write!(formatter, "refused in part"),
            Fault::DoneThenTruncated => write!(formatter, "done, then truncated"),
            Fault::DoneThenGarbled => write!(formatter, "done, then garbled"),
        }
    }
}

/// What goes wrong with every exchange, for as long as it is in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    Fault(Fault),
    /// Replacing a client replaces its registration access token; tokens of either kind are taken.
    Rotation,
    /// The same, and the first answer to the replacing of each client is lost.
    RotatedTokenLost,
}

impl Standing {
    pub fn scenario(self) -> String {
        match self {
            Standing::Fault(fault) => fault.scenario(),
            Standing::Rotation => "rotation".to_owned(),
            // One of the built-in ones.
            Standing::RotatedTokenLost => "rotated-token-lost".to_owned(),
        }
    }

    pub fn rotates(self) -> bool {
        !matches!(self, Standing::Fault(_))
    }
}

/// The scenarios of everything that can be in force.
pub fn all_standing() -> impl Iterator<Item = String> {
    let faults = Fault::ALL.map(Standing::Fault).into_iter();
    let all = faults.chain([Standing::Rotation, Standing::RotatedTokenLost]);
    all.map(Standing::scenario)
}

/// The name of a scenario under which a request meets the bank as it is, whatever is in force.
pub const UNDISTURBED: &str = "undisturbed";

/// Writes every scenario into a folder.
pub fn write(folder: &Path) {
    let write = |name: &str, text: &str| {
        fs::write(folder.join(format!("{name}.yaml")), text).unwrap();
    };
    for fault in Fault::ALL {
        write(
            &fault.scenario(),
            &format!("rules: [{{ {} }}]", fault.rule()),
        );
    }
    let policy = "policy: { rotate_rat: true, management_token: both }\nrules: []";
    write(&Standing::Rotation.scenario(), policy);
    write(UNDISTURBED, "rules: [{ sequence: [pass] }]");
}
