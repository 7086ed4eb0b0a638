//! The steps of a case, each printed as a line of prose.

use std::fmt;

use aspsp_emulator::Part;

use crate::banks::{Bank, Redirects, Who};
use crate::faults::{Fault, Standing};

/// A client, by the step that registered it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ClientName {
    /// One of the directory: a TPP's software.
    Listed(Who),
    Made(u32),
}

/// A token, by the step that got it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TokenName(pub u32);

/// What is asked of a bank.
#[derive(Clone, Copy)]
pub enum Ask {
    Register(Redirects),
    Token(ClientName),
    Read(ClientName, TokenName),
    Replace(ClientName, TokenName, Redirects),
    Delete(ClientName, TokenName),
}

impl Ask {
    /// The client that it is about, if there is one already.
    pub fn client(self) -> Option<ClientName> {
        match self {
            Ask::Register(_) => None,
            Ask::Token(client)
            | Ask::Read(client, _)
            | Ask::Replace(client, ..)
            | Ask::Delete(client, _) => Some(client),
        }
    }
}

/// A request.
#[derive(Clone, Copy)]
pub struct Call {
    /// What its client or token is named after. No other step of the case has it.
    pub number: u32,
    pub bank: Bank,
    pub by: Who,
    pub ask: Ask,
    pub fault: Option<Fault>,
    /// Whether the fault is put in force for this step, rather than chosen by the request.
    pub in_force: bool,
    /// Whether the request has no interaction id of its own.
    pub is_nameless: bool,
}

/// What the operator of a bank does.
#[derive(Debug, Clone, Copy)]
pub enum Act {
    Suspend,
    Reinstate,
    RevokeTokens,
    Remove,
}

/// A step of a case.
#[derive(Clone, Copy)]
pub enum Step {
    Call(Call),
    /// So many seconds pass.
    Wait(u64),
    PutInForce(Standing),
    TakeOutOfForce,
    Operate(Act, Bank, ClientName),
    Reset(Part),
    /// A snapshot is taken, in place of the one before.
    Keep,
    /// It is put back.
    PutBack,
}

impl fmt::Debug for ClientName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ClientName::Listed(who) => write!(formatter, "{who:?}'s software"),
            ClientName::Made(number) => write!(formatter, "client {number}"),
        }
    }
}

impl fmt::Debug for TokenName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "token {}", self.0)
    }
}

impl fmt::Debug for Ask {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Ask::Register(redirects) => write!(formatter, "registers, {redirects:?}"),
            Ask::Token(client) => write!(formatter, "gets a token of {client:?}"),
            Ask::Read(client, token) => write!(formatter, "reads {client:?} with {token:?}"),
            Ask::Replace(client, token, redirects) => {
                write!(
                    formatter,
                    "replaces {client:?} with {token:?}, {redirects:?}"
                )
            }
            Ask::Delete(client, token) => write!(formatter, "deletes {client:?} with {token:?}"),
        }
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Call {
            number,
            bank,
            by,
            ask,
            ..
        } = self;
        write!(formatter, "{number}: {by:?} {ask:?}, at {bank:?}")?;
        if self.is_nameless {
            write!(formatter, ", without interaction id")?;
        }
        match self.fault {
            Some(fault) if self.in_force => write!(formatter, " [in force: {fault}]"),
            Some(fault) => write!(formatter, " [{fault}]"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Step {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Step::Call(call) => call.fmt(formatter),
            Step::Wait(seconds) => write!(formatter, "{seconds} s pass"),
            Step::PutInForce(standing) => {
                write!(formatter, "put in force: {}", standing.scenario())
            }
            Step::TakeOutOfForce => write!(formatter, "taken out of force"),
            Step::Operate(act, bank, client) => {
                write!(formatter, "the operator of {bank:?}: {act:?} {client:?}")
            }
            Step::Reset(part) => write!(formatter, "reset of {}", part.as_str()),
            Step::Keep => write!(formatter, "snapshot taken"),
            Step::PutBack => write!(formatter, "snapshot put back"),
        }
    }
}
