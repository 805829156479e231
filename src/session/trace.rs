//! What a run did, step by step, and how long each step took.

use std::fmt::Write;
use std::panic::Location;
use std::path::Path;
use std::time::{Duration, Instant};

use super::execute::{self, Machine, Stopwatch};
use super::fetch::Asked;
use super::plan::{Lenders, Plan};
use super::{Feed, Feeds, Fetch, Session};
use crate::files::{json_string, write_atomically};
use crate::types::Result;

/// What one run did and how long it took; given by [`Session::run_traced`].
#[derive(Clone, Debug)]
pub struct RunMetadata {
    step_stats: Vec<NodeExecStats>,
    planning: Duration,
    total: Duration,
    peak_memory: usize,
}

/// One step of a run: the nodes that ran as one, and when.
#[derive(Clone, Debug)]
pub struct NodeExecStats {
    /// The name of the node that the step belongs to.
    pub node_name: String,
    /// The names of all nodes that the step ran as one.
    pub nodes: Vec<String>,
    /// What the step read and wrote, as [`Session::explain`] tells it.
    pub timeline_label: String,
    /// When it began, from the beginning of the run.
    pub start: Duration,
    /// How long it took.
    pub duration: Duration,
}

impl RunMetadata {
    /// The steps in the order in which they ran.
    pub fn step_stats(&self) -> &[NodeExecStats] {
        &self.step_stats
    }

    /// How long it took to plan the run; next to nothing where it was planned before.
    pub fn planning(&self) -> Duration {
        self.planning
    }

    /// How long everything took.
    pub fn total(&self) -> Duration {
        self.total
    }

    /// See [`Session::peak_memory`].
    pub fn peak_memory(&self) -> usize {
        self.peak_memory
    }

    /// The run as a Chrome trace: JSON that `chrome://tracing` and <https://ui.perfetto.dev> show
    /// as a picture, as TensorFlow's `Timeline.generate_chrome_trace_format` gives it.
    ///
    /// Source: the "Trace Event Format" of the Chromium project.
    pub fn to_chrome_trace(&self) -> String {
        let mut text = String::from("{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n");
        text += "{\"name\":\"process_name\",\"ph\":\"M\",\"pid\":0,\"args\":{\"name\":\"tf1\"}}";
        let arguments = format!("{{\"peak_memory\":{}}}", self.peak_memory);
        write_event(
            &mut text,
            "Session.run",
            Duration::ZERO,
            self.total,
            &arguments,
        );
        write_event(&mut text, "plan", Duration::ZERO, self.planning, "{}");
        for step in &self.step_stats {
            let arguments = format!("{{\"step\":{}}}", json_string(&step.timeline_label));
            write_event(
                &mut text,
                &step.nodes.join(" + "),
                step.start,
                step.duration,
                &arguments,
            );
        }
        text += "\n]}\n";
        text
    }

    /// Writes the Chrome trace to a file, whole or not at all.
    ///
    /// # Errors
    /// If the file system refuses to write it.
    pub fn write_chrome_trace(&self, path: impl AsRef<Path>) -> Result<()> {
        let text = self.to_chrome_trace();
        write_atomically(path.as_ref(), |file| file.write_all(text.as_bytes()))
    }
}

/// A complete event (`X`) of the trace; its times are in microseconds.
fn write_event(
    text: &mut String,
    name: &str,
    start: Duration,
    duration: Duration,
    arguments: &str,
) {
    let micros = |time: Duration| time.as_secs_f64() * 1e6;
    // Writing to a string cannot fail.
    let _ = write!(
        text,
        ",\n{{\"name\":{},\"ph\":\"X\",\"pid\":0,\"tid\":0,\"ts\":{:.3},\"dur\":{:.3},\"args\":{arguments}}}",
        json_string(name),
        micros(start),
        micros(duration)
    );
}

impl Session {
    /// As [`run`](Session::run), and also reports what each step of the run did and how long it
    /// took, as TensorFlow's `RunMetadata` does.
    ///
    /// ```
    /// use ndarray::arr2;
    /// use tf1 as tf;
    ///
    /// let graph = tf::Graph::new();
    /// let x = graph.placeholder::<f32>("x", [2, 2]);
    /// let y = tf::nn::relu(tf::matmul(&x, &x).named("product")).named("active");
    /// let session = tf::Session::new(&graph)?;
    /// let feed = arr2(&[[1.0f32, 2.0], [3.0, 4.0]]);
    /// let (y, metadata) = session.run_traced(&y, [x.feed(&feed)])?;
    /// assert_eq!(y.shape(), [2, 2]);
    /// let step = &metadata.step_stats()[0];
    /// assert_eq!(step.nodes, ["product", "active"]); // one pass
    /// assert!(step.start + step.duration <= metadata.total());
    /// // metadata.write_chrome_trace("trace.json")?; and open it in chrome://tracing
    /// # Ok::<(), tf::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`run`](Session::run).
    #[track_caller]
    #[doc(alias = "RunOptions")]
    pub fn run_traced<'a, F: Fetch>(
        &self,
        fetches: F,
        feeds: impl Feeds<'a>,
    ) -> Result<(F::Output, RunMetadata)> {
        let location = Location::caller();
        let traced = |feeds: &[Feed<'a>]| {
            let began = Instant::now();
            self.check_usable()?;
            let mut asked = Asked::new(&fetches);
            let plan = self.plan(&self.targets(&asked)?, feeds)?;
            let planning = began.elapsed();
            let stopwatch = Stopwatch::default();
            let machine = Machine {
                stopwatch: Some(&stopwatch),
                ..self.machine()
            };
            execute::execute(&plan, feeds, &machine, &mut [], &mut asked)?;
            let metadata = RunMetadata {
                step_stats: self.step_stats(&plan, &stopwatch, began),
                planning,
                total: began.elapsed(),
                peak_memory: plan.bytes(),
            };
            Ok((asked.output(), metadata))
        };
        feeds
            .with(&self.0.graph, traced)
            .map_err(|error: crate::types::Error| error.at_location(location))
    }

    fn step_stats(&self, plan: &Plan, stopwatch: &Stopwatch, began: Instant) -> Vec<NodeExecStats> {
        let graph = &self.0.graph;
        let laps = stopwatch.laps();
        let steps = plan.steps.iter().zip(&*laps);
        let lenders = Lenders::of(plan);
        steps
            .map(|(step, (start, end))| NodeExecStats {
                node_name: graph.node_ref(step.node).name,
                nodes: step
                    .nodes()
                    .into_iter()
                    .map(|node| graph.node_ref(node).name)
                    .collect(),
                timeline_label: plan.explain_step(graph, &lenders, step),
                start: *start - began,
                duration: *end - *start,
            })
            .collect()
    }
}
