//! The banks that scenarios are about.

use crate::dialect::{ALL, Dialect};

/// The banks that scenarios are about: what their rules can meet.
#[derive(Debug, Clone)]
pub struct Banks {
    banks: Vec<KnownBank>,
    are_defaults: bool,
}

/// A bank that is there.
#[derive(Debug, Clone)]
pub struct KnownBank {
    /// Its id.
    pub id: String,
    /// The path under which it lives, such as `/uk-ob-3.3`.
    pub base_path: String,
    /// What it speaks.
    pub dialect: &'static Dialect,
}

impl Banks {
    /// These banks and no others.
    #[must_use]
    pub fn new(banks: impl IntoIterator<Item = KnownBank>) -> Self {
        Self {
            banks: banks.into_iter().collect(),
            are_defaults: false,
        }
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &KnownBank> {
        self.banks.iter()
    }

    /// What one of them is called.
    pub(super) fn word(&self) -> &'static str {
        if self.are_defaults {
            "default bank"
        } else {
            "bank"
        }
    }

    /// That nobody has this id, and who there is.
    pub(super) fn unknown(&self) -> String {
        let ids: Vec<&str> = self.iter().map(|bank| bank.id.as_str()).collect();
        let ids = ids.join(", ");
        if self.are_defaults {
            format!(
                "no default bank has this id; they are {ids}; right if your config file names the bank"
            )
        } else {
            format!("no bank has this id; there are: {ids}")
        }
    }
}

/// The default banks, where no config file is at hand; it may name others.
impl Default for Banks {
    fn default() -> Self {
        let bank = |dialect: &&'static Dialect| KnownBank {
            id: dialect.id.to_owned(),
            base_path: dialect.base_path.to_owned(),
            dialect,
        };
        Self {
            banks: ALL.iter().map(bank).collect(),
            are_defaults: true,
        }
    }
}
