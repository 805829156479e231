//! The file of a search: what it takes to go on, and what is refused.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::{TestFolder, lines, model, read, report, space, summary};
use tf1::Error;
use tf1::tune::{Search, Space, SuccessiveHalving, Trial, each_epoch};

fn search(path: &Path) -> Search {
    Search::random(space(), 16).seed(2).epochs(3).log(path)
}

/// How many trials the search trains with the file as it is, and what it reports.
fn resumed(search: &Search) -> (usize, Vec<String>) {
    let trained = AtomicUsize::new(0);
    let report = search.minimize("cost", |trial: &Trial| {
        trained.fetch_add(1, Ordering::SeqCst);
        model(trial)
    });
    (trained.into_inner(), summary(&report.expect("it goes on")))
}

fn refusal(search: &Search) -> Error {
    search
        .minimize("cost", model)
        .expect_err("the file is refused")
}

/// Cut off at any byte, as a process that was killed leaves it, the file gives the same report, and
/// only what is missing is trained.
#[test]
fn a_search_goes_on_from_every_byte() {
    let folder = TestFolder::new();
    let path = folder.file("trials");
    let search = Search::random(Space::new().uniform("x", 0.0..=1.0), 3)
        .epochs(2)
        .log(&path);
    let build = |trial: &Trial| {
        let x = trial.f64("x")?;
        Ok(each_epoch(move |epoch| Ok(x / (epoch as f64 + 3.0))))
    };
    let whole_report = summary(&search.minimize("x", build).unwrap());
    let whole = fs::read(&path).unwrap();
    let whole_lines = lines(&read(&path));
    for length in 0..=whole.len() {
        fs::write(&path, &whole[..length]).unwrap();
        let trained = AtomicUsize::new(0);
        let report = search.minimize("x", |trial: &Trial| {
            trained.fetch_add(1, Ordering::SeqCst);
            build(trial)
        });
        assert_eq!(summary(&report.unwrap()), whole_report, "cut at {length}");
        let ends = whole[..length]
            .iter()
            .filter(|byte| **byte == b'\n')
            .count();
        assert_eq!(
            trained.into_inner(),
            3 - ends.saturating_sub(1),
            "cut at {length}"
        );
        assert_eq!(lines(&read(&path)), whole_lines, "cut at {length}");
    }
}

#[test]
fn a_search_that_has_ended_trains_nothing() {
    let folder = TestFolder::new();
    for search in [
        search(&folder.file("random")),
        search(&folder.file("halving"))
            .epochs(9)
            .halving(SuccessiveHalving::new(1)),
    ] {
        let first = resumed(&search);
        assert!(first.0 >= 16);
        assert_eq!(resumed(&search), (0, first.1));
    }
}

/// With successive halving, a trial that goes on is trained up to where it was, for the file holds
/// no models.
#[test]
fn halving_goes_on_from_every_line() {
    let folder = TestFolder::new();
    let path = folder.file("trials");
    let search = search(&path).epochs(9).halving(SuccessiveHalving::new(1));
    let expected = resumed(&search).1;
    let text = read(&path);
    let count = text.lines().count();
    for kept in 0..count {
        let lines: String = text
            .lines()
            .take(kept)
            .map(|line| format!("{line}\n"))
            .collect();
        fs::write(&path, lines).unwrap();
        assert_eq!(resumed(&search).1, expected, "{kept} lines");
        assert_eq!(read(&path).lines().count(), count, "{kept} lines");
    }
}

#[test]
fn the_order_of_lines_does_not_matter() {
    let folder = TestFolder::new();
    let path = folder.file("trials");
    let expected = summary(&report(&search(&path)));
    let text = read(&path);
    let mut lines: Vec<&str> = text.lines().collect();
    lines[1..].reverse();
    fs::write(&path, lines.join("\n") + "\n").unwrap();
    assert_eq!(resumed(&search(&path)), (0, expected));
}

#[test]
fn the_file_of_another_search_is_refused_and_left_alone() {
    let folder = TestFolder::new();
    let path = folder.file("trials");
    report(&search(&path));
    let before = read(&path);
    let others = [
        (search(&path).seed(3), "\"seed\" is 2 there, and 3 here"),
        (search(&path).epochs(4), "\"epochs\" is 3 there"),
        (
            search(&path).halving(SuccessiveHalving::new(1)),
            "\"halving\" is null there",
        ),
        (
            Search::random(space(), 17).seed(2).epochs(3).log(&path),
            "\"trials\" is",
        ),
        (
            Search::grid(space(), 2).seed(2).epochs(3).log(&path),
            "\"trials\" is",
        ),
        (
            Search::random(space().integer("more", 1..=2), 16)
                .seed(2)
                .epochs(3)
                .log(&path),
            "\"space\"",
        ),
    ];
    for (other, why) in others {
        let error = refusal(&other);
        assert!(matches!(error, Error::FailedPrecondition(_)), "{error}");
        assert!(error.message().contains(why), "{error}");
    }
    assert!(search(&path).maximize("cost", model).is_err());
    assert!(search(&path).minimize("accuracy", model).is_err());
    for stranger in [
        "my notes",
        "my notes\n",
        "[1]\n",
        "{\"tune\":1}\n",
        "\u{0}",
        "\n",
    ] {
        fs::write(&path, stranger).unwrap();
        assert!(
            matches!(refusal(&search(&path)), Error::FailedPrecondition(_)),
            "{stranger}"
        );
        assert_eq!(read(&path), stranger);
    }
    fs::write(&path, before).unwrap();
    assert_eq!(resumed(&search(&path)).0, 0);
}

#[test]
fn a_refined_search_does_not_take_the_coarse_ones_file() {
    let folder = TestFolder::new();
    let path = folder.file("trials");
    let coarse = report(&search(&path));
    let error = refusal(&coarse.refine(1.0).unwrap().log(&path));
    assert!(error.message().contains("another search"), "{error}");
}

#[test]
fn an_altered_line_is_named() {
    let folder = TestFolder::new();
    let path = folder.file("trials");
    report(&search(&path).threads(1));
    let text = read(&path);
    let lines: Vec<String> = text.lines().map(String::from).collect();
    let third = |line: &str| {
        let mut lines = lines.clone();
        lines[2] = line.into();
        lines.join("\n") + "\n"
    };
    let altered = |from: &str, to: &str| {
        assert!(lines[2].contains(from), "{}", lines[2]);
        third(&lines[2].replacen(from, to, 1))
    };
    let cases = [
        (third("{\"trial\":"), "not JSON"),
        (third(""), "not JSON"),
        (third("{}"), "no trial number"),
        (third("[1, 2]"), "no trial number"),
        (third(&lines[1]), "trial 0 has a line already"),
        (altered("\"trial\":1", "\"trial\":99"), "no trial 99"),
        (
            altered("\"trial\":1", "\"trial\":2"),
            "trial 2 of this search has other values",
        ),
        (altered("\"until\":3", "\"until\":2"), "\"until\""),
        (
            altered("\"curve\":[", "\"curve\":[1.0,"),
            "curve and outcome",
        ),
        (altered("\"curve\":[", "\"curve\":[null,"), "\"curve\""),
        (
            altered("\"outcome\":\"trained\"", "\"outcome\":\"lost\""),
            "\"outcome\"",
        ),
        (
            altered("\"outcome\":\"trained\"", "\"outcome\":\"diverged\""),
            "curve and outcome",
        ),
        (altered("\"seconds\":", "\"second\":"), "\"seconds\""),
    ];
    for (text, why) in cases {
        fs::write(&path, &text).unwrap();
        let error = refusal(&search(&path));
        assert!(matches!(error, Error::DataLoss(_)), "{error}");
        assert!(error.message().contains("line 3 of "), "{error}");
        assert!(error.message().contains(why), "{why}: {error}");
        assert_eq!(read(&path), text);
    }
    let mut bytes = text.clone().into_bytes();
    let at = lines[0].len() + lines[1].len() + 4;
    bytes[at] = 0xff;
    fs::write(&path, bytes).unwrap();
    assert!(refusal(&search(&path)).message().contains("it is not text"));
}

#[test]
fn two_searches_do_not_share_a_file() {
    let folder = TestFolder::new();
    let path = folder.file("trials");
    let search = Search::random(Space::new(), 2).threads(1).log(&path);
    let report = search.minimize("cost", |_| {
        let other = search.minimize("cost", |_| Ok(each_epoch(|_| Ok(0.0))));
        let error = other.expect_err("the file is taken");
        assert!(
            error.message().contains("another search is writing to"),
            "{error}"
        );
        Ok(each_epoch(|_| Ok(0.0)))
    });
    assert_eq!(report.unwrap().best().unwrap().score(), Some(0.0));
}

#[test]
fn what_is_no_file_or_cannot_be_written_is_refused() {
    let folder = TestFolder::new();
    let missing = folder.file("missing").join("trials");
    assert!(matches!(refusal(&search(&missing)), Error::NotFound(_)));
    assert!(
        refusal(&search(&folder.file("")))
            .message()
            .contains("is not a file")
    );
    if cfg!(unix) {
        let error = refusal(&search(Path::new("/dev/zero")));
        assert!(error.message().contains("is not a file"), "{error}");
    }
}

/// Names of files may be anything that the system allows.
#[cfg(unix)]
#[test]
fn files_whose_names_are_no_text_will_do() {
    use std::os::unix::ffi::OsStrExt;
    let folder = TestFolder::new();
    let file = |bytes| folder.path().join(std::ffi::OsStr::from_bytes(bytes));
    let search = search(&file(b"trials\xff"));
    let first = resumed(&search);
    assert_eq!(resumed(&search), (0, first.1));
    let report = report(&search);
    report.write_csv(file(b"table\xff")).unwrap();
    report.plot_scores(file(b"scores\xff")).unwrap();
    report.plot_curves(file(b"curves\xff")).unwrap();
    report.plot_parallel_coordinates(file(b"axes\xff")).unwrap();
    assert_eq!(folder.names().len(), 5);
}
