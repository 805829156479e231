//! The region of the best trials.

use tf1::Error;
use tf1::tune::{Report, Search, Space, Trial, each_epoch};

/// The numbers 0.0 to 1.0 in tenths as a grid, the best those nearest to `target`; the others
/// follow.
fn around(space: Space, points: usize, score: fn(&Trial) -> tf1::Result<f64>) -> Report {
    let search = Search::grid(space, points).threads(1);
    let report = search.minimize("distance", |trial| {
        let score = score(trial)?;
        Ok(each_epoch(move |_| Ok(score)))
    });
    report.unwrap()
}

/// The lowest and the highest value that the refined grid has.
fn ends(report: &Report, fraction: f64, name: &str) -> (f64, f64) {
    let refined = report.refine(fraction).unwrap();
    let report = refined
        .minimize("none", |_| Ok(each_epoch(|_| Ok(0.0))))
        .unwrap();
    let values = report
        .records()
        .iter()
        .map(|record| record.trial().f64(name).unwrap());
    values.fold((f64::MAX, f64::MIN), |(low, high), value| {
        (low.min(value), high.max(value))
    })
}

fn close((left, right): (f64, f64), expected: (f64, f64)) {
    // A number near 1 has its distance to 1 with an error of 10⁻¹⁶, which is 10⁻¹² of 10⁻⁴.
    let is = |value: f64, expected: f64| (value / expected - 1.0).abs() < 1e-11;
    assert!(
        is(left, expected.0) && is(right, expected.1),
        "{left} {right}"
    );
}

#[test]
fn the_stretch_of_the_best_grows_by_their_average_distance() {
    // Of 0, 0.1, ..., 1 the five nearest to 0.4 are 0.2 to 0.6, 0.1 apart.
    let report = around(Space::new().uniform("x", 0.0..=1.0), 11, |trial| {
        Ok((trial.f64("x")? - 0.401).abs())
    });
    close(ends(&report, 5.0 / 11.0, "x"), (0.1, 0.7));
    // 0.3 to 0.5, and two at least.
    close(ends(&report, 3.0 / 11.0, "x"), (0.2, 0.6));
    close(ends(&report, 1e-9, "x"), (0.3, 0.6));
    // Not beyond the old range.
    assert_eq!(ends(&report, 1.0, "x"), (0.0, 1.0));
}

#[test]
fn stretches_are_measured_on_the_hyperparameters_own_scale() {
    // 10⁻⁶, 10⁻⁵, ..., 1: the best are 10⁻⁴ and 10⁻³.
    let report = around(Space::new().log_uniform("x", 1e-6..=1.0), 7, |trial| {
        Ok((trial.f64("x")?.log10() + 3.4).abs())
    });
    close(ends(&report, 0.2, "x"), (1e-5, 1e-2));
    // 1 − β: 10⁻¹, 10⁻², ..., 10⁻⁵: the best are 10⁻³ and 10⁻².
    let report = around(
        Space::new().one_minus_log_uniform("x", 0.9..=0.99999),
        5,
        |trial| Ok(((1.0 - trial.f64("x")?).log10() + 2.6).abs()),
    );
    let (low, high) = ends(&report, 0.2, "x");
    close((1.0 - high, 1.0 - low), (1e-4, 1e-1));
    // 1, 2, 4, ..., 64: the best are 8 and 16.
    let report = around(Space::new().power_of_two("x", 1..=64), 7, |trial| {
        Ok((trial.f64("x")?.log2() - 3.4).abs())
    });
    assert_eq!(ends(&report, 0.2, "x"), (4.0, 32.0));
    let report = around(Space::new().integer("x", 1..=9), 9, |trial| {
        Ok((trial.f64("x")? - 4.4).abs())
    });
    assert_eq!(ends(&report, 0.2, "x"), (3.0, 6.0));
}

#[test]
fn choices_keep_the_best_and_conditions_go_with_what_they_need() {
    let space = Space::new()
        .choice("optimizer", ["adam", "momentum", "rmsprop"])
        .when("optimizer", "momentum", |space| {
            space.uniform("momentum", 0.5..=0.9)
        })
        .integer("layers", 1..=3)
        .when("layers", 2.., |space| {
            let space = space.integer("units2", 1..=2);
            space.when("layers", 3, |space| space.integer("units3", 1..=2))
        });
    let report = around(space, 3, |trial| {
        let optimizer = f64::from(trial.text("optimizer")? == "momentum");
        Ok(10.0 * optimizer + (trial.f64("layers")? - 1.0).abs())
    });
    // The best two have 1 layer, whose neighbour is tried too: 2 optimizers, with 1 layer, and with
    // 2 layers of 1 or 2 units.
    let refined = report.refine(0.01).unwrap();
    let fine = refined
        .minimize("none", |_| Ok(each_epoch(|_| Ok(0.0))))
        .unwrap();
    assert_eq!(fine.records().len(), 6);
    assert!(
        fine.to_csv()
            .starts_with("trial,outcome,none,epochs,seconds,message,optimizer,layers,units2\n")
    );
    let text = fine.to_csv();
    assert!(text.contains("adam") && text.contains("rmsprop") && !text.contains("momentum"));
}

#[test]
fn a_hyperparameter_that_fewer_than_two_have_keeps_its_range() {
    let space = Space::new()
        .choice("kind", ["a", "b"])
        .when("kind", "b", |space| space.uniform("x", 0.0..=4.0));
    // The best two: "a", and "b" with x = 0.
    let report = around(space, 3, |trial| match trial.text("kind")? {
        "a" => Ok(0.0),
        _ => Ok(1.0 + trial.f64("x")?),
    });
    let refined = report.refine(0.1).unwrap();
    let fine = refined
        .minimize("none", |_| Ok(each_epoch(|_| Ok(0.0))))
        .unwrap();
    assert_eq!(fine.records().len(), 4);
}

#[test]
fn a_refined_random_search_draws_anew_within_the_region() {
    let search = Search::random(Space::new().uniform("x", 0.0..=1.0), 30).seed(1);
    let build = |trial: &Trial| {
        let x = trial.f64("x")?;
        Ok(each_epoch(move |_| Ok((x - 0.3).abs())))
    };
    let coarse = search.minimize("distance", build).unwrap();
    // All trials' region is nearly the old range, and yet the draws are others.
    let fine = coarse
        .refine(1.0)
        .unwrap()
        .minimize("distance", build)
        .unwrap();
    let of = |report: &Report, number: usize| {
        let record = report
            .records()
            .iter()
            .find(|record| record.trial().number() == number);
        record.unwrap().trial().f64("x").unwrap()
    };
    for number in 0..30 {
        assert!(
            (of(&coarse, number) - of(&fine, number)).abs() > 1e-6,
            "{number}"
        );
    }
    let mut report = coarse;
    for _ in 0..4 {
        report = report
            .refine(0.2)
            .unwrap()
            .minimize("distance", build)
            .unwrap();
    }
    assert!(report.best().unwrap().score().unwrap() < 1e-4);
}

#[test]
fn there_must_be_a_region() {
    let report = around(Space::new().uniform("x", 0.0..=1.0), 3, |trial| {
        let x = trial.f64("x")?;
        Ok(if x > 0.2 { f64::NAN } else { x })
    });
    for fraction in [0.0, -1.0, 1.1, f64::NAN] {
        let error = report.refine(fraction).unwrap_err();
        assert!(matches!(error, Error::InvalidArgument(_)), "{error}");
    }
    let error = report.refine(0.5).unwrap_err();
    assert!(matches!(error, Error::FailedPrecondition(_)), "{error}");
    assert!(
        error.message().contains("1 of 3 trials have a score"),
        "{error}"
    );
}

/// Two equal numbers, or a single choice, say little about their neighbours.
#[test]
fn equal_values_and_a_single_choice_leave_something_to_try() {
    let space = Space::new()
        .integer("layers", 1..=5)
        .choice("kind", ["a", "b"])
        .when("kind", "b", |space| space.choice("inner", ["x", "y"]));
    let report = around(space, 9, |trial| {
        let off = (trial.i64("layers")? - 3).abs() as f64;
        // "b" with "x" is second to "a".
        Ok(off
            + if trial.text("kind")? == "a" { 0.0 } else { 0.1 }
            + match trial.get("inner") {
                Some(value) if value.to_string() == "y" => 0.1,
                _ => 0.0,
            })
    });
    let fine = report.refine(0.1).unwrap();
    let fine = fine
        .minimize("none", |_| Ok(each_epoch(|_| Ok(0.0))))
        .unwrap();
    // 2, 3 and 4 layers, each with "a", "b x" and "b y".
    assert_eq!(fine.records().len(), 9);
}
