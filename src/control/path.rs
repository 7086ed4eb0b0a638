//! The path of a route as a template, and whether a request's path is one of it.

use std::cmp::Ordering;

use percent_encoding::percent_decode_str;

use crate::control::problem::Problem;

/// How the path of a route begins that every world has.
const OF_A_WORLD: &str = "{w}";

/// The template of one path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// As it is documented, such as `/api/banks/{id}`.
    pub text: String,
    words: Vec<Word>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Word {
    Literal(String),
    Param(&'static str),
}

impl Template {
    /// The one template of a path, or both of one that begins with `{w}`.
    pub fn all(path: &'static str) -> Vec<Self> {
        match path.strip_prefix(OF_A_WORLD) {
            Some(rest) => ["/api", "/api/worlds/{world}"]
                .map(|world| Self::new(world, rest))
                .into(),
            None => vec![Self::new("", path)],
        }
    }

    fn new(before: &'static str, path: &'static str) -> Self {
        let words = before.split('/').chain(path.split('/'));
        let words = words.filter(|word| !word.is_empty()).map(|word| {
            let name = word
                .strip_prefix('{')
                .and_then(|rest| rest.strip_suffix('}'));
            name.map_or_else(|| Word::Literal(word.to_owned()), Word::Param)
        });
        Self {
            text: format!("{before}{path}"),
            words: words.collect(),
        }
    }

    /// The names in it.
    pub fn params(&self) -> impl Iterator<Item = &'static str> {
        self.words.iter().filter_map(|word| match word {
            Word::Param(name) => Some(*name),
            Word::Literal(_) => None,
        })
    }

    /// The words of `path` by the names of the template, as they came; `None` of another path. One
    /// slash at the end is as good as none.
    pub fn matched<'p>(&self, path: &'p str) -> Option<Vec<(&'static str, &'p str)>> {
        let path = path.strip_prefix('/')?;
        let path = path.strip_suffix('/').unwrap_or(path);
        let found: Vec<&str> = if path.is_empty() {
            Vec::new()
        } else {
            path.split('/').collect()
        };
        if found.len() != self.words.len() {
            return None;
        }
        let mut params = Vec::new();
        for (word, found) in self.words.iter().zip(found) {
            match word {
                Word::Literal(literal) if literal == found => {}
                Word::Param(name) if !found.is_empty() => params.push((*name, found)),
                _ => return None,
            }
        }
        Some(params)
    }

    /// The more literal one first, so that `/exchanges/stream` is no exchange.
    pub fn by_precision(&self, other: &Self) -> Ordering {
        let kind = |word: &Word| matches!(word, Word::Param(_));
        let of = |template: &Self| template.words.iter().map(kind).collect::<Vec<_>>();
        of(self).cmp(&of(other))
    }
}

/// A word of a path, decoded (RFC 3986 §2.1).
///
/// # Errors
/// 400 where it is not UTF-8.
pub fn decoded(name: &str, word: &str) -> Result<String, Problem> {
    let decoded = percent_decode_str(word).decode_utf8();
    decoded.map(Into::into).map_err(|_| {
        let found = format!("`{word}`, which is not UTF-8");
        Problem::field(name, found, "percent-encoded UTF-8")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_of_every_world_has_two_templates() {
        let texts: Vec<String> = Template::all("{w}/banks/{id}")
            .into_iter()
            .map(|template| template.text)
            .collect();
        assert_eq!(texts, ["/api/banks/{id}", "/api/worlds/{world}/banks/{id}"]);
        assert_eq!(Template::all("/health").len(), 1);
    }

    #[test]
    fn a_template_matches_its_paths_only() {
        let template = Template::all("{w}/banks/{id}").remove(1);
        assert_eq!(
            template.matched("/api/worlds/a%20b/banks/c"),
            Some(vec![("world", "a%20b"), ("id", "c")])
        );
        assert!(template.matched("/api/worlds/a/banks/c/").is_some());
        for other in [
            "",
            "/",
            "/api/worlds/a/banks",
            "/api/worlds/a/banks/",
            "/api/worlds//banks/c",
            "/api/worlds/a/banks/c/d",
            "/api/worlds/a/Banks/c",
            "api/worlds/a/banks/c",
        ] {
            assert_eq!(template.matched(other), None, "{other}");
        }
        assert!(Template::all("/")[0].matched("/").is_some());
    }

    #[test]
    fn the_literal_path_goes_first() {
        let mut templates = Template::all("/x/{id}");
        templates.extend(Template::all("/x/stream"));
        templates.sort_by(Template::by_precision);
        assert_eq!(templates[0].text, "/x/stream");
    }

    #[test]
    fn a_word_that_is_not_utf_8_is_a_problem() {
        assert_eq!(decoded("id", "a%2Fb").unwrap(), "a/b");
        assert_eq!(decoded("id", "a%2").unwrap(), "a%2");
        assert_eq!(decoded("id", "%ff").unwrap_err().status().as_u16(), 400);
    }
}
