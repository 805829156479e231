//! Saving and restoring: how long it takes, and how much memory. `checkpoint.py` measures the same
//! in TensorFlow.

use std::fs;
use std::path::Path;
use std::time::Instant;

use tf1 as tf;
use tf1::train::Saver;
use tf1::{Graph, Session, SessionOptions};

use crate::report::{Reporter, milliseconds};

const CALLS: usize = 5;

/// Variables of so many MB, as one and as twenty. The checkpoints go to the folder for temporary
/// files: with TMPDIR=/dev/shm the disk has no part in the times.
pub fn checkpoint(reporter: &Reporter, megabytes: usize) -> tf::Result<()> {
    let folder = std::env::temp_dir().join(format!("tf1_bench_{}", std::process::id()));
    let mut done = Ok(());
    for count in [1, 20] {
        empty(&folder);
        done = done.and_then(|()| one_size(reporter, megabytes, count, &folder));
    }
    let _ = fs::remove_dir_all(folder);
    done
}

fn one_size(reporter: &Reporter, megabytes: usize, count: usize, folder: &Path) -> tf::Result<()> {
    let graph = Graph::new();
    for i in 0..count {
        let initializer = tf::initializers::random_uniform();
        graph.get_variable::<f32>(
            &format!("v{i:04}"),
            [megabytes * 250_000 / count],
            initializer,
        );
    }
    let saver = Saver::new(&graph).write_state(false);
    let session = || Session::with_options(&graph, SessionOptions::new().threads(reporter.threads));
    let prefix = folder.join("m");
    let name = format!("{megabytes} MB in {count}");

    let old = session()?;
    old.run(graph.global_variables_initializer(), [])?;
    let mut saves = Vec::new();
    for _ in 0..CALLS {
        empty(folder);
        saves.push(measured(|| saver.save(&old, &prefix, None).map(drop))?);
    }
    report(reporter, &format!("save {name}"), saves);
    let restores = (0..CALLS).map(|_| measured(|| saver.restore(&old, &prefix)));
    report(
        reporter,
        &format!("restore {name}"),
        restores.collect::<tf::Result<_>>()?,
    );
    drop(old);
    let mut firsts = Vec::new();
    for _ in 0..CALLS {
        let new = session()?;
        firsts.push(measured(|| saver.restore(&new, &prefix))?);
    }
    report(reporter, &format!("restore first {name}"), firsts);
    Ok(())
}

/// Makes the folder anew, with nothing in it.
fn empty(folder: &Path) {
    let _ = fs::remove_dir_all(folder);
    let _ = fs::create_dir_all(folder);
}

/// What a call took.
struct Cost {
    milliseconds: f64,
    /// The same of all processors.
    processors: f64,
    /// By how many MB it raised the process's memory at the most.
    peak: f64,
}

fn measured(call: impl FnOnce() -> tf::Result<()>) -> tf::Result<Cost> {
    // Begins the count of the peak anew, on Linux.
    let _ = fs::write("/proc/self/clear_refs", "5");
    let before = status("VmRSS:");
    let (start, busy) = (Instant::now(), processors());
    call()?;
    Ok(Cost {
        milliseconds: milliseconds(start),
        processors: processors() - busy,
        peak: status("VmHWM:") - before,
    })
}

/// For how many milliseconds the process's threads have run, to the hundredth of a second in which
/// Linux counts.
fn processors() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
    // The program's own time, and the system's for it.
    let ticks = fields.split_whitespace().skip(11).take(2);
    ticks
        .filter_map(|ticks| ticks.parse::<f64>().ok())
        .sum::<f64>()
        * 10.0
}

/// A line of /proc/self/status, in MB.
fn status(key: &str) -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(key));
    let kilobytes = line.and_then(|text| text.split_whitespace().next()?.parse::<f64>().ok());
    kilobytes.unwrap_or(f64::NAN) / 1024.0
}

fn report(reporter: &Reporter, variant: &str, costs: Vec<Cost>) {
    let peak = costs.iter().map(|cost| cost.peak).fold(0.0, f64::max);
    let processors = costs
        .iter()
        .map(|cost| cost.processors)
        .fold(f64::INFINITY, f64::min);
    let mut times: Vec<f64> = costs.iter().map(|cost| cost.milliseconds).collect();
    times.sort_by(f64::total_cmp);
    println!(
        "{{\"peer\":\"tf1\",\"workload\":\"checkpoint\",\"variant\":\"{variant}\",\"threads\":{},\"median_ms\":{:.3},\
         \"min_ms\":{:.3},\"max_ms\":{:.3},\"cpu_ms\":{processors:.0},\"n\":{},\"peak_mb\":{peak:.1}}}",
        reporter.threads,
        times[times.len() / 2],
        times[0],
        times[times.len() - 1],
        times.len(),
    );
}
