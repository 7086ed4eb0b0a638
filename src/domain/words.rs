//! How types show themselves: by their word, by their text.

/// Shows types by the word that settings and reports have for them.
macro_rules! shown_by_word {
    ($($name:ty),+) => {$(
        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(self.as_str())
            }
        }
    )+};
}

/// Shows errors to developers as to everybody: `?` and `unwrap` in a test print `Debug`.
macro_rules! debug_as_display {
    ($($name:ty),+) => {$(
        impl std::fmt::Debug for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(self, formatter)
            }
        }
    )+};
}

pub(crate) use {debug_as_display, shown_by_word};
