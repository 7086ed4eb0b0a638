//! A value made on first use by something that may fail.

use std::sync::{Mutex, OnceLock, PoisonError};

use crate::error::Error;

/// Like [`OnceLock`], but a failed attempt leaves it empty and only one thread tries at a time.
pub(crate) struct Once<T> {
    value: OnceLock<T>,
    making: Mutex<()>,
}

impl<T> Once<T> {
    /// Not made yet.
    pub(crate) fn empty() -> Self {
        Self {
            value: OnceLock::new(),
            making: Mutex::new(()),
        }
    }

    /// Already there.
    pub(crate) fn of(value: T) -> Self {
        Self {
            value: OnceLock::from(value),
            making: Mutex::new(()),
        }
    }

    /// The value if it is there.
    pub(crate) fn peek(&self) -> Option<&T> {
        self.value.get()
    }

    /// The value, made now if need be; others wait for it.
    pub(crate) fn get_or_make(&self, make: impl FnOnce() -> Result<T, Error>) -> Result<&T, Error> {
        if let Some(value) = self.value.get() {
            return Ok(value);
        }
        // The mutex guards no data, so a panic of another thread leaves nothing half changed.
        let _making = self.making.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(value) = self.value.get() {
            return Ok(value);
        }
        let value = make()?;
        Ok(self.value.get_or_init(|| value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_made_once_and_a_failure_may_be_repeated() {
        let once = Once::empty();
        assert!(once.get_or_make(|| Err(Error::KeyNotPem)).is_err());
        assert_eq!(once.peek(), None);
        assert_eq!(*once.get_or_make(|| Ok(1)).unwrap(), 1);
        assert_eq!(*once.get_or_make(|| Ok(2)).unwrap(), 1);
    }
}
