//! Just enough Rust to find the paths that a source names.

/// The crate's own name, as its binary writes it.
const CRATE: &str = "aspsp_emulator";

/// Every path into the crate, from its root, groups spelled out. `module` is where the source stands.
pub fn paths(text: &str, module: &[String]) -> Vec<Vec<String>> {
    let words = words(text);
    let mut found = Vec::new();
    for (index, word) in words.iter().enumerate() {
        let is_start = index == 0 || words[index - 1] != "::";
        let is_root = matches!(word.as_str(), "crate" | "super" | CRATE);
        if is_start && is_root && words.get(index + 1).is_some_and(|next| next == "::") {
            for path in tree(&words, &mut { index }) {
                found.extend(absolute(&path, module));
            }
        }
    }
    found
}

/// The paths of one tree such as `a::{b, c::d}`; leaves `at` behind it.
fn tree(words: &[String], at: &mut usize) -> Vec<Vec<String>> {
    let mut prefix = Vec::new();
    loop {
        match words.get(*at).map(String::as_str) {
            Some("{") => {
                *at += 1;
                return group(words, at)
                    .into_iter()
                    .map(|rest| [prefix.clone(), rest].concat())
                    .collect();
            }
            Some(word) => prefix.push(word.to_owned()),
            None => return vec![prefix],
        }
        *at += 1;
        if words.get(*at).map(String::as_str) != Some("::") {
            return vec![prefix];
        }
        *at += 1;
    }
}

/// The paths inside of braces; leaves `at` behind the closing one.
fn group(words: &[String], at: &mut usize) -> Vec<Vec<String>> {
    let mut paths = Vec::new();
    while let Some(word) = words.get(*at) {
        match word.as_str() {
            "}" => {
                *at += 1;
                return paths;
            }
            "," => *at += 1,
            _ => {
                paths.extend(tree(words, at));
                skip_alias(words, at);
            }
        }
    }
    paths
}

/// `as name`
fn skip_alias(words: &[String], at: &mut usize) {
    while words
        .get(*at)
        .is_some_and(|word| word != "," && word != "}")
    {
        *at += 1;
    }
}

/// The path from the crate's root; `None` if it stays within the module or leads out of the crate.
fn absolute(path: &[String], module: &[String]) -> Option<Vec<String>> {
    let up = path.iter().take_while(|part| *part == "super").count();
    if up == 0 {
        return Some(path[1..].to_vec());
    }
    let parent = &module[..module.len().checked_sub(up)?];
    // `super::*` of the tests in a file at the root: what that file itself holds.
    let is_own_file = parent.is_empty() && path.get(up).is_some_and(|part| part == "*");
    (!is_own_file).then(|| [parent, &path[up..]].concat())
}

/// Whether a package is named as the start of a path.
pub fn names_crate(words: &[String], package: &str) -> bool {
    words.iter().enumerate().any(|(index, word)| {
        let before = index.checked_sub(1).map(|index| words[index].as_str());
        let before_that = index.checked_sub(2).map(|index| words[index].as_str());
        let is_within_path = before == Some("::")
            && before_that.is_some_and(|word| {
                word.starts_with(|first: char| first.is_alphanumeric() || first == '_')
                    && word != "use"
            });
        let is_followed = words
            .get(index + 1)
            .is_some_and(|next| next == "::" || next == ";");
        let is_declared = before == Some("crate") || before == Some("use");
        word == package && !is_within_path && (is_followed || is_declared)
    })
}

/// Identifiers, `::` and single characters, without comments, texts and spaces.
pub fn words(text: &str) -> Vec<String> {
    let text: Vec<char> = text.chars().collect();
    let mut words = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let length = skipped(rest);
        if length > 0 {
            at += length;
        } else if is_word(text[at]) {
            let length = rest
                .iter()
                .take_while(|character| is_word(**character))
                .count();
            words.push(rest[..length].iter().collect());
            at += length;
        } else if rest.starts_with(&[':', ':']) {
            words.push("::".to_owned());
            at += 2;
        } else {
            words.push(text[at].to_string());
            at += 1;
        }
    }
    words
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// Length of the space, comment or literal that the text begins with; 0 if none.
fn skipped(text: &[char]) -> usize {
    match text {
        [first, ..] if first.is_whitespace() => 1,
        ['/', '/', ..] => text
            .iter()
            .take_while(|character| **character != '\n')
            .count(),
        ['/', '*', ..] => block_comment(text),
        ['r', '"' | '#', ..] => raw_text(text),
        ['"', ..] => quoted(text, '"'),
        ['\'', '\\', ..] | ['\'', _, '\'', ..] => quoted(text, '\''),
        _ => 0,
    }
}

fn block_comment(text: &[char]) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < text.len() {
        match text[at..] {
            ['/', '*', ..] => (depth, at) = (depth + 1, at + 2),
            ['*', '/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at
}

/// `r"…"` or `r#"…"#`; 0 for a raw identifier.
fn raw_text(text: &[char]) -> usize {
    let hashes = text[1..]
        .iter()
        .take_while(|character| **character == '#')
        .count();
    let begin = hashes + 2;
    if text.get(begin - 1) != Some(&'"') {
        return 0;
    }
    let end: Vec<char> = std::iter::once('"')
        .chain(std::iter::repeat_n('#', hashes))
        .collect();
    let length = text[begin..]
        .windows(end.len())
        .position(|window| window == end);
    length.map_or(text.len(), |length| begin + length + end.len())
}

fn quoted(text: &[char], quote: char) -> usize {
    let mut at = 1;
    while at < text.len() && text[at] != quote {
        at += if text[at] == '\\' { 2 } else { 1 };
    }
    (at + 1).min(text.len())
}
