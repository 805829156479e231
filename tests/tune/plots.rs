//! The plots, read as XML: texts, and where dots lie.

use std::collections::BTreeMap;

use roxmltree::{Document, Node};

use super::{TestFolder, read, report, space};
use tf1::tune::{Report, Search, Space, SuccessiveHalving, Trial, each_epoch};

const TEXT: (&str, &str) = ("http://www.w3.org/2000/svg", "text");
const DOT: (&str, &str) = ("http://www.w3.org/2000/svg", "circle");

/// The three plots of a report, by name.
fn plots(report: &Report) -> BTreeMap<&'static str, String> {
    let folder = TestFolder::new();
    let path = folder.file("plot.svg");
    let mut plots = BTreeMap::new();
    report.plot_scores(&path).unwrap();
    plots.insert("scores", read(&path));
    report.plot_curves(&path).unwrap();
    plots.insert("curves", read(&path));
    report.plot_parallel_coordinates(&path).unwrap();
    plots.insert("parallel", read(&path));
    plots
}

/// The texts of an SVG, with where they stand.
fn texts(svg: &str) -> Vec<(String, f64, f64)> {
    let svg = Document::parse(svg).expect("an SVG is XML");
    let texts = svg.descendants().filter(|node| node.has_tag_name(TEXT));
    texts
        .map(|node| {
            let text = node.text().expect("a text says something").trim();
            (text.to_string(), number(&node, "x"), number(&node, "y"))
        })
        .collect()
}

/// Centres of the dots of this colour.
fn dots(svg: &str, colour: &str) -> Vec<(f64, f64)> {
    let svg = Document::parse(svg).expect("an SVG is XML");
    let dots = svg.descendants().filter(|node| node.has_tag_name(DOT));
    dots.filter(|node| node.attribute("fill") == Some(colour))
        .map(|node| (number(&node, "cx"), number(&node, "cy")))
        .collect()
}

fn number(node: &Node<'_, '_>, name: &str) -> f64 {
    let text = node.attribute(name).expect("the attribute is there");
    text.parse().expect("it is a number")
}

fn expect_texts(svg: &str, expected: &[&str]) {
    let texts = texts(svg);
    for wanted in expected {
        assert!(
            texts.iter().any(|(text, ..)| text == wanted),
            "{wanted}: {texts:?}"
        );
    }
}

#[test]
fn every_plot_has_its_names_and_marks() {
    let search = Search::random(space(), 40)
        .seed(1)
        .epochs(9)
        .halving(SuccessiveHalving::new(1));
    let plots = plots(&report(&search));
    let names = [
        "learning_rate",
        "beta1",
        "keep",
        "layers",
        "units2",
        "units3",
        "minibatch",
        "optimizer",
        "cost",
    ];
    for plot in ["scores", "parallel"] {
        expect_texts(&plots[plot], &names);
        expect_texts(&plots[plot], &["0.0001", "0.001", "0.01", "0.1", "1"]);
        expect_texts(&plots[plot], &["0.9", "0.99", "0.999"]);
        expect_texts(
            &plots[plot],
            &["16", "32", "64", "128", "256", "adam", "momentum"],
        );
    }
    expect_texts(&plots["scores"], &["best trial", "diverged or failed"]);
    expect_texts(&plots["parallel"], &["absent"]);
    expect_texts(
        &plots["curves"],
        &["epochs", "cost", "best trial", "1", "9"],
    );
    for svg in plots.values() {
        assert!(svg.contains("cost of 40 trials, best: "));
    }
}

/// The best trial's dot in the plot of the space's only hyperparameter lies between two marks as
/// `exponent` says.
fn best_lies_by(exponent: fn(f64) -> f64, marks: [&str; 2], space: Space) {
    let search = Search::random(space, 25).seed(3).threads(1);
    let report = search.minimize("cost", |trial: &Trial| {
        let x = trial.f64("x")?;
        Ok(each_epoch(move |_| Ok(x)))
    });
    let report = report.unwrap();
    let svg = &plots(&report)["scores"];
    let texts = texts(svg);
    let place = |mark: &str| {
        let found = texts.iter().filter(|(text, ..)| text == mark);
        // The vertical axis may have such a mark too, but higher up.
        let lowest = found.max_by(|(.., left), (.., right)| left.total_cmp(right));
        let (_, x, _) = lowest.expect("it is marked");
        (exponent(mark.parse().unwrap()), *x)
    };
    let [low, high] = marks.map(place);
    let best = exponent(report.best().unwrap().trial().f64("x").unwrap());
    let expected = low.1 + (best - low.0) / (high.0 - low.0) * (high.1 - low.1);
    // The unit is an eighth of a pixel.
    let x = dots(svg, "#D55E00")[0].0;
    assert!((x - expected).abs() < 4.0, "{x} is not {expected}");
}

#[test]
fn dots_lie_where_their_values_are() {
    let new = Space::new;
    best_lies_by(|x| x, ["0", "6"], new().uniform("x", -2.0..=6.0));
    best_lies_by(
        f64::log10,
        ["0.001", "0.1"],
        new().log_uniform("x", 1e-4..=1.0),
    );
    best_lies_by(
        |x| -(1.0 - x).log10(),
        ["0.99", "0.999"],
        new().one_minus_log_uniform("x", 0.9..=0.9999),
    );
    best_lies_by(f64::log2, ["16", "64"], new().power_of_two("x", 8..=128));
}

#[test]
fn the_best_is_on_the_right_side() {
    for maximize in [false, true] {
        let search = Search::random(Space::new().uniform("x", 0.0..=1.0), 12).threads(1);
        let build = |trial: &Trial| {
            let x = trial.f64("x")?;
            Ok(each_epoch(move |_| Ok(x)))
        };
        let report = if maximize {
            search.maximize("x", build)
        } else {
            search.minimize("x", build)
        };
        let svg = &plots(&report.unwrap())["scores"];
        let best = dots(svg, "#D55E00")[0].1;
        let others = dots(svg, "#0072B2");
        assert_eq!(others.len(), 11);
        // The vertical axis of a picture points down.
        assert!(
            others
                .iter()
                .all(|(_, y)| if maximize { *y > best } else { *y < best })
        );
    }
}

#[test]
fn odd_reports_have_plots_too() {
    let odd = "a < b & \"c\"\u{7}\n".repeat(20);
    let names: Vec<String> = (0..60)
        .map(|index| format!("choice number {index}"))
        .collect();
    let spaces = [
        Space::new(),
        Space::new()
            .integer("fixed", 3..=3)
            .uniform("too", 0.5..=0.5),
        Space::new().choice(&odd, [odd.as_str()]),
        Space::new().choice("many", names),
        Space::new()
            .log_uniform("wide", 5e-324..=f64::MAX)
            .integer("all", i64::MIN..=i64::MAX),
        Space::new().uniform("narrow", 1e16..=1e16 + 2.0),
    ];
    let scores: [fn(usize) -> f64; 5] = [
        |_| 1.0,
        |_| f64::NAN,
        |number| 10.0_f64.powi(number as i32 * 150),
        |number| -f64::MAX * (number as f64 - 1.0),
        |number| 5e-324 * number as f64,
    ];
    for space in &spaces {
        for score in scores {
            let search = Search::random(space.clone(), 3).epochs(2).threads(1);
            let report = search.minimize(&odd, |trial: &Trial| {
                let score = score(trial.number());
                Ok(each_epoch(move |_| Ok(score)))
            });
            for (name, svg) in plots(&report.unwrap()) {
                Document::parse(&svg).expect(name);
                assert!(!svg.contains("NaN\""), "{name}");
                assert!(svg.len() < 200_000, "{name}: {}", svg.len());
            }
        }
    }
}
