//! The graph of every case, written and read again, is the same graph: names, types and attributes,
//! and the values that it computes.

use std::sync::atomic::{AtomicUsize, Ordering};

use tf1::graph_def::GraphDef;
use tf1::random::Seeds;
use tf1::{AnyArray, AnyTensor, Graph, Session, import_graph_def};

use crate::dispatch::any;
use crate::program::Input;
use crate::trouble::{Outcome, Trouble};

/// How many graphs were written, read again and run.
pub static COMPARED: AtomicUsize = AtomicUsize::new(0);

/// What cannot be written yet, and why.
const UNWRITTEN: &[(&str, &str)] = &[
    ("Assert", "its texts are not strings"),
    ("IdentityN", "with a gradient that is a closure"),
    ("SqueezeLast", "stands for a `cond`"),
];

/// What is written but cannot be read, and why.
const UNREAD: &[(&str, &str)] = &[("ScalarSummary", "what reads files knows no summaries")];

/// Writes the graph, reads it into another, and writes and runs that.
pub fn check(graph: &Graph, inputs: &[Input]) -> Outcome {
    if graph.check().is_err() {
        return Ok(());
    }
    let def = match graph.as_graph_def() {
        Ok(def) => def,
        Err(error) if is_known(error.message()) => return Ok(()),
        Err(error) => return Err(fails("cannot be written", &error)),
    };
    let bytes = def
        .to_bytes()
        .map_err(|error| fails("cannot be written", &error))?;
    let operations = graph.operations();
    let is_unread = |op_type: &str| UNREAD.iter().any(|(unread, _)| *unread == op_type);
    if operations.iter().any(|op| is_unread(op.op_type())) {
        return Ok(());
    }
    let again = Graph::new();
    let def = GraphDef::from_bytes(&bytes).map_err(|error| fails("is damaged", &error))?;
    import_graph_def(&again, &def, "").map_err(|error| fails("cannot be read again", &error))?;
    let rewritten = again.as_graph_def().and_then(|def| def.to_bytes());
    let rewritten = rewritten.map_err(|error| fails("cannot be written again", &error))?;
    if rewritten != bytes {
        return Err(Trouble::fails(
            "the graph is another when it was written and read",
        ));
    }
    let (before, after) = (printed(graph), printed(&again));
    let differs = before
        .iter()
        .zip(&after)
        .find(|(before, after)| before != after);
    if let Some((before, after)) = differs {
        return Err(Trouble::fails(format!("read again, {before} is {after}")));
    }
    let is_random = |op: &tf1::Operation| op.seeds() == Some(Seeds::NONDETERMINISTIC);
    if graph.operations().iter().any(is_random) {
        return Ok(());
    }
    match (computed(graph, inputs), computed(&again, inputs)) {
        // What fails here fails there.
        (None, None) => Ok(()),
        (Some(_), None) => Err(Trouble::fails("read again, the graph does not run")),
        (None, Some(_)) => Err(Trouble::fails("read again, the graph runs")),
        (Some(before), Some(after)) => {
            COMPARED.fetch_add(1, Ordering::Relaxed);
            compare(&before, &after)
        }
    }
}

/// Tensors by name, with their values.
type Computed = Vec<(String, AnyArray)>;

fn compare(before: &Computed, after: &Computed) -> Outcome {
    let mut pairs = before.iter().zip(after);
    match pairs.find(|((_, before), (_, after))| !are_same(before, after)) {
        None => Ok(()),
        Some(((name, before), (_, after))) => Err(Trouble::fails(format!(
            "read again, {name} is {after:?} and not {before:?}"
        ))),
    }
}

/// The values of all tensors that nobody reads and that are not variables', after the initializers;
/// `None` if the run fails.
fn computed(graph: &Graph, inputs: &[Input]) -> Option<Computed> {
    let session = Session::new(graph).ok()?;
    let operations = graph.operations();
    let initializers = operations
        .iter()
        .filter(|op| op.op_type() == "Assign" && op.name().ends_with("/Assign"));
    session.run(initializers.collect::<Vec<_>>(), []).ok()?;
    let tensors = operations.iter().flat_map(|op| op.outputs());
    let is_value =
        |tensor: &AnyTensor| !tensor.to_string().contains("_ref)") && tensor.consumers().is_empty();
    let tensors: Vec<AnyTensor> = tensors.filter(is_value).collect();
    let tensor = |input: &Input| graph.get_tensor_by_name(input.tensor.name()).ok();
    let fed: Vec<_> = inputs
        .iter()
        .filter_map(|input| Some((tensor(input)?, &input.value)))
        .collect();
    let feeds = fed
        .iter()
        .filter_map(|(tensor, value)| tensor.feed(value).ok());
    let values = session.run(&tensors, feeds.collect::<Vec<_>>()).ok()?;
    Some(tensors.iter().map(AnyTensor::name).zip(values).collect())
}

fn are_same(a: &AnyArray, b: &AnyArray) -> bool {
    if a.dtype() != b.dtype() || a.shape() != b.shape() {
        return false;
    }
    any!(a.dtype(), T => {
        let (a, b) = (a.view::<T>().unwrap(), b.view::<T>().unwrap());
        // NaN is not equal to itself.
        #[expect(clippy::eq_op, reason = "see above")]
        let is_nan = |x: &T| x != x;
        a.iter().zip(&b).all(|(a, b)| a == b || is_nan(a) && is_nan(b))
    })
}

fn fails(what: &str, error: &tf1::Error) -> Trouble {
    Trouble::fails(format!("the graph {what}: {error}"))
}

/// Whether all ops that a message lists as those that do not tell their attributes are known.
fn is_known(message: &str) -> bool {
    let Some(list) =
        message.strip_prefix("the graph holds ops that do not tell their attributes: ")
    else {
        return false;
    };
    list.split("), ").all(|op| {
        let mut known = UNWRITTEN.iter();
        known.any(|(name, _)| op.starts_with(&format!("{name} (")))
    })
}

/// What the tensors print. The shapes that were claimed (`set_shape`) are not in a file.
fn printed(graph: &Graph) -> Vec<String> {
    let operations = graph.operations();
    let outputs = operations.iter().flat_map(|operation| operation.outputs());
    outputs
        .map(|output| format!("{} {}", output.name(), output.dtype()))
        .collect()
}
