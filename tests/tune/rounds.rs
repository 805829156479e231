//! Successive halving: the paper's counts, and training that goes on where it was.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use tf1::Result;
use tf1::tune::{Search, Space, SuccessiveHalving, Train, Trial, each_epoch};

/// Table 1 of "Hyperband" (JMLR 18, 2018): R = 81, η = 3; a column for each s.
#[test]
fn rounds_are_those_of_the_paper() {
    let table: [&[(usize, usize)]; 5] = [
        &[(81, 1), (27, 3), (9, 9), (3, 27), (1, 81)],
        &[(34, 3), (11, 9), (3, 27), (1, 81)],
        &[(15, 9), (5, 27), (1, 81)],
        &[(8, 27), (2, 81)],
        &[(5, 81)],
    ];
    for column in table {
        let (trials, min_epochs) = column[0];
        let halving = SuccessiveHalving::new(min_epochs).eta(3);
        assert_eq!(halving.rounds(trials, 81).unwrap(), column);
    }
}

#[test]
fn the_last_round_ends_with_the_epochs_asked_for() {
    let halving = SuccessiveHalving::new(2).eta(4);
    assert_eq!(halving.rounds(10, 20).unwrap(), [(10, 2), (2, 8), (1, 20)]);
    assert_eq!(halving.rounds(1, 20).unwrap(), [(1, 2), (1, 8), (1, 20)]);
}

#[test]
fn settings_that_drop_nothing_or_begin_nowhere_are_refused() {
    let refused = |halving: SuccessiveHalving| {
        let search = Search::random(Space::new(), 4).epochs(10).halving(halving);
        let error = search.minimize("cost", |_| Ok(tf1::tune::each_epoch(|_| Ok(0.0))));
        error.unwrap_err().to_string()
    };
    assert!(refused(SuccessiveHalving::new(1).eta(1)).contains("drops no trial"));
    assert!(refused(SuccessiveHalving::new(0)).contains("0 of 10 epochs"));
    assert!(refused(SuccessiveHalving::new(11)).contains("11 of 10 epochs"));
}

/// Counts what is done with it, and how many like it there are at once.
struct Counted<'a> {
    number: usize,
    next: usize,
    alive: &'a AtomicUsize,
    trained: &'a Mutex<BTreeMap<usize, usize>>,
}

impl Train for Counted<'_> {
    fn epoch(&mut self, epoch: usize) -> Result<f64> {
        assert_eq!(epoch, self.next, "epochs come in order, none of them twice");
        self.next += 1;
        *self.trained.lock().unwrap().entry(self.number).or_default() += 1;
        // The best is 26, which diverges; then 25, 24, ...
        if self.number == 26 && epoch == 2 {
            return Ok(f64::NAN);
        }
        Ok(self.number as f64)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.alive.fetch_sub(1, Ordering::SeqCst);
    }
}

#[test]
fn the_best_go_on_where_they_were_and_few_models_are_kept() {
    let (alive, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let trained = Mutex::new(BTreeMap::new());
    let build = |trial: &Trial| {
        let now = alive.fetch_add(1, Ordering::SeqCst) + 1;
        most.fetch_max(now, Ordering::SeqCst);
        Ok(Counted {
            number: trial.number(),
            next: 0,
            alive: &alive,
            trained: &trained,
        })
    };
    let search = Search::random(Space::new(), 27).epochs(27).threads(2);
    let report = search
        .halving(SuccessiveHalving::new(1))
        .maximize("number", build)
        .unwrap();
    let expected = |number| match number {
        26 => 3,      // diverged in the second round
        25 => 27,     // to the end
        23..=24 => 9, // two more of nine
        18..=22 => 3,
        _ => 1,
    };
    let trained = trained.lock().unwrap();
    for number in 0..27 {
        assert_eq!(trained[&number], expected(number), "trial {number}");
    }
    for record in report.records() {
        assert_eq!(record.curve().len(), expected(record.trial().number()));
    }
    assert_eq!(report.best().unwrap().trial().number(), 25);
    // Nine that may go on, two in training, and two that are about to be dropped.
    assert!(most.into_inner() <= 13);
    assert_eq!(alive.into_inner(), 0);
}

/// Scores of few epochs and of many cannot be compared: who was trained to the end stands first.
#[test]
fn the_best_has_come_to_the_end() {
    let space = Space::new().uniform("x", 0.0..=1.0);
    let search = Search::random(space, 9)
        .epochs(9)
        .halving(SuccessiveHalving::new(1));
    let report = search
        .maximize("accuracy", |trial| {
            let x = trial.f64("x")?;
            // All get worse and worse.
            Ok(each_epoch(move |epoch| Ok(x - 10.0 * epoch as f64)))
        })
        .unwrap();
    let epochs: Vec<usize> = report
        .records()
        .iter()
        .map(|record| record.curve().len())
        .collect();
    assert_eq!(epochs, [9, 3, 3, 1, 1, 1, 1, 1, 1]);
    assert_eq!(report.best().unwrap().curve().len(), 9);
}
