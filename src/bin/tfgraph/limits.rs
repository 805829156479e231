//! What one graph may take, and the process that is held to it.

use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use clap::Args;

/// How often the process is looked at.
const PAUSE: Duration = Duration::from_millis(5);

/// How much of what a process prints is read: a line.
const PRINTED: u64 = 1 << 16;

/// What one graph may take.
#[derive(Args, Clone, Copy)]
pub struct Limits {
    /// How long a graph may take.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// How much memory a graph may take; where there is no /proc, that of its session alone counts.
    #[arg(long, default_value_t = 4096)]
    megabytes: u64,
}

impl Limits {
    pub fn bytes(&self) -> usize {
        usize::try_from(self.megabytes.saturating_mul(1 << 20)).unwrap_or(usize::MAX)
    }
}

/// What `tfgraph compare` prints of the graph in `folder`, or why it was stopped.
pub fn output_within(limits: &Limits, folder: &Path) -> Result<String, String> {
    let program = std::env::current_exe()
        .map_err(|error| format!("this program does not know where it is: {error}"))?;
    let mut child = Command::new(program)
        .arg("compare")
        .args(["--seconds", &limits.seconds.to_string()])
        .args(["--megabytes", &limits.megabytes.to_string()])
        .arg("--")
        .arg(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("this program does not run: {error}"))?;
    // Read while it runs: it would wait for a full pipe to be emptied.
    let printed = reader(child.stdout.take());
    let errors = reader(child.stderr.take());
    let ended = wait(limits, &mut child);
    if ended.is_err() {
        // It may have ended by itself.
        let _ = child.kill();
        let _ = child.wait();
    }
    let text = |reader: thread::JoinHandle<String>| reader.join().unwrap_or_default();
    let (printed, errors) = (text(printed), text(errors));
    match ended? {
        true => Ok(printed),
        false if errors.contains("panicked") => Err("a defect: it panicked".to_string()),
        false => Err(format!("it was killed or gave up: {errors}")),
    }
}

/// Waits for the end of a process; says whether it ended well.
fn wait(limits: &Limits, child: &mut Child) -> Result<bool, String> {
    let start = Instant::now();
    let (seconds, megabytes) = (limits.seconds, limits.megabytes);
    loop {
        match child.try_wait() {
            Ok(None) => {}
            Ok(Some(status)) => return Ok(status.success()),
            Err(error) => return Err(format!("it cannot be waited for: {error}")),
        }
        if start.elapsed() >= Duration::from_secs(seconds) {
            return Err(format!("it took longer than {seconds} seconds"));
        }
        if resident(child.id()).is_some_and(|kilobytes| kilobytes / 1024 > megabytes) {
            return Err(format!("it took more than {megabytes} megabytes of memory"));
        }
        thread::sleep(PAUSE);
    }
}

/// How many kilobytes of memory a process has, where the system tells it in Linux's way.
fn resident(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let mut lines = status.lines();
    let line = lines.find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// A thread that reads what a process prints, the beginning of it.
fn reader(pipe: Option<impl Read + Send + 'static>) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            // What cannot be read was not printed; the rest is read so that the process can end.
            let _ = pipe.by_ref().take(PRINTED).read_to_end(&mut bytes);
            let _ = std::io::copy(&mut pipe, &mut std::io::sink());
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}
