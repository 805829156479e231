//! What the machine can do: the time of a plain copy and of a triad, for results to stand beside.

use std::hint::black_box;
use std::sync::Barrier;
use std::time::Instant;

/// The rounds of which the fastest counts.
const ROUNDS: usize = 7;

/// Milliseconds for copying `bytes` from one place to another with `threads` threads.
pub fn copy(bytes: usize, threads: usize) -> f64 {
    fastest(bytes / 4, threads, |a, _, c| c.copy_from_slice(a))
}

/// Milliseconds for `c = 2a + b` with `threads` threads, three arrays that are `bytes` together.
pub fn triad(bytes: usize, threads: usize) -> f64 {
    fastest(bytes / 12, threads, |a, b, c| {
        for ((c, a), b) in c.iter_mut().zip(a).zip(b) {
            *c = 2.0 * a + b;
        }
    })
}

/// The fastest of some rounds, each as long as its slowest thread's mean call.
fn fastest(count: usize, threads: usize, work: fn(&[f32], &[f32], &mut [f32])) -> f64 {
    let part = (count / threads).max(1);
    let calls = (1 << 22) / count.max(1) + 1;
    let barrier = Barrier::new(threads);
    let times = std::thread::scope(|scope| {
        let run = || {
            let (a, b, mut c) = (vec![1f32; part], vec![2f32; part], vec![0f32; part]);
            let mut times = [0.0; ROUNDS];
            for time in &mut times {
                barrier.wait();
                let start = Instant::now();
                for _ in 0..calls {
                    work(black_box(&a), black_box(&b), black_box(&mut c));
                }
                *time = start.elapsed().as_secs_f64() * 1e3 / calls as f64;
            }
            times
        };
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(run)).collect();
        let times = running.into_iter().map(|thread| thread.join());
        times
            .map(|times| times.expect("it only copies"))
            .reduce(|a, b| std::array::from_fn(|i| a[i].max(b[i])))
    });
    let times = times.unwrap_or([f64::INFINITY; ROUNDS]);
    times.into_iter().fold(f64::INFINITY, f64::min)
}
