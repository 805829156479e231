//! [`Pool`]: threads that share the parts of one piece of work.
//!
//! Work is cut by its caller into numbered parts. Each thread has a stretch of the numbers, the
//! same for each piece of work of as many parts, so that it finds in its own caches what it worked
//! on before; who has done its own claims those of the others. So a thread that is late (a parked
//! one may take 100 µs and more to wake) only takes fewer parts, and nobody waits for it. How work
//! is cut never depends on how many threads there are: results have the same bits with any number
//! of them.
//!
//! Idle threads watch for new work for [`SPIN`] and then park. A training step's parallel regions
//! lie closer together than that.

use std::cell::UnsafeCell;
use std::collections::HashMap;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Barrier, Mutex, OnceLock, PoisonError, Weak};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::FlushDenormals;
use crate::types::memory::has_room_for_thread;

/// How long an idle thread watches for work before it parks.
const SPIN: Duration = Duration::from_micros(200);

/// How often a waiting thread looks before it asks what time it is, or lets another thread run.
const LOOKS: u32 = 64;

/// Calls for part `part` on thread `thread`.
type Task<'t> = dyn Fn(usize, usize) + Sync + 't;

/// A fixed number of threads, the caller's among them.
pub(crate) struct Pool {
    shared: Arc<Shared>,
    /// How many threads there are with the caller's.
    threads: usize,
    /// Started when first needed.
    workers: OnceLock<Vec<JoinHandle<()>>>,
    /// Held by the caller whose work is being done.
    region: Mutex<()>,
}

struct Shared {
    /// The number of the work that may be joined, 0 for none.
    open: AtomicU64,
    /// The workers that have joined, or look whether they may.
    joined: AtomicUsize,
    /// For each thread, the next part of its stretch to be claimed.
    next: Box<[Lane]>,
    /// How many workers are parked or about to.
    parked: AtomicUsize,
    /// Whether the pool has been dropped.
    ended: AtomicBool,
    work: UnsafeCell<Option<Work>>,
}

/// A counter in a line of the caches by itself.
#[repr(align(128))]
#[derive(Default)]
struct Lane(AtomicUsize);

/// The work that is being done.
#[derive(Clone, Copy)]
struct Work {
    task: *const Task<'static>,
    parts: usize,
    failure: *const Mutex<Option<Failure>>,
}

/// What a part panicked with.
type Failure = Box<dyn std::any::Any + Send>;

// SAFETY: `work` is written only by the holder of `Pool::region` while nobody has joined and `open`
// is 0, and read only by workers that have joined while `open` held the work's number; the pointers
// in it point into the frame of `Pool::run`, which does not return before all have left.
unsafe impl Send for Shared {}
unsafe impl Sync for Shared {}

impl Pool {
    /// A pool of `threads` threads, at least one, shared by all who ask for that number.
    pub(crate) fn of(threads: usize) -> Arc<Pool> {
        static POOLS: Mutex<Option<HashMap<usize, Weak<Pool>>>> = Mutex::new(None);
        let mut pools = POOLS.lock().unwrap_or_else(PoisonError::into_inner);
        let pools = pools.get_or_insert_default();
        if let Some(pool) = pools.get(&threads).and_then(Weak::upgrade) {
            return pool;
        }
        let pool = Arc::new(Pool::new(threads));
        pools.insert(threads, Arc::downgrade(&pool));
        pool
    }

    /// The pool of the caller's thread and no other.
    pub(crate) fn alone() -> &'static Pool {
        static ALONE: OnceLock<Pool> = OnceLock::new();
        ALONE.get_or_init(|| Pool::new(1))
    }

    /// A pool of `threads` threads, at least one, of which the caller of [`run`](Pool::run) is one.
    pub(crate) fn new(threads: usize) -> Pool {
        Pool {
            shared: Arc::new(Shared {
                open: AtomicU64::new(0),
                joined: AtomicUsize::new(0),
                next: (0..threads.max(1)).map(|_| Lane::default()).collect(),
                parked: AtomicUsize::new(0),
                ended: AtomicBool::new(false),
                work: UnsafeCell::new(None),
            }),
            threads: threads.max(1),
            workers: OnceLock::new(),
            region: Mutex::new(()),
        }
    }

    /// How many threads there are with the caller's: the numbers that a task is told as `thread`
    /// are below this.
    pub(crate) fn threads(&self) -> usize {
        self.threads
    }

    /// Calls `task(part, thread)` once for every part below `parts`, on whatever threads are free,
    /// and returns when all are done.
    ///
    /// No two calls that run at once are told the same `thread`. While another caller's work is
    /// being done, or if there is only one part, the caller does all of it.
    ///
    /// # Panics
    /// If the task does.
    pub(crate) fn run(&self, parts: usize, task: &Task<'_>) {
        let region = match parts > 1 && self.threads > 1 {
            true => self.region.try_lock(),
            false => return (0..parts).for_each(|part| task(part, 0)),
        };
        let _region = match region {
            Ok(region) => region,
            Err(std::sync::TryLockError::Poisoned(region)) => region.into_inner(),
            Err(std::sync::TryLockError::WouldBlock) => {
                return (0..parts).for_each(|part| task(part, 0));
            }
        };
        let workers = self.workers.get_or_init(|| self.start_workers());
        let failure = Mutex::new(None);
        // SAFETY: only the lifetime is changed; `close` below, which runs in any case, ends all use
        // of the reference.
        let task: &Task<'static> =
            unsafe { std::mem::transmute::<&Task<'_>, &Task<'static>>(task) };
        let work = Work {
            task,
            parts,
            failure: &raw const failure,
        };
        self.shared.open(work);
        if self.shared.parked.load(SeqCst) > 0 {
            workers.iter().for_each(|worker| worker.thread().unpark());
        }
        self.shared.do_parts(work, 0);
        self.shared.close();
        if let Some(panic) = failure.into_inner().unwrap_or_else(PoisonError::into_inner) {
            resume_unwind(panic);
        }
    }

    /// Starts as many workers as are to be had; where there are fewer, the caller does more parts
    /// itself.
    fn start_workers(&self) -> Vec<JoinHandle<()>> {
        let start = |number| {
            if !has_room_for_thread() {
                return None;
            }
            let begun = Arc::new(Barrier::new(2));
            let (shared, there) = (Arc::clone(&self.shared), Arc::clone(&begun));
            let builder = thread::Builder::new().name(format!("tf1-{number}"));
            let work = move || {
                there.wait();
                shared.work_until_end(number);
            };
            let worker = builder.spawn(work).ok()?;
            // By now it has all that it begins with, and the next one can be asked for.
            begun.wait();
            Some(worker)
        };
        (1..self.threads).map_while(start).collect()
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.shared.ended.store(true, SeqCst);
        for worker in self.workers.take().into_iter().flatten() {
            worker.thread().unpark();
            // A worker never panics: what tasks panic with is handed to their callers.
            let _ = worker.join();
        }
    }
}

impl std::fmt::Debug for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pool")
            .field("threads", &self.threads)
            .finish()
    }
}

impl Shared {
    /// Lets workers join `work`.
    fn open(&self, work: Work) {
        static NUMBER: AtomicU64 = AtomicU64::new(1);
        // SAFETY: see the impl of `Sync`: nobody has joined.
        unsafe { *self.work.get() = Some(work) };
        for (lane, next) in self.next.iter().enumerate() {
            next.0.store(self.stretch(lane, work.parts).start, SeqCst);
        }
        self.open.store(NUMBER.fetch_add(1, SeqCst), SeqCst);
    }

    /// Ends the work: nobody can join any more, and all who had have left.
    fn close(&self) {
        self.open.store(0, SeqCst);
        let mut looks = 0u32;
        while self.joined.load(SeqCst) > 0 {
            looks += 1;
            // On a busy machine a worker may have lost its processor in the middle of its part.
            if looks.is_multiple_of(LOOKS * 16) {
                thread::yield_now();
            }
            std::hint::spin_loop();
        }
    }

    /// The parts of one thread.
    fn stretch(&self, lane: usize, parts: usize) -> Range<usize> {
        let lanes = self.next.len();
        lane * parts / lanes..(lane + 1) * parts / lanes
    }

    /// Claims and does parts until none is left: first the thread's own, then the others'.
    fn do_parts(&self, work: Work, thread: usize) {
        let lanes = self.next.len();
        for lane in (thread..lanes).chain(0..thread) {
            let end = self.stretch(lane, work.parts).end;
            loop {
                let part = self.next[lane].0.fetch_add(1, SeqCst);
                if part >= end {
                    break;
                }
                self.do_part(work, part, thread);
            }
        }
    }

    fn do_part(&self, work: Work, part: usize, thread: usize) {
        // SAFETY: the caller of `Pool::run` is in there until everybody has left.
        let (task, failure) = unsafe { (&*work.task, &*work.failure) };
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| task(part, thread))) {
            *failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(panic);
            // The rest need not be done.
            self.next
                .iter()
                .for_each(|next| next.0.store(work.parts, SeqCst));
        }
    }

    /// A worker's life.
    fn work_until_end(&self, thread: usize) {
        let _flush = FlushDenormals::enable();
        let mut seen = 0;
        while let Some(number) = self.wait_for_work(seen) {
            seen = number;
            self.joined.fetch_add(1, SeqCst);
            if self.open.load(SeqCst) == number {
                // SAFETY: see the impl of `Sync`: this worker has joined, and the work is open.
                if let Some(work) = unsafe { *self.work.get() } {
                    self.do_parts(work, thread);
                }
            }
            self.joined.fetch_sub(1, SeqCst);
        }
    }

    /// The number of work other than `seen`, or `None` when the pool has ended.
    fn wait_for_work(&self, seen: u64) -> Option<u64> {
        let idle_since = Instant::now();
        let new_work = || Some(self.open.load(SeqCst)).filter(|&open| open != 0 && open != seen);
        loop {
            for _ in 0..LOOKS {
                if let Some(number) = new_work() {
                    return Some(number);
                }
                std::hint::spin_loop();
            }
            if self.ended.load(SeqCst) {
                return None;
            }
            if idle_since.elapsed() > SPIN {
                self.parked.fetch_add(1, SeqCst);
                if new_work().is_none() && !self.ended.load(SeqCst) {
                    thread::park();
                }
                self.parked.fetch_sub(1, SeqCst);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicUsize;

    #[test]
    fn every_part_is_done_once_whatever_the_number_of_threads() {
        for threads in [1, 2, 3, 5] {
            let pool = Pool::new(threads);
            for parts in [0, 1, 2, 7, 100] {
                let done: Vec<AtomicUsize> = (0..parts).map(|_| AtomicUsize::new(0)).collect();
                pool.run(parts, &|part, thread| {
                    assert!(thread < threads);
                    done[part].fetch_add(1, SeqCst);
                });
                assert!(done.iter().all(|count| count.load(SeqCst) == 1));
            }
        }
    }

    #[test]
    fn many_callers_at_once_all_get_their_work_done() {
        let pool = Pool::new(3);
        let total = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..50 {
                        pool.run(8, &|part, _| {
                            total.fetch_add(part, SeqCst);
                        });
                    }
                });
            }
        });
        assert_eq!(total.load(SeqCst), 4 * 50 * 28);
    }

    #[test]
    fn a_panic_reaches_the_caller_and_the_pool_goes_on() {
        let pool = Pool::new(2);
        let run = || pool.run(16, &|part, _| assert!(part != 11, "part eleven"));
        assert!(catch_unwind(AssertUnwindSafe(run)).is_err());
        let count = AtomicUsize::new(0);
        pool.run(16, &|_, _| {
            count.fetch_add(1, SeqCst);
        });
        assert_eq!(count.load(SeqCst), 16);
    }

    #[test]
    fn work_comes_to_parked_workers_too() {
        let pool = Pool::new(2);
        for _ in 0..3 {
            thread::sleep(SPIN * 10);
            let threads: Mutex<std::collections::HashSet<usize>> = Mutex::default();
            pool.run(40, &|_, thread| {
                std::thread::sleep(Duration::from_millis(1));
                threads.lock().unwrap().insert(thread);
            });
            assert_eq!(threads.into_inner().unwrap().len(), 2);
        }
    }

    /// Whoever starts the workers: on some systems they would begin in the mode of the thread that
    /// does.
    #[test]
    #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
    #[cfg_attr(miri, ignore = "Miri has no floating-point control register")]
    fn workers_take_subnormals_as_zero() {
        use std::hint::black_box;

        let pool = Pool::new(2);
        let by_worker = AtomicUsize::new(0);
        while by_worker.load(SeqCst) == 0 {
            pool.run(8, &|_, thread| {
                thread::sleep(Duration::from_millis(1));
                if thread > 0 {
                    assert_eq!(black_box(1e-30f32) * black_box(1e-10f32), 0.0);
                    by_worker.fetch_add(1, SeqCst);
                }
            });
        }
    }
}
