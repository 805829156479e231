//! What `--logdir` writes: for TensorBoard the graph, the costs and accuracies, how the parameters
//! are distributed and pictures; a drawing of the graph; how long each step of a run takes; and
//! checkpoints.

use std::fs;
use std::path::{Path, PathBuf};

use tf1 as tf;
use tf1::summary::{self, FileWriter, Image, Summary, SummaryOp, Value};
use tf1::train::Saver;

use super::common::atomic_file::write_atomically;
use super::common::split::{CHANNELS, SIDE};
use super::course::Outcome;
use super::notebook::model::Model;
use super::notebook::random_mini_batches::Examples;

/// Every how many epochs what takes time is written.
const EVERY: usize = 10;
/// How many pictures of each kind TensorBoard is given.
const PICTURES: usize = 6;

/// The folder that is written to.
pub struct Logs<'m> {
    model: &'m Model,
    train: &'m Examples,
    test: &'m Examples,
    writer: FileWriter,
    /// The parameters' histograms, and the weights of the first units as pictures.
    parameters: SummaryOp,
    saver: Saver,
    folder: PathBuf,
}

impl<'m> Logs<'m> {
    /// Begins with what does not change: the graph, a few pictures, and the trace of a training
    /// step, which is undone.
    pub fn new(
        folder: &Path,
        model: &'m Model,
        train: &'m Examples,
        test: &'m Examples,
    ) -> Outcome<Self> {
        fs::create_dir_all(folder)
            .map_err(|error| format!("{}: not made: {error}", folder.display()))?;
        let session = model.session();
        let graph = session.graph();
        let pictures = pictures_of(train);
        let examples = summary::image_with(
            "examples",
            graph.constant(pictures),
            Image::new().max_outputs(PICTURES),
        );
        let parameters = parameters_of(graph)?;
        let logs = Logs {
            model,
            train,
            test,
            writer: FileWriter::new(folder)?,
            parameters,
            saver: Saver::new(graph),
            folder: folder.to_path_buf(),
        };
        logs.writer.add_graph(graph)?;
        logs.writer.add_summary(&session.run(&examples, [])?, 0)?;
        write_atomically(&folder.join("graph.dot"), graph.to_dot().as_bytes())?;
        model
            .trace_step(train)?
            .write_chrome_trace(folder.join("trace.json"))?;
        Ok(logs)
    }

    /// Writes what an epoch has come to.
    pub fn epoch(&self, epoch: usize, cost: f64) -> Outcome {
        let step = epoch as i64;
        self.writer
            .add_summary(&Summary::scalar("cost", cost as f32), step)?;
        if epoch.is_multiple_of(EVERY) {
            self.parameters_and_accuracies(step)?;
        }
        Ok(())
    }

    fn parameters_and_accuracies(&self, step: i64) -> Outcome {
        let mut summary = self.model.session().run(&self.parameters, [])?;
        for (tag, examples) in [("accuracy/train", self.train), ("accuracy/test", self.test)] {
            let accuracy = self.model.accuracy(examples)?;
            summary
                .value
                .push(Value::new(tag, summary::Data::Scalar(accuracy)));
        }
        self.writer.add_summary(&summary, step)?;
        self.writer.flush()?;
        Ok(())
    }

    /// Writes a checkpoint too.
    pub fn checkpoint(&self) -> Outcome {
        let prefix = self.folder.join("model.ckpt");
        let step = self.model.epochs_done()? as i64;
        self.saver.save(self.model.session(), prefix, step)?;
        Ok(())
    }

    /// Writes how it ended.
    pub fn finish(self, epochs: usize) -> Outcome {
        self.parameters_and_accuracies(epochs as i64)?;
        self.checkpoint()?;
        self.writer.close()?;
        Ok(())
    }
}

/// The first pictures, as the summary op takes them.
fn pictures_of(examples: &Examples) -> ndarray::Array4<f32> {
    let count = PICTURES.min(examples.x.nrows());
    let rows = examples.x.slice(ndarray::s![..count, ..]).to_owned();
    rows.into_shape_with_order((count, SIDE, SIDE, CHANNELS))
        .expect("64 * 64 * 3 numbers a picture")
}

/// Adds the summaries of the parameters to the graph.
fn parameters_of(graph: &tf::Graph) -> tf::Result<SummaryOp> {
    let mut summaries = Vec::new();
    for variable in graph.trainable_variables() {
        let name = variable.op().name();
        let variable = variable.typed::<f32>()?;
        if name == "W1" {
            let weights = match variable.shape().rank() {
                // A filter is a small picture: [height, width, colours, filters].
                Some(4) => tf::transpose_with(&variable, [3, 0, 1, 2]),
                // A weight for each number of a picture: a picture for each unit.
                _ => tf::reshape(&variable, [-1, SIDE as i32, SIDE as i32, CHANNELS as i32]),
            };
            summaries.push(summary::image_with(
                "W1_units",
                weights,
                Image::new().max_outputs(PICTURES),
            ));
        }
        summaries.push(summary::histogram(format!("parameters/{name}"), &variable));
    }
    Ok(summary::merge(&summaries))
}
