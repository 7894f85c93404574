//! Thread pools, and jobs that are too short for sleeping threads.

use crate::error::{Error, Result};
use crate::setting::Setting;
use rayon::{ThreadPool, ThreadPoolBuilder, Yield};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

/// The number of threads: `wish`, or else as many as the processors run at once.
pub(crate) fn number(wish: Option<usize>) -> usize {
    wish.unwrap_or_else(|| thread::available_parallelism().map_or(1, usize::from))
}

/// A pool of `threads` threads.
///
/// # Errors
/// [`Error::Setting`] if the system does not start that many threads.
pub(crate) fn pool(threads: usize) -> Result<ThreadPool> {
    ThreadPoolBuilder::new().num_threads(threads).build().map_err(|error| Error::Setting {
        setting: Setting::Threads,
        value: threads.to_string(),
        problem: format!("the threads cannot be started: {error}"),
    })
}

/// The number of times that [`attend`] looks for a job in vain before it gives up. This takes a few
/// milliseconds.
const PATIENCE: u32 = 1 << 14;

/// Runs `work` on a thread of a pool. Meanwhile the pool's other threads look for jobs without
/// falling asleep. This suits work that forks and joins so often that waking a thread would take as
/// long as its job. Between jobs the waiting threads yield their processor to other programs.
///
/// Returns only after each thread of the pool has taken part once, so a thread that is busy with
/// other work delays the return.
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

/// Looks for jobs until `done` returns true, or until some milliseconds have passed without a job.
/// The time limit is needed, because `done` may never become true: the work may panic, or may wait
/// for a job that is suspended on the stack of this very thread, which would be a deadlock.
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

/// Runs `work` on each of `jobs` and returns the results in the order of the jobs. All jobs are
/// run, even if some return errors. On a thread of a pool, other threads take jobs from the front
/// and this thread takes them from the back. If none is left, this thread looks for other jobs for
/// some milliseconds without falling asleep.
pub(crate) fn each<J: Send, T: Send>(jobs: Vec<J>, work: impl Fn(J) -> T + Sync) -> Vec<T> {
    let mut results: Vec<Option<T>> = jobs.iter().map(|_| None).collect();
    let left = AtomicUsize::new(jobs.len());
    rayon::in_place_scope(|scope| {
        for (job, result) in jobs.into_iter().zip(&mut results) {
            let (left, work) = (&left, &work);
            scope.spawn(move |_| {
                *result = Some(work(job));
                // Relaxed is enough: the end of the scope makes the job's writes visible.
                left.fetch_sub(1, Ordering::Relaxed);
            });
        }
        attend(|| left.load(Ordering::Relaxed) == 0);
    });
    // All jobs are done: if one had panicked, the scope would have panicked too.
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
            // Attended work within attended work.
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
                // By this time the thread that waits for the second part looks for other work, and
                // finds this.
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
            // Now another thread has the second part.
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
