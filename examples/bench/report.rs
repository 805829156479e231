//! Timing, and the lines that tell of it.

use std::time::Instant;

/// Times calls and prints a line for each variant of a workload.
pub struct Reporter {
    pub threads: usize,
}

/// How often something is called.
#[derive(Clone, Copy)]
pub struct Calls {
    pub warm_up: usize,
    pub measured: usize,
}

impl Reporter {
    pub fn new(threads: usize) -> Self {
        Reporter { threads }
    }

    /// Calls `step` with the number of the call and tells of the measured ones. `step` gives a
    /// number to check results by.
    pub fn time(
        &self,
        workload: &str,
        variant: &str,
        calls: Calls,
        mut step: impl FnMut(usize) -> tf1::Result<f64>,
    ) -> tf1::Result<()> {
        for i in 0..calls.warm_up {
            step(i)?;
        }
        let (mut times, mut check) = (Vec::with_capacity(calls.measured), 0.0);
        for i in calls.warm_up..calls.warm_up + calls.measured {
            let start = Instant::now();
            check = step(i)?;
            times.push(milliseconds(start));
        }
        self.print(workload, variant, times, check);
        Ok(())
    }

    /// As [`time`](Reporter::time) for what is too short to be timed singly: the mean of 100 calls
    /// each.
    pub fn time_short(
        &self,
        variant: &str,
        calls: Calls,
        mut step: impl FnMut(f32) -> tf1::Result<f32>,
    ) -> tf1::Result<()> {
        let (mut times, mut check) = (Vec::with_capacity(calls.measured), 0.0);
        for i in 0..calls.warm_up + calls.measured {
            let start = Instant::now();
            for x in 0..100u8 {
                check = step(f32::from(x))?;
            }
            if i >= calls.warm_up {
                times.push(milliseconds(start) / 100.0);
            }
        }
        self.print("scalar", variant, times, f64::from(check));
        Ok(())
    }

    pub fn print(&self, workload: &str, variant: &str, mut times: Vec<f64>, check: f64) {
        times.sort_by(f64::total_cmp);
        let (median, fastest, slowest) = (times[times.len() / 2], times[0], times[times.len() - 1]);
        println!(
            "{{\"peer\":\"tf1\",\"workload\":\"{workload}\",\"variant\":\"{variant}\",\"threads\":{},\
             \"median_ms\":{median:.6},\"min_ms\":{fastest:.6},\"max_ms\":{slowest:.6},\"n\":{},\"check\":{check:.7e}}}",
            self.threads,
            times.len(),
        );
    }

    /// Tells of a process that has done its first step: the most memory that it has held so far.
    pub fn print_first(&self, workload: &str, check: f64) {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = peak.and_then(|text| text.split_whitespace().next()?.parse::<f64>().ok());
        println!(
            "{{\"peer\":\"tf1\",\"workload\":\"{workload}\",\"variant\":\"\",\"threads\":{},\"rss_mb\":{:.1},\"check\":{check:.7e}}}",
            self.threads,
            kilobytes.unwrap_or_default() / 1024.0,
        );
    }
}

pub fn milliseconds(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1e3
}
