//! A watch over what is run: a hang ends the program with the name of what hangs, as no test could
//! be told otherwise.

use std::collections::HashMap;
use std::io::{Write, stderr};
use std::process;
use std::sync::{LazyLock, Mutex};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

/// How long one run of one op may take, on a slow machine with much to do.
const PATIENCE: Duration = Duration::from_secs(120);

/// What each thread runs, and since when.
static RUNNING: LazyLock<Mutex<HashMap<ThreadId, (Instant, String)>>> = LazyLock::new(|| {
    thread::spawn(|| {
        loop {
            thread::sleep(Duration::from_secs(1));
            let running = RUNNING.lock().unwrap();
            let hanging = running
                .values()
                .find(|(since, _)| since.elapsed() > PATIENCE);
            if let Some((_, what)) = hanging {
                // Past what catches the output of tests, which is not shown once the process ends.
                let _ = writeln!(stderr(), "{what} does not end");
                process::exit(1);
            }
        }
    });
    Mutex::default()
});

/// Runs `run`, which `what` describes.
pub fn watched<R>(what: String, run: impl FnOnce() -> R) -> R {
    let thread = thread::current().id();
    RUNNING
        .lock()
        .unwrap()
        .insert(thread, (Instant::now(), what));
    let result = run();
    RUNNING.lock().unwrap().remove(&thread);
    result
}
