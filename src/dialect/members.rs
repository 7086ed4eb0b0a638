//! Members of a JSON object on their way into what is kept: most of them stand in the request or the
//! statement already, and are not copied.

use std::borrow::Cow;

use serde::{Serialize, Serializer};
use serde_json::Value;

/// Members of a JSON object, in order, each name once.
#[derive(Debug, Clone, Default)]
pub struct Members<'a>(Vec<(&'a str, Cow<'a, Value>)>);

impl<'a> Members<'a> {
    /// The value of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        let (_, value) = self.0.iter().find(|(known, _)| *known == name)?;
        Some(value)
    }

    /// Puts a value in the place of the one of this name, else at the end.
    pub fn insert(&mut self, name: &'a str, value: Cow<'a, Value>) {
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => *known = value,
            None => self.0.push((name, value)),
        }
    }
}

impl<'a> FromIterator<(&'a str, Cow<'a, Value>)> for Members<'a> {
    /// The names are taken to be different ones, as those of a dialect's table are.
    fn from_iter<I: IntoIterator<Item = (&'a str, Cow<'a, Value>)>>(members: I) -> Self {
        Self(members.into_iter().collect())
    }
}

impl Serialize for Members<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value.as_ref())))
    }
}
