//! A search that is killed at any moment loses no trial that has ended, and repeats none.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::{TestFolder, read, space, summary};
use rand::Rng;
use tf1::random::{Philox, PhiloxRng};
use tf1::tune::{Report, Search, SuccessiveHalving, Trial, each_epoch};

const KILLS: usize = 50;
/// Tells the child which file is its own.
const FILE: &str = "TF1_TUNE_TEST_FILE";

fn search(kind: &str) -> Search {
    let search = Search::random(space(), 400).seed(4).threads(2);
    match kind {
        "halving" => search.epochs(9).halving(SuccessiveHalving::new(1)),
        _ => search.epochs(6),
    }
}

/// Runs it, each epoch taking `pause`.
fn run(search: &Search, pause: Duration) -> tf1::Result<Report> {
    search.minimize("cost", |trial: &Trial| {
        let mut model = super::model(trial)?;
        Ok(each_epoch(move |epoch| {
            sleep(pause);
            tf1::tune::Train::epoch(&mut model, epoch)
        }))
    })
}

fn child(file: &Path) -> Child {
    let tests = std::env::current_exe().expect("the test program has a path");
    Command::new(tests)
        .args(["--exact", "kill::child_search", "--ignored"])
        .env(FILE, file)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the test program can be started again")
}

#[test]
#[ignore = "the other tests of this file run it as a process of its own"]
fn child_search() {
    let Some(file) = std::env::var_os(FILE) else {
        panic!("{FILE} names no file");
    };
    let kind = Path::new(&file)
        .extension()
        .expect("a kind")
        .to_string_lossy()
        .into_owned();
    run(&search(&kind).log(&file), Duration::from_millis(4)).expect("the search runs");
}

/// Trial and epochs of every whole line but the first.
fn ended(text: &str) -> Vec<(u64, u64)> {
    let whole = &text[..text.rfind('\n').map_or(0, |end| end + 1)];
    let key = |line: &str| {
        let line: serde_json::Value = serde_json::from_str(line).expect("a whole line is JSON");
        (
            line["trial"].as_u64().unwrap(),
            line["until"].as_u64().unwrap(),
        )
    };
    whole.lines().skip(1).map(key).collect()
}

/// Lets the child run: half of the time for some milliseconds from its start, else until it has
/// trained a few trials and then some milliseconds more.
fn let_run(rng: &mut PhiloxRng, kill: usize, file: &Path, before: usize) {
    let trained = if kill.is_multiple_of(2) {
        0
    } else {
        rng.random_range(1..=4)
    };
    let start = Instant::now();
    while ended(&text(file)).len() < before + trained {
        assert!(start.elapsed() < Duration::from_secs(60), "no trial ends");
        sleep(Duration::from_millis(1));
    }
    sleep(Duration::from_micros(rng.random_range(0..20_000)));
}

/// What the file holds; nothing where a child was killed before it made it.
fn text(file: &Path) -> String {
    std::fs::read_to_string(file).unwrap_or_default()
}

/// Starts a search again and again, and kills it.
fn killed_again_and_again(kind: &str) {
    let folder = TestFolder::new();
    let file = folder.file(&format!("trials.{kind}"));
    let mut rng = PhiloxRng::from(Philox::new(1, 2));
    let mut before: Vec<(u64, u64)> = Vec::new();
    for kill in 0..KILLS {
        let mut child = child(&file);
        let_run(&mut rng, kill, &file, before.len());
        let has_ended = child.try_wait().expect("the child can be asked");
        assert_eq!(has_ended, None, "the search was over before kill {kill}");
        child.kill().expect("the child can be killed");
        child.wait().expect("the child ends");
        let now = ended(&text(&file));
        assert_eq!(now[..before.len()], before, "kill {kill} lost a trial");
        before = now;
    }
    let report = run(&search(kind).log(&file), Duration::ZERO).expect("it goes on to its end");
    let lines = ended(&read(&file));
    let different: BTreeSet<_> = lines.iter().collect();
    assert_eq!(different.len(), lines.len(), "a trial was trained twice");
    let unkilled = run(&search(kind), Duration::ZERO).expect("it runs");
    assert_eq!(summary(&report), summary(&unkilled));
}

#[test]
fn fifty_kills_lose_nothing_and_repeat_nothing() {
    killed_again_and_again("random");
}

#[test]
fn fifty_kills_of_successive_halving_lose_nothing_and_repeat_nothing() {
    killed_again_and_again("halving");
}

/// A search whose file cannot grow any more ends with an error, and goes on when there is room
/// again.
#[cfg(unix)]
#[test]
fn a_full_disk_ends_the_search() {
    let folder = TestFolder::new();
    let file = folder.file("trials.random");
    let tests = std::env::current_exe().expect("the test program has a path");
    // The shell lets no file grow beyond 4 blocks, and the program live on when it tries.
    let script = "trap '' XFSZ; ulimit -f 4; exec \"$0\" --exact kill::child_search --ignored";
    let output = Command::new("sh")
        .args(["-c", script])
        .arg(tests)
        .env(FILE, &file)
        .output()
        .expect("a shell can be started");
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains("writing") && said.contains("trials.random"),
        "{said}"
    );
    let before = ended(&read(&file));
    assert!(before.len() < 400);
    let report = run(&search("random").log(&file), Duration::ZERO).expect("it goes on");
    assert_eq!(ended(&read(&file))[..before.len()], before);
    let unkilled = run(&search("random"), Duration::ZERO).expect("it runs");
    assert_eq!(summary(&report), summary(&unkilled));
}
