//! What is drawn follows the formulas.

use tf1::tune::{Search, Space, Trial, Value, each_epoch};

/// The values that a search tries, trial by trial.
fn trials(search: Search) -> Vec<Trial> {
    let report = search
        .minimize("number", |trial: &Trial| {
            let number = trial.number() as f64;
            Ok(each_epoch(move |_| Ok(number)))
        })
        .unwrap();
    let trials = report.records().iter().map(|record| record.trial().clone());
    trials.collect()
}

fn numbers(space: Space, name: &str, count: usize) -> Vec<f64> {
    let trials = trials(Search::random(space, count).seed(3));
    let numbers = trials.iter().map(|trial| trial.f64(name).unwrap());
    numbers.collect()
}

/// The largest distance between the distribution of the draws and the one that `cdf` gives
/// (Kolmogorov and Smirnov's).
fn distance(mut draws: Vec<f64>, cdf: impl Fn(f64) -> f64) -> f64 {
    draws.sort_by(f64::total_cmp);
    let count = draws.len() as f64;
    let at = |(index, draw): (usize, &f64)| {
        let expected = cdf(*draw);
        let (below, above) = (index as f64 / count, (index as f64 + 1.0) / count);
        (expected - below).abs().max((above - expected).abs())
    };
    draws.iter().enumerate().map(at).fold(0.0, f64::max)
}

#[test]
fn real_numbers_have_the_distributions_of_their_scales() {
    const COUNT: usize = 4000;
    // One set of draws in a thousand is further away than this.
    let limit = 1.95 / (COUNT as f64).sqrt();
    let uniform = numbers(Space::new().uniform("x", -2.0..=6.0), "x", COUNT);
    assert!(distance(uniform, |x| (x + 2.0) / 8.0) < limit);

    let rates = numbers(Space::new().log_uniform("x", 1e-4..=1.0), "x", COUNT);
    assert!(rates.iter().all(|x| (1e-4..=1.0).contains(x)));
    // P(α ≤ x) = (log₁₀ x + 4)/4
    assert!(distance(rates, |x| (x.log10() + 4.0) / 4.0) < limit);

    let betas = numbers(
        Space::new().one_minus_log_uniform("x", 0.9..=0.999),
        "x",
        COUNT,
    );
    assert!(betas.iter().all(|x| (0.9..=0.999).contains(x)));
    // P(β ≤ x) = P(1 − β ≥ 1 − x) = 1 − (log₁₀(1 − x) + 3)/2
    assert!(distance(betas, |x| 1.0 - ((1.0 - x).log10() + 3.0) / 2.0) < limit);
}

#[test]
fn whole_numbers_and_choices_are_equally_likely() {
    const COUNT: usize = 6000;
    let space = Space::new()
        .integer("integer", -1..=1)
        .power_of_two("power", 16..=64)
        .choice("choice", ["a", "b", "c"]);
    let trials = trials(Search::random(space, COUNT));
    let values: [(&str, [Value; 3]); 3] = [
        ("integer", [-1, 0, 1].map(Value::from)),
        ("power", [16, 32, 64].map(Value::from)),
        ("choice", ["a", "b", "c"].map(Value::from)),
    ];
    for (name, values) in values {
        let counts = values.map(|value| {
            let found = trials
                .iter()
                .filter(|trial| trial.get(name) == Some(&value));
            found.count()
        });
        assert_eq!(counts.iter().sum::<usize>(), COUNT, "{name}");
        // 2000 each; four standard deviations are 146.
        assert!(
            counts.iter().all(|count| count.abs_diff(2000) < 146),
            "{name}: {counts:?}"
        );
    }
}

#[test]
fn ranges_may_have_one_value_or_all_values() {
    let space = Space::new()
        .uniform("a", 0.3..=0.3)
        .log_uniform("b", 0.3..=0.3)
        .one_minus_log_uniform("c", 0.3..=0.3)
        .integer("d", 7..=7)
        .integer("e", i64::MIN..=i64::MAX)
        .power_of_two("f", 1..=1 << 62);
    let trials = trials(Search::random(space, 50));
    for trial in &trials {
        for name in ["a", "b", "c"] {
            assert_eq!(trial.f64(name).unwrap(), 0.3);
        }
        assert_eq!(trial.i64("d").unwrap(), 7);
        assert_eq!(trial.i64("f").unwrap().count_ones(), 1);
    }
    assert!(trials.iter().any(|trial| trial.i64("e").unwrap() < 0));
    assert!(trials.iter().any(|trial| trial.i64("e").unwrap() > 0));
}

#[test]
fn other_hyperparameters_and_more_trials_change_no_draw() {
    let alone = numbers(Space::new().log_uniform("x", 1e-4..=1.0), "x", 10);
    let among = Space::new()
        .integer("before", 1..=9)
        .log_uniform("x", 1e-4..=1.0)
        .when("before", 3.., |space| space.choice("after", ["a", "b"]));
    assert_eq!(numbers(among, "x", 20)[..10], alone);
}

#[test]
fn seeds_give_different_draws() {
    let draws = |seed| {
        let search = Search::random(Space::new().uniform("x", 0.0..=1.0), 5).seed(seed);
        trials(search)
            .iter()
            .map(|trial| trial.f64("x").unwrap())
            .collect::<Vec<_>>()
    };
    assert_eq!(draws(1), draws(1));
    assert_ne!(draws(1), draws(2));
}

#[test]
fn a_grid_has_even_steps_on_every_scale() {
    let grid = |space: Space, name: &str| -> Vec<String> {
        let trials = trials(Search::grid(space, 3));
        trials
            .iter()
            .map(|trial| trial.get(name).unwrap().to_string())
            .collect()
    };
    let new = Space::new;
    assert_eq!(grid(new().uniform("x", 0.0..=1.0), "x"), ["0", "0.5", "1"]);
    let rates = trials(Search::grid(new().log_uniform("x", 1e-4..=1.0), 3));
    let rates = [0, 1, 2].map(|index| rates[index].f64("x").unwrap());
    assert_eq!((rates[0], rates[2]), (1e-4, 1.0));
    assert!((rates[1] - 0.01).abs() < 1e-15);
    let betas = grid(new().one_minus_log_uniform("x", 0.9..=0.999), "x");
    assert_eq!(
        (&*betas[0], &*betas[1], &*betas[2]),
        ("0.9", "0.99", "0.999")
    );
    assert_eq!(grid(new().integer("x", 1..=9), "x"), ["1", "5", "9"]);
    assert_eq!(grid(new().integer("x", 1..=2), "x"), ["1", "2"]);
    assert_eq!(
        grid(new().power_of_two("x", 16..=256), "x"),
        ["16", "64", "256"]
    );
    assert_eq!(
        grid(new().choice("x", ["a", "b", "c", "d"]), "x"),
        ["a", "b", "c", "d"]
    );
    assert_eq!(trials(Search::grid(new(), 3)).len(), 1);
}

#[test]
fn a_grid_repeats_nothing_where_something_does_not_exist() {
    let space = Space::new()
        .integer("layers", 1..=2)
        .when("layers", 2, |space| space.integer("units", 1..=3))
        .choice("optimizer", ["a", "b"]);
    let trials = trials(Search::grid(space, 5));
    let shown: Vec<String> = trials
        .iter()
        .map(|trial| {
            let values = trial.values().map(|(_, value)| value.to_string());
            values.collect::<Vec<_>>().join(" ")
        })
        .collect();
    let expected = [
        "1 a", "1 b", "2 1 a", "2 1 b", "2 2 a", "2 2 b", "2 3 a", "2 3 b",
    ];
    assert_eq!(shown, expected);
}
