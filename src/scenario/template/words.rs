//! The words of a template, judged before it runs: minijinja itself finds an unknown filter or test
//! only when it gets there.

use crate::document::problem::not_one_of;
use crate::scenario::template::environment::{FILTERS, FUNCTION, TESTS};

/// Every statement.
const STATEMENTS: [&str; 11] = [
    "for", "endfor", "if", "elif", "else", "endif", "set", "with", "endwith", "raw", "endraw",
];

/// Words before a parenthesis that call nothing.
const KEYWORDS: [&str; 10] = [
    "and", "or", "not", "in", "is", "if", "else", "elif", "for", "set",
];

/// How often texts may be put together: each time may double one.
const MOST_JOINTS: usize = 6;

/// One of a tag.
#[derive(Debug, PartialEq, Eq)]
enum Word<'s> {
    Name(&'s str),
    Sign(char),
    Literal,
}

/// What stands between `{{` and `}}` or `{%` and `%}`.
struct Tag<'s> {
    line: usize,
    is_statement: bool,
    words: Vec<Word<'s>>,
}

/// Refuses statements, filters, tests and functions that there are not.
pub(super) fn check(source: &str) -> Result<(), String> {
    let mut joints = 0;
    for tag in tags(source) {
        if let (true, Some(Word::Name(name))) = (tag.is_statement, tag.words.first())
            && !STATEMENTS.contains(name)
        {
            return Err(unknown(tag.line, "statement", name, &STATEMENTS));
        }
        check_words(&tag)?;
        if tag.words.contains(&Word::Sign('*')) {
            return Err(format!(
                "line {}: found `*`, which also repeats texts and lists, without end",
                tag.line
            ));
        }
        let joins = |word: &&Word<'_>| matches!(word, Word::Sign('~' | '+'));
        joints += tag.words.iter().filter(joins).count();
        if joints > MOST_JOINTS {
            return Err(format!(
                "line {}: found more than {MOST_JOINTS} of `~` and `+` in one template; write values side by side: {{{{ a }}}}{{{{ b }}}}",
                tag.line
            ));
        }
    }
    Ok(())
}

fn check_words(tag: &Tag<'_>) -> Result<(), String> {
    let word = |index: usize| tag.words.get(index);
    let before = |index: usize, back: usize| index.checked_sub(back).and_then(word);
    for (index, this) in tag.words.iter().enumerate() {
        let Word::Name(name) = this else {
            continue;
        };
        let last = before(index, 1);
        let is_test = last == Some(&Word::Name("is"))
            || (last == Some(&Word::Name("not")) && before(index, 2) == Some(&Word::Name("is")));
        if last == Some(&Word::Sign('.')) {
            if word(index + 1) == Some(&Word::Sign('(')) {
                return Err(format!(
                    "line {}: found a call of `{name}`, but values have no functions; write a filter: `value | lower`",
                    tag.line
                ));
            }
        } else if last == Some(&Word::Sign('|')) {
            if !FILTERS.contains(name) {
                return Err(unknown(tag.line, "filter", name, &FILTERS));
            }
        } else if is_test && *name != "not" {
            if !TESTS.contains(name) {
                return Err(unknown(tag.line, "test", name, &TESTS));
            }
        } else if word(index + 1) == Some(&Word::Sign('('))
            && !KEYWORDS.contains(name)
            && *name != FUNCTION
        {
            return Err(unknown(tag.line, "function", name, &[FUNCTION]));
        }
    }
    Ok(())
}

/// What is said of a word that there is not.
pub(super) fn unknown(line: usize, kind: &str, name: &str, known: &[&str]) -> String {
    let told = not_one_of(&format!("the {kind} `{name}`"), name, known);
    format!("line {line}: {told}")
}

/// The line in which a name occurs first within a tag.
pub(super) fn line_of(source: &str, name: &str) -> usize {
    let has = |tag: &Tag<'_>| tag.words.contains(&Word::Name(name));
    tags(source)
        .iter()
        .find(|tag| has(tag))
        .map_or(1, |tag| tag.line)
}

fn tags(source: &str) -> Vec<Tag<'_>> {
    let mut tags: Vec<Tag<'_>> = Vec::new();
    let mut at = 0;
    while let Some(start) = next_mark(source, at) {
        let line = source[..start].matches('\n').count() + 1;
        let inner = start + 2;
        if source[start..].starts_with("{#") {
            at = source[inner..]
                .find("#}")
                .map_or(source.len(), |end| inner + end + 2);
            continue;
        }
        let is_statement = source[start..].starts_with("{%");
        let (words, end) = words(source, inner, if is_statement { "%}" } else { "}}" });
        let is_raw = is_statement && words.first() == Some(&Word::Name("raw"));
        tags.push(Tag {
            line,
            is_statement,
            words,
        });
        at = end;
        if is_raw {
            at = source[end..].find("endraw").map_or(source.len(), |found| {
                let found = end + found;
                source[found..]
                    .find("%}")
                    .map_or(source.len(), |close| found + close + 2)
            });
        }
    }
    tags
}

fn next_mark(source: &str, at: usize) -> Option<usize> {
    let rest = source.get(at..)?;
    let marks = ["{{", "{%", "{#"].iter().filter_map(|mark| rest.find(mark));
    marks.min().map(|found| at + found)
}

/// The words of a tag, and where it ends.
fn words<'s>(source: &'s str, start: usize, end: &str) -> (Vec<Word<'s>>, usize) {
    let mut words = Vec::new();
    let mut depth = 0_usize;
    let mut at = start;
    while let Some(first) = source[at..].chars().next() {
        if depth == 0 && source[at..].starts_with(end) {
            return (words, at + end.len());
        }
        let length = match first {
            '"' | '\'' => {
                words.push(Word::Literal);
                quoted(&source[at..], first)
            }
            _ if first.is_alphabetic() || first == '_' => {
                let length = run(&source[at..]);
                words.push(Word::Name(&source[at..at + length]));
                length
            }
            _ if first.is_ascii_digit() => {
                words.push(Word::Literal);
                run(&source[at..])
            }
            _ => {
                match first {
                    '{' => depth += 1,
                    '}' => depth = depth.saturating_sub(1),
                    _ => {}
                }
                let trims = words.is_empty() && matches!(first, '-' | '+');
                if !first.is_whitespace() && !trims {
                    words.push(Word::Sign(first));
                }
                first.len_utf8()
            }
        };
        at += length;
    }
    (words, source.len())
}

/// Bytes of the letters and digits at the beginning.
fn run(text: &str) -> usize {
    let is_end = |character: char| !(character.is_alphanumeric() || character == '_');
    text.find(is_end).unwrap_or(text.len())
}

/// Bytes of the text in quotes at the beginning.
fn quoted(text: &str, quote: char) -> usize {
    let mut is_escaped = false;
    for (index, character) in text.char_indices().skip(1) {
        match character {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            _ if character == quote => return index + 1,
            _ => {}
        }
    }
    text.len()
}
