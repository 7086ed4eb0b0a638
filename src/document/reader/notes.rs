//! What is wrong with a tree, as it is found.

use std::cell::RefCell;
use std::collections::HashSet;
use std::fmt::{self, Display};

use serde::de;

use crate::document::problem::{Problem, not_one_of};
use crate::document::tree::{Node, shown};

/// What was found so far.
#[derive(Default)]
pub(super) struct Notes {
    problems: RefCell<Vec<Problem>>,
    /// Nodes that are left out, by where they are in memory.
    left_out: RefCell<HashSet<*const Node>>,
}

impl Notes {
    pub fn take(&self) -> Vec<Problem> {
        self.problems.take()
    }

    pub fn count(&self) -> usize {
        self.problems.borrow().len()
    }

    pub fn is_left_out(&self, node: &Node) -> bool {
        self.left_out.borrow().contains(&std::ptr::from_ref(node))
    }

    /// Notes what is wrong with a node and leaves it out from now on.
    pub fn note(&self, node: &Node, complaint: Complaint) {
        let text = match complaint {
            Complaint::Noted => return,
            Complaint::Wanted(allowed) => format!("found {}; allowed: {allowed}", node.describe()),
            Complaint::Objects(text) => format!("found {}; {text}", node.describe()),
            Complaint::Says(text) => text,
            Complaint::Missing(key) => format!("found no key `{key}`, which must be there"),
        };
        self.add(Problem::at(node.at, text));
        self.leave_out(node);
    }

    pub fn add(&self, problem: Problem) {
        self.problems.borrow_mut().push(problem);
    }

    pub fn leave_out(&self, node: &Node) {
        self.left_out.borrow_mut().insert(std::ptr::from_ref(node));
    }
}

/// Why a node cannot be read.
#[derive(Debug)]
pub(super) enum Complaint {
    /// It, or something in it, is noted already.
    Noted,
    /// Something else is allowed there.
    Wanted(String),
    /// What is wrong with it.
    Objects(String),
    /// The whole text.
    Says(String),
    /// A key is not there.
    Missing(&'static str),
}

impl Display for Complaint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{self:?}")
    }
}

impl std::error::Error for Complaint {}

impl de::Error for Complaint {
    fn custom<T: Display>(text: T) -> Self {
        Self::Objects(text.to_string())
    }

    fn invalid_type(_: de::Unexpected<'_>, wanted: &dyn de::Expected) -> Self {
        Self::Wanted(wanted.to_string())
    }

    fn invalid_value(_: de::Unexpected<'_>, wanted: &dyn de::Expected) -> Self {
        Self::Wanted(wanted.to_string())
    }

    fn unknown_variant(word: &str, allowed: &'static [&'static str]) -> Self {
        Self::Says(not_one_of(&format!("`{}`", shown(word)), word, allowed))
    }

    fn missing_field(key: &'static str) -> Self {
        Self::Missing(key)
    }
}
