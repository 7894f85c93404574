//! Threads to work on.

use crate::error::{Error, Result};
use crate::setting::Setting;
use rayon::{ThreadPool, ThreadPoolBuilder, Yield};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

/// So many threads as are wished for, or as the processors run at once.
pub(crate) fn number(wish: Option<usize>) -> usize {
    wish.unwrap_or_else(|| thread::available_parallelism().map_or(1, usize::from))
}

/// `threads` threads.
///
/// # Errors
/// [`Error::Setting`] if the system does not start so many.
pub(crate) fn pool(threads: usize) -> Result<ThreadPool> {
    ThreadPoolBuilder::new().num_threads(threads).build().map_err(|error| Error::Setting {
        setting: Setting::Threads,
        value: threads.to_string(),
        problem: format!("the threads cannot be started: {error}"),
    })
}

/// Times that [`attend`] looks for a job in vain, a few milliseconds.
const PATIENCE: u32 = 1 << 14;

/// Runs `work`, on a thread of a pool, and meanwhile has the pool's other threads look for jobs
/// without falling asleep: for work that forks and joins so often that to wake a thread would take
/// as long as its job. Between jobs they leave their processor to whoever else wants it. It returns
/// when each thread of the pool has come by, be it from other work.
pub(crate) fn attended<T>(work: impl FnOnce() -> T) -> T {
    let (done, here) = (AtomicBool::new(false), rayon::current_thread_index());
    rayon::in_place_scope(|scope| {
        scope.spawn_broadcast(|_, context| {
            if Some(context.index()) != here {
                attend(|| done.load(Ordering::Relaxed));
            }
        });
        let outcome = work();
        done.store(true, Ordering::Relaxed);
        outcome
    })
}

/// Looks for jobs until `done`, and gives up after some milliseconds without one: it must end by
/// itself too, for who it waits for may panic, or wait for a job of which this thread waits for a
/// part.
fn attend(done: impl Fn() -> bool) {
    let mut patience = PATIENCE;
    while patience > 0 && !done() {
        if rayon::yield_now() == Some(Yield::Executed) {
            patience = PATIENCE;
        } else {
            patience -= 1;
            thread::yield_now();
        }
    }
}

/// What `work` makes of each of `jobs`, in their order; all are done, whatever comes out. On a
/// thread of a pool, the first goes to the thread that looks first, the last to this one, which
/// then looks for others and does not fall asleep, some milliseconds long.
pub(crate) fn each<J: Send, T: Send>(jobs: Vec<J>, work: impl Fn(J) -> T + Sync) -> Vec<T> {
    let mut results: Vec<Option<T>> = jobs.iter().map(|_| None).collect();
    let left = AtomicUsize::new(jobs.len());
    rayon::in_place_scope(|scope| {
        for (job, result) in jobs.into_iter().zip(&mut results) {
            let (left, work) = (&left, &work);
            scope.spawn(move |_| {
                *result = Some(work(job));
                // The scope's end sees what the job wrote.
                left.fetch_sub(1, Ordering::Relaxed);
            });
        }
        attend(|| left.load(Ordering::Relaxed) == 0);
    });
    // All are done, or one has panicked and nobody comes here.
    results.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rayon::prelude::*;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::time::Duration;

    #[test]
    fn attended_work_is_done_and_ends_by_a_panic_too() {
        for threads in [1, 2, 3, 8] {
            let pool = pool(threads).unwrap();
            let sums = || (0..100).map(|n: u64| (0..n).into_par_iter().sum::<u64>()).sum::<u64>();
            assert_eq!(pool.install(|| attended(sums)), 161_700, "{threads}");
            // Work within work.
            assert_eq!(pool.install(|| attended(|| attended(sums))), 161_700, "{threads}");
            let both = pool.install(|| rayon::join(|| attended(sums), || attended(sums)));
            assert_eq!(both, (161_700, 161_700), "{threads}");
            let panic = catch_unwind(AssertUnwindSafe(|| pool.install(|| attended(|| panic!("on purpose")))));
            assert!(panic.is_err(), "{threads}");
        }
    }

    #[test]
    fn each_job_is_done_and_a_panic_of_one_is_everybodys() {
        for threads in [1, 2, 3, 8] {
            let pool = pool(threads).unwrap();
            for jobs in [0, 1, 2, 100] {
                let squares = || each((0..jobs).collect(), |n: u64| n * n);
                let expected: Vec<u64> = (0..jobs).map(|n| n * n).collect();
                assert_eq!(pool.install(squares), expected, "{threads}");
                assert_eq!(
                    pool.install(|| attended(|| each(vec![(); 9], |()| squares()))),
                    vec![expected; 9],
                    "{threads}"
                );
            }
            let second_panics = || each(vec![1, 2, 3], |n| assert_ne!(n, 2));
            assert!(catch_unwind(AssertUnwindSafe(|| pool.install(second_panics))).is_err(), "{threads}");
        }
    }

    #[test]
    fn who_attends_while_a_part_of_its_own_job_is_done_elsewhere_gets_back_to_it() {
        let [first, second, go, finished] = [const { AtomicBool::new(false) }; 4];
        let wait_for = |flag: &AtomicBool| {
            while !flag.load(Ordering::SeqCst) {
                thread::yield_now();
            }
        };
        let set = |flag: &AtomicBool| flag.store(true, Ordering::SeqCst);
        let attends = || {
            wait_for(&first);
            attended(|| {
                // By then whoever waits for the second part looks for other work, and finds this.
                thread::sleep(Duration::from_millis(100));
                set(&go);
                wait_for(&finished);
            });
        };
        let second_part = || {
            set(&second);
            wait_for(&go);
        };
        let first_part = || {
            // So another thread has it.
            wait_for(&second);
            set(&first);
        };
        let waits = || {
            rayon::join(first_part, second_part);
            set(&finished);
        };
        pool(4).unwrap().install(|| rayon::join(attends, waits));
    }
}
