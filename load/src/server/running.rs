//! The servers that run now, so that none is left behind when the load is told to end.

use std::io;
use std::process::{Child, Command};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Those of all threads. Whoever starts or drops one holds it meanwhile.
static ALL: Mutex<Vec<Arc<Mutex<Child>>>> = Mutex::new(Vec::new());

/// One of them. Dropping it kills it.
#[derive(Debug)]
pub struct Running(Arc<Mutex<Child>>);

impl Running {
    /// Starts `command`.
    ///
    /// # Errors
    /// A program that cannot be started.
    pub fn start(command: &mut Command) -> io::Result<Self> {
        let mut all = held(&ALL);
        let child = Arc::new(Mutex::new(command.spawn()?));
        all.push(Arc::clone(&child));
        Ok(Self(child))
    }

    /// Its process, which nobody else looks at meanwhile.
    pub fn child(&self) -> MutexGuard<'_, Child> {
        held(&self.0)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let mut all = held(&ALL);
        kill(&mut self.child());
        all.retain(|one| !Arc::ptr_eq(one, &self.0));
    }
}

/// Kills all of them. As long as what it gives is held, no other is started, and whoever would drop one
/// waits.
pub fn kill_all() -> MutexGuard<'static, Vec<Arc<Mutex<Child>>>> {
    let all = held(&ALL);
    for one in all.iter() {
        kill(&mut held(one));
    }
    all
}

fn kill(child: &mut Child) {
    // It may have ended already, which is what is wanted.
    let _ = child.kill();
    let _ = child.wait();
}

/// A panic elsewhere leaves nothing half done in here.
fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
