//! Bad spaces and bad questions are clear errors.

use tf1::Error;
use tf1::tune::{Search, Space, Train, Trial, each_epoch};

fn mistake(space: Space) -> Error {
    let search = Search::random(space, 3).threads(1);
    let trained = search.minimize("cost", |_: &Trial| -> tf1::Result<Box<dyn Train + Send>> {
        panic!("nothing may be trained")
    });
    trained.expect_err("the space is wrong")
}

#[test]
fn every_mistake_in_a_space_names_the_hyperparameter_and_the_line() {
    let new = Space::new;
    #[expect(clippy::reversed_empty_ranges, reason = "that is the mistake")]
    let cases: Vec<(Space, u32, &str)> = vec![
        (
            new().uniform("a", 1.0..=0.0),
            line!(),
            "'a': the range 1..=0 is empty",
        ),
        (
            new().uniform("a", 0.0..=f64::NAN),
            line!(),
            "'a': the range 0..=NaN is not finite",
        ),
        (
            new().uniform("a", f64::MIN..=f64::MAX),
            line!(),
            "is not finite",
        ),
        (
            new().log_uniform("a", 0.0..=1.0),
            line!(),
            "has no logarithm at its low end",
        ),
        (
            new().one_minus_log_uniform("a", 0.9..=1.0),
            line!(),
            "must end below 1",
        ),
        (
            new().integer("a", 3..=2),
            line!(),
            "'a': the range 3..=2 is empty",
        ),
        (
            new().power_of_two("a", 16..=100),
            line!(),
            "'a': 100 in the range 16..=100 is not a power",
        ),
        (new().power_of_two("a", 0..=4), line!(), "0 in the range"),
        (
            new().choice("a", [""; 0]),
            line!(),
            "'a': there is nothing to choose",
        ),
        (
            new().choice("a", ["x", "y", "x"]),
            line!(),
            "'a': 'x' can be chosen twice",
        ),
        (
            new().choice("a", [1.0, f64::NAN]),
            line!(),
            "NaN is not finite",
        ),
        (new().integer("", 1..=2), line!(), "no name"),
        (
            new().integer("a", 1..=2).integer("a", 1..=2),
            line!(),
            "'a' already",
        ),
        (
            new().when("b", 3, |s| s.integer("a", 1..=2)),
            line!(),
            "'b', which the space does not",
        ),
        (
            new().integer("b", 1..=2).when("b", 3, |s| s),
            line!(),
            "'b' that none of its values",
        ),
        (
            new().uniform("b", 0.0..=1.0).when("b", 1, |s| s),
            line!(),
            "'b' that none of its",
        ),
        (
            new().choice("b", ["x"]).when("b", "y", |s| s),
            line!(),
            "'b' that none of its",
        ),
        (
            new().integer("b", 1..=2).when("b", 1, |_| Space::new()),
            line!(),
            "another space",
        ),
    ];
    let mut before = 0;
    for (space, line, message) in cases {
        let error = mistake(space);
        assert!(error.message().contains(message), "{error}");
        let location = error.location().expect("the line is told");
        assert!(location.file().ends_with("space.rs"), "{location}");
        // Each case is on lines of its own, of which the number is the last.
        assert!((before + 1..=line).contains(&location.line()), "{error}");
        before = line;
    }
}

#[test]
fn the_first_mistake_is_told() {
    let space = Space::new()
        .uniform("a", 1.0..=0.0)
        .uniform("b", f64::NAN..=1.0);
    assert!(space.check().unwrap_err().message().contains("'a'"));
}

#[test]
fn a_search_of_nothing_or_of_too_much_is_refused() {
    let space = || Space::new().uniform("a", 0.0..=1.0).uniform("b", 0.0..=1.0);
    let run = |search: Search| {
        let model = |_: &Trial| Ok(each_epoch(|_| Ok(0.0)));
        search
            .minimize("cost", model)
            .expect_err("it is refused")
            .to_string()
    };
    assert!(run(Search::random(space(), 0)).contains("a search of nothing"));
    assert!(run(Search::random(space(), usize::MAX)).contains("too many"));
    assert!(run(Search::grid(space(), 1001)).contains("too many"));
    assert!(run(Search::grid(space(), usize::MAX)).contains("too many"));
    assert!(run(Search::random(space(), 1).epochs(0)).contains("0 epochs"));
}

/// A mistake of the program ends the search, instead of failing trial after trial.
#[test]
fn asking_for_what_does_not_exist_ends_the_search() {
    type Ask = fn(&Trial) -> tf1::Result<()>;
    let asks: [(Ask, &str); 6] = [
        (
            |trial| trial.f64("learning_rte").map(drop),
            "no hyperparameter 'learning_rte'",
        ),
        (
            |trial| trial.f64("optimizer").map(drop),
            "'optimizer' is a text, 'adam': a number",
        ),
        (|trial| trial.text("a").map(drop), "'a' is a number"),
        (|trial| trial.i64("a").map(drop), "an integer was asked for"),
        (
            |trial| trial.usize("b").map(drop),
            "'b' is an integer, '-1': an integer from 0",
        ),
        (
            |trial| trial.i64("c").map(drop),
            "'c' does not exist in trial",
        ),
    ];
    let space = Space::new()
        .uniform("a", 0.0..=1.0)
        .integer("b", -1..=-1)
        .choice("optimizer", ["adam"])
        .integer("switch", 0..=1)
        .when("switch", 1, |space| space.integer("c", 1..=2));
    for (ask, message) in asks {
        for threads in [1, 3] {
            let search = Search::random(space.clone(), 30).threads(threads);
            let built = search.minimize("cost", |trial| {
                ask(trial)?;
                Ok(each_epoch(|_| Ok(0.0)))
            });
            let error = built.expect_err("the program is wrong");
            assert!(error.message().contains(message), "{error}");
            let file = error.location().expect("the line is told").file();
            assert!(file.ends_with("space.rs"), "{file}");
        }
    }
}

/// A wrong name ends the search even if the model goes on without its value; what does not exist in
/// a trial may be done without.
#[test]
fn only_what_may_be_missing_can_be_done_without() {
    let space = Space::new()
        .integer("switch", 0..=1)
        .when("switch", 1, |space| space.integer("c", 1..=2));
    let search = Search::random(space, 8);
    let misspelt = search.minimize("cost", |trial| {
        let c = trial.f64("C").unwrap_or(0.0);
        Ok(each_epoch(move |_| Ok(c)))
    });
    assert!(matches!(misspelt, Err(Error::NotFound(_))));
    let report = search.minimize("cost", |trial| {
        let c = trial.f64("c").unwrap_or(0.0);
        Ok(each_epoch(move |_| match c {
            0.0 => Err(Error::unknown("another failure")),
            c => Ok(c),
        }))
    });
    let report = report.expect("what fails of something else fails alone");
    let failed = report
        .records()
        .iter()
        .filter(|record| record.score().is_none());
    assert_eq!(
        failed.count(),
        report
            .records()
            .iter()
            .filter(|record| record.trial().get("c").is_none())
            .count()
    );
    assert!(report.best().is_some());
}

#[test]
fn values_are_of_their_types() {
    let search = Search::random(super::space(), 40).threads(1);
    let built = search.minimize("cost", |trial| {
        assert!((1e-4..=1.0).contains(&trial.f64("learning_rate")?));
        let layers = trial.usize("layers")?;
        assert_eq!(trial.get("units2").is_some(), layers >= 3);
        assert_eq!(trial.get("units3").is_some(), layers == 4);
        assert!(["adam", "momentum"].contains(&trial.text("optimizer")?));
        assert_eq!(trial.f64("minibatch")?, trial.i64("minibatch")? as f64);
        Ok(each_epoch(|_| Ok(0.0)))
    });
    for record in built.unwrap().records() {
        assert_eq!(record.score(), Some(0.0), "{:?}", record.outcome());
    }
}
