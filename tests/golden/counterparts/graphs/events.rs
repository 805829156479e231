//! `graphs/events`: an event file of TensorFlow's, and what the same program writes here.

#[path = "../../../common/graph_messages.rs"]
mod messages;

use std::path::{Path, PathBuf};

use ndarray::ArrayD;
use prost::Message;
use serde_json::Value as Json;
use tf1 as tf;
use tf1::summary::{self, Data, Event, FileWriter, Picture, Summary, SummaryOp, Value, What};
use tf1::train::summary_iterator;
use tf1::{Graph, Session, Tensor};

use self::messages::GraphDef;
use crate::array::read_array;
use crate::compare::compared;
use crate::json;
use crate::shared_directory;
use crate::test_files::TestFolder;
use crate::trouble::{Outcome, Trouble, no_differences};

/// Reads TensorFlow's file, runs its program, writes a file and compares what both hold, event by
/// event.
pub fn run(case: &Json) -> Outcome {
    let golden = shared_directory().join("golden/graphs");
    let theirs = read(&golden.join(json::text(case, "file")?))?;
    let mut differences = compare_told(&theirs, json::list(case, "events"))?;
    let folder = TestFolder::new();
    let ours = read(&write(folder.path(), json::list(case, "feeds"))?)?;
    // The graph with all that belongs to it is TensorFlow's second event of the graph, which the
    // crate does not write.
    let theirs = theirs.iter();
    let theirs: Vec<&Event> = theirs
        .filter(|event| !matches!(event.what, What::MetaGraphDef(_)))
        .collect();
    if ours.len() != theirs.len() {
        differences.push(format!("{} events, not {}", ours.len(), theirs.len()));
    }
    for (number, (ours, theirs)) in ours.iter().zip(theirs).enumerate() {
        compared();
        let is_same = ours.step == theirs.step && same(&ours.what, &theirs.what)?;
        if !is_same {
            differences.push(format!("event {number}: {ours:?} is not {theirs:?}"));
        }
    }
    no_differences(differences)
}

fn read(path: &Path) -> Outcome<Vec<Event>> {
    Ok(summary_iterator(path)?.collect::<tf::Result<_>>()?)
}

/// Compares TensorFlow's file, as the crate reads it, with what TensorFlow told of it.
fn compare_told(events: &[Event], told: &[Json]) -> Outcome<Vec<String>> {
    let mut differences = Vec::new();
    if events.len() != told.len() {
        differences.push(format!(
            "{} events are read of {}",
            events.len(),
            told.len()
        ));
    }
    for (event, told) in events.iter().zip(told) {
        let is_told = json::number(json::member(told, "wall_time")?) == Some(event.wall_time)
            && json::member(told, "step")?.as_i64() == Some(event.step)
            && tells(&event.what, told)?;
        if !is_told {
            differences.push(format!("{event:?} was read of {told}"));
        }
    }
    Ok(differences)
}

fn tells(what: &What, told: &Json) -> Outcome<bool> {
    let kind = json::text(told, "what")?;
    Ok(match what {
        What::FileVersion(version) => version == json::text(told, "file_version")?,
        What::GraphDef(bytes) => {
            let nodes = graph_def(bytes)?.node.into_iter();
            let nodes: Vec<Json> = nodes.map(|node| [node.name, node.op].into()).collect();
            kind == "graph_def" && nodes == json::list(told, "nodes")
        }
        What::MetaGraphDef(_) => kind == "meta_graph_def",
        What::Summary(summary) => {
            let told = json::list(told, "values");
            let mut all = summary.value.iter().zip(told);
            summary.value.len() == told.len()
                && all.try_fold(true, |so_far, (value, told)| {
                    Ok::<_, Trouble>(so_far && is_value(value, told)?)
                })?
        }
        _ => false,
    })
}

fn is_value(value: &Value, told: &Json) -> Outcome<bool> {
    let number = |key: &str| json::given(told, key).and_then(json::number);
    let numbers = |key| json::list(told, key).iter().map(json::number);
    let is_same = match &value.data {
        Some(Data::Scalar(scalar)) => number("simple_value").map(|x| x as f32) == Some(*scalar),
        Some(Data::Histogram(histogram)) => {
            let told = ["min", "max", "num", "sum", "sum_squares"].map(number);
            let read = [
                histogram.min,
                histogram.max,
                histogram.num,
                histogram.sum,
                histogram.sum_squares,
            ];
            told == read.map(Some)
                && numbers("bucket_limit").eq(histogram.bucket_limit.iter().copied().map(Some))
                && numbers("bucket").eq(histogram.bucket.iter().copied().map(Some))
        }
        Some(Data::Image(picture)) => {
            let told = ["height", "width", "colorspace", "png_bytes"].map(number);
            let bytes = picture.encoded_image_string.len();
            let lengths = [picture.height, picture.width, picture.colorspace];
            let [height, width, colorspace] = lengths.map(|length| Some(f64::from(length)));
            told == [height, width, colorspace, Some(bytes as f64)]
        }
        _ => false,
    };
    Ok(is_same && value.tag == json::text(told, "tag")?)
}

/// The program that TensorFlow ran: the graph of its event file.
struct Program {
    x: Tensor,
    picture: Tensor,
    merged: SummaryOp,
}

impl Program {
    fn new(graph: &Graph) -> Self {
        let x = graph.placeholder::<f32>("x", tf::shape![?]);
        let loss = tf::reduce_mean(tf::square(&x), ..).named("loss");
        summary::scalar("loss", &loss);
        graph.name_scope("metrics", || {
            let largest = tf::reduce_max(&x, ..) - 0.0;
            summary::scalar("max", largest);
        });
        summary::histogram("values", &x);
        let picture = graph.placeholder::<f32>("im", [1, 4, 5, 1]);
        summary::image("picture", &picture);
        let merged = summary::merge_all(graph);
        Program { x, picture, merged }
    }
}

/// Runs the program on what TensorFlow fed, and gives the file that it wrote in the folder.
fn write(folder: &Path, feeds: &[Json]) -> Outcome<PathBuf> {
    let graph = Graph::new();
    let program = Program::new(&graph);
    let session = Session::new(&graph)?;
    let writer = FileWriter::new(folder)?;
    writer.add_graph(&graph)?;
    for feed in feeds {
        let array = |key| -> Outcome<ArrayD<f32>> {
            let array = read_array(json::member(feed, key)?)?;
            let array = array.into_array();
            array.map_err(|_| Trouble::fails("what is fed is not float32"))
        };
        let (x, picture) = (array("x")?, array("im")?);
        let feeds = [program.x.feed(&x), program.picture.feed(&picture)];
        let step = json::member(feed, "step")?.as_i64().unwrap_or(-1);
        writer.add_summary(&session.run(&program.merged, feeds)?, step)?;
    }
    writer.close()?;
    Ok(writer.path())
}

fn same(ours: &What, theirs: &What) -> Outcome<bool> {
    Ok(match (ours, theirs) {
        (What::Summary(ours), What::Summary(theirs)) => same_values(ours, theirs)?,
        (What::GraphDef(ours), What::GraphDef(theirs)) => graph_def(ours)? == graph_def(theirs)?,
        _ => ours == theirs,
    })
}

fn graph_def(bytes: &[u8]) -> Outcome<GraphDef> {
    GraphDef::decode(bytes).map_err(|error| Trouble::fails(error.to_string()))
}

fn same_values(ours: &Summary, theirs: &Summary) -> Outcome<bool> {
    if ours.value.len() != theirs.value.len() {
        return Ok(false);
    }
    for (ours, theirs) in ours.value.iter().zip(&theirs.value) {
        let is_same = match (&ours.data, &theirs.data) {
            (Some(Data::Image(ours)), Some(Data::Image(theirs))) => {
                pixels(ours)? == pixels(theirs)?
            }
            // A mean of squares, summed in another order.
            (Some(Data::Scalar(ours)), Some(Data::Scalar(theirs))) => {
                (ours - theirs).abs() <= 1e-6 * theirs.abs()
            }
            (ours, theirs) => ours == theirs,
        };
        if !is_same || ours.tag != theirs.tag {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Lengths, channels and pixels of a picture. Compression is each encoder's own.
fn pixels(picture: &Picture) -> Outcome<([i32; 3], Vec<u8>)> {
    let fails = |error: png::DecodingError| Trouble::fails(error.to_string());
    let file = std::io::Cursor::new(&picture.encoded_image_string);
    let mut reader = png::Decoder::new(file).read_info().map_err(fails)?;
    let mut pixels = vec![0; reader.output_buffer_size().unwrap_or_default()];
    let info = reader.next_frame(&mut pixels).map_err(fails)?;
    pixels.truncate(info.buffer_size());
    Ok(([picture.height, picture.width, picture.colorspace], pixels))
}
