//! Settings outside of graphs.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;
use std::time::Duration;

use ndarray::ArrayD;
use tf1::tune::{Search, Space, SuccessiveHalving, each_epoch};
use tf1::{Graph, Session, SessionOptions};

use super::{Row, check};

fn row(name: &'static str, attempt: impl Fn(i64) -> tf1::Result<()> + 'static) -> Row {
    Row {
        name,
        attempt: Box::new(attempt),
        skips: |_| false,
        has_node: false,
    }
}

/// A search that fails with its first trial, so that not all are trained.
fn search(search: Search) -> tf1::Result<()> {
    search
        .threads(1)
        .minimize("loss", |_| Ok(each_epoch(|_| Ok(1.0))))
        .map(drop)
}

fn space() -> Space {
    Space::new().uniform("x", 0.0..=1.0).uniform("y", 0.0..=1.0)
}

#[test]
fn settings() {
    let many = |count: i64| (1 << 10..1 << 40).contains(&count);
    check(vec![
        row("threads", |n| {
            let graph = Graph::new();
            let x = graph.placeholder::<f32>("x", [1 << 18]);
            let options = SessionOptions::new().threads(n as usize);
            let session = Session::with_options(&graph, options)?;
            let ones = ArrayD::ones(vec![1 << 18]);
            // Enough work for several threads to be started.
            session.run(tf1::exp(&x), [x.feed(&ones)]).map(drop)
        }),
        Row {
            skips: many,
            ..row("random search", |n| {
                search(Search::random(space(), n as usize))
            })
        },
        Row {
            skips: many,
            ..row("grid search", |n| search(Search::grid(space(), n as usize)))
        },
        row("halving", |n| {
            search(
                Search::random(space(), 3)
                    .halving(SuccessiveHalving::new(n as usize).eta(n as usize))
                    .epochs(4),
            )
        }),
        row("integers", |n| {
            search(Search::random(Space::new().integer("n", i64::MIN..=n), 2))
        }),
        row("integers in a grid", |n| {
            search(Search::grid(Space::new().integer("n", i64::MIN..=n), 2))
        }),
        row("powers", |n| {
            search(Search::random(Space::new().power_of_two("n", 1..=n), 2))
        }),
        row("powers from", |n| {
            search(Search::grid(
                Space::new().power_of_two("n", n..=i64::MAX),
                2,
            ))
        }),
    ]);
}

#[test]
fn a_search_starts_a_few_hundred_threads_at_most() -> tf1::Result<()> {
    let (now, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let search = Search::random(space(), 1500).threads(usize::MAX);
    let report = search.minimize("loss", |_| {
        most.fetch_max(now.fetch_add(1, SeqCst) + 1, SeqCst);
        thread::sleep(Duration::from_millis(200));
        now.fetch_sub(1, SeqCst);
        Ok(each_epoch(|_| Ok(1.0)))
    })?;
    assert_eq!(report.records().len(), 1500);
    assert!(most.load(SeqCst) <= 256, "{most:?}");
    Ok(())
}
