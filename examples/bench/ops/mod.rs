//! Every op by itself: the cases of `ops.tsv`, timed alone or, called by `ops.py`, beside
//! TensorFlow.
//!
//! ```text
//! bench ops THREADS [PART OF A LINE]    prints a line for each case that has this in its line
//! bench ops THREADS --serve             reads requests: `case\tMODE\tLINE`, `time\tWHAT\tMILLISECONDS`, `limit\tWHAT\tBYTES`
//! bench ops 1 --unmeasured              tells which ops of the crate no case measures
//! ```

mod array;
mod builder;
mod case;
mod elementwise;
mod indexed;
mod limits;
mod nn;
mod operands;
mod random;
mod reduce;
mod run;
mod state;
mod unmeasured;

use std::io::{BufRead, Write};

use tf1 as tf;

use builder::Builder;
use case::{Case, Way};
use run::Loaded;

/// All cases: TensorFlow's side reads the same file.
const TABLE: &str = include_str!("../ops.tsv");

const BUILDERS: &[&[Builder]] = &[
    array::BUILDERS,
    elementwise::BUILDERS,
    indexed::BUILDERS,
    nn::BUILDERS,
    random::BUILDERS,
    reduce::BUILDERS,
    state::BUILDERS,
];

/// How long a round lasts when nobody says otherwise.
const ROUND_MS: f64 = 30.0;

/// The cases of the table.
fn cases() -> impl Iterator<Item = tf::Result<Case>> {
    let lines = TABLE.lines();
    let rows = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    rows.map(Case::parse)
}

/// What `bench ops` does with the arguments after the number of threads.
pub fn ops(threads: usize, argument: Option<&str>) -> tf::Result<()> {
    match argument {
        Some("--serve") => serve(threads),
        Some("--unmeasured") => unmeasured::print(),
        filter => print(threads, filter.unwrap_or_default()),
    }
}

fn print(threads: usize, filter: &str) -> tf::Result<()> {
    println!("   fetched   consumed  case");
    for case in cases() {
        let case = case?;
        if !case.line.contains(filter) {
            continue;
        }
        for way in case.ways() {
            let text = match Loaded::new(&case, way, threads) {
                Ok(loaded) => format!(
                    "{:>10} {:>10}",
                    milliseconds(loaded.fetched(ROUND_MS)?),
                    milliseconds(Some(loaded.consumed(ROUND_MS)?)),
                ),
                Err(error) => format!("{error}"),
            };
            println!("{text}  {} {}", way.name(), case.line.replace('\t', " "));
        }
    }
    Ok(())
}

fn milliseconds(time: Option<f64>) -> String {
    time.map_or("-".to_string(), |time| format!("{time:.4}"))
}

/// Answers requests, a line for each, until there are no more.
fn serve(threads: usize) -> tf::Result<()> {
    let mut loaded = None;
    for request in std::io::stdin().lock().lines() {
        let Ok(request) = request else { break };
        let answer = answer(&request, threads, &mut loaded)
            .unwrap_or_else(|error| format!("error {error}").replace('\n', " "));
        println!("{answer}");
        if std::io::stdout().flush().is_err() {
            break;
        }
    }
    Ok(())
}

fn answer(request: &str, threads: usize, loaded: &mut Option<Loaded>) -> tf::Result<String> {
    let unknown = || tf::Error::invalid_argument("there is no such request");
    let (word, rest) = request.split_once('\t').ok_or_else(unknown)?;
    let (what, rest) = rest.split_once('\t').ok_or_else(unknown)?;
    let number = || rest.parse::<f64>().map_err(|_| unknown());
    match (word, what) {
        ("case", _) => {
            // Before the next case takes memory, not after.
            *loaded = None;
            let case = Case::parse(rest)?;
            let way = Way::of(what).ok_or_else(unknown)?;
            let now = loaded.insert(Loaded::new(&case, way, threads)?);
            Ok(now.facts.to_string())
        }
        ("time", _) => {
            let loaded = loaded.as_ref().ok_or_else(unknown)?;
            let time = match what {
                "fetched" => loaded.fetched(number()?)?,
                _ => Some(loaded.consumed(number()?)?),
            };
            Ok(milliseconds(time))
        }
        ("limit", "copy") => Ok(limits::copy(number()? as usize, threads).to_string()),
        ("limit", "triad") => Ok(limits::triad(number()? as usize, threads).to_string()),
        _ => Err(unknown()),
    }
}
