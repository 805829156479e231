//! Tables and comma-separated values.

use super::{TestFolder, read, report, space};
use tf1::tune::{Report, Search, Space, Trial, each_epoch};

/// All rows, the names of the columns first.
fn parse(text: &str) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(text.as_bytes());
    let rows = reader.records().map(|row| {
        let row = row.expect("all rows have the same columns");
        row.iter().map(String::from).collect()
    });
    rows.collect()
}

#[test]
fn the_csv_has_everything_exactly() {
    let folder = TestFolder::new();
    let report = report(&Search::random(space(), 20).epochs(3));
    let path = folder.file("trials.csv");
    report.write_csv(&path).unwrap();
    let rows = parse(&read(&path));
    let names = [
        "trial",
        "outcome",
        "cost",
        "epochs",
        "seconds",
        "message",
        "learning_rate",
        "beta1",
        "keep",
        "layers",
        "units2",
        "units3",
        "minibatch",
        "optimizer",
    ];
    assert_eq!(rows[0], names);
    assert_eq!(rows.len(), 21);
    for (row, record) in rows[1..].iter().zip(report.records()) {
        assert_eq!(row.len(), names.len());
        assert_eq!(row[0], record.trial().number().to_string());
        assert_eq!(row[2].parse().ok(), record.score());
        let learning_rate: f64 = row[6].parse().unwrap();
        assert_eq!(learning_rate, record.trial().f64("learning_rate").unwrap());
        assert_eq!(row[10].is_empty(), record.trial().get("units2").is_none());
    }
    let failed = rows.iter().find(|row| row[0] == "5").unwrap();
    assert_eq!(failed[5], "resource exhausted: no memory, \"none\" at all");
}

#[test]
fn odd_names_and_values_cannot_break_the_csv() {
    for odd in ["a, \"b\"\r\nc", "\"a\" b", "\r", ",", " "] {
        let search = Search::random(Space::new().choice(odd, [odd]), 1);
        let report = search
            .minimize(odd, |_| Ok(each_epoch(|_| Ok(0.5))))
            .unwrap();
        let rows = parse(&report.to_csv());
        assert_eq!((&*rows[0][2], &*rows[0][6], &*rows[1][6]), (odd, odd, odd));
        assert_eq!(report.table(5).lines().count(), 2);
    }
}

fn fixed() -> Report {
    let space = Space::new()
        .log_uniform("rate", 0.000_123_456..=0.000_123_456)
        .one_minus_log_uniform("beta", 0.998_765_4..=0.998_765_4)
        .integer("layers", 2..=3)
        .when("layers", 3, |space| space.integer("units", 7..=7))
        .choice("optimizer", ["adam"]);
    let search = Search::grid(space, 2).epochs(2).threads(1);
    let report = search.maximize("accuracy", |trial: &Trial| {
        let score = if trial.usize("layers")? == 3 {
            0.987_654_321
        } else {
            f64::NAN
        };
        Ok(each_epoch(move |_| Ok(score)))
    });
    report.unwrap()
}

#[test]
fn the_table_is_aligned_and_short() {
    let expected = [
        "trial  accuracy  epochs       rate     beta  layers  units  optimizer",
        "    1   0.98765       2  0.0001235  0.99877       3      7       adam",
        "    0  diverged       1  0.0001235  0.99877       2      -       adam",
    ];
    let report = fixed();
    assert_eq!(report.table(10).lines().collect::<Vec<_>>(), expected);
    assert_eq!(report.table(1).lines().collect::<Vec<_>>(), expected[..2]);
    assert_eq!(
        report.to_string(),
        expected.join("\n") + "\n2 trials, 1 diverged"
    );
}

#[test]
fn a_report_of_no_score_has_no_best() {
    let search = Search::random(Space::new(), 3);
    let report = search
        .minimize("cost", |_| Ok(each_epoch(|_| Ok(f64::INFINITY))))
        .unwrap();
    assert!(report.best().is_none());
    assert!(report.to_string().ends_with("3 trials, 3 diverged"));
}

#[test]
fn the_best_model_can_be_built_again() {
    let report = report(&Search::random(space(), 30).epochs(3).threads(2));
    let best = report.best().unwrap();
    let mut model = super::model(best.trial()).unwrap();
    let curve: Vec<f64> = (0..3)
        .map(|epoch| tf1::tune::Train::epoch(&mut model, epoch).unwrap())
        .collect();
    assert_eq!(curve, best.curve());
}
