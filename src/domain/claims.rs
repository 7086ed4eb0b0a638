//! Values of claims that are lists in one string.

/// The values of a scope: only spaces separate them, any other character is a part of one
/// (RFC 6749 §3.3).
pub fn words(scope: &str) -> impl Iterator<Item = &str> {
    scope.split(' ').filter(|value| !value.is_empty())
}
