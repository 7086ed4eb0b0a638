//! What is wrong with a file, and where.

use std::fmt;
use std::path::PathBuf;

/// A place in a file, both counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Its line.
    pub line: u64,
    /// Its column, in characters.
    pub column: u64,
}

/// One thing that is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where; `None` for the file as a whole.
    pub at: Option<Position>,
    /// What is wrong: `found …; allowed: …; …`.
    pub text: String,
}

impl Problem {
    /// A value that is not allowed there.
    pub fn at(at: Position, text: impl Into<String>) -> Self {
        Self {
            at: Some(at),
            text: text.into(),
        }
    }

    /// The file as a whole cannot be used.
    pub fn whole(text: impl Into<String>) -> Self {
        Self {
            at: None,
            text: text.into(),
        }
    }

    /// The parts of its text.
    #[must_use]
    pub fn told(&self) -> Told<'_> {
        let text = self.text.strip_prefix("found ").unwrap_or(&self.text);
        let (found, rest) = text.split_once("; allowed: ").unwrap_or((text, ""));
        let (allowed, hint) = rest.split_once("; ").unwrap_or((rest, ""));
        let some = |part| Some(part).filter(|part: &&str| !part.is_empty());
        Told {
            found,
            allowed: some(allowed),
            hint: some(hint),
        }
    }
}

/// What a problem says, in its parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told<'p> {
    /// What was found, or the whole text.
    pub found: &'p str,
    /// What is allowed.
    pub allowed: Option<&'p str>,
    /// What to do.
    pub hint: Option<&'p str>,
}

/// A file that cannot be used: all that is wrong with it, from its top.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadFile {
    /// The file, as it was named.
    pub file: PathBuf,
    /// What is wrong; never empty.
    pub problems: Vec<Problem>,
}

impl BadFile {
    /// All that is wrong with `file`.
    pub fn new(file: impl Into<PathBuf>, mut problems: Vec<Problem>) -> Self {
        problems.sort_by_key(|problem| problem.at);
        problems.dedup();
        Self {
            file: file.into(),
            problems,
        }
    }
}

impl std::error::Error for BadFile {}

impl fmt::Display for BadFile {
    /// A line for each problem: `FILE:LINE:COLUMN: found …; allowed: …`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = self.file.display();
        for (index, problem) in self.problems.iter().enumerate() {
            if index > 0 {
                writeln!(formatter)?;
            }
            match problem.at {
                Some(Position { line, column }) => write!(formatter, "{file}:{line}:{column}: ")?,
                None => write!(formatter, "{file}: ")?,
            }
            formatter.write_str(&problem.text)?;
        }
        Ok(())
    }
}

/// `found …; allowed: A, B`, and the word that was probably meant.
pub fn not_one_of(found: &str, word: &str, allowed: &[&str]) -> String {
    let list = allowed.join(", ");
    match nearest(word, allowed) {
        Some(meant) => format!("found {found}; allowed: {list}; did you mean `{meant}`?"),
        None => format!("found {found}; allowed: {list}"),
    }
}

/// The word that is most like this one, if one is.
pub fn nearest<'a>(word: &str, words: &[&'a str]) -> Option<&'a str> {
    let likeness = |other: &str| strsim::jaro_winkler(word, other);
    words
        .iter()
        .copied()
        .filter(|other| likeness(other) > 0.8)
        .max_by(|one, other| likeness(one).total_cmp(&likeness(other)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_was_probably_meant_is_named_and_no_other() {
        let words = ["listen", "limits", "hostnames"];
        for (word, expected) in [
            ("lisen", Some("listen")),
            ("limit", Some("limits")),
            ("hostname", Some("hostnames")),
            ("zebra", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, &words), expected, "{word}");
        }
    }

    #[test]
    fn a_problem_has_what_was_found_what_is_allowed_and_a_hint() {
        let told = |text: &'static str| {
            let problem = Problem::whole(text);
            let Told {
                found,
                allowed,
                hint,
            } = problem.told();
            [Some(found), allowed, hint].map(|part| part.map(str::to_owned))
        };
        let parts = |parts: [Option<&str>; 3]| parts.map(|part| part.map(str::to_owned));
        for (text, expected) in [
            (
                "found `x`; allowed: a, b; did you mean `a`?",
                [Some("`x`"), Some("a, b"), Some("did you mean `a`?")],
            ),
            (
                "found `x`; allowed: a, b",
                [Some("`x`"), Some("a, b"), None],
            ),
            (
                "no bank has this id",
                [Some("no bank has this id"), None, None],
            ),
        ] {
            assert_eq!(told(text), parts(expected), "{text}");
        }
    }

    #[test]
    fn problems_are_told_from_the_top_of_the_file_once_each() {
        let at = |line, column| Problem::at(Position { line, column }, "found x");
        let bad = BadFile::new(
            "a.yaml",
            vec![at(9, 1), at(2, 7), Problem::whole("y"), at(9, 1)],
        );
        assert_eq!(
            bad.to_string(),
            "a.yaml: y\na.yaml:2:7: found x\na.yaml:9:1: found x"
        );
    }
}
