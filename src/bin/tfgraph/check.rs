//! `tfgraph check`: graphs beside what TensorFlow computed of them.
//!
//! Each graph is compared by a process of its own, `tfgraph compare`, which prints an [`Outcome`]:
//! so a graph that takes too long or too much memory is stopped, and stops nothing else.

use std::fmt;
use std::fs;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use ndarray::ArrayD;
use tf1::graph_def::GraphDef;
use tf1::{
    AnyArray, AnyTensor, DType, Error, Graph, Result, Session, SessionOptions, import_graph_def,
};

use super::arrays::{are_equal, elements, parsed};
use super::limits::{Limits, output_within};
use super::one_line;

/// How far floats may be apart, in parts of the largest expected one: the files hold eight
/// decimals.
const RELATIVE: f64 = 1e-4;

/// How far they may be apart besides.
const ABSOLUTE: f64 = 1e-7;

/// Prints a line for each graph, and how many there are of each kind.
pub fn check(folder: &Path, limits: Limits) -> Result<()> {
    let mut graphs = Vec::new();
    let mut unread = Vec::new();
    find(folder, &mut graphs, &mut unread);
    graphs.sort();
    if graphs.is_empty() && unread.is_empty() {
        let folder = folder.display();
        let message = format!("there is no frozen_model.pb below {folder}");
        return Err(Error::not_found(message));
    }
    let mut counts = [0; Word::ALL.len()];
    let mut print = |name: &Path, outcome: Outcome| {
        counts[outcome.word as usize] += 1;
        print(format_args!("{}\t{outcome}", name.display()))
    };
    for (number, graph) in graphs.iter().enumerate() {
        let name = graph.strip_prefix(folder).unwrap_or(graph);
        show_progress(&format!("{number} of {}: {}", graphs.len(), name.display()));
        let outcome = output_within(&limits, graph).and_then(|line| {
            Outcome::parse(&line).ok_or_else(|| "it ended without a word".to_string())
        });
        show_progress("");
        print(name, outcome.unwrap_or_else(Outcome::error))?;
    }
    for (folder, error) in unread {
        print(&folder, Outcome::error(error))?;
    }
    let [ok, wrong, error] = counts;
    self::print(format_args!("{ok} ok, {wrong} wrong, {error} error"))
}

/// Compares one graph, and prints the outcome.
pub fn compare(folder: &Path, limits: Limits) -> Result<()> {
    print(format_args!("{}", Outcome::of(compared(folder, limits))))
}

fn print(line: fmt::Arguments<'_>) -> Result<()> {
    writeln!(io::stdout(), "{line}")
        .map_err(|error| Error::io("writing to", Path::new("stdout"), &error))
}

/// Puts `text` in the place of what was shown before, for whoever sits before it.
fn show_progress(text: &str) {
    let mut err = io::stderr();
    if err.is_terminal() {
        // That nobody can see it is no reason to stop.
        let _ = write!(err, "\r\x1b[K{text}").and_then(|()| err.flush());
    }
}

/// What is said of a graph.
#[derive(Clone, Copy)]
enum Word {
    Ok,
    Wrong,
    Error,
}

impl Word {
    const ALL: [(Word, &str); 3] = [
        (Word::Ok, "ok"),
        (Word::Wrong, "wrong"),
        (Word::Error, "error"),
    ];
}

/// A line about a graph: a word, how far it is off, and a message.
struct Outcome {
    word: Word,
    difference: f64,
    message: String,
}

impl Outcome {
    fn of(compared: Result<Compared, Trouble>) -> Self {
        let (word, difference, message) = match compared {
            Ok(Compared::Nothing) => (
                Word::Ok,
                0.0,
                "it ran, and there is nothing beside it to compare".to_string(),
            ),
            Ok(Compared::Worst(worst)) if worst.of_allowed <= 1.0 => {
                (Word::Ok, worst.relative, String::new())
            }
            Ok(Compared::Worst(worst)) => (Word::Wrong, worst.relative, "differs".to_string()),
            Err(Trouble::Wrong(message)) => (Word::Wrong, f64::INFINITY, message),
            Err(Trouble::Error(error)) => return Outcome::error(error),
        };
        Outcome {
            word,
            difference,
            message,
        }
    }

    fn error(message: String) -> Self {
        Outcome {
            word: Word::Error,
            difference: f64::NAN,
            message,
        }
    }

    /// The outcome that was printed as `line`.
    fn parse(line: &str) -> Option<Self> {
        let mut parts = line.trim_end_matches('\n').splitn(3, '\t');
        let (text, difference, message) = (parts.next()?, parts.next()?, parts.next()?);
        let (word, _) = Word::ALL.iter().find(|(_, word)| *word == text)?;
        Some(Outcome {
            word: *word,
            difference: difference.parse().ok()?,
            message: message.to_string(),
        })
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (_, word) = Word::ALL[self.word as usize];
        let message = one_line(&self.message);
        write!(f, "{word}\t{:.2e}\t{message}", self.difference)
    }
}

/// What came of a graph that ran.
enum Compared {
    /// There was nothing to compare.
    Nothing,
    Worst(Distance),
}

/// How far two arrays are apart.
#[derive(Clone, Copy, Default)]
struct Distance {
    /// The largest difference, in parts of what is allowed.
    of_allowed: f64,
    /// The largest difference, in parts of the largest expected number.
    relative: f64,
}

/// Why a graph is not ok.
enum Trouble {
    /// It gives something else.
    Wrong(String),
    /// It gives nothing.
    Error(String),
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Trouble::Error(error.to_string())
    }
}

/// The folders of all graphs, and those that cannot be read.
fn find(folder: &Path, graphs: &mut Vec<PathBuf>, unread: &mut Vec<(PathBuf, String)>) {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => return unread.push((folder.to_path_buf(), error.to_string())),
    };
    for entry in entries.flatten() {
        // Links may lead in circles.
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if is_folder {
            find(&entry.path(), graphs, unread);
        } else if entry.file_name() == "frozen_model.pb" {
            graphs.push(folder.to_path_buf());
        }
    }
}

/// Runs the graph in a folder, and compares what it gives with the files there.
fn compared(folder: &Path, limits: Limits) -> Result<Compared, Trouble> {
    let graph = Graph::new();
    let def = GraphDef::read(folder.join("frozen_model.pb"))?;
    import_graph_def(&graph, &def, "")?;
    let options = SessionOptions::new().memory_limit(limits.bytes());
    let session = Session::with_options(&graph, options)?;
    let (mut fed, mut expected) = (Vec::new(), Vec::new());
    for (name, path) in files(folder, ".placeholder.csv")? {
        let tensor = graph.get_tensor_by_name(&name)?;
        let value = read(&path, tensor.dtype())?;
        fed.push((tensor, value));
    }
    for (name, path) in files(folder, ".prediction.csv")? {
        let tensor = graph.get_tensor_by_name(&name)?;
        let value = read(&path, tensor.dtype())?;
        expected.push((tensor, value));
    }
    let feeds = fed.iter().map(|(tensor, value)| tensor.feed(value));
    let feeds = feeds.collect::<Result<Vec<_>>>()?;
    if expected.is_empty() {
        // Nothing to compare: that it runs is all that can be seen.
        session.run(unread(&graph), feeds)?;
        return Ok(Compared::Nothing);
    }
    let fetches: Vec<&AnyTensor> = expected.iter().map(|(tensor, _)| tensor).collect();
    let found: Vec<AnyArray> = session.run(fetches, feeds)?;
    let mut worst = Distance::default();
    for ((tensor, expected), found) in expected.iter().zip(&found) {
        let distance = distance(expected, found);
        let distance =
            distance.map_err(|what| Trouble::Wrong(format!("{}: {what}", tensor.name())))?;
        worst.of_allowed = worst.of_allowed.max(distance.of_allowed);
        worst.relative = worst.relative.max(distance.relative);
    }
    Ok(Compared::Worst(worst))
}

/// The tensors that no node reads.
fn unread(graph: &Graph) -> Vec<AnyTensor> {
    let operations = graph.operations();
    let tensors = operations.iter().flat_map(|operation| operation.outputs());
    tensors
        .filter(|tensor| tensor.consumers().is_empty())
        .collect()
}

/// The tensors that files are of, whose names end with `ending`.
fn files(folder: &Path, ending: &str) -> Result<Vec<(String, PathBuf)>> {
    let entries = fs::read_dir(folder).map_err(|error| Error::io("reading", folder, &error))?;
    let mut files = Vec::new();
    for entry in entries {
        let path = entry
            .map_err(|error| Error::io("reading", folder, &error))?
            .path();
        let Some(stem) = path
            .file_name()
            .and_then(|name| name.to_str()?.strip_suffix(ending))
        else {
            continue;
        };
        let (node, output) = match stem.rsplit_once('.') {
            Some((node, output)) if output.parse::<usize>().is_ok() => (node, output),
            _ => (stem, "0"),
        };
        files.push((format!("{}:{output}", node.replace("____", "/")), path));
    }
    files.sort();
    Ok(files)
}

/// The array of a csv file and the file with its shape beside it.
fn read(path: &Path, dtype: DType) -> Result<AnyArray> {
    let text =
        |path: &Path| fs::read_to_string(path).map_err(|error| Error::io("reading", path, &error));
    let values = text(path)?;
    let shape = text(&path.with_extension("shape"))?;
    let wrong = || Error::invalid_argument(format!("{} does not hold numbers", path.display()));
    let lengths = shape
        .split_whitespace()
        .map(|length| length.parse::<usize>());
    let mut lengths: Vec<usize> = lengths.collect::<Result<_, _>>().map_err(|_| wrong())?;
    let values: Vec<&str> = values.split_whitespace().collect();
    if lengths == [0] && values.len() == 1 {
        lengths.clear();
    }
    parsed(&values, &lengths, dtype).ok_or_else(wrong)
}

/// How far two arrays are apart.
fn distance(expected: &AnyArray, found: &AnyArray) -> Result<Distance, String> {
    if expected.shape() != found.shape() {
        return Err(format!(
            "shape {:?}, not {:?}",
            found.shape(),
            expected.shape()
        ));
    }
    if !expected.dtype().is_floating() {
        return match are_equal(expected, found) {
            true => Ok(Distance::default()),
            false => Err("other integers".to_string()),
        };
    }
    let (expected, found) = (elements(expected), elements(found));
    let size = largest(&expected);
    let mut worst = 0.0f64;
    for (a, b) in expected.iter().zip(&found) {
        let same = a == b || a.is_nan() && b.is_nan();
        if !same && (!a.is_finite() || !b.is_finite()) {
            return Err(format!("{b}, not {a}"));
        }
        worst = worst.max(if same { 0.0 } else { (a - b).abs() });
    }
    Ok(Distance {
        of_allowed: worst / (RELATIVE * size + ABSOLUTE),
        relative: if worst == 0.0 { 0.0 } else { worst / size },
    })
}

fn largest(elements: &ArrayD<f64>) -> f64 {
    let finite = elements.iter().filter(|x| x.is_finite());
    finite.fold(0.0, |most, x| most.max(x.abs()))
}
