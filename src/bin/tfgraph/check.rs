//! `tfgraph check`: graphs beside what TensorFlow computed of them.

use std::fs;
use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use ndarray::ArrayD;
use tf1::graph_def::GraphDef;
use tf1::{AnyArray, AnyTensor, DType, Error, Graph, Result, Session, import_graph_def};

use super::arrays::{are_equal, elements, parsed};
use super::one_line;

/// How far floats may be apart, in parts of the largest expected one: the files hold eight decimals.
const RELATIVE: f64 = 1e-4;

/// How far they may be apart besides.
const ABSOLUTE: f64 = 1e-7;

/// Prints a line for each graph, and how many there are of each kind.
pub fn check(folder: &Path) -> Result<()> {
    let mut graphs = Vec::new();
    let mut unread = Vec::new();
    find(folder, &mut graphs, &mut unread);
    graphs.sort();
    if graphs.is_empty() && unread.is_empty() {
        let folder = folder.display();
        let message = format!("there is no frozen_model.pb below {folder}");
        return Err(Error::not_found(message));
    }
    let mut counts = [0; 3];
    let mut out = io::stdout().lock();
    let mut print = |line: String| {
        writeln!(out, "{line}")
            .map_err(|error| Error::io("writing to", Path::new("stdout"), &error))
    };
    for graph in &graphs {
        let name = graph.strip_prefix(folder).unwrap_or(graph).display();
        let (kind, difference, message) = match compare_safely(graph) {
            Ok(Compared::Nothing) => (
                0,
                0.0,
                "it ran, and there is nothing beside it to compare".to_string(),
            ),
            Ok(Compared::Worst(worst)) if worst.of_allowed <= 1.0 => {
                (0, worst.relative, String::new())
            }
            Ok(Compared::Worst(worst)) => (1, worst.relative, "differs".to_string()),
            Err(Trouble::Wrong(message)) => (1, f64::INFINITY, message),
            Err(Trouble::Error(error)) => (2, f64::NAN, error),
        };
        counts[kind] += 1;
        let word = ["ok", "wrong", "error"][kind];
        print(format!(
            "{name}\t{word}\t{difference:.2e}\t{}",
            one_line(&message)
        ))?;
    }
    for (folder, error) in &unread {
        counts[2] += 1;
        print(format!(
            "{}\terror\tNaN\t{}",
            folder.display(),
            one_line(error)
        ))?;
    }
    let [ok, wrong, error] = counts;
    print(format!("{ok} ok, {wrong} wrong, {error} error"))
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

/// As [`compare`]; a panic, which would be a defect, is an error of this graph alone.
fn compare_safely(folder: &Path) -> Result<Compared, Trouble> {
    let outcome = catch_unwind(AssertUnwindSafe(|| compare(folder)));
    outcome.unwrap_or_else(|_| Err(Trouble::Error("a defect: it panicked".to_string())))
}

/// Runs the graph in a folder, and compares what it gives with the files there.
fn compare(folder: &Path) -> Result<Compared, Trouble> {
    let graph = Graph::new();
    let def = GraphDef::read(folder.join("frozen_model.pb"))?;
    import_graph_def(&graph, &def, "")?;
    let session = Session::new(&graph)?;
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
