//! A search gives the same report whatever the number of threads, and lives through what its trials
//! do.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use super::{TestFolder, lines, read, report, space, summary};
use tf1::tune::{Outcome, Search, Space, SuccessiveHalving, Trial, each_epoch};

#[test]
fn the_number_of_threads_changes_nothing() {
    let folder = TestFolder::new();
    for (kind, search) in [
        ("random", Search::random(space(), 40).seed(1).epochs(4)),
        ("grid", Search::grid(space(), 2).epochs(3)),
        ("halving", halving()),
    ] {
        let of = |threads: usize| {
            let path = folder.file(&format!("{kind}{threads}"));
            let report = report(&search.clone().threads(threads).log(&path));
            (summary(&report), lines(&read(&path)))
        };
        let one = of(1);
        assert_eq!(of(2), one);
        assert_eq!(of(7), one);
    }
}

fn halving() -> Search {
    let halving = SuccessiveHalving::new(1).eta(3);
    Search::random(space(), 40)
        .seed(1)
        .epochs(9)
        .halving(halving)
}

#[test]
fn trials_that_fail_panic_or_diverge_come_last() {
    let report = report(&Search::random(space(), 20).epochs(3));
    let (good, bad) = report.records().split_at(16);
    let scores: Vec<f64> = good.iter().map(|record| record.score().unwrap()).collect();
    assert!(scores.is_sorted());
    assert_eq!(report.best().unwrap().score(), Some(scores[0]));
    let ends: Vec<_> = bad
        .iter()
        .map(|record| {
            (
                record.trial().number(),
                record.outcome().clone(),
                record.curve().len(),
            )
        })
        .collect();
    let failed = |message: &str| Outcome::Failed(message.into());
    let expected = [
        (11, Outcome::Diverged, 2),
        (13, Outcome::Diverged, 1),
        (
            5,
            failed("resource exhausted: no memory, \"none\" at all"),
            0,
        ),
        (7, failed("panicked: out of luck"), 2),
    ];
    assert_eq!(ends, expected);
    assert!(bad.iter().all(|record| record.score().is_none()));
}

#[test]
fn maximize_puts_the_highest_first() {
    let search = Search::random(Space::new().uniform("x", 0.0..=1.0), 10);
    let report = search.maximize("x", |trial: &Trial| {
        let x = trial.f64("x")?;
        Ok(each_epoch(move |_| Ok(x)))
    });
    let report = report.unwrap();
    let scores: Vec<_> = report
        .records()
        .iter()
        .map(|record| record.score().unwrap())
        .collect();
    assert!(scores.iter().rev().is_sorted(), "{scores:?}");
}

#[test]
fn equal_scores_are_ranked_by_number() {
    let search = Search::random(Space::new(), 20).threads(4);
    let report = search
        .minimize("cost", |_| Ok(each_epoch(|_| Ok(1.0))))
        .unwrap();
    let numbers = report
        .records()
        .iter()
        .map(|record| record.trial().number());
    assert!(numbers.eq(0..20));
}

/// Trials run at the same time: each waits until all are there.
#[test]
fn as_many_trials_run_at_once_as_there_are_threads() {
    let barrier = std::sync::Barrier::new(3);
    let search = Search::random(Space::new(), 3).threads(3);
    let report = search.minimize("cost", |_| {
        Ok(each_epoch(|_| {
            barrier.wait();
            Ok(0.0)
        }))
    });
    assert_eq!(report.unwrap().records().len(), 3);
}

#[test]
fn on_trial_hears_of_every_trial_one_by_one() {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let inside = Arc::new(AtomicUsize::new(0));
    let (list, count) = (Arc::clone(&heard), Arc::clone(&inside));
    let search = Search::random(space(), 25)
        .epochs(3)
        .threads(4)
        .on_trial(move |progress| {
            assert_eq!(count.fetch_add(1, Ordering::SeqCst), 0);
            assert_eq!(progress.total, 25);
            list.lock()
                .unwrap()
                .push((progress.done, progress.record.trial().number()));
            count.fetch_sub(1, Ordering::SeqCst);
        });
    report(&search);
    let mut heard = heard.lock().unwrap().clone();
    assert!(heard.iter().map(|(done, _)| *done).eq(1..=25));
    heard.sort_by_key(|(_, number)| *number);
    assert!(heard.iter().map(|(_, number)| *number).eq(0..25));
}

#[test]
fn a_panic_in_on_trial_ends_the_search_with_an_error() {
    let search = Search::random(Space::new(), 9)
        .threads(3)
        .on_trial(|_| panic!("no bar"));
    let ended = search.minimize("cost", |_| Ok(each_epoch(|_| Ok(0.0))));
    let error = ended.unwrap_err();
    assert_eq!(error.message(), "on_trial panicked: no bar");
}

#[test]
fn sessions_have_one_thread_where_trials_run_side_by_side() {
    for (trials, threads, expected) in [
        (2, 1, tf1::SessionOptions::new()),
        (2, 2, tf1::SessionOptions::new().threads(1)),
        (1, 2, tf1::SessionOptions::new()),
    ] {
        let search = Search::random(Space::new(), trials).threads(threads);
        let report = search.minimize("cost", |trial| {
            assert_eq!(trial.session_options(), expected);
            Ok(each_epoch(|_| Ok(0.0)))
        });
        let report = report.unwrap();
        let best = report.best().unwrap();
        assert_eq!(best.score(), Some(0.0));
        assert_eq!(best.trial().session_options(), tf1::SessionOptions::new());
    }
}
