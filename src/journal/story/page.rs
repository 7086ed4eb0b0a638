//! Lines of at most 100 characters, with labels at their left.

/// Characters of a line.
const WIDTH: usize = 100;
/// Where values begin.
const INDENT: usize = 14;

/// A page of facts.
#[derive(Default)]
pub(super) struct Page(String);

impl Page {
    /// A text of its own, as many lines as it needs.
    pub(super) fn line(&mut self, text: &str) {
        for (position, line) in wrapped(text, WIDTH - 5).iter().enumerate() {
            let indent = if position == 0 { "" } else { "     " };
            self.push(&format!("{indent}{line}"));
        }
    }

    /// A labelled value, in at most so many lines.
    pub(super) fn fact(&mut self, label: &str, value: &str, most: usize) {
        // What is beyond the last line need not be looked at.
        let end = value.char_indices().nth((most + 1) * WIDTH);
        let value = end.map_or(value, |(end, _)| value.get(..end).unwrap_or(value));
        let mut lines = wrapped(value, WIDTH - INDENT - 2);
        if lines.len() > most {
            lines.truncate(most);
            if let Some(last) = lines.last_mut() {
                last.push_str(" …");
            }
        }
        for (position, line) in lines.iter().enumerate() {
            let label = if position == 0 { label } else { "" };
            self.push(&format!("  {label:<width$}{line}", width = INDENT - 2));
        }
    }

    /// All of it.
    pub(super) fn text(self) -> String {
        self.0
    }

    fn push(&mut self, line: &str) {
        self.0.push_str(line.trim_end());
        self.0.push('\n');
    }
}

/// Lines of at most so many characters, broken between words where that is possible. Nothing in them
/// moves a terminal's cursor.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in harmless(text).split_whitespace() {
        let mut rest: Vec<char> = word.chars().collect();
        while !rest.is_empty() {
            let used = lines.last().map_or(0, |line| line.chars().count());
            let gap = usize::from(used > 0);
            if used + gap + rest.len() <= width || used == 0 {
                let taken: String = rest.drain(..rest.len().min(width)).collect();
                if let Some(line) = lines.last_mut() {
                    line.push_str(if gap == 1 { " " } else { "" });
                    line.push_str(&taken);
                }
            } else {
                lines.push(String::new());
            }
        }
    }
    lines
}

fn harmless(text: &str) -> String {
    let mut harmless = String::with_capacity(text.len());
    for sign in text.chars() {
        let turns = matches!(sign, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
        match sign {
            '\n' | '\t' | '\r' => harmless.push(' '),
            sign if sign.is_control() || turns => harmless.extend(sign.escape_default()),
            sign => harmless.push(sign),
        }
    }
    harmless
}
