//! Where problems of files are said to be.

use aspsp_emulator::config::{BadFile, Position, Problem};

/// That what is wrong with a text is told, each at a place that the text has.
///
/// # Panics
/// It is not.
pub fn assert_told(bad: &BadFile, text: &str) {
    assert!(!bad.problems.is_empty(), "refused, and nothing is wrong");
    for problem in &bad.problems {
        assert_placed(problem, text);
    }
    let told = bad.to_string();
    assert!(told.lines().count() >= bad.problems.len(), "{told}");
}

/// That a problem says something, about a place that the text has: the end of a line, and the line after
/// the last one, are such places.
///
/// # Panics
/// It is not.
pub fn assert_placed(problem: &Problem, text: &str) {
    assert!(!problem.text.is_empty(), "a problem that says nothing");
    let Some(Position { line, column }) = problem.at else {
        return;
    };
    let lines = lines(text);
    assert!(line >= 1 && column >= 1, "counted from 1: {problem:?}");
    let index = usize::try_from(line - 1).expect("a line of a text in memory");
    assert!(index <= lines.len(), "{problem:?} in {} lines", lines.len());
    let length = lines.get(index).map_or(0, |line| line.chars().count());
    assert!(
        column <= length as u64 + 1,
        "{problem:?} in a line of {length} characters"
    );
}

/// The lines of a text as YAML counts them: each ends with CR LF, LF or CR.
fn lines(text: &str) -> Vec<&str> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut lines = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['\r', '\n']) {
        lines.push(&rest[..at]);
        let crlf = rest[at..].starts_with("\r\n");
        rest = &rest[at + if crlf { 2 } else { 1 }..];
    }
    lines.push(rest);
    lines
}
